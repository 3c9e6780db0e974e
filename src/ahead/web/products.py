"""Produtos: the list, its spreadsheet, one product and why its numbers are what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.catalog import operations, queries
from ahead.lib.errors import Refused
from ahead.orders import queries as orders
from ahead.stock import queries as stock
from ahead.web.access import company_view
from ahead.web.forms_products import ProductFilter, ProductForm, initial_of
from ahead.web.listing import chosen_ids, list_response, page_number, shown, sort_of
from ahead.web.refusing import put_refusal, status_of
from ahead.web.streaming import READ_AT_ONCE, every_row, streamed_csv
from ahead.web.trail import recent_trail

if TYPE_CHECKING:
    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.accounts.models import Company
    from ahead.catalog.queries import ProductRow
    from ahead.orders.models import Order
    from ahead.stock.queries import Explanation
    from ahead.web.access import CompanyRequest

_SORTS = {
    "codigo": "code",
    "descricao": "name",
    "referencia": "reference",
    "preco": "price",
    "em-maos": "on_hand",
    "reservado": "reserved",
    "livre": "available",
}
_ORDERS_NAMED = 200


@company_view(methods=("GET", "HEAD"))
def product_list(request: CompanyRequest) -> HttpResponse:
    """Show the products with their stock."""
    form = ProductFilter(request.GET, warehouses=stock.warehouses(request.company))
    sort = sort_of(request, _SORTS, "code")
    page = queries.products(request.company, **form.wanted(), sort=sort, page=page_number(request))
    facts = {
        "nav": "products",
        "form": form,
        "page": page,
        "shown": shown(page),
        "may_write": may(request.membership.role, "operator"),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return list_response(request, "products", facts)


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected products, or all that match the filters, as a file."""
    form = ProductFilter(request.GET, warehouses=stock.warehouses(request.company))
    header = ("Código", "Descrição", "Referência", "GTIN", "NCM", "Unidade", "Marca", "Peso (g)", "Custo", "Preço")
    wanted = {**form.wanted(), "sort": sort_of(request, _SORTS, "code"), "ids": chosen_ids(request, "produto")}
    rows = every_row(lambda number: queries.products(request.company, **wanted, page=number, size=READ_AT_ONCE))
    stocked = (*header, "Em mãos", "Reservado", "Livre", "Anúncios", "Ativo")
    return streamed_csv("produtos", stocked, map(_sheet_row, rows))


def _sheet_row(row: ProductRow) -> tuple[object, ...]:
    one = row.product
    fiscal = (one.code, one.name, one.reference, one.gtin, one.ncm, one.unit, one.brand, one.weight_g)
    figures = (one.cost, one.price, row.on_hand, row.reserved, row.available, row.listings)
    return (*fiscal, *figures, "sim" if one.is_active else "não")


@company_view(writes="operator")
def new(request: CompanyRequest) -> HttpResponse:
    """Register a product."""
    form = ProductForm(request.POST or None)
    if form.is_valid():
        try:
            product = operations.create_product(
                company=request.company, by=request.user.email, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, f"Produto {product.code} cadastrado. Agora lance o estoque dele.")
            return redirect("products:product", request.company.slug, product.pk)
    return render(request, "products/form.html", {"nav": "products", "form": form}, status=status_of(form))


@company_view(writes="operator")
def edit(request: CompanyRequest, product_id: int) -> HttpResponse:
    """Change a product."""
    product = queries.product(request.company, product_id)
    form = ProductForm(request.POST or None, initial=initial_of(product))
    if form.is_valid():
        try:
            operations.update_product(
                company=request.company,
                product_id=product.pk,
                by=request.user.email,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, "Produto gravado.")
            return redirect("products:product", request.company.slug, product.pk)
    facts = {"nav": "products", "form": form, "product": product}
    return render(request, "products/form.html", facts, status=status_of(form))


@company_view(methods=("GET", "HEAD"))
def product(request: CompanyRequest, product_id: int) -> HttpResponse:
    """Show one product: why its numbers are what they are, its ledger, its listings, its trail."""
    explained = stock.why(request.company, product_id)
    ledger = stock.movements(explained.product, page=page_number(request))
    facts = {
        "nav": "products",
        "product": explained.product,
        "why": explained,
        "promised": _promised(request.company, explained),
        "ledger": ledger,
        "shown": shown(ledger),
        "may_write": may(request.membership.role, "operator"),
        "events": recent_trail(request.company, "product", product_id),
    }
    return render(request, "products/product.html", facts)


def _promised(company: Company, explained: Explanation) -> list[dict[str, Any]]:
    """Each warehouse with its open reservations and the orders they are for."""
    ids = {one.order_id for place in explained.warehouses for one in place.reservations}
    wanted = sorted(ids, reverse=True)[:_ORDERS_NAMED]
    found = orders.orders_for_export(company, orders.OrderFilter(), ids=wanted) if wanted else ()
    by_id: dict[int, Order] = {order.pk: order for order in found}
    return [
        {"place": place, "lines": [(one, by_id.get(one.order_id)) for one in place.reservations]}
        for place in explained.warehouses
    ]


@company_view(methods=("POST",))
def activate(request: CompanyRequest, product_id: int) -> HttpResponse:
    """Put a product in use."""
    return _set_active(request, product_id, active=True)


@company_view(methods=("POST",))
def deactivate(request: CompanyRequest, product_id: int) -> HttpResponse:
    """Put a product out of use."""
    return _set_active(request, product_id, active=False)


def _set_active(request: CompanyRequest, product_id: int, *, active: bool) -> HttpResponse:
    one = operations.set_active(
        company=request.company, product_id=product_id, active=active, by=request.user.email, now=timezone.now()
    )
    messages.success(request, f"Produto {one.code} {'ativado' if active else 'desativado'}.")
    return redirect("products:product", request.company.slug, product_id)


@company_view(methods=("POST",))
def unlink(request: CompanyRequest, variant_id: int) -> HttpResponse:
    """Undo the link between a listing and its product."""
    before = queries.variant(request.company, variant_id)
    operations.unlink_variant(company=request.company, variant_id=variant_id, by=request.user.email, now=timezone.now())
    messages.success(request, f"Vínculo com “{before.listing.title}” desfeito. Pedidos novos dele ficam retidos.")
    if before.product_id is None:
        return redirect("products:list", request.company.slug)
    return redirect("products:product", request.company.slug, before.product_id)


@company_view(methods=("GET", "HEAD"))
def options(request: CompanyRequest) -> HttpResponse:
    """Suggest products for what was typed so far."""
    # where a form has several, each is called after its row: "v12-product"
    typed = next((request.GET.get(name, "") for name in request.GET if name.endswith("product")), "")
    found = queries.find_products(request.company, typed, limit=12)
    return render(request, "products/_options.html", {"products": found})
