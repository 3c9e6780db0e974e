"""What a batch of received orders leaves to be told: the trail, and matters opened or healed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F

from ahead.audit.models import Event
from ahead.audit.operations import event, record_all
from ahead.catalog.models import Product
from ahead.orders.models import Order
from ahead.orders.rules import Finding
from ahead.pending.keys import order_key, product_key, variant_key
from ahead.pending.models import Kind, PendingMatter
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.stock.models import Balance
from ahead.stores.models import Store

if TYPE_CHECKING:
    from ahead.orders.receiving import Received

# matters about one order, opened while its cause lasts and closed by the next reading that shows none
_OF_ORDER = (
    Kind.ORDER_GONE,
    Kind.ORDER_TOTAL,
    Kind.ORDER_DOCUMENT,
    Kind.ORDER_ADDRESS,
    Kind.CHILD_ORDER,
    Kind.STATUS_REGRESSED,
    Kind.KIT_DIFFERS,
)


def report(store: Store, received: Sequence[Received], *, by: str, now: datetime) -> None:
    """Write the trail of these orders, open what must be decided and close what is decided."""
    record_all([trail for one in received for trail in _trail(one, by, now)])
    matters = [matter for one in received for matter in _matters(store, one)]
    matters += _unknown_skus(store, received)
    matters += oversold(
        store.company_id, {product_id: one.order for one in reversed(received) for product_id in one.oversold}
    )
    _heal(store.company_id, received, matters, now)
    open_matters(store.company_id, matters, now=now)


def _trail(one: Received, by: str, now: datetime) -> Iterable[Event]:
    order, incoming = one.order, one.incoming
    name, text = _story(one)
    yield event(
        name,
        company_id=order.company_id,
        subject=("order", order.pk),
        text=text,
        by=by,
        at=now,
        tray_id=incoming.tray_id,
        status=incoming.status,
        total=str(incoming.total),
    )


def _story(one: Received) -> tuple[str, str]:
    status = one.incoming.status
    if one.is_new:
        why = " e retido até que se decida o que está pendente" if one.order.state == Order.State.HELD else ""
        return "orders.order.imported", f"Importado do Tray em «{status}»{why}."
    if one.is_closed:
        state = one.order.get_state_display().lower()
        return "orders.order.changed_at_tray", f"Mudou no Tray para «{status}»; aqui continua {state}."
    if one.was == Order.State.CANCELLED:
        return "orders.order.reopened", f"Reaberto: voltou a «{status}» no Tray."
    if one.order.state == Order.State.HELD:
        return "orders.order.updated", f"Atualizado pelo Tray em «{status}» e retido."
    if one.was == Order.State.HELD:
        return "orders.order.updated", f"Atualizado pelo Tray em «{status}» e liberado."
    return "orders.order.updated", f"Atualizado pelo Tray em «{status}»."


def _matters(store: Store, one: Received) -> Iterable[Matter]:
    order = one.order
    for finding in one.findings:
        yield matter_of(order, finding)
    if one.is_closed and one.was in {Order.State.INVOICING, Order.State.INVOICED} and one.is_at_odds:
        yield Matter(
            kind=Kind.ORDER_CHANGED,
            key=order_key(order.pk),
            text=f"O pedido {order.number} já tem nota e mudou no Tray para «{one.incoming.status}».",
            remedy="Confira no Tray o que mudou. Se foi cancelado, cancele a nota ou registre a devolução.",
            store_id=store.pk,
            order_id=order.pk,
        )


def matter_of(order: Order, finding: Finding) -> Matter:
    """Return the matter of what was found in an order."""
    return Matter(
        kind=finding.kind,
        key=order_key(order.pk),
        text=finding.text,
        remedy=finding.remedy,
        store_id=order.store_id,
        order_id=order.pk,
        facts=dict(finding.facts),
    )


def _unknown_skus(store: Store, received: Sequence[Received]) -> list[Matter]:
    """Return one matter per unknown SKU, however many orders wait for it."""
    waiting: dict[int, list[Received]] = defaultdict(list)
    names: dict[int, str] = {}
    for one in received:
        for variant_id, name in one.unmatched:
            waiting[variant_id].append(one)
            names[variant_id] = name
    return [
        unknown_sku(store, variant_id, names[variant_id], orders[0].order.pk) for variant_id, orders in waiting.items()
    ]


def unknown_sku(store: Store, variant_id: int, name: str, order_id: int | None) -> Matter:
    """Return the matter of a thing that Tray sells and that no product of ours matches."""
    return Matter(
        kind=Kind.UNKNOWN_SKU,
        key=variant_key(variant_id),
        text=f"«{name}» é vendido na loja {store.name} e não corresponde a nenhum produto do AHEAD.",
        remedy="Vincule-o a um produto. Os pedidos que esperam por ele seguem sozinhos.",
        store_id=store.pk,
        order_id=order_id,
        facts={"variant_id": variant_id},
    )


def oversold(company_id: int, by_product: Mapping[int, Order]) -> list[Matter]:
    """Return one matter per product that was promised beyond what there is; the order is the first that did so."""
    if not by_product:
        return []
    products = Product.objects.of(company_id).in_bulk(list(by_product))
    return [
        Matter(
            kind=Kind.OVERSOLD,
            key=product_key(product_id),
            text=f"{products[product_id]} foi vendido além do que há em estoque (pedido {order.number}).",
            remedy="Reponha o estoque ou avise o cliente. A pendência fecha quando o saldo cobrir as reservas.",
            store_id=order.store_id,
            order_id=order.pk,
            facts={"product_id": product_id},
        )
        for product_id, order in by_product.items()
    ]


def close_covered(company_id: int, *, now: datetime) -> None:
    """Close the matter of each product that was oversold and lies in stock by now as often as it is promised."""
    open_ones = PendingMatter.objects.of(company_id).filter(kind=Kind.OVERSOLD, resolved_at=None)
    keys = {matter.facts["product_id"]: matter.key for matter in open_ones}
    if not keys:
        return
    short = Balance.objects.of(company_id).filter(product_id__in=keys, reserved__gt=F("on_hand"))
    covered = keys.keys() - set(short.values_list("product_id", flat=True))
    close_matters(company_id, kind=Kind.OVERSOLD, keys=[keys[pk] for pk in covered], now=now)


def _heal(company_id: int, received: Sequence[Received], matters: list[Matter], now: datetime) -> None:
    """Close the matters of these orders whose cause is gone, in one query when there is none open."""
    ids = [one.order.pk for one in received if not one.is_new]
    if not ids:
        return
    still = {(matter.kind, matter.key) for matter in matters}
    candidates = PendingMatter.objects.of(company_id).filter(
        resolved_at=None, kind__in=_OF_ORDER, key__in=[order_key(pk) for pk in ids]
    )
    healed = [matter for matter in candidates if (matter.kind, matter.key) not in still]
    for matter in healed:
        close_matters(company_id, kind=matter.kind, keys=[matter.key], now=now)
