"""One product or one variant of the store, read by itself and taken in as the reading of the whole catalogue would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ahead import tray
from ahead.catalog.models import Listing
from ahead.db.tenancy import TenantQuerySet
from ahead.sync.catalogue_in import Parent, Reading, take_products, take_variants
from ahead.sync.exchange import Exchange
from ahead.sync.gone_listings import note_gone


@dataclass(frozen=True, slots=True)
class Thing:
    """A product or a variant, by Tray's id."""

    is_variant: bool
    id: int

    def __str__(self) -> str:
        return f"{'Variação' if self.is_variant else 'Produto'} {self.id} do Tray"


@dataclass(frozen=True, slots=True)
class Shown:
    """What Tray shows of it; a product that is no more has none."""

    product: tray.Product | None = None
    variants: Sequence[tray.Variant] = ()


def read_thing(client: tray.Tray, thing: Thing) -> Shown:
    """
    Return what Tray shows: one request, two for a product with variants.

    A product is asked for as the list shows it, so that it is compared with what the list showed before.

    :raises tray.TrayError: if it cannot be read.
    """
    if thing.is_variant:
        return Shown(variants=[one for one in client.variants_page(id=thing.id).rows if one.id == thing.id])
    product = next((one for one in client.products_page(id=thing.id).rows if one.id == thing.id), None)
    if product is None or not product.has_variants:
        return Shown(product)
    return Shown(product, [one for one in client.variants(product_id=thing.id) if one.product_id == thing.id])


def take_in_thing(exchange: Exchange, thing: Thing, shown: Shown) -> None:
    """Take in what Tray shows of a product or a variant; a new variant of an unknown product waits for that one."""
    reading = Reading()
    if shown.product is not None:
        take_products(exchange, [shown.product], reading)
    elif not thing.is_variant:
        with exchange.write():
            note_gone(exchange, _listings(exchange).filter(tray_id=thing.id))
        return
    else:
        known = _listings(exchange).filter(tray_id__in={one.product_id for one in shown.variants}, has_variants=True)
        for tray_id, title, reference in known.values_list("tray_id", "title", "reference"):
            reading.parents[tray_id or 0] = Parent(tray_id or 0, title, reference)
    if variants := [one for one in shown.variants if one.product_id in reading.parents]:
        take_variants(exchange, variants, reading)


def _listings(exchange: Exchange) -> TenantQuerySet[Listing]:
    return Listing.objects.of(exchange.company_id).filter(store=exchange.store, gone_at=None)
