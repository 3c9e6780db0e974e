""" "Está tudo aqui?": how each store stands, its months and days, what differs, and the drift of its stock."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from ahead import tray
from ahead.accounts.models import Company
from ahead.db.paging import Page, paginate
from ahead.stores.models import Store
from ahead.sync.closings import today_of
from ahead.sync.day_sides import start_of
from ahead.sync.models import DayClosing, DayDifference, DayState, DifferenceKind, StockDrift, StockReading

LOOKED_BACK = timedelta(days=92)  # an answer is about so many days; older ones are in the calendar
KINDS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in DifferenceKind.choices]
STATES: list[tuple[str, str]] = [(str(value), str(label)) for value, label in DayState.choices]


@dataclass(frozen=True, slots=True)
class Answer:
    """Is everything of a store here?"""

    store: Store
    since: date | None  # the first day that is kept account of
    through: date | None  # the last day that was compared
    checked_at: datetime | None
    differences: int
    days_with_differences: int
    first_difference_on: date | None
    waiting: int  # days that are over and not checked yet
    problem: str

    @property
    def state(self) -> str:
        """`balanced`, `differences`, `waiting` (not checked yet) or `never`."""
        if self.differences:
            return "differences"
        if self.through is None:
            return "never"
        return "waiting" if self.waiting else "balanced"


def answers(company: Company, stores: Iterable[Store], *, now: datetime) -> list[Answer]:
    """Return for each store whether everything is here, in a fixed number of queries."""
    today = today_of(now)
    recent = DayClosing.objects.of(company).filter(day__gte=today - LOOKED_BACK, day__lt=today)
    is_compared = Q(read_at__isnull=False)
    facts: dict[int, Any] = {
        row["store_id"]: row
        for row in recent.order_by()
        .values("store_id")
        .annotate(
            since=Min("day"),
            last=Max("day"),
            through=Max("day", filter=is_compared),
            checked_at=Max("compared_at", filter=is_compared),
            open_differences=Sum("differences_open"),
            days_with_differences=Count("pk", filter=Q(differences_open__gt=0)),
            first_difference_on=Min("day", filter=Q(differences_open__gt=0)),
            waiting=Count("pk", filter=Q(state=DayState.OPEN)),
            problem=Max("problem", filter=Q(is_read_due=True)),
        )
    }
    return [_answer(store, facts.get(store.pk), today) for store in stores]


def _answer(store: Store, facts: dict[str, Any] | None, today: date) -> Answer:
    if facts is None:
        return Answer(store, None, None, None, 0, 0, None, 0, "")
    # a day for which no sync has made a row yet is not checked either
    unopened = (today - facts["last"]).days - 1
    return Answer(
        store,
        facts["since"],
        facts["through"],
        facts["checked_at"],
        differences=facts["open_differences"] or 0,
        days_with_differences=facts["days_with_differences"],
        first_difference_on=facts["first_difference_on"],
        waiting=facts["waiting"] + unopened,
        problem=facts["problem"] or "",
    )


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of the calendar. `state`: of the closing, or `none` (not checked) or `future`."""

    day: date
    state: str
    closing: DayClosing | None
    is_today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month of one store, in weeks that begin on Sunday; `None` where another month has the day."""

    first: date
    weeks: list[list[DayCell | None]]
    counts: dict[str, int]

    @property
    def previous(self) -> date:
        """The first day of the month before."""
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def following(self) -> date:
        """The first day of the month after."""
        return (self.first + timedelta(days=31)).replace(day=1)


def month(store: Store, first: date, *, now: datetime) -> Month:
    """Return the month of a store that a day lies in."""
    today = now.astimezone(tray.BRASILIA).date()
    first = first.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1)
    rows = DayClosing.objects.of(store.company_id).filter(store=store, day__gte=first, day__lt=last)
    known = {row.day: row for row in rows}
    weeks = [
        [_cell(day, known.get(day), today) if day.month == first.month else None for day in week]
        for week in calendar.Calendar(firstweekday=6).monthdatescalendar(first.year, first.month)
    ]
    counts: dict[str, int] = {}
    for cell in (cell for week in weeks for cell in week if cell):
        counts[cell.state] = counts.get(cell.state, 0) + 1
    return Month(first, weeks, counts)


def _cell(day: date, closing: DayClosing | None, today: date) -> DayCell:
    if day > today:
        return DayCell(day, "future", None, is_today=False)
    if closing is None or (closing.read_at is None and day < today and not closing.is_read_due):
        return DayCell(day, "open" if day == today else "none", closing, is_today=day == today)
    return DayCell(day, closing.state, closing, is_today=day == today)


def closing_of(store: Store, day: date) -> DayClosing | None:
    """Return the closing of a day, if there is one yet."""
    return DayClosing.objects.of(store.company_id).filter(store=store, day=day).first()


def closing(company: Company, closing_id: int) -> DayClosing:
    """
    Return one closing.

    :raises DayClosing.DoesNotExist: if there is none, or it is another company's.
    """
    one: DayClosing = DayClosing.objects.of(company).select_related("store").get(pk=closing_id)
    return one


def difference(company: Company, difference_id: int) -> DayDifference:
    """
    Return one difference.

    :raises DayDifference.DoesNotExist: if there is none, or it is another company's.
    """
    one: DayDifference = DayDifference.objects.of(company).select_related("closing__store").get(pk=difference_id)
    return one


def differences_of(closing: DayClosing) -> list[DayDifference]:
    """Return what differs or differed on a day, what is open first."""
    rows = DayDifference.objects.of(closing.company_id).filter(closing=closing)
    return sorted(rows, key=lambda row: (row.settled_at is not None, row.kind, row.tray_id))


def differences(
    company: Company,
    *,
    store_id: int | None = None,
    kind: str = "",
    is_open: bool | None = None,
    day_from: date | None = None,
    day_to: date | None = None,
    ids: Collection[int] = (),
) -> Iterator[DayDifference]:
    """Yield the differences that match, by day, without holding them all."""
    found: QuerySet[DayDifference] = DayDifference.objects.of(company).select_related("closing__store")
    exact = {"closing__store_id": store_id, "kind": kind, "pk__in": ids}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if is_open is not None:
        found = found.filter(settled_at__isnull=is_open)
    if day_from:
        found = found.filter(closing__day__gte=day_from)
    if day_to:
        found = found.filter(closing__day__lte=day_to)
    return found.order_by("-closing__day", "tray_id", "kind").iterator(chunk_size=1_000)


def closings(
    company: Company,
    *,
    store_id: int | None = None,
    day: date | None = None,
    day_from: date | None = None,
    day_to: date | None = None,
    page: int = 1,
    size: int = 50,
) -> Page[DayClosing]:
    """Return a page of closings, the latest day first."""
    found = DayClosing.objects.of(company).select_related("store")
    exact = {"store_id": store_id, "day": day}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if day_from:
        found = found.filter(day__gte=day_from)
    if day_to:
        found = found.filter(day__lte=day_to)
    return paginate(found.order_by("-day", "store__code"), page=page, size=size)


# ── stock ──────────────────────────────────────────────────────────────────────────────────────────────────


def stock_readings(store: Store, day: date) -> list[StockReading]:
    """Return the readings of a store's whole stock that ended on a day, the latest first."""
    rows: QuerySet[StockReading] = StockReading.objects.of(store.company_id).filter(
        store=store, began_at__gte=start_of(day), began_at__lt=start_of(day + timedelta(days=1)), ended_at__isnull=False
    )
    return list(rows.order_by("-began_at"))


def last_stock_reading(store: Store) -> StockReading | None:
    """Return the last reading of a store's whole stock."""
    rows: QuerySet[StockReading] = StockReading.objects.of(store.company_id).filter(store=store, ended_at__isnull=False)
    return rows.order_by("-began_at").first()


def drifts(readings: Collection[StockReading], *, limit: int = 200) -> list[StockDrift]:
    """Return what drifted in these readings, what is not settled first."""
    if not readings:
        return []
    company_id = next(iter(readings)).company_id
    rows = StockDrift.objects.of(company_id).filter(reading__in=[reading.pk for reading in readings])
    rows = rows.select_related("variant__listing").order_by("settled_at", "title", "pk")
    found = list(rows[:limit])
    return sorted(found, key=lambda row: (row.settled_at is not None, row.title))
