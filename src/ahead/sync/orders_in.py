"""Orders in: one full read for each order that is due, stored in batches."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from django.db import IntegrityError

from ahead import tray
from ahead.catalog.matching import link_waiting
from ahead.catalog.models import ListingVariant
from ahead.db.tenancy import TenantQuerySet
from ahead.lib.money import reais
from ahead.orders.incoming import IncomingOrder
from ahead.orders.models import Order, OrderItem
from ahead.orders.operations import doubt_stock_of
from ahead.orders.receiving import Received, receive_orders
from ahead.orders.releasing import release_mended_kits, release_waiting_orders
from ahead.pending.keys import order_key
from ahead.pending.models import Kind, PendingMatter
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.stores.leases import LostStore
from ahead.sync.exchange import BY, Exchange
from ahead.sync.explaining import Explanation, explain
from ahead.sync.given_back import have_stock_read
from ahead.sync.mapping import to_incoming
from ahead.sync.models import EventKind, OrderSighting, Step, SyncEvent
from ahead.sync.sweeping import touch_days_of

log = structlog.get_logger(__name__)
STORED_AT_ONCE = 50
_LONGEST_UNSTORED_SECONDS = 5.0  # at Tray's pace fifty orders take longer to come: those that are here are stored
_KINDS = {
    "imported": EventKind.ORDER_IMPORTED,
    "updated": EventKind.ORDER_UPDATED,
    "held": EventKind.ORDER_HELD,
}


def due_orders(exchange: Exchange) -> list[int]:
    """Return the Tray ids of the orders to be read in full, the oldest first."""
    rows = (
        OrderSighting.objects.of(exchange.company_id)
        .filter(store=exchange.store, due=OrderSighting.Due.READ)
        .order_by("tray_id")
        .values_list("tray_id", flat=True)
    )
    return list(rows)


def _have_stale_read(exchange: Exchange) -> None:
    """Have the orders read that changed at Tray while their notas were with SEFAZ, and are open again."""
    stale = Order.objects.of(exchange.company_id).filter(
        store=exchange.store, is_content_stale=True, state=Order.State.OPEN
    )
    tray_ids = [tray_id for tray_id in stale.values_list("tray_id", flat=True) if tray_id is not None]
    if not tray_ids:
        return
    seen = OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, tray_id__in=tray_ids)
    with exchange.write():
        seen.filter(due=OrderSighting.Due.NOTHING).update(due=OrderSighting.Due.READ)


def read_order(client: tray.Tray, tray_id: int) -> IncomingOrder:
    """
    Return one order, whole, in our terms: one request; two where Tray lists several delivery addresses.

    :raises tray.TrayError: if it cannot be read.
    """
    return whole_order(client, client.complete_order(tray_id))


def whole_order(client: tray.Tray, complete: tray.CompleteOrder) -> IncomingOrder:
    """
    Return an order that was read, in our terms; one request more where Tray lists several delivery addresses.

    :raises tray.TrayError: if that cannot be read.
    """
    address_id = None
    if len(complete.delivery_addresses) > 1:
        address_id = client.order(complete.id).customer_address_id
    return to_incoming(complete, address_id=address_id)


def pull_orders(exchange: Exchange) -> None:
    """Read and store every order that is due; one that fails is logged and stays due, the others go on."""
    heal_held_orders(exchange)
    _have_stale_read(exchange)
    due = due_orders(exchange)
    exchange.progress(Step.ORDERS, 0, len(due))
    batch: list[IncomingOrder] = []
    done, stored_at = 0, time.monotonic()
    try:
        for outcome in exchange.ask_each(due, lambda tray_id: read_order(exchange.tray, tray_id), ahead=STORED_AT_ONCE):
            if outcome.answer is not None:
                batch.append(outcome.answer)
            elif outcome.error is not None:
                note_failure(exchange, outcome.ask, outcome.error)
            if len(batch) >= STORED_AT_ONCE or time.monotonic() - stored_at > _LONGEST_UNSTORED_SECONDS:
                store_batch(exchange, batch)
                batch, stored_at = [], time.monotonic()
            done += 1
            exchange.progress(Step.ORDERS, done, len(due))
    finally:
        # what was read before the run had to end is kept all the same
        store_batch(exchange, batch)
    if due:
        exchange.progress(Step.ORDERS, len(due), len(due))
        heal_held_orders(exchange)  # these orders may have linked what others waited for
    close_left_unreadable(exchange)


def store_batch(exchange: Exchange, batch: Sequence[IncomingOrder]) -> None:
    """Store a batch; if it fails, each order alone, so that one bad order never holds up its neighbours."""
    if not batch:
        return
    try:
        _store_twice(exchange, batch)
    except LostStore:
        raise
    except Exception as error:  # a defect, or a race that the next try wins: one order must not stop the rest
        if len(batch) > 1:
            log.warning("sync.orders.batch_split", store_id=exchange.store.pk, error=type(error).__name__)
            for one in batch:
                store_batch(exchange, [one])
            return
        log.exception("sync.orders.not_stored", store_id=exchange.store.pk, tray_id=batch[0].tray_id)
        note_failure(exchange, batch[0].tray_id, error)


def _store_twice(exchange: Exchange, batch: Sequence[IncomingOrder]) -> None:
    """Another store of the company may make the same customer at the same moment: the second try finds it."""
    try:
        _store(exchange, batch)
    except IntegrityError:
        _store(exchange, batch)


def _store(exchange: Exchange, batch: Sequence[IncomingOrder]) -> None:
    with exchange.write() as now:
        received = receive_orders(exchange.store, batch, plan=exchange.plan, by=BY, now=now)
        OrderSighting.objects.of(exchange.company_id).filter(
            store=exchange.store, tray_id__in=[one.tray_id for one in batch]
        ).update(due=OrderSighting.Due.NOTHING, attempts=0, last_error="")
        touch_days_of(exchange, [one.tray_id for one in batch])
        close_matters(
            exchange.company_id,
            kind=Kind.ORDER_UNREADABLE,
            keys=[_unreadable_key(exchange, one.tray_id) for one in batch],
            now=now,
        )
        exchange.tell(event for one in received for event in order_events(exchange, one))


def order_events(exchange: Exchange, one: Received) -> list[SyncEvent]:
    """Return what the log says of one order that was taken in."""
    order, incoming = one.order, one.incoming
    text = f"Pedido {order.number} (Tray {incoming.tray_id}) · {incoming.customer.name} · {reais(incoming.total)}"
    kind = EventKind.ORDER_UPDATED if one.is_closed else _KINDS[one.outcome]
    since = exchange.since(incoming.modified_at) if one.is_new else None
    events = [exchange.event(kind, f"order:{incoming.tray_id}", text, order_id=order.pk, since=since)]
    reasons = [finding.text for finding in one.findings]
    reasons += dict.fromkeys(f"«{name}» não corresponde a nenhum produto." for _, name in one.unmatched)
    if order.state == Order.State.HELD and reasons:
        why = Explanation(" ".join(reasons), "you", "Abra Pendências e resolva: o pedido segue sozinho.")
        events.append(exchange.error(f"order:{incoming.tray_id}:held", f"Pedido {order.number} retido", why))
        events[-1].order_id = order.pk
    return events


def note_failure(exchange: Exchange, tray_id: int, error: Exception) -> None:
    """Log that an order could not be taken in. It stays due; one that Tray no longer has is put aside."""
    why = explain(error)
    what = f"Pedido {tray_id} do Tray"
    sightings = OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, tray_id=tray_id)
    with exchange.write():
        if isinstance(error, tray.NotFound):
            sightings.update(is_gone=True, due=OrderSighting.Due.NOTHING)
            _take_note_of_gone(exchange, tray_id, why)
            return
        exchange.tell([exchange.error(f"order:{tray_id}", what, why)])
        sighting = sightings.get()
        sighting.attempts += 1
        sighting.last_error = why.cause
        sighting.save(update_fields=["attempts", "last_error"])
        if isinstance(error, tray.Unreadable) or not isinstance(error, tray.TrayError):
            _ask_about_unreadable(exchange, tray_id, why)


def _unreadable_key(exchange: Exchange, tray_id: int) -> str:
    return f"store:{exchange.store.pk}:tray:{tray_id}"


def _ask_about_unreadable(exchange: Exchange, tray_id: int, why: Explanation) -> None:
    matter = Matter(
        kind=Kind.ORDER_UNREADABLE,
        key=_unreadable_key(exchange, tray_id),
        text=f"O pedido {tray_id} do Tray ({exchange.store.name}) não pôde ser importado. {why.cause}",
        remedy=why.remedy,
        turn=why.turn,
        store_id=exchange.store.pk,
        facts={"tray_id": tray_id},
    )
    open_matters(exchange.company_id, [matter], now=exchange.now())


def _take_note_of_gone(exchange: Exchange, tray_id: int, why: Explanation) -> None:
    """One that was never imported, or is cancelled here, asks nothing of anybody."""
    order = Order.objects.of(exchange.company_id).filter(store=exchange.store, tray_id=tray_id).first()
    if order is None:
        have_stock_read(exchange)
    else:
        doubt_stock_of(exchange.company_id, [order.pk], moved_at=exchange.now())
    if order is None or order.state == Order.State.CANCELLED:
        text = f"Pedido {tray_id} do Tray foi apagado no Tray; aqui não há nada a desfazer"
        exchange.tell([exchange.event(EventKind.NOTE, f"order:{tray_id}", text)])
        return
    event = exchange.error(f"order:{tray_id}", f"Pedido {order.number} (Tray {tray_id})", why)
    event.order_id = order.pk
    exchange.tell([event])
    matter = Matter(
        kind=Kind.ORDER_GONE,
        key=order_key(order.pk),
        text=f"O pedido {order.number} (Tray {tray_id}) foi apagado no Tray e continua aberto aqui.",
        remedy="Se a venda foi desfeita, cancele o pedido; o estoque reservado volta ao disponível.",
        store_id=exchange.store.pk,
        order_id=order.pk,
    )
    open_matters(exchange.company_id, [matter], now=exchange.now())


def close_left_unreadable(exchange: Exchange) -> None:
    """Close the matters of orders that need not be read any more: cancelled or deleted at Tray meanwhile."""
    asked = PendingMatter.objects.of(exchange.company_id).filter(
        kind=Kind.ORDER_UNREADABLE, store=exchange.store, resolved_at=None
    )
    keys = {matter.facts["tray_id"]: matter.key for matter in asked}
    if not keys:
        return
    due = OrderSighting.objects.of(exchange.company_id).filter(
        store=exchange.store, tray_id__in=keys, due=OrderSighting.Due.READ
    )
    left = keys.keys() - set(due.values_list("tray_id", flat=True))
    with exchange.write() as now:
        close_matters(
            exchange.company_id,
            kind=Kind.ORDER_UNREADABLE,
            keys=[keys[tray_id] for tray_id in left],
            now=now,
        )


def _waited_for(exchange: Exchange) -> set[int]:
    """Return the variants that held orders wait for, or that a person was asked to link."""
    # of the few that are held, asked first and by their state alone: else SQLite may read all orders, or all lines
    held = Order.objects.of(exchange.company_id).filter(state=Order.State.HELD).values_list("pk", "store_id")
    waiting = OrderItem.objects.of(exchange.company_id).filter(
        order__in=[pk for pk, store_id in held if store_id == exchange.store.pk],
        product=None,
        variant__isnull=False,
        counts=True,
    )
    asked = _asked(exchange, Kind.UNKNOWN_SKU)
    return set(waiting.values_list("variant_id", flat=True)) | {matter.facts["variant_id"] for matter in asked}


def _asked(exchange: Exchange, kind: Kind) -> TenantQuerySet[PendingMatter]:
    return PendingMatter.objects.of(exchange.company_id).filter(kind=kind, store=exchange.store, resolved_at=None)


def heal_held_orders(exchange: Exchange) -> None:
    """Let held orders go on whose SKU was linked since, or whose kit was mended: by a person, or by what came in."""
    if _waited_for(exchange) or _asked(exchange, Kind.KIT_DIFFERS).exists():
        with exchange.write() as now:
            exchange.tell(let_go_on(exchange, now))


def let_go_on(exchange: Exchange, now: datetime) -> list[SyncEvent]:
    """Link what held orders wait for, let go on those that wait for nothing any more, and return what to log."""
    waited_for = _waited_for(exchange)
    link_waiting(exchange.company_id, waited_for, now=now)
    rows = ListingVariant.objects.of(exchange.company_id).filter(pk__in=waited_for, product__isnull=False)
    released: list[SyncEvent] = []
    if variants := set(rows.values_list("pk", flat=True)):
        orders = release_waiting_orders(exchange.company_id, variant_ids=variants, by=BY, now=now, plan=exchange.plan)
        released += _released(exchange, orders, "produto vinculado")
    if _asked(exchange, Kind.KIT_DIFFERS).exists():
        orders = release_mended_kits(
            exchange.company_id, store_id=exchange.store.pk, by=BY, now=now, plan=exchange.plan
        )
        released += _released(exchange, orders, "componentes do kit corrigidos")
    return released


def _released(exchange: Exchange, orders: Iterable[Order], why: str) -> list[SyncEvent]:
    return [
        exchange.event(
            EventKind.ORDER_UPDATED,
            f"order:{order.tray_id}",
            f"Pedido {order.number} (Tray {order.tray_id}) liberado: {why}",
            order_id=order.pk,
        )
        for order in orders
        if order.state == Order.State.OPEN
    ]


def unlinked_count(exchange: Exchange) -> int:
    """Return how many things the store sells that are not linked to a product of ours."""
    return (
        ListingVariant.objects.of(exchange.company_id)
        .filter(store=exchange.store, product=None, listing__gone_at=None, listing__is_kit=False)
        .count()
    )
