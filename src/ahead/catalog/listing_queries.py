"""Reading Produtos Ecommerce: the list with how each one stands, one of them, and what its form chooses from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Case, CharField, Exists, OuterRef, Prefetch, Q, Value, When

from ahead.accounts.models import Company
from ahead.catalog.models import Listing, ListingImage, ListingPublication, ListingVariant, Picture, VariantPublication
from ahead.catalog.pictures import path_of
from ahead.catalog.publishable import price_of
from ahead.db.paging import Page, paginate
from ahead.db.searching import number_is, words_in
from ahead.db.tenancy import TenantQuerySet

PAGE_SIZE = 50
_SORTS = {
    "title": ("title",),
    "-title": ("-title",),
    "reference": ("reference", "title"),
    "-reference": ("-reference", "title"),
    "store": ("store__code", "title"),
    "-store": ("-store__code", "title"),
}


@dataclass(frozen=True)
class ShownImage:
    """An image as a page shows it."""

    id: int
    source: str
    is_uploaded: bool
    name: str  # its measures, or its address


@dataclass(frozen=True)
class ListingRow:
    """A listing in a list; without a lowest price it is on request, a kit's, or the store's own."""

    listing: Listing
    state: str
    variants: list[ListingVariant]
    image: ShownImage | None
    lowest: Decimal | None
    highest: Decimal | None


def listings(
    company: Company,
    *,
    search: str = "",
    store_id: int | None = None,
    category_id: int | None = None,
    state: str = "",
    is_kit: bool | None = None,
    has_variants: bool | None = None,
    ids: Collection[int] = (),
    sort: str = "title",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[ListingRow]:
    """Return a page of listings with what a list shows of them; a state is a key of `STATES`."""
    found: TenantQuerySet[Listing] = _with_state(company)
    if search.strip():
        found = found.filter(_matches(company, search))
    exact = {"store": store_id, "is_kit": is_kit, "has_variants": has_variants, "state": state or None}
    found = found.filter(**{field: value for field, value in exact.items() if value is not None})
    if category_id is not None:
        found = found.filter(Q(category=category_id) | Q(additional_categories__category=category_id)).distinct()
    if ids:
        found = found.filter(pk__in=ids)
    variants = ListingVariant.objects.of(company).filter(removed_at=None).select_related("product", "store")
    images = ListingImage.objects.of(company).filter(variant=None).select_related("picture")
    rows = found.select_related("store", "category").prefetch_related(
        Prefetch("variants", variants.order_by("position", "pk"))
    )
    rows = rows.prefetch_related(Prefetch("images", images))
    ordered = rows.order_by(*_SORTS.get(sort, _SORTS["title"]), "pk")
    return paginate(ordered, page=page, size=size, counting=found).turned_into(lambda one: _row(company, one))


def _matches(company: Company, text: str) -> Q:
    wanted = text.strip()
    own = Q(reference__istartswith=wanted) | Q(gtin=wanted) | Q(product__code__iexact=wanted)
    variants = ListingVariant.objects.of(company).filter(own, listing=OuterRef("pk"))
    words = words_in("title", wanted) | Q(reference__istartswith=wanted) | Exists(variants)
    number = number_is("tray_id", wanted)
    return Q(words | number) if number else Q(words)


def _with_state(company: Company) -> Any:
    """Return listings with how each one stands; what hinders it comes before what it waits for."""
    of_listing = ListingPublication.objects.of(company).filter(listing=OuterRef("pk")).exclude(problem="")
    alive = VariantPublication.objects.of(company).filter(variant__listing=OuterRef("pk"), variant__removed_at=None)
    of_variants = alive.exclude(problem="")
    ordered = (
        (Q(gone_at__isnull=False), "gone"),
        (Q(is_managed=False), "tray_only"),
        (Q(removed_at__isnull=False), "removed"),
        (Q(is_draft=True), "draft"),
        (Exists(of_listing) | Exists(of_variants), "problem"),
        (Q(tray_id=None), "unsynced"),
        (Q(is_dirty=True), "changed"),
    )
    whens = [When(holds, then=Value(state)) for holds, state in ordered]
    return Listing.objects.of(company).annotate(state=Case(*whens, default=Value("synced"), output_field=CharField()))


def _row(company: Company, listing: Listing) -> ListingRow:
    variants, images = list(listing.variants.all()), list(listing.images.all())
    prices: list[Decimal] = []
    if listing.is_managed and not (listing.is_kit or listing.is_price_on_request):
        prices = [price_of(listing, one) for one in variants if one.product or one.price is not None]
        prices = prices or [price for price in (listing.price,) if price is not None]
    return ListingRow(
        listing=listing,
        state=state_of(listing),
        variants=variants,
        image=_shown(company, images[0]) if images else None,
        lowest=min(prices, default=None),
        highest=max(prices, default=None),
    )


def state_of(listing: Listing) -> str:
    """Return how a listing that was read here stands, as a key of `STATES`."""
    return str(vars(listing)["state"])


def _shown(company: Company, image: ListingImage) -> ShownImage:
    picture = image.picture
    if picture is None:
        return ShownImage(image.pk, image.url, is_uploaded=False, name=image.url)
    measures = f"{picture.width}×{picture.height} pontos, {picture.size // 1000} KB"
    return ShownImage(image.pk, path_of(picture, company), is_uploaded=True, name=measures)


def listing(company: Company, listing_id: int) -> Listing:
    """
    Return one listing with its store and category.

    :raises Listing.DoesNotExist: if there is none, or it is another company's.
    """
    rows = _with_state(company).select_related("store", "category")
    found: Listing = rows.get(pk=listing_id)
    return found


def offered_already(company: Company, store_id: int, product_ids: Collection[int]) -> list[Listing]:
    """Return the listings of a store that offer one of these products; two of the same compete with each other."""
    there = Listing.objects.of(company).filter(store=store_id, gone_at=None, removed_at=None)
    return list(there.filter(variants__product__in=product_ids, variants__removed_at=None).distinct().order_by("pk"))


def variants_of(listing: Listing) -> list[ListingVariant]:
    """Return the variants of a listing that are not on their way out, in their order, with their products."""
    alive = listing.variants.filter(removed_at=None).select_related("product", "store", "listing")
    return list(alive.order_by("position", "pk"))


def images_of(listing: Listing) -> dict[int | None, list[ShownImage]]:
    """Return the images of a listing (under None) and of each of its variants, in their order."""
    found: dict[int | None, list[ShownImage]] = {None: []}
    for image in listing.images.select_related("picture"):
        found.setdefault(image.variant_id, []).append(_shown(listing.company, image))
    return found


def images_not_here(newest: int = 200) -> int:
    """Return how many of the newest uploaded images this machine does not see in its data folder."""
    rows = Picture.objects.across_companies().order_by("-pk").values_list("file", flat=True)[:newest]
    return sum(not default_storage.exists(name) for name in rows)


def uploaded_images() -> int:
    """Return how many images of all companies' listings Tray can fetch only from here."""
    return ListingImage.objects.across_companies().filter(picture__isnull=False, listing__gone_at=None).count()


