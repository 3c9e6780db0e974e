"""Stock out: one write per SKU (and distribution centre) that has another quantity than Tray confirmed last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ahead import tray
from ahead.catalog.models import Listing, ListingVariant
from ahead.orders.reporting import close_covered
from ahead.pending.keys import store_key
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, open_matters
from ahead.stock.center_publishing import Emptying
from ahead.stock.publishing import StockChange, Told, changed_since_confirmed, record_sending, record_told
from ahead.sync.brake import empties
from ahead.sync.centers_in import have_centers_read
from ahead.sync.exchange import BATCH, Exchange
from ahead.sync.explaining import Explanation
from ahead.sync.given_back import have_stock_read
from ahead.sync.gone_listings import report_gone
from ahead.sync.models import EventKind, Step, SweepState, SyncEvent
from ahead.sync.noticed import orders_not_looked_at
from ahead.sync.readers import Outcome
from ahead.sync.stock_due import DueStock, due_stock, key_of, name_of, still_due, why_no_stock

Written = Outcome[StockChange, None]


@dataclass
class _Push:
    """How far the writes of a run have come."""

    due: DueStock  # what differed when it began
    began: datetime
    begun: int = 0  # of these: sent, or found to differ no more
    done: int = 0
    is_stopped: bool = False  # by the brake


def push_stock(exchange: Exchange, state: SweepState) -> None:
    """
    Write what differs; one that fails is logged and stays different, so the next run writes it.

    Each is written as it is at that moment, on what Tray showed within the last minute: while there are many, what
    changed is looked at again in between, so that no order is written over for which Tray lowered its stock.
    """
    with exchange.write() as now:
        close_covered(exchange.company_id, now=now)
    if is_refused(exchange):
        return
    push = _Push(due_stock(exchange.store), exchange.now())
    total = len(push.due.changes)
    exchange.progress(Step.STOCK, 0, total)
    if is_braked(exchange, state, push.due):
        return
    if total:
        exchange.check_quota()
    while push.begun < total and not push.is_stopped:
        if exchange.look_again is not None and _has_news(exchange, push):
            exchange.look_again()
        _write(exchange, state, push)
    if total:  # of some that were due nothing was sent: they differ no more
        exchange.progress(Step.STOCK, total, total)
    _use_up_clearance(exchange, state)


def _has_news(exchange: Exchange, push: _Push) -> bool:
    """Whether an order may have come that is not here: it is a while since we looked, or Tray notified us of one."""
    return not exchange.is_fresh(exchange.looked_at or push.began) or bool(orders_not_looked_at(exchange))


def _write(exchange: Exchange, state: SweepState, push: _Push) -> None:
    """Write at least one batch, and others until there are news, and note what came of them before these are read."""
    outcomes: list[Written] = []
    try:
        for outcome in exchange.ask_each(
            _announced(exchange, state, push), lambda change: write_stock(exchange.tray, change)
        ):
            outcomes.append(outcome)
            if len(outcomes) >= BATCH:
                _record(exchange, outcomes, push.due)
                outcomes = []
            push.done += 1
            exchange.progress(Step.STOCK, push.done, len(push.due.changes))
    finally:
        _record(exchange, outcomes, push.due)


def is_refused(exchange: Exchange) -> bool:
    """Say why no stock may be written, if so: of a Multi-CD store not all of whose centres have an Estoque."""
    if exchange.store.centers_seen_at is not None and not exchange.store.is_multicd:
        return False
    with exchange.write() as now:
        why = why_no_stock(exchange.store, now)
        if why is not None:
            exchange.tell([exchange.error("centers:stock", f"Estoque da loja {exchange.store.name} não enviado", why)])
    return why is not None


def _announced(exchange: Exchange, state: SweepState, push: _Push) -> Iterator[StockChange]:
    """Yield what still differs, each noted as sent before it is: who dies in between leaves a trace of it."""
    first = push.begun
    while push.begun < len(push.due.changes) and (push.begun == first or not _has_news(exchange, push)):
        some = push.due.changes[push.begun : push.begun + BATCH]
        found = still_due(exchange.store, some)
        if _emptied(found) - _emptied(some):
            if push.begun != first:
                return  # what was sent is noted before the brake judges again
            if is_braked(exchange, state, due_stock(exchange.store), has_begun=push.begun > 0):
                push.is_stopped = True
                return
        with exchange.write() as now:
            record_sending(exchange.company_id, exchange.store.pk, found, now=now)
        push.begun += len(some)
        push.done += len(some) - len(found)
        yield from found


def _emptied(changes: Iterable[StockChange]) -> set[str]:
    return {key_of(change) for change in changes if empties(change)}


def _use_up_clearance(exchange: Exchange, state: SweepState) -> None:
    """A clearance of the brake lets one run through, to its end."""
    if state.brake_allowed_at is None:
        return
    with exchange.write():
        state.brake_allowed_at = None
        state.save(update_fields=["brake_allowed_at"])


def write_stock(client: tray.Tray, change: StockChange) -> None:
    """
    Write one quantity: to the variant where there is one, else to the product; in one centre where there are any.

    :raises tray.TrayError: if Tray did not take it.
    """
    if change.center:
        what, pk = (
            ("variant_id", change.tray_variant_id) if change.tray_variant_id else ("product_id", change.tray_product_id)
        )
        client.set_center_stock(change.center.tray_id, stock=change.available, **{what: pk})
    elif change.tray_variant_id:
        client.set_variant_stock(change.tray_variant_id, stock=change.available)
    else:
        client.set_product_stock(change.tray_product_id, stock=change.available)


def is_braked(exchange: Exchange, state: SweepState, due: DueStock, *, has_begun: bool = False) -> bool:
    """Stop and ask when the writes would empty much of the shop, unless a person said to go on."""
    key = store_key(exchange.store.pk)
    emptying = due.braked(exchange.store.brake_percent)
    if emptying is None:
        exchange.close([Kind.STOCK_BRAKE], key)
        return False
    if state.brake_allowed_at is not None:
        return False
    _ask(exchange, key, due.changes, emptying, "Nada mais foi enviado." if has_begun else "Nada foi enviado.")
    return True


def _ask(exchange: Exchange, key: str, changes: Sequence[StockChange], emptying: Emptying, sent: str) -> None:
    shows = f"{emptying.zeroed} de {emptying.offered} produtos que a loja {exchange.store.name} mostra com estoque"
    where = f" no centro de distribuição «{emptying.place}»" if emptying.place else ""
    text = f"{shows}{where} ficariam zerados. {sent}"
    remedy = "Confira os saldos e os Estoques da Loja. Se está certo, pressione «Enviar assim mesmo»."
    with exchange.write() as now:
        matter = Matter(
            kind=Kind.STOCK_BRAKE,
            key=key,
            text=text,
            remedy=remedy,
            store_id=exchange.store.pk,
            facts={
                "zeroed": emptying.zeroed,
                "offered": emptying.offered,
                "examples": [
                    f"{name_of(one)}: {'?' if one.confirmed is None else one.confirmed} → 0"
                    for one in changes
                    if empties(one)
                ][:20],
            },
        )
        open_matters(exchange.company_id, [matter], now=now)
        exchange.tell([exchange.error("brake", "Freio de estoque acionado", Explanation(text, "you", remedy))])


def _record(exchange: Exchange, outcomes: list[Written], due: DueStock) -> None:
    if not outcomes:
        return
    missing = [one.ask for one in outcomes if isinstance(one.error, tray.NotFound)]
    gone = [change for change in missing if change.center is None]
    written = [one.ask.variant_id for one in outcomes if one.error is None and one.ask.center is None]
    with exchange.write() as now:
        since = changed_since_confirmed(exchange.company_id, exchange.store.pk, written)
        record_told(
            exchange.company_id, exchange.store.pk, [_told(one) for one in outcomes if one.ask not in gone], now=now
        )
        for change in gone:
            _unlink_gone(exchange, change)
        if len(missing) > len(gone):  # the centre, or the product? both are read again
            have_centers_read(exchange)
            have_stock_read(exchange)
        exchange.tell(_event(exchange, one, due, since) for one in outcomes)


def _told(outcome: Written) -> Told:
    answer = "Gravado" if outcome.error is None else str(outcome.error)
    change = outcome.ask
    return Told(change.variant_id, change.available, outcome.error is None, answer, change.center_id)


def _event(exchange: Exchange, outcome: Written, due: DueStock, since: Mapping[int, datetime]) -> SyncEvent:
    change = outcome.ask
    if outcome.error is not None:
        event = exchange.error(key_of(change), f"Estoque de {name_of(change)}", outcome.error)
    else:
        at = exchange.since(since.get(change.variant_id)) if change.center is None else None
        event = exchange.event(EventKind.STOCK_UPDATED, key_of(change), name_of(change), since=at)
    event.product_id, event.warehouse = change.product_id, due.warehouse_of(change)[:200]
    event.before, event.after = change.confirmed, change.available
    return event


def _unlink_gone(exchange: Exchange, change: StockChange) -> None:
    """A product deleted at Tray is reported and no longer written to; it is never made again silently."""
    rows = ListingVariant.objects.of(exchange.company_id)
    others = rows.filter(store=exchange.store, tray_product_id=change.tray_product_id).exclude(pk=change.variant_id)
    if change.tray_variant_id and others.exists():
        rows.filter(pk=change.variant_id).update(product=None, linked_by="", linked_at=None)
    else:
        Listing.objects.of(exchange.company_id).filter(store=exchange.store, tray_id=change.tray_product_id).update(
            gone_at=exchange.now()
        )
    report_gone(exchange, change.variant_id, change.product_id, f"{change.code} · {change.name}")
