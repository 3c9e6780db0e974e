"""The first screen after log-in: are my stores in sync, what needs me, how the day goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import timezone
from django.utils.timezone import localtime

from ahead.orders import queries as orders
from ahead.pending import queries as pending
from ahead.stores import queries as stores
from ahead.sync import queries as sync
from ahead.web.access import company_view
from ahead.web.templatetags.charts import Bar
from ahead.web.templatetags.formats import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from ahead.accounts.models import Company
    from ahead.sync.models import SyncRun
    from ahead.web.access import CompanyRequest

# of a run: what it brought in, what it sent, what went wrong
_FIGURES = (
    "orders_imported",
    "orders_updated",
    "orders_cancelled",
    "notes_delivered",
    "stock_updated",
    "catalogue_written",
    "errors",
)


@company_view(methods=("GET", "HEAD"))
def home(request: CompanyRequest) -> HttpResponse:
    """Show how the stores stand, what is pending, and the day in drawings."""
    now = timezone.now()
    today = orders.day(request.company, now=now)
    runs = sync.recent_runs(request.company)
    return render(
        request,
        "home/home.html",
        {
            "nav": "start",
            "now": now,
            "today": localtime(now).date(),
            "lines": _lines(request.company, now),
            "kinds": pending.matters_by_kind(request.company),
            "day": today,
            "day_hint": _beside_yesterday(today.orders, today.yesterday),
            "hours": [(f"{hour}h", count) for hour, count in enumerate(today.hours)],
            "held": orders.held_count(request.company),
            "run_bars": _bars(runs),
            "runs_with_errors": sum(1 for run in runs if run.errors),
        },
    )


def _lines(company: Company, now: datetime) -> list[dict[str, Any]]:
    """How each store stands, and what it still needs before it can sync."""
    lines = sync.overview(company, now=now)
    missing = stores.missing_setups([line.store for line in lines])
    return [{"line": line, "missing": missing[line.store.pk]} for line in lines]


def _beside_yesterday(today: int, yesterday: int) -> str:
    if today == yesterday:
        return "como ontem a esta hora"
    more = "a mais" if today > yesterday else "a menos"
    return f"{plural(abs(today - yesterday), 'pedido,pedidos')} {more} que ontem a esta hora"


def _bars(runs: Sequence[SyncRun]) -> list[Bar]:
    """One bar for each run: how much it brought and sent, and how much of that went wrong."""
    return [
        Bar(
            f"{localtime(run.started_at):%H:%M}",
            sum(getattr(run, figure) for figure in _FIGURES),
            run.errors,
        )
        for run in runs
    ]
