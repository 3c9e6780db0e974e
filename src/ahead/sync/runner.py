"""One Sincronização from end to end: its steps and their order. It may die anywhere and be run again."""

from __future__ import annotations

import time
from functools import partial

import structlog
from django.conf import settings
from structlog.contextvars import bound_contextvars

from ahead import tray
from ahead.db.clock import shared_now
from ahead.lib.errors import NeedsAttention
from ahead.pending.keys import store_key
from ahead.pending.models import Kind
from ahead.stores.connecting import mark_connection, store_statuses_seen
from ahead.stores.leases import LostStore, leave_store, take_store
from ahead.stores.models import Connection, Store, StoreStatus
from ahead.stores.planning import Purpose
from ahead.stores.queries import missing_setup
from ahead.stores.triggers import Trigger
from ahead.sync import catalogue_in, centers_in
from ahead.sync.acknowledgements_out import push_statuses
from ahead.sync.cancellations_in import take_in_cancellations
from ahead.sync.catalogue_out import push_catalogue
from ahead.sync.connection import open_budget, open_tray, plan_of, statuses_of
from ahead.sync.day_closing import close_days
from ahead.sync.drifts import settle_drifts
from ahead.sync.exchange import Exchange, Listener, RunEnds
from ahead.sync.explaining import Explanation, explain
from ahead.sync.given_back import doubt_what_came_back
from ahead.sync.heart import HEART, LEASE_SECONDS
from ahead.sync.kits_in import read_kits_back
from ahead.sync.models import OrderSighting, RunState, Step, SweepState, SyncRun
from ahead.sync.notes_out import push_notes
from ahead.sync.noticed import look_at_orders, look_at_products, noticed_orders, settle_looked_at
from ahead.sync.orders_in import pull_orders
from ahead.sync.quota import within_quota
from ahead.sync.readers import Readers
from ahead.sync.replanning import adopt_plan
from ahead.sync.run_records import begin_run, count_told, finish, note_end
from ahead.sync.stock_out import push_stock
from ahead.sync.sweeping import sweep
from ahead.sync.unchosen import ask_about_unchosen

log = structlog.get_logger(__name__)
# Each status we write comes back as a changed order. A page holds fifty: a few of them cost the next sweep nothing;
# after many we look again at once, while what arrived during a long run may still be taken in by it.
MANY_ECHOES = 25
_ROUNDS = 3
_SECOND = 1.1


class StoreBusy(Exception):
    """Another process has the store in hand."""


def run_sync(
    *,
    store_id: int,
    asked: int = 0,
    trigger: Trigger,
    holder: str,
    asked_by: str = "",
    listener: Listener | None = None,
) -> bool:
    """
    Synchronise a store; return whether the run could be made (errors of single orders are in its log).

    Resumes the run begun for this request if its process died.

    :raises StoreBusy: if another process has the store in hand.
    :raises LostStore: if it was taken from us meanwhile.
    """
    store = Store.objects.across_companies().select_related("company").get(pk=store_id)
    fence = take_store(store_id, holder=holder, now=shared_now(), seconds=LEASE_SECONDS)
    if fence is None:
        raise StoreBusy(f"store {store_id} is in the hands of another process")
    HEART.hold(store_id, fence)
    try:
        run = begin_run(store, asked=asked, trigger=trigger, asked_by=asked_by)
        with bound_contextvars(company_id=store.company_id, store_id=store.pk, run_id=run.pk):
            _run(store, run, fence, listener)
        return run.state != RunState.FAILED
    finally:
        HEART.let_go(store_id, fence)
        leave_store(store_id, token=fence)


