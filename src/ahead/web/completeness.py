""" "Está tudo aqui?": the answer for each Loja, its calendar, the page of a day, and the press that repairs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime

from ahead.jobs.asking import ask_sync
from ahead.lib.errors import Refused
from ahead.pending.queries import WHOSE_TURN
from ahead.stores import queries as stores
from ahead.stores.triggers import Trigger
from ahead.sync import closing_queries as queries
from ahead.sync import closings
from ahead.web.access import company_view
from ahead.web.days import check_day
from ahead.web.filtering import Unreadable, asked_id, chosen_ids
from ahead.web.streaming import sheet_response
from ahead.web.sync import tabs
from ahead.web.templatetags.formats import plural

if TYPE_CHECKING:
    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.stores.models import Store
    from ahead.sync.models import DayClosing, DayDifference
    from ahead.web.access import CompanyRequest

_WEEKDAYS = ("Domingo", "Segunda", "Terça", "Quarta", "Quinta", "Sexta", "Sábado")


@company_view(methods=("GET", "HEAD"))
def overview(request: CompanyRequest) -> HttpResponse:
    """Answer for every Loja, and show the month of the chosen one."""
    now = timezone.now()
    lojas = stores.stores(request.company)
    answers = queries.answers(request.company, lojas, now=now)
    chosen = _chosen(request, lojas, answers)
    facts: dict[str, Any] = {
        "nav": "sync",
        "tabs": tabs(request.company, "completeness"),
        "answers": sorted(answers, key=lambda one: (one.state != "differences", one.store.code)),
        "chosen": chosen,
        "now": now,
        "weekdays": _WEEKDAYS,
    }
    if chosen:
        facts["answer"] = next(one for one in answers if one.store.pk == chosen.pk)
        facts["month"] = queries.month(chosen, _month_of(request.GET.get("mes", ""), localtime(now).date()), now=now)
        facts["stock"] = queries.last_stock_reading(chosen)
        facts["can_sync"] = not stores.missing_setup(chosen) and not chosen.is_paused
    return render(request, "completeness/overview.html", facts)


def _chosen(request: CompanyRequest, lojas: list[Store], answers: list[queries.Answer]) -> Store | None:
    """The Loja of the address; without one the first that has differences, else the first."""
    asked = asked_id(request, "loja", "Loja")
    if asked is not None:
        return stores.store(request.company, asked)
    wrong = next((one.store for one in answers if one.differences), None)
    return wrong or next(iter(lojas), None)


def _month_of(text: str, without: date) -> date:
    return _read_day(f"{text}-01", text, "Mês") if text else without.replace(day=1)


@company_view(methods=("GET", "HEAD"))
def day(request: CompanyRequest, store_id: int, day: date) -> HttpResponse:
    """Show one day of a Loja: the counts side by side, and each difference with its remedy."""
    store = stores.store(request.company, store_id)
    return _day_page(request, store, day)


def _day_page(
    request: CompanyRequest, store: Store, day: date, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    now = timezone.now()
    closing = queries.closing_of(store, day)
    readings = queries.stock_readings(store, day)
    found = queries.differences_of(closing) if closing else []
    facts = {
        "nav": "sync",
        "store": store,
        "day": day,
        "closing": closing,
        "counts": _counts(closing) if closing and closing.compared_at else [],
        "open": [one for one in found if one.is_open],
        "settled": [one for one in found if not one.is_open],
        "readings": readings,
        "drifts": queries.drifts(readings),
        "is_over": closings.is_over(day, now),
        "is_future": day > localtime(now).date(),
        "is_before": day < store.import_from,
        "refusal": refusal,
        "now": now,
    }
    return render(request, "completeness/day.html", facts, status=status)


def _counts(closing: DayClosing) -> list[dict[str, Any]]:
    """The figures of a day side by side, and by how much they differ."""
    rows = (
        ("Pedidos", closing.tray_orders, closing.held_orders, False),
        ("Valor dos pedidos", closing.tray_total, closing.held_total, True),
        ("Cancelados", closing.tray_cancelled, closing.held_cancelled, False),
        ("Notas", closing.tray_notas, closing.held_notas, False),
    )
    return [
        {"label": label, "tray": tray, "here": here, "gap": tray - here, "is_money": is_money}
        for label, tray, here, is_money in rows
    ]


@company_view(methods=("POST",))
def check(request: CompanyRequest, store_id: int) -> HttpResponse:
    """*Conferir agora*: today, yesterday and what differs; or the one day that is named."""
    store, now, by = stores.store(request.company, store_id), timezone.now(), str(request.user)
    named = _day_of(request.POST.get("dia", ""))
    days = [named] if named else closings.days_to_check(store, now=now)
    try:
        count = closings.ask_check(store, days, by=by, now=now)
        ask_sync(company=request.company, store_id=store_id, by=by, trigger=Trigger.BUTTON)
    except Refused as refusal:
        messages.error(request, f"A conferência não pôde começar: {refusal}")
    else:
        which = plural(count, "dia,dias")
        messages.success(request, f"Conferência de {which} pedida. O resultado vem com a sincronização.")
    return redirect(_address(request, store, named))


def _day_of(text: str) -> date | None:
    return _read_day(text, text, "Dia") if text else None


def _read_day(iso: str, said: str, label: str) -> date:
    try:
        day = date.fromisoformat(iso)
        check_day(day)
    except (ValueError, ValidationError) as error:
        raise Unreadable(label, said) from error
    return day


def _address(request: CompanyRequest, store: Store, day: date | None) -> str:
    if day:
        return reverse("sync:day", args=[request.company.slug, store.pk, day])
    return f"{reverse('sync:completeness', args=[request.company.slug])}?loja={store.pk}"


@company_view(methods=("POST",))
def repair(request: CompanyRequest, closing_id: int) -> HttpResponse:
    """*Reparar*: have everything done that may mend the differences of a day."""
    closing, now, by = queries.closing(request.company, closing_id), timezone.now(), str(request.user)
    try:
        count = closings.repair_day(request.company, closing_id, by=by, now=now)
        ask_sync(company=request.company, store_id=closing.store_id, by=by, trigger=Trigger.BUTTON)
    except Refused as refusal:
        return _day_page(request, closing.store, closing.day, refusal=str(refusal), status=422)
    messages.success(
        request, f"Reparo de {plural(count, 'diferença,diferenças')} pedido. A conferência vem logo depois."
    )
    return redirect("sync:day", request.company.slug, closing.store_id, closing.day)


class AcceptForm(forms.Form):
    """Why a difference is right as it is."""

    why = forms.CharField(
        label="Por que está certo assim?",
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text="Fica no histórico com o seu nome. Vale enquanto os dois lados mostrarem o mesmo.",
    )


@company_view("operator")
def accept(request: CompanyRequest, difference_id: int) -> HttpResponse:
    """Take a difference as right, with a reason."""
    one = queries.difference(request.company, difference_id)
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            closings.accept_difference(
                request.company, one.pk, why=form.cleaned_data["why"], by=str(request.user), now=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Diferença aceita: ela não conta mais.")
            return redirect("sync:day", request.company.slug, one.closing.store_id, one.closing.day)
    status = 422 if request.method == "POST" else 200
    facts = {"nav": "sync", "difference": one, "form": form, "now": timezone.now()}
    return render(request, "completeness/accept.html", facts, status=status)


_SHEET = (
    "Dia", "Loja", "Pedido no Tray", "Pedido no AHEAD", "Diferença", "No Tray", "Aqui", "Causa", "De quem é a vez",
    "O que fazer", "Encontrada em", "Resolvida em", "Aceita por", "Motivo",
)  # fmt: skip


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the differences of a Loja, or of all, as a file: of a day, of a month, or all there are."""
    asked = _month_of(request.GET.get("mes", ""), date.min)
    named = _day_of(request.GET.get("dia", ""))
    span = (named, named) if named else _span_of(asked)
    found = queries.differences(
        request.company,
        store_id=asked_id(request, "loja", "Loja"),
        is_open=_only_open(request.GET.get("abertas", "")),
        day_from=span[0],
        day_to=span[1],
        ids=chosen_ids(request, "diferenca"),
    )
    return sheet_response(request, "conferencia", _SHEET, map(_row, found))


def _only_open(text: str) -> bool | None:
    if text not in {"", "1"}:
        raise Unreadable("Só as abertas", text)
    return True if text else None


def _span_of(first: date) -> tuple[date | None, date | None]:
    if first == date.min.replace(day=1):
        return None, None
    last = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first, date.fromordinal(last.toordinal() - 1)


def _row(one: DayDifference) -> tuple[object, ...]:
    return (
        one.closing.day, one.closing.store.name, one.tray_id, one.order_number, one.get_kind_display(), one.at_tray,
        one.here, one.cause, WHOSE_TURN.get(one.turn, one.turn), one.remedy, one.found_at, one.settled_at,
        one.accepted_by, one.accepted_why,
    )  # fmt: skip
