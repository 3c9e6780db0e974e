"""Booking many counts at once: all of them or none, and only where there still is what somebody saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.audit.operations import event, record_all
from ahead.catalog.models import Product
from ahead.db.updating import in_batches, insert_rows, update_rows
from ahead.lib.errors import Refused
from ahead.stock import rules
from ahead.stock.models import Balance, Movement, Warehouse
from ahead.stock.reservations import Place, lock_balances
from ahead.stock.rules import WrongMovement


class CountedMeanwhile(Refused):
    """There is not any more what somebody saw when they decided on the count."""


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted of a product in a warehouse, and what was known then."""

    product_id: int
    warehouse_id: int
    before: int
    counted: int


@transaction.atomic
def count_many(*, company: Company, counts: Sequence[Count], reason: str, by: str, now: datetime) -> int:
    """
    Book the differences between what was counted and what was known, and return how many movements that made.

    Each place is counted once.

    :raises CountedMeanwhile: if there is not any more what was known.
    :raises WrongMovement: if a count is not a number from zero, or a product is a kit.
    """
    warehouses = {place.pk: place for place in Warehouse.objects.of(company)}
    ordered = in_batches(_in_order(company, counts))
    return sum(_count(company, batch, warehouses, reason, by=by, now=now) for batch in ordered)


def _in_order(company: Company, counts: Sequence[Count]) -> list[Count]:
    """Return the counts in the order in which balances are locked everywhere, so that no two wait for each other."""
    keys: dict[Place, int] = {}
    for batch in in_batches(counts):
        rows = Balance.objects.of(company).filter(product_id__in=[one.product_id for one in batch])
        places = rows.values_list("product_id", "warehouse_id", "pk")
        keys |= {(product, warehouse): pk for product, warehouse, pk in places}
    new = max(keys.values(), default=0) + 1
    return sorted(counts, key=lambda one: keys.get((one.product_id, one.warehouse_id), new))


def _count(
    company: Company, counts: list[Count], warehouses: dict[int, Warehouse], reason: str, *, by: str, now: datetime
) -> int:
    if refusal := next(filter(None, (rules.why_not_count(one.counted) for one in counts)), None):
        raise WrongMovement(refusal)
    ids = {one.product_id for one in counts}
    # so locked, none of them becomes a kit meanwhile; reservations are not in the way
    locked = Product.objects.of(company).select_for_update(no_key=True).order_by("pk")
    products = {product.pk: product for product in locked.filter(pk__in=ids)}
    if kit := next((one for one in products.values() if one.is_kit), None):
        raise WrongMovement(rules.no_stock_of_kit(str(kit)))
    if len(products) < len(ids) or any(one.warehouse_id not in warehouses for one in counts):
        raise CountedMeanwhile("Um dos produtos ou Estoques não existe mais.")
    balances = lock_balances(company.pk, [(one.product_id, one.warehouse_id) for one in counts])
    movements, events = [], []
    for one in counts:
        balance = balances[one.product_id, one.warehouse_id]
        _check_same(balance, one, str(products[one.product_id]))
        balance.on_hand = one.counted
        if one.counted != one.before:
            balance.changed_at = now
            movements.append(_movement(balance, one, reason, by=by, now=now))
        events.append(_event(balance, one, warehouses[one.warehouse_id], by=by, now=now))
    update_rows(company.pk, balances.values(), ["on_hand", "changed_at"])
    insert_rows(movements)
    record_all(events)
    return len(movements)


def _check_same(balance: Balance, one: Count, product: str) -> None:
    if balance.on_hand != one.before:
        raise CountedMeanwhile(f"O saldo do produto {product} mudou depois da conferência.")


def _movement(balance: Balance, one: Count, reason: str, *, by: str, now: datetime) -> Movement:
    return Movement(
        company_id=balance.company_id,
        product_id=one.product_id,
        warehouse_id=one.warehouse_id,
        kind=Movement.Kind.COUNT,
        quantity=one.counted - one.before,
        on_hand_after=one.counted,
        reason=reason.strip()[:200],
        by=by,
        at=now,
    )


def _event(balance: Balance, one: Count, warehouse: Warehouse, *, by: str, now: datetime) -> Event:
    return event(
        "stock.product.counted",
        company_id=balance.company_id,
        subject=("product", one.product_id),
        text=f"Contagem no Estoque «{warehouse.name}»: {one.counted} (havia {one.before})",
        by=by,
        at=now,
        warehouse_id=one.warehouse_id,
        before=one.before,
        counted=one.counted,
    )