def specifications_of(listing: Listing) -> list[tuple[str, str]]:
    """Return the characteristics of a listing, in their order."""
    return list(listing.specifications.values_list("name", "value"))


def additional_categories_of(listing: Listing) -> list[int]:
    """Return the categories a listing stands in besides its main one."""
    return list(listing.additional_categories.values_list("category_id", flat=True))


@dataclass(frozen=True)
class Told:
    """What Tray was told of a listing or of one of its variants, and how that went."""

    what: str  # "" for the listing itself
    confirmed: dict[str, Any]
    confirmed_at: datetime | None
    unanswered: list[str]  # parts that were sent and not confirmed as they were sent
    sent_at: datetime | None
    is_creating: bool
    problem: str


def told(listing: Listing) -> list[Told]:
    """Return what Tray was told of a listing and of its variants; nothing where nothing was."""
    own = ListingPublication.objects.of(listing.company_id).filter(listing=listing)
    of_variants = VariantPublication.objects.of(listing.company_id).filter(variant__listing=listing)
    ordered = of_variants.filter(variant__removed_at=None).select_related("variant").order_by("variant__position")
    rows = [_told("", row) for row in own]
    rows += [_told(row.variant.axes or row.variant.reference, row) for row in ordered]
    return [row for row in rows if row.confirmed or row.sent_at or row.is_creating or row.problem]


def _told(what: str, row: ListingPublication | VariantPublication) -> Told:
    return Told(
        what=what,
        confirmed=row.confirmed,
        confirmed_at=row.confirmed_at,
        unanswered=[part for part, said in row.sent.items() if row.confirmed.get(part) != said],
        sent_at=row.sent_at,
        is_creating=row.creating_at is not None,
        problem=row.problem,
    )
