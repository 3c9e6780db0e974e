"""
The step that proves days complete: Tray's list of a day beside what we hold, id by id, once the day is over.

It comes after orders, notas and stock, costs one request for fifty orders, and leaves a reserve of the day's quota to
them. Days that changed since, or have differences open, are compared again from the ledger, without any request.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q

from ahead import tray
from ahead.db.tenancy import TenantQuerySet
from ahead.orders.models import Order
from ahead.stores.planning import Purpose
from ahead.sync.cancellations_in import take_in_cancellations
from ahead.sync.closings import is_over, note_problem, open_days, save_comparison, today_of
from ahead.sync.comparing import compare
from ahead.sync.day_sides import sides_of
from ahead.sync.exchange import BY, Exchange
from ahead.sync.given_back import doubt_what_came_back
from ahead.sync.models import DayClosing, EventKind, OrderSighting, Step, SweepState
from ahead.sync.notes_out import push_notes
from ahead.sync.orders_in import pull_orders
from ahead.sync.sweeping import note_rows, note_unshown

DAYS_READ_AT_ONCE = 10  # in one run: the rest of a new store's past is read by the next ones
DAYS_COMPARED_AT_ONCE = 60
COMPARED_EVERY = timedelta(hours=1)
_READS = 3  # of a list that changes while it is read
_MOST_UNSHOWN = 50  # looked at in one run: a list that lacks more is likelier wrong than the orders deleted
_RESERVE = 10  # a tenth of the day's quota is left to orders, notas and stock


class Unsteady(Exception):
    """The list of a day could not be read whole; the message says why."""


def close_days(exchange: Exchange, state: SweepState) -> None:
    """
    Check the days that are due, begin what mends itself, and compare again what was mended in this run.

    A day whose list cannot be read stays due; the others go on.

    :raises RunEnds: if Tray makes going on useless.
    """
    if not _closings(exchange).filter(day=today_of(exchange.now())).exists():
        with exchange.write() as now:
            open_days(exchange.store, now=now)
    due = due_days(exchange, exchange.now())
    if not due:
        return
    exchange.progress(Step.CLOSING, 0, len(due))
    begun, reads = 0, 0
    for done, closing in enumerate(due, start=1):
        wants_read = _wants_read(closing, exchange.now())
        may_read = wants_read and reads < DAYS_READ_AT_ONCE and has_quota(exchange)
        reads += may_read
        begun += _check(exchange, closing, is_read=may_read)
        exchange.progress(Step.CLOSING, done, len(due))
    if begun or (reads and _is_fresh_due(exchange)):
        _mend(exchange, state)
        for closing in _closings(exchange).filter(differences_open__gt=0, pk__in=[one.pk for one in due]):
            _compare(exchange, closing, was_read=False)
    _tell(exchange, due)


def due_days(exchange: Exchange, now: datetime) -> list[DayClosing]:
    """Return the days to be looked at, the latest first."""
    # what a person did about a difference shows within the hour; what a sync does touches the day
    is_left_long = Q(differences_open__gt=0, compared_at__lte=now - COMPARED_EVERY)
    is_due = Q(is_read_due=True) | Q(is_touched=True) | is_left_long | Q(differences_open__gt=0, next_read_at__lte=now)
    return list(_closings(exchange).filter(is_due).order_by("-day")[:DAYS_COMPARED_AT_ONCE])


def has_quota(exchange: Exchange) -> bool:
    """Whether the day's quota is large enough yet to ask Tray for what only proves."""
    return exchange.budget.left_today() * _RESERVE > exchange.store.requests_per_day


def _closings(exchange: Exchange) -> TenantQuerySet[DayClosing]:
    return DayClosing.objects.of(exchange.company_id).filter(store=exchange.store)


def _wants_read(closing: DayClosing, now: datetime) -> bool:
    is_time = closing.next_read_at is not None and closing.next_read_at <= now
    return closing.is_read_due or (closing.differences_open > 0 and is_time and is_over(closing.day, now))


def _check(exchange: Exchange, closing: DayClosing, *, is_read: bool) -> int:
    """Check one day, reading Tray's list first if so; return how many repairs began."""
    if not is_read:
        return _compare(exchange, closing, was_read=False) if closing.compared_at else 0
    before = exchange.tray.requests_sent
    try:
        unshown = _read_day(exchange, closing.day)
    except (tray.TrayError, Unsteady) as error:
        closing.requests += exchange.tray.requests_sent - before
        _note_failure(exchange, closing, error)
        return 0
    closing.requests += exchange.tray.requests_sent - before
    return _compare(exchange, closing, was_read=True, unshown=unshown)


