"""
Notes out: each authorised nota whose XML is not yet at Tray, exactly once; then its status, where the Loja wants one.

It comes after the acknowledgements and before stock: the parcel waits for its nota, a nota costs two requests, and
where the day's quota is short orders come first, then notas, then stock, then the catalogue.

A nota is announced, in a transaction of its own, before it is sent: if the process dies in between, it is in doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from ahead.db.tenancy import TenantQuerySet
from ahead.fiscal.delivering import (
    DueDelivery,
    announce,
    drop_ended,
    due_deliveries,
    mark_delivered,
    mark_failed,
    settle_status,
)
from ahead.orders.operations import mark_acknowledged, mark_note_delivered
from ahead.stores.models import StoreStatus
from ahead.stores.rules import CANCELLED_KINDS
from ahead.sync.exchange import BY, Exchange
from ahead.sync.given_back import doubt_what_was_taken_again
from ahead.sync.models import EventKind, OrderSighting, Step, SyncEvent
from ahead.sync.note_errands import (
    AnotherNota,
    Done,
    Errand,
    failure_of,
    is_in_doubt,
    run_errand,
    why_failed,
)
from ahead.sync.readers import Outcome

AT_ONCE = 8  # announced together, noted together: a process that dies leaves no more than these to be looked for
_OVER = CANCELLED_KINDS | {"closed"}  # kinds of status in which an order has come to its end
Ran = Outcome[Errand, Done]


def push_notes(exchange: Exchange) -> None:
    """Bring to Tray what is due of notas; one that fails is logged and tried again, or waits for a person."""
    with exchange.write() as now:
        drop_ended(exchange.company_id, exchange.store.pk, by=BY, now=now)
    due = due_notes(exchange)
    exchange.progress(Step.NOTES, 0, len(due))
    if due:
        exchange.check_quota()
    outcomes: list[Ran] = []
    done = 0
    try:
        for outcome in exchange.ask_each(_announced(exchange, due), lambda errand: run_errand(exchange.tray, errand)):
            outcomes.append(outcome)
            if len(outcomes) >= AT_ONCE:
                _record(exchange, outcomes)
                outcomes = []
            done += 1
            exchange.progress(Step.NOTES, done, len(due))
            if outcome.answer and outcome.answer.status_error:
                exchange.end_if_hopeless(outcome.answer.status_error)
    finally:
        _record(exchange, outcomes)
    if due:  # of some that were due nothing was sent: they were cancelled meanwhile
        exchange.progress(Step.NOTES, len(due), len(due))


def due_notes(exchange: Exchange) -> list[DueDelivery]:
    """Return what is due of the notas of the store."""
    return due_deliveries(exchange.company_id, exchange.store.pk, now=exchange.now())


def note_lines(exchange: Exchange) -> list[SyncEvent]:
    """Return what a dry run says of the notas that would be sent, and of the statuses that would be set."""
    due = due_notes(exchange)
    statuses = _owed_statuses(exchange, due)
    lines = []
    for one in due:
        if one.is_nota_due:
            lines.append(exchange.event(EventKind.NOTA_DELIVERED, _key(one), nota_line(one), order_id=one.order_id))
        if one.is_status_due and (found := statuses.get(one.order_id)):
            text = status_change(one, found[1])
            lines.append(exchange.event(EventKind.STATUS_WRITTEN, _status_key(one), text, order_id=one.order_id))
    return lines


# ── what is sent, and announced before it is ───────────────────────────────────────────────────────────────


def _announced(exchange: Exchange, due: Sequence[DueDelivery]) -> Iterator[Errand]:
    """Yield the errands, each nota announced before it is sent; one that was cancelled meanwhile is left out."""
    began = exchange.now()
    for start in range(0, len(due), AT_ONCE):
        some = due[start : start + AT_ONCE]
        exchange.fresh_since()
        if exchange.looked_at is not None and exchange.looked_at > began:
            began, some = exchange.now(), _as_it_stands(exchange, some)
        with exchange.write() as now:
            parcels = {
                parcel.nota_id: parcel
                for parcel in announce(exchange.company_id, [one.nota_id for one in some if one.is_nota_due], now=now)
            }
        statuses, invoiced = _owed_statuses(exchange, some), _invoiced_at_tray(exchange, some)
        for one in some:
            parcel = parcels.get(one.nota_id)
            if one.is_nota_due and parcel is None:
                continue
            status_id, status = statuses.get(one.order_id, (None, "")) if one.is_status_due else (None, "")
            must_look = parcel is not None and (parcel.was_in_doubt or one.tray_order_id in invoiced)
            yield Errand(one, parcel, must_look, status_id, status)


def _as_it_stands(exchange: Exchange, some: Sequence[DueDelivery]) -> list[DueDelivery]:
    """Return what is due of these by now: Tray was looked at again, and an order may have been cancelled there."""
    numbers = {one.nota_id for one in some}
    return [one for one in due_notes(exchange) if one.nota_id in numbers]


def _invoiced_at_tray(exchange: Exchange, due: Sequence[DueDelivery]) -> set[int]:
    """Return the orders of which the last sweep said that Tray has a nota."""
    sightings = OrderSighting.objects.of(exchange.company_id).filter(
        store=exchange.store, tray_id__in=[one.tray_order_id for one in due], has_invoice=True
    )
    return set(sightings.values_list("tray_id", flat=True))


def _owed_statuses(exchange: Exchange, due: Sequence[DueDelivery]) -> dict[int, tuple[int, str]]:
    """
    Return the status to set for each order, as (id, name).

    An order that is cancelled or finished at Tray stays so, and one that has the status already needs no request.
    """
    target, plan = exchange.plan.invoiced_id, exchange.plan
    if target is None:
        return {}
    rows = StoreStatus.objects.of(exchange.company_id).filter(store=exchange.store)
    kinds = {tray_id: (name, kind) for tray_id, name, kind in rows.values_list("tray_id", "name", "kind")}
    over = {tray_id for tray_id, (_, kind) in kinds.items() if kind in _OVER}
    settled = (plan.dead_ids | over) - plan.active_ids | {target}
    name = kinds.get(target, (str(target), ""))[0]
    return {one.order_id: (target, name) for one in due if one.tray_status_id not in settled}


# ── what came of it ────────────────────────────────────────────────────────────────────────────────────────


def _record(exchange: Exchange, outcomes: Sequence[Ran]) -> None:
    if not outcomes:
        return
    with exchange.write() as now:
        for outcome in outcomes:
            if outcome.answer is not None:
                _record_done(exchange, outcome.ask, outcome.answer, now)
            elif outcome.error is not None:
                _record_failure(exchange, outcome.ask, outcome.error, now)


def _record_done(exchange: Exchange, errand: Errand, done: Done, now: datetime) -> None:
    company_id, due = exchange.company_id, errand.due
    if done.how is not None:
        text = f"{done.how.value} (pedido {due.tray_order_id})."
        mark_delivered(company_id, due.nota_id, tray_invoice_id=done.invoice_id, text=text, by=BY, now=now)
        mark_note_delivered(company_id, due.order_id, nota=due.nota, by=BY, now=now)
        _sighting(exchange, due).update(has_invoice=True)
        since = exchange.since(due.authorised_at)
        _tell(exchange, due, exchange.event(EventKind.NOTA_DELIVERED, _key(due), nota_line(due), since=since))
    if done.status_error is not None:
        why = why_failed(done.status_error)
        remedy = mark_failed(company_id, due.nota_id, failure_of(why, done.status_error), by=BY, now=now)
        what = f"Status do pedido {due.order_number} (Tray {due.tray_order_id}) depois da nota"
        _tell(exchange, due, exchange.error(_status_key(due), what, replace(why, remedy=remedy)))
    elif errand.status_id is not None:
        _record_status(exchange, errand, errand.status_id, now)
    elif due.is_status_due:
        is_wanted = exchange.plan.invoiced_id is not None
        why_kept = f"no Tray ele está em «{due.tray_status}»" if is_wanted else "a Loja não escolheu nenhum"
        settle_status(company_id, due.nota_id, text=f"Status do pedido mantido: {why_kept}.", by=BY, now=now)


def _record_status(exchange: Exchange, errand: Errand, status_id: int, now: datetime) -> None:
    company_id, due = exchange.company_id, errand.due
    change = status_change(due, errand.status)
    settle_status(company_id, due.nota_id, text=f"Status gravado no Tray. {change}.", by=BY, now=now)
    mark_acknowledged(company_id, [(due.order_id, status_id, errand.status)], by=BY, now=now)
    doubt_what_was_taken_again(exchange, {due.tray_order_id: due.order_id}, now)
    _sighting(exchange, due).update(status_id=status_id, status=errand.status)
    _tell(exchange, due, exchange.event(EventKind.STATUS_WRITTEN, _status_key(due), change))


def _record_failure(exchange: Exchange, errand: Errand, error: Exception, now: datetime) -> None:
    due, why = errand.due, why_failed(error)
    failure = failure_of(why, error, may_be_there=is_in_doubt(errand, error))
    remedy = mark_failed(exchange.company_id, due.nota_id, failure, by=BY, now=now)
    if isinstance(error, AnotherNota):
        _sighting(exchange, due).update(has_invoice=True)
    _tell(exchange, due, exchange.error(_key(due), nota_line(due), replace(why, remedy=remedy)))


def nota_line(due: DueDelivery) -> str:
    """Return how the log names a nota."""
    return f"Nota {due.nota} do pedido {due.order_number} (Tray {due.tray_order_id})"


def status_change(due: DueDelivery, status: str) -> str:
    """Return how the log tells the new status of an order."""
    return f"Pedido {due.order_number} (Tray {due.tray_order_id}): «{due.tray_status}» → «{status}»"


def _key(due: DueDelivery) -> str:
    return f"nota:{due.tray_order_id}:{due.nota_id}"


def _status_key(due: DueDelivery) -> str:
    return f"nota-status:{due.tray_order_id}"


def _tell(exchange: Exchange, due: DueDelivery, event: SyncEvent) -> None:
    event.order_id = due.order_id
    exchange.tell([event])


def _sighting(exchange: Exchange, due: DueDelivery) -> TenantQuerySet[OrderSighting]:
    return OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, tray_id=due.tray_order_id)
