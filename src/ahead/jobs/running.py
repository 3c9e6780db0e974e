"""What the engine's one step does: begin, sync, and note in the agenda how it went."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Protocol

import structlog
from django.db import connections
from structlog.contextvars import bound_contextvars

from ahead.db.clock import shared_now
from ahead.jobs.connections import own_connections
from ahead.jobs.engine import JobFailed
from ahead.stores import agenda
from ahead.stores.leases import LostStore, leave_store
from ahead.stores.models import Store
from ahead.stores.triggers import Trigger
from ahead.sync.exchange import BY
from ahead.sync.queries import is_catalogue_left
from ahead.sync.runner import StoreBusy, run_sync

_BUSY_SECONDS = 10 * 60
_BUSY_POLL_SECONDS = 2
log = structlog.get_logger(__name__)


class SyncJob(Protocol):
    """
    One sync of a store: resumable from its own tables, harmless to repeat, refusing to run beside itself.

    It returns whether the run could be made; what it raises counts as a run that could not.

    :raises StoreBusy: while another process has the store in hand; it is tried again for a while.
    :raises LostStore: if another process has taken the run over.
    """

    def __call__(self, *, store_id: int, asked: int, trigger: Trigger, holder: str) -> bool: ...


@own_connections
def run_store(store_id: int, asked: int, trigger: str, holder: str, *, job: SyncJob = run_sync) -> None:
    """
    Sync a store and set when it syncs next, later with each failure.

    Everything that must happen happens in here: after it the engine may find the run cancelled and stop.

    :raises JobFailed: if the sync raised, or another process has resumed it; the engine then lets the store go.
    """
    with bound_contextvars(store_id=store_id, asked=asked):
        _run_store(store_id, asked, Trigger(trigger), holder, job)


def _run_store(store_id: int, asked: int, trigger: Trigger, holder: str, job: SyncJob) -> None:
    try:
        went_well, trigger = _sync_when_free(job, store_id=store_id, asked=asked, trigger=trigger, holder=holder)
    except LostStore:
        # We were silent, and another process has resumed the run: that one reports how it went.
        log.warning("jobs.sync.lost_store")
        raise JobFailed("LostStore") from None
    except Exception as error:
        log.exception("jobs.sync.failed")
        agenda.schedule_next(store_id, ok=False, now=shared_now())
        raise JobFailed(type(error).__name__) from None
    if went_well and trigger == Trigger.NOTICE:
        return  # it looked at a few things only: when all is due stays as it was
    agenda.schedule_next(store_id, ok=went_well, now=shared_now())
    if went_well and is_catalogue_left(store_id):
        _ask_for_the_rest(store_id)


def _ask_for_the_rest(store_id: int) -> None:
    """Ask for another sync: the time of one run was not enough for the catalogue. The tick hands it to the engine."""
    store = Store.objects.across_companies().select_related("company").get(pk=store_id)
    try:
        agenda.ask_sync(company=store.company, store_id=store_id, by=BY, trigger=Trigger.CONTINUATION)
    except agenda.CannotSync:
        log.info("jobs.sync.rest_waits")  # it was paused meanwhile


def _sync_when_free(job: SyncJob, *, store_id: int, asked: int, trigger: Trigger, holder: str) -> tuple[bool, Trigger]:
    """A store that is synced from the command line just now is waited for: what was asked is still wanted."""
    deadline = monotonic() + _BUSY_SECONDS
    while True:
        try:
            return _begin(job, store_id=store_id, asked=asked, trigger=trigger, holder=holder)
        except StoreBusy:
            if monotonic() > deadline:
                raise
        connections.close_all()  # and none is held meanwhile
        sleep(_BUSY_POLL_SECONDS)


def _begin(job: SyncJob, *, store_id: int, asked: int, trigger: Trigger, holder: str) -> tuple[bool, Trigger]:
    """
    Take the request and the store in one transaction, so that a press finds one of them; the sync goes on from here.

    Return whether it could be made, and what it was made for: a person may have pressed while it waited.
    """
    fence = agenda.take(store_id, asked, holder=holder, now=shared_now())
    if fence is None:
        raise StoreBusy(f"store {store_id} is in the hands of another process")
    trigger = agenda.trigger_of(store_id, asked) or trigger
    try:
        return job(store_id=store_id, asked=asked, trigger=trigger, holder=holder), trigger
    finally:
        leave_store(store_id, token=fence)  # where the sync ended before it took the store over
