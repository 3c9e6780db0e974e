"""Fiscal: whether SEFAZ works now, and going to its contingency and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.fiscal import contingency as contingencies
from ahead.fiscal import queries
from ahead.fiscal.resting import resting_until
from ahead.fiscal.set_up import WrongSetUp
from ahead.fiscal.status import ask_sefaz, authorizers
from ahead.lib.errors import NeedsAttention
from ahead.web.access import company_view
from ahead.web.fiscal import fiscal_facts
from ahead.web.forms_fiscal import ContingencyForm
from ahead.web.refusing import put_refusal, status_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.web.access import CompanyRequest


@company_view(methods=("GET", "HEAD"))
def sefaz(request: CompanyRequest) -> HttpResponse:
    """Show where the notas of the company go, and whether something rests."""
    return _page(request, ContingencyForm())


@company_view(methods=("POST",))
def ask(request: CompanyRequest) -> HttpResponse:
    """Ask SEFAZ and its SVC whether they work: no transaction is open meanwhile."""
    answer: dict[str, Any] = {"asked_at": timezone.now()}
    try:
        answer["answers"] = ask_sefaz(request.company)
    except NeedsAttention as refusal:
        answer["refusal"] = refusal
    if request.htmx:
        return render(request, "fiscal/_sefaz_answer.html", answer)
    return _page(request, ContingencyForm(), **answer)


@company_view("owner", writes="owner", methods=("POST",))
def contingency(request: CompanyRequest) -> HttpResponse:
    """Issue by the SVC from now on."""
    form = ContingencyForm(request.POST)
    if form.is_valid():
        try:
            contingencies.enter_contingency(
                request.company, reason=form.cleaned_data["reason"], by=request.user.email, now=timezone.now()
            )
        except WrongSetUp as refusal:
            put_refusal(form, refusal, {WrongSetUp: refusal.field})
        else:
            messages.warning(request, "Contingência ligada: as próximas notas saem pela SVC. Desligue quando puder.")
            return redirect("fiscal:sefaz", request.company.slug)
    return _page(request, form)


@company_view("owner", writes="owner", methods=("POST",))
def leave_contingency(request: CompanyRequest) -> HttpResponse:
    """Issue by the usual SEFAZ again."""
    contingencies.leave_contingency(request.company, by=request.user.email, now=timezone.now())
    messages.success(request, "Contingência desligada: as próximas notas saem pela SEFAZ de sempre.")
    return redirect("fiscal:sefaz", request.company.slug)


def _page(request: CompanyRequest, form: ContingencyForm, **answer: Any) -> HttpResponse:
    one = queries.issuer(request.company)
    usual, svc = authorizers(one) if one is not None else ("", "")
    facts = {"issuer": one, "usual": usual, "svc": svc, "form": form, **answer, **fiscal_facts(request, "sefaz")}
    facts["resting_until"] = resting_until(request.company, now=timezone.now())
    return render(request, "fiscal/sefaz.html", facts, status=status_of(form))
