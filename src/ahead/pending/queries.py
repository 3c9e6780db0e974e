"""Reading pending matters."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from ahead.accounts.models import Company
from ahead.pending.models import PendingMatter

IS_OPEN = Q(resolved_at=None, dismissed_at=None)


def open_matters(
    company: Company, *, store_id: int | None = None, kind: str = "", order_id: int | None = None
) -> QuerySet[PendingMatter]:
    """Return what is still to be decided, oldest first."""
    matters = PendingMatter.objects.of(company).filter(IS_OPEN).select_related("store")
    if store_id:
        matters = matters.filter(store_id=store_id)
    if kind:
        matters = matters.filter(kind=kind)
    if order_id:
        matters = matters.filter(order_id=order_id)
    return matters.order_by("opened_at", "pk")


def matter(company: Company, matter_id: int) -> PendingMatter:
    """
    Return one matter of the company.

    :raises PendingMatter.DoesNotExist: if there is none, or it is another company's.
    """
    return PendingMatter.objects.of(company).select_related("store").get(pk=matter_id)
