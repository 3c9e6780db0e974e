"""Planilhas: sending a sheet, looking at what it would do, mending what is wrong in it, applying it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.jobs.sheets import send_sheet
from ahead.lib.errors import Refused
from ahead.lib.sheets import AsIs
from ahead.spreadsheets import exporting, operations, queries
from ahead.stock.queries import warehouses
from ahead.stores.queries import stores
from ahead.web.access import company_view
from ahead.web.filtering import FilterForm, chosen_ids, number_of
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.refusing import status_of
from ahead.web.streaming import READ_AT_ONCE, every_row, model_response, sheet_response

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.db.paging import Page
    from ahead.spreadsheets.models import SheetImport, SheetRow
    from ahead.stores.models import Store
    from ahead.web.access import CompanyRequest

_SORTS = {"enviada": "at", "nome": "name", "tipo": "kind", "situacao": "state", "por": "by", "linhas": "rows"}
_TONES = {
    "reading": "waiting",
    "ready": "accent",
    "applying": "waiting",
    "applied": "ok",
    "failed": "error",
    "discarded": "neutral",
}
_ROW_TONES = {"new": "accent", "changed": "attention", "unchanged": "neutral", "wrong": "error"}


class SheetFilter(FilterForm):
    """What narrows the list."""

    q = forms.CharField(
        label="Nome do arquivo", required=False, widget=forms.TextInput({"type": "search", "placeholder": "Buscar"})
    )
    tipo = forms.ChoiceField(label="Tipo", required=False, choices=[("", "Todos"), *queries.KINDS])
    situacao = forms.ChoiceField(label="Situação", required=False, choices=[("", "Todas"), *queries.STATES])

    def wanted(self) -> dict[str, Any]:
        """Return what the list is narrowed to."""
        given = self.read()
        return {"search": given["q"], "kind": given["tipo"], "state": given["situacao"]}


class SendForm(forms.Form):
    """The form that sends a sheet."""

    kind = forms.ChoiceField(label="O que a planilha traz", choices=queries.KINDS)
    file = forms.FileField(
        label="Arquivo",
        help_text="XLSX ou CSV, até 20 MB e 50.000 linhas.",
        widget=forms.ClearableFileInput({"accept": ".xlsx,.csv"}),
        error_messages={"required": "Escolha o arquivo.", "empty": "O arquivo está vazio."},
    )
    store = forms.ChoiceField(
        label="Loja",
        required=False,
        help_text="Só para Preços e Produtos Ecommerce: a das linhas que não dizem nenhuma.",
    )
    reason = forms.CharField(
        label="Motivo da contagem",
        required=False,
        max_length=200,
        help_text="Só para Estoque: fica no livro do produto.",
    )

    def __init__(self, *args: Any, stores: Sequence[Store], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["store"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "A que cada linha diz"), *((str(one.pk), one.name) for one in stores)]


@company_view(methods=("GET", "HEAD"))
def sheet_list(request: CompanyRequest) -> HttpResponse:
    """Show the sheets that were sent, the latest first."""
    form = SheetFilter(request.GET)
    sort = sort_of(request, _SORTS, "-at")
    page = queries.sheets(request.company, **form.wanted(), sort=sort, page=page_number(request))
    facts = {
        "nav": "spreadsheets",
        "form": form,
        "rows": [{"sheet": one, "tone": _TONES[one.state]} for one in page.rows],
        "shown": shown(page),
        "kinds": queries.KINDS,
        "may_write": may(request.membership.role, "operator"),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return list_response(request, "spreadsheets", facts)


_SHEET = ("Enviada", "Arquivo", "Tipo", "Situação", "Linhas", "Novas", "Mudam", "Sem mudança", "Com erro", "Por")


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the list as a file."""
    wanted, ids = SheetFilter(request.GET).wanted(), chosen_ids(request, "planilha")
    sort = sort_of(request, _SORTS, "-at")

    def page_of(number: int) -> Page[SheetImport]:
        return queries.sheets(request.company, **wanted, ids=ids, sort=sort, page=number, size=READ_AT_ONCE)

    rows = (
        (
            one.at, one.name, one.get_kind_display(), one.get_state_display(), one.rows, one.new, one.changed,
            one.unchanged, one.wrong, one.by,
        )
        for one in every_row(page_of)
    )  # fmt: skip
    return sheet_response(request, "planilhas", _SHEET, rows)


