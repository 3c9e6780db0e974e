"""Estoques: the list, one with its balances, and what enters, leaves, is counted or changes place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.catalog import queries as catalog
from ahead.lib.errors import Refused
from ahead.stock import operations, queries
from ahead.stock.rules import WrongMovement, no_stock_of_kit
from ahead.web.access import company_view
from ahead.web.filtering import chosen_ids, number_of
from ahead.web.finding import NotOne, product_meant
from ahead.web.forms_warehouses import (
    KINDS,
    BalanceFilter,
    MovementForm,
    WarehouseChangeForm,
    WarehouseFilter,
    WarehouseForm,
)
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.refusing import put_refusal, status_of
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response
from ahead.web.templatetags.formats import plural
from ahead.web.trail import recent_trail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.accounts.models import Company
    from ahead.catalog.models import Product
    from ahead.catalog.queries import ProductRow
    from ahead.db.paging import Page
    from ahead.stock.models import Warehouse
    from ahead.stock.queries import WarehouseRow
    from ahead.web.access import CompanyRequest

_SORTS = {"codigo": "code", "descricao": "name", "em-maos": "on_hand", "reservado": "reserved", "livre": "available"}


_LIST_SORTS = {
    "codigo": "code",
    "nome": "name",
    "produtos": "products",
    "em-maos": "on_hand",
    "reservado": "reserved",
}


@company_view(methods=("GET", "HEAD"))
def warehouse_list(request: CompanyRequest) -> HttpResponse:
    """Show the warehouses of the company, and how much lies in each."""
    form = WarehouseFilter(request.GET)
    page = queries.warehouse_rows(
        request.company, **form.wanted(), sort=sort_of(request, _LIST_SORTS, "code"), page=page_number(request)
    )
    facts = {
        "nav": "warehouses",
        "form": form,
        "page": page,
        "shown": shown(page),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "may_write": may(request.membership.role, "operator"),
    }
    return list_response(request, "warehouses", facts)


@company_view(writes="operator")
def new(request: CompanyRequest) -> HttpResponse:
    """Register a warehouse."""
    form = WarehouseForm(request.POST or None)
    if form.is_valid():
        try:
            place = operations.create_warehouse(
                company=request.company, by=request.user.email, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            put_refusal(form, refusal, {operations.CodeTaken: "code"})
        else:
            messages.success(request, f"Estoque «{place.name}» cadastrado.")
            return redirect("warehouses:warehouse", request.company.slug, place.pk)
    return render(request, "warehouses/form.html", {"nav": "warehouses", "form": form}, status=status_of(form))


@company_view(writes="operator")
def edit(request: CompanyRequest, warehouse_id: int) -> HttpResponse:
    """Change a warehouse, or put it out of use."""
    place = queries.warehouse(request.company, warehouse_id)
    initial = {"name": place.name, "code": place.code, "is_active": place.is_active}
    form = WarehouseChangeForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            operations.update_warehouse(
                company=request.company,
                warehouse_id=place.pk,
                by=request.user.email,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            put_refusal(form, refusal, {operations.CodeTaken: "code"})
        else:
            messages.success(request, "Estoque gravado.")
            return redirect("warehouses:warehouse", request.company.slug, place.pk)
    facts = {"nav": "warehouses", "form": form, "warehouse": place}
    return render(request, "warehouses/form.html", facts, status=status_of(form))


@company_view(methods=("GET", "HEAD"))
def warehouse(request: CompanyRequest, warehouse_id: int) -> HttpResponse:
    """Show what lies in a warehouse."""
    place = queries.warehouse(request.company, warehouse_id)
    form = BalanceFilter(request.GET)
    search = form.read()["q"]
    page = catalog.products(
        request.company,
        search=search,
        warehouse_id=place.pk,
        sort=sort_of(request, _SORTS, "code"),
        page=page_number(request),
    )
    facts = {
        "nav": "warehouses",
        "warehouse": place,
        "form": form,
        "page": page,
        "shown": shown(page),
        "may_write": may(request.membership.role, "operator"),
        "events": recent_trail(request.company, "warehouse", place.pk),
    }
    return render(request, "warehouses/warehouse.html", facts)


_SHEET = ("Código do Estoque", "Estoque", "Código", "Descrição", "Referência", "Em mãos", "Reservado", "Livre")


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give what lies in the selected warehouses, or in all that match, as a file."""
    wanted = WarehouseFilter(request.GET).wanted()
    sort, ids = sort_of(request, _LIST_SORTS, "code"), chosen_ids(request, "estoque")

    def page_of(number: int) -> Page[WarehouseRow]:
        return queries.warehouse_rows(request.company, **wanted, ids=ids, sort=sort, page=number, size=READ_AT_ONCE)

    places = (row.warehouse for row in every_row(page_of))
    rows = (row for place in places for row in _sheet_rows(request.company, place))
    return sheet_response(request, "estoques", _SHEET, rows)


