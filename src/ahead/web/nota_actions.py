"""What a person does to a nota: cancel it, correct it, take goods back, mail it, send it to Tray again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.fiscal import delivering, eventing, mailing, queries, withdrawing
from ahead.fiscal import returning as returns
from ahead.fiscal.preparing import open_workshop
from ahead.jobs.notas import send_notas
from ahead.lib.errors import NeedsAttention, Refused
from ahead.web.access import company_view
from ahead.web.filtering import number_of
from ahead.web.notas import nota_page, tell_resent

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.web.access import CompanyRequest


_LONGEST_TYPED = 4_000


@company_view("operator", methods=("POST",))
def cancellation(request: CompanyRequest, nota_id: int) -> HttpResponse:
    """Cancel an authorised nota."""
    reason = " ".join(request.POST.get("reason", "").split())[:_LONGEST_TYPED]
    try:
        eventing.request_cancellation(request.company, nota_id, reason=reason, by=str(request.user), now=timezone.now())
    except (Refused, NeedsAttention) as refusal:
        return nota_page(request, nota_id, refusal=str(refusal), reopened="cancel", typed=reason, status=422)
    send_notas(request.company.pk)
    messages.success(request, "Cancelamento enviado à SEFAZ. As mercadorias voltam quando ela o registrar.")
    return _back(request, nota_id)


@company_view("operator", methods=("POST",))
def correction(request: CompanyRequest, nota_id: int) -> HttpResponse:
    """Send a carta de correção."""
    text = " ".join(request.POST.get("text", "").split())[:_LONGEST_TYPED]
    try:
        eventing.request_correction(request.company, nota_id, text=text, by=str(request.user), now=timezone.now())
    except (Refused, NeedsAttention) as refusal:
        return nota_page(request, nota_id, refusal=str(refusal), reopened="correct", typed=text, status=422)
    send_notas(request.company.pk)
    messages.success(request, "Carta de correção enviada à SEFAZ.")
    return _back(request, nota_id)


@company_view("operator")
def returning(request: CompanyRequest, nota_id: int) -> HttpResponse:
    """Say what comes back of a sale, and issue its devolução."""
    sale = queries.nota(request.company, nota_id)
    lines = returns.returnable(request.company, sale)
    facts = {"nav": "notas", "nota": sale, "lines": lines}
    if request.method != "POST":
        return render(request, "notas/returning.html", facts)
    units = {line.place: number_of(request.POST.get(f"units-{line.place}", "")) or 0 for line in lines}
    try:
        workshop = open_workshop(request.company, now=timezone.now())
        back = returns.prepare_return(workshop, nota_id, units, by=str(request.user), now=timezone.now())
    except (Refused, NeedsAttention) as refusal:
        remedy = getattr(refusal, "remedy", "")
        return render(request, "notas/returning.html", facts | {"refusal": str(refusal), "remedy": remedy}, status=422)
    send_notas(request.company.pk)
    messages.success(request, f"Devolução {back} enviada à SEFAZ. O estoque volta quando ela for autorizada.")
    return _back(request, back.pk)


@company_view("operator", methods=("POST",))
def mail(request: CompanyRequest, nota_id: int) -> HttpResponse:
    """Send a nota to its buyer."""
    try:
        mailing.ask_mail(request.company, nota_id, by=str(request.user), now=timezone.now())
    except Refused as refusal:
        return nota_page(request, nota_id, refusal=str(refusal), status=422)
    send_notas(request.company.pk)
    messages.success(request, "A nota vai ao comprador por e-mail.")
    return _back(request, nota_id)


@company_view("operator", methods=("POST",))
def resending(request: CompanyRequest, nota_id: int) -> HttpResponse:
    """Send a nota to Tray again."""
    try:
        sent = delivering.resend(request.company, [nota_id], by=str(request.user), now=timezone.now())
    except Refused as refusal:
        return nota_page(request, nota_id, refusal=str(refusal), status=422)
    tell_resent(request, sent)
    return _back(request, nota_id)


@company_view("operator", methods=("POST",))
def withdrawal(request: CompanyRequest, nota_id: int) -> HttpResponse:
    """Take a nota back that was not sent, give a rejected devolução up, or let the order of a stopped nota go."""
    nota = queries.nota(request.company, nota_id)
    is_rejected_return = nota.kind == "return" and nota.state == "rejected"
    act = withdrawing.withdraw if nota.state == "signed" else withdrawing.give_number_up
    act = withdrawing.give_return_up if is_rejected_return else act
    try:
        act(request.company, nota_id, by=str(request.user), now=timezone.now())
    except Refused as refusal:
        return nota_page(request, nota_id, refusal=str(refusal), status=422)
    if is_rejected_return:
        messages.success(request, f"A devolução {nota} não vai mais à SEFAZ. Inutilize o número em Fiscal, Numeração.")
    else:
        messages.success(request, f"O pedido {nota.order.number} está em aberto de novo.")
    return _back(request, nota_id)


def _back(request: CompanyRequest, nota_id: int) -> HttpResponse:
    return redirect(reverse("notas:nota", args=[request.company.slug, nota_id]))
