"""What would change, without changing it: every order and every write to Tray, listed with old and new.

The reads are real, the writes are not: orders are taken in inside a transaction that is rolled back, so that
the stock that is shown is the stock that a sync would really send.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog
from django.conf import settings
from django.db import transaction

from ahead import tray
from ahead.catalog.offered import TrayIds
from ahead.db.lane import bulk_lane
from ahead.orders.incoming import IncomingOrder
from ahead.orders.models import Order
from ahead.orders.operations import CancelledAtTray, doubt_stock_of, take_cancellations
from ahead.orders.receiving import receive_orders
from ahead.stores.models import Store
from ahead.stores.planning import Purpose
from ahead.stores.queries import missing_setup
from ahead.stores.triggers import Trigger
from ahead.sync.acknowledgements_out import due_statuses
from ahead.sync.catalogue_out import catalogue_lines
from ahead.sync.connection import open_budget, open_tray, plan_of
from ahead.sync.deciding import Row
from ahead.sync.exchange import BY, Exchange, Listener, RunEnds
from ahead.sync.explaining import Explanation, explain
from ahead.sync.given_back import doubt_lines, is_read_since, lines_of, orders_to_read
from ahead.sync.models import EventKind, OrderSighting, RunState, Step, SweepState, SyncEvent, SyncRun
from ahead.sync.notes_out import note_lines
from ahead.sync.orders_in import due_orders, let_go_on, order_events, read_order
from ahead.sync.readers import Readers
from ahead.sync.run_records import begin_run, finish
from ahead.sync.stock_due import due_stock, key_of, name_of, why_no_stock
from ahead.sync.sweeping import first_day_of, in_window, on_the_books, plan_rows

log = structlog.get_logger(__name__)
MOST_READ = 200  # orders read in full: each costs a request of the day's quota


@dataclass
class _Plan:
    """What was found so far."""

    reads: set[int] = field(default_factory=set)  # Tray ids
    cancels: dict[int, CancelledAtTray] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)  # before they were taken in
    given_back: list[TrayIds] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)  # orders that Tray no longer has
    orders: list[IncomingOrder] = field(default_factory=list)
    events: list[SyncEvent] = field(default_factory=list)


def run_dry(store: Store, *, by: str, trigger: Trigger, listener: Listener | None = None) -> SyncRun:
    """Return a run whose log says what a sync would do now; nothing is written, at Tray or here, but this log."""
    run = begin_run(store, asked=0, trigger=trigger, asked_by=by, is_dry=True)
    budget = open_budget(store, purpose=Purpose.OTHER)
    with Readers(settings.SYNC_READERS) as readers, open_tray(store, budget) as client:
        exchange = Exchange(
            store=store,
            run=run,
            tray=client,
            budget=budget,
            readers=readers,
            plan=plan_of(store),
            fence=0,
            listener=listener,
        )
        plan = _Plan()
        try:
            _look(exchange, plan)
            _pretend(exchange, plan)
        except RunEnds as end:
            plan.events.append(exchange.error("run", "A simulação parou", end.explanation))
            run.state = RunState.FAILED
        except Exception as error:
            if not isinstance(error, tray.TrayError):
                log.exception("sync.dry_run.broke", store_id=store.pk, run=run.number)
            plan.events.append(exchange.error("run", "A simulação parou", error))
            run.state = RunState.FAILED
        finally:
            budget.close()
        finish(exchange, plan.events)
    return run


def _look(exchange: Exchange, plan: _Plan) -> None:
    """Read what changed at Tray, and the orders that a sync would read."""
    exchange.progress(Step.CONNECT)
    if missing := missing_setup(exchange.store):
        raise RunEnds(Explanation(" ".join(missing), "you", "Abra a Loja e complete o que falta.", stops_run=True))
    _sweep(exchange, plan)
    plan.reads |= set(due_orders(exchange))
    wanted = sorted(plan.reads)
    if len(wanted) > MOST_READ:
        text = f"{len(wanted)} pedidos mudaram; a simulação leu os {MOST_READ} primeiros para calcular o estoque"
        plan.events.append(exchange.event(EventKind.NOTE, "most", text))
    exchange.progress(Step.ORDERS, 0, len(wanted[:MOST_READ]))
    outcomes = exchange.ask_each(wanted[:MOST_READ], lambda tray_id: read_order(exchange.tray, tray_id))
    for done, outcome in enumerate(outcomes, start=1):
        exchange.progress(Step.ORDERS, done, len(wanted[:MOST_READ]))
        if outcome.answer is not None:
            plan.orders.append(outcome.answer)
        elif outcome.error is not None:
            what = f"Pedido {outcome.ask} do Tray"
            plan.events.append(exchange.error(f"order:{outcome.ask}", what, explain(outcome.error)))
            if isinstance(outcome.error, tray.NotFound):
                plan.gone.append(outcome.ask)
    for ended in exchange.ask_each(sorted(plan.ended)[:MOST_READ], lambda tray_id: lines_of(exchange.tray, tray_id)):
        plan.given_back += ended.answer or []


def _sweep(exchange: Exchange, plan: _Plan) -> None:
    state = SweepState.objects.of(exchange.company_id).filter(store=exchange.store).first() or SweepState()
    plan.ended |= set(orders_to_read(exchange, state))
    first_day = first_day_of(exchange, state)
    today = exchange.now().astimezone(tray.BRASILIA).date()
    page, present = 1, set()
    while True:
        found = exchange.tray.orders_page(modified_from=first_day, modified_to=today, page=page, newest_first=True)
        present |= {row.id for row in found.rows}
        changed, _ = plan_rows(exchange, found.rows)
        for row, due in changed:
            _note(plan, row, due, state)
        exchange.progress(Step.SWEEP, min(page * found.paging.limit, found.paging.total), found.paging.total)
        is_known = found.sorted_as_asked and not changed and on_the_books(exchange, first_day) == found.paging.total
        if found.is_last or is_known:
            break
        page += 1
    if found.is_last:
        vanished = set(in_window(exchange, first_day).values_list("tray_id", flat=True)) - present
        ours = Order.objects.of(exchange.company_id).filter(store=exchange.store, tray_id__in=vanished)
        plan.reads |= {tray_id for tray_id in ours.values_list("tray_id", flat=True) if tray_id}


def _note(plan: _Plan, row: Row, due: str, state: SweepState) -> None:
    if due == OrderSighting.Due.READ:
        plan.reads.add(row.tray_id)
    elif due == OrderSighting.Due.CANCEL:
        plan.cancels[row.tray_id] = CancelledAtTray(row.tray_id, row.status_id, row.status, row.modified_at)
    elif due == OrderSighting.Due.STOCK and not is_read_since(row.modified_at, state):
        plan.ended.add(row.tray_id)


def _pretend(exchange: Exchange, plan: _Plan) -> None:
    """Take everything in, note what it would lead to, and roll it back."""
    store = exchange.store
    with bulk_lane():
        now = exchange.now()
        state = SweepState.objects.of(store.company_id).filter(store=store).first() or SweepState()
        healed = let_go_on(exchange, now)
        received = receive_orders(store, plan.orders, plan=exchange.plan, by=BY, now=now)
        cancelled = take_cancellations(
            store.company_id, store.pk, list(plan.cancels.values()), plan=exchange.plan, by=BY, now=now
        )
        doubt_lines(exchange, plan.given_back)
        gone = Order.objects.of(store.company_id).filter(store=store, tray_id__in=plan.gone)
        doubt_stock_of(store.company_id, gone.values_list("pk", flat=True), moved_at=now)
        plan.events += healed + [event for one in received for event in order_events(exchange, one)]
        if received:
            plan.events += let_go_on(exchange, now)  # these orders may link what others wait for
        plan.events += [
            exchange.event(
                EventKind.ORDER_CANCELLED,
                f"order:{order.tray_id}",
                f"Pedido {order.number} (Tray {order.tray_id}) seria cancelado: «{order.tray_status}»",
                order_id=order.pk,
            )
            for order in cancelled
        ]
        plan.events += [
            exchange.event(
                EventKind.STATUS_WRITTEN,
                f"status:{one.tray_id}",
                f"Pedido {one.number} (Tray {one.tray_id}): «{one.was}» → «{one.status}»",
            )
            for one in due_statuses(exchange)
        ]
        notes = note_lines(exchange)
        plan.events += [*notes, *_stock(exchange)]
        plan.events += catalogue_lines(exchange, state)
        transaction.set_rollback(True)
    kept = {one.order.pk for one in received if not one.is_new} | {event.order_id for event in (*healed, *notes)}
    for event in plan.events:
        if event.order_id not in kept:
            event.order_id = None  # the row it points to was rolled back


def _stock(exchange: Exchange) -> list[SyncEvent]:
    store = exchange.store
    if why := why_no_stock(store, exchange.now()):
        return [exchange.error("centers:stock", f"O estoque da loja {store.name} não seria enviado", why)]
    due = due_stock(store)
    events = [
        exchange.event(
            EventKind.STOCK_UPDATED,
            key_of(change),
            name_of(change),
            product_id=change.product_id,
            warehouse=due.warehouse_of(change)[:200],
            before=change.confirmed,
            after=change.available,
        )
        for change in due.changes
    ]
    if too_much := due.braked(store.brake_percent):
        figures = f"{too_much.zeroed} de {too_much.offered} produtos"
        text = f"O freio de estoque pararia este envio: {figures} seriam zerados"
        events.append(exchange.event(EventKind.NOTE, "brake", text))
    return events
