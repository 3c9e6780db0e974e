"""Categories of a store and what is sold in them, for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ahead.catalog import category_queries as queries
from ahead.catalog.category_operations import create_category
from ahead.catalog.models import Category, Listing, ListingCategory
from ahead.stores.models import Store

ANA = "ana@padaria.example"
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)

Make = Callable[..., Category]
MakeListing = Callable[..., Listing]


def make_category(store: Store, name: str, parent: Category | None = None, **fields: Any) -> Category:
    """Create a category as a person would."""
    above = parent.pk if parent else None
    return create_category(
        company=store.company, store_id=store.pk, name=name, parent_id=above, by=ANA, now=NOW, **fields
    )


def make_listing(store: Store, category: Category | None, *besides: Category, **fields: Any) -> Listing:
    """Let a managed listing stand in a category, and in others besides."""
    facts = {"is_managed": True, "title": "Item", **fields}
    listing: Listing = Listing.objects.create(company=store.company, store=store, category=category, **facts)
    for other in besides:
        ListingCategory.objects.create(company=store.company, listing=listing, category=other)
    return listing


def synced(*rows: Category | Listing) -> None:
    """Let rows be as if a sync had sent them."""
    for number, row in enumerate(rows, start=1):
        type(row).objects.of(row.company_id).filter(pk=row.pk).update(tray_id=row.pk * 10 + number, is_dirty=False)
        row.refresh_from_db()


def drawn(store: Store) -> list[str]:
    """Return the tree as it is read: "2 - Café" is code 2, one level down."""
    return [f"{row.category.code} {'- ' * (row.depth - 1)}{row.category.name}" for row in queries.category_tree(store)]


def dirty(store: Store) -> set[str]:
    """Return the names of the categories that the next sync looks at."""
    return set(Category.objects.of(store.company_id).filter(store=store, is_dirty=True).values_list("name", flat=True))
