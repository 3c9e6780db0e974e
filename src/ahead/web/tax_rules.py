"""Regras tributárias: the list and its sheet, one rule, a new one, a changed one, its end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.lib.errors import Refused
from ahead.taxes import operations, queries
from ahead.taxes.rule_checks import WrongRule
from ahead.web.access import company_view
from ahead.web.filtering import chosen_ids, number_of
from ahead.web.forms_tax_rules import EndForm, RuleFilter, RuleForm, initial_of
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.refusing import put_refusal, status_of
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response
from ahead.web.tax_words import SHEET_HEADER, is_in_force, sections_of, sheet_row
from ahead.web.trail import recent_trail

if TYPE_CHECKING:
    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.db.paging import Page
    from ahead.taxes.models import TaxRule
    from ahead.taxes.values import Rule
    from ahead.web.access import CompanyRequest

_SORTS = {"natureza": "natureza", "grupo": "group", "cfop": "cfop", "validade": "valid_from"}
_FIELDS = {"valid_until": "last_day"}
_BLANK = {
    "destination": "same",
    "buyer": "any",
    "regime": "normal",
    "has_difal": True,
    "ipi_enquadramento": "999",
    "icms_exclusion": "own",
    "ibs_cbs_cst": "000",
    "cclasstrib": "000001",
}


def _today() -> date:
    return timezone.localdate()


def _filter(request: CompanyRequest) -> RuleFilter:
    company = request.company
    return RuleFilter(request.GET, naturezas=list(queries.naturezas(company)), groups=list(queries.groups(company)))


@company_view(methods=("GET", "HEAD"))
def rule_list(request: CompanyRequest) -> HttpResponse:
    """Show the tax rules of the company."""
    form, today = _filter(request), _today()
    sort = sort_of(request, _SORTS, "natureza")
    page = queries.rules(request.company, **form.wanted(today), sort=sort, page=page_number(request))
    facts = {
        "nav": "tax_rules",
        "form": form,
        "page": page,
        "shown": shown(page),
        "rows": [(row, is_in_force(row, today)) for row in page.rows],
        "may_write": may(request.membership.role, "owner"),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return list_response(request, "tax_rules", facts)


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected rules, or all that match the filters, as a file."""
    wanted = _filter(request).wanted(_today())
    sort, ids = sort_of(request, _SORTS, "natureza"), chosen_ids(request, "regra")

    def page_of(number: int) -> Page[TaxRule]:
        return queries.rules(request.company, **wanted, ids=ids, sort=sort, page=number, size=READ_AT_ONCE)

    return sheet_response(request, "regras-tributarias", SHEET_HEADER, map(sheet_row, every_row(page_of)))


@company_view(methods=("GET", "HEAD"))
def rule(request: CompanyRequest, rule_id: int) -> HttpResponse:
    """Show one rule: when it applies, what it says, and who changed it."""
    one, today = queries.rule(request.company, rule_id), _today()
    facts = {
        "nav": "tax_rules",
        "rule": one,
        "sections": sections_of(one),
        "in_force": is_in_force(one, today),
        "may_write": may(request.membership.role, "owner"),
        "may_remove": one.valid_from >= today,
        "end": EndForm(initial={"last_day": max(today, one.valid_from)}),
        "events": recent_trail(request.company, "rule", rule_id),
    }
    return render(request, "tax_rules/rule.html", facts)


@company_view(writes="owner")
def new(request: CompanyRequest) -> HttpResponse:
    """Make a rule."""
    asked = {"natureza_id": request.GET.get("natureza", ""), "group_id": request.GET.get("grupo", "")}
    form = _form(request, {**_BLANK, **asked, "valid_from": _today()})
    if form.is_valid() and (saved := _save(request, form)):
        messages.success(request, "Regra criada.")
        return redirect("taxes:rule", request.company.slug, saved.pk)
    return _page(request, form)


@company_view(writes="owner")
def edit(request: CompanyRequest, rule_id: int) -> HttpResponse:
    """Change a rule."""
    one = queries.rule(request.company, rule_id)
    form = _form(request, initial_of(one))
    if form.is_valid() and _save(request, form, rule_id=rule_id):
        messages.success(request, "Regra gravada.")
        return redirect("taxes:rule", request.company.slug, rule_id)
    return _page(request, form, one, here="Editar", has_begun=one.valid_from < _today())


@company_view(writes="owner")
def duplicate(request: CompanyRequest, rule_id: int) -> HttpResponse:
    """Make a rule of another, which may end where the new one begins."""
    one = queries.rule(request.company, rule_id)
    form = _form(request, {**initial_of(one), "valid_from": _today(), "last_day": None})
    ends_id = rule_id if request.POST.get("encerrar") else None
    if form.is_valid() and (saved := _save(request, form, ends_id=ends_id)):
        done = "Regra criada; a anterior termina na véspera." if ends_id else "Regra criada."
        messages.success(request, done)
        return redirect("taxes:rule", request.company.slug, saved.pk)
    return _page(request, form, one, here="Duplicar", is_copy=True, ends=request.method != "POST" or bool(ends_id))


@company_view(writes="owner", methods=("POST",))
def ending(request: CompanyRequest, rule_id: int) -> HttpResponse:
    """Say the last day of a rule."""
    queries.rule(request.company, rule_id)
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Informe o último dia em que a regra vale.")
        return redirect("taxes:rule", request.company.slug, rule_id)
    last_day = form.cleaned_data["last_day"]
    try:
        operations.end_rule(
            company=request.company,
            rule_id=rule_id,
            valid_until=last_day + timedelta(days=1),
            by=request.user.email,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"A regra vale até {last_day:%d/%m/%Y}.")
    return redirect("taxes:rule", request.company.slug, rule_id)


@company_view(writes="owner", methods=("POST",))
def removal(request: CompanyRequest, rule_id: int) -> HttpResponse:
    """Take out a rule that has not been used."""
    try:
        operations.remove_rule(
            company=request.company, rule_id=rule_id, today=_today(), by=request.user.email, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("taxes:rule", request.company.slug, rule_id)
    messages.success(request, "Regra excluída.")
    return redirect("taxes:rules", request.company.slug)


def _form(request: CompanyRequest, initial: dict[str, Any]) -> RuleForm:
    held = number_of(str(initial.get("natureza_id") or ""))
    naturezas = [one for one in queries.naturezas(request.company) if one.is_active or one.pk == held]
    groups = list(queries.groups(request.company))
    return RuleForm(request.POST or None, initial=initial, naturezas=naturezas, groups=groups)


def _save(
    request: CompanyRequest, form: RuleForm, *, rule_id: int | None = None, ends_id: int | None = None
) -> TaxRule | None:
    """Save what was typed; what is not valid is noted in the form."""
    try:
        return operations.save_rule(
            company=request.company,
            rule=form.rule(),
            rule_id=rule_id,
            ends_id=ends_id,
            by=request.user.email,
            now=timezone.now(),
        )
    except WrongRule as refusal:
        put_refusal(form, refusal, {WrongRule: _FIELDS.get(refusal.field, refusal.field)})
    except Refused as refusal:
        put_refusal(form, refusal)
    return None


def _page(request: CompanyRequest, form: RuleForm, one: Rule | None = None, **facts: Any) -> HttpResponse:
    has_naturezas = queries.naturezas(request.company).exists()
    shown = {"nav": "tax_rules", "form": form, "rule": one, "has_naturezas": has_naturezas, **facts}
    return render(request, "tax_rules/form.html", shown, status=status_of(form))
