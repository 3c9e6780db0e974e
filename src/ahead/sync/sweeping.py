"""One sweep over what changed at Tray, that stops as soon as the books balance.

Every row seen becomes a sighting: the ledger of what Tray showed us, whether we import it or not. Rows come newest
first. Once they reach back to the newest change that the last completed sweep saw, and our books hold as many
orders of the window as Tray says there are (paging.total), there is nothing further to read. A quiet store costs
one request.

Every hour at the latest all pages are read, back to a day before the last closed day: an order whose change
became visible late, or that was deleted at Tray, is found then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as day_time

from ahead import tray
from ahead.db.tenancy import TenantQuerySet
from ahead.lib.money import to_cents
from ahead.orders.models import Order
from ahead.sync.deciding import Held, Row, Seen, is_unchanged, what_is_due
from ahead.sync.exchange import Exchange
from ahead.sync.given_back import have_stock_read
from ahead.sync.models import DayClosing, EventKind, OrderSighting, Step, SweepState

LOOK_BACK = timedelta(days=1)
FULL_EVERY = timedelta(hours=1)
_MORE_TRIES = 2


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep came to."""

    first_day: date
    today: date
    total: int  # orders that Tray says changed in the window
    newest: datetime | None  # newest change that was seen
    is_newest_ours: bool  # it is a status that we wrote
    is_full: bool
    is_steady: bool  # the pages did not shift while they were read


def sweep(exchange: Exchange, state: SweepState, *, is_second_past: bool = False) -> Swept:
    """
    See what changed, note what is due, and close the window when Tray's count and ours agree.

    `is_second_past`: at least a second went by since we wrote to Tray. Tray's instants are whole seconds, so a
    second that has passed is settled: what it holds once read, it holds for good, and need not be read again.

    :raises tray.TrayError: if a page cannot be read; the window then stays open and is read again.
    """
    began = exchange.now()
    today = began.astimezone(tray.BRASILIA).date()
    first_day = first_day_of(exchange, state)
    is_due = state.swept_fully_at is None or began - state.swept_fully_at >= FULL_EVERY
    known_up_to = None if is_due else _known_up_to(state)
    swept = _read_pages(exchange, first_day, today, known_up_to)
    for _ in range(_MORE_TRIES):
        if swept.is_steady:
            break
        swept = _read_pages(exchange, first_day, today, known_up_to)
    if swept.is_full and swept.is_steady:
        _note_vanished(exchange, swept, began)
    _close(exchange, state, swept, began, is_settled=is_second_past and swept.is_newest_ours)
    return swept


def _known_up_to(state: SweepState) -> datetime | None:
    """Return the instant before which every change is known."""
    if state.high_water_at is None or not state.high_water_is_settled:
        return state.high_water_at
    return state.high_water_at + timedelta(seconds=1)


def first_day_of(exchange: Exchange, state: SweepState) -> date:
    """Return the day the window begins: a day before the last one that is closed."""
    if state.closed_through is None:
        return exchange.store.import_from
    return state.closed_through - LOOK_BACK


def _read_pages(exchange: Exchange, first_day: date, today: date, known_up_to: datetime | None) -> Swept:
    """Read page by page, newest first, down to what is known; to the end if that is not known, or not sorted so."""
    page, first_total, newest, is_newest_ours = 1, None, None, False
    while True:
        found = exchange.tray.orders_page(
            # tomorrow belongs to the window: an order that changes after midnight must not leave it meanwhile
            modified_from=first_day,
            modified_to=today + timedelta(days=1),
            page=page,
            newest_first=True,
        )
        total = found.paging.total
        first_total = total if first_total is None else first_total
        changes = [row.modified for row in found.rows if row.modified]
        if page == 1 and changes:
            newest = max(changes)
            is_newest_ours = all(
                row.status_id in {exchange.plan.update_id, exchange.plan.update_cancelled_id}
                for row in found.rows
                if row.modified == newest
            )
        known_up_to = known_up_to if found.sorted_as_asked else None
        note_rows(exchange, found.rows)
        exchange.progress(Step.SWEEP, min(page * found.paging.limit, total), total)
        reaches_back = known_up_to is not None and bool(changes) and min(changes) < known_up_to
        is_known = reaches_back and on_the_books(exchange, first_day) == total
        if is_known or found.is_last:
            return Swept(
                first_day,
                today,
                total,
                newest,
                is_newest_ours=is_newest_ours,
                is_full=found.is_last,
                # rows that are sorted newest first only ever shift down: they are seen twice, never missed
                is_steady=found.sorted_as_asked or total == first_total,
            )
        page += 1


def on_the_books(exchange: Exchange, first_day: date) -> int:
    """Return how many orders that changed since that day we have seen."""
    return in_window(exchange, first_day).count()


def in_window(exchange: Exchange, first_day: date) -> TenantQuerySet[OrderSighting]:
    """Return the orders that changed since that day, as far as we have seen, and that Tray still has."""
    start = datetime.combine(first_day, day_time(), tray.BRASILIA).astimezone(UTC)
    return OrderSighting.objects.of(exchange.company_id).filter(
        store=exchange.store, modified_at__gte=start, is_gone=False
    )


def plan_rows(exchange: Exchange, rows: Iterable[tray.OrderRow]) -> tuple[list[tuple[Row, str]], set[int]]:
    """Return the rows that say something new, each with what is due about it, and the ids of the others."""
    by_id = {row.id: row for row in rows}
    seen, held = _seen(exchange, by_id), _held(exchange, by_id)
    read = {tray_id: _row(row, seen.get(tray_id), exchange.now()) for tray_id, row in by_id.items()}
    plan, import_from = exchange.plan, exchange.store.import_from
    changed = [
        (row, what_is_due(row, seen.get(tray_id), held.get(tray_id), plan=plan, import_from=import_from))
        for tray_id, row in read.items()
        if not is_unchanged(row, seen.get(tray_id))
    ]
    return changed, read.keys() - {row.tray_id for row, _ in changed}


