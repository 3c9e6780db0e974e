"""Fiscal: what is missing before the first nota, who issues, and the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from ahead.accounts.rules import may
from ahead.fiscal import queries, rules, set_up
from ahead.fiscal.checklist import checklist, is_complete
from ahead.lib.municipalities import municipality_names
from ahead.taxes.queries import naturezas
from ahead.web.access import company_view
from ahead.web.forms_fiscal import CertificateForm, IssuerForm
from ahead.web.refusing import put_refusal, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from ahead.accounts.models import Company
    from ahead.fiscal.checklist import Step
    from ahead.web.access import CompanyRequest

_TABS = (
    ("checklist", "O que falta"),
    ("issuer", "Configuração"),
    ("certificate", "Certificado digital"),
    ("intermediaries", "Intermediadores"),
    ("numbering", "Numeração"),
    ("sefaz", "Situação da SEFAZ"),
)
# where each thing that is missing is mended
_ROUTES = {
    "issuer": "fiscal:issuer",
    "company": "fiscal:issuer",
    "certificate": "fiscal:certificate",
    "numbering": "fiscal:numbering",
    "intermediaries": "fiscal:intermediaries",
    "products": "products:list",
    "products_without_ncm": "products:list",
    "naturezas": "taxes:naturezas",
    "rules": "taxes:rules",
    "rules_ending": "taxes:rules",
    "groups": "taxes:groups",
    "rates": "taxes:rates",
}
_ASKED = {"products_without_ncm": "?fiscal=sem-ncm"}


def fiscal_facts(request: CompanyRequest, current: str) -> dict[str, Any]:
    """Return what every page of the set-up shows: its tabs, and whether the member may change it."""
    tabs = [
        {"label": label, "url": reverse(f"fiscal:{name}", args=[request.company.slug]), "is_current": name == current}
        for name, label in _TABS
    ]
    return {"nav": "fiscal", "tabs": tabs, "may_write": may(request.membership.role, "owner")}


def address_of(company: Company, place: str) -> str:
    """Return the address of the screen where something is mended, or nothing where there is none."""
    try:
        return reverse(_ROUTES[place], args=[company.slug]) + _ASKED.get(place, "")
    except NoReverseMatch:
        return ""


@company_view(methods=("GET", "HEAD"))
def start(request: CompanyRequest) -> HttpResponse:
    """Begin with what is missing; once nothing is, with who issues."""
    steps = checklist(request.company, now=timezone.now())
    return redirect("fiscal:issuer", request.company.slug) if is_complete(steps) else _checklist(request, steps)


@company_view(methods=("GET", "HEAD"))
def checklist_page(request: CompanyRequest) -> HttpResponse:
    """Show what is missing before the first nota, and what is done."""
    return _checklist(request, checklist(request.company, now=timezone.now()))


def _checklist(request: CompanyRequest, steps: Sequence[Step]) -> HttpResponse:
    shown = [
        {
            "step": step,
            "url": address_of(request.company, step.place),
            "lines": [(line, address_of(request.company, line.place)) for line in step.lines],
        }
        for step in steps
    ]
    done = sum(step.is_done for step in steps)
    facts = {"steps": shown, "done": done, "total": len(steps), "is_complete": is_complete(steps)}
    return render(request, "fiscal/checklist.html", facts | fiscal_facts(request, "checklist"))


@sensitive_post_parameters("csrt")
@company_view(writes="owner")
def issuer(request: CompanyRequest) -> HttpResponse:
    """Show and change who issues."""
    facts = fiscal_facts(request, "issuer")
    one = queries.issuer(request.company)
    sales = list(naturezas(request.company, active=True, kind="sale"))
    form = IssuerForm(
        request.POST or None,
        issuer=one,
        legal_name=request.company.legal_name,
        sales=sales,
        returns=list(naturezas(request.company, active=True, kind="return")),
        may_write=facts["may_write"],
    )
    if form.is_valid():
        try:
            set_up.save_issuer(
                request.company,
                form.changes(),
                legal_name=form.cleaned_data["legal_name"],
                by=request.user.email,
                now=timezone.now(),
            )
        except set_up.WrongSetUp as refusal:
            put_refusal(form, refusal, {set_up.WrongSetUp: refusal.field})
        else:
            messages.success(request, "Configuração fiscal gravada. Vale para as próximas notas.")
            return redirect("fiscal:issuer", request.company.slug)
    facts |= {
        "form": form,
        "names": [(f"{{{name}}}", meaning) for name, (meaning, _) in rules.TEMPLATE_NAMES.items()],
        "example": rules.template_example(form["information"].value() or ""),
        "has_naturezas": bool(sales),
        "naturezas_url": address_of(request.company, "naturezas"),
    }
    return render(request, "fiscal/issuer.html", facts, status=status_of(form))


@company_view(methods=("GET", "HEAD"))
def example(request: CompanyRequest) -> HttpResponse:
    """Say what a nota would say by the template that is being typed."""
    template = request.GET.get("information", "")[:2000]
    facts = {"example": rules.template_example(template), "unknown": rules.unknown_names(template)}
    return render(request, "fiscal/_example.html", facts)


@company_view(methods=("GET", "HEAD"))
def municipalities(request: CompanyRequest) -> HttpResponse:
    """Offer municipalities of the UF for what is being typed."""
    typed = request.GET.get("municipality") or request.GET.get("city", "")
    names = municipality_names(typed, request.GET.get("uf", ""))
    return render(request, "fiscal/_municipalities.html", {"names": names})


@sensitive_post_parameters("password")
@company_view(writes="owner")
def certificate(request: CompanyRequest) -> HttpResponse:
    """Show the certificate the company signs with, and take a new one."""
    now = timezone.now()
    form = CertificateForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent, password = form.cleaned_data["certificate"], form.cleaned_data["password"]
        try:
            kept = set_up.upload_certificate(request.company, sent.read(), password, by=request.user.email, now=now)
        except set_up.WrongSetUp as refusal:
            put_refusal(form, refusal, {set_up.WrongSetUp: refusal.field})
        else:
            left = set_up.days_left(kept, now=now)
            messages.success(request, f"Certificado de «{kept.name}» gravado. Vale por mais {left} dias.")
            return redirect("fiscal:certificate", request.company.slug)
    current = queries.current_certificate(request.company)
    facts = {"form": form, "certificate": current, **fiscal_facts(request, "certificate")}
    if current is not None:
        left = set_up.days_left(current, now=now)
        facts |= {
            "days": max(left, 0),
            "has_expired": now >= current.not_after,
            "is_expiring": left < rules.WARNED_FROM_DAYS,
            "expiry": rules.expiry_text(current.name, current.not_after, now=now),
        }
    return render(request, "fiscal/certificate.html", facts, status=status_of(form))
