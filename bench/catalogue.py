"""What the catalogue costs: finding what changed among many listings, and the requests of pushing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from ahead.catalog.marking import mark_listings
from ahead.catalog.models import (
    Category,
    Listing,
    ListingImage,
    ListingPublication,
    ListingVariant,
    Product,
)
from ahead.stores.models import Store
from ahead.sync.catalogue_documents import wanted_listings
from ahead.sync.exchange import BATCH, Exchange
from ahead.sync.listings_out import Passage, due_listings, plan_listings
from bench.measuring import interleaved
from bench.requests import kinds_of
from bench.rows import Row
from bench.sandbox import Sandbox, sandbox
from bench.stage import Shop, Stage, set_stage

_READS = "GET "
_AXES = ("Preta", "Branca", "Verde", "Azul")


def catalogue(*, quick: bool) -> Iterator[Row]:
    """Push listings for the first time, then some changes of them; find a few changes among ten thousand."""
    pushed = 60 if quick else 400
    many = 2_000 if quick else 10_000
    with sandbox() as server:
        stage = set_stage(server, skus=many)
        shop = stage.open_shop(skus=1)
        products = list(Product.objects.of(stage.company).order_by("pk"))
        category = _category(shop.store)
        stage.sync(shop)

        simple = _listings(category, products[:pushed])
        writes = _writes(stage, server, shop)
        yield _per_product("first push of a product with three images", writes, pushed, 1.0)

        varied = _varied(category, products[pushed : pushed + pushed // 2 * len(_AXES)])
        writes = _writes(stage, server, shop)
        yield _per_product("first push of a product with four variations", writes, len(varied), 2.0 + len(_AXES))

        changed = simple[:: max(pushed // 20, 1)]
        _reprice(stage.company.pk, changed)
        writes = _writes(stage, server, shop)
        yield _per_product("requests per changed listing", writes, len(changed), 1.0)

        used = pushed + pushed // 2 * len(_AXES)
        rest = _listings(category, products[used:], is_at_tray=True)
        yield _detection(shop.store, rest[::100], many=len(rest) + pushed + len(varied))


def _per_product(measure: str, kinds: Counter[str], count: int, floor: float) -> Row:
    told = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    return Row(measure, kinds.total() / count, "requests", floor, f"floor {floor:g}", floor, note=told)


def _writes(stage: Stage, server: Sandbox, shop: Shop) -> Counter[str]:
    """Sync until nothing is left, and return the requests that were about the catalogue."""
    kinds: Counter[str] = Counter()
    while True:
        server.forget()
        stage.sync(shop)
        kinds += kinds_of(server.log())
        left = Listing.objects.of(stage.company).filter(store=shop.store, is_dirty=True)
        if not left.exists():
            return Counter({kind: number for kind, number in kinds.items() if "/products" in kind})


def _category(store: Store) -> Category:
    now = datetime.now(UTC)
    return Category.objects.create(
        company_id=store.company_id, store=store, code=1, name="Utilidades", created_at=now, updated_at=now
    )


def _listings(category: Category, products: Sequence[Product], *, is_at_tray: bool = False) -> list[Listing]:
    """Make a listing of each product, with three images; `is_at_tray`: as if Tray had confirmed all of it."""
    _measure(products)
    rows = [_listing(category, product.name, product.reference, position) for position, product in enumerate(products)]
    for position, row in enumerate(rows):
        row.is_dirty = not is_at_tray
        row.tray_id = 5_000_000 + position if is_at_tray else None
    made = Listing.objects.bulk_create(rows, batch_size=500)
    variants = [_variant(row, product, position=0) for row, product in zip(made, products, strict=True)]
    ListingVariant.objects.bulk_create(variants, batch_size=500)
    images = [
        ListingImage(
            company_id=row.company_id, listing=row, position=place, url=f"https://fotos.example/{row.pk}-{place}.jpg"
        )
        for row in made
        for place in range(3)
    ]
    ListingImage.objects.bulk_create(images, batch_size=500)
    if is_at_tray:
        _confirm(category.store, made)
    return made


def _varied(category: Category, products: Sequence[Product]) -> list[Listing]:
    _measure(products)
    rows = []
    for start in range(0, len(products) - len(_AXES) + 1, len(_AXES)):
        row = _listing(category, f"Camiseta {start}", f"CAM-{start}", start)
        row.has_variants, row.axis_1 = True, "Cor"
        row.save()
        for position, value in enumerate(_AXES):
            variant = _variant(row, products[start + position], position=position)
            variant.tray_variant_id, variant.value_1, variant.axes = None, value, f"Cor: {value}"
            variant.save()
        rows.append(row)
    return rows


def _measure(products: Sequence[Product]) -> None:
    """Give the products what Tray needs to know of them."""
    for product in products:
        product.weight_g, product.length_cm, product.width_cm, product.height_cm = 300, 10, 10, 10
        product.price = product.price or 10
    rows = Product.objects.of(products[0].company_id)
    rows.bulk_update(products, ["weight_g", "length_cm", "width_cm", "height_cm", "price"], batch_size=500)


def _listing(category: Category, title: str, reference: str, position: int) -> Listing:
    now = datetime.now(UTC)
    return Listing(
        company_id=category.company_id, store=category.store, category=category, title=title, reference=reference,
        is_managed=True, is_dirty=True, price=39 + position % 9, created_at=now, updated_at=now,
        description=f"<p>{title}, feito à mão.</p>" * 8,
    )  # fmt: skip


def _variant(row: Listing, product: Product, *, position: int) -> ListingVariant:
    return ListingVariant(
        company_id=row.company_id, store_id=row.store_id, listing=row, product=product, position=position,
        reference=product.reference, tray_product_id=row.tray_id, tray_variant_id=0,
    )  # fmt: skip


def _confirm(store: Store, rows: Sequence[Listing]) -> None:
    now = datetime.now(UTC)
    for start in range(0, len(rows), 500):
        wanted = wanted_listings(store, [row.pk for row in rows[start : start + 500]])
        ListingPublication.objects.bulk_create(
            ListingPublication(
                company_id=store.company_id, listing=one.row, confirmed=one.document(), sent=one.document(),
                confirmed_at=now, sent_at=now,
            )
            for one in wanted
        )  # fmt: skip


def _reprice(company_id: int, rows: Sequence[Listing]) -> None:
    for row in rows:
        Listing.objects.of(company_id).filter(pk=row.pk).update(price=row.price + 1)
    mark_listings(company_id, [row.pk for row in rows])


def _detection(store: Store, changed: Sequence[Listing], *, many: int) -> Row:
    _reprice(store.company_id, changed)
    exchange = cast("Exchange", SimpleNamespace(store=store, company_id=store.company_id))
    found = _planned(exchange)
    if len(found) != len(changed):
        raise AssertionError(f"{len(found)} listings are to be written, {len(changed)} were changed")
    ours, peer = interleaved(5, lambda: _planned(exchange), lambda: _compared(store))
    return Row(
        f"finding {len(changed)} changed among {many:,} listings, and what to write of them",
        ours, "s", peer, "all documents compared in Python", 0.2,
    )  # fmt: skip


def _planned(exchange: Exchange) -> list[Any]:
    passage = Passage(until=0.0, percent=0)
    due = due_listings(exchange, kits=False)
    return [
        write
        for start in range(0, len(due), BATCH)
        for write in plan_listings(exchange, passage, due[start : start + BATCH], properties=lambda _: {}).writes
    ]


def _compared(store: Store) -> int:
    """Read what every listing should say, and compare it with what Tray confirmed: the plain way."""
    ids = Listing.objects.of(store.company_id).filter(store=store, is_managed=True).values_list("pk", flat=True)
    return sum(one.document() != one.row.publication.confirmed for one in wanted_listings(store, list(ids)))
