"""Writing the images of a Produto Ecommerce and of its variations: uploaded, or at a public address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.catalog.listing_operations import locked_listing, record_listing
from ahead.catalog.listing_rules import MOST_IMAGES, WrongListing, clean_address
from ahead.catalog.marking import mark_listings
from ahead.catalog.models import Listing, ListingImage
from ahead.catalog.pictures import keep_picture, prepare


def add_picture(
    *, company: Company, listing_id: int, variant_id: int | None = None, content: bytes, by: str, now: datetime
) -> str:
    """
    Add an image that was uploaded, and return what was changed so that it fits ("" if nothing was).

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises ListingVariant.DoesNotExist: if the listing has no such variation.
    :raises WrongPicture: if the file is no image that can be used.
    :raises WrongListing: if there are six already, this one among them, or the listing is not ours to change.
    """
    prepared = prepare(content)  # slow: before the transaction
    with transaction.atomic():
        listing = locked_listing(company, listing_id)
        picture = keep_picture(company, prepared, now=now)
        _add(ListingImage(company=company, listing=listing, picture=picture), variant_id, by=by, now=now)
    return prepared.note


@transaction.atomic
def add_address(
    *, company: Company, listing_id: int, variant_id: int | None = None, url: str, by: str, now: datetime
) -> None:
    """
    Add an image at a public address, from where Tray will fetch it.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises ListingVariant.DoesNotExist: if the listing has no such variation.
    :raises WrongListing: if Tray would not take the address, there are six already, or this one is among them.
    """
    listing = locked_listing(company, listing_id)
    _add(ListingImage(company=company, listing=listing, url=clean_address(url)), variant_id, by=by, now=now)


def _add(image: ListingImage, variant_id: int | None, *, by: str, now: datetime) -> None:
    listing = image.listing
    if variant_id is not None:
        image.variant = listing.variants.get(pk=variant_id, removed_at=None)
    there = list(listing.images.filter(variant=image.variant))
    if len(there) >= MOST_IMAGES:
        raise WrongListing(f"Já são {MOST_IMAGES} imagens, o máximo do Tray. Remova uma antes.")
    if any((one.picture_id, one.url) == (image.picture_id, image.url) for one in there):
        raise WrongListing("Esta imagem já está aqui.")
    image.position = max((one.position for one in there), default=-1) + 1
    image.save(force_insert=True)
    _settle(listing, f"Imagem acrescentada a «{listing.title}»", by=by, now=now)


@transaction.atomic
def order_images(
    *,
    company: Company,
    listing_id: int,
    variant_id: int | None = None,
    image_ids: Sequence[int],
    by: str,
    now: datetime,
) -> None:
    """
    Put the images of a listing, or of a variation, in an order; those that are not named stay behind.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises WrongListing: if the listing is not ours to change.
    """
    listing = locked_listing(company, listing_id)
    images = list(listing.images.filter(variant=variant_id))
    places = {pk: place for place, pk in enumerate(image_ids)}
    images.sort(key=lambda one: (places.get(one.pk, len(places)), one.position, one.pk))
    if _renumber(images):
        _settle(listing, f"Imagens de «{listing.title}» reordenadas", by=by, now=now)


def _renumber(images: Sequence[ListingImage]) -> bool:
    moved = [(place, one) for place, one in enumerate(images) if one.position != place]
    for place, one in moved:
        one.position = place
        one.save(update_fields=["position"])
    return bool(moved)


@transaction.atomic
def remove_image(*, company: Company, listing_id: int, image_id: int, by: str, now: datetime) -> None:
    """
    Take an image away; its file stays, because Tray may be fetching it.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises ListingImage.DoesNotExist: if the listing has no such image.
    :raises WrongListing: if the listing is not ours to change.
    """
    listing = locked_listing(company, listing_id)
    image: ListingImage = listing.images.get(pk=image_id)
    variant_id = image.variant_id
    image.delete()
    _renumber(list(listing.images.filter(variant=variant_id)))
    _settle(listing, f"Imagem removida de «{listing.title}»", by=by, now=now)


def _settle(listing: Listing, text: str, *, by: str, now: datetime) -> None:
    mark_listings(listing.company_id, [listing.pk])
    record_listing("images_changed", listing, text, by=by, now=now)
