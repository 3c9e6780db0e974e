"""Orders taken in per second of CPU: read, mapped, written, reserved; and how that grows with what is held."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

import httpx2
from django.db import connection, models, transaction

from ahead.audit.models import Event
from ahead.customers.models import Customer, CustomerLink
from ahead.db.clock import shared_now
from ahead.orders.models import Order, OrderDocument, OrderItem, OrderMarketplace, OrderPayment
from ahead.stock.models import Reservation
from ahead.stores.leases import leave_store, take_store
from ahead.stores.tokens import StoreTokens
from ahead.stores.triggers import Trigger
from ahead.sync.connection import open_budget, open_tray, plan_of
from ahead.sync.exchange import Exchange
from ahead.sync.mapping import to_incoming
from ahead.sync.models import SyncEvent
from ahead.sync.orders_in import STORED_AT_ONCE, store_batch
from ahead.sync.readers import Readers
from ahead.sync.run_records import begin_run
from ahead.tray import Tokens
from ahead.tray.answers import parsed
from ahead.tray.order_reading import read_complete_order
from bench.measuring import spending
from bench.rows import Row
from bench.sandbox import sandbox
from bench.seeding import multiply_orders
from bench.stage import Shop, Stage, set_stage

_SKUS = 500
_FAR = 10_000_000_000  # keys and numbers of the floor's rows lie beyond all others


def orders_per_second(*, quick: bool, full: bool = False) -> Iterator[Row]:
    """Take the same number of orders in at 1,000 held and at many held, beside the bare writing of their rows."""
    count, tries = (500, 2) if quick else (1_000, 3)
    many = 50_000 if quick else 1_000_000 if full else 200_000
    with sandbox() as server:
        stage = set_stage(server, skus=_SKUS)
        shop = stage.open_shop(skus=_SKUS, orders=1_000, days=10)
        stage.sync(shop)
        found = {}
        for held in (1_000, many):
            if held > 1_000:
                multiply_orders(stage.company, until=held)
            ours, floor = found[held] = _taken_in(stage, shop, count, tries)
            yield Row(
                f"orders per CPU-second, {held:,} held: read, map, write, reserve",
                count / ours,
                "orders/s",
                count / floor,
                "bulk_create of the same rows",
                200,
                at_least=True,
            )
            what = f"orders per CPU-second, {held:,} held: the whole sync, HTTP and status writes too"
            yield Row(what, count / median(_whole(stage, shop, count) for _ in range(tries)), "orders/s")
        per_order = {held: ours / count * 1000 for held, (ours, _) in found.items()}
        grown = f"CPU per order at {many:,} held"
        yield Row(grown, per_order[many], "ms", per_order[1_000], "at 1,000 held", 1.2, "ratio")


def _taken_in(stage: Stage, shop: Shop, count: int, tries: int) -> tuple[float, float]:
    """Return the seconds of CPU of ours, and of the floor: the medians of a few tries of each in turn."""
    found = []
    for _ in range(tries):
        bodies = _documents(shop, stage.sandbox.place_orders(shop.slug, count))
        with _exchange(shop) as exchange, spending() as ours:
            for start in range(0, count, STORED_AT_ONCE):
                orders = [read_complete_order(parsed(body) or {}) for body in bodies[start : start + STORED_AT_ONCE]]
                store_batch(exchange, [to_incoming(one) for one in orders])
        lots = _lots(stage, count)
        with spending() as floor:
            for lot in lots:
                _write(lot)
        _take_back(stage)
        found.append((ours.cpu, floor.cpu))
    stage.sync(shop)  # what it acknowledges now is not counted as another's
    return median(ours for ours, _ in found), median(floor for _, floor in found)


def _whole(stage: Stage, shop: Shop, count: int) -> float:
    """Return the seconds of CPU of a sync from end to end."""
    stage.sandbox.place_orders(shop.slug, count)
    with spending() as spent:
        stage.sync(shop)
    return spent.cpu


def _documents(shop: Shop, order_ids: Sequence[int]) -> list[bytes]:
    tokens = StoreTokens(shop.store, make=Tokens).current()
    assert tokens is not None
    with httpx2.Client(base_url=f"{shop.store.api_address}", params={"access_token": tokens.access}) as http:
        return [http.get(f"/orders/{one}/complete").raise_for_status().content for one in order_ids]


@contextmanager
def _exchange(shop: Shop) -> Iterator[Exchange]:
    store = shop.store
    fence = take_store(store.pk, holder="bench", now=shared_now(), seconds=3600)
    assert fence is not None
    budget = open_budget(store)
    run = begin_run(store, asked=0, trigger=Trigger.COMMAND, asked_by="bench")
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
    return [_lot(company.pk, keys[start : start + STORED_AT_ONCE], met) for start in range(0, count, STORED_AT_ONCE)]


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
