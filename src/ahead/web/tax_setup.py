"""What the tax rules depend on: naturezas, groups, rates by UF, and the rules to begin with."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.fiscal import queries as fiscal
from ahead.lib.errors import Refused
from ahead.taxes import grouping, operations, queries
from ahead.taxes.defaults import NoDefaults
from ahead.taxes.grouping import WrongGroup
from ahead.taxes.operations import NaturezaTaken
from ahead.taxes.rule_checks import WrongRule
from ahead.taxes.rules import where
from ahead.taxes.values import LABELS
from ahead.web.access import company_view
from ahead.web.finding import NotOne, product_meant
from ahead.web.forms_taxes import DefaultsForm, GroupFilter, GroupForm, IbsCbsForm, NaturezaForm, StateRateForm
from ahead.web.refusing import put_refusal, status_of
from ahead.web.trail import recent_trail

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from ahead.web.access import CompanyRequest


def _by(request: CompanyRequest) -> dict[str, Any]:
    """Who asks, for which company, and when."""
    return {"company": request.company, "by": request.user.email, "now": timezone.now()}


def _may_write(request: CompanyRequest) -> bool:
    return may(request.membership.role, "owner")


@company_view(methods=("GET", "HEAD"))
def naturezas(request: CompanyRequest) -> HttpResponse:
    """Show the naturezas de operação."""
    rows = list(queries.naturezas(request.company))
    facts = {"nav": "tax_naturezas", "rows": rows, "may_write": _may_write(request)}
    return render(request, "tax_setup/naturezas.html", facts)


@company_view(writes="owner")
def new_natureza(request: CompanyRequest) -> HttpResponse:
    """Make a natureza."""
    return _natureza(request, NaturezaForm(request.POST or None), None)


@company_view(writes="owner")
def natureza(request: CompanyRequest, natureza_id: int) -> HttpResponse:
    """Change a natureza, or put it out of use."""
    one = queries.natureza(request.company, natureza_id)
    initial = {name: getattr(one, name) for name in ("name", "kind", "is_entry", "is_active")}
    return _natureza(request, NaturezaForm(request.POST or None, initial=initial), natureza_id)


def _natureza(request: CompanyRequest, form: NaturezaForm, natureza_id: int | None) -> HttpResponse:
    if form.is_valid():
        try:
            saved = operations.save_natureza(natureza_id=natureza_id, **form.cleaned_data, **_by(request))
        except Refused as refusal:
            field = refusal.field if isinstance(refusal, WrongRule) else "name"
            put_refusal(form, refusal, {WrongRule: field, NaturezaTaken: "name"})
        else:
            messages.success(request, f"Natureza «{saved.name}» gravada.")
            return redirect("taxes:naturezas", request.company.slug)
    events = recent_trail(request.company, "natureza", natureza_id) if natureza_id else []
    facts = {"nav": "tax_naturezas", "form": form, "natureza_id": natureza_id, "events": events}
    return render(request, "tax_setup/natureza.html", facts, status=status_of(form))


@company_view(methods=("GET", "HEAD"))
def groups(request: CompanyRequest) -> HttpResponse:
    """Show the groups of products."""
    form = GroupFilter(request.GET)
    search = form.read()["q"]
    rows = list(queries.groups(request.company, search=search))
    facts = {"nav": "tax_groups", "form": form, "rows": rows, "search": search, "may_write": _may_write(request)}
    return render(request, "tax_setup/groups.html", facts)


@company_view(writes="owner")
def new_group(request: CompanyRequest) -> HttpResponse:
    """Make a group."""
    return _group(request, GroupForm(request.POST or None), None)


@company_view(writes="owner")
def group(request: CompanyRequest, group_id: int) -> HttpResponse:
    """Change a group."""
    detail = queries.group(request.company, group_id)
    initial = {
        "name": detail.group.name,
        "note": detail.group.note,
        "prefixes": "\n".join(detail.prefixes),
        "products": "\n".join(product.code for product in detail.products),
    }
    return _group(request, GroupForm(request.POST or None, initial=initial), detail)


def _group(request: CompanyRequest, form: GroupForm, detail: queries.GroupDetail | None) -> HttpResponse:
    if form.is_valid() and (ids := _product_ids(request, form)) is not None:
        try:
            saved = grouping.save_group(
                group_id=detail.group.pk if detail else None,
                name=form.cleaned_data["name"],
                note=form.cleaned_data["note"],
                prefixes=form.cleaned_data["prefixes"],
                product_ids=ids,
                **_by(request),
            )
        except WrongGroup as refusal:
            put_refusal(form, refusal, {WrongGroup: refusal.field})
        else:
            messages.success(request, f"Grupo «{saved.name}» gravado.")
            return redirect("taxes:groups", request.company.slug)
    events = recent_trail(request.company, "tax_group", detail.group.pk) if detail else []
    facts = {"nav": "tax_groups", "form": form, "detail": detail, "events": events, "may_write": _may_write(request)}
    return render(request, "tax_setup/group.html", facts, status=status_of(form))


def _product_ids(request: CompanyRequest, form: GroupForm) -> list[int] | None:
    """Return the ids of the products that were named; None if one could not be found, said in the form."""
    ids = []
    for text in form.cleaned_data["products"]:
        try:
            ids.append(product_meant(request.company, text).pk)
        except NotOne as refusal:
            form.add_error("products", str(refusal))
    return None if form.errors else ids


@company_view(writes="owner", methods=("POST",))
def group_removal(request: CompanyRequest, group_id: int) -> HttpResponse:
    """Take out a group that no rule is about."""
    try:
        grouping.remove_group(group_id=group_id, **_by(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("taxes:group", request.company.slug, group_id)
    messages.success(request, "Grupo excluído.")
    return redirect("taxes:groups", request.company.slug)


@company_view(writes="owner")
def rates(request: CompanyRequest) -> HttpResponse:
    """Show the rate of each UF, and say the company's own of one."""
    form = StateRateForm(request.POST or None, initial={"uf": request.GET.get("uf", ""), "valid_from": _today()})
    if form.is_valid() and _wrote(form, lambda: operations.set_state_rate(**form.said(), **_by(request))):
        messages.success(request, f"Alíquota de {form.cleaned_data['uf']} gravada.")
        return redirect("taxes:rates", request.company.slug)
    return _rates(request, form, IbsCbsForm())


