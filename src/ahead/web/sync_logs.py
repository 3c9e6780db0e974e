"""Sincronização, the tab Logs Sincronização: every run, and the list as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from ahead.stores import queries as stores
from ahead.sync import queries
from ahead.web.access import company_view
from ahead.web.days import DayField
from ahead.web.filtering import FilterForm, chosen_ids
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.store_choices import offer_stores
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response
from ahead.web.sync import tabs, took

if TYPE_CHECKING:
    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.db.paging import Page
    from ahead.stores.models import Store
    from ahead.sync.models import SyncRun
    from ahead.web.access import CompanyRequest


class LogFilter(FilterForm):
    """What the list of runs is narrowed to."""

    q = forms.CharField(
        label="Buscar sincronização",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Número, Loja ou quem pediu"}),
    )
    loja = forms.TypedChoiceField(label="Loja", required=False, coerce=int, empty_value=None)
    estado = forms.ChoiceField(label="Estado", required=False, choices=[("", "Todos"), *queries.RUN_STATES])
    origem = forms.ChoiceField(label="Pedida", required=False, choices=[("", "Todas"), *queries.TRIGGERS])
    desde = DayField(label="Desde", required=False)
    ate = DayField(label="Até", required=False)

    def __init__(self, asked: Any, *, stores: list[Store]) -> None:
        super().__init__(asked)
        offer_stores(self, stores)

    def wanted(self) -> dict[str, Any]:
        """Return what the list is narrowed to."""
        given = self.read()
        return {
            "search": given["q"],
            "store_id": given["loja"],
            "state": given["estado"],
            "trigger": given["origem"],
            "started_from": given["desde"],
            "started_to": given["ate"],
        }


_LOG_SORTS = {
    "inicio": "started_at",
    "importados": "orders_imported",
    "atualizados": "orders_updated",
    "cancelados": "orders_cancelled",
    "produtos": "stock_updated",
    "erros": "errors",
}


@company_view(methods=("GET", "HEAD"))
def logs(request: CompanyRequest) -> HttpResponse:
    """Show all runs; one with any error is a white row."""
    form = LogFilter(request.GET, stores=stores.stores(request.company))
    sort = sort_of(request, _LOG_SORTS, "-started_at")
    page = queries.runs(request.company, **form.wanted(), sort=sort, page=page_number(request))
    facts = {
        "nav": "sync",
        "tabs": tabs(request.company, "logs"),
        "form": form,
        "rows": [{"run": run, "took": took(run)} for run in page.rows],
        "page": shown(page),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "now": timezone.now(),
    }
    return list_response(request, "sync/logs", facts)


_LOG_SHEET = (
    "Início", "Fim", "Loja", "Número", "Resultado", "Simulação", "Pedida", "Por", "Importados", "Atualizados",
    "Retidos", "Cancelados", "Status gravados", "Notas", "Produtos", "Erros", "Consultas",
)  # fmt: skip


@company_view(methods=("GET", "HEAD"))
def log_sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected runs, or all that match, as a file."""
    wanted = LogFilter(request.GET, stores=stores.stores(request.company)).wanted()
    sort, ids = sort_of(request, _LOG_SORTS, "-started_at"), chosen_ids(request, "sincronizacao")

    def page_of(number: int) -> Page[SyncRun]:
        return queries.runs(request.company, **wanted, ids=ids, sort=sort, page=number, size=READ_AT_ONCE)

    return sheet_response(request, "sincronizacoes", _LOG_SHEET, map(_log_row, every_row(page_of)))


def _log_row(one: SyncRun) -> tuple[object, ...]:
    how = (one.get_state_display(), "sim" if one.is_dry else "não", one.get_trigger_display(), one.asked_by)
    figures = (one.orders_imported, one.orders_updated, one.orders_held, one.orders_cancelled)
    rest = (one.statuses_written, one.notes_delivered, one.stock_updated, one.errors, one.requests)
    return (one.started_at, one.finished_at, one.store.name, one.number, *how, *figures, *rest)
