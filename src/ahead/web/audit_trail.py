"""Configurações, Histórico: who did what, when, in the whole company; searchable, and as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.urls import reverse

from ahead.audit import queries
from ahead.audit.words import SUBJECTS
from ahead.db.updating import in_batches
from ahead.fiscal import queries as fiscal
from ahead.web.access import company_view
from ahead.web.days import DayField
from ahead.web.filtering import FilterForm
from ahead.web.listing import list_response, page_number, shown
from ahead.web.streaming import READ_AT_ONCE, sheet_response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.accounts.models import Company
    from ahead.audit.models import Event
    from ahead.web.access import CompanyRequest

# where each thing is shown: by its id, or on a page of its kind
_PAGES = {
    "store": "stores:store",
    "product": "products:product",
    "listing": "listings:listing",
    "category": "categories:category",
    "order": "orders:order",
    "nota": "notas:nota",
    "customer": "customers:customer",
    "warehouse": "warehouses:warehouse",
    "press": "notas:press",
    "sheet": "spreadsheets:sheet",
    "matter": "pending:matter",
    "rule": "taxes:rule",
    "natureza": "taxes:natureza",
    "tax_group": "taxes:group",
}
_PAGES_OF_ALL = {
    "series": "fiscal:numbering",
    "user": "members:list",
    "alerts": "alerts:choice",
    "company": "fiscal:start",
}


class TrailFilter(FilterForm):
    """What the list of events is narrowed to."""

    q = forms.CharField(
        label="Buscar no histórico",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Parte do que foi feito"}),
    )
    quem = forms.CharField(label="Quem (e-mail)", required=False)
    de = forms.ChoiceField(label="De quê", required=False, choices=[("", "Tudo"), *SUBJECTS.items()])
    acao = forms.RegexField(r"^[a-z_]{1,40}$", label="Ação", required=False, widget=forms.HiddenInput())
    desde = DayField(label="Desde", required=False)
    ate = DayField(label="Até", required=False)

    def wanted(self) -> dict[str, Any]:
        """Return what the list is narrowed to."""
        given = self.read()
        return {
            "search": given["q"],
            "by": given["quem"],
            "kind": given["de"],
            "action": given["acao"],
            "since": given["desde"],
            "until": given["ate"],
        }


@company_view("owner", methods=("GET", "HEAD"))
def events(request: CompanyRequest) -> HttpResponse:
    """Show what was done, the latest first."""
    form = TrailFilter(request.GET)
    page = queries.trail(request.company, **form.wanted(), page=page_number(request))
    numbers = _numbers(request.company, page.rows)
    facts = {
        "nav": "audit",
        "form": form,
        "rows": [_row(request.company, event, numbers) for event in page.rows],
        "page": shown(page),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return list_response(request, "audit", facts)


def _numbers(company: Company, events: Iterable[Event]) -> dict[tuple[str, int], int]:
    return fiscal.numbers_of(company, ((event.subject_kind, event.subject_id) for event in events))


def _row(company: Company, event: Event, numbers: Mapping[tuple[str, int], int]) -> dict[str, Any]:
    label = SUBJECTS.get(event.subject_kind, event.subject_kind)
    number = numbers.get((event.subject_kind, event.subject_id or 0))
    return {"event": event, "label": f"{label} {number}" if number else label, "url": _url(company, event)}


def _url(company: Company, event: Event) -> str:
    if page := _PAGES_OF_ALL.get(event.subject_kind):
        return reverse(page, args=[company.slug])
    page = _PAGES.get(event.subject_kind)
    is_there = page and event.subject_id and not event.name.endswith(("removed", "deleted"))
    return reverse(page, args=[company.slug, event.subject_id]) if page and is_there else ""


_SHEET = ("Quando", "Quem", "O que foi feito", "De quê", "Número", "Ação")


@company_view("owner", methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give all that matches as a file."""
    wanted = TrailFilter(request.GET).wanted()
    found = queries.trail_for_export(request.company, **wanted)
    return sheet_response(request, "historico", _SHEET, _lines(request.company, found))


def _lines(company: Company, events: Iterable[Event]) -> Iterator[Sequence[object]]:
    for some in in_batches(events, READ_AT_ONCE):
        numbers = _numbers(company, some)
        yield from (_line(event, numbers) for event in some)


def _line(event: Event, numbers: Mapping[tuple[str, int], int]) -> Sequence[object]:
    label = SUBJECTS.get(event.subject_kind, event.subject_kind)
    number = numbers.get((event.subject_kind, event.subject_id or 0), event.subject_id)
    return (event.at, event.by, event.text, label, number, event.name)
