"""Clientes: the list, and one with their orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.shortcuts import render

from ahead.accounts.rules import may
from ahead.customers import queries
from ahead.lib.corrected import corrections
from ahead.orders import queries as orders
from ahead.web.access import company_view
from ahead.web.filtering import FilterForm, chosen_ids
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response
from ahead.web.trail import recent_trail

if TYPE_CHECKING:
    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.customers.queries import CustomerRow
    from ahead.db.paging import Page
    from ahead.web.access import CompanyRequest

_SORTS = {"nome": "name", "pedidos": "orders_count", "ultimo": "last_order_at"}


class CustomerFilter(FilterForm):
    """What the list of customers shows."""

    q = forms.CharField(
        label="Buscar por nome, CPF/CNPJ ou e-mail",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Nome, CPF/CNPJ ou e-mail"}),
    )


@company_view(methods=("GET", "HEAD"))
def customer_list(request: CompanyRequest) -> HttpResponse:
    """Show the customers with how much they ordered."""
    form = CustomerFilter(request.GET)
    search = form.read()["q"]
    sort = sort_of(request, _SORTS, "name")
    page = queries.customers(request.company, search=search, sort=sort, page=page_number(request))
    facts = {"nav": "customers", "form": form, "page": page, "shown": shown(page), "search": search}
    if search.strip() and (page.total or 0) >= queries.NAMED_UP_TO:
        facts["many_named"] = queries.NAMED_UP_TO if queries.is_name_of_too_many(request.company, search) else 0
    return list_response(request, "customers", facts)


_SHEET = (
    "Nome", "Razão social", "CPF/CNPJ", "Inscrição estadual", "E-mail", "Telefone", "Celular", "Endereço", "Número",
    "Complemento", "Bairro", "Cidade", "UF", "CEP", "Pedidos", "Último pedido",
)  # fmt: skip


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected customers, or all that match, as a file."""
    form = CustomerFilter(request.GET)
    search = form.read()["q"]
    sort, ids = sort_of(request, _SORTS, "name"), chosen_ids(request, "cliente")

    def page_of(number: int) -> Page[CustomerRow]:
        return queries.customers(
            request.company, search=search, ids=ids, sort=sort, page=number, size=READ_AT_ONCE, is_whole=True
        )

    return sheet_response(request, "clientes", _SHEET, map(_sheet_row, every_row(page_of)))


def _sheet_row(row: CustomerRow) -> tuple[object, ...]:
    one = row.customer
    person = (one.name, one.legal_name, one.document, one.inscricao_estadual, one.email, one.phone, one.mobile)
    place = (one.street, one.number, one.complement, one.district, one.city, one.uf, one.postal_code)
    return (*person, *place, row.orders_count, row.last_order_at)


@company_view(methods=("GET", "HEAD"))
def customer(request: CompanyRequest, customer_id: int) -> HttpResponse:
    """Show one customer and their orders."""
    one = queries.customer(request.company, customer_id)
    page = orders.orders(request.company, customer_id=one.pk, page=page_number(request))
    facts = {
        "nav": "customers",
        "customer": one,
        "page": page,
        "shown": shown(page),
        "may_write": may(request.membership.role, "operator"),
        "said": corrections(one.corrections),
        "events": recent_trail(request.company, "customer", one.pk),
    }
    return render(request, "customers/customer.html", facts)
