"""Notas: the list in Fiscal and the tab Nota Fiscal of Sincronização, the page of one, ZIP, Reenviar for many."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime

from ahead.accounts.rules import may
from ahead.fiscal import archive as archives
from ahead.fiscal import delivering, queries, rules
from ahead.fiscal.queries import NotaFilter
from ahead.lib.errors import Refused
from ahead.stores import queries as stores
from ahead.web.access import company_view
from ahead.web.days import DayField
from ahead.web.filtering import FilterForm, chosen_ids, digest_of
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.nota_remedies import link_of
from ahead.web.store_choices import offer_stores
from ahead.web.streaming import sheet_response
from ahead.web.sync import tabs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.http import HttpResponse, QueryDict, StreamingHttpResponse

    from ahead.accounts.models import Company
    from ahead.fiscal.models import Nota, NotaEntry
    from ahead.web.access import CompanyRequest

_SORTS = {"emissao": "issued_at", "numero": "number"}
_MOST_RESENT = 1_000
_TONES = {True: ("error", "triangle-alert"), False: ("ok", "")}


class NotaFilterForm(FilterForm):
    """What narrows the list of notas."""

    q = forms.CharField(
        label="Buscar nota",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Número, chave, cliente, CPF"}),
    )
    estado = forms.ChoiceField(
        label="Na SEFAZ", required=False, choices=[("", "Todas"), queries.TROUBLED, *queries.STATES]
    )
    tray = forms.ChoiceField(label="No Tray", required=False, choices=[("", "Todas"), *queries.DELIVERIES])
    loja = forms.TypedChoiceField(label="Loja", required=False, coerce=int, empty_value=None)
    desde = DayField(label="Emitidas desde", required=False)
    ate = DayField(label="Até", required=False)

    def __init__(self, asked: QueryDict, *, company: Company) -> None:
        super().__init__(asked)
        offer_stores(self, stores.stores(company))

    def wanted(self, *, only_ecommerce: bool = False) -> NotaFilter:
        """Return what the list is narrowed to."""
        given = self.read()
        return NotaFilter(
            state=given["estado"],
            delivery=given["tray"],
            store_id=given["loja"],
            search=given["q"],
            issued_from=given["desde"],
            issued_to=given["ate"],
            only_ecommerce=only_ecommerce,
        )


@company_view(methods=("GET", "HEAD"))
def nota_list(request: CompanyRequest) -> HttpResponse:
    """Show all notas, those of Pedidos entered here too."""
    return _list(request, {"nav": "notas", "is_tab": False})


@company_view(methods=("GET", "HEAD"))
def ecommerce_notas(request: CompanyRequest) -> HttpResponse:
    """Show the notas of e-commerce orders: the tab Nota Fiscal."""
    return _list(request, {"nav": "sync", "is_tab": True, "tabs": tabs(request.company, "notas")})


def _list(request: CompanyRequest, facts: dict[str, Any]) -> HttpResponse:
    form = NotaFilterForm(request.GET, company=request.company)
    wanted = form.wanted(only_ecommerce=facts["is_tab"])
    page = queries.notas(
        request.company, wanted, sort=sort_of(request, _SORTS, "-issued_at"), page=page_number(request)
    )
    facts |= {
        "form": form,
        "found": page,
        "page": shown(page),
        "totals": queries.totals(request.company, wanted),
        "is_filtered": wanted != NotaFilter(only_ecommerce=facts["is_tab"]),
        "may_write": may(request.membership.role, "operator"),
        "now": timezone.now(),
    }
    return list_response(request, "notas", facts)


_SHEET = (
    "Número", "Série", "Emissão", "Situação", "Chave de acesso", "Protocolo", "Tipo", "Ambiente", "Pedido", "Loja",
    "Canal", "Cliente", "CPF/CNPJ", "UF", "Produtos", "Total", "Envio ao Tray", "Entregue em", "SEFAZ",
)  # fmt: skip


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected notas, or all that match the filters, as a file for a spreadsheet."""
    return _sheet(request, only_ecommerce=False)


