"""Fiscal: the marketplaces as notas name them, and the numbers of each série."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.fiscal import queries, set_up, voiding
from ahead.fiscal.channels import channels
from ahead.jobs.notas import send_notas
from ahead.lib.errors import NeedsAttention
from ahead.stores.queries import stores
from ahead.web.access import company_view
from ahead.web.filtering import number_of
from ahead.web.fiscal import fiscal_facts
from ahead.web.forms_fiscal import IntermediaryForm, NextNumberForm, VoidingForm, initial_of_intermediary
from ahead.web.refusing import put_refusal, status_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.fiscal.models import Intermediary, NumberSeries
    from ahead.web.access import CompanyRequest

_TONES = {"signed": "waiting", "unknown": "waiting", "accepted": "ok", "rejected": "error"}


@company_view(methods=("GET", "HEAD"))
def intermediaries(request: CompanyRequest) -> HttpResponse:
    """Show the marketplaces orders came through, and what their notas lack."""
    found = channels(request.company, now=timezone.now())
    facts = {"channels": found, "lacking": [one for one in found if one.missing]}
    return render(request, "fiscal/intermediaries.html", facts | fiscal_facts(request, "intermediaries"))


@company_view("owner", writes="owner")
def new_intermediary(request: CompanyRequest) -> HttpResponse:
    """Complete a marketplace, begun with what its orders say."""
    name = request.GET.get("canal", "").strip()[:120]
    seen = next((one for one in channels(request.company, now=timezone.now()) if name and one.name == name), None)
    initial = {"channel": name}
    if seen is not None:
        initial |= {"cnpj": seen.document, "seller_id": seen.seller_id, "payment_cnpj": seen.payment_document}
    return _intermediary(request, None, initial)


@company_view("owner", writes="owner")
def intermediary(request: CompanyRequest, intermediary_id: int) -> HttpResponse:
    """Change what was completed of a marketplace."""
    row = queries.intermediary(request.company, intermediary_id)
    return _intermediary(request, row, initial_of_intermediary(row))


def _intermediary(request: CompanyRequest, row: Intermediary | None, initial: dict[str, Any]) -> HttpResponse:
    form = IntermediaryForm(request.POST or None, stores=list(stores(request.company)), initial=initial)
    if form.is_valid():
        try:
            saved = set_up.save_intermediary(
                request.company,
                intermediary_id=row.pk if row else None,
                by=request.user.email,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except set_up.WrongSetUp as refusal:
            put_refusal(form, refusal, {set_up.WrongSetUp: refusal.field})
        else:
            messages.success(request, f"Intermediador «{saved.channel}» gravado. Vale para as próximas notas do canal.")
            return redirect("fiscal:intermediaries", request.company.slug)
    facts = {"form": form, "row": row, **fiscal_facts(request, "intermediaries")}
    return render(request, "fiscal/intermediary.html", facts, status=status_of(form))


@company_view(methods=("GET", "HEAD"))
def numbering(request: CompanyRequest) -> HttpResponse:
    """Show how the numbers of each série stand."""
    standings = [
        {
            "standing": one,
            "is_fine": not (one.gaps or one.unknown or one.series.stopped_because),
            "voidings": [(voiding, _TONES[voiding.state]) for voiding in one.voidings],
        }
        for one in queries.numbering(request.company)
    ]
    facts = {"standings": standings, "issuer": queries.issuer(request.company)}
    return render(request, "fiscal/numbering.html", facts | fiscal_facts(request, "numbering"))


@company_view("owner", writes="owner")
def next_number(request: CompanyRequest) -> HttpResponse:
    """Say with which number a série goes on; lifts a stop."""
    standing, initial = _asked_series(request)
    form = NextNumberForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            set_up.set_next_number(request.company, by=request.user.email, now=timezone.now(), **form.cleaned_data)
        except set_up.WrongSetUp as refusal:
            put_refusal(form, refusal, {set_up.WrongSetUp: refusal.field})
        else:
            given = form.cleaned_data
            messages.success(request, f"Série {given['serie']}: a próxima nota terá o número {given['next_number']}.")
            return redirect("fiscal:numbering", request.company.slug)
    facts = {"form": form, "series": standing, **fiscal_facts(request, "numbering")}
    return render(request, "fiscal/next_number.html", facts, status=status_of(form))


def _asked_series(request: CompanyRequest) -> tuple[NumberSeries | None, dict[str, Any]]:
    """Return the série the address names, else the one the company issues with, and what the form begins with."""
    one = queries.issuer(request.company)
    environment = request.GET.get("ambiente") or (one.environment if one else "")
    serie = number_of(request.GET.get("serie"))
    serie = one.serie if serie is None and one else serie
    found = queries.series(request.company, environment, serie) if serie is not None else None
    number = found.next_number if found else None
    return found, {"environment": environment, "serie": serie, "next_number": number}


@company_view("owner", writes="owner")
def void(request: CompanyRequest) -> HttpResponse:
    """Say what voiding numbers means, take the justification, and send it to SEFAZ."""
    environment = request.GET.get("ambiente", "")
    serie, first, last = (number_of(request.GET.get(name)) for name in ("serie", "de", "ate"))
    if serie is None or first is None or last is None or environment not in {"1", "2"}:
        return redirect("fiscal:numbering", request.company.slug)
    form = VoidingForm(request.POST or None)
    if form.is_valid():
        try:
            voiding.request_voiding(
                request.company,
                environment=environment,
                serie=serie,
                first=first,
                last=last,
                justification=" ".join(form.cleaned_data["justification"].split()),
                by=request.user.email,
                now=timezone.now(),
            )
        except (voiding.CannotVoid, NeedsAttention) as refusal:
            form.add_error(None, f"{refusal} {getattr(refusal, 'remedy', '')}".strip())
        else:
            send_notas(request.company.pk)
            messages.success(request, "Inutilização assinada; vai agora à SEFAZ. A resposta aparece aqui.")
            return redirect("fiscal:numbering", request.company.slug)
    facts = {"form": form, "serie": serie, "first": first, "last": last, "count": last - first + 1}
    facts |= {"is_production": environment == "1", **fiscal_facts(request, "numbering")}
    return render(request, "fiscal/voiding.html", facts, status=status_of(form))