def _note_failure(exchange: Exchange, closing: DayClosing, error: Exception) -> None:
    if isinstance(error, tray.TrayError):
        exchange.end_if_hopeless(error)
    what = f"Conferência de {closing.day:%d/%m/%Y}"
    with exchange.write():
        event = exchange.error(f"day:{closing.day}", what, error) if isinstance(error, tray.TrayError) else None
        note_problem(closing, event.cause if event else str(error))
        exchange.tell([event or exchange.event(EventKind.NOTE, f"day:{closing.day}", f"{what}: {error}")])


def _read_day(exchange: Exchange, day: date) -> list[int]:
    """
    Bring the ledger up to what Tray's list of the day shows; return the orders we have of it that are not in the list.

    :raises tray.TrayError: if a page cannot be read.
    :raises Unsteady: if the list changes each time it is read, or Tray does not filter by day.
    """
    for _ in range(_READS):
        began = exchange.now()
        shown = _read_pages(exchange, day)
        if shown is not None:
            return _note_unshown(exchange, day, shown, began)
    raise Unsteady("a lista do Tray mudou cada vez que foi lida; o dia é lido de novo na próxima sincronização.")


def _read_pages(exchange: Exchange, day: date) -> set[int] | None:
    """Return the ids of a day's list, or None if it changed between two of its pages."""
    shown: set[int] = set()
    page, first_total = 1, None
    while True:
        found = exchange.tray.orders_placed_page(day, page)
        if not found.filters_applied or any(row.date not in {None, day} for row in found.rows):
            raise Unsteady("o Tray não separou os pedidos por dia; este dia não pôde ser conferido.")
        first_total = found.paging.total if first_total is None else first_total
        note_rows(exchange, found.rows)
        shown |= {row.id for row in found.rows}
        if found.paging.total != first_total:
            return None
        if found.is_last:
            return shown if len(shown) == first_total else None
        page += 1


def _note_unshown(exchange: Exchange, day: date, shown: set[int], began: datetime) -> list[int]:
    sightings = OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, placed_on=day, is_gone=False)
    # what a sweep saw since belongs to another reading
    unshown = sorted(set(sightings.filter(seen_at__lt=began).values_list("tray_id", flat=True)) - shown)
    held = Order.objects.of(exchange.company_id).filter(store=exchange.store, tray_id__in=unshown)
    is_ours = set(held.values_list("tray_id", flat=True))
    looked_at = [tray_id for tray_id in unshown if tray_id in is_ours][:_MOST_UNSHOWN]
    others = [tray_id for tray_id in unshown if tray_id not in is_ours]
    if unshown:
        note_unshown(exchange, sightings.filter(tray_id__in=[*looked_at, *others]))
    return unshown


def _compare(exchange: Exchange, closing: DayClosing, *, was_read: bool, unshown: Sequence[int] = ()) -> int:
    with exchange.write() as now:
        sides = sides_of(exchange.store, closing.day, unshown=unshown)
        found = compare(
            sides.at_tray, sides.here, plan=exchange.plan, is_wanted_day=closing.day >= exchange.store.import_from
        )
        return save_comparison(closing, found, by=BY, now=now, was_read=was_read)


def _is_fresh_due(exchange: Exchange) -> bool:
    """Whether the lists made orders due: they changed since the last sweep, or it never showed them."""
    rows = OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store)
    return rows.filter(due__gt=OrderSighting.Due.NOTHING, attempts=0).exists()


def _mend(exchange: Exchange, state: SweepState) -> None:
    """Do at once what the comparison made due: it costs what it would cost the next run, and counts as that."""
    exchange.budget.spend_on(Purpose.ORDERS)
    pull_orders(exchange)
    take_in_cancellations(exchange)
    doubt_what_came_back(exchange, state)
    exchange.budget.spend_on(Purpose.NOTES)
    push_notes(exchange)
    exchange.budget.spend_on(Purpose.OTHER)


def _tell(exchange: Exchange, due: Sequence[DayClosing]) -> None:
    """Say in the log which days are checked by now, and what is missing."""
    events = []
    for closing in _closings(exchange).filter(pk__in=[one.pk for one in due], read_at__gte=exchange.run.started_at):
        how = "tudo confere" if not closing.differences_open else f"{closing.differences_open} diferenças em aberto"
        counts = f"{closing.tray_orders} pedidos no Tray, {closing.held_orders} aqui"
        text = f"Conferência de {closing.day:%d/%m/%Y}: {counts}; {how}"
        events.append(exchange.event(EventKind.NOTE, f"day:{closing.day}:{closing.differences_open}", text))
    if events:
        with exchange.write():
            exchange.tell(events)
