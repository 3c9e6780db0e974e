"""What the catalogue at Tray has no more: reported where it is linked to a product of ours, and taken back."""

from __future__ import annotations

from datetime import datetime

from ahead.catalog.models import Listing, ListingVariant
from ahead.db.tenancy import TenantQuerySet
from ahead.pending.keys import variant_key
from ahead.pending.models import Kind, PendingMatter
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.sync.exchange import Exchange


def note_gone(exchange: Exchange, listings: TenantQuerySet[Listing]) -> None:
    """Note that Tray has these no more; of what is linked to a product of ours a person is told."""
    linked = ListingVariant.objects.of(exchange.company_id).filter(listing__in=listings, product__isnull=False)
    for row in linked.select_related("product"):
        report_gone(exchange, row.pk, row.product_id or 0, str(row.product))
    listings.update(gone_at=exchange.now())


def close_returned(exchange: Exchange, now: datetime) -> None:
    """Close the matter of what was deleted at Tray once the same product is sold there again, under any id."""
    asked = PendingMatter.objects.of(exchange.company_id).filter(
        kind=Kind.LISTING_GONE, store=exchange.store, resolved_at=None
    )
    keys = {matter.key: matter.facts["product_id"] for matter in asked}
    if not keys:
        return
    sold = set(
        ListingVariant.objects.of(exchange.company_id)
        .filter(store=exchange.store, product_id__in=keys.values(), listing__gone_at=None)
        .values_list("product_id", flat=True)
    )
    back = [key for key, product_id in keys.items() if product_id in sold]
    close_matters(exchange.company_id, kind=Kind.LISTING_GONE, keys=back, now=now)


def report_gone(exchange: Exchange, variant_id: int, product_id: int, name: str) -> None:
    """Open the matter of a linked thing that Tray no longer has."""
    matter = Matter(
        kind=Kind.LISTING_GONE,
        key=variant_key(variant_id),
        text=f"{name} foi apagado na loja {exchange.store.name} do Tray.",
        remedy="Se foi engano, cadastre-o de novo no Tray: ele é vinculado pela referência. Senão, nada a fazer.",
        store_id=exchange.store.pk,
        facts={"variant_id": variant_id, "product_id": product_id},
    )
    open_matters(exchange.company_id, [matter], now=exchange.now())
