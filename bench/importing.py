"""Orders taken in per second of CPU: read, mapped, written, reserved; and how that grows with what is held."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2
from django.db import connection, models, transaction

from ahead.audit.models import Event
from ahead.customers.models import Customer, CustomerLink
from ahead.orders.models import Order, OrderDocument, OrderItem, OrderMarketplace, OrderPayment
from ahead.stock.models import Reservation
from ahead.stores.leases import leave_store, take_store
from ahead.stores.tokens import StoreTokens
from ahead.sync.connection import open_budget, open_tray, plan_of, utc_now
from ahead.sync.exchange import BATCH, Exchange
from ahead.sync.mapping import to_incoming
from ahead.sync.models import SyncEvent
from ahead.sync.orders_in import store_batch
from ahead.sync.readers import Readers
from ahead.sync.runner import begin_run
from ahead.tray import Tokens
from ahead.tray.answers import parsed
from ahead.tray.order_reading import read_complete_order
from bench.measuring import Spent, spending
from bench.rows import Row
from bench.sandbox import sandbox
from bench.seeding import multiply_orders
from bench.stage import Shop, Stage, set_stage

_SKUS = 500
_FAR = 10_000_000_000  # keys and numbers of the floor's rows lie beyond all others


def orders_per_second(*, quick: bool, full: bool = False) -> Iterator[Row]:
    """Take the same number of orders in at 1,000 held and at many held, beside the bare writing of their rows."""
    count = 500 if quick else 1_000
    steps = [50_000] if quick else [50_000, 200_000, *([1_000_000] if full else [])]
    with sandbox() as server:
        stage = set_stage(server, skus=_SKUS)
        shop = stage.open_shop(skus=_SKUS, orders=1_000, days=10)
        stage.sync(shop)
        at_first = _measured(stage, shop, count)
        yield from _rows(stage, count, *at_first)
        for held in steps[-1:]:
            multiply_orders(stage.company, until=held)
            later = _measured(stage, shop, count)
            yield from _rows(stage, count, *later)
            yield Row(
                f"CPU per order at {held:,} held ÷ at 1,000 held",
                later[0].cpu / count * 1000,
                "ms",
                at_first[0].cpu / count * 1000,
                "at 1,000 held",
                1.15,
                "ratio",
            )


def _rows(stage: Stage, count: int, ours: Spent, floor: Spent, whole: Spent) -> Iterator[Row]:
    held = Order.objects.of(stage.company).count()
    yield Row(
        f"orders per CPU-second, {held // 1000:,}k held: read, map, write, reserve",
        count / ours.cpu,
        "orders/s",
        count / floor.cpu,
        "bulk_create of the same rows",
        200,
        at_least=True,
    )
    yield Row(
        f"orders per CPU-second, {held // 1000:,}k held: the whole sync, HTTP and status writes too",
        count / whole.cpu,
        "orders/s",
    )


def _measured(stage: Stage, shop: Shop, count: int) -> tuple[Spent, Spent, Spent]:
    bodies = _documents(stage, shop, stage.sandbox.place_orders(shop.slug, count))
    with _exchange(shop) as exchange, spending() as ours:
        for start in range(0, count, BATCH):
            orders = [read_complete_order(parsed(body) or {}) for body in bodies[start : start + BATCH]]
            store_batch(exchange, [to_incoming(one, fingerprint="bench") for one in orders])
    lots = _lots(stage, count)
    with spending() as floor:
        for lot in lots:
            _write(lot)
    _take_back(stage)
    stage.sync(shop)
    stage.sandbox.place_orders(shop.slug, count)
    with spending() as whole:
        stage.sync(shop)
    return ours, floor, whole


def _documents(stage: Stage, shop: Shop, order_ids: Sequence[int]) -> list[bytes]:
    tokens = StoreTokens(shop.store, make=Tokens).current()
    assert tokens is not None
    with httpx2.Client(base_url=f"{shop.store.api_address}", params={"access_token": tokens.access}) as http:
        return [http.get(f"/orders/{one}/complete").raise_for_status().content for one in order_ids]


@contextmanager
def _exchange(shop: Shop) -> Iterator[Exchange]:
    store = shop.store
    fence = take_store(store.pk, holder="bench", now=utc_now(), seconds=3600)
    assert fence is not None
    budget = open_budget(store)
    run = begin_run(store, asked=0, trigger="bench", asked_by="bench")
    with Readers(1) as readers, open_tray(store, budget) as client:
        yield Exchange(store, run, client, budget, readers, plan_of(store), fence)
    budget.close()
    leave_store(store.pk, token=fence)


Lot = list[tuple[type[models.Model], list[Any]]]


def _lots(stage: Stage, count: int) -> list[Lot]:
    """Return copies of the rows of the latest orders, by batch, as a bare writer would have them at hand."""
    company = stage.company
    keys = list(Order.objects.of(company).order_by("-pk").values_list("pk", flat=True)[:count])[::-1]
    met: set[int] = set()
    return [_lot(company.pk, keys[start : start + BATCH], met) for start in range(0, count, BATCH)]


def _lot(company_id: int, keys: list[int], met: set[int]) -> Lot:
    orders = list(Order.objects.of(company_id).filter(pk__in=keys).select_related("customer"))
    tray_ids = [f"order:{order.tray_id}" for order in orders]
    people = {order.customer.pk: order.customer for order in orders if order.customer and order.customer.pk not in met}
    met.update(people)
    rows: Lot = [
        (Customer, [_far(one, document=one.document and f"F{one.document[1:]}") for one in people.values()]),
        (CustomerLink, list(CustomerLink.objects.of(company_id).filter(customer__in=people))),
        (Order, orders),
        *(
            (model, list(model.objects.of(company_id).filter(order_id__in=keys)))
            for model in (OrderItem, OrderPayment, OrderMarketplace, OrderDocument, Reservation)
        ),
        (Event, list(Event.objects.of(company_id).filter(subject_kind="order", subject_id__in=keys))),
        (SyncEvent, list(SyncEvent.objects.of(company_id).filter(key__in=tray_ids))),
    ]
    return [(model, [_far(row) for row in found]) for model, found in rows]


def _far(row: Any, **changes: Any) -> Any:
    """Return a copy of a row that stands in nobody's way."""
    far = copy.copy(row)
    far._state = models.base.ModelState()  # noqa: SLF001
    for name in ("id", "number", "tray_id", "order_id", "item_id", "customer_id"):
        if isinstance(getattr(far, name, None), int) and getattr(far, name) < _FAR:
            setattr(far, name, getattr(far, name) + _FAR)
    for name, value in changes.items():
        setattr(far, name, value)
    if isinstance(far, SyncEvent):
        far.key = f"far:{far.key}"
    return far


def _write(lot: Lot) -> None:
    with transaction.atomic():
        for model, rows in lot:
            model._default_manager.bulk_create(rows)  # noqa: SLF001


def _take_back(stage: Stage) -> None:
    """Delete the floor's rows, children first."""
    models_of_floor = (
        SyncEvent, Event, Reservation, OrderDocument, OrderMarketplace, OrderPayment, OrderItem, Order,
        CustomerLink, Customer,
    )  # fmt: skip
    with transaction.atomic():
        for model in models_of_floor:
            model.objects.of(stage.company).filter(pk__gte=_FAR)._raw_delete("default")  # noqa: SLF001
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sqlite_sequence SET seq = 0")  # so that the next key follows the largest there is
