"""What a store has that AHEAD only sees: what taking it over would do."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, Q

from ahead.accounts.models import Company
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.db.paging import Page, paginate
from ahead.db.searching import words_in
from ahead.db.tenancy import TenantQuerySet

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Adoptable:
    """A listing that only Tray has, and what becomes of each of its variants."""

    listing: Listing
    known: tuple[Product, ...]  # products of ours that it is linked to
    new: int  # products that would be made


def adoptable(
    company: Company, *, store_id: int, search: str = "", page: int = 1, size: int = PAGE_SIZE
) -> Page[Adoptable]:
    """Return a page of the listings that only Tray has, by title."""
    variants = ListingVariant.objects.of(company).select_related("product").order_by("position", "pk")
    found = _only_at_tray(company, store_id).prefetch_related(Prefetch("variants", queryset=variants))
    if wanted := search.strip():
        found = found.filter(Q(reference__istartswith=wanted) | words_in("title", wanted))
    return paginate(found.order_by("title", "pk"), page=page, size=size).turned_into(_adoptable)


def adoptable_ids(company: Company, store_id: int) -> list[int]:
    """Return all listings of a store that only Tray has."""
    return list(_only_at_tray(company, store_id).order_by("title", "pk").values_list("pk", flat=True))


def adoption_counts(company: Company, store_id: int) -> tuple[int, int]:
    """Return how many listings only Tray has, and for how many of them the next sync was asked to take them over."""
    found = _only_at_tray(company, store_id)
    return found.count(), found.filter(adoption_asked_at__isnull=False).count()


def _only_at_tray(company: Company, store_id: int) -> TenantQuerySet[Listing]:
    return Listing.objects.of(company).filter(store_id=store_id, is_managed=False, gone_at=None)


def _adoptable(listing: Listing) -> Adoptable:
    rows = [row for row in listing.variants.all() if not (listing.has_variants and row.tray_variant_id == 0)]
    known = tuple(row.product for row in rows if row.product)
    return Adoptable(listing, known, len(rows) - len(known))
