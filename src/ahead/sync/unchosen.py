"""Orders that Tray shows cancelled by a status that the Loja does not fetch: they stay open, and a person is asked."""

from __future__ import annotations

from ahead.orders.models import Order
from ahead.pending.keys import order_key
from ahead.pending.models import Kind, PendingMatter
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.stores.models import StatusRole
from ahead.stores.queries import unchosen_cancelling
from ahead.sync.exchange import Exchange


def ask_about_unchosen(exchange: Exchange) -> None:
    """
    Open the matter of each order that waits in such a status, and close those whose order does no more.

    Nothing is cancelled by itself: what a status means is the choice of the Loja.
    """
    statuses = {status.tray_id: status.name for status in unchosen_cancelling(exchange.store)}
    matters = _matters(exchange, statuses) if statuses else []
    asked = PendingMatter.objects.of(exchange.company_id).filter(
        kind=Kind.STATUS_UNCHOSEN, store=exchange.store, resolved_at=None
    )
    settled = set(asked.values_list("key", flat=True)) - {matter.key for matter in matters}
    if matters or settled:
        with exchange.write() as now:
            close_matters(exchange.company_id, kind=Kind.STATUS_UNCHOSEN, keys=settled, now=now)
            open_matters(exchange.company_id, matters, now=now)


def _matters(exchange: Exchange, statuses: dict[int, str]) -> list[Matter]:
    waiting = Order.objects.of(exchange.company_id).filter(
        store=exchange.store, state__in=[Order.State.OPEN, Order.State.HELD], tray_status_id__in=statuses
    )
    return [
        Matter(
            kind=Kind.STATUS_UNCHOSEN,
            key=order_key(order_id),
            text=(
                f"O pedido {number} (Tray {tray_id}) está em «{statuses[status_id or 0]}» no Tray, um status de "
                f"cancelamento que a Loja não busca: aqui ele continua aberto, e o estoque dele, reservado."
            ),
            remedy=(
                f"Na Loja, em Status, marque «{statuses[status_id or 0]}» em {StatusRole.CANCELLED.label} e "
                "sincronize: o pedido é cancelado. Se só este foi cancelado, cancele-o aqui."
            ),
            store_id=exchange.store.pk,
            order_id=order_id,
        )
        for order_id, number, tray_id, status_id in waiting.order_by("tray_id").values_list(
            "pk", "number", "tray_id", "tray_status_id"
        )
    ]
