"""The notas of a day, hour by hour: reads for the first screen, bounded to that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q

from ahead.accounts.models import Company
from ahead.fiscal.models import Nota
from ahead.lib.brasilia import BRASILIA

PROBLEMS_COUNTED_UP_TO = 1_000


@dataclass(frozen=True, slots=True)
class NotaDay:
    """The notas issued on one day that SEFAZ authorised, and what is wrong with any."""

    hours: list[int]
    authorised: int
    rejected: int  # of whatever day: each waits for a person
    unknown: int  # SEFAZ has not answered
    undelivered: int  # Tray would not have it


def nota_day(company: Company, *, now: datetime) -> NotaDay:
    """Return the notas of today (Brasília) by hour, and how many of all have a problem now."""
    today = now.astimezone(BRASILIA).date()
    start = datetime.combine(today, time(), BRASILIA)
    issued = Nota.objects.of(company).filter(issued_at__gte=start, issued_at__lt=start + timedelta(days=1))
    valid = issued.filter(state__in=[Nota.State.AUTHORISED, Nota.State.CANCELLED]).values_list("issued_at", flat=True)
    hours = [0] * 24
    for issued_at in valid.order_by():
        hours[issued_at.astimezone(BRASILIA).hour] += 1
    return NotaDay(
        hours,
        sum(hours),
        rejected=_count(company, Q(state=Nota.State.REJECTED)),
        unknown=_count(company, Q(state=Nota.State.UNKNOWN)),
        undelivered=_count(company, Q(state=Nota.State.AUTHORISED, delivery=Nota.Delivery.FAILED)),
    )


def _count(company: Company, wanted: Q) -> int:
    return Nota.objects.of(company).filter(wanted).order_by()[:PROBLEMS_COUNTED_UP_TO].count()
