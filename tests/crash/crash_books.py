"""What two histories of the same story must have in common, and what each of them promises by itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from ahead.catalog.models import ListingVariant
from ahead.orders.models import Order, OrderItem
from ahead.pending.models import PendingMatter
from ahead.stock.models import Balance, Movement, Reservation
from ahead.stock.publishing import sellable, stock_changes
from ahead.sync.models import EventKind, OrderSighting, RunState, SyncEvent, SyncRun
from sync_stage import Stage


@dataclass
class Books:
    """Everything that must not depend on how often a process died; no rows' ids, no instants."""

    orders: dict[int, Any]
    balances: dict[str, tuple[int, int]]
    movements: list[tuple[str, str, int]]
    reservations: list[tuple[int, str, int]]
    statuses_at_tray: dict[int, str]
    stock_at_tray: dict[str, int]
    matters: dict[str, int]
    sightings: int


def books(stage: Stage) -> Books:
    """Return the books of a history that is over. Who cancelled before we ever looked leaves nothing here."""
    alive = Order.objects.of(stage.company).exclude(state=Order.State.CANCELLED)
    open_rows = Reservation.objects.of(stage.company).filter(state=Reservation.State.OPEN)
    tray_ids = dict(Order.objects.of(stage.company).values_list("pk", "tray_id"))
    movements = Movement.objects.of(stage.company).values_list("product__code", "kind", "quantity")
    return Books(
        orders={
            order.tray_id or 0: _order(order)
            for order in alive.select_related("customer").prefetch_related("items__product", "payments")
        },
        balances={
            row.product.code: (row.on_hand, row.reserved)
            for row in Balance.objects.of(stage.company).select_related("product")
        },
        movements=sorted(movements),
        reservations=sorted(
            (tray_ids[row.order_id] or 0, row.product.code, row.quantity) for row in open_rows.select_related("product")
        ),
        statuses_at_tray={
            order.id: stage.shop.statuses[order.status_id].name
            for order in stage.shop.orders.values()
            if not stage.shop.statuses[order.status_id].is_cancelled
        },
        stock_at_tray=stock_at_tray(stage),
        matters=dict(
            Counter(PendingMatter.objects.of(stage.company).filter(resolved_at=None).values_list("kind", flat=True))
        ),
        sightings=OrderSighting.objects.of(stage.company).filter(store=stage.store, is_gone=False).count(),
    )


def _order(order: Order) -> tuple[Any, ...]:
    return (
        order.state,
        order.tray_status,
        order.total,
        order.items_total,
        order.shipping,
        order.remainder,
        order.is_acknowledgement_due,
        order.customer.document if order.customer else None,
        (order.street, order.city, order.postal_code),
        [
            (item.reference, item.product.code if item.product else None, item.quantity, item.unit_price)
            for item in order.items.all()
        ],
        sorted((payment.method, payment.amount) for payment in order.payments.all()),
    )


def stock_at_tray(stage: Stage) -> dict[str, int]:
    """Return what Tray shows of everything that can be sold there, by reference."""
    shop = stage.shop
    shown = {row.reference: row.stock for row in shop.variants.values()}
    return shown | {
        row.reference: row.stock for row in shop.products.values() if row.id not in shop.variants_by_product
    }


def assert_promises(stage: Stage) -> None:
    """Hold what any history must come to, however it went. It is over: its last run was clean."""
    assert_ledgers(stage)
    company, store = stage.company, stage.store
    numbers = sorted(Order.objects.of(company).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1)), "each number once, and none left out"
    assert stage.due() == 0
    assert not Order.objects.of(company).filter(store=store, is_acknowledgement_due=True).exists()
    assert not SyncRun.objects.of(company).filter(store=store, state=RunState.RUNNING).exists()
    sightings = OrderSighting.objects.of(company).filter(store=store)
    assert set(sightings.filter(is_gone=False).values_list("tray_id", flat=True)) == set(stage.shop.orders)
    last = SyncRun.objects.of(company).filter(store=store).latest("number")
    assert last.tray_total == last.held_total
    assert_published(stage)
    assert_log_is_true(stage)


def assert_ledgers(stage: Stage) -> None:
    """Movements make what is on hand, open reservations what is reserved, and nobody else holds any."""
    company = stage.company
    moved: Counter[int] = Counter()
    for product_id, units in Movement.objects.of(company).values_list("product_id", "quantity"):
        moved[product_id] += units
    promised: Counter[int] = Counter()
    by_item: dict[int, Counter[int]] = defaultdict(Counter)
    for row in Reservation.objects.of(company).filter(state=Reservation.State.OPEN):
        promised[row.product_id] += row.quantity
        by_item[row.order_id][row.item_id] += row.quantity
    for balance in Balance.objects.of(company):
        assert (balance.on_hand, balance.reserved) == (moved[balance.product_id], promised[balance.product_id])
        assert balance.reserved >= 0
    living = Order.objects.of(company).filter(state__in=[Order.State.OPEN, Order.State.HELD])
    wanted = {
        order.pk: Counter({item.pk: _units_of(item) for item in order.items.all() if item.product_id and item.counts})
        for order in living.prefetch_related("items__components")
    }
    assert dict(by_item) == {pk: items for pk, items in wanted.items() if items}


def _units_of(item: OrderItem) -> int:
    """Return how many units a line takes off the shelf: of a kit, those of its components."""
    if item.kit_id == item.product_id:
        return sum(part.quantity for part in item.components.all())
    return item.quantity


def assert_published(stage: Stage) -> None:
    """What Tray shows of each linked SKU is what is available."""
    assert stock_changes(stage.store) == []
    shop = stage.shop
    available = {}
    shown = {}
    for row in sellable(stage.store):
        item = shop.variants[row.tray_variant_id] if row.tray_variant_id else shop.products[row.tray_product_id]
        available[row.reference] = row.available
        shown[row.reference] = item.stock
    assert shown == available
    assert len(available) == ListingVariant.objects.of(stage.company).filter(product__isnull=False).count()


def assert_log_is_true(stage: Stage) -> None:
    """Over all runs, each order was imported once, whichever process died."""
    imported = SyncEvent.objects.of(stage.company).filter(run__store=stage.store, kind=EventKind.ORDER_IMPORTED)
    times = Counter(imported.values_list("order_id", flat=True))
    assert [order_id for order_id, number in times.items() if number > 1] == []