@company_view(methods=("GET", "HEAD"))
def balance_sheet(request: CompanyRequest, warehouse_id: int) -> StreamingHttpResponse:
    """Give what lies in a warehouse, as far as it is selected or matches, as a file."""
    place = queries.warehouse(request.company, warehouse_id)
    form = BalanceFilter(request.GET)
    search = form.read()["q"]
    sort, ids = sort_of(request, _SORTS, "code"), chosen_ids(request, "produto")
    rows = _sheet_rows(request.company, place, search=search, ids=ids, sort=sort)
    return sheet_response(request, f"estoque-{place.code}", _SHEET, rows)


def _sheet_rows(
    company: Company, place: Warehouse, *, search: str = "", ids: Sequence[int] = (), sort: str = "code"
) -> Iterator[tuple[object, ...]]:
    def page_of(number: int) -> Page[ProductRow]:
        return catalog.products(
            company, search=search, ids=ids, sort=sort, warehouse_id=place.pk, page=number, size=READ_AT_ONCE
        )

    for row in every_row(page_of):
        one = row.product
        yield (place.code, place.name, one.code, one.name, one.reference, row.on_hand, row.reserved, row.available)


@company_view(writes="operator")
def movement(request: CompanyRequest) -> HttpResponse:
    """Book an entry, an exit, a count or a transfer of one product."""
    kind = request.GET.get("tipo", "entrada")
    if kind not in KINDS:
        raise Http404
    asked = {"product": request.GET.get("produto", ""), "warehouse": request.GET.get("estoque", "")}
    form = MovementForm(
        request.POST or None,
        kind=kind,
        warehouses=queries.warehouses(request.company, active=True),
        initial=asked,
    )
    if form.is_valid() and (product := _product_of(request.company, form)):
        try:
            done = _book(request, kind, product, form.cleaned_data)
        except Refused as refusal:
            put_refusal(form, refusal, {WrongMovement: "quantity"})
        else:
            messages.success(request, done)
            return redirect("products:product", request.company.slug, product.pk)
    facts = {
        "nav": "warehouses",
        "form": form,
        "kind": KINDS[kind],
        "tabs": _tabs(request, kind),
        "has_warehouses": bool(queries.warehouses(request.company, active=True)),
        "known": _known(request.company, form),
    }
    return render(request, "warehouses/movement.html", facts, status=status_of(form))


def _tabs(request: CompanyRequest, current: str) -> list[dict[str, Any]]:
    """The four kinds, each with the product and the warehouse kept."""
    here = reverse("warehouses:movement", args=[request.company.slug])
    tabs = []
    for kind, label in KINDS.items():
        query = request.GET.copy()
        query["tipo"] = kind
        tabs.append({"label": label, "url": f"{here}?{query.urlencode()}", "is_current": kind == current})
    return tabs


def _product_of(company: Company, form: MovementForm) -> Product | None:
    """Return the one product that was meant; otherwise say in the form why there is none."""
    try:
        product = product_meant(company, form.cleaned_data["product"])
    except NotOne as refusal:
        form.add_error("product", str(refusal))
        return None
    if product.is_kit:
        form.add_error("product", no_stock_of_kit(str(product)))
        return None
    return product


def _known(company: Company, form: MovementForm) -> list[Any]:
    """What lies of the product that was asked for, to be seen beside the form."""
    text = str(form["product"].value() or "").strip()
    found = catalog.find_products(company, text, limit=1) if text else []
    return queries.balances(found[0]) if found else []


def _book(request: CompanyRequest, kind: str, product: Product, given: dict[str, Any]) -> str:
    """Do it, and return what was done, in words."""
    facts: dict[str, Any] = {
        "company": request.company,
        "product_id": product.pk,
        "reason": given["reason"],
        "by": request.user.email,
        "now": timezone.now(),
    }
    quantity, place = given["quantity"], number_of(given["warehouse"]) or 0
    units = plural(quantity, "unidade,unidades")
    if kind == "contagem":
        moved = operations.count_stock(warehouse_id=place, counted=quantity, **facts)
        return f"Contagem lançada: {product.code} tem {units}." if moved else "Contagem confere: nada mudou."
    if kind == "transferencia":
        target = number_of(given["target"]) or 0
        operations.transfer_stock(from_warehouse_id=place, to_warehouse_id=target, quantity=quantity, **facts)
        return f"Transferência lançada: {units} de {product.code}."
    sign, name = (1, "entry") if kind == "entrada" else (-1, "exit")
    operations.move_stock(warehouse_id=place, quantity=sign * quantity, kind=name, **facts)
    return f"{KINDS[kind]} lançada: {units} de {product.code}."
