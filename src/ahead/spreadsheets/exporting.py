"""What there is, as rows of the sheets that may come back: sent again unchanged, they change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.lib.sheets import Heading
from ahead.spreadsheets.columns import is_needed, shown_columns
from ahead.spreadsheets.rules import common


def header(kind: str) -> tuple[str, ...]:
    """Return the headings of a kind of sheet."""
    return tuple(column.name for column in shown_columns(kind))


def product_cells(product: Product) -> list[object]:
    """Return the cells of a product, in the order of its headings."""
    return [getattr(product, column.field) for column in shown_columns("products")]


def listing_cells(listing: Listing, variants: Sequence[ListingVariant], paths: Mapping[int, str]) -> list[object]:
    """Return the cells of a listing, in the order of its headings; `paths` are its store's categories by id."""
    code = next((variant.product.code for variant in variants if variant.product), "")
    own: dict[str, Any] = {"store": listing.store.name, "code": code, "listing": listing.pk}
    own["category_id"] = paths.get(listing.category_id or 0, "")
    own["safety_stock"] = common([variant.safety_stock for variant in variants])
    columns = shown_columns("listings")
    return [own[column.field] if column.field in own else getattr(listing, column.field) for column in columns]


def model_of(kind: str, choices: Mapping[str, Sequence[str]]) -> tuple[list[Heading], list[object]]:
    """Return the headings of an empty sheet of a kind and its example; `choices` are names to choose from, by field."""
    columns = shown_columns(kind)
    headings = [
        Heading(
            column.name,
            column.note,
            ("sim", "não") if column.type == "yes" else tuple(choices.get(column.field, ())),
            is_required=is_needed(kind, column),
        )
        for column in columns
    ]
    return headings, [next(iter(choices.get(column.field, ())), column.example) for column in columns]
