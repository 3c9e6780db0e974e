"""Taking over listings that a store has already: each is read in full once, and is AHEAD's own from then on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ahead import tray
from ahead.catalog.adoption import Adopted, SeenComponent, SeenListing, SeenSku, adopt_listing
from ahead.catalog.models import Listing, ListingPublication, VariantPublication
from ahead.db.tenancy import TenantQuerySet
from ahead.lib.errors import Refused
from ahead.lib.money import to_cents
from ahead.stock.centers import open_centers
from ahead.sync.adopted_stock import Lying, Shelf
from ahead.sync.catalogue_differences import told
from ahead.sync.catalogue_documents import wanted_listings
from ahead.sync.exchange import Exchange
from ahead.sync.explaining import Explanation
from ahead.sync.listings_out import Passage
from ahead.sync.managed_in import as_told, product_fields, variant_fields
from ahead.sync.models import EventKind, Step
from ahead.sync.readers import Outcome


@dataclass(frozen=True, slots=True)
class Asked:
    """A listing that is to be taken over."""

    listing_id: int
    tray_id: int
    title: str
    by: str


@dataclass(frozen=True, slots=True)
class Found:
    """A listing as Tray shows it; of a store with Multi-CD also what of it lies in which centre."""

    listing: SeenListing
    shown: Mapping[int, Mapping[str, str]]  # by variant at Tray, 0 the product: the fields that a list shows of it
    lying: Lying
    read_at: float  # monotonic


def adopt_listings(exchange: Exchange, passage: Passage) -> None:
    """
    Take over what was asked for, at one or two requests each; kits afterwards: they need their components.

    Of a store with Multi-CD each SKU costs one more, which says what lies in which centre.
    """
    if _must_wait(exchange):
        return
    by_center = exchange.store.is_multicd
    in_turn = [_asked(exchange, kits=kits) for kits in (False, True)]
    if not any(in_turn):
        return
    shelf = Shelf(exchange)
    for asked in in_turn:
        exchange.progress(Step.CATALOGUE, 0, len(asked))
        within = _within(passage, asked)
        for done, outcome in enumerate(
            exchange.ask_each(within, lambda one: _read(exchange.tray, one, by_center)), start=1
        ):
            _record(exchange, outcome, shelf)
            exchange.progress(Step.CATALOGUE, done, max(done, len(asked)))


def _must_wait(exchange: Exchange) -> bool:
    """Whether nobody has said yet in which Estoques the stock lies that is taken over too."""
    if not exchange.store.is_multicd or not open_centers(exchange.store):
        return False
    if waiting := len(_asked(exchange, kits=False)) + len(_asked(exchange, kits=True)):
        text = f"{waiting} anúncios a trazer do Tray esperam que os centros de distribuição sejam mapeados a Estoques"
        with exchange.write():
            exchange.tell([exchange.event(EventKind.NOTE, "adoption:centers", text)])
    return True


def _asked(exchange: Exchange, *, kits: bool) -> list[Asked]:
    rows = Listing.objects.of(exchange.company_id).filter(
        store=exchange.store, adoption_asked_at__isnull=False, is_managed=False, gone_at=None, is_kit=kits
    )
    found = rows.order_by("adoption_asked_at", "pk").values_list("pk", "tray_id", "title", "adoption_asked_by")
    return [Asked(pk, tray_id or 0, title, by) for pk, tray_id, title, by in found]


def _within(passage: Passage, asked: list[Asked]) -> Iterator[Asked]:
    """Yield those that this run has time for; the rest is left to the next one."""
    for place, one in enumerate(asked):
        if passage.is_over:
            passage.left += len(asked) - place
            return
        yield one


def _read(client: tray.Tray, one: Asked, by_center: bool) -> Found:
    product = client.product(one.tray_id)
    # by their ids: a list that moves while it is read shows a row twice
    variants = {row.id: row for row in client.variants(product_id=one.tray_id)} if product.has_variants else {}
    components = {row.id: row for row in client.kits(product_parent_id=one.tray_id)} if product.is_kit else {}
    seen = seen_listing(product, tuple(variants.values()), tuple(components.values()))
    shown = {0: product_fields(product), **{pk: variant_fields(variant) for pk, variant in variants.items()}}
    lying: Lying = {}
    if by_center and not product.is_kit:
        lying = {sku.tray_variant_id: _lying(client, one.tray_id, sku.tray_variant_id) for sku in seen.skus}
    return Found(seen, shown, lying, time.monotonic())


def _lying(client: tray.Tray, product_id: int, variant_id: int) -> list[tuple[int, int]]:
    found = client.center_stock(variant_id=variant_id) if variant_id else client.center_stock(product_id=product_id)
    return [(center, _whole(units)) for center, units in found]


def seen_listing(
    product: tray.Product, variants: tuple[tray.Variant, ...], components: tuple[tray.KitRow, ...]
) -> SeenListing:
    """Return what Tray shows of a product, in the terms of the catalogue."""
    skus = tuple(_sku(one) for one in variants) or (_own_sku(product),)
    promoted = _promotional(product)
    return SeenListing(
        title=product.name,
        reference=product.reference,
        brand=product.brand,
        model=product.model,
        warranty=product.warranty or "",
        ncm=product.ncm,
        sizes_cm=(_whole(product.length_cm), _whole(product.width_cm), _whole(product.height_cm)),
        category_tray_id=product.category_id,
        more_category_tray_ids=product.related_category_ids or (),
        description=product.description or "",
        description_small=product.description_small or "",
        price=to_cents(product.price or Decimal(0)),
        is_price_on_request=bool(product.is_upon_request) and not product.is_kit,
        promotional_price=promoted,
        promotion_starts_on=product.promotion_start if promoted else None,
        promotion_ends_on=product.promotion_end if promoted else None,
        is_visible=product.is_available,
        availability=product.availability or "",
        availability_days=product.availability_days or 0,
        is_virtual=bool(product.is_virtual),
        releases_on=product.release_on,
        page_title=product.title or "",
        keywords=product.metatags.keywords if product.metatags else "",
        meta_description=product.metatags.description if product.metatags else "",
        axes=tuple(axis.type for axis in variants[0].axes) if variants else (),
        skus=skus,
        components=tuple(_component(one) for one in components),
        specifications=product.properties or (),
        images=product.images,
    )


def _own_sku(product: tray.Product) -> SeenSku:
    return SeenSku(
        tray_variant_id=0,
        values=(),
        reference=product.reference,
        gtin=product.ean,
        price=to_cents(product.price or Decimal(0)),
        promotional_price=_promotional(product),
        cost=to_cents(product.cost_price or Decimal(0)),
        weight_g=product.weight_g or 0,
        units=_whole(product.stock),
    )


def _sku(one: tray.Variant) -> SeenSku:
    return SeenSku(
        tray_variant_id=one.id,
        values=tuple(axis.value for axis in one.axes),
        reference=one.reference,
        gtin=one.ean,
        price=to_cents(one.price or Decimal(0)),
        promotional_price=_promotional(one),
        cost=to_cents(one.cost_price or Decimal(0)),
        weight_g=one.weight_g or 0,
        units=_whole(one.stock),
    )


def _promotional(one: tray.Product | tray.Variant) -> Decimal | None:
    return to_cents(one.promotional_price) if one.promotional_price else None


def _whole(number: Decimal | None) -> int:
    return max(0, int(number or 0))


def _component(row: tray.KitRow) -> SeenComponent:
    return SeenComponent(
        row.product_id, int(row.quantity), row.price_rule, row.discount_type, to_cents(row.discount_value)
    )


def _record(exchange: Exchange, outcome: Outcome[Asked, Found], shelf: Shelf) -> None:
    one = outcome.ask
    key = f"adoption:{one.listing_id}"
    if outcome.answer is None:
        with exchange.write():
            problem = outcome.error or tray.TrayUnreachable("no answer")
            exchange.tell([exchange.error(key, f"Trazer {one.title} do Tray", problem)])
            if isinstance(problem, tray.NotFound):
                _forget(exchange, one)
        return
    shelf.look_again(one.listing_id, read_at=outcome.answer.read_at)
    try:
        with exchange.write() as now:
            waiting = shelf.waiting(one.listing_id)
            adopted = adopt_listing(
                company=exchange.store.company,
                listing_id=one.listing_id,
                seen=outcome.answer.listing,
                by=one.by,
                now=now,
            )
            beyond = shelf.open_stock(adopted, outcome.answer.lying, waiting, by=one.by, now=now)
            differs = _confirm(exchange, adopted.listing, outcome.answer.shown, now)
            exchange.tell([exchange.event(EventKind.LINKED, key, _told(adopted, beyond, differs))])
    except Refused as refusal:  # whatever rule of ours it is: one that cannot be taken over never stops the others
        with exchange.write():
            why = Explanation(str(refusal), "you", "Depois peça de novo em Produtos Ecommerce → Trazer do Tray.")
            exchange.tell([exchange.error(key, f"Trazer {one.title} do Tray", why)])
            _forget(exchange, one)


def _forget(exchange: Exchange, one: Asked) -> None:
    Listing.objects.of(exchange.company_id).filter(pk=one.listing_id).update(adoption_asked_at=None)


def _told(adopted: Adopted, beyond: int, differs: Sequence[str]) -> str:
    parts = [f"{adopted.listing.title}: o AHEAD passa a cuidar deste anúncio"]
    if adopted.made:
        codes = ", ".join(product.code for product, _ in adopted.made)
        parts.append(f"produtos criados com o saldo que o Tray mostra: {codes}")
    if beyond:
        parts.append(f"mais {beyond} {'unidade' if beyond == 1 else 'unidades'} de pedidos que esperavam por eles")
    if differs:
        parts.append(f"com a próxima mudança aqui, o Tray passa a dizer o que o AHEAD diz: {', '.join(differs)}")
    return "; ".join([*parts, *adopted.notes])


def _confirm(exchange: Exchange, listing: Listing, shown: Mapping[int, Mapping[str, str]], now: datetime) -> list[str]:
    """
    Keep as told what Tray shows: nothing is to be sent before somebody changes it.

    Return in words where AHEAD says something else, such as a product of ours with another brand.
    """
    (wanted,) = wanted_listings(exchange.store, [listing.pk])
    own = ListingPublication.objects.of(listing.company_id).filter(listing=listing)
    differs = _confirm_row(own, wanted.document(), shown[0], now)
    for one in wanted.variants:
        rows = VariantPublication.objects.of(listing.company_id).filter(variant=one.row)
        document = {"fields": one.fields, "images": one.images}
        words = _confirm_row(rows, document, shown.get(one.row.tray_variant_id or 0, {}), now)
        differs += [f"{one.row.axes}: {text}" for text in words]
    return differs


def _confirm_row(
    rows: TenantQuerySet[Any], document: dict[str, Any], shown: Mapping[str, str], now: datetime
) -> list[str]:
    fields = document["fields"]
    as_shown = as_told(fields, shown)
    document = document | {"fields": fields | as_shown}
    rows.update(confirmed=document, sent=document, confirmed_at=now, sent_at=now)
    return [told({name: fields[name]}, as_shown) for name in as_shown if fields[name] != as_shown[name]]
