"""The store's catalogue, read whole: at the first connection to link what exists, later once a day to compare.

Costs one request for 50 products and one for 50 variants. It links by reference, then GTIN, lists what it could
not link, notices what was deleted or renamed, and reads back the stock that Tray shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from ahead import tray
from ahead.catalog.matching import match_offered
from ahead.catalog.models import FormerTrayId, Listing, ListingVariant
from ahead.catalog.offered import Offered, TrayIds
from ahead.pending.keys import variant_key
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.stock.center_publishing import center_drifts
from ahead.stock.publishing import record_read_back
from ahead.sync.categories_in import read_categories
from ahead.sync.drifts import begin_reading, end_reading, keep_drifts, told_of
from ahead.sync.exchange import Exchange
from ahead.sync.gone_listings import close_returned, note_gone
from ahead.sync.managed_in import compare_managed, compare_variants
from ahead.sync.mapping import axes_text
from ahead.sync.models import EventKind, Step, StockReading, SweepState
from ahead.sync.orders_in import unlinked_count

EVERY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Parent:
    """A product with variants, as far as these need it."""

    id: int
    name: str
    reference: str


@dataclass
class Reading:
    """What one reading of the catalogue came to."""

    stock: StockReading | None = None  # of a reading of all there is
    parents: dict[int, Parent] = field(default_factory=dict)  # products with variants, until these are read
    linked: int = 0
    compared: int = 0
    drifts: int = 0
    kits: int = 0


def is_due(state: SweepState, now: datetime) -> bool:
    """Whether the catalogue should be read again."""
    return state.catalogue_read_at is None or now - state.catalogue_read_at >= EVERY


def read_catalogue(exchange: Exchange, state: SweepState) -> None:
    """
    Read products and variants page by page, link and compare.

    :raises tray.TrayError: if a page cannot be read; it is read again by the next run.
    """
    began = exchange.now()
    reading = Reading(begin_reading(exchange, began))
    read_categories(exchange)
    page = 1
    while True:
        products = exchange.tray.products_page(page)
        take_products(exchange, products.rows, reading)
        exchange.progress(Step.CONNECT, min(page * products.paging.limit, products.paging.total), products.paging.total)
        if products.is_last:
            break
        page += 1
    if reading.parents:
        _read_variants(exchange, reading)
    with exchange.write() as now:
        _note_gone(exchange, began)
        close_returned(exchange, now)
        state.catalogue_read_at, state.stock_read_at = now, began
        state.save(update_fields=["catalogue_read_at", "stock_read_at"])
        if reading.stock is not None:
            end_reading(exchange, reading.stock, compared=reading.compared)
        _tell(exchange, reading)


def _read_variants(exchange: Exchange, reading: Reading) -> None:
    page = 1
    while True:
        variants = exchange.tray.variants_page(page)
        take_variants(exchange, [one for one in variants.rows if one.product_id in reading.parents], reading)
        if variants.is_last:
            return
        page += 1


def take_products(exchange: Exchange, products: Sequence[tray.Product], reading: Reading) -> None:
    """Take in products as Tray lists them: link, compare, keep the stock it shows of those without variants."""
    products = list({product.id: product for product in products}.values())  # a page may show one twice
    varied = (product for product in products if product.has_variants)
    reading.parents |= {one.id: Parent(one.id, one.name, one.reference) for one in varied}
    reading.kits += sum(1 for product in products if product.is_kit)
    with exchange.write() as now:
        managed = compare_managed(exchange, products, now)
        passing = _passing(exchange)
        products = [product for product in products if product.id not in passing]
        _save_listings(exchange, [product for product in products if product.id not in managed], now)
        # a managed one whose variations could not be made yet looks simple at Tray
        simple = [product for product in products if not product.has_variants and not managed.get(product.id)]
        stock = {(product.id, 0): _units(product.stock) for product in simple}
        _take_things(exchange, [_offered(product) for product in simple], stock, reading, now)


def _passing(exchange: Exchange) -> set[int | None]:
    """Return the products that come or go as kits are composed anew: they are no listings of their own."""
    coming = Listing.objects.of(exchange.company_id).filter(store=exchange.store, new_tray_id__isnull=False)
    going = FormerTrayId.objects.of(exchange.company_id).filter(store=exchange.store)
    return {*coming.values_list("new_tray_id", flat=True), *going.values_list("tray_id", flat=True)}


def take_variants(exchange: Exchange, variants: Sequence[tray.Variant], reading: Reading) -> None:
    """Take in variants of products that the reading knows."""
    variants = list({variant.id: variant for variant in variants}.values())
    with exchange.write() as now:
        compare_variants(exchange, variants, now)
        things = [_offered_variant(reading.parents[one.product_id or 0], one) for one in variants]
        stock = {(one.product_id or 0, one.id): _units(one.stock) for one in variants}
        _take_things(exchange, things, stock, reading, now)


def _take_things(
    exchange: Exchange, things: list[Offered], stock: dict[TrayIds, int | None], reading: Reading, now: datetime
) -> None:
    matches = match_offered(exchange.company_id, exchange.store.pk, things, now=now)
    reading.linked += sum(1 for match in matches.values() if match.by in {"referência", "GTIN"})
    _note_renamed(exchange, things, now)
    shown = [
        (matches[ids].variant_id, units)
        for ids, units in stock.items()
        if units is not None and matches[ids].product_id is not None
    ]
    told = told_of(exchange.company_id, [variant for variant, _ in shown])
    drifts = record_read_back(exchange.company_id, exchange.store.pk, shown, now=now)
    if exchange.store.is_multicd:
        drifts = center_drifts(exchange.store, shown)
    reading.drifts += len(drifts)
    reading.compared += len(shown)
    names = {match.variant_id: ids for ids, match in matches.items()}
    titles = {
        (thing.tray_product_id, thing.tray_variant_id): thing.title
        for thing in things
        if not thing.is_kit  # a kit's stock follows from its components: that it moves is no drift
    }
    by_variant = {variant: titles[ids] for variant, ids in names.items() if ids in titles}
    if reading.stock is not None:
        keep_drifts(exchange, reading.stock, drifts, told, by_variant)
    exchange.tell(
        exchange.event(
            EventKind.NOTE,
            f"drift:{variant}",
            f"{by_variant[variant]}: o Tray mostra {shown_units}, a última quantidade confirmada era {before}",
            before=before,
            after=shown_units,
        )
        for variant, before, shown_units in drifts
        if variant in by_variant
    )


def _save_listings(exchange: Exchange, products: Iterable[tray.Product], now: datetime) -> None:
    Listing.objects.bulk_create(
        [
            Listing(
                company_id=exchange.company_id,
                store=exchange.store,
                tray_id=product.id,
                title=product.name[:200],
                reference=product.reference[:120],
                has_variants=product.has_variants,
                is_kit=product.is_kit,
                gone_at=None,
                seen_at=now,
            )
            for product in products
        ],
        update_conflicts=True,
        unique_fields=["store", "tray_id"],
        update_fields=["title", "reference", "has_variants", "is_kit", "gone_at", "seen_at"],
        batch_size=200,
    )


def _offered(product: tray.Product) -> Offered:
    return Offered(
        tray_product_id=product.id,
        tray_variant_id=0,
        title=product.name,
        reference=product.reference[:120],
        gtin=product.ean[:14],
        is_kit=product.is_kit,
    )


def _offered_variant(parent: Parent, variant: tray.Variant) -> Offered:
    return Offered(
        tray_product_id=parent.id,
        tray_variant_id=variant.id,
        title=parent.name,
        reference=variant.reference[:120],
        gtin=variant.ean[:14],
        axes=axes_text(variant.axes),
        values=tuple(axis.value for axis in variant.axes),
        listing_reference=parent.reference[:120],
        has_variants=True,
    )


def _units(stock: Decimal | None) -> int | None:
    return None if stock is None else int(stock)


def _note_renamed(exchange: Exchange, things: Sequence[Offered], now: datetime) -> None:
    """Notice a reference that was changed at Tray after linking: the link stays, a person is told."""
    by_ids = {(thing.tray_product_id, thing.tray_variant_id): thing for thing in things}
    rows = ListingVariant.objects.of(exchange.company_id).filter(
        store=exchange.store, tray_product_id__in={product for product, _ in by_ids}
    )
    for row in rows.select_related("product", "listing"):
        thing = by_ids.get(row.tray_ids) if row.tray_ids else None
        if thing is None or thing.reference == row.reference or row.listing.is_managed:
            continue  # of a managed one `managed_in` tells what was changed
        if row.product is not None and row.product.reference == thing.reference:
            close_matters(
                exchange.company_id,
                kind=Kind.REFERENCE_CHANGED,
                keys=[variant_key(row.pk)],
                now=now,
            )
        elif row.product is not None and row.reference:
            matter = Matter(
                kind=Kind.REFERENCE_CHANGED,
                key=variant_key(row.pk),
                text=(
                    f"A referência de «{thing.title}» mudou no Tray de {row.reference} para "
                    f"{thing.reference or 'vazia'}. Ele continua vinculado a {row.product}."
                ),
                remedy="Se ainda é o mesmo produto, nada a fazer. Se não é, troque o vínculo na página do produto.",
                store_id=exchange.store.pk,
                facts={"variant_id": row.pk},
            )
            open_matters(exchange.company_id, [matter], now=now)
        row.reference, row.gtin = thing.reference, thing.gtin
        row.save(update_fields=["reference", "gtin"])


def _note_gone(exchange: Exchange, began: datetime) -> None:
    listings = Listing.objects.of(exchange.company_id).filter(store=exchange.store, gone_at=None, seen_at__lt=began)
    note_gone(exchange, listings)


def _tell(exchange: Exchange, reading: Reading) -> None:
    unlinked = unlinked_count(exchange)
    if reading.linked:
        text = f"{reading.linked} produtos do Tray vinculados por referência ou GTIN"
        exchange.tell([exchange.event(EventKind.LINKED, "catalogue", text)])
    if unlinked:
        text = f"{unlinked} produtos do Tray sem vínculo com um produto do AHEAD; vincule-os em Produtos → Vínculos"
        exchange.tell([exchange.event(EventKind.NOTE, "unlinked", text)])
