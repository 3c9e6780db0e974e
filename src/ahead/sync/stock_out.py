"""Stock out: one write per SKU whose available quantity differs from what Tray confirmed last."""

from __future__ import annotations

from collections.abc import Iterator

from ahead import tray
from ahead.catalog.models import Listing, ListingVariant
from ahead.orders.reporting import close_covered
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.stock.publishing import (
    StockChange,
    Told,
    offered_count,
    record_sending,
    record_told,
    stock_changes,
    warehouse_names,
)
from ahead.sync.brake import must_brake, would_zero
from ahead.sync.exchange import BATCH, Exchange
from ahead.sync.explaining import Explanation
from ahead.sync.models import EventKind, Step, SweepState, SyncEvent
from ahead.sync.readers import Outcome

Written = Outcome[StockChange, None]


def push_stock(exchange: Exchange, state: SweepState) -> None:
    """Write what differs; one that fails is logged and stays different, so the next run writes it."""
    with exchange.write() as now:
        close_covered(exchange.company_id, by="resolvida sozinha", now=now)
    changes = stock_changes(exchange.store)
    exchange.progress(Step.STOCK, 0, len(changes))
    if is_braked(exchange, state, changes):
        return
    names = warehouse_names(exchange.store)
    outcomes: list[Written] = []
    done = 0
    try:
        for outcome in exchange.ask_each(
            _announced(exchange, changes), lambda change: write_stock(exchange.tray, change)
        ):
            outcomes.append(outcome)
            if len(outcomes) >= BATCH:
                _record(exchange, outcomes, names)
                outcomes = []
            done += 1
            exchange.progress(Step.STOCK, done, len(changes))
    finally:
        _record(exchange, outcomes, names)
    _use_up_clearance(exchange, state)


def _announced(exchange: Exchange, changes: list[StockChange]) -> Iterator[StockChange]:
    """Yield the changes, each noted as sent before it is: who dies in between leaves a trace of it."""
    for start in range(0, len(changes), BATCH):
        some = changes[start : start + BATCH]
        with exchange.write() as now:
            record_sending(exchange.company_id, exchange.store.pk, some, now=now)
        yield from some


def _use_up_clearance(exchange: Exchange, state: SweepState) -> None:
    """A clearance of the brake lets one run through, to its end."""
    if state.brake_allowed_at is None:
        return
    with exchange.write():
        state.brake_allowed_at = None
        state.save(update_fields=["brake_allowed_at"])


def write_stock(client: tray.Tray, change: StockChange) -> None:
    """
    Write one quantity: to the variant where there is one, else to the product.

    :raises tray.TrayError: if Tray did not take it.
    """
    if change.tray_variant_id:
        client.set_variant_stock(change.tray_variant_id, stock=change.available)
    else:
        client.set_product_stock(change.tray_product_id, stock=change.available)


def is_braked(exchange: Exchange, state: SweepState, changes: list[StockChange]) -> bool:
    """Stop and ask when the writes would empty much of the shop, unless a person said to go on."""
    key = f"store:{exchange.store.pk}"
    offered = offered_count(exchange.store)
    if not must_brake(changes, offered=offered, percent=exchange.store.brake_percent):
        with exchange.write() as now:
            close_matters(exchange.company_id, kind=Kind.STOCK_BRAKE, keys=[key], by="resolvida sozinha", now=now)
        return False
    if state.brake_allowed_at is not None:
        return False
    _ask(exchange, key, changes, offered)
    return True


def _ask(exchange: Exchange, key: str, changes: list[StockChange], offered: int) -> None:
    zeroed = would_zero(changes)
    text = (
        f"{zeroed} de {offered} produtos que a loja {exchange.store.name} mostra com estoque ficariam zerados. "
        "Nada foi enviado."
    )
    remedy = "Confira os saldos e os Estoques da Loja. Se está certo, pressione «Enviar assim mesmo»."
    with exchange.write() as now:
        matter = Matter(
            kind=Kind.STOCK_BRAKE,
            key=key,
            text=text,
            remedy=remedy,
            store_id=exchange.store.pk,
            facts={
                "zeroed": zeroed,
                "offered": offered,
                "examples": [
                    f"{one.code} · {one.name}: {'?' if one.confirmed is None else one.confirmed} → 0"
                    for one in changes
                    if one.available == 0 and one.confirmed != 0
                ][:20],
            },
        )
        open_matters(exchange.company_id, [matter], now=now)
        exchange.tell([exchange.error("brake", "Freio de estoque acionado", Explanation(text, "you", remedy))])


def _record(exchange: Exchange, outcomes: list[Written], names: str) -> None:
    if not outcomes:
        return
    gone = [one.ask for one in outcomes if isinstance(one.error, tray.NotFound)]
    with exchange.write() as now:
        record_told(
            exchange.company_id, exchange.store.pk, [_told(one) for one in outcomes if one.ask not in gone], now=now
        )
        for change in gone:
            _unlink_gone(exchange, change)
        exchange.tell(_event(exchange, one, names) for one in outcomes)


def _told(outcome: Written) -> Told:
    answer = "Gravado" if outcome.error is None else str(outcome.error)
    return Told(outcome.ask.variant_id, outcome.ask.available, confirmed=outcome.error is None, answer=answer)


def _event(exchange: Exchange, outcome: Written, names: str) -> SyncEvent:
    change = outcome.ask
    key = f"variant:{change.variant_id}"
    if outcome.error is not None:
        event = exchange.error(key, f"Estoque de {change.code} · {change.name}", outcome.error)
    else:
        event = exchange.event(EventKind.STOCK_UPDATED, key, f"{change.code} · {change.name}")
    event.product_id, event.warehouse = change.product_id, names[:200]
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


def report_gone(exchange: Exchange, variant_id: int, product_id: int, name: str) -> None:
    """Open the matter of a linked thing that Tray no longer has."""
    matter = Matter(
        kind=Kind.LISTING_GONE,
        key=f"variant:{variant_id}",
        text=f"{name} foi apagado na loja {exchange.store.name} do Tray.",
        remedy="Se foi engano, cadastre-o de novo no Tray: ele é vinculado pela referência. Senão, nada a fazer.",
        store_id=exchange.store.pk,
        facts={"variant_id": variant_id, "product_id": product_id},
    )
    open_matters(exchange.company_id, [matter], now=exchange.now())
