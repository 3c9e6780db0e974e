"""Simulador and Conferência: which tax a sale would have and why, and what is missing before the first nota."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from ahead.fiscal import queries as fiscal
from ahead.lib.errors import Refused
from ahead.taxes import queries
from ahead.taxes.queries import Missing, Place, TaxTable
from ahead.taxes.values import TaxLine
from ahead.web.access import company_view
from ahead.web.finding import NotOne, product_meant
from ahead.web.forms_taxes import IssuerForm, SimulationForm
from ahead.web.refusing import status_of
from ahead.web.tax_words import rows_of, why_this_rule

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.catalog.models import Product
    from ahead.taxes.values import LineTax
    from ahead.web.access import CompanyRequest

# where each thing that is missing is mended
_ADDRESSES = {
    Place.PRODUCTS_WITHOUT_NCM: ("products:list", "?fiscal=sem-ncm"),
    Place.PRODUCTS: ("products:list", ""),
    Place.NATUREZAS: ("taxes:naturezas", ""),
    Place.RULES: ("taxes:rules", ""),
    Place.RULES_ENDING: ("taxes:rules", "?situacao=ending"),
    Place.GROUPS: ("taxes:groups", ""),
    Place.RATES: ("taxes:rates", ""),
    Place.COMPANY: ("taxes:checklist", ""),
}


def address_of(missing: Missing, slug: str) -> str:
    """Return where a person mends what is missing."""
    route, query = _ADDRESSES[missing.place]
    return f"{reverse(route, args=[slug])}{query}"


def issuer_data(request: CompanyRequest) -> dict[str, Any]:
    """Return the form data that say who issues: what was asked for, else what the company's fiscal set-up says."""
    known = fiscal.issuer(request.company)
    crt, uf = (known.crt, known.uf) if known else ("", "")
    return {"crt": request.GET.get("crt", crt), "uf": request.GET.get("uf", uf)}


@company_view(methods=("GET", "HEAD"))
def simulator(request: CompanyRequest) -> HttpResponse:
    """Show the taxes that a sale would have, each with its reason; nothing is written."""
    naturezas = list(queries.naturezas(request.company, active=True))
    is_asked = "product" in request.GET and "valor" in request.GET
    initial = {
        **issuer_data(request),
        "product": request.GET.get("product", ""),
        "destino": request.GET.get("destino", ""),
        "dia": timezone.localdate(),
        "valor": Decimal("100.00"),
    }
    form = SimulationForm(request.GET if is_asked else None, initial=initial, naturezas=naturezas)
    facts = {"nav": "tax_simulator", "form": form, "has_naturezas": bool(naturezas), **_simulated(request, form)}
    return render(request, "taxes/simulator.html", facts, status=status_of(form))


def _simulated(request: CompanyRequest, form: SimulationForm) -> dict[str, Any]:
    if not form.is_valid() or (product := _product(request, form)) is None:
        return {}
    given = form.cleaned_data
    table = TaxTable.of(request.company, issuer=form.issuer(), on=given["dia"])
    line = TaxLine(
        product_id=product.pk,
        label=str(product),
        ncm=product.ncm,
        origem=product.origem,
        cest=product.cest,
        amount=given["valor"],
        freight=given["frete"] or Decimal(0),
        insurance=given["seguro"] or Decimal(0),
        discount=given["desconto"] or Decimal(0),
        other=given["outras"] or Decimal(0),
        holds_ipi=True,
    )
    try:
        tax = table.tax(line, form.buyer(), natureza_id=int(given["natureza"]))
    except Refused as refusal:
        return {"product": product, "refusal": str(refusal)}
    return {
        "product": product,
        "tax": tax,
        "value": line.value,
        "rows": rows_of(tax),
        "why": why_this_rule(tax),
        "together": _together(tax),
    }


def _together(tax: LineTax) -> Decimal:
    """Add the taxes of a line up; IBS and CBS of 2026 are only told, and compensated."""
    taxes = tax.taxes
    parts = [taxes.icms.valor, taxes.icms.fcp_valor, taxes.pis.valor, taxes.cofins.valor]
    parts += [taxes.ipi.valor] if taxes.ipi else []
    parts += [taxes.destination.valor_destino, taxes.destination.fcp_valor] if taxes.destination else []
    return sum(parts, Decimal(0))


def _product(request: CompanyRequest, form: SimulationForm) -> Product | None:
    try:
        product = product_meant(request.company, form.cleaned_data["product"])
    except NotOne as refusal:
        form.add_error("product", str(refusal))
        return None
    if product.is_kit:
        form.add_error("product", "Um kit sai na nota como os seus componentes. Simule cada um deles.")
        return None
    return product


@company_view(methods=("GET", "HEAD"))
def checklist(request: CompanyRequest) -> HttpResponse:
    """Show what is missing, on the side of the taxes, before the first nota."""
    data = issuer_data(request)
    form = IssuerForm(data if data["crt"] or data["uf"] else None)
    facts: dict[str, Any] = {"nav": "tax_checklist", "form": form, "is_asked": form.is_bound and form.is_valid()}
    if facts["is_asked"]:
        found = queries.missing(request.company, form.issuer(), timezone.localdate())
        facts["rows"] = [(one, address_of(one, request.company.slug)) for one in found]
        facts["blocking"] = sum(one.is_blocking for one in found)
    return render(request, "taxes/checklist.html", facts, status=status_of(form))
