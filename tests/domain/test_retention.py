"""What is past its time goes, in batches that may stop anywhere; what the law asks for stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session

from ahead.jobs.retention import purge_sessions
from ahead.stores.models import Store
from ahead.sync.models import EventKind, RunState, SyncEvent, SyncRun
from ahead.sync.retention import LINES_AT_ONCE, purge_run_logs

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def make_run(store: Store, number: int, *, state: RunState, days_ago: int, lines: int) -> SyncRun:
    ended = NOW - timedelta(days=days_ago)
    run = SyncRun.objects.create(
        company_id=store.company_id, store=store, number=number, trigger="agenda", state=state,
        started_at=ended, finished_at=ended, orders_imported=lines,
    )  # fmt: skip
    SyncEvent.objects.bulk_create(
        SyncEvent(company_id=store.company_id, run=run, kind=EventKind.NOTE, key=f"n:{line}", text="x", at=ended)
        for line in range(lines)
    )
    return run


def lines_of(run: SyncRun) -> int:
    return SyncEvent.objects.of(run.company_id).filter(run=run).count()


@pytest.mark.django_db
def test_lines_go_by_age_and_the_figures_stay(loja: Store) -> None:
    old = make_run(loja, 1, state=RunState.CLEAN, days_ago=91, lines=3)
    wrong = make_run(loja, 2, state=RunState.WITH_ERRORS, days_ago=91, lines=3)
    older = make_run(loja, 3, state=RunState.WITH_ERRORS, days_ago=366, lines=3)
    fresh = make_run(loja, 4, state=RunState.CLEAN, days_ago=89, lines=3)

    assert purge_run_logs(now=NOW) == 6
    assert [lines_of(run) for run in (old, wrong, older, fresh)] == [0, 3, 0, 3]
    old.refresh_from_db()
    assert (old.orders_imported, old.log_purged_at) == (3, NOW)
    assert purge_run_logs(now=NOW) == 0


@pytest.mark.django_db
def test_a_long_log_goes_in_batches(loja: Store) -> None:
    run = make_run(loja, 1, state=RunState.CLEAN, days_ago=91, lines=LINES_AT_ONCE + 10)
    assert purge_run_logs(now=NOW) == LINES_AT_ONCE
    run.refresh_from_db()
    assert (lines_of(run), run.log_purged_at) == (10, None)
    assert purge_run_logs(now=NOW) == 10
    assert lines_of(run) == 0


@pytest.mark.django_db
def test_only_ended_sessions_go() -> None:
    for key, ends in (("ended", NOW - timedelta(seconds=1)), ("open", NOW + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=ends)
    assert purge_sessions(now=NOW) == 1
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