def _run(store: Store, run: SyncRun, fence: int, listener: Listener | None) -> None:
    budget = open_budget(store)
    with Readers(settings.SYNC_READERS) as readers, open_tray(store, budget) as client:
        exchange = Exchange(
            store=store,
            run=run,
            tray=client,
            budget=budget,
            readers=readers,
            plan=plan_of(store),
            fence=fence,
            listener=listener,
            requests_before=run.requests,
            has_swept=run.tray_total is not None,  # in the life of the run that died
        )
        try:
            take_steps(exchange)
        except LostStore:
            log.warning("sync.run.lost", run=run.number)
            raise
        except RunEnds as end:
            note_end(exchange, end.explanation)
        except (tray.TrayError, NeedsAttention) as error:
            note_end(exchange, explain(error) if isinstance(error, tray.TrayError) else _settings(error))
        except Exception as error:
            log.exception("sync.run.broke", run=run.number)
            note_end(exchange, explain(error))
        finally:
            budget.close()
        finish(exchange)


def take_steps(exchange: Exchange) -> None:
    """
    Take the steps of a sync, in order.

    :raises RunEnds, tray.TrayError: if Tray makes going on useless.
    :raises NeedsAttention: if the store is not set up to be synced.
    """
    store = exchange.store
    exchange.progress(Step.CONNECT)
    if missing := missing_setup(store):
        raise NeedsAttention(" ".join(missing), remedy="Abra a Loja e complete o que falta.", kind=Kind.STORE_SETTINGS)
    state, _ = SweepState.objects.of(exchange.company_id).get_or_create(
        store=store, defaults={"company_id": exchange.company_id}
    )
    adopt_plan(exchange, state)
    if exchange.run.trigger == Trigger.NOTICE and state.closed_through is not None:
        _take_brief_steps(exchange, state)
        return
    within_quota(exchange, Purpose.OTHER, "reading", partial(_read_what_is_due, exchange, state))
    exchange.budget.spend_on(Purpose.ORDERS)
    exchange.look_again = partial(_look_again, exchange, state)
    for round_number in range(_ROUNDS):
        _sweep(exchange, state, is_second_past=round_number > 0)
        if _take_in_what_is_due(exchange, state) < MANY_ECHOES:
            break
        time.sleep(_SECOND)
    within_quota(exchange, Purpose.NOTES, "notes", partial(push_notes, exchange))
    within_quota(exchange, Purpose.OTHER, "products", partial(look_at_products, exchange))
    count_told(exchange)
    state.refresh_from_db(fields=["catalogue_read_at"])
    if state.catalogue_read_at is None:  # something came back at Tray, and nobody can say what
        within_quota(exchange, Purpose.OTHER, "reading", partial(_read_catalogue, exchange, state))
    within_quota(exchange, Purpose.STOCK, "stock", partial(push_stock, exchange, state))
    settle_drifts(exchange)
    within_quota(exchange, Purpose.OTHER, "closing", partial(close_days, exchange, state))
    within_quota(exchange, Purpose.CATALOGUE, "catalogue", partial(push_catalogue, exchange, state))
    within_quota(exchange, Purpose.OTHER, "kits", partial(_read_kits_back, exchange))


def _read_what_is_due(exchange: Exchange, state: SweepState) -> None:
    """Read centres and catalogue again, where it is time."""
    if centers_in.is_due(exchange.store, exchange.now()):
        centers_in.read_centers(exchange)
    if catalogue_in.is_due(state, exchange.now()):
        _read_catalogue(exchange, state)


def _take_brief_steps(exchange: Exchange, state: SweepState) -> None:
    """
    Look at what Tray notified us of, and bring what follows from it; all else is left to the next whole run.

    A window is closed by a sweep alone: this takes one only for many orders, or where one could not be read.
    """
    _look_at_notices(exchange, state)
    _take_in_what_is_due(exchange, state)
    within_quota(exchange, Purpose.NOTES, "notes", partial(push_notes, exchange))
    within_quota(exchange, Purpose.OTHER, "products", partial(look_at_products, exchange))
    count_told(exchange)
    state.refresh_from_db(fields=["catalogue_read_at"])
    if state.catalogue_read_at is not None:  # else the whole stock is to be read before any is written
        exchange.look_again = partial(_look_again_at_notices, exchange, state)  # many quantities take a while
        within_quota(exchange, Purpose.STOCK, "stock", partial(push_stock, exchange, state))