@company_view(methods=("GET", "HEAD"))
def ecommerce_sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the notas of the tab Nota Fiscal as a file for a spreadsheet."""
    return _sheet(request, only_ecommerce=True)


def _sheet(request: CompanyRequest, *, only_ecommerce: bool) -> StreamingHttpResponse:
    sort = sort_of(request, _SORTS, "-issued_at")
    found = _found(request, only_ecommerce=only_ecommerce, sort=sort)
    return sheet_response(request, f"notas-{localtime():%Y%m%d-%H%M}", _SHEET, map(_row, found))


def _found(request: CompanyRequest, *, only_ecommerce: bool, sort: str = "-issued_at") -> Iterator[Nota]:
    wanted = NotaFilterForm(request.GET, company=request.company).wanted(only_ecommerce=only_ecommerce)
    return queries.notas_for_export(request.company, wanted, ids=chosen_ids(request, "nota"), sort=sort)


def _row(nota: Nota) -> tuple[object, ...]:
    return (
        nota.number, nota.serie, nota.issued_at, nota.get_state_display(), nota.chave_de_acesso, nota.protocol,
        nota.get_kind_display(), nota.get_environment_display(), nota.order.number,
        nota.store.name if nota.store else "", nota.channel, nota.recipient, nota.recipient_document,
        nota.recipient_uf, nota.items_total, nota.total, nota.get_delivery_display(), nota.delivered_at, nota.reason,
    )  # fmt: skip


@company_view(methods=("GET", "HEAD"))
def archive(request: CompanyRequest) -> FileResponse:
    """Give the XML of the selected notas, or of all that match the filters, in a ZIP."""
    return _archive(_found(request, only_ecommerce=False))


@company_view(methods=("GET", "HEAD"))
def ecommerce_archive(request: CompanyRequest) -> FileResponse:
    """Give the XML of the notas of the tab Nota Fiscal in a ZIP."""
    return _archive(_found(request, only_ecommerce=True))


def _archive(found: Iterator[Nota]) -> FileResponse:
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    archives.write_zip(file, found)
    file.seek(0)
    name = f"notas-{localtime():%Y%m%d-%H%M}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@company_view("operator")
def resending(request: CompanyRequest) -> HttpResponse:
    """Say which of the selected notas will go to Tray again, then send them."""
    ids = chosen_ids(request, "nota")
    if not ids:
        messages.warning(request, "Selecione ao menos uma nota.")
        return redirect("sync:notas", request.company.slug)
    if request.method != "POST":
        rows = list(queries.notas_for_export(request.company, NotaFilter(), ids=ids))
        return render(request, "notas/resending.html", {"nav": "sync", "rows": rows, "now": timezone.now()})
    try:
        sent = delivering.resend(request.company, ids, by=str(request.user), now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("sync:notas", request.company.slug)
    tell_resent(request, sent)
    return redirect("sync:notas", request.company.slug)


@company_view("operator")
def resending_all(request: CompanyRequest) -> HttpResponse:
    """Say how many of the notas that match the filters will go to Tray again, then send them."""
    wanted = NotaFilterForm(request.GET, company=request.company).wanted(only_ecommerce=True)
    ids = queries.resendable_ids(request.company, wanted, limit=_MOST_RESENT + 1)
    facts = {
        "nav": "sync",
        "count": len(ids),
        "seen": digest_of(ids),
        "most": _MOST_RESENT,
        "query": request.GET.urlencode(),
    }
    if not ids or len(ids) > _MOST_RESENT or request.method != "POST":
        return render(request, "notas/resending.html", facts)
    if request.POST.get("vistas") != digest_of(ids):  # notas came or went since it was shown
        facts["refusal"] = "A lista mudou desde que você a viu. Confira de novo e confirme."
        return render(request, "notas/resending.html", facts, status=409)
    try:
        sent = delivering.resend(request.company, ids, by=str(request.user), now=timezone.now())
    except Refused as refusal:
        return render(request, "notas/resending.html", facts | {"refusal": str(refusal)}, status=422)
    tell_resent(request, sent)
    return redirect("sync:notas", request.company.slug)


def tell_resent(request: CompanyRequest, sent: delivering.Resent) -> None:
    """Say what came of *Reenviar*."""
    messages.success(request, f"Notas a reenviar ao Tray: {sent.count}. {sent.why_not_now}".strip())
    for name, why in sent.left:
        messages.warning(request, f"Nota {name}: {why}")


@company_view(methods=("GET", "HEAD"))
def nota(request: CompanyRequest, nota_id: int) -> HttpResponse:
    """Show everything about one nota."""
    return nota_page(request, nota_id)


def nota_page(
    request: CompanyRequest,
    nota_id: int,
    *,
    refusal: str = "",
    reopened: str = "",
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    """Draw the page of a nota, with what was refused just now: the dialog it was typed in is open, and has it still."""
    one = queries.nota(request.company, nota_id)
    now = timezone.now()
    events, entries = queries.events(one), queries.entries(one)
    writes = may(request.membership.role, "operator")
    lines = archives.lines_of(one)
    is_waiting = one.due_at is not None or any(event.due_at for event in events)
    facts = {
        "nav": "notas",
        "nota": one,
        "now": now,
        "events": [_shown(entry) for entry in entries],
        "rejection": _rejection(one, entries),
        "nota_events": events,
        "lines": lines,
        "remedy": link_of(one, request.company.slug, lines) if writes and one.state == "rejected" else None,
        "is_waiting": is_waiting,
        "is_kept": one.state in {"authorised", "cancelled"},
        "can_cancel": writes and _why_not_cancel(one, now) is None,
        "why_not_cancel": _why_not_cancel(one, now) if one.state == "authorised" else "",
        "cancel_until": one.authorised_at and one.authorised_at + rules.CANCEL_WITHIN,
        "can_correct": writes and one.state == "authorised",
        "can_return": writes and one.state == "authorised" and one.kind == "sale",
        "can_withdraw": writes and one.state == "signed",
        "can_give_up": writes and one.state == "unknown" and one.due_at is None,
        "can_desist": writes and one.state == "rejected" and one.kind == "return" and one.given_up_at is None,
        "can_retry": writes and one.state == "rejected" and one.kind == "sale",
        "can_resend": writes and one.delivery in {"failed", "due", "delivered"} and one.state == "authorised",
        "retry_url": f"{reverse('orders:invoicing', args=[request.company.slug])}?pedido={one.order_id}",
        "refusal": refusal,
        "reopened": {reopened: True},
        "typed": typed,
    }
    is_fragment = request.htmx and not request.htmx.boosted
    response = render(request, "notas/_nota.html" if is_fragment else "notas/nota.html", facts, status=status)
    response.headers["Vary"] = "HX-Request"
    return response


def _rejection(one: Nota, entries: Sequence[NotaEntry]) -> dict[str, Any] | None:
    """Return why SEFAZ rejected a nota, or how it was taken back: the entry of its last try, whatever came after."""
    if one.state != "rejected":
        return None
    found = next((entry for entry in entries if entry.cstat and entry.cstat == one.cstat and entry.is_problem), None)
    return _shown(found or entries[0]) if entries else None


def _why_not_cancel(one: Nota, now: Any) -> str | None:
    if one.kind == "return":
        return "Uma devolução não se cancela aqui: a mercadoria já voltou ao estoque."
    return rules.why_not_cancel_nota(state=one.state, authorised_at=one.authorised_at, now=now)


def _shown(entry: Any) -> dict[str, Any]:
    tone, icon = _TONES[entry.is_problem]
    return {
        "at": entry.at,
        "title": entry.text,
        "text": entry.remedy,
        "by": "" if entry.by in {"SEFAZ", "Tray"} else entry.by,
        "tone": tone,
        "icon": icon,
    }
