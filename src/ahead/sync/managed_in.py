"""Managed listings as Tray shows them: what somebody changed there is reported, and stays until a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from ahead import tray
from ahead.catalog.models import Listing, ListingPublication
from ahead.pending.keys import listing_key
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.sync.catalogue_differences import told
from ahead.sync.exchange import Exchange
from ahead.sync.listing_writes import Before


def compare_managed(exchange: Exchange, products: Sequence[tray.Product], now: datetime) -> dict[int, bool]:
    """
    Compare what a page of Tray shows with what managed listings were told; return those, and whether they vary.

    What differs becomes what Tray "confirmed", so that the next change here is sent against it. It is not set back:
    somebody may have meant it.
    """
    rows = Listing.objects.of(exchange.company_id).filter(
        store=exchange.store, is_managed=True, tray_id__in=[product.id for product in products]
    )
    managed = {row.tray_id: row for row in rows.select_related("publication") if row.tray_id is not None}
    rows.update(seen_at=now, gone_at=None)
    matters, agreeing = [], []
    for product in products:
        row = managed.get(product.id)
        if row is None or row.is_dirty or not hasattr(row, "publication") or Before.of(row).is_open:
            continue
        if changed := _changed(row.publication, product):
            _keep(row.publication, changed, now)
            matters.append(_matter(exchange, row, changed))
        else:
            agreeing.append(listing_key(row.pk))
    open_matters(exchange.company_id, matters, now=now)
    close_matters(exchange.company_id, kind=Kind.LISTING_CHANGED, keys=agreeing, now=now)
    return {tray_id: row.has_variants for tray_id, row in managed.items()}


def _changed(publication: ListingPublication, product: tray.Product) -> dict[str, Any]:
    """Return the fields of which Tray shows something else than it was told, as far as a list tells them."""
    fields = publication.sent.get("fields", {})
    shown = {
        "name": product.name,
        "reference": product.reference,
        "brand": product.brand,
        "model": product.model,
        "ean": product.ean,
        "price": _money(product.price),
        "promotional_price": _money(product.promotional_price),
    }
    return {name: value for name, value in shown.items() if name in fields and _plain(fields[name]) != _plain(value)}


def _plain(value: str) -> str:
    return "" if value == "0.00" else value


def _money(amount: Decimal | None) -> str:
    return f"{amount or 0:.2f}"


def _keep(publication: ListingPublication, changed: dict[str, Any], now: datetime) -> None:
    confirmed = publication.confirmed
    confirmed["fields"] = confirmed.get("fields", {}) | changed
    publication.confirmed, publication.confirmed_at = confirmed, now
    publication.save(update_fields=["confirmed", "confirmed_at"])


def _matter(exchange: Exchange, row: Listing, changed: dict[str, Any]) -> Matter:
    words = told(changed, row.publication.sent.get("fields", {}))
    return Matter(
        kind=Kind.LISTING_CHANGED,
        key=listing_key(row.pk),
        text=f"{row.title} foi alterado na loja {exchange.store.name} do Tray. {words}.",
        remedy=(
            "O AHEAD cuida deste anúncio: grave-o de novo aqui para enviar o que o AHEAD diz, "
            "ou escreva aqui o que está no Tray."
        ),
        store_id=exchange.store.pk,
        facts={"listing_id": row.pk, "changed": changed},
    )
