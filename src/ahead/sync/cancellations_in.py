"""Cancellations in, from the same sweep: no request of their own."""

from __future__ import annotations

from ahead.orders.operations import CancelledAtTray, take_cancellations
from ahead.sync.exchange import BATCH, BY, Exchange
from ahead.sync.models import EventKind, OrderSighting, Step


def take_in_cancellations(exchange: Exchange) -> None:
    """Cancel the orders that were seen cancelled at Tray; each gives its stock back once."""
    sightings = OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, due=OrderSighting.Due.CANCEL)
    due = [
        CancelledAtTray(*facts)
        for facts in sightings.order_by("tray_id").values_list("tray_id", "status_id", "status", "modified_at")
    ]
    exchange.progress(Step.CANCELLATIONS, 0, len(due))
    for start in range(0, len(due), BATCH):
        batch = due[start : start + BATCH]
        seen = {one.tray_id: one.modified_at for one in batch}
        with exchange.write() as now:
            cancelled = take_cancellations(
                exchange.company_id, exchange.store.pk, batch, plan=exchange.plan, by=BY, now=now
            )
            sightings.filter(tray_id__in=[one.tray_id for one in batch]).update(due=OrderSighting.Due.NOTHING)
            exchange.tell(
                exchange.event(
                    EventKind.ORDER_CANCELLED,
                    f"order:{order.tray_id}",
                    f"Pedido {order.number} (Tray {order.tray_id}) cancelado: «{order.tray_status}»",
                    order_id=order.pk,
                    since=exchange.since(seen.get(order.tray_id or 0)),
                )
                for order in cancelled
            )
        exchange.progress(Step.CANCELLATIONS, min(start + BATCH, len(due)), len(due))
