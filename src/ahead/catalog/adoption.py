"""Taking over a listing that a store has already: AHEAD says it from then on, beginning with what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.catalog.kit_operations import set_components
from ahead.catalog.kit_rules import Component
from ahead.catalog.listing_operations import record_listing
from ahead.catalog.listing_rules import WrongListing, axes_text, clean_address
from ahead.catalog.models import (
    Category,
    Listing,
    ListingCategory,
    ListingImage,
    ListingPublication,
    ListingSpecification,
    ListingVariant,
    Product,
    VariantPublication,
)
from ahead.catalog.operations import create_product
from ahead.catalog.rich_text import LONGEST, TooLong, clean_description
from ahead.catalog.rules import WrongProduct, clean_gtin, clean_ncm

_LONGEST_CODE = 30
_TEXTS = {
    "description_small": 500,
    "availability": 120,
    "page_title": 200,
    "keywords": 256,
    "meta_description": 256,
}


class CannotAdopt(WrongListing):
    """The listing cannot be taken over as it is; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SeenSku:
    """One sellable thing of a listing as Tray shows it; `tray_variant_id` 0 is the product itself."""

    tray_variant_id: int
    values: tuple[str, ...]
    reference: str
    gtin: str
    price: Decimal
    promotional_price: Decimal | None
    cost: Decimal
    weight_g: int
    units: int


@dataclass(frozen=True, slots=True)
class SeenComponent:
    """One component of a kit as Tray shows it."""

    tray_product_id: int
    quantity: int
    price_rule: str
    discount_type: str
    discount_value: Decimal


