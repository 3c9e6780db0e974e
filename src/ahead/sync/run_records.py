"""The life of a run in the database: begun or resumed, counted from its log, ended, even if its process died."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Q

from ahead.db.clock import shared_now
from ahead.db.lane import bulk_lane
from ahead.pending.keys import store_key
from ahead.pending.operations import Matter, open_matters
from ahead.stores.agenda import NOTICES
from ahead.stores.connecting import mark_connection
from ahead.stores.leases import check_fence, leave_store
from ahead.stores.models import Connection, Store, StoreAgenda
from ahead.stores.triggers import Trigger
from ahead.sync.exchange import BY, COUNTERS, Exchange
from ahead.sync.explaining import INTERRUPTED, Explanation
from ahead.sync.models import EventKind, RunState, Step, SyncEvent, SyncRun

_LONGEST_DRY_RUN = timedelta(hours=1)


def begin_run(store: Store, *, asked: int, trigger: Trigger, asked_by: str, is_dry: bool = False) -> SyncRun:
    """Return the run of this request: the one whose process died, to be resumed, or a new one."""
    runs = SyncRun.objects.of(store.company_id).filter(store=store)
    if not is_dry:
        begun = runs.filter(state=RunState.RUNNING, asked=asked, is_dry=False).order_by("-number").first()
        _close_dead(store, but=begun)
        if begun:
            return begun
    if not asked_by:
        asked_by = _asker(store, asked, trigger)
    with transaction.atomic():
        StoreAgenda.objects.of(store.company_id).select_for_update().get(store=store)  # one number at a time
        last = runs.aggregate(last=Max("number"))["last"] or 0
        return SyncRun.objects.create(
            company_id=store.company_id,
            store=store,
            number=last + 1,
            asked=asked,
            trigger=trigger,
            asked_by=asked_by,
            is_dry=is_dry,
            started_at=shared_now(),
        )


def _asker(store: Store, asked: int, trigger: Trigger) -> str:
    if trigger == Trigger.NOTICE:  # somebody may have asked for another since
        return NOTICES
    return StoreAgenda.objects.of(store.company_id).get(store=store).asked_by if asked else BY


def _close_dead(store: Store, *, but: SyncRun | None) -> None:
    """
    Close the runs whose process died. The store is ours now: what still says "running" does not run any more.

    A dry run has nothing in hand; it is dead when it should have ended long ago.
    """
    now = shared_now()
    running = SyncRun.objects.of(store.company_id).filter(store=store, state=RunState.RUNNING)
    dead = running.filter(Q(is_dry=False) | Q(started_at__lt=now - _LONGEST_DRY_RUN)).exclude(pk=but.pk if but else 0)
    for run in dead:
        with transaction.atomic():
            _log_interruption(run, now)
            _count(run)
            run.state = RunState.FAILED if run.is_dry else RunState.WITH_ERRORS
            run.finished_at = now
            run.save()


def _log_interruption(run: SyncRun, now: datetime) -> None:
    """Say in the log of a run that its process died."""
    event = SyncEvent(
        company_id=run.company_id,
        run=run,
        kind=EventKind.ERROR,
        key="run",
        text="A sincronização foi interrompida",
        cause=INTERRUPTED.cause,
        turn=INTERRUPTED.turn,
        remedy=INTERRUPTED.remedy,
        at=now,
    )
    SyncEvent.objects.bulk_create([event], ignore_conflicts=True)


def note_end(exchange: Exchange, why: Explanation) -> None:
    """Log why the run had to end, and open what a person must do about it."""
    store = exchange.store
    with exchange.write() as now:
        event = exchange.error("run", f"A sincronização da loja {store.name} parou", why)
        exchange.tell([event])
        if why.connection:
            mark_connection(store, connection=Connection(why.connection), note=why.cause, now=now)
        if why.matter:
            matter = Matter(
                kind=why.matter,
                key=store_key(store.pk),
                text=f"Loja {store.name}: {why.cause}",
                remedy=why.remedy,
                turn=why.turn,
                store_id=store.pk,
            )
            open_matters(exchange.company_id, [matter], now=now)
    if not exchange.has_swept:
        exchange.run.state = RunState.FAILED


def count_told(exchange: Exchange) -> None:
    """At the end of a step, count what was told since the last one."""
    if not exchange.is_counted:
        with exchange.write():
            _count_all(exchange)
            exchange.run.save(update_fields=[*COUNTERS, "requests"])


def _count_all(exchange: Exchange) -> None:
    """Bring the counters of the run up to its log: what is counted can always be shown line by line."""
    _count(exchange.run)
    exchange.run.requests = exchange.requests_before + exchange.tray.requests_sent
    exchange.is_counted = True


def _count(run: SyncRun) -> None:
    by_kind = dict(
        SyncEvent.objects.of(run.company_id).filter(run=run).order_by().values_list("kind").annotate(Count("pk"))
    )
    for name, kind in COUNTERS.items():
        setattr(run, name, by_kind.get(kind, 0))


def finish(exchange: Exchange, last_events: Iterable[SyncEvent] = ()) -> None:
    """
    End a run with the last lines of its log; with it the store is let go, which a dry run never had in hand.

    :raises LostStore: if somebody else has the store in hand by now.
    """
    run = exchange.run
    run.requests_left_today = exchange.budget.left_today()
    with bulk_lane():
        if not run.is_dry:
            check_fence(run.store_id, exchange.fence)
        exchange.tell(last_events)
        _count_all(exchange)
        if run.state != RunState.FAILED:
            run.state = RunState.WITH_ERRORS if run.errors else RunState.CLEAN
            if run.is_dry or not run.errors:
                run.step, run.done, run.total = Step.DONE, 0, 0
        run.finished_at = exchange.now()
        run.save()
        if not run.is_dry:  # in the same transaction, so that the next may be asked for
            leave_store(run.store_id, token=exchange.fence)
    if exchange.listener:
        exchange.listener(run)
