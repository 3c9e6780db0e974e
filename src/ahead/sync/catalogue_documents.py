"""What AHEAD wants Tray to say of a category, a listing and its variants: rows in, documents in Tray's words out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from ahead.catalog.models import Category, Listing, ListingVariant, Product
from ahead.catalog.pictures import public_address
from ahead.catalog.publishable import missing_of_many, price_of, promotional_price_of
from ahead.lib.money import ZERO
from ahead.stores.models import Store

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KitLine:
    """One component of a kit as Tray is told of it."""

    tray_product_id: int
    quantity: int
    price_rule: str
    discount_type: str
    discount_value: str

    def as_list(self) -> list[Any]:
        """Return it as it is kept of what was confirmed."""
        return [self.tray_product_id, self.quantity, self.price_rule, self.discount_type, self.discount_value]


@dataclass(frozen=True, slots=True)
class WantedVariant:
    """What a variant should say at Tray."""

    row: ListingVariant
    fields: Document
    images: list[str]


@dataclass(frozen=True, slots=True)
class WantedListing:
    """What a listing should say at Tray, by part."""

    row: Listing
    fields: Document
    images: list[str]
    specifications: dict[str, str]
    kit: list[KitLine]
    variants: list[WantedVariant]
    missing: list[str] = field(default_factory=list)  # what stands in the way of writing it, in the user's words

    def document(self) -> Document:
        """Return all parts as they are kept of what was sent and confirmed."""
        return {
            "fields": self.fields,
            "images": self.images,
            "specifications": self.specifications,
            "kit": [line.as_list() for line in self.kit],
        }


def category_document(category: Category, parent_tray_id: int | None) -> Document:
    """Return what Tray should say of a category; its order is its code."""
    return {
        "name": category.name,
        "parent_id": str(parent_tray_id or ""),
        "order": str(category.code),
        "description": category.description,
        "small_description": category.small_description,
        "title": category.title,
        "slug": category.slug,
        "metatag": _category_metatag(category),
    }


def _category_metatag(category: Category) -> Document | str:
    if not (category.keywords or category.meta_description):
        return ""
    return {"keywords": category.keywords, "description": category.meta_description}


def wanted_listings(store: Store, listing_ids: Iterable[int]) -> list[WantedListing]:
    """Return what these listings should say, in the order of their ids; a handful of queries for all of them."""
    variants = ListingVariant.objects.of(store.company_id).select_related("product", "publication", "published")
    rows = (
        Listing.objects.of(store.company_id)
        .filter(pk__in=list(listing_ids), store=store)
        .select_related("category", "publication")
        .prefetch_related(
            Prefetch("variants", queryset=variants.order_by("position", "pk")),
            "images__picture",
            "specifications",
            "additional_categories__category",
            "variants__product__components__product",
        )
        .order_by("pk")
    )
    listings = list(rows)
    at_tray = _component_ids(store, listings)
    missing = missing_of_many(listings)
    return [_wanted(listing, at_tray, [one.text for one in missing[listing.pk]]) for listing in listings]


def _component_ids(store: Store, listings: Sequence[Listing]) -> dict[int, int]:
    """Return the product ids at Tray of the components of these kits: a kit is made of products without variants."""
    wanted = {
        component.product_id
        for listing in listings
        if listing.is_kit
        for variant in listing.variants.all()
        if variant.product
        for component in variant.product.components.all()
    }
    rows = ListingVariant.objects.of(store.company_id).filter(
        store=store,
        product__in=wanted,
        tray_variant_id=0,
        tray_product_id__isnull=False,
        listing__gone_at=None,
        listing__has_variants=False,
        listing__is_kit=False,
    )
    found = rows.order_by("-pk").values_list("product_id", "tray_product_id")
    return {product: tray_id for product, tray_id in found if product and tray_id}


def _wanted(listing: Listing, at_tray: Mapping[int, int], missing: list[str]) -> WantedListing:
    variants = [
        row
        for row in listing.variants.all()
        if row.removed_at is None and not (listing.has_variants and row.tray_variant_id == 0)
    ]
    images = _images(listing, missing)
    first = variants[0] if variants else None
    if listing.category and listing.category.tray_id is None:
        missing.append(f"A categoria {listing.category} ainda não está no Tray.")
    kit = _kit(first.product, at_tray, missing) if listing.is_kit and first and first.product else []
    return WantedListing(
        row=listing,
        fields=_product_fields(listing, first),
        images=images.get(None, []),
        specifications={one.name: one.value for one in listing.specifications.all()},
        kit=kit,
        variants=[
            WantedVariant(row, _variant_fields(listing, row), images.get(row.pk, []))
            for row in variants
            if listing.has_variants
        ],
        missing=missing,
    )


def _images(listing: Listing, missing: list[str]) -> dict[int | None, list[str]]:
    """Return the addresses of the pictures, by variant."""
    found: dict[int | None, list[str]] = {}
    for image in listing.images.all():
        address = public_address(image.picture) if image.picture else image.url
        found.setdefault(image.variant_id, []).append(address)
    if not all(address for addresses in found.values() for address in addresses):
        missing.append(
            "O Tray não tem como buscar as imagens enviadas: falta o endereço público do AHEAD (AHEAD_PUBLIC_URL). "
            "Peça a quem o instalou, ou use imagens que já estão na internet."
        )
    return found


def _product_fields(listing: Listing, first: ListingVariant | None) -> Document:
    product = first.product if first else None
    fields = {
        "name": listing.title,
        "reference": listing.reference,
        "brand": product.brand if product else "",
        "model": product.model if product else "",
        "warranty": product.warranty if product else "",
        "ncm": product.ncm if product else "",
        "description": listing.description,
        "description_small": listing.description_small,
        "category_id": str((listing.category and listing.category.tray_id) or ""),
        "related_categories": sorted(
            str(one.category.tray_id) for one in listing.additional_categories.all() if one.category.tray_id
        ),
        "available": _flag(listing.is_visible),
        "availability": listing.availability,
        "availability_days": str(listing.availability_days),
        "virtual_product": _flag(listing.is_virtual),
        "release_date": _day(listing.releases_on),
        "title": listing.page_title,
        "metatag": _metatag(listing),
    }
    if listing.is_kit:
        return fields | {"is_kit": "1", "price": "0.00"}
    own = {} if listing.has_variants else _sku_fields(product)
    return fields | _sizes(product) | _parent_price_fields(listing, first) | own


def _sku_fields(product: Product | None) -> Document:
    """What belongs to one SKU; with variants each of them says its own."""
    if product is None:
        return {}
    return {"ean": product.gtin, "cost_price": _money(product.cost)}


def _variant_fields(listing: Listing, row: ListingVariant) -> Document:
    product = row.product
    fields = {
        "reference": row.reference,
        "ean": product.gtin if product else row.gtin,
        "order": str(row.position),
        "cost_price": _money(product.cost) if product else "",
        "type_1": listing.axis_1,
        "value_1": row.value_1,
        **_price_fields(listing, row),
        **_sizes(product),
    }
    return fields | ({"type_2": listing.axis_2, "value_2": row.value_2} if listing.axis_2 else {})


def _sizes(product: Product | None) -> Document:
    if product is None:
        return {}
    sizes = {
        "weight": product.weight_g,
        "length": product.length_cm,
        "width": product.width_cm,
        "height": product.height_cm,
    }
    return {name: str(size) for name, size in sizes.items()}


def _price_fields(listing: Listing, row: ListingVariant | None) -> Document:
    if listing.is_price_on_request or row is None:
        return _priced(listing, ZERO, None)  # Tray turns "sob consulta" on for a price of 0
    return _priced(listing, price_of(listing, row), promotional_price_of(listing, row))


def _parent_price_fields(listing: Listing, first: ListingVariant | None) -> Document:
    """The price of a product whose variants have their own: the listing's, else that of the first product."""
    if listing.is_price_on_request or not listing.has_variants:
        return _price_fields(listing, first)
    of_product = first.product.price if first and first.product else ZERO
    return _priced(listing, of_product if listing.price is None else listing.price, listing.promotional_price)


def _priced(listing: Listing, price: Decimal, promotional: Decimal | None) -> Document:
    return {
        "price": _money(price),
        "promotional_price": _money(promotional) if promotional else "",
        "start_promotion": _day(listing.promotion_starts_on) if promotional else "",
        "end_promotion": _day(listing.promotion_ends_on) if promotional else "",
    }


def _kit(product: Product, at_tray: Mapping[int, int], missing: list[str]) -> list[KitLine]:
    lines = []
    for component in product.components.all():
        tray_id = at_tray.get(component.product_id)
        if tray_id is None:
            missing.append(
                f"O componente {component.product} não está nesta Loja como produto sem variações, já sincronizado."
            )
            continue
        lines.append(
            KitLine(
                tray_id,
                component.quantity,
                component.price_rule,
                component.discount_type,
                _money(component.discount_value),
            )
        )
    return lines


def _metatag(listing: Listing) -> list[Document]:
    tags = (("keywords", listing.keywords), ("description", listing.meta_description))
    return [{"type": kind, "content": content, "local": "1"} for kind, content in tags if content]


def _flag(is_on: bool) -> str:
    return "1" if is_on else "0"


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
