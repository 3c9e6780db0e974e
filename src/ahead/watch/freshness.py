"""
How fresh each flow of a store is: kept up to date after each run by the look, so that a page reads one row a flow.

Of the lateness, only the latest arrivals of the last 24 hours are looked at, up to `SAMPLES` a flow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import F, OuterRef, Q, Subquery

from ahead.stores.models import Store
from ahead.stores.triggers import Trigger
from ahead.sync.models import EventKind, RunState, SyncEvent, SyncRun
from ahead.watch.flows import Lateness, good_flows, lateness, passed_flows
from ahead.watch.models import Flow, Freshness

SAMPLES = 1_000
WINDOW = timedelta(hours=24)
_MEASURED_AGAIN = timedelta(hours=1)
_MOST_ERRORS = 20_000
AT_MOST = 100  # stores a call: the others are judged by the next look, since the tick has more to do
_KINDS = {
    Flow.ORDERS: (EventKind.ORDER_IMPORTED, EventKind.ORDER_HELD),
    Flow.CANCELLATIONS: (EventKind.ORDER_CANCELLED,),
    Flow.NOTES: (EventKind.NOTA_DELIVERED,),
    Flow.STOCK: (EventKind.STOCK_UPDATED,),
}
_COUNTERS = {
    Flow.ORDERS: ("orders_imported", "orders_held"),
    Flow.CANCELLATIONS: ("orders_cancelled",),
    Flow.NOTES: ("notes_delivered",),
    Flow.STOCK: ("stock_updated",),
}


class _Ended(NamedTuple):
    """The last run of a store that ended."""

    store_id: int
    company_id: int
    run: SyncRun


def keep_fresh(company_ids: Collection[int], *, now: datetime) -> int:
    """Judge what has run since the last look, and return how many stores that was."""
    ended = _ended_since(company_ids)
    if not ended:
        return 0
    keys = _error_keys([one.run.pk for one in ended])
    before = _rows([one.store_id for one in ended])
    rows = [
        _judged(one, flow, keys[one.run.pk], before.get((one.store_id, flow)), now) for one in ended for flow in Flow
    ]
    Freshness.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["store", "flow"],
        update_fields=["run_number", "good_at", "passed_at", "p50_seconds", "p95_seconds", "samples", "measured_at"],
        batch_size=500,
    )
    return len(ended)


def _ended_since(company_ids: Collection[int]) -> list[_Ended]:
    """Return the last run that ended of each store, where it is another than the one judged last."""
    runs = SyncRun.objects.across_companies().filter(store=OuterRef("pk"), is_dry=False)
    last = runs.exclude(state=RunState.RUNNING).order_by("-number")
    judged = Freshness.objects.across_companies().filter(store=OuterRef("pk"), flow=Flow.ORDERS).values("run_number")
    stores = (
        Store.objects.across_companies()
        .filter(company_id__in=company_ids)
        .annotate(
            last_id=Subquery(last.values("pk")[:1]),
            last_number=Subquery(last.values("number")[:1]),
            judged=Subquery(judged),
        )
    )
    fresh = stores.filter(Q(judged=None) | ~Q(judged=F("last_number")), last_id__isnull=False)
    found = fresh.order_by("last_id").values_list("last_id", flat=True)[:AT_MOST]  # the longest ended first
    rows = SyncRun.objects.across_companies().filter(pk__in=list(found))
    return [_Ended(run.store_id, run.company_id, run) for run in rows]


def _error_keys(run_ids: Sequence[int]) -> dict[int, set[str]]:
    errors = SyncEvent.objects.across_companies().filter(run__in=run_ids, kind=EventKind.ERROR).order_by("run_id")
    found: dict[int, set[str]] = defaultdict(set)
    for run_id, key in errors.values_list("run_id", "key")[:_MOST_ERRORS]:
        found[run_id].add(key)
    return found


def _rows(store_ids: Sequence[int]) -> dict[tuple[int, str], Freshness]:
    rows = Freshness.objects.across_companies().filter(store__in=store_ids)
    return {(row.store_id, row.flow): row for row in rows}


def _judged(one: _Ended, flow: Flow, keys: set[str], before: Freshness | None, now: datetime) -> Freshness:
    row = before or Freshness(company_id=one.company_id, store_id=one.store_id, flow=flow)
    row.run_number = one.run.number
    passed = passed_flows(one.run.step, keys, is_brief=one.run.trigger == Trigger.NOTICE)
    ended_at = one.run.finished_at or one.run.started_at
    if flow in passed or before is None:  # it counts from the first run on
        row.passed_at = ended_at
    if flow in good_flows(passed, keys):
        row.good_at = ended_at
    has_news = any(getattr(one.run, counter) for counter in _COUNTERS.get(flow, ()))
    # what brought nothing is measured again only to let yesterday go: most runs cost no measuring at all
    is_stale = bool(row.samples) and row.measured_at is not None and now - row.measured_at > _MEASURED_AGAIN
    if flow in _KINDS and (has_news or is_stale):
        measured = _lateness(one, flow, now)
        row.p50_seconds = measured.p50 if measured else None
        row.p95_seconds = measured.p95 if measured else None
        row.samples, row.measured_at = (measured.samples if measured else 0), now
    return row


def _lateness(one: _Ended, flow: Flow, now: datetime) -> Lateness | None:
    counted = Q()
    for counter in _COUNTERS[flow]:
        counted |= Q(**{f"{counter}__gt": 0})
    # the runs first: their index knows the day, and most of them brought nothing
    runs = SyncRun.objects.of(one.company_id).filter(counted, store_id=one.store_id, started_at__gt=now - WINDOW)
    events = SyncEvent.objects.of(one.company_id).filter(
        run__in=list(runs.values_list("pk", flat=True)), kind__in=_KINDS[flow], since__isnull=False
    )
    pairs = events.order_by("-pk").values_list("at", "since")[:SAMPLES]
    return lateness((at, since) for at, since in pairs if since)