@company_view(writes="operator")
def new(request: CompanyRequest) -> HttpResponse:
    """Send a sheet; nothing is changed before somebody has seen what it would do."""
    asked = {"kind": request.GET.get("tipo", "products"), "store": request.GET.get("loja", "")}
    form = SendForm(request.POST or None, request.FILES or None, stores=stores(request.company), initial=asked)
    if form.is_valid():
        given = form.cleaned_data
        try:
            one = operations.begin_import(
                company=request.company,
                kind=given["kind"],
                name=given["file"].name,
                content=given["file"].read(),
                reason=given["reason"],
                store_id=number_of(given["store"]),
                by=request.user.email,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            send_sheet(one)
            return redirect("spreadsheets:sheet", request.company.slug, one.pk)
    facts = {"nav": "spreadsheets", "form": form, "kinds": queries.KINDS}
    return render(request, "spreadsheets/new.html", facts, status=status_of(form))


@company_view(methods=("GET", "HEAD"))
def model(request: CompanyRequest, kind: str) -> HttpResponse | StreamingHttpResponse:
    """Give an empty sheet of a kind, with notes, an example and lists to choose from."""
    if kind not in dict(queries.KINDS):
        return redirect("spreadsheets:list", request.company.slug)
    choices = {
        "store": [one.name for one in stores(request.company)],
        "warehouse": [one.name for one in warehouses(request.company, active=True)],
    }
    return model_response(f"modelo-{kind}", *exporting.model_of(kind, choices))


@company_view(methods=("GET", "HEAD"))
def one_sheet(request: CompanyRequest, sheet_id: int) -> HttpResponse:
    """Show what a sheet would do, row by row, and what is wrong in it; while it is worked on, how far that is."""
    one = queries.sheet(request.company, sheet_id)
    asked = request.GET.get("linhas", "wrong" if one.wrong else "")
    state = asked if asked in _ROW_TONES else ""
    page = queries.rows(one, state=state, page=page_number(request))
    facts = {
        "nav": "spreadsheets",
        "sheet": one,
        "tone": _TONES[one.state],
        "rows": [
            {"row": row, "tone": _ROW_TONES[row.state], "changes": queries.changes_told(one.kind, row)}
            for row in page.rows
        ],
        "shown": shown(page),
        "tabs": _tabs(one, state),
        "may_write": may(request.membership.role, "operator"),
    }
    is_fragment = request.htmx and not request.htmx.boosted
    response = render(request, f"spreadsheets/{'_sheet' if is_fragment else 'sheet'}.html", facts)
    response.headers["Vary"] = "HX-Request"
    return response


def _tabs(one: SheetImport, state: str) -> list[dict[str, Any]]:
    counted = [("", "Todas", one.rows), ("wrong", "Com erro", one.wrong), ("new", "Novas", one.new)]
    counted += [("changed", "Mudam", one.changed), ("unchanged", "Sem mudança", one.unchanged)]
    return [
        {"label": label, "count": count, "url": f"?linhas={name or 'todas'}", "is_current": name == state}
        for name, label, count in counted
        if count or not name
    ]


@company_view(methods=("GET", "HEAD"))
def wrong(request: CompanyRequest, sheet_id: int) -> StreamingHttpResponse:
    """Give the wrong rows as a sheet, with what is wrong beside them: mended, they are sent again."""
    one = queries.sheet(request.company, sheet_id)
    return sheet_response(request, "linhas-com-erro", [*one.header, "Erro"], _wrong_cells(one))


def _wrong_cells(one: SheetImport) -> Iterator[list[object]]:
    for row in queries.wrong_rows(one):
        yield [*(AsIs(cell) for cell in row.cells), "; ".join(_error(row))]


def _error(row: SheetRow) -> list[str]:
    return [f"{error['cell']}: {error['text']}" if error.get("cell") else error["text"] for error in row.errors]


@company_view(methods=("POST",))
def application(request: CompanyRequest, sheet_id: int) -> HttpResponse:
    """Apply a sheet: all of it, or its right rows alone where that was said."""
    try:
        one = operations.ask_apply(
            company=request.company,
            sheet_id=sheet_id,
            without_wrong="certas" in request.GET,
            by=request.user.email,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        send_sheet(one)
    return redirect("spreadsheets:sheet", request.company.slug, sheet_id)


@company_view(methods=("POST",))
def discarding(request: CompanyRequest, sheet_id: int) -> HttpResponse:
    """Throw a sheet away that was not applied."""
    try:
        operations.discard(company=request.company, sheet_id=sheet_id, by=request.user.email, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("spreadsheets:sheet", request.company.slug, sheet_id)
    messages.success(request, "Planilha descartada: nada mudou.")
    return redirect("spreadsheets:list", request.company.slug)