def _look_at_notices(exchange: Exchange, state: SweepState) -> None:
    if look_at_orders(exchange):
        exchange.has_swept = True
        _note_connected(exchange)
        _refresh_statuses(exchange)
    else:
        _sweep(exchange, state, is_second_past=False)


def _look_again_at_notices(exchange: Exchange, state: SweepState) -> None:
    """See what Tray notified us of while a brief run became a long one, and take it in."""
    _look_at_notices(exchange, state)
    _take_in(exchange, state)


def _sweep(exchange: Exchange, state: SweepState, *, is_second_past: bool) -> None:
    """See what changed at Tray. Where it was seen steadily, that is all that notices of orders ask for."""
    began, noticed = exchange.now(), noticed_orders(exchange)
    exchange.progress(Step.SWEEP)
    swept = sweep(exchange, state, is_second_past=is_second_past)
    if swept.is_steady:
        settle_looked_at(exchange, noticed, began)
    exchange.has_swept, exchange.looked_at = True, began
    _note_connected(exchange)
    _refresh_statuses(exchange)


def _look_again(exchange: Exchange, state: SweepState) -> None:
    """See what changed while a long run went on, and take it in before more is written to Tray."""
    _sweep(exchange, state, is_second_past=False)
    _take_in(exchange, state)


def _take_in_what_is_due(exchange: Exchange, state: SweepState) -> int:
    """Bring in what the books say is due, and tell Tray; return how many statuses were to be written."""
    _take_in(exchange, state)
    ask_about_unchosen(exchange)
    count_told(exchange)
    return push_statuses(exchange)


def _take_in(exchange: Exchange, state: SweepState) -> None:
    pull_orders(exchange)
    take_in_cancellations(exchange)
    doubt_what_came_back(exchange, state)


def _read_kits_back(exchange: Exchange) -> None:
    """Read the quantities of kits; if that fails all else is done, and the daily reading shows them."""
    try:
        read_kits_back(exchange)
    except tray.TrayError as error:
        exchange.end_if_hopeless(error)
        with exchange.write():
            exchange.tell([exchange.error("kits", "As quantidades dos kits não puderam ser lidas", error)])


def _read_catalogue(exchange: Exchange, state: SweepState) -> None:
    """Read the catalogue; if that fails it is read by the next run, and the orders come in all the same."""
    try:
        catalogue_in.read_catalogue(exchange, state)
    except (LostStore, RunEnds):
        raise
    except Exception as error:
        exchange.end_if_hopeless(error)
        if not isinstance(error, tray.TrayError):
            log.exception("sync.catalogue.not_read", store_id=exchange.store.pk)
        with exchange.write():
            exchange.tell([exchange.error("catalogue", "O catálogo da Loja não pôde ser lido", error)])


def _note_connected(exchange: Exchange) -> None:
    """Tray answered with our token: what spoke against the connection is over."""
    store = exchange.store
    if store.connection != Connection.CONNECTED:
        with exchange.write() as now:
            mark_connection(store, connection=Connection.CONNECTED, note="", now=now)
    exchange.close((Kind.STORE_BLOCKED, Kind.STORE_REAUTHORISE, Kind.STORE_SETTINGS), store_key(store.pk))


def _refresh_statuses(exchange: Exchange) -> None:
    """Read the store's statuses again when an order shows one that we do not know."""
    known = StoreStatus.objects.of(exchange.company_id).filter(store=exchange.store).values("tray_id")
    unknown = (
        OrderSighting.objects.of(exchange.company_id)
        .filter(store=exchange.store, status_id__isnull=False, seen_at__gte=exchange.run.started_at)
        .exclude(status_id__in=known)
    )
    if unknown.exists():
        store_statuses_seen(exchange.store, statuses_of(exchange.tray), now=exchange.now())


def _settings(error: NeedsAttention) -> Explanation:
    return Explanation(str(error), "you", error.remedy, stops_run=True, matter=error.kind)
