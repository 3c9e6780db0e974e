"""Gerar Notas: what will happen is said, then it is done; the result of each order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.fiscal import foreseeing, press_queries, pressing, queries
from ahead.jobs.notas import send_notas
from ahead.lib.errors import Refused
from ahead.orders import queries as orders
from ahead.web.access import company_view
from ahead.web.filtering import asked_id, chosen_ids, digest_of
from ahead.web.listing import page_number, shown
from ahead.web.nota_remedies import Link, link_of
from ahead.web.orders import OrderFilterForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from ahead.fiscal.models import PressOrder
    from ahead.web.access import CompanyRequest

_STAYING_AT_ONCE = 50
_FIGURES = {
    "authorised": "Autorizadas",
    "rejected": "Rejeitadas",
    "refused": "Não geradas",
    "waiting": "Na fila",
    "unknown": "Aguardando a SEFAZ",
    "cancelled": "Canceladas",
}


@company_view("operator")
def offer(request: CompanyRequest) -> HttpResponse:
    """Say what *Gerar Notas* will do with the orders of the address (`pedido`, or `geracao`); do it on *Sim*."""
    press_id = asked_id(request, "geracao", "Geração")
    if press_id is None and "pedido" not in request.GET:
        messages.warning(request, "Selecione os pedidos, e então Gerar Notas.")
        return redirect("orders:list", request.company.slug)
    ids = press_queries.left_over(request.company, press_id) if press_id else chosen_ids(request, "pedido")
    return _offer(request, ids)


@company_view("operator")
def offer_all(request: CompanyRequest) -> HttpResponse:
    """Say what *Gerar Notas* will do with all orders that match the filters of the address; do it on *Sim*."""
    wanted = OrderFilterForm(request.GET, company=request.company).wanted()
    return _offer(request, orders.order_ids(request.company, wanted, limit=foreseeing.MOST_ORDERS + 1))


def _offer(request: CompanyRequest, ids: list[int]) -> HttpResponse:
    facts = _facts(request, ids)
    if request.method != "POST":
        return render(request, "notas/offer.html", facts)
    if request.POST.get("vistos") != digest_of(ids):  # orders came or went since it was shown
        facts["refusal"] = "A lista mudou desde que você a viu. Confira de novo e confirme."
        return render(request, "notas/offer.html", facts, status=409)
    try:
        asked = pressing.press(request.company, ids, by=str(request.user), now=timezone.now())
    except Refused as refusal:
        return render(request, "notas/offer.html", facts | {"refusal": str(refusal)}, status=422)
    send_notas(request.company.pk)
    return redirect(reverse("notas:press", args=[request.company.slug, asked.pk]))


def _facts(request: CompanyRequest, ids: list[int]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "nav": "orders",
        "count": len(ids),
        "seen": digest_of(ids),
        "issuer": queries.issuer(request.company),
    }
    try:
        foreseen = foreseeing.foresee(request.company, ids)
    except Refused as refusal:
        return facts | {"refusal": str(refusal)}
    reason = request.GET.get("motivo", "")
    rows = [one for one in foreseen.staying if reason in {"", one.reason}]
    page = Paginator(rows, _STAYING_AT_ONCE).get_page(page_number(request))
    asked = request.GET.copy()
    for name in ("pagina", "motivo"):
        asked.pop(name, None)
    return facts | {
        "foreseen": foreseen,
        "staying": page,
        "reasons": sorted(foreseen.reasons.items()),
        "reason": reason,
        "query": asked.urlencode(),
    }


@company_view(methods=("GET", "HEAD"))
def presses(request: CompanyRequest) -> HttpResponse:
    """Show the latest presses of *Gerar Notas*."""
    rows = press_queries.presses(request.company, limit=50)
    return render(request, "notas/presses.html", {"nav": "notas", "rows": rows, "now": timezone.now()})


@company_view(methods=("GET", "HEAD"))
def press(request: CompanyRequest, press_id: int) -> HttpResponse:
    """Show how far a press is, and a page of what became of its orders: those that need a person first."""
    asked = press_queries.press(request.company, press_id)
    counts = press_queries.outcomes(asked)
    outcome = request.GET.get("resultado", "")
    page = press_queries.pressed_page(asked, outcome=outcome, page=page_number(request))
    writes = may(request.membership.role, "operator")
    facts = {
        "nav": "notas",
        "press": asked,
        "rows": _with_links(request, page.rows, writes=writes),
        "page": shown(page),
        "outcome": outcome,
        "poll": _poll_seconds(asked.state, counts.get("waiting", 0) + counts.get("unknown", 0)),
        "is_under_way": asked.state != "done",
        "counts": [(value, label, counts[value]) for value, label in _FIGURES.items() if counts.get(value)],
        "waiting": counts.get("waiting", 0) + counts.get("unknown", 0),
        "is_all_well": counts.get("authorised", 0) == asked.total,
        "again": counts.get("rejected", 0) + counts.get("refused", 0) if writes else 0,
    }
    is_fragment = request.htmx and not request.htmx.boosted
    response = render(request, "notas/_press.html" if is_fragment else "notas/press.html", facts)
    response.headers["Vary"] = "HX-Request"
    return response


def _poll_seconds(state: str, waiting: int) -> int:
    """Return how often the page asks how far it is: seldom when only SEFAZ is waited for, never when nothing moves."""
    if state != "done":
        return 2
    return 30 if waiting else 0


def _with_links(
    request: CompanyRequest, rows: Sequence[PressOrder], *, writes: bool
) -> list[tuple[PressOrder, Link | None]]:
    """Return each order with where to correct what it was rejected for."""

    def link(row: PressOrder) -> Link | None:
        is_rejected = writes and row.outcome == "rejected" and row.nota is not None and row.nota.state == "rejected"
        return link_of(row.nota, request.company.slug) if is_rejected and row.nota else None

    return [(row, link(row)) for row in rows]
