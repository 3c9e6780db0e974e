"""Reading both sides of one day: Tray's as the ledger of sightings holds it, and ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from ahead import tray
from ahead.db.tenancy import TenantQuerySet
from ahead.fiscal.models import Nota
from ahead.lib.money import to_cents
from ahead.orders.models import Order
from ahead.stores.models import Store
from ahead.sync.comparing import AtTray, Here, NotaHere
from ahead.sync.models import OrderSighting

_AT_ONCE = 500
_FACTS = ("tray_id", "pk", "number", "state", "total", "is_cancellation_waiting", "is_cancelled_by_tray")


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a day, by Tray's id."""

    at_tray: dict[int, AtTray]
    here: dict[int, Here]


def start_of(day: date) -> datetime:
    """Return the instant at which a day begins in Brasília."""
    return datetime.combine(day, time(), tray.BRASILIA).astimezone(UTC)


def sides_of(store: Store, day: date, *, unshown: Collection[int] = ()) -> Sides:
    """
    Return both sides of a day of a store.

    An order belongs to the day that Tray's lists give it; one that no list has shown yet to the day it was placed.
    `unshown` are those that Tray's list of the day was just seen to lack.
    """
    at_tray = _at_tray(store, day, frozenset(unshown))
    here = _held(store, at_tray)
    by_instant = Order.objects.of(store.company_id).filter(
        store=store, placed_at__gte=start_of(day), placed_at__lt=start_of(day + timedelta(days=1))
    )
    others = {one.tray_id: one for one in _read(by_instant) if one.tray_id not in here}
    elsewhere = _sighted(store, others)
    here |= {tray_id: one for tray_id, one in others.items() if tray_id not in elsewhere}
    notas = _notas(store, [one.order_id for one in here.values()])
    return Sides(at_tray, {tray_id: replace(one, nota=notas.get(one.order_id)) for tray_id, one in here.items()})


def _at_tray(store: Store, day: date, unshown: frozenset[int]) -> dict[int, AtTray]:
    rows = OrderSighting.objects.of(store.company_id).filter(store=store, placed_on=day)
    facts = rows.order_by().values_list(
        "tray_id", "status_id", "status", "total", "has_invoice", "is_gone", "due", "last_error"
    )
    return {
        tray_id: AtTray(
            tray_id,
            status_id,
            status,
            None if total is None else to_cents(total),
            has_invoice,
            is_shown=tray_id not in unshown,
            is_gone=is_gone,
            due=due,
            failure=last_error if due else "",
        )
        for tray_id, status_id, status, total, has_invoice, is_gone, due, last_error in facts
    }


def _held(store: Store, tray_ids: Iterable[int]) -> dict[int, Here]:
    rows = Order.objects.of(store.company_id).filter(store=store)
    found = [one for some in _in_batches(sorted(tray_ids)) for one in _read(rows.filter(tray_id__in=some))]
    return {one.tray_id: one for one in found}


def _read(orders: TenantQuerySet[Order]) -> list[Here]:
    return [Here(*row) for row in orders.order_by().values_list(*_FACTS)]


def _sighted(store: Store, tray_ids: Iterable[int]) -> set[int]:
    """Return those of these orders that a list has shown, on another day then."""
    found: set[int] = set()
    for some in _in_batches(sorted(tray_ids)):
        rows = OrderSighting.objects.of(store.company_id).filter(store=store, tray_id__in=some, placed_on__isnull=False)
        found |= set(rows.order_by().values_list("tray_id", flat=True))
    return found


def _notas(store: Store, order_ids: list[int]) -> dict[int, NotaHere]:
    """Return the nota of each order that tells most: the valid one, else one that was brought to Tray."""
    found: dict[int, NotaHere] = {}
    for some in _in_batches(sorted(order_ids)):
        rows = Nota.objects.of(store.company_id).filter(order_id__in=some, kind=Nota.Kind.SALE, environment="1")
        for nota in rows.only("order_id", "number", "serie", "state", "delivery", "delivery_problem").order_by("pk"):
            is_valid = nota.state == Nota.State.AUTHORISED
            is_at_tray = nota.delivery == Nota.Delivery.DELIVERED
            held = NotaHere(nota.pk, str(nota), is_valid, is_at_tray, str(nota.delivery), nota.delivery_problem)
            known = found.get(nota.order_id)
            if known is None or is_valid or (is_at_tray and not known.is_valid):
                found[nota.order_id] = held
    return found


def _in_batches(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
