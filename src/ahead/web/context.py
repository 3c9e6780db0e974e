"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from ahead.pending import queries as pending


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the company in hand, the member's role, and how many matters are pending."""
    company = getattr(request, "company", None)
    if company is None:
        return {}
    return {
        "company": company,
        "membership": getattr(request, "membership", None),
        "pending_count": pending.open_matters(company).count(),
    }
