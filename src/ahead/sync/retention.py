"""
What is not kept for ever: lines of old runs' logs, readings of the stock; in small batches that may stop anywhere.

The runs stay with their counters. The lines of a clean run go first; those of one with errors are kept longer. Orders,
notas with their XML and eventos, and the trail of who did what are never touched: the law asks for them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from ahead.db.lane import bulk_lane
from ahead.sync.models import RunState, StockReading, SyncEvent, SyncRun

LINES_AT_ONCE = 500
_RUNS_AT_ONCE = 20
_READINGS_KEPT = timedelta(days=400)  # a year, to compare with
_READINGS_AT_ONCE = 100


def purge_run_logs(*, now: datetime) -> int:
    """Delete some lines of the runs that are old enough, and return how many lines that were."""
    clean = Q(state=RunState.CLEAN, finished_at__lt=now - timedelta(days=settings.KEEP_CLEAN_LOGS_DAYS))
    others = Q(finished_at__lt=now - timedelta(days=settings.KEEP_ERROR_LOGS_DAYS))
    old = SyncRun.objects.across_companies().filter(clean | others, log_purged_at=None)
    left = LINES_AT_ONCE
    for run in old.order_by("finished_at", "pk").only("pk", "company_id")[:_RUNS_AT_ONCE]:
        left -= _purge(run, left, now)
        if left <= 0:
            break
    return LINES_AT_ONCE - left


def _purge(run: SyncRun, most: int, now: datetime) -> int:
    lines = SyncEvent.objects.of(run.company_id).filter(run=run)
    chosen = list(lines.order_by("pk").values_list("pk", flat=True)[:most])
    with bulk_lane():
        gone, _ = lines.filter(pk__in=chosen).delete()
        if len(chosen) < most:
            SyncRun.objects.of(run.company_id).filter(pk=run.pk).update(log_purged_at=now)
    return gone


def purge_stock_readings(*, now: datetime) -> int:
    """Delete some of the oldest readings of the whole stock with what drifted in them, if they are past their time."""
    rows = StockReading.objects.across_companies()
    oldest = rows.order_by("pk").values_list("pk", "began_at")[:_READINGS_AT_ONCE]  # they are made one after another
    chosen = [pk for pk, began_at in oldest if began_at < now - _READINGS_KEPT]
    if chosen:
        with bulk_lane():
            rows.filter(pk__in=chosen).delete()
    return len(chosen)
