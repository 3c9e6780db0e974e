"""Marking what may differ from what Tray has: the next sync looks at these, and at nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Q

from ahead.catalog.models import Category, Listing, ListingVariant


def mark_listings(company_id: int, listing_ids: Iterable[int]) -> None:
    """Mark managed listings whose own content was changed."""
    managed = Listing.objects.of(company_id).filter(is_managed=True, gone_at=None)
    managed.filter(pk__in=list(listing_ids)).update(is_dirty=True, changes=F("changes") + 1)


def mark_categories(company_id: int, category_ids: Iterable[int]) -> None:
    """Mark categories that were changed."""
    wanted = Category.objects.of(company_id).filter(pk__in=list(category_ids), gone_at=None)
    wanted.update(is_dirty=True, changes=F("changes") + 1)


def mark_listings_of_products(company_id: int, product_ids: Iterable[int]) -> None:
    """Mark the managed listings that say what a product says: those that offer it, and the kits it is a part of."""
    ids = list(product_ids)
    variants = ListingVariant.objects.of(company_id)
    said = Q(product__in=ids) | Q(product__components__product__in=ids)
    mark_listings(company_id, variants.filter(said).values_list("listing_id", flat=True))


def mark_listings_of_category(category: Category) -> None:
    """Mark the managed listings that stand in a category, as their main one or besides."""
    listings = Listing.objects.of(category.company_id)
    standing = listings.filter(Q(category=category) | Q(additional_categories__category=category))
    mark_listings(category.company_id, standing.values_list("pk", flat=True))
