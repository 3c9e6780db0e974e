"""Writing many Produtos Ecommerce at once: all of them or none, and only where they still are what somebody saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.audit.operations import event, record_all
from ahead.catalog.listing_operations import (
    CLEAN,
    check_promotion_of,
    new_draft,
    offered,
    why_not_change,
    why_not_offer,
)
from ahead.catalog.listing_rules import Unfinished, WrongListing
from ahead.catalog.marking import mark_listings
from ahead.catalog.models import Category, Listing, ListingPublication, ListingVariant, Product
from ahead.catalog.publishable import missing_of_many
from ahead.catalog.rules import Moved, check_same
from ahead.db.updating import in_batches, update_rows
from ahead.stores.models import Store

PRICES = ("price", "promotional_price")  # what a variant has of its own
_SAFETY = "safety_stock"  # of the variants of a listing, all of them alike


@dataclass(frozen=True, slots=True)
class ListingWrite:
    """
    What one listing is to say: `before` is what it must still say now. Without an id it is made, as a draft.

    Besides its own fields it may say `safety_stock`, which is then that of each of its variants.
    """

    listing_id: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    store_id: int  # both matter only for one that is made
    product_id: int


@dataclass(frozen=True, slots=True)
class VariantWrite:
    """What one variant is to cost: `before` is what it must still cost now."""

    variant_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@transaction.atomic
def write_listings(*, company: Company, writes: Iterable[ListingWrite], by: str, now: datetime) -> int:
    """
    Make and change managed listings as one, and return how many they were; the next sync tells Tray what differs.

    The writes come in batches, and none is held longer.

    :raises Moved: if one is not any more what it was, or is not there any more.
    :raises WrongListing: if one is not ours to change, or a field is wrong.
    :raises WrongProduct: if a text is too long or an amount is none.
    :raises TooLong: if a description is longer than Tray takes.
    :raises Unfinished: if one that is no draft would lack something.
    """
    # so locked, no other listing of the company is written meanwhile; new orders are not in the way
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    count = 0
    for batch in in_batches(writes):
        _change(company, [one for one in batch if one.listing_id is not None], by=by, now=now)
        _make(company, [one for one in batch if one.listing_id is None], by=by, now=now)
        count += len(batch)
    return count


@transaction.atomic
def write_variant_prices(*, company: Company, writes: Iterable[VariantWrite], by: str, now: datetime) -> int:
    """
    Change the prices of variants as one, and return how many they were.

    :raises Moved: if one is not any more what it was, or is not there any more.
    :raises WrongListing: if its listing is not ours to change.
    :raises Unfinished: if a listing that is no draft would lack something.
    """
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    count = 0
    for batch in in_batches(writes):
        _change_variants(company, batch, by=by, now=now)
        count += len(batch)
    return count


def cleaned(fields: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the fields of a listing as they are kept.

    :raises Refused: if one is wrong.
    """
    return {name: CLEAN[name](value) if name in CLEAN else value for name, value in fields.items()}


def _change(company: Company, writes: list[ListingWrite], *, by: str, now: datetime) -> None:
    if not writes:
        return
    locked = Listing.objects.of(company).select_for_update(no_key=True).order_by("pk")
    listings = {one.pk: one for one in locked.filter(pk__in=[one.listing_id for one in writes])}
    events, fields = [], set()
    for write in writes:
        listing = _to_change(listings.get(write.listing_id or 0))
        check_same(listing, _own(write.before), f"O anúncio «{listing.title}»")
        after = _own(cleaned(write.after))
        for field, value in after.items():
            setattr(listing, field, value)
        check_promotion_of(listing)
        listing.updated_at = now
        fields |= set(after)
        events.append(_event("changed", listing, "alterado", by=by, now=now, fields=sorted(write.after)))
    _check_categories(company, listings.values())
    update_rows(company.pk, listings.values(), [*sorted(fields), "updated_at"])
    _set_safety_stocks(company, writes)
    check_whole(list(listings.values()))
    mark_listings(company.pk, listings)
    record_all(events)


def _own(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != _SAFETY}


