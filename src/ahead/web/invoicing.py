"""Gerar Notas: what will happen is said, then it is done; the result of each order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.fiscal import pressing, queries
from ahead.jobs.notas import send_notas
from ahead.lib.errors import Refused
from ahead.orders import queries as orders
from ahead.web.access import company_view
from ahead.web.listing import chosen_ids, number_of
from ahead.web.orders import OrderFilterForm

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.web.access import CompanyRequest


_MOST_IN_AN_ADDRESS = 200  # orders that are named one by one; more are found by the filters of Pedidos


@company_view("operator")
def offer(request: CompanyRequest) -> HttpResponse:
    """Say what *Gerar Notas* will do with the selected orders, or all that match the filters; do it on *Sim*."""
    ids = _asked_for(request)
    facts = _facts(request, ids)
    if request.method != "POST":
        return render(request, "notas/offer.html", facts)
    if number_of(request.POST.get("quantos")) != len(ids):  # orders came or went since it was shown
        facts["refusal"] = "A lista mudou desde que você a viu. Confira de novo e confirme."
        return render(request, "notas/offer.html", facts, status=409)
    try:
        asked = pressing.press(request.company, ids, by=str(request.user), now=timezone.now())
    except Refused as refusal:
        return render(request, "notas/offer.html", facts | {"refusal": str(refusal)}, status=422)
    send_notas(request.company.pk)
    return redirect(reverse("notas:press", args=[request.company.slug, asked.pk]))


def _asked_for(request: CompanyRequest) -> list[int]:
    if "pedido" in request.GET:
        return chosen_ids(request, "pedido")
    wanted = OrderFilterForm(request.GET, company=request.company).wanted()
    return orders.order_ids(request.company, wanted, limit=pressing.MOST_ORDERS + 1)


def _facts(request: CompanyRequest, ids: list[int]) -> dict[str, Any]:
    facts: dict[str, Any] = {"nav": "orders", "count": len(ids), "issuer": queries.issuer(request.company)}
    try:
        facts["foreseen"] = pressing.foresee(request.company, ids)
        facts["staying"] = sorted(facts["foreseen"].staying.items())
    except Refused as refusal:
        facts["refusal"] = str(refusal)
    return facts


@company_view(methods=("GET", "HEAD"))
def presses(request: CompanyRequest) -> HttpResponse:
    """Show the latest presses of *Gerar Notas*."""
    rows = queries.presses(request.company, limit=50)
    return render(request, "notas/presses.html", {"nav": "notas", "rows": rows, "now": timezone.now()})


@company_view(methods=("GET", "HEAD"))
def press(request: CompanyRequest, press_id: int) -> HttpResponse:
    """Show how far a press is, and what became of each order: those that need a person first."""
    asked, rows = pressing.pressed(request.company, press_id)
    outcomes = pressing.outcomes(asked)
    again = [row.order_id for row in rows if row.outcome in {"rejected", "refused"}]
    facts = {
        "nav": "notas",
        "press": asked,
        "rows": rows,
        "is_under_way": asked.state != "done",
        "authorised": outcomes.get("authorised", 0),
        "waiting": outcomes.get("waiting", 0) + outcomes.get("unknown", 0),
        "rejected": outcomes.get("rejected", 0),
        "refused": outcomes.get("refused", 0),
        "again": again if len(again) <= _MOST_IN_AN_ADDRESS else [],
    }
    is_fragment = request.htmx and not request.htmx.boosted
    response = render(request, "notas/_press.html" if is_fragment else "notas/press.html", facts)
    response.headers["Vary"] = "HX-Request"
    return response
