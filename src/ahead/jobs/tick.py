"""Every few seconds: ask for what is due, send again what did not arrive, settle what was given up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Lock

import structlog
from django.db import DatabaseError
from django.db.models import F

from ahead.db.clock import shared_now
from ahead.db.statistics import refresh_due_statistics
from ahead.fiscal.expiring import watch_certificates
from ahead.jobs import engine
from ahead.jobs.alerts import send_due_hooks, send_due_mails, settle_parked_alerts, watch
from ahead.jobs.asking import ask_sync, send
from ahead.jobs.connections import own_connections
from ahead.jobs.notas import send_due_notas, settle_parked_notas
from ahead.jobs.retention import purge_due
from ahead.jobs.sheets import send_waiting, settle_parked_sheets
from ahead.stores import agenda
from ahead.stores.models import StoreAgenda
from ahead.stores.triggers import Trigger
from ahead.sync.exchange import BY
from ahead.sync.quota_ahead import look_ahead

log = structlog.get_logger(__name__)

_ON_ITS_WAY = timedelta(seconds=2)  # the process that asked is about to send it
_LOST_AFTER = timedelta(seconds=60)
_looking = Lock()


@own_connections
def look() -> None:
    """Do one look; when the one before is not done yet, do nothing."""
    if not _looking.acquire(blocking=False):
        return
    try:
        for part in _PARTS:
            _guarded(part)
    finally:
        _looking.release()


def _guarded(part: Callable[..., int]) -> None:
    try:
        part(now=shared_now())
    except Exception:  # one part that fails, for whatever reason, must not keep the others from their work
        log.exception("jobs.tick.failed", part=part.__name__)


def ask_due(*, now: datetime) -> int:
    """Ask for a sync of every store whose time has come and return how many were asked for."""
    due = StoreAgenda.objects.across_companies().filter(store_id__in=agenda.due_stores(now))
    return sum(_ask(row, now) for row in due.order_by("next_sync_at").select_related("company"))


def _ask(row: StoreAgenda, now: datetime) -> bool:
    try:
        asked = ask_sync(company=row.company, store_id=row.store_id, by=BY, trigger=Trigger.SCHEDULE)
    except agenda.CannotSync as refusal:  # paused or disconnected since we looked
        log.info("jobs.tick.refused", store_id=row.store_id, why=str(refusal))
        return False
    except DatabaseError:
        raise
    except Exception:  # of one store, as secrets that no key opens: the others' time has come, too
        log.exception("jobs.tick.not_asked", store_id=row.store_id)
        agenda.schedule_next(row.store_id, ok=False, now=now)
        return False
    return asked.number is not None


def send_unsent(*, now: datetime) -> int:
    """Send what was asked for and not sent, because the engine was away or the process died in between."""
    rows = [row for row in agenda.unsent() if row.asked_at is None or row.asked_at < now - _ON_ITS_WAY]
    return sum(send(store_id=row.store_id, asked=row.asked, trigger=row.trigger) for row in rows)


def send_lost(*, now: datetime) -> int:
    """
    Send again what was sent and is not in the engine, and return how many.

    Its file was lost or put back from a backup, or a run ended before it had begun. Without this the
    store would wait for ever, because each press finds one that waits already.
    """
    waiting = list(
        StoreAgenda.objects.across_companies().filter(
            asked__gt=F("taken"), sent__gte=F("asked"), asked_at__lt=now - _LOST_AFTER
        )
    )
    if not waiting:
        return 0
    alive = {run.workflow_id for run in engine.live_runs()}
    lost = [row for row in waiting if engine.workflow_id(row.store_id, row.asked) not in alive]
    for row in lost:
        log.warning("jobs.sync.lost", store_id=row.store_id, asked=row.asked)
        engine.forget([engine.workflow_id(row.store_id, row.asked)])
        send(store_id=row.store_id, asked=row.asked, trigger=Trigger(row.trigger))
    return len(lost)


def settle_parked(*, now: datetime) -> int:
    """Note the runs that the engine gave up as failures of their stores, once, and return how many."""
    runs = engine.parked()
    for run in runs:
        log.error("jobs.sync.given_up", store_id=run.store_id, asked=run.asked, executor=run.executor)
        with suppress(StoreAgenda.DoesNotExist):  # the store is gone
            agenda.schedule_next(run.store_id, ok=False, now=now)
        engine.forget([run.workflow_id])
    return len(runs)


_PARTS = (
    settle_parked,
    send_unsent,
    send_lost,
    ask_due,
    settle_parked_sheets,
    send_waiting,
    purge_due,
    refresh_due_statistics,
    settle_parked_notas,
    send_due_notas,
    watch_certificates,
    look_ahead,
    settle_parked_alerts,
    watch,
    send_due_mails,
    send_due_hooks,
)
