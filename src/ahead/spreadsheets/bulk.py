"""Editar em lote: a selection of products or listings, made the rows of a sheet that is looked at first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from ahead.accounts.models import Company
from ahead.catalog.listing_queries import ListingRow, listings
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.catalog.publishable import price_of
from ahead.catalog.queries import ProductRow, products
from ahead.db.paging import Page
from ahead.spreadsheets.bulk_changes import SHARES, Change, cell_of, changed_amount, check_change, with_what_follows
from ahead.spreadsheets.columns import column_of
from ahead.spreadsheets.models import SheetImport
from ahead.spreadsheets.operations import begin_bulk
from ahead.spreadsheets.rules import MOST_ROWS, WrongFile, read_number

T = TypeVar("T")
_READ_AT_ONCE = 500
_PRICES = ("price", "promotional_price")


def begin_products(
    *, company: Company, wanted: Mapping[str, Any], changes: Sequence[Change], by: str, now: datetime
) -> SheetImport:
    """
    Begin to change many products at once: those that the arguments of `catalog.queries.products` find.

    :raises Refused: if a change cannot be made, or there is nothing to change.
    """
    found = _every(lambda number: products(company, **wanted, page=number, size=_READ_AT_ONCE))
    rows = ([row.product.code, *_product_cells(row, changes)] for row in found)
    return _begin(company, "products", ["code"], changes, rows, by=by, now=now)


def begin_listings(
    *, company: Company, wanted: Mapping[str, Any], changes: Sequence[Change], by: str, now: datetime
) -> SheetImport:
    """
    Begin to change many listings at once: those that the arguments of `listing_queries.listings` find.

    What has a price of its own in a listing changes with it: each such variation is a row.

    :raises Refused: if a change cannot be made, or there is nothing to change.
    """
    whole = with_what_follows(changes)
    found = _every(lambda number: listings(company, **wanted, page=number, size=_READ_AT_ONCE))
    rows = (cells for row in found for cells in _listing_rows(row, whole))
    return _begin(company, "listings", ["listing", "variant"], whole, rows, by=by, now=now)


def _begin(
    company: Company,
    kind: str,
    keys: Sequence[str],
    changes: Sequence[Change],
    rows: Iterable[Sequence[str]],
    *,
    by: str,
    now: datetime,
) -> SheetImport:
    if not changes:
        raise WrongFile("Diga o que mudar em ao menos um campo.")
    for change in changes:
        check_change(kind, change)
    names = [column_of(kind, change.field).name for change in changes]
    header = [*(column_of(kind, key).name for key in keys), *names]
    name = f"Em lote: {', '.join(names)}"
    return begin_bulk(company=company, kind=kind, name=name, header=header, rows=list(rows), by=by, now=now)


def _every(page_of: Callable[[int], Page[T]]) -> Iterator[T]:
    number = 1
    while True:
        page = page_of(number)
        if page.total is not None and page.total > MOST_ROWS:
            raise WrongFile(f"Foram selecionados {page.total} itens. De uma vez vão até {MOST_ROWS}: use um filtro.")
        yield from page.rows
        if not page.has_next:
            return
        number += 1


# ── products ───────────────────────────────────────────────────────────────────────────────────────────────


def _product_cells(row: ProductRow, changes: Sequence[Change]) -> list[str]:
    product = row.product
    return [cell_of(change, _base_of(product, change, changes)) for change in changes]


def _base_of(product: Product, change: Change, changes: Sequence[Change]) -> Decimal | None:
    """Return what the percentage of a change is of."""
    if change.do == "above":  # of what it costs then
        return _after(product.cost, next((one for one in changes if one.field == "cost"), None))
    return getattr(product, change.field) if change.do in SHARES else None


def _after(amount: Decimal, change: Change | None) -> Decimal:
    """Return what an amount is once it was changed."""
    if change is None:
        return amount
    if change.do in SHARES:
        changed = changed_amount(change, amount)
        return amount if changed is None else changed
    return read_number(change.text)


# ── listings ───────────────────────────────────────────────────────────────────────────────────────────────


def _listing_rows(row: ListingRow, changes: Sequence[Change]) -> Iterator[list[str]]:
    listing, variants = row.listing, row.variants
    first = variants[0] if variants else None
    yield [str(listing.pk), "", *(_listing_cell(listing, first, change, changes) for change in changes)]
    if listing.has_variants and listing.is_managed and listing.gone_at is None:
        for variant in variants:
            cells = [_variant_cell(listing, variant, change, changes) for change in changes]
            if any(cells):
                yield ["", str(variant.pk), *cells]


def _listing_cell(listing: Listing, first: ListingVariant | None, change: Change, changes: Sequence[Change]) -> str:
    if change.field not in _PRICES:
        return cell_of(change)
    if listing.is_kit:  # its price is that of its components
        return ""
    price = listing.price if listing.price is not None or first is None else price_of(listing, first)
    if change.field == "promotional_price":
        return cell_of(change, _price_then(price, first, changes))
    return cell_of(change, listing.price if listing.has_variants else price)


def _variant_cell(listing: Listing, variant: ListingVariant, change: Change, changes: Sequence[Change]) -> str:
    """Return what a variation says besides its listing: only a price that is its own, or has to be."""
    own = {"price": variant.price, "promotional_price": variant.promotional_price}
    if change.field not in own:
        return ""
    # a percentage of a price that the listing has not got
    needs_own = change.do in SHARES and (listing.price is None or variant.price is not None)
    if own[change.field] is None and not needs_own:
        return ""
    price = price_of(listing, variant)
    return cell_of(change, price if change.field == "price" else _price_then(price, variant, changes))


def _price_then(price: Decimal | None, variant: ListingVariant | None, changes: Sequence[Change]) -> Decimal | None:
    """Return the price that holds once the price itself was changed."""
    change = next((one for one in changes if one.field == "price"), None)
    if change is not None and change.do == "empty":
        return variant.product.price if variant and variant.product else None
    return None if price is None else _after(price, change)
