"""What orders want reserved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ahead.orders.kits import is_kit_line
from ahead.orders.models import Order, OrderItem
from ahead.stock.centers import warehouses_of_centers
from ahead.stock.reservations import Want


def places_of(orders: Sequence[Order]) -> dict[int, int]:
    """
    Return the warehouses of the distribution centres of the one store of these orders, by Tray's id.

    Nothing is asked where none of them names a centre.
    """
    named = next((order for order in orders if order.center_tray_id is not None), None)
    return warehouses_of_centers(named.store) if named is not None and named.store is not None else {}


def wants_of(orders: Sequence[Order], *, places: Mapping[int, int] | None = None) -> list[Want]:
    """
    Return what the matched items of these orders must have reserved: of a kit, its components.

    `places` are the warehouses of the distribution centres of their store, by Tray's id: an order that names one is
    reserved there first. Expects prefetched items with their components.
    """
    return [
        Want(order.pk, item.pk, product_id, units, named=(places or {}).get(order.center_tray_id or 0))
        for order in orders
        for item in order.items.all()
        if item.counts
        for product_id, units in _taken(item)
    ]


def _taken(item: OrderItem) -> list[tuple[int, int]]:
    if is_kit_line(item):
        return [(part.product_id, part.quantity) for part in item.components.all()]
    return [] if item.product_id is None else [(item.product_id, item.quantity)]
