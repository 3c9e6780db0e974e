"""Reading the trail."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack

from django.db.models import QuerySet

from ahead.audit.models import Event
from ahead.db.paging import Page, paginate
from ahead.lib.brasilia import BRASILIA

if TYPE_CHECKING:
    from ahead.accounts.models import Company  # accounts stands above and writes its trail here


class TrailWanted(TypedDict, total=False):
    """What narrows the trail; the day `until` is included."""

    by: str
    kind: str
    subject_ids: Collection[int] | None
    action: str
    search: str
    since: date | None
    until: date | None


def trail(company: Company, *, page: int = 1, size: int = 50, **wanted: Unpack[TrailWanted]) -> Page[Event]:
    """
    Return a page of what was done in a company, the latest first.

    It is not counted: of millions of events that would cost more than it tells.
    """
    return paginate(_narrowed(company, **wanted), page=page, size=size, most=0)


def trail_for_export(company: Company, **wanted: Unpack[TrailWanted]) -> Iterator[Event]:
    """Yield all that was done in a company, the latest first, without holding it: pages end, this does not."""
    return _narrowed(company, **wanted).iterator(chunk_size=500)


def _narrowed(
    company: Company,
    *,
    by: str = "",
    kind: str = "",
    subject_ids: Collection[int] | None = None,
    action: str = "",
    search: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Event]:
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
    return found.order_by("-at", "-pk")


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=BRASILIA)


def history(company: Company, *, subject_kind: str, subject_id: int) -> QuerySet[Event]:
    """Return what happened to one thing, oldest first."""
    return Event.objects.of(company).filter(subject_kind=subject_kind, subject_id=subject_id).order_by("at", "pk")
