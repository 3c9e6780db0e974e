"""What a listing lacks before it may be published: asked by the screens, and by the sync before it sends anything."""

from __future__ import annotations

from decimal import Decimal

from ahead.catalog.listing_rules import Missing, Offer, Sku, missing
from ahead.catalog.models import KitComponent, Listing, ListingVariant
from ahead.lib.money import ZERO


def why_not_publish(listing: Listing) -> list[str]:
    """Return the reasons a listing may not be published, in the words of the screen; none if it may."""
    return [one.text for one in missing_of(listing)]


def missing_of(listing: Listing) -> list[Missing]:
    """Return what a listing lacks, each with the field where it is mended."""
    return missing(_offer(listing))


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


def _offer(listing: Listing) -> Offer:
    variants = listing.variants.filter(removed_at=None).select_related("product").order_by("position", "pk")
    skus = tuple(_sku(listing, variant) for variant in variants)
    category = listing.category
    return Offer(
        title=listing.title,
        has_category=category is not None,
        is_category_gone=category is not None and (category.removed_at is not None or category.gone_at is not None),
        is_kit=listing.is_kit,
        is_virtual=listing.is_virtual,
        is_price_on_request=listing.is_price_on_request,
        axes=(listing.axis_1, listing.axis_2),
        has_variants=listing.has_variants,
        components=_components(listing, skus),
        skus=skus,
    )


def _components(listing: Listing, skus: tuple[Sku, ...]) -> int:
    if not listing.is_kit:
        return 0
    kits = [sku.product_id for sku in skus if sku.product_id]
    return KitComponent.objects.of(listing.company_id).filter(kit__in=kits).count()


def _sku(listing: Listing, variant: ListingVariant) -> Sku:
    product = variant.product
    return Sku(
        values=(variant.value_1, variant.value_2),
        reference=variant.reference if listing.has_variants else listing.reference,
        price=price_of(listing, variant),
        promotional_price=promotional_price_of(listing, variant),
        product_id=variant.product_id,
        product_code=product.code if product else "",
        gtin=product.gtin if product else "",
        weight_g=product.weight_g if product else 0,
        sizes_cm=(product.length_cm, product.width_cm, product.height_cm) if product else (0, 0, 0),
    )
