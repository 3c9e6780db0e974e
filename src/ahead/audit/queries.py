"""Reading the trail."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from ahead.audit.models import Event
from ahead.db.paging import Page, paginate
from ahead.lib.brasilia import BRASILIA

if TYPE_CHECKING:
    from ahead.accounts.models import Company  # accounts stands above and writes its trail here


def trail(
    company: Company,
    *,
    by: str = "",
    kind: str = "",
    subject_ids: Collection[int] | None = None,
    action: str = "",
    search: str = "",
    since: date | None = None,
    until: date | None = None,
    page: int = 1,
    size: int = 50,
) -> Page[Event]:
    """
    Return a page of what was done in a company, the latest first; the day `until` is included.

    It is not counted: of millions of events that would cost more than it tells.
    """
    found = Event.objects.of(company)
    exact = {"by": by.strip(), "subject_kind": kind, "name__endswith": f".{action}" if action else ""}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if subject_ids is not None:
        found = found.filter(subject_id__in=subject_ids)
    if search.strip():
        found = found.filter(text__icontains=search.strip())
    if since:
        found = found.filter(at__gte=_start_of(since))
    if until:
        found = found.filter(at__lt=_start_of(until + timedelta(days=1)))
    return paginate(found.order_by("-at", "-pk"), page=page, size=size, most=0)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=BRASILIA)


def history(company: Company, *, subject_kind: str, subject_id: int) -> QuerySet[Event]:
    """Return what happened to one thing, oldest first."""
    return Event.objects.of(company).filter(subject_kind=subject_kind, subject_id=subject_id).order_by("at", "pk")
