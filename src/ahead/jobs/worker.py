"""The worker: runs syncs until it is told to stop, and takes over the runs of workers that died."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

import structlog
from django.db import DatabaseError
from django.utils import timezone

from ahead.jobs import engine, heartbeat, slots
from ahead.jobs.alerts import HOOK, MAIL, run_hooks, run_mails
from ahead.jobs.connections import own_connections
from ahead.jobs.heartbeat import SlotLost, Worker
from ahead.jobs.leaving import become_leaving
from ahead.jobs.models import DEAD_AFTER_SECONDS
from ahead.jobs.notas import NOTAS, run_notas
from ahead.jobs.noticing import Noticing
from ahead.jobs.running import run_store
from ahead.jobs.sheets import SHEET, run_sheet
from ahead.jobs.tick import look
from ahead.lib.ending import Ending, hearing_asks_to_end

log = structlog.get_logger(__name__)

KEEP_SYNCS = timedelta(days=14)
KEEP_TICKS = timedelta(hours=1)
_CLEAN_EVERY_SECONDS = 60
_WORKS = {SHEET: run_sheet, NOTAS: run_notas, MAIL: run_mails, HOOK: run_hooks}


def run_worker(
    *,
    threads: int = 100,
    dead_after: float = DEAD_AFTER_SECONDS,
    grace_seconds: int = 10,
    sync: engine.SyncBody = run_store,
) -> None:
    """
    Run syncs, up to `threads` at once, until the process is told to end (SIGTERM, SIGINT).

    A worker that is silent for `dead_after` seconds loses its runs to the others; it is silent while it ends.
    When runs are left over after `grace_seconds`, the process does not come back from here: they go on elsewhere, or
    here after the restart (`leaving`).

    :raises AlreadyRunning: if the database is SQLite and a worker runs already.
    :raises SlotLost: if another machine works under the same name.
    """
    with slots.taken_slot() as executor, hearing_asks_to_end() as ending:
        worker = Worker(executor=executor, started_at=timezone.now(), threads=threads)
        heartbeat.arrive(worker)
        engine.start(executor=executor, threads=threads, sync=sync, works=_WORKS, tick=look)
        log.info("jobs.worker.started", executor=executor, threads=threads)
        noticing = Noticing()
        noticing.start()
        try:
            _mind(worker, ending, dead_after)
        except SlotLost:
            engine.stop(grace_seconds=0)  # and give nothing back: what runs under our name is the other's
            raise
        finally:
            noticing.stop()
        _end(worker, grace_seconds)


def _mind(worker: Worker, ending: Ending, dead_after: float) -> None:
    cleaned_at = float("-inf")
    went_well = True
    while not ending.wait(dead_after / 4):
        is_time_to_clean = monotonic() - cleaned_at > _CLEAN_EVERY_SECONDS
        # Where the database was away, all were silent: first let the others say that they live.
        went_well = _round(worker, dead_after, clean=is_time_to_clean, takes_over=went_well)
        if went_well and is_time_to_clean:
            cleaned_at = monotonic()


@own_connections
def _round(worker: Worker, dead_after: float, *, clean: bool, takes_over: bool) -> bool:
    """A database that is away for a while must not end the worker."""
    try:
        heartbeat.beat(worker)
        if takes_over:
            heartbeat.take_over(dead_after=dead_after)
        if clean:
            now = timezone.now()
            engine.forget_ended(syncs_before=now - KEEP_SYNCS, ticks_before=now - KEEP_TICKS)
    except (engine.EngineAway, DatabaseError) as error:
        log.warning("jobs.worker.round_failed", executor=worker.executor, error=type(error).__name__)
        return False
    return True


@own_connections
def _end(worker: Worker, grace_seconds: int) -> None:
    """Stop, and let what is still running go on elsewhere."""
    log.info("jobs.worker.stopping", executor=worker.executor)
    engine.stop(grace_seconds=grace_seconds)
    try:
        is_idle = worker.executor not in engine.executors_at_work()
        if is_idle:
            heartbeat.leave(worker.executor)
    except (engine.EngineAway, DatabaseError):
        is_idle = False  # what was running is unknown
    if not is_idle:
        become_leaving(worker.executor)
    log.info("jobs.worker.stopped", executor=worker.executor, left_over=0)
