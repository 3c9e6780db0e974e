"""Reading the database as an outsider: plain SQL, none of the program's own queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from campaign.story import Place
from campaign.world import World

CENT = Decimal("0.01")


def rows(sql: str, *given: object) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def one(sql: str, *given: object) -> Any:
    """Return the one value that a query finds."""
    [[value]] = rows(sql, *given)
    return value


def money(value: object) -> Decimal:
    """Return an amount to the cent, however a database hands it out."""
    return Decimal(str(value)).quantize(CENT)


def instant(value: Any) -> datetime:
    """Return an instant, however a database hands it out."""
    read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """An order as the database holds it."""

    pk: int
    place: Place
    state: str
    total: Decimal
    remainder: Decimal
    explained: Decimal
    lines: Decimal
    placed_at: datetime
    document: str
    is_acknowledgement_due: bool


_ORDERS = """
SELECT o.id, o.store_id, o.tray_id, o.state, o.total, o.remainder,
       o.items_total - o.discount - o.coupon_discount + o.shipping + o.payment_rate + o.taxes + o.interest,
       o.placed_at, c.document, o.is_acknowledgement_due
FROM orders_order o LEFT JOIN customers_customer c ON c.id = o.customer_id WHERE o.kind = 'PEW'
"""
_LINES = "SELECT order_id, unit_price, quantity FROM orders_orderitem WHERE counts"


def held_orders(world: World) -> list[HeldOrder]:
    """Return every order of the database, doubled ones too."""
    places = {shop.store.pk: place for place, shop in enumerate(world.shops)}
    lines: Counter[int] = Counter()
    for order_id, price, units in rows(_LINES):
        lines[order_id] += money(price) * units  # type: ignore[assignment]
    return [
        HeldOrder(
            pk, (places[store], tray_id), state, money(total), money(rest), money(parts), money(lines[pk]),
            instant(placed), document or "", bool(due),
        )
        for pk, store, tray_id, state, total, rest, parts, placed, document, due in rows(_ORDERS)
    ]  # fmt: skip


def reserved(*, state: str) -> dict[int, Counter[int]]:
    """Return the units of reservations in a state, by order and product."""
    found: dict[int, Counter[int]] = defaultdict(Counter)
    sql = "SELECT order_id, product_id, quantity FROM stock_reservation WHERE state = %s"
    for order_id, product_id, units in rows(sql, state):
        found[order_id][product_id] += units
    return found


def sold() -> dict[int, Counter[int]]:
    """Return the units that left for a sale, by order and product."""
    found: dict[int, Counter[int]] = defaultdict(Counter)
    sql = "SELECT order_id, product_id, quantity FROM stock_movement WHERE kind = 'sale'"
    for order_id, product_id, units in rows(sql):
        found[order_id][product_id] -= units
    return found


def available() -> dict[int, int]:
    """Return what may be sold of each product."""
    sql = "SELECT product_id, SUM(on_hand - reserved) FROM stock_balance GROUP BY product_id"
    return {product_id: max(0, int(units)) for product_id, units in rows(sql)}


def open_matters() -> list[tuple[str, int | None, str]]:
    """Return the matters that wait for somebody: kind, order, key."""
    return rows("SELECT kind, order_id, key FROM pending_pendingmatter WHERE resolved_at IS NULL")


def orders_with(kind: str) -> set[int]:
    """Return the orders that have an open matter of a kind."""
    return {order_id for found, order_id, _ in open_matters() if found == kind and order_id is not None}
