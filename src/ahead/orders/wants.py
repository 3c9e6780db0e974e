"""What orders want reserved."""

from __future__ import annotations

from collections.abc import Sequence

from ahead.orders.kits import is_kit_line
from ahead.orders.models import Order, OrderItem
from ahead.stock.reservations import Want


def wants_of(orders: Sequence[Order]) -> list[Want]:
    """
    Return what the matched items of these orders must have reserved: of a kit, its components.

    Expects prefetched items with their components.
    """
    return [
        Want(order.pk, item.pk, product_id, units)
        for order in orders
        for item in order.items.all()
        if item.counts
        for product_id, units in _taken(item)
    ]


def _taken(item: OrderItem) -> list[tuple[int, int]]:
    if is_kit_line(item):
        return [(part.product_id, part.quantity) for part in item.components.all()]
    return [] if item.product_id is None else [(item.product_id, item.quantity)]
