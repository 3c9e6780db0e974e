"""What a listing lacks before it may be published: asked by the screens, and by the sync before it sends anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from ahead.catalog.listing_rules import Missing, Offer, Sku, missing
from ahead.catalog.models import Category, KitComponent, Listing, ListingVariant
from ahead.lib.money import ZERO


def missing_of(listing: Listing) -> list[Missing]:
    """Return what a listing lacks, each with the field where it is mended."""
    return missing_of_many([listing])[listing.pk]


def missing_of_many(listings: Sequence[Listing]) -> dict[int, list[Missing]]:
    """Return what each of these listings of one company lacks, by its id, in three queries."""
    if not listings:
        return {}
    company_id = listings[0].company_id
    offered: dict[int, list[ListingVariant]] = defaultdict(list)
    rows = ListingVariant.objects.of(company_id).filter(listing__in=listings, removed_at=None)
    # the product itself, which an order may have named, is none of its variations
    rows = rows.exclude(listing__has_variants=True, tray_variant_id=0)
    for variant in rows.select_related("product").order_by("position", "pk"):
        offered[variant.listing_id].append(variant)
    kits = [one.product_id for listing in listings if listing.is_kit for one in offered[listing.pk] if one.product_id]
    composed = KitComponent.objects.of(company_id).filter(kit__in=kits).values_list("kit_id", flat=True)
    whole = set(composed) if kits else set()
    gone = _gone_categories(company_id, listings)
    return {listing.pk: missing(_offer(listing, offered[listing.pk], whole, gone)) for listing in listings}


def _gone_categories(company_id: int, listings: Sequence[Listing]) -> set[int]:
    ids = {listing.category_id for listing in listings if listing.category_id is not None}
    gone = Category.objects.of(company_id).filter(pk__in=ids).exclude(removed_at=None, gone_at=None)
    return set(gone.values_list("pk", flat=True))


def price_of(listing: Listing, variant: ListingVariant) -> Decimal:
    """Return the price a variant is offered for: its own, else the listing's, else the product's."""
    if variant.price is not None:
        return variant.price
    if listing.price is not None:
        return listing.price
    return variant.product.price if variant.product else ZERO


def promotional_price_of(listing: Listing, variant: ListingVariant) -> Decimal | None:
    """Return the price of a variant while the listing's promotion lasts, or None outside of one."""
    own = variant.promotional_price
    return listing.promotional_price if own is None else own


def _offer(listing: Listing, variants: list[ListingVariant], whole_kits: set[int], gone: set[int]) -> Offer:
    return Offer(
        title=listing.title,
        has_category=listing.category_id is not None,
        is_category_gone=listing.category_id in gone,
        is_kit=listing.is_kit,
        is_virtual=listing.is_virtual,
        is_price_on_request=listing.is_price_on_request,
        axes=(listing.axis_1, listing.axis_2),
        has_variants=listing.has_variants,
        components=sum(variant.product_id in whole_kits for variant in variants),
        skus=tuple(_sku(listing, variant) for variant in variants),
    )


def _sku(listing: Listing, variant: ListingVariant) -> Sku:
    product = variant.product
    return Sku(
        values=(variant.value_1, variant.value_2),
        reference=variant.reference if listing.has_variants else listing.reference,
        price=price_of(listing, variant),
        promotional_price=promotional_price_of(listing, variant),
        product_id=variant.product_id,
        product_code=product.code if product else "",
        is_kit=product is not None and product.is_kit,
        gtin=product.gtin if product else "",
        weight_g=product.weight_g if product else 0,
        sizes_cm=(product.length_cm, product.width_cm, product.height_cm) if product else (0, 0, 0),
    )
