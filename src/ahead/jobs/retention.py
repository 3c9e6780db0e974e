"""Clearing away what is past its time: one small batch of each kind per look, so that nobody waits for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session

from ahead.db.lane import bulk_lane

_AT_ONCE = 200
_OLDEST_FIRST = {Session: "expire_date", AccessAttempt: "attempt_time", AccessLog: "attempt_time"}


def purge_sessions(*, now: datetime) -> int:
    """Delete some sessions that ended."""
    return _purge(Session, before=now)


def purge_log_ins(*, now: datetime) -> int:
    """Delete some records of old attempts to log in."""
    before = now - timedelta(days=settings.KEEP_LOG_INS_DAYS)
    return _purge(AccessAttempt, before=before) + _purge(AccessLog, before=before)


def _purge(model: type[Session] | type[AccessAttempt] | type[AccessLog], *, before: datetime) -> int:
    field = _OLDEST_FIRST[model]
    rows = model.objects.filter(**{f"{field}__lt": before})
    chosen = list(rows.order_by(field).values_list("pk", flat=True)[:_AT_ONCE])
    if not chosen:
        return 0
    with bulk_lane():
        return int(model.objects.filter(pk__in=chosen).delete()[0])
