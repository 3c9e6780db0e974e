"""Sincronização, the tab Cota: how the day of each Loja is split, and what it will come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import timezone

from ahead.lib.brasilia import BRASILIA
from ahead.stores import queries as stores
from ahead.stores.bucket import day_of
from ahead.stores.planning import HOURS, RANK
from ahead.stores.usage import plan_of_day, use_today
from ahead.sync.quota_ahead import NAMES, quota_of
from ahead.web.access import company_view
from ahead.web.filtering import asked_id
from ahead.web.sync import tabs

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.web.access import CompanyRequest


@company_view(methods=("GET", "HEAD"))
def quota(request: CompanyRequest) -> HttpResponse:
    """Show the chosen Loja's day: drawn by hour and purpose, and line by line what is used, expected and waits."""
    lojas, now = stores.stores(request.company), timezone.now()
    chosen = asked_id(request, "loja", "Loja")
    store = stores.store(request.company, chosen) if chosen else next(iter(lojas), None)
    facts: dict[str, Any] = {"nav": "sync", "tabs": tabs(request.company, "quota"), "stores": lojas, "store": store}
    if store:
        use, plan = use_today(store, today=day_of(now)), plan_of_day(store, day_of(now))
        found = quota_of(store, now=now)
        facts |= {
            "found": found,
            "lines": [
                {"line": line, "name": NAMES[line.purpose], "kept": plan.kept_for(line.purpose, use, now)}
                for line in found.lines
            ],
            "hours": [[use.get(purpose, [0] * HOURS)[hour] for purpose in RANK] for hour in range(HOURS)],
            "names": [NAMES[purpose] for purpose in RANK],
            "hour": now.astimezone(BRASILIA).hour + now.minute / 60,
        }
    return render(request, "sync/quota.html", facts)
