"""Reservations of orders: one operation that makes them what they should be, whatever they were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ahead.stock.allocation import allocate
from ahead.stock.models import Balance, Reservation, SalesWarehouse, Warehouse

BATCH = 400
Place = tuple[int, int]  # product, warehouse


@dataclass(frozen=True, slots=True)
class Want:
    """Units that one item of an order must have reserved."""

    order_id: int
    item_id: int
    product_id: int
    quantity: int
    named: int | None = None  # the warehouse it leaves from, where somebody said so


def sales_warehouses(company_id: int, store_id: int | None) -> list[int]:
    """
    Return the warehouses a store sells from, in order of priority.

    A store without any sells from the first active warehouse of the company; so does an order without a store.
    """
    if store_id is not None:
        rows = SalesWarehouse.objects.of(company_id).filter(store_id=store_id, warehouse__is_active=True)
        if chosen := list(rows.order_by("priority", "pk").values_list("warehouse_id", flat=True)):
            return chosen
    first = Warehouse.objects.of(company_id).filter(is_active=True).order_by("code").values_list("pk", flat=True)
    return list(first[:1])


def sales_warehouses_by_store(company_id: int) -> dict[int | None, list[Warehouse]]:
    """Return the warehouses each store sells from; under None what a store without any sells from."""
    chosen = SalesWarehouse.objects.of(company_id).filter(warehouse__is_active=True).select_related("warehouse")
    found: dict[int | None, list[Warehouse]] = defaultdict(list)
    for row in chosen.order_by("priority", "pk"):
        found[row.store_id].append(row.warehouse)
    found[None] = list(Warehouse.objects.of(company_id).filter(is_active=True).order_by("code")[:1])
    return found


@transaction.atomic
def settle_reservations(
    company_id: int,
    *,
    order_ids: Iterable[int],
    wants: Sequence[Want],
    warehouses: Sequence[int],
    now: datetime,
) -> set[int]:
    """
    Make the open reservations of these orders equal to `wants`; return the products promised beyond what lies free.

    Repeating it changes nothing. What is no longer wanted is released, once. The caller holds the orders locked.

    :raises ValueError: if something is wanted and there is no warehouse to reserve in.
    """
    wanted = {(want.item_id, want.product_id): want for want in wants}
    keep, drop = _compare(company_id, order_ids, wanted)
    fresh = [want for key, want in wanted.items() if key not in keep]
    if not fresh and not drop:
        return set()
    if fresh and not warehouses:
        raise ValueError("there is no warehouse to reserve in")
    places = {(row.product_id, row.warehouse_id) for row in drop}
    places |= {(want.product_id, warehouse) for want in fresh for warehouse in warehouses}
    balances = lock_balances(company_id, places)
    for row in drop:
        balances[row.product_id, row.warehouse_id].reserved -= row.quantity
    close_reservations(company_id, drop, Reservation.State.RELEASED, now)
    opened = _open(company_id, fresh, warehouses, balances, now)
    _save_reserved(company_id, balances, now)
    Reservation.objects.bulk_create(opened, batch_size=BATCH)
    return {
        row.product_id
        for row in opened
        if (balance := balances[row.product_id, row.warehouse_id]).reserved > balance.on_hand
    }


def _compare(
    company_id: int, order_ids: Iterable[int], wanted: dict[tuple[int, int], Want]
) -> tuple[set[tuple[int, int]], list[Reservation]]:
    """Return which wants are met already, and the open rows that nobody wants any more."""
    rows = Reservation.objects.of(company_id).filter(order_id__in=list(order_ids), state=Reservation.State.OPEN)
    by_item: dict[tuple[int, int], list[Reservation]] = defaultdict(list)
    for row in rows:
        by_item[row.item_id, row.product_id].append(row)
    met = {
        key
        for key, held in by_item.items()
        if key in wanted and sum(row.quantity for row in held) == wanted[key].quantity
    }
    return met, [row for key, held in by_item.items() if key not in met for row in held]


def lock_balances(company_id: int, places: Iterable[Place]) -> dict[Place, Balance]:
    """Return the balances of these places, made where missing, locked in one order so that nobody deadlocks."""
    wanted = sorted(set(places))
    products = {product for product, _ in wanted}
    warehouses = {warehouse for _, warehouse in wanted}
    rows = Balance.objects.of(company_id).filter(product_id__in=products, warehouse_id__in=warehouses)
    there = {(row.product_id, row.warehouse_id) for row in rows}
    Balance.objects.bulk_create(
        [
            Balance(company_id=company_id, product_id=product, warehouse_id=warehouse)
            for product, warehouse in wanted
            if (product, warehouse) not in there
        ],
        ignore_conflicts=True,
        batch_size=BATCH,
    )
    locked = {(row.product_id, row.warehouse_id): row for row in rows.order_by("pk").select_for_update()}
    return {place: locked[place] for place in wanted}


def _save_reserved(company_id: int, balances: dict[Place, Balance], now: datetime) -> None:
    """Write what is reserved of these rows, which are there and locked; an upsert costs a quarter of an update."""
    Balance.objects.bulk_create(
        [
            Balance(
                company_id=company_id,
                product_id=product,
                warehouse_id=warehouse,
                on_hand=row.on_hand,
                reserved=row.reserved,
                changed_at=now,
            )
            for (product, warehouse), row in balances.items()
        ],
        update_conflicts=True,
        unique_fields=["product", "warehouse"],
        update_fields=["reserved", "changed_at"],
        batch_size=BATCH,
    )


def close_reservations(company_id: int, rows: list[Reservation], state: str, now: datetime) -> None:
    """Close these open reservations, in this state."""
    Reservation.objects.of(company_id).filter(pk__in=[row.pk for row in rows], state=Reservation.State.OPEN).update(
        state=state, closed_at=now
    )


def _open(
    company_id: int,
    wants: list[Want],
    warehouses: Sequence[int],
    balances: dict[Place, Balance],
    now: datetime,
) -> list[Reservation]:
    opened = []
    for want in wants:
        free = [
            (warehouse, (row := balances[want.product_id, warehouse]).on_hand - row.reserved)
            for warehouse in warehouses
        ]
        for warehouse, units in allocate(want.quantity, free, named=want.named):
            balances[want.product_id, warehouse].reserved += units
            opened.append(
                Reservation(
                    company_id=company_id,
                    product_id=want.product_id,
                    warehouse_id=warehouse,
                    order_id=want.order_id,
                    item_id=want.item_id,
                    quantity=units,
                    opened_at=now,
                )
            )
    return opened
