"""Ending a Produto Ecommerce: deleting it here and at Tray, thinking better of it, leaving it to the store."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.catalog.listing_operations import record_listing
from ahead.catalog.listing_rules import WrongListing
from ahead.catalog.marking import mark_listings
from ahead.catalog.models import Listing, ListingPublication


@transaction.atomic
def delete_listing(*, company: Company, listing_id: int, by: str, now: datetime) -> bool:
    """
    Delete a listing, and return whether it is gone at once.

    One that is at Tray, or may be because its creation was not answered, is deleted by the next sync first.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises WrongListing: if AHEAD does not manage it.
    """
    listing: Listing = Listing.objects.of(company).select_for_update().get(pk=listing_id)
    if not listing.is_managed:
        raise WrongListing("Este anúncio só foi visto no Tray: apague-o lá.")
    title = listing.title
    if listing.gone_at is None and (listing.tray_id is not None or _may_be_there(listing)):
        listing.removed_at = listing.removed_at or now
        listing.save(update_fields=["removed_at"])
        mark_listings(company.pk, [listing.pk])
        text = f"Produto Ecommerce «{title}» a apagar no Tray"
        record_listing("removal_asked", listing, text, by=by, now=now, tray_id=listing.tray_id)
        return False
    record_listing("deleted", listing, f"Produto Ecommerce «{title}» apagado", by=by, now=now, title=title)
    listing.delete()
    return True


def _may_be_there(listing: Listing) -> bool:
    publications = ListingPublication.objects.of(listing.company_id)
    return publications.filter(listing=listing, creating_at__isnull=False).exists()


@transaction.atomic
def keep_listing(*, company: Company, listing_id: int, by: str, now: datetime) -> Listing:
    """
    Take back that a listing is to be deleted at Tray, while no sync has done it.

    :raises Listing.DoesNotExist: if the company has no such listing.
    """
    listing: Listing = Listing.objects.of(company).select_for_update().get(pk=listing_id)
    if listing.removed_at is not None and listing.gone_at is None:
        listing.removed_at = None
        listing.save(update_fields=["removed_at"])
        mark_listings(company.pk, [listing.pk])
        record_listing("kept", listing, f"Produto Ecommerce «{listing.title}» não será mais apagado", by=by, now=now)
    return listing


@transaction.atomic
def stop_managing(*, company: Company, listing_id: int, by: str, now: datetime) -> Listing:
    """
    Leave a listing to the store: it stays at Tray as it is, and from now on only its stock is written.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises WrongListing: if it is not at Tray.
    """
    listing: Listing = Listing.objects.of(company).select_for_update().get(pk=listing_id)
    if not listing.is_managed:
        return listing
    if listing.tray_id is None or listing.gone_at is not None:
        raise WrongListing("Este anúncio não está no Tray. Apague-o, se não for mais usado.")
    listing.is_managed = listing.is_draft = listing.is_dirty = False
    listing.removed_at = None
    listing.save(update_fields=["is_managed", "is_draft", "is_dirty", "removed_at"])
    record_listing("left", listing, f"O AHEAD deixou de cuidar do anúncio «{listing.title}»", by=by, now=now)
    return listing