@dataclass(frozen=True, slots=True)
class SeenListing:
    """A listing as Tray shows it in full."""

    title: str
    reference: str
    brand: str
    model: str
    warranty: str
    ncm: str
    sizes_cm: tuple[int, int, int]
    category_tray_id: int | None
    more_category_tray_ids: tuple[int, ...]
    description: str
    description_small: str
    price: Decimal
    is_price_on_request: bool
    promotional_price: Decimal | None
    promotion_starts_on: date | None
    promotion_ends_on: date | None
    is_visible: bool
    availability: str
    availability_days: int
    is_virtual: bool
    releases_on: date | None
    page_title: str
    keywords: str
    meta_description: str
    axes: tuple[str, ...]
    skus: tuple[SeenSku, ...]
    components: tuple[SeenComponent, ...]
    specifications: tuple[tuple[str, str], ...]
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a take-over came to: the products made for it, with the units Tray shows of each, and what was left out."""

    listing: Listing
    made: tuple[tuple[Product, int], ...]
    shown: tuple[tuple[int, int], ...]  # variant, units
    notes: tuple[str, ...]


@transaction.atomic
def adopt_listing(*, company: Company, listing_id: int, seen: SeenListing, by: str, now: datetime) -> Adopted:
    """
    Make a listing that was only seen at Tray AHEAD's own, as Tray shows it; products that are missing are made.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises CannotAdopt: if it is a kit whose components are not known, or a variant cannot be told from another.
    """
    listing: Listing = Listing.objects.of(company).select_for_update(of=("self",)).get(pk=listing_id)
    if listing.is_managed:
        return Adopted(listing, (), (), ())
    notes: list[str] = []
    variants = _variants(listing, seen)
    made = []
    for sku, variant in variants:
        if variant.product is None:
            variant.product = _new_product(company, listing, seen, sku, by=by, now=now)
            variant.linked_by, variant.linked_at, variant.unlinked_at = by, now, None
            made.append((variant.product, sku.units))
        _copy_sku(variant, seen, sku)
        variant.save()
    if listing.is_kit:
        _compose(company, listing, variants[0][1].product, seen, by=by, now=now)
    _copy(listing, seen, now, notes)
    _copy_lists(listing, seen, notes)
    ListingPublication.objects.of(company).get_or_create(listing=listing, defaults={"company": company})
    for _, variant in variants if listing.has_variants else ():
        VariantPublication.objects.of(company).get_or_create(variant=variant, defaults={"company": company})
    record_listing("adopted", listing, f"AHEAD passa a cuidar do anúncio «{listing.title}»", by=by, now=now)
    shown = tuple((variant.pk, sku.units) for sku, variant in variants)
    return Adopted(listing, tuple(made), shown, tuple(notes))


def _variants(listing: Listing, seen: SeenListing) -> list[tuple[SeenSku, ListingVariant]]:
    if not seen.skus:
        raise CannotAdopt(f"O Tray não mostra nenhuma variação de «{listing.title}».")
    rows = {row.tray_variant_id: row for row in listing.variants.select_related("product")}
    unknown = [sku for sku in seen.skus if sku.tray_variant_id not in rows]
    if unknown:
        raise CannotAdopt(f"«{listing.title}» mudou no Tray desde a última leitura. Sincronize e tente de novo.")
    return [(sku, rows[sku.tray_variant_id]) for sku in seen.skus]


def _new_product(
    company: Company, listing: Listing, seen: SeenListing, sku: SeenSku, *, by: str, now: datetime
) -> Product:
    """Make the product behind a SKU; what Tray says of it and we would not take (a wrong GTIN) is left out."""
    values = f" {' '.join(sku.values)}" if sku.values else ""
    length, width, height = seen.sizes_cm
    reference = sku.reference or ("" if sku.values else seen.reference)
    return create_product(
        company=company,
        code=_free_code(company, reference, f"T{sku.tray_variant_id or listing.tray_id}"),
        name=f"{seen.title}{values}"[:200],
        reference=reference if _is_free(company, reference) else "",
        gtin=_valid(clean_gtin, sku.gtin),
        ncm=_valid(clean_ncm, seen.ncm),
        brand=seen.brand[:120],
        model=seen.model[:150],
        warranty=seen.warranty[:250],
        weight_g=sku.weight_g,
        length_cm=length,
        width_cm=width,
        height_cm=height,
        cost=sku.cost,
        price=sku.price,
        is_kit=listing.is_kit,
        by=by,
        now=now,
    )


def _free_code(company: Company, reference: str, fallback: str) -> str:
    code = reference if reference and len(reference) <= _LONGEST_CODE else fallback
    taken = Product.objects.of(company).filter(code__startswith=code[:20]).values_list("code", flat=True)
    known, number, free = set(taken), 1, code
    while free in known:
        number += 1
        free = f"{code[: _LONGEST_CODE - 5]}-{number}"
    return free


def _is_free(company: Company, reference: str) -> bool:
    return not Product.objects.of(company).filter(reference=reference).exists()


def _valid(clean: Callable[[str], str], text: str) -> str:
    try:
        return clean(text)
    except WrongProduct:
        return ""


def _copy_sku(variant: ListingVariant, seen: SeenListing, sku: SeenSku) -> None:
    variant.reference = sku.reference or variant.reference
    variant.position = seen.skus.index(sku)
    variant.value_1, variant.value_2 = (*(value[:60] for value in sku.values), "", "")[:2]
    variant.axes = axes_text(seen.axes, sku.values)
    product = variant.product
    is_own = product is not None and sku.price not in {seen.price, product.price}
    variant.price = sku.price if seen.axes and (is_own or sku.price != seen.price) else None
    if seen.axes and sku.promotional_price != seen.promotional_price:
        variant.promotional_price = sku.promotional_price


def _compose(
    company: Company, listing: Listing, kit: Product | None, seen: SeenListing, *, by: str, now: datetime
) -> None:
    """Give the kit the components that Tray shows, unless it has its own already."""
    if kit is None or kit.components.exists():
        return
    ids = [one.tray_product_id for one in seen.components]
    rows = ListingVariant.objects.of(company).filter(
        store_id=listing.store_id, tray_product_id__in=ids, tray_variant_id=0, product__isnull=False
    )
    products: Mapping[int | None, int | None] = dict(rows.values_list("tray_product_id", "product_id"))
    units: dict[int, Component] = {}
    for one in seen.components:
        product_id = products.get(one.tray_product_id)
        if product_id is None:
            raise CannotAdopt(
                f"O kit «{listing.title}» tem um componente ({one.tray_product_id} no Tray) que ainda não é um produto "
                "do AHEAD. Traga ou vincule o componente antes."
            )
        before = units[product_id].quantity if product_id in units else 0
        units[product_id] = Component(
            product_id, before + one.quantity, one.price_rule, one.discount_type, one.discount_value
        )
    set_components(company=company, product_id=kit.pk, components=list(units.values()), by=by, now=now)


def _copy(listing: Listing, seen: SeenListing, now: datetime, notes: list[str]) -> None:
    listing.is_managed, listing.is_draft, listing.is_dirty = True, False, False
    listing.adoption_asked_at = None
    listing.created_at, listing.updated_at = now, now
    listing.title, listing.reference = seen.title[:200], seen.reference[:120]
    listing.category = (
        Category.objects.of(listing.company_id)
        .filter(store_id=listing.store_id, tray_id=seen.category_tray_id, removed_at=None)
        .first()
    )
    try:
        listing.description = clean_description(seen.description)
    except TooLong:
        notes.append(f"a descrição passa de {LONGEST} letras e ficou vazia aqui")
    for name, longest in _TEXTS.items():
        setattr(listing, name, getattr(seen, name)[:longest])
    for name in ("is_price_on_request", "promotion_starts_on", "promotion_ends_on", "is_visible", "is_virtual"):
        setattr(listing, name, getattr(seen, name))
    listing.price = None if listing.is_kit else seen.price
    listing.promotional_price = seen.promotional_price
    listing.availability_days, listing.releases_on = seen.availability_days, seen.releases_on
    listing.axis_1, listing.axis_2 = (*(axis[:60] for axis in seen.axes), "", "")[:2]
    listing.save()


def _copy_lists(listing: Listing, seen: SeenListing, notes: list[str]) -> None:
    more = Category.objects.of(listing.company_id).filter(
        store_id=listing.store_id, tray_id__in=seen.more_category_tray_ids, removed_at=None
    )
    ListingCategory.objects.bulk_create(
        [
            ListingCategory(company_id=listing.company_id, listing=listing, category=category)
            for category in more
            if category.pk != listing.category_id
        ],
        ignore_conflicts=True,
    )
    said = dict(seen.specifications)
    ListingSpecification.objects.bulk_create(
        [
            ListingSpecification(
                company_id=listing.company_id, listing=listing, name=name[:100], value=value[:100], position=place
            )
            for place, (name, value) in enumerate(said.items())
        ],
        ignore_conflicts=True,
    )
    ListingImage.objects.bulk_create(
        [
            ListingImage(company_id=listing.company_id, listing=listing, url=url, position=place)
            for place, url in enumerate(_usable(seen.images, notes))
        ]
    )


def _usable(images: Sequence[str], notes: list[str]) -> list[str]:
    found = []
    for url in images:
        try:
            found.append(clean_address(url))
        except WrongListing:
            notes.append(f"a imagem {url[:60]} não pode ser usada daqui")
    return found


@transaction.atomic
def ask_adoption(*, company: Company, listing_ids: Sequence[int], by: str, now: datetime) -> int:
    """Have the next sync take these listings over; return how many. Those that are AHEAD's, or gone, are left out."""
    rows = Listing.objects.of(company).filter(pk__in=list(listing_ids), is_managed=False, gone_at=None)
    asked = rows.update(adoption_asked_at=now, adoption_asked_by=by)
    if asked:
        record(
            "catalog.adoption.asked",
            company_id=company.pk,
            subject=("company", company.pk),
            text=f"Pedido para trazer {asked} Produtos Ecommerce do Tray",
            by=by,
            at=now,
        )
    return asked