def _set_safety_stocks(company: Company, writes: Iterable[ListingWrite]) -> None:
    wanted = {one.listing_id: cleaned(one.after)[_SAFETY] for one in writes if _SAFETY in one.after}
    rows = ListingVariant.objects.of(company).filter(listing__in=list(wanted), removed_at=None).order_by("pk")
    variants = list(rows.select_for_update(of=("self",), no_key=True)) if wanted else []
    for one in variants:
        one.safety_stock = wanted[one.listing_id]
    update_rows(company.pk, variants, [_SAFETY])


def _to_change(listing: Listing | None) -> Listing:
    if listing is None:
        raise Moved("Um anúncio não existe mais.")
    if refusal := why_not_change(listing):
        raise WrongListing(f"«{listing.title}»: {refusal}")
    return listing


def _check_categories(company: Company, listings: Iterable[Listing]) -> None:
    wanted = {(one.category_id, one.store_id) for one in listings if one.category_id is not None}
    own = Category.objects.of(company).filter(pk__in=[pk for pk, _ in wanted], removed_at=None, gone_at=None)
    if wanted - set(own.values_list("pk", "store_id")):
        raise WrongListing("Escolha categorias da Loja que não foram removidas.", field="category")


def check_whole(listings: list[Listing]) -> None:
    """
    Make sure that none of these listings lacks something, but for drafts.

    :raises Unfinished: if one does; it says what.
    """
    for lacks in missing_of_many([one for one in listings if not one.is_draft]).values():
        if lacks:
            raise Unfinished(lacks)


def _make(company: Company, writes: list[ListingWrite], *, by: str, now: datetime) -> None:
    if not writes:
        return
    stores = Store.objects.of(company).in_bulk({one.store_id for one in writes})
    products = Product.objects.of(company).in_bulk({one.product_id for one in writes})
    if any(one.store_id not in stores or one.product_id not in products for one in writes):
        raise Moved("Uma Loja ou um produto não existe mais.")
    listings = [_draft(stores[one.store_id], products[one.product_id], one.after, now=now) for one in writes]
    _check_categories(company, listings)
    Listing.objects.bulk_create(listings)
    ListingPublication.objects.bulk_create(ListingPublication(company=company, listing=one) for one in listings)
    variants = [
        offered(listing, products[write.product_id], 0, by=by, now=now)
        for listing, write in zip(listings, writes, strict=True)
    ]
    for variant, write in zip(variants, writes, strict=True):
        variant.safety_stock = cleaned(write.after).get(_SAFETY)
    ListingVariant.objects.bulk_create(variants)
    mark_listings(company.pk, [one.pk for one in listings])
    record_all([_event("created", one, "criado", by=by, now=now) for one in listings])


def _draft(store: Store, product: Product, after: Mapping[str, Any], *, now: datetime) -> Listing:
    if refusal := why_not_offer(product):
        raise WrongListing(refusal, field="products")
    listing = new_draft(store, product, now=now)
    for field, value in _own(cleaned(after)).items():
        setattr(listing, field, value)
    check_promotion_of(listing)
    return listing


def _change_variants(company: Company, writes: list[VariantWrite], *, by: str, now: datetime) -> None:
    rows = ListingVariant.objects.of(company).select_related("listing").order_by("pk")
    locked = rows.select_for_update(of=("self",), no_key=True).filter(removed_at=None)
    variants = {one.pk: one for one in locked.filter(pk__in=[one.variant_id for one in writes])}
    events = []
    for write in writes:
        variant = variants.get(write.variant_id)
        if variant is None:
            raise Moved("Uma variação não existe mais.")
        listing = _to_change(variant.listing)
        check_same(variant, write.before, f"A variação «{variant.axes}» do anúncio «{listing.title}»")
        for field, value in cleaned(write.after).items():
            setattr(variant, field, value)
        events.append(_event("changed", listing, "alterado", by=by, now=now, fields=["variants"]))
    update_rows(company.pk, variants.values(), PRICES)
    listings = {one.listing_id: one.listing for one in variants.values()}
    check_whole(list(listings.values()))
    mark_listings(company.pk, listings)
    record_all(events)


def _event(name: str, listing: Listing, done: str, *, by: str, now: datetime, **facts: object) -> Event:
    return event(
        f"catalog.listing.{name}",
        company_id=listing.company_id,
        subject=("listing", listing.pk),
        text=f"Produto Ecommerce «{listing.title}» {done}",
        by=by,
        at=now,
        **facts,
    )
