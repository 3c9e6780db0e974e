"""Reading the trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from ahead.audit.models import Event

if TYPE_CHECKING:
    from ahead.accounts.models import Company  # accounts stands above and writes its trail here


def history(company: Company, *, subject_kind: str, subject_id: int) -> QuerySet[Event]:
    """Return what happened to one thing, oldest first."""
    return Event.objects.of(company).filter(subject_kind=subject_kind, subject_id=subject_id).order_by("at", "pk")
