"""Alertas: what is wrong now and was, who hears of it, from when on, and the webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.lib.errors import Refused
from ahead.watch import hooks, operations, queries
from ahead.watch.flow_queries import flows
from ahead.watch.links import path_of
from ahead.web.access import company_view
from ahead.web.filtering import chosen_ids
from ahead.web.forms_alerts import SECTIONS, AlertFilter, ChoiceForm, FlowFilter, HookForm, LimitsForm
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.refusing import put_refusal, status_of
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response

if TYPE_CHECKING:
    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.db.paging import Page
    from ahead.watch.models import Alert
    from ahead.web.access import CompanyRequest

_SORTS = {"aberto": "opened_at", "desde": "since", "tipo": "kind", "resolvido": "closed_at"}


def _tabs(request: CompanyRequest, current: str) -> list[dict[str, Any]]:
    """The parts of Alertas that this member may open."""
    places = [
        ("list", "Fora do normal", "reader"),
        ("freshness", "Frescor", "reader"),
        ("choice", "Quem recebe", "reader"),
        ("limits", "Limites", "owner"),
        ("hook", "Webhook", "owner"),
    ]
    slug, role = request.company.slug, request.membership.role
    return [
        {"url": reverse(f"alerts:{name}", args=[slug]), "label": label, "is_current": name == current}
        for name, label, needs in places
        if may(role, needs)
    ]


@company_view(methods=("GET", "HEAD"))
def alert_list(request: CompanyRequest) -> HttpResponse:
    """Show what is wrong now, or what was."""
    form = AlertFilter(request.GET, company=request.company)
    wanted = form.wanted()
    sort = sort_of(request, _SORTS, "-opened_at")
    page = queries.alerts(request.company, **wanted, sort=sort, page=page_number(request))
    facts = {
        "nav": "alerts",
        "tabs": _tabs(request, "list"),
        "now": timezone.now(),
        "form": form,
        "rows": [{"alert": alert, "url": path_of(alert)} for alert in page.rows],
        "page": shown(page),
        "looked_at": queries.looked_at(),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return list_response(request, "alerts", facts)


_SHEET = ("Aberto", "Desde", "Resolvido", "Tipo", "Loja", "O que aconteceu", "O que fazer", "De quem é a vez")


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected alerts, or all that match, as a file."""
    wanted = AlertFilter(request.GET, company=request.company).wanted()
    sort, ids = sort_of(request, _SORTS, "-opened_at"), chosen_ids(request, "aviso")

    def page_of(number: int) -> Page[Alert]:
        return queries.alerts(request.company, **wanted, ids=ids, sort=sort, page=number, size=READ_AT_ONCE)

    return sheet_response(request, "avisos", _SHEET, map(_sheet_row, every_row(page_of)))


def _sheet_row(one: Alert) -> tuple[object, ...]:
    when = (one.opened_at, one.since, one.closed_at)
    what = (one.get_kind_display(), one.store.name if one.store else "", one.text, one.remedy)
    return (*when, *what, one.get_turn_display())


@company_view(methods=("GET", "HEAD"))
def freshness(request: CompanyRequest) -> HttpResponse:
    """Show how fresh each flow of each Loja is: last time in order, what waits since when, how late things are."""
    form = FlowFilter(request.GET, company=request.company)
    facts = {
        "nav": "alerts",
        "tabs": _tabs(request, "freshness"),
        "now": timezone.now(),
        "form": form,
        "stores": flows(request.company, store_id=form.store_id()),
    }
    return render(request, "alerts/freshness.html", facts)


@company_view(writes="reader")
def choice(request: CompanyRequest) -> HttpResponse:
    """Choose what oneself hears by e-mail; everybody sees who hears of what."""
    company, user = request.company, request.user
    at_once, daily = operations.choice_of(company, user, request.membership.role)
    data = request.POST if request.method == "POST" else None  # none of them is a choice as well
    form = ChoiceForm(data, initial={"at_once": at_once, "daily": daily})
    if form.is_valid():
        operations.choose(company, user.pk, **form.cleaned_data, by=user.email, now=timezone.now())
        messages.success(request, f"Gravado: é assim que você recebe os avisos de {company.name}.")
        return redirect("alerts:choice", company.slug)
    facts = {
        "nav": "alerts",
        "tabs": _tabs(request, "choice"),
        "form": form,
        "listeners": queries.listeners(company),
        "sends_email": settings.SENDS_EMAIL,
    }
    return render(request, "alerts/choice.html", facts, status=status_of(form))


@company_view("owner", writes="owner")
def limits(request: CompanyRequest) -> HttpResponse:
    """Set from when on something is an alert, and when the digest leaves."""
    form = LimitsForm(request.POST or None, settings=queries.settings_of(request.company))
    if form.is_valid():
        try:
            operations.set_thresholds(
                request.company,
                thresholds=form.thresholds(),
                digest_at=form.cleaned_data["digest_at"],
                by=request.user.email,
                now=timezone.now(),
            )
        except Refused as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, "Limites gravados; valem a partir de agora.")
            return redirect("alerts:limits", request.company.slug)
    sections = [(title, [form[name] for name in names]) for title, names in SECTIONS]
    facts = {"nav": "alerts", "tabs": _tabs(request, "limits"), "form": form, "sections": sections}
    return render(request, "alerts/limits.html", facts, status=status_of(form))


@company_view("owner", writes="owner")
def hook(request: CompanyRequest) -> HttpResponse:
    """Show and set the webhook, and what was sent to it."""
    current = queries.settings_of(request.company)
    data = request.POST if request.method == "POST" else None
    form = HookForm(data, initial={"url": current.hook_url, "is_on": current.hook_is_on})
    if form.is_valid():
        try:
            hooks.set_hook(request.company, **form.cleaned_data, by=request.user.email, now=timezone.now())
        except Refused as refusal:
            form.add_error("url", str(refusal))
        else:
            messages.success(request, "Webhook gravado. Teste-o com «Enviar um teste».")
            return redirect("alerts:hook", request.company.slug)
    deliveries = queries.hook_deliveries(request.company, page=page_number(request))
    facts = {
        "nav": "alerts",
        "tabs": _tabs(request, "hook"),
        "form": form,
        "hook": current,
        "now": timezone.now(),
        "deliveries": deliveries.rows,
        "page": shown(deliveries),
        "headers": {"signature": hooks.SIGNATURE, "delivery": hooks.DELIVERY, "event": hooks.EVENT},
    }
    return render(request, "alerts/hook.html", facts, status=status_of(form))


@company_view("owner", writes="owner", methods=("POST",))
def hook_test(request: CompanyRequest) -> HttpResponse:
    """Send a message that says it is a test, and tell what came of it."""
    try:
        came = hooks.test_hook(request.company, by=request.user.email, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if came.is_taken:
            messages.success(
                request, f"O seu servidor recebeu o teste: respondeu {came.status} em {came.milliseconds} ms."
            )
        else:
            messages.error(request, f"O teste não chegou. {came.problem}")
    return redirect("alerts:hook", request.company.slug)


@company_view("owner", writes="owner", methods=("POST",))
def hook_secret(request: CompanyRequest) -> HttpResponse:
    """Give the webhook a new secret."""
    try:
        hooks.renew_secret(request.company, by=request.user.email, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Segredo trocado. Ponha o novo no seu servidor.")
    return redirect("alerts:hook", request.company.slug)
