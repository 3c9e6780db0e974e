"""What is not kept for ever of alerts: those that closed long ago, and what was sent about them or to try it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from ahead.db.lane import bulk_lane
from ahead.watch.models import Alert, HookDelivery, MailLine

KEPT_CLOSED = timedelta(days=365)
KEPT_MESSAGES = timedelta(days=90)
_AT_ONCE = 200
_OF_NOTHING_OPEN = Q(alert=None) | Q(alert__closed_at__isnull=False)  # of an open one they say that it was told


def purge_alerts(*, now: datetime) -> int:
    """Delete some alerts that closed long ago, with what was sent about them; return how many alerts."""
    old = Alert.objects.across_companies().filter(closed_at__lt=now - KEPT_CLOSED)
    chosen = list(old.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    if chosen:
        with bulk_lane():
            old.filter(pk__in=chosen).delete()
    return len(chosen)


def purge_messages(*, now: datetime) -> int:
    """Delete some lines of e-mails and messages of webhooks that are long sent or given up; return how many."""
    return sum(_purge(model, before=now - KEPT_MESSAGES) for model in (MailLine, HookDelivery))


def _purge(model: type[MailLine] | type[HookDelivery], *, before: datetime) -> int:
    rows = model.objects.across_companies()
    old = rows.filter(_OF_NOTHING_OPEN, created_at__lt=before, due_at=None)
    chosen = list(old.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    if chosen:
        with bulk_lane():
            rows.filter(pk__in=chosen).delete()
    return len(chosen)
