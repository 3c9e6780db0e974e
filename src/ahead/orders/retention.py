"""What is not kept for ever of orders: what Tray sent, word by word. The order itself stays with all its figures."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from ahead.db.lane import bulk_lane
from ahead.orders.models import Order, OrderDocument

_AT_ONCE = 200


def purge_documents(*, now: datetime) -> int:
    """Delete some documents, received long ago, of orders that nobody has to look into any more."""
    before = now - timedelta(days=settings.KEEP_DOCUMENTS_DAYS)
    ended = [Order.State.INVOICED, Order.State.CANCELLED]
    old = OrderDocument.objects.across_companies().filter(received_at__lt=before, order__state__in=ended)
    chosen = list(old.order_by("received_at").values_list("pk", flat=True)[:_AT_ONCE])
    if not chosen:
        return 0
    with bulk_lane():  # again the condition: Tray may have sent it anew
        return int(old.filter(pk__in=chosen).delete()[0])
