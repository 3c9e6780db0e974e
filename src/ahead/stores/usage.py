"""What a store's requests were for, day by day, and the plan of a day that comes of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ahead.db.lane import bulk_lane
from ahead.stores.models import RequestBudget, RequestUse, Store
from ahead.stores.planning import DayUse, Plan, Use

REMEMBERED = timedelta(weeks=8)
KEPT_FOR = timedelta(days=400)  # a year, to compare with
_PURGED_AT_ONCE = 500


def purge_uses(*, now: datetime) -> int:
    """Delete some of the oldest days, if they are past their time, and return how many."""
    # rows are made day by day: looking at the oldest alone costs the same however many there are
    rows = RequestUse.objects.across_companies()
    oldest = rows.order_by("pk").values_list("pk", "day")[:_PURGED_AT_ONCE]
    before = (now - KEPT_FOR).date()
    chosen = [pk for pk, day in oldest if day < before]
    if chosen:
        with bulk_lane():
            rows.filter(pk__in=chosen).delete()
    return len(chosen)


def use_of_days(store: Store, *, until: date) -> list[DayUse]:
    """Return what the days before `until` used, the oldest first; a day without a request is absent."""
    rows = RequestUse.objects.of(store.company_id).filter(store_id=store.pk, day__lt=until, day__gte=until - REMEMBERED)
    days = dict(rows.values_list("day", "use"))
    # the last day is written down when the next one begins
    days |= {row.day: row.use for row in _budget(store) if row.day < until and row.use}
    return [DayUse(day, days[day]) for day in sorted(days)]


def use_today(store: Store, *, today: date) -> Use:
    """Return what today's requests were for so far, those in the hands of running workers included."""
    return next((row.use for row in _budget(store) if row.day == today), {})


def plan_of_day(store: Store, day: date) -> Plan:
    """Return what a store is expected to need of a day."""
    is_by_itself = store.syncs_by_itself and not store.is_paused
    return Plan.of(
        use_of_days(store, until=day),
        day=day,
        per_day=store.requests_per_day,
        interval_minutes=store.sync_interval_minutes if is_by_itself else 0,
    )


def _budget(store: Store) -> list[RequestBudget]:
    return list(RequestBudget.objects.of(store.company_id).filter(store_id=store.pk))
