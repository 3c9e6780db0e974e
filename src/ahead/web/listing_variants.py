"""The variations of a Produto Ecommerce: combining axes, changing rows in place, counting, removing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.catalog import listing_queries, variant_operations
from ahead.catalog.listing_rules import values_in, variant_name
from ahead.catalog.publishable import price_of
from ahead.catalog.variant_operations import VariantEntry
from ahead.lib.errors import Refused
from ahead.stock import operations as stock_operations
from ahead.stock.offering import available_of, first_warehouse, on_hand_in
from ahead.web.access import company_view
from ahead.web.filtering import number_of
from ahead.web.finding import NotOne, product_meant
from ahead.web.forms_listings import CombinationForm, NewVariantForm, VariantForm
from ahead.web.listings import head
from ahead.web.templatetags.formats import plural

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from ahead.catalog.models import Listing, ListingVariant
    from ahead.stock.models import Warehouse
    from ahead.web.access import CompanyRequest


@dataclass
class Row:
    """One variation with its form and its stock."""

    variant: ListingVariant
    form: VariantForm
    available: int | None
    price: Any

    @property
    def name(self) -> str:
        """How the variation is called."""
        return variant_name((self.variant.value_1, self.variant.value_2))


@company_view(writes="operator")
def variants(request: CompanyRequest, listing_id: int) -> HttpResponse:
    """Show the variations, and change them all at once, in the order in which they were sent."""
    one = listing_queries.listing(request.company, listing_id)
    rows, place = _rows(request, one, request.POST)
    wrong = [row for row in rows if row.form.is_bound and not row.form.is_valid()]
    if request.method == "POST" and not wrong:
        try:
            saved = _save(request, one, rows, place)
        except Refused as refusal:
            return _page(request, one, rows=rows, place=place, refusal=str(refusal), status=422)
        messages.success(request, saved)
        return redirect("listings:variants", request.company.slug, one.pk)
    return _page(request, one, rows=rows, place=place, status=422 if wrong else 200)


def _page(
    request: CompanyRequest,
    one: Listing,
    *,
    rows: list[Row],
    place: Warehouse | None,
    refusal: str = "",
    status: int = 200,
    combining: forms.Form | None = None,
    adding: forms.Form | None = None,
) -> HttpResponse:
    facts = {
        **head(request, one, "variants"),
        "rows": rows,
        "place": place,
        "refusal": refusal,
        "combining": combining or CombinationForm(initial={"axis_1": one.axis_1, "axis_2": one.axis_2}),
        "adding": adding or NewVariantForm(prefix="nova", axes=(one.axis_1, one.axis_2)),
    }
    return render(request, "listings/variants.html", facts, status=status)


def _rows(request: CompanyRequest, one: Listing, sent: Mapping[str, Any]) -> tuple[list[Row], Warehouse | None]:
    """The variations with their forms: as they were sent and in that order, where they were."""
    order = _order_of(request) if sent else []
    found = listing_queries.variants_of(one)
    place = first_warehouse(request.company, one.store_id)
    ids = {variant.product_id for variant in found if variant.product_id is not None}
    on_hand = on_hand_in(place, ids) if place else {}
    available = available_of(request.company, found)
    rows = [
        Row(
            variant,
            # a row that came in between is shown as it is: what was sent knows nothing of it
            _form(one, variant, on_hand.get(variant.product_id or 0, 0), sent if variant.pk in order else None),
            available.get(variant.pk),
            price_of(one, variant),
        )
        for variant in found
    ]
    if not may(request.membership.role, "operator"):
        for field in (field for row in rows for field in row.form.fields.values()):
            field.disabled = True
    rows.sort(key=lambda row: order.index(row.variant.pk) if row.variant.pk in order else len(order))
    return rows, place


def _form(one: Listing, variant: ListingVariant, on_hand: int, sent: Mapping[str, Any] | None) -> VariantForm:
    product = variant.product
    initial = {
        "value_1": variant.value_1,
        "value_2": variant.value_2,
        "product": product.code if product else "",
        "reference": variant.reference,
        "gtin": product.gtin if product else "",
        "price": variant.price,
        "promotional_price": variant.promotional_price,
        "safety_stock": variant.safety_stock,
        "counted": on_hand if product else None,
        "counted_before": on_hand if product else None,
    }
    return VariantForm(sent, prefix=f"v{variant.pk}", initial=initial, axes=(one.axis_1, one.axis_2))


def _order_of(request: CompanyRequest) -> list[int]:
    """The ids in the order of the page, with the one that was asked to move moved."""
    ids = [pk for text in request.POST.getlist("variante") if (pk := number_of(text)) is not None]
    return moved(ids, request.POST.get("mover", ""))


def moved(ids: list[int], asked: str) -> list[int]:
    """Return ids with one of them one place up ("7:-1") or down ("7:1"); anything odd changes nothing."""
    text, _, direction = asked.partition(":")
    pk = number_of(text)
    if pk not in ids or direction not in {"-1", "1"}:
        return ids
    at = ids.index(pk)
    to = min(max(at + int(direction), 0), len(ids) - 1)
    ids[at], ids[to] = ids[to], ids[at]
    return ids


def _save(request: CompanyRequest, one: Listing, rows: list[Row], place: Warehouse | None) -> str:
    """Save the rows, then book what was counted, and return what was done."""
    sent = [row for row in rows if row.form.is_bound]
    entries = [_entry(request, row) for row in sent]
    _check_counted(sent, entries)
    variant_operations.save_variants(
        company=request.company, listing_id=one.pk, entries=entries, by=request.user.email, now=timezone.now()
    )
    counts = [_count(request, row, place) for row in sent] if place else []
    counted = sum(counts)
    return (
        f"Variações gravadas. {plural(counted, 'contagem lançada,contagens lançadas')}."
        if counted
        else ("Variações gravadas.")
    )


def _entry(request: CompanyRequest, row: Row) -> VariantEntry:
    given = row.form.cleaned_data
    return VariantEntry(
        variant_id=row.variant.pk,
        product_id=_product_id(request, row, given["product"].strip()),
        value_1=given["value_1"],
        value_2=given["value_2"],
        reference=given["reference"],
        gtin=given["gtin"],
        price=given["price"],
        promotional_price=given["promotional_price"],
        safety_stock=given["safety_stock"],
        before=variant_operations.entry_of(row.variant),
    )


def _product_id(request: CompanyRequest, row: Row, text: str) -> int | None:
    product = row.variant.product
    if not text or (product and product.code == text):
        return row.variant.product_id
    return product_meant(request.company, text).pk


def _check_counted(rows: list[Row], entries: list[VariantEntry]) -> None:
    """Refuse a count beside a product that changes, or changed: the number it stands in for was of the one before."""
    wrong = [
        row
        for row, entry in zip(rows, entries, strict=True)
        if row.form.units_counted() is not None
        and (entry.product_id != row.variant.product_id or row.form.was_moved("product"))
    ]
    for row in wrong:
        row.form.add_error("counted", "Grave o produto primeiro, e conte depois.")
    if wrong:
        raise Refused("Uma linha troca o produto e conta o estoque ao mesmo tempo. Ela está marcada abaixo.")


def _count(request: CompanyRequest, row: Row, place: Warehouse) -> bool:
    """Book what was counted, if anything was."""
    counted = row.form.units_counted()
    if counted is None or row.variant.product_id is None:
        return False
    stock_operations.count_stock(
        company=request.company,
        product_id=row.variant.product_id,
        warehouse_id=place.pk,
        counted=counted,
        reason=f"Contagem em «{row.variant.listing.title}»",
        by=request.user.email,
        now=timezone.now(),
    )
    return True


@company_view(methods=("POST",))
def combine(request: CompanyRequest, listing_id: int) -> HttpResponse:
    """Make the combinations of two axes that are missing."""
    one = listing_queries.listing(request.company, listing_id)
    form = CombinationForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = variant_operations.generate_variants(
                company=request.company,
                listing_id=one.pk,
                axes=(given["axis_1"], given["axis_2"]),
                values_1=values_in(given["values_1"]),
                values_2=values_in(given["values_2"]),
                makes_products=given["makes_products"],
                by=request.user.email,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{plural(made, 'variação criada,variações criadas')}.")
            return redirect("listings:variants", request.company.slug, one.pk)
    return _again(request, one, combining=form)


@company_view(methods=("POST",))
def add(request: CompanyRequest, listing_id: int) -> HttpResponse:
    """Add one variation that is a product of ours."""
    one = listing_queries.listing(request.company, listing_id)
    form = NewVariantForm(request.POST, prefix="nova", axes=(one.axis_1, one.axis_2))
    if form.is_valid():
        given = form.cleaned_data
        try:
            product = product_meant(request.company, given["product"])
            variant_operations.add_variant(
                company=request.company,
                listing_id=one.pk,
                product_id=product.pk,
                values=(given["value_1"], given["value_2"]),
                by=request.user.email,
                now=timezone.now(),
            )
        except NotOne as refusal:
            form.add_error("product", str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Variação de {product.code} criada.")
            return redirect("listings:variants", request.company.slug, one.pk)
    return _again(request, one, adding=form)


def _again(
    request: CompanyRequest, one: Listing, *, combining: forms.Form | None = None, adding: forms.Form | None = None
) -> HttpResponse:
    """Draw the page with another of its forms as it was refused."""
    rows, place = _rows(request, one, {})
    return _page(request, one, rows=rows, place=place, status=422, combining=combining, adding=adding)


@company_view(methods=("POST",))
def remove(request: CompanyRequest, listing_id: int, variant_id: int) -> HttpResponse:
    """Take a variation away."""
    one = listing_queries.listing(request.company, listing_id)
    try:
        is_gone = variant_operations.remove_variant(
            company=request.company, listing_id=one.pk, variant_id=variant_id, by=request.user.email, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        later = "" if is_gone else " Ela sai do Tray na próxima sincronização."
        messages.success(request, f"Variação removida.{later}")
    return redirect("listings:variants", request.company.slug, one.pk)
