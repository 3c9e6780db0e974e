"""Produtos Ecommerce as the sync leaves them."""

from __future__ import annotations

from ahead.catalog.models import Listing

SIZES = {"weight_g": 300, "length_cm": 30, "width_cm": 20, "height_cm": 5}


def at_tray(listing: Listing, tray_id: int = 900) -> Listing:
    """Let a listing be at Tray, as the sync leaves it."""
    listing.refresh_from_db()
    Listing.objects.of(listing.company_id).filter(pk=listing.pk).update(tray_id=tray_id, is_dirty=False)
    for place, variant in enumerate(listing.variants.order_by("position")):
        variant.tray_product_id, variant.tray_variant_id = tray_id, place + 1 if listing.has_variants else 0
        variant.save()
    listing.refresh_from_db()
    return listing


def is_marked(listing: Listing) -> bool:
    """Whether the next sync looks at it; after asking it does not."""
    listing.refresh_from_db()
    was = listing.is_dirty
    Listing.objects.of(listing.company_id).filter(pk=listing.pk).update(is_dirty=False)
    return was