def note_rows(exchange: Exchange, rows: Iterable[tray.OrderRow]) -> None:
    """Put the rows of a page on the books, with what is due about each."""
    changed, others = plan_rows(exchange, rows)
    with exchange.write() as now:
        _save(exchange, changed, now)
        touch_days(exchange, {row.placed_on for row, _ in changed})
        OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, tray_id__in=others).update(
            seen_at=now
        )


def _row(row: tray.OrderRow, seen: Seen | None, now: datetime) -> Row:
    return Row(
        tray_id=row.id,
        # a zero date says nothing: the row changed only if the rest of it did
        modified_at=row.modified or (seen.modified_at if seen else now),
        placed_on=row.date,
        status_id=row.status_id,
        status=row.status[:120],
        fingerprint=row.fingerprint[:40],
        has_invoice=row.has_invoice,
        total=None if row.total is None else to_cents(row.total),
    )


def _seen(exchange: Exchange, tray_ids: Iterable[int]) -> dict[int, Seen]:
    rows = OrderSighting.objects.of(exchange.company_id).filter(
        store=exchange.store, tray_id__in=list(tray_ids), is_gone=False
    )
    facts = rows.values_list("tray_id", "modified_at", "status_id", "fingerprint", "due", "seen_at", "has_invoice")
    return {row[0]: Seen(*row[1:]) for row in facts}


def _held(exchange: Exchange, tray_ids: Iterable[int]) -> dict[int, Held]:
    rows = Order.objects.of(exchange.company_id).filter(store=exchange.store, tray_id__in=list(tray_ids))
    facts = rows.values_list("tray_id", "state", "acknowledged_status_id", "acknowledged_at")
    return {row[0]: Held(*row[1:]) for row in facts if row[0] is not None}


def _save(exchange: Exchange, changed: list[tuple[Row, str]], now: datetime) -> None:
    OrderSighting.objects.bulk_create(
        [
            OrderSighting(
                company_id=exchange.company_id,
                store=exchange.store,
                tray_id=row.tray_id,
                modified_at=row.modified_at,
                status_id=row.status_id,
                status=row.status,
                fingerprint=row.fingerprint,
                placed_on=row.placed_on,
                has_invoice=row.has_invoice,
                total=row.total,
                due=due,
                seen_at=now,
            )
            for row, due in changed
        ],
        update_conflicts=True,
        unique_fields=["store", "tray_id"],
        update_fields=[
            "modified_at",
            "status_id",
            "status",
            "fingerprint",
            "placed_on",
            "has_invoice",
            "total",
            "due",
            "seen_at",
            "is_gone",
        ],
    )


def _note_vanished(exchange: Exchange, swept: Swept, began: datetime) -> None:
    """Have the orders looked at that changed in the window, and that a full steady sweep did not show."""
    note_unshown(exchange, in_window(exchange, swept.first_day).filter(seen_at__lt=began))


def note_unshown(exchange: Exchange, missing: TenantQuerySet[OrderSighting]) -> None:
    """Have those read that we hold of the orders that a list should show and does not; the others are gone."""
    tray_ids = set(missing.values_list("tray_id", flat=True))
    if not tray_ids:
        return
    held = set(_held(exchange, tray_ids))
    others = missing.filter(tray_id__in=tray_ids - held)
    with exchange.write():
        missing.filter(tray_id__in=held).update(due=OrderSighting.Due.READ)
        if others.exclude(status_id__in=exchange.plan.dead_ids).exists():
            have_stock_read(exchange)
        others.update(is_gone=True, due=OrderSighting.Due.NOTHING)


def touch_days(exchange: Exchange, days: Iterable[date | None]) -> None:
    """Have the days compared again that something changed of since they were closed."""
    DayClosing.objects.of(exchange.company_id).filter(
        store=exchange.store, day__in=[day for day in days if day], is_touched=False, compared_at__isnull=False
    ).update(is_touched=True)


def touch_days_of(exchange: Exchange, tray_ids: Iterable[int]) -> None:
    """Have the days of these orders compared again that have differences open."""
    sightings = OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, tray_id__in=list(tray_ids))
    DayClosing.objects.of(exchange.company_id).filter(
        store=exchange.store, differences_open__gt=0, is_touched=False, day__in=sightings.values("placed_on")
    ).update(is_touched=True)


def _close(exchange: Exchange, state: SweepState, swept: Swept, began: datetime, *, is_settled: bool) -> None:
    held_total = on_the_books(exchange, swept.first_day)
    exchange.run.tray_total, exchange.run.held_total = swept.total, held_total
    with exchange.write():
        exchange.run.save(update_fields=["tray_total", "held_total"])
        if not swept.is_steady:
            text = "Os pedidos mudaram enquanto eram lidos; a janela fica aberta e é relida na próxima."
            exchange.tell([exchange.event(EventKind.NOTE, "window", text)])
            return
        state.closed_through = swept.today
        is_same = swept.newest == state.high_water_at
        state.high_water_is_settled = is_settled or (is_same and state.high_water_is_settled)
        state.high_water_at = swept.newest or state.high_water_at
        if swept.is_full:
            state.swept_fully_at, state.lost_since = began, None
        state.save(
            update_fields=["closed_through", "high_water_at", "high_water_is_settled", "swept_fully_at", "lost_since"]
        )
