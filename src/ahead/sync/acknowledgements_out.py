"""Statuses out: one write for each order that is in AHEAD by now, or whose cancellation is."""

from __future__ import annotations

from dataclasses import dataclass

from ahead.orders.models import Order
from ahead.orders.operations import mark_acknowledged
from ahead.stores.models import StoreStatus
from ahead.sync.exchange import BATCH, BY, Exchange
from ahead.sync.models import EventKind, OrderSighting, Step, SyncEvent
from ahead.sync.readers import Outcome


@dataclass(frozen=True, slots=True)
class StatusWrite:
    """One status to set at Tray."""

    order_id: int
    number: int
    tray_id: int
    status_id: int
    status: str
    was: str


def due_statuses(exchange: Exchange) -> list[StatusWrite]:
    """Return the statuses to write; an order that has moved on at Tray meanwhile is left alone."""
    plan = exchange.plan
    names = dict(
        StoreStatus.objects.of(exchange.company_id).filter(store=exchange.store).values_list("tray_id", "name")
    )
    orders = Order.objects.of(exchange.company_id).filter(store=exchange.store, is_acknowledgement_due=True)
    writes = []
    for order in orders.order_by("tray_id").only("pk", "number", "tray_id", "state", "tray_status_id", "tray_status"):
        target = plan.update_cancelled_id if order.state == Order.State.CANCELLED else plan.update_id
        from_ids = plan.cancelled_ids if order.state == Order.State.CANCELLED else plan.import_ids
        if target is None or order.tray_status_id == target or order.tray_status_id not in from_ids:
            continue
        name = names.get(target, str(target))
        writes.append(StatusWrite(order.pk, order.number, order.tray_id or 0, target, name, order.tray_status))
    return writes


def push_statuses(exchange: Exchange) -> int:
    """Write every status that is due; one that fails is logged and stays due. Return how many there were."""
    due = due_statuses(exchange)
    exchange.progress(Step.ACKNOWLEDGE, 0, len(due))
    outcomes: list[Outcome[StatusWrite, None]] = []
    done = 0
    try:
        for outcome in exchange.ask_each(
            due, lambda one: exchange.tray.set_order_status(one.tray_id, status_id=one.status_id)
        ):
            outcomes.append(outcome)
            if len(outcomes) >= BATCH:
                _record(exchange, outcomes)
                outcomes = []
            done += 1
            exchange.progress(Step.ACKNOWLEDGE, done, len(due))
    finally:
        _record(exchange, outcomes)
    return len(due)


def _record(exchange: Exchange, outcomes: list[Outcome[StatusWrite, None]]) -> None:
    if not outcomes:
        return
    written = [one.ask for one in outcomes if one.error is None]
    with exchange.write() as now:
        mark_acknowledged(
            exchange.company_id,
            [(one.order_id, one.status_id, one.status) for one in written],
            by=BY,
            now=now,
        )
        for one in written:
            OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, tray_id=one.tray_id).update(
                status_id=one.status_id, status=one.status
            )
        exchange.tell(_event(exchange, one) for one in outcomes)


def _event(exchange: Exchange, outcome: Outcome[StatusWrite, None]) -> SyncEvent:
    one = outcome.ask
    key = f"status:{one.tray_id}"
    if outcome.error is not None:
        event = exchange.error(key, f"Status do pedido {one.number} (Tray {one.tray_id})", outcome.error)
    else:
        text = f"Pedido {one.number} (Tray {one.tray_id}): «{one.was}» → «{one.status}»"
        event = exchange.event(EventKind.STATUS_WRITTEN, key, text)
    event.order_id = one.order_id
    return event
