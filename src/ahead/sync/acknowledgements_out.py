"""Statuses out: one write for each order that is in AHEAD by now, or whose cancellation is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ahead.db.tenancy import TenantQuerySet
from ahead.orders.models import Order
from ahead.orders.operations import forget_acknowledgements, mark_acknowledged
from ahead.stores.models import StoreStatus
from ahead.sync.exchange import BATCH, BY, FRESH, Exchange
from ahead.sync.given_back import doubt_what_was_taken_again
from ahead.sync.models import EventKind, OrderSighting, Step, SyncEvent
from ahead.sync.noticed import orders_not_looked_at
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
    seen_at: datetime | None  # when Tray last showed the order in a list
    has_changed: bool  # that list showed what is not taken in yet, or a status that asks for none


def due_statuses(exchange: Exchange) -> list[StatusWrite]:
    """Return the statuses to write, were all that Tray shows taken in; an order that has moved on is left alone."""
    return _sorted_out(exchange)[0]


def _sorted_out(exchange: Exchange) -> tuple[list[StatusWrite], list[int]]:
    """Return the statuses to write, and the orders that are owed none any more."""
    plan = exchange.plan
    names = dict(
        StoreStatus.objects.of(exchange.company_id).filter(store=exchange.store).values_list("tray_id", "name")
    )
    orders = Order.objects.of(exchange.company_id).filter(store=exchange.store, is_acknowledgement_due=True)
    sightings = _sightings(exchange, orders)
    writes, settled = [], []
    for order in orders.order_by("tray_id").only("pk", "number", "tray_id", "state", "tray_status_id", "tray_status"):
        is_cancelled = order.state == Order.State.CANCELLED
        is_owed = plan.must_acknowledge_cancelled if is_cancelled else plan.must_acknowledge
        target = plan.update_cancelled_id if is_cancelled else plan.update_id
        seen = sightings.get(order.tray_id or 0)
        if target is None or (seen and seen.is_gone) or not is_owed(order.tray_status_id):
            settled.append(order.pk)
            continue
        name, seen_at = names.get(target, str(target)), seen.seen_at if seen else None
        has_changed = seen is not None and (seen.due != "" or not (seen.status_id is None or is_owed(seen.status_id)))
        tray_id = order.tray_id or 0
        writes.append(
            StatusWrite(order.pk, order.number, tray_id, target, name, order.tray_status, seen_at, has_changed)
        )
    return writes, settled


def _sightings(exchange: Exchange, orders: TenantQuerySet[Order]) -> dict[int, OrderSighting]:
    rows = OrderSighting.objects.of(exchange.company_id).filter(
        store=exchange.store, tray_id__in=orders.values("tray_id")
    )
    return {one.tray_id: one for one in rows.only("tray_id", "status_id", "due", "seen_at", "is_gone")}


def push_statuses(exchange: Exchange) -> int:
    """
    Write every status that is due; one that fails is logged and stays due. Return how many there were.

    Each is written on what Tray showed within the last minute, so that no change of the merchant's is written over:
    while there are many, what changed is looked at again in between. An order that was seen to have changed, or that
    Tray notified us of meanwhile, waits until that is taken in. A run that does not look at all orders leaves those to
    the next whole one that it did not read itself.
    """
    tried: set[int] = set()
    left: set[int] = set()
    while True:
        seen_since = exchange.fresh_since()
        owed, settled = _sorted_out(exchange)
        if settled:
            with exchange.write():
                forget_acknowledgements(exchange.company_id, settled)
        changed = {one.order_id for one in owed if one.has_changed}
        due = [one for one in owed if _is_seen(one, seen_since) and one.order_id not in tried | left | changed]
        exchange.progress(Step.ACKNOWLEDGE, len(tried), len(tried) + len(due))
        if not due:
            break
        tried |= _write(exchange, due, left, before=len(tried))
    if left | changed:
        _tell_of_left(exchange, len(left | changed))
    return len(tried)


def _is_seen(one: StatusWrite, since: datetime | None) -> bool:
    return since is None or (one.seen_at is not None and one.seen_at >= since)


def _write(exchange: Exchange, due: list[StatusWrite], left: set[int], *, before: int) -> set[int]:
    """Write statuses, or leave them, at least one, as long as what Tray showed is fresh; return what was tried."""
    tried: set[int] = set()
    outcomes: list[Outcome[StatusWrite, None]] = []
    try:
        for outcome in exchange.ask_each(
            _while_fresh(exchange, due, left),
            lambda one: exchange.tray.set_order_status(one.tray_id, status_id=one.status_id),
        ):
            outcomes.append(outcome)
            tried.add(outcome.ask.order_id)
            if len(outcomes) >= BATCH:
                _record(exchange, outcomes)
                outcomes = []
            exchange.progress(Step.ACKNOWLEDGE, before + len(tried), before + len(due))
    finally:
        _record(exchange, outcomes)
    return tried


def _while_fresh(exchange: Exchange, due: Sequence[StatusWrite], left: set[int]) -> Iterator[StatusWrite]:
    """Yield the first, and the others while they are fresh; what Tray notified us of meanwhile is put into `left`."""
    until = exchange.now() + FRESH
    changed: set[int] = set()
    for number, one in enumerate(due):
        if number and exchange.now() >= until:
            return
        if number % BATCH == 0:
            changed = orders_not_looked_at(exchange)
        if one.tray_id in changed:
            left.add(one.order_id)
        else:
            yield one


def _tell_of_left(exchange: Exchange, count: int) -> None:
    what, whose = (f"{count} pedidos mudaram", "deles") if count > 1 else ("1 pedido mudou", "dele")
    text = f"{what} no Tray, e a mudança ainda não foi lida: o status {whose} só é escrito depois dela."
    with exchange.write():
        exchange.tell([exchange.event(EventKind.NOTE, "status:changed", text)])


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
        by_status: dict[tuple[int, str], list[int]] = defaultdict(list)
        for one in written:
            by_status[one.status_id, one.status].append(one.tray_id)
        for (status_id, status), tray_ids in by_status.items():
            OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, tray_id__in=tray_ids).update(
                status_id=status_id, status=status
            )
        doubt_what_was_taken_again(exchange, {one.tray_id: one.order_id for one in written}, now)
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
