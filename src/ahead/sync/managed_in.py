"""Managed listings as Tray shows them: what somebody changed there is reported, and stays until a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from ahead import tray
from ahead.catalog.models import Listing, ListingVariant, Publication
from ahead.pending.keys import listing_key
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.sync.catalogue_differences import told
from ahead.sync.exchange import Exchange
from ahead.sync.listing_writes import Before

_MOST_VARIANTS_NAMED = 5


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
    for product in products:
        row = managed.get(product.id)
        if row is not None and not row.is_dirty:
            _keep(row, product_fields(product), now)
    _report(exchange, [row.pk for row in managed.values()], now)
    return {tray_id: row.has_variants for tray_id, row in managed.items()}


def compare_variants(exchange: Exchange, variants: Sequence[tray.Variant], now: datetime) -> None:
    """Compare what a page of Tray shows of variants with what those of managed listings were told, likewise."""
    shown = {(one.product_id, one.id): one for one in variants}
    rows = ListingVariant.objects.of(exchange.company_id).filter(
        store=exchange.store,
        tray_product_id__in={product_id for product_id, _ in shown},
        listing__is_managed=True,
        listing__is_dirty=False,
    )
    found = [row for row in rows.select_related("publication") if row.tray_ids in shown]
    for row in found:
        _keep(row, variant_fields(shown[row.tray_product_id, row.tray_variant_id or 0]), now)
    _report(exchange, {row.listing_id for row in found}, now)


def product_fields(product: tray.Product) -> dict[str, str]:
    """Return what a list shows of a product, in the words in which it is told; a kit's price is its components'."""
    fields = {
        "name": product.name,
        "reference": product.reference,
        "brand": product.brand,
        "model": product.model,
        "ean": product.ean,
    }
    return fields if product.is_kit else fields | _price_fields(product)


def variant_fields(variant: tray.Variant) -> dict[str, str]:
    """Return what a list shows of a variant, in the words in which it is told."""
    return {"reference": variant.reference, "ean": variant.ean, **_price_fields(variant)}


def as_told(fields: Mapping[str, str], shown: Mapping[str, str]) -> dict[str, str]:
    """Return what is shown of the fields that were told; what says the same is written as it was told."""
    return {
        name: fields[name] if _plain(fields[name]) == _plain(value) else value
        for name, value in shown.items()
        if name in fields
    }


def _price_fields(one: tray.Product | tray.Variant) -> dict[str, str]:
    promotional = one.promotional_price
    return {"price": _money(one.price), "promotional_price": _money(promotional) if promotional else ""}


def _money(amount: Decimal | None) -> str:
    return f"{amount or 0:.2f}"


def _plain(value: str) -> str:
    return "" if value == "0.00" else value


def _keep(row: Listing | ListingVariant, shown: dict[str, str], now: datetime) -> None:
    """Keep what Tray shows as confirmed; not of a write without an answer: Tray may show it now, or later."""
    publication: Publication | None = getattr(row, "publication", None)
    if publication is None or Before.of(row).is_open:
        return
    sent, confirmed = (document.get("fields", {}) for document in (publication.sent, publication.confirmed))
    seen = as_told(sent, shown)
    if any(confirmed.get(name) != value for name, value in seen.items()):
        publication.confirmed["fields"] = confirmed | seen
        publication.confirmed_at = now
        publication.save(update_fields=["confirmed", "confirmed_at"])


def _report(exchange: Exchange, listing_ids: Iterable[int], now: datetime) -> None:
    """Open the matter of each of these listings of which Tray shows something else than it was told, or close it."""
    variants = ListingVariant.objects.of(exchange.company_id).filter(removed_at=None).select_related("publication")
    rows = Listing.objects.of(exchange.company_id).filter(pk__in=list(listing_ids), is_dirty=False)
    rows = rows.select_related("publication").prefetch_related(
        Prefetch("variants", queryset=variants.order_by("position", "pk"))
    )
    matters, agreeing = [], []
    for row in rows:
        own, of_variants = _changed(row), [(one, _changed(one)) for one in row.variants.all()]
        if own or any(changed for _, changed in of_variants):
            matters.append(_matter(exchange, row, own, [(one, changed) for one, changed in of_variants if changed]))
        elif not Before.of(row).is_open:
            agreeing.append(listing_key(row.pk))
    open_matters(exchange.company_id, matters, now=now)
    close_matters(exchange.company_id, kind=Kind.LISTING_CHANGED, keys=agreeing, now=now)


def _changed(row: Listing | ListingVariant) -> dict[str, Any]:
    """Return the fields of which Tray showed something else than it was told."""
    publication: Publication | None = getattr(row, "publication", None)
    if publication is None or Before.of(row).is_open:
        return {}
    sent, confirmed = (document.get("fields", {}) for document in (publication.sent, publication.confirmed))
    return {name: value for name, value in confirmed.items() if name in sent and sent[name] != value}


def _matter(
    exchange: Exchange,
    row: Listing,
    own: dict[str, Any],
    of_variants: Sequence[tuple[ListingVariant, dict[str, Any]]],
) -> Matter:
    words = [told(own, row.publication.sent.get("fields", {}))] if own else []
    for one, changed in of_variants[:_MOST_VARIANTS_NAMED]:
        words.append(f"{one.axes}: {told(changed, one.publication.sent.get('fields', {}))}")
    if more := len(of_variants[_MOST_VARIANTS_NAMED:]):
        words.append(f"e mais {more} variações")
    return Matter(
        kind=Kind.LISTING_CHANGED,
        key=listing_key(row.pk),
        text=f"{row.title} foi alterado na loja {exchange.store.name} do Tray. {'; '.join(words)}.",
        remedy=(
            "O AHEAD cuida deste anúncio: grave-o de novo aqui para enviar o que o AHEAD diz, "
            "ou escreva aqui o que está no Tray."
        ),
        store_id=exchange.store.pk,
        facts={"listing_id": row.pk, "changed": own},
    )
