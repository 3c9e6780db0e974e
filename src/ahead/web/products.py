"""Produtos: the list, its spreadsheet, one product and why its numbers are what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.catalog import kit_operations, kit_queries, operations, queries
from ahead.lib.errors import Refused
from ahead.orders import queries as orders
from ahead.spreadsheets import exporting
from ahead.stock import kits as stock_kits
from ahead.stock import queries as stock
from ahead.web import kit_entry
from ahead.web.access import company_view
from ahead.web.filtering import chosen_ids
from ahead.web.forms_products import FIELDS, ProductFilter, ProductForm, initial_of
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.refusing import put_refusal, status_of
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response
from ahead.web.trail import recent_trail

if TYPE_CHECKING:
    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.accounts.models import Company
    from ahead.catalog.models import Product
    from ahead.catalog.operations import ProductChanges
    from ahead.catalog.queries import ProductRow
    from ahead.orders.models import Order
    from ahead.stock.queries import Explanation
    from ahead.web.access import CompanyRequest
    from ahead.web.kit_entry import PartRow

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
    assembled = stock_kits.kits_in_hand(request.company, [row.product.pk for row in page.rows if row.product.is_kit])
    facts = {
        "nav": "products",
        "form": form,
        "page": page,
        "shown": shown(page),
        "rows": [(row, assembled.get(row.product.pk)) for row in page.rows],
        "may_write": may(request.membership.role, "operator"),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return list_response(request, "products", facts)


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected products, or all that match the filters, as a file."""
    form = ProductFilter(request.GET, warehouses=stock.warehouses(request.company))
    wanted = {**form.wanted(), "sort": sort_of(request, _SORTS, "code"), "ids": chosen_ids(request, "produto")}
    rows = every_row(lambda number: queries.products(request.company, **wanted, page=number, size=READ_AT_ONCE))
    stocked = (*exporting.header("products"), "Kit", "Em mãos", "Reservado", "Livre", "Anúncios")
    return sheet_response(request, "produtos", stocked, map(_sheet_row, rows))


def _sheet_row(row: ProductRow) -> tuple[object, ...]:
    figures = (row.product.is_kit, row.on_hand, row.reserved, row.available, row.listings)
    return (*exporting.product_cells(row.product), *figures)


@company_view(writes="operator")
def new(request: CompanyRequest) -> HttpResponse:
    """Register a product."""
    form = ProductForm(request.POST or None)
    rows = kit_entry.typed_rows(request.POST)
    if form.is_valid() and (saved := _save(request, form, rows, None)):
        then = "Ele já pode ser anunciado." if saved.is_kit else "Agora lance o estoque dele."
        messages.success(request, f"Produto {saved.code} cadastrado. {then}")
        return redirect("products:product", request.company.slug, saved.pk)
    return _form(request, form, rows)


@company_view(writes="operator")
def edit(request: CompanyRequest, product_id: int) -> HttpResponse:
    """Change a product."""
    product = queries.product(request.company, product_id)
    form = ProductForm(request.POST or None, initial=initial_of(product))
    there = kit_entry.rows_of(kit_queries.composition(product) if product.is_kit else None)
    rows = kit_entry.typed_rows(request.POST) if request.method == "POST" else there
    lines = form.follow_lines(
        "components", "Os componentes", now=[row.cells for row in there], sent=[row.cells for row in rows]
    )
    if lines == [row.cells for row in there]:
        rows = there
    if form.is_valid() and _save(request, form, rows, product):
        messages.success(request, "Produto gravado.")
        return redirect("products:product", request.company.slug, product.pk)
    return _form(request, form, rows, product)


def _save(request: CompanyRequest, form: ProductForm, rows: list[PartRow], product: Product | None) -> Product | None:
    """Save what was typed; what is not valid is noted in the form or on the lines, and nothing is kept."""
    is_kit = form.cleaned_data["is_kit"]
    components = kit_entry.components_of(request.company, rows) if is_kit else []
    if is_kit and any(row.error for row in rows):
        form.add_error(None, "Confira os componentes marcados.")
        return None
    try:
        return kit_operations.save_product(
            company=request.company,
            product_id=product.pk if product else None,
            fields=cast("ProductChanges", form.cleaned_data),
            components=components,
            before={name: getattr(product, name) for name in (*FIELDS, "is_kit")} if product else None,
            by=request.user.email,
            now=timezone.now(),
        )
    except Refused as refusal:
        put_refusal(form, refusal)
        return None


def _form(
    request: CompanyRequest, form: ProductForm, rows: list[PartRow], product: Product | None = None
) -> HttpResponse:
    facts = {
        "nav": "products",
        "form": form,
        "product": product,
        "rows": kit_entry.with_blanks(rows),
        "prices": kit_entry.PRICES,
        "at_tray": kit_queries.kits_at_tray(product) if product and product.is_kit else [],
        **_figures(request, rows),
    }
    return render(request, "products/form.html", facts, status=status_of(form))


def _figures(request: CompanyRequest, rows: list[PartRow]) -> dict[str, Any]:
    components = kit_entry.components_of(request.company, rows)
    return {"planned": kit_queries.planned(request.company, components)} if components else {}


@company_view(writes="operator", methods=("GET", "HEAD"))
def kit_figures(request: CompanyRequest) -> HttpResponse:
    """Say what the components typed so far cost and weigh together."""
    return render(request, "products/_kit_figures.html", _figures(request, kit_entry.typed_rows(request.GET)))


@company_view(methods=("GET", "HEAD"))
def product(request: CompanyRequest, product_id: int) -> HttpResponse:
    """Show one product: why its numbers are what they are, its ledger, its listings, its trail."""
    explained = stock.why(request.company, product_id)
    ledger = stock.movements(explained.product, page=page_number(request))
    composition = kit_queries.composition(explained.product) if explained.kit else None
    facts = {
        "nav": "products",
        "product": explained.product,
        "why": explained,
        "promised": _promised(request.company, explained),
        "ledger": ledger,
        "shown": shown(ledger),
        "may_write": may(request.membership.role, "operator"),
        "events": recent_trail(request.company, "product", product_id),
        "composition": composition,
        "parts": list(zip(composition.parts, explained.kit.parts, strict=True))
        if composition and explained.kit
        else [],
        "kits": kit_queries.kits_with(explained.product),
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
    try:
        one = operations.set_active(
            company=request.company, product_id=product_id, active=active, by=request.user.email, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("products:product", request.company.slug, product_id)
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