@company_view(writes="owner", methods=("POST",))
def ibs_cbs(request: CompanyRequest) -> HttpResponse:
    """Say the rates of IBS and CBS from a day of 2027 on."""
    form = IbsCbsForm(request.POST)
    if form.is_valid() and _wrote(form, lambda: operations.set_ibs_cbs_rate(**form.cleaned_data, **_by(request))):
        messages.success(request, "Alíquotas de IBS e CBS gravadas.")
        return redirect("taxes:rates", request.company.slug)
    return _rates(request, StateRateForm(initial={"valid_from": _today()}), form)


@company_view(writes="owner", methods=("POST",))
def rate_removal(request: CompanyRequest, rate_id: int) -> HttpResponse:
    """Take out a rate of the company's own."""
    operations.remove_state_rate(rate_id=rate_id, **_by(request))
    messages.success(request, "Alíquota excluída: volta a valer a da tabela.")
    return redirect("taxes:rates", request.company.slug)


def _rates(request: CompanyRequest, form: StateRateForm, reform: IbsCbsForm) -> HttpResponse:
    facts = {
        "nav": "tax_rates",
        "form": form,
        "reform": reform,
        "rows": queries.state_rates(request.company, _today()),
        "ibs_cbs": queries.ibs_cbs_rates(request.company),
        "may_write": _may_write(request),
    }
    return render(request, "tax_setup/rates.html", facts, status=max(status_of(form), status_of(reform)))


def _wrote(form: forms.Form, write: Any) -> bool:
    """Write, or note in the form why not."""
    try:
        write()
    except Refused as refusal:
        put_refusal(form, refusal)
        return False
    return True


def _today() -> date:
    return timezone.localdate()


@company_view(writes="owner")
def defaults(request: CompanyRequest) -> HttpResponse:
    """Show what the rules to begin with would be, and make them."""
    asked = request.POST or (request.GET if "crt" in request.GET else None)
    issuer = fiscal.issuer(request.company)
    form = DefaultsForm(asked, initial={"crt": issuer.crt if issuer else "", "valid_from": _today()})
    planned = None
    if form.is_valid():
        try:
            planned = queries.planned_defaults(request.company, **form.wanted())
            if request.method == "POST":
                made = operations.set_defaults(**form.wanted(), **_by(request))
                messages.success(request, f"Padrões criados: {made} regras. Confira-as com o contador da empresa.")
                return redirect("taxes:rules", request.company.slug)
        except NoDefaults as refusal:
            put_refusal(form, refusal)
    facts = {"nav": "tax_rules", "form": form, "may_write": _may_write(request)}
    shown = {"planned": planned, "rows": _drafts(planned), "last_day": _last_day(planned)} if planned else {}
    return render(request, "tax_setup/defaults.html", {**facts, **shown}, status=status_of(form))


def _drafts(planned: queries.PlannedDefaults) -> list[dict[str, Any]]:
    return [
        {"rule": rule, "where": where(rule), "buyer": LABELS[rule.buyer], "is_there": is_there}
        for rule, is_there in planned.rules
    ]


def _last_day(planned: queries.PlannedDefaults) -> date | None:
    """The last day of all of them, if they have one."""
    ends = [rule.valid_until for rule, _ in planned.rules if rule.valid_until]
    return min(ends) - timedelta(days=1) if ends else None
