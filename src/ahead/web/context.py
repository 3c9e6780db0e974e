"""What every page knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest
from django.utils import timezone

from ahead.accounts import queries as accounts
from ahead.pending import queries as pending
from ahead.watch import queries as watch

if TYPE_CHECKING:
    from ahead.accounts.models import User


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the company in hand, the member's role and other companies, how much waits, and whether anything runs."""
    company = getattr(request, "company", None)
    if company is None:
        return {}
    return {
        "company": company,
        "companies": [membership.company for membership in accounts.memberships_of(cast("User", request.user))],
        "membership": getattr(request, "membership", None),
        "pending_count": pending.open_matters(company).count(),
        "alert_count": watch.open_count(company),
        "stopped_since": watch.stopped_since(now=timezone.now()),
    }
