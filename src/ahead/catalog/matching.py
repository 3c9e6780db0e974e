"""Finding which product of ours a line of Tray is: stored Tray id, then reference, then GTIN; never a guess."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ahead.catalog.marking import mark_listings
from ahead.catalog.models import FormerTrayId, Listing, ListingVariant, Product
from ahead.catalog.offered import Offered, TrayIds
from ahead.lib.documents import is_gtin
from ahead.lib.wording import folded

BATCH = 400


@dataclass(frozen=True, slots=True)
class Match:
    """The variant row of an offered thing; `product_id` is None while nothing of ours matches."""

    variant_id: int
    product_id: int | None
    by: str
    is_new: bool


class ProductFinder:
    """
    Finds products by reference or GTIN for many offered things in two queries; ambiguity finds nothing.

    What Tray offers as a kit is found among our kits only.
    """

    def __init__(self, company_id: int, offered: Iterable[Offered]) -> None:
        things = list(offered)
        products = Product.objects.of(company_id)
        references = {thing.reference for thing in things if thing.reference}
        gtins = {thing.gtin for thing in things if is_gtin(thing.gtin)}
        self._by_reference: dict[str, int] = {}
        self._by_gtin: dict[str, list[int]] = defaultdict(list)
        self._kits: set[int] = set()
        for reference, product, is_kit in products.filter(reference__in=references).values_list(
            "reference", "pk", "is_kit"
        ):
            self._by_reference[reference] = product
            self._kits |= {product} if is_kit else set()
        for gtin, product, is_kit in products.filter(gtin__in=gtins).values_list("gtin", "pk", "is_kit"):
            self._by_gtin[gtin].append(product)
            self._kits |= {product} if is_kit else set()

    def find(self, thing: Offered) -> tuple[int | None, str]:
        """Return the product and by what it was found; (None, "") if nothing, or more than one, matches."""
        product = self._by_reference.get(thing.reference)
        if product and (not thing.is_kit or product in self._kits):
            return product, "referência"
        found = [one for one in self._by_gtin.get(thing.gtin, []) if not thing.is_kit or one in self._kits]
        return (found[0], "GTIN") if len(found) == 1 else (None, "")


def match_offered(company_id: int, store_id: int, offered: Sequence[Offered], *, now: datetime) -> dict[TrayIds, Match]:
    """
    Return the variant of each offered thing, making the rows that are missing and linking what matches.

    A variant that is linked already stays linked, whatever its reference says today. One that a person unlinked waits
    for a person.
    """
    by_ids = {(thing.tray_product_id, thing.tray_variant_id): thing for thing in offered}
    known = _known(company_id, store_id, by_ids)
    known |= _known_before(company_id, store_id, by_ids.keys() - known.keys())
    known |= _born(company_id, store_id, [thing for ids, thing in by_ids.items() if ids not in known])
    by_ids = _as_known(company_id, known, by_ids)
    open_things = [thing for ids, thing in by_ids.items() if ids not in known or _is_open(known[ids])]
    finder = ProductFinder(company_id, open_things)
    matches = {
        ids: Match(row.pk, row.product_id, "código do Tray", is_new=False)
        for ids, row in known.items()
        if row.product_id is not None
    }
    matches |= _link_known(company_id, known, by_ids, finder, now)
    matches |= _make_missing(company_id, store_id, [t for ids, t in by_ids.items() if ids not in known], finder, now)
    return matches


def link_waiting(company_id: int, variant_ids: Iterable[int], *, now: datetime) -> None:
    """Link those of these variants that a product of ours matches by now: it may have been created since."""
    rows = ListingVariant.objects.of(company_id).filter(pk__in=list(variant_ids), product=None, unlinked_at=None)
    known = {ids: row for row in rows if (ids := row.tray_ids)}
    by_ids = {ids: Offered(*ids, title="", reference=row.reference, gtin=row.gtin) for ids, row in known.items()}
    by_ids = _as_known(company_id, known, by_ids)
    _link_known(company_id, known, by_ids, ProductFinder(company_id, by_ids.values()), now)


def _is_open(row: ListingVariant) -> bool:
    """Whether a variant waits to be linked, and a person did not undo its link."""
    return row.product_id is None and row.unlinked_at is None


def _known(company_id: int, store_id: int, ids: Iterable[TrayIds]) -> dict[TrayIds, ListingVariant]:
    wanted = set(ids)
    rows = ListingVariant.objects.of(company_id).filter(
        store_id=store_id, tray_product_id__in={product for product, _ in wanted}
    )
    return {key: row for row in rows if (key := row.tray_ids) in wanted}


def _known_before(company_id: int, store_id: int, missing: Collection[TrayIds]) -> dict[TrayIds, ListingVariant]:
    """Return the variants of things that are known by an id they had before: a kit that was composed anew."""
    wanted = {product for product, variant in missing if not variant}
    if not wanted:
        return {}
    former = FormerTrayId.objects.of(company_id).filter(store_id=store_id, tray_id__in=wanted)
    listings = dict(former.values_list("tray_id", "listing_id"))
    rows = ListingVariant.objects.of(company_id).filter(listing_id__in=set(listings.values()))
    by_listing = {row.listing_id: row for row in rows.order_by("-pk")}
    return {(tray_id, 0): by_listing[pk] for tray_id, pk in listings.items() if pk in by_listing}


def _born(company_id: int, store_id: int, missing: Sequence[Offered]) -> dict[TrayIds, ListingVariant]:
    """
    Return those of our own variations that are seen at Tray for the first time, and give them Tray's ids.

    We sent them, and the answer never came: they are of a listing of ours, and of the same values.
    """
    wanted = {(thing.tray_product_id, _folded(thing.values)): thing for thing in missing if thing.values}
    if not wanted:
        return {}
    listings = {product for product, _ in wanted}
    unborn = ListingVariant.objects.of(company_id).filter(store_id=store_id, tray_variant_id=None, removed_at=None)
    rows = unborn.filter(listing__tray_id__in=listings)
    found = {}
    for row in rows.select_related("listing").order_by("pk"):
        thing = wanted.get((row.listing.tray_id or 0, _folded((row.value_1, row.value_2))))
        if thing is not None and (ids := (thing.tray_product_id, thing.tray_variant_id)) not in found:
            row.tray_product_id, row.tray_variant_id = ids
            found[ids] = row
    ListingVariant.objects.of(company_id).bulk_update(
        found.values(), ["tray_product_id", "tray_variant_id"], batch_size=BATCH
    )
    return found


def _folded(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(folded(value) for value in values if value)


def _as_known(
    company_id: int, known: dict[TrayIds, ListingVariant], by_ids: dict[TrayIds, Offered]
) -> dict[TrayIds, Offered]:
    """Return the things with what only the catalogue says of them: the line of an order does not tell a kit."""
    waiting = {ids: row.listing_id for ids, row in known.items() if row.product_id is None}
    if not waiting:
        return by_ids
    rows = Listing.objects.of(company_id).filter(pk__in=set(waiting.values()), is_kit=True)
    kits = set(rows.values_list("pk", flat=True))
    return by_ids | {ids: replace(by_ids[ids], is_kit=True) for ids, pk in waiting.items() if pk in kits}


def _link_known(
    company_id: int,
    known: dict[TrayIds, ListingVariant],
    by_ids: dict[TrayIds, Offered],
    finder: ProductFinder,
    now: datetime,
) -> dict[TrayIds, Match]:
    matches, linked = {}, []
    for ids, row in known.items():
        if row.product_id is not None:
            continue
        product, by = finder.find(by_ids[ids]) if _is_open(row) else (None, "")
        if product is not None:
            row.product_id, row.linked_by, row.linked_at = product, by, now
            linked.append(row)
        matches[ids] = Match(row.pk, product, by, is_new=False)
    if linked:  # the listing is written before its variants, as wherever both are
        mark_listings(company_id, [row.listing_id for row in linked])
    ListingVariant.objects.of(company_id).bulk_update(linked, ["product", "linked_by", "linked_at"], batch_size=BATCH)
    return matches


def _make_missing(
    company_id: int, store_id: int, missing: list[Offered], finder: ProductFinder, now: datetime
) -> dict[TrayIds, Match]:
    if not missing:
        return {}
    listings = _listings(company_id, store_id, missing, now)
    rows = []
    for thing in missing:
        product, by = finder.find(thing)
        rows.append(
            ListingVariant(
                company_id=company_id,
                store_id=store_id,
                listing=listings[thing.tray_product_id],
                tray_product_id=thing.tray_product_id,
                tray_variant_id=thing.tray_variant_id,
                reference=thing.reference,
                gtin=thing.gtin[:14],
                axes=thing.axes,
                value_1=(*thing.values, "")[0][:60],
                value_2=(*thing.values, "", "")[1][:60],
                product_id=product,
                linked_by=by,
                linked_at=now if product else None,
            )
        )
    made = ListingVariant.objects.bulk_create(rows, batch_size=BATCH)
    return {ids: Match(row.pk, row.product_id, row.linked_by, is_new=True) for row in made if (ids := row.tray_ids)}


def _listings(company_id: int, store_id: int, things: list[Offered], now: datetime) -> dict[int, Listing]:
    by_product = {thing.tray_product_id: thing for thing in things}
    there = Listing.objects.of(company_id).filter(store_id=store_id)
    listings = {row.tray_id: row for row in there.filter(tray_id__in=list(by_product)) if row.tray_id is not None}
    made = Listing.objects.bulk_create(
        [
            Listing(
                company_id=company_id,
                store_id=store_id,
                tray_id=tray_id,
                title=thing.title[:200],
                reference=thing.listing_reference or thing.reference,
                has_variants=thing.has_variants or thing.tray_variant_id != 0,
                is_kit=thing.is_kit,
                seen_at=now,
            )
            for tray_id, thing in by_product.items()
            if tray_id not in listings
        ],
        batch_size=BATCH,
    )
    return listings | {row.tray_id: row for row in made if row.tray_id is not None}
