"""Goods that leave for an order when its nota is authorised, and that come back when it is cancelled or returned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from ahead.stock.models import Balance, Movement, Reservation
from ahead.stock.reservations import BATCH, Place, close_reservations, lock_balances


@transaction.atomic
def ship_reserved(company_id: int, order_id: int, *, reason: str, by: str, now: datetime) -> list[Movement]:
    """
    Let what is reserved for an order leave the warehouses; a second time there is nothing left to leave.

    What can be sold stays the same: on hand and reserved fall together. The caller holds the order locked.
    """
    open_rows = Reservation.objects.of(company_id).filter(order_id=order_id, state=Reservation.State.OPEN)
    rows = list(open_rows.order_by("pk"))
    units: Counter[Place] = Counter()
    for row in rows:
        units[row.product_id, row.warehouse_id] += row.quantity
    balances = lock_balances(company_id, units)
    for place, quantity in units.items():
        balances[place].reserved -= quantity
    close_reservations(company_id, rows, Reservation.State.CONSUMED, now)
    leaving = {place: -quantity for place, quantity in units.items()}
    return _book(company_id, order_id, balances, leaving, Movement.Kind.SALE, reason, by=by, now=now)


@transaction.atomic
def take_back(
    company_id: int,
    order_id: int,
    *,
    units: Mapping[int, int] | None = None,
    reason: str,
    by: str,
    now: datetime,
) -> list[Movement]:
    """
    Book goods that left for an order back to where they came from: all of it, or `units` of each product.

    Never more comes back than left: what came back before is counted. The caller holds the order locked.
    """
    out = goods_out(company_id, order_id)
    wanted = dict(units) if units is not None else None
    entering: dict[Place, int] = {}
    for (product, warehouse), quantity in sorted(out.items()):
        back = quantity if wanted is None else min(quantity, wanted.get(product, 0))
        if back <= 0:
            continue
        entering[product, warehouse] = back
        if wanted is not None:
            wanted[product] -= back
    balances = lock_balances(company_id, entering)
    return _book(company_id, order_id, balances, entering, Movement.Kind.RETURN, reason, by=by, now=now)


def goods_out(company_id: int, order_id: int) -> dict[Place, int]:
    """Return how many units of an order are out, by product and warehouse: what left less what came back."""
    rows = (
        Movement.objects.of(company_id)
        .filter(order_id=order_id, kind__in=[Movement.Kind.SALE, Movement.Kind.RETURN])
        .order_by()
        .values_list("product_id", "warehouse_id")
        .annotate(units=Sum("quantity"))
    )
    return {(product, warehouse): -units for product, warehouse, units in rows if units < 0}


def _book(
    company_id: int,
    order_id: int,
    balances: Mapping[Place, Balance],
    units: Mapping[Place, int],
    kind: str,
    reason: str,
    *,
    by: str,
    now: datetime,
) -> list[Movement]:
    movements = []
    for (product, warehouse), quantity in units.items():
        balance = balances[product, warehouse]
        balance.on_hand += quantity
        if kind == Movement.Kind.RETURN:  # of a sale what is free stays the same
            balance.changed_at = now
        movements.append(
            Movement(
                company_id=company_id,
                product_id=product,
                warehouse_id=warehouse,
                kind=kind,
                quantity=quantity,
                on_hand_after=balance.on_hand,
                reason=reason,
                order_id=order_id,
                by=by,
                at=now,
            )
        )
    Balance.objects.of(company_id).bulk_update(
        balances.values(), ["on_hand", "reserved", "changed_at"], batch_size=BATCH
    )
    return Movement.objects.bulk_create(movements, batch_size=BATCH)
