"""The first screen after log-in, a control room: how stores stand, what needs me, is all in, how the day goes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime

from ahead.fiscal import day_queries as notas
from ahead.orders import queries as orders
from ahead.pending import queries as pending
from ahead.stores import queries as stores
from ahead.sync import closing_queries as closings
from ahead.sync import queries as sync
from ahead.watch import queries as watch
from ahead.watch.links import path_of
from ahead.web.access import company_view
from ahead.web.getting_going import first_steps
from ahead.web.templatetags.charts import Bar
from ahead.web.templatetags.formats import plural
from ahead.web.templatetags.standing import store_standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ahead.accounts.models import Company
    from ahead.sync.closing_queries import Answer
    from ahead.sync.models import SyncRun
    from ahead.sync.queries import StoreOverview
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
_WORST_FIRST = {"error": 0, "attention": 1, "waiting": 2, "neutral": 3, "ok": 4}
_NO_CHANGE = 204
_ALERTS = 3


@company_view(methods=("GET", "HEAD"))
def home(request: CompanyRequest) -> HttpResponse:
    """Show the control room; the page asks for its live part again and again, and is told when nothing changed."""
    now = timezone.now()
    facts = _facts(request.company, now)
    facts |= {"nav": "start", "now": now, "today": localtime(now).date(), "company": request.company}
    if not request.htmx or request.htmx.boosted:
        facts["first_steps"] = first_steps(request.company, [line["line"] for line in facts["lines"]], now=now)
        live = render_to_string("home/_live.html", facts, request)
        response = render(request, "home/home.html", {**facts, "live": live, "version": _version(live)})
    else:
        live = render_to_string("home/_live.html", facts, request)
        if request.GET.get("versao") == _version(live):
            response = HttpResponse(status=_NO_CHANGE)
        else:
            response = render(request, "home/_live_frame.html", {**facts, "live": live, "version": _version(live)})
    response.headers["Vary"] = "HX-Request"
    return response


def _version(live: str) -> str:
    return blake2b(live.encode(), digest_size=8).hexdigest()


def _facts(company: Company, now: datetime) -> dict[str, Any]:
    day, issued = orders.day(company, now=now), notas.nota_day(company, now=now)
    runs = sync.recent_runs(company)
    overview = sync.overview(company, now=now)
    answers = {one.store.pk: one for one in closings.answers(company, [line.store for line in overview], now=now)}
    return {
        **_alerts(company),
        "lines": _lines(overview, answers),
        "answer": _whole_answer(list(answers.values())),
        "needs": _needs(company, issued, answers.values()),
        "day": day,
        "day_hint": _beside_yesterday(day.orders, day.yesterday),
        "hours": [(f"{hour}h", count) for hour, count in enumerate(day.hours)],
        "issued": issued,
        "nota_hours": [(f"{hour}h", count) for hour, count in enumerate(issued.hours)],
        "held": orders.held_count(company),
        "run_bars": _bars(runs),
        "runs_with_errors": sum(1 for run in runs if run.errors),
    }


def _lines(overview: list[StoreOverview], answers: dict[int, Answer]) -> list[dict[str, Any]]:
    """How each store stands, what it needs before it can sync, whether everything of it is in; the worst first."""
    missing = stores.missing_setups([line.store for line in overview])
    lines = [
        {
            "line": line,
            "missing": missing[line.store.pk],
            "answer": answers[line.store.pk],
            "tone": store_standing(line)[0],
        }
        for line in overview
    ]
    return sorted(lines, key=lambda row: (_WORST_FIRST[row["tone"]], row["line"].store.code))


def _alerts(company: Company) -> dict[str, Any]:
    """The latest alerts that are open, each with the page where it is dealt with."""
    found = watch.alerts(company, size=_ALERTS)
    rows = [{"text": one.text, "remedy": one.remedy, "turn": one.turn, "url": path_of(one)} for one in found.rows]
    return {"alerts": rows, "more_alerts": max((found.total or 0) - len(rows), 0)}


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """Is everything in, of all stores together?"""

    tone: str
    text: str
    hint: str


def _whole_answer(answers: list[Answer]) -> WholeAnswer:
    if wrong := [one for one in answers if one.differences]:
        count = sum(one.differences for one in wrong)
        return WholeAnswer("attention", plural(count, "diferença,diferenças"), f"em {plural(len(wrong), 'Loja,Lojas')}")
    checked = [one.checked_at for one in answers if one.checked_at]
    if not checked or all(one.state == "never" for one in answers):
        return WholeAnswer("neutral", "A conferir", "a primeira conferência é depois da meia-noite")
    if waiting := [one for one in answers if one.state != "balanced"]:
        return WholeAnswer("waiting", "Falta conferir", plural(len(waiting), "Loja espera,Lojas esperam"))
    return WholeAnswer("ok", "Sim", f"conferido {localtime(min(checked)):%d/%m às %H:%M}")


def _needs(company: Company, issued: notas.NotaDay, answers: Any) -> list[dict[str, Any]]:
    """What waits for a person: pending matters by kind, notas with a problem, differences of checked days."""
    slug = company.slug
    matters = reverse("pending:list", args=[slug])
    found = [
        {"label": line.label, "count": line.how_many, "url": f"{matters}?tipo={line.kind}"}
        for line in pending.matters_by_kind(company)
    ]
    notas_url, check_url = reverse("notas:list", args=[slug]), reverse("sync:completeness", args=[slug])
    others = (
        ("Notas rejeitadas pela SEFAZ", issued.rejected, f"{notas_url}?estado=rejected"),
        ("Notas sem resposta da SEFAZ", issued.unknown, f"{notas_url}?estado=unknown"),
        ("Notas que o Tray não aceitou", issued.undelivered, f"{notas_url}?tray=failed"),
        ("Diferenças na conferência dos dias", sum(one.differences for one in answers), check_url),
    )
    return found + [{"label": label, "count": count, "url": url} for label, count, url in others if count]


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
