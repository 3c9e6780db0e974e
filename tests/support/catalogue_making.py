"""Categories, listings and kits as rows, for tests of the catalogue out: how people make them is tried elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ahead.catalog.marking import mark_categories, mark_listings
from ahead.catalog.models import (
    Category,
    KitComponent,
    Listing,
    ListingImage,
    ListingSpecification,
    ListingVariant,
    Product,
)
from ahead.sandbox.tray.catalogue import category_at
from ahead.sync.models import EventKind, SyncRun
from sync_stage import Stage


def add_category(stage: Stage, name: str, *, parent: Category | None = None, **facts: Any) -> Category:
    """Make a category of the Loja, not at Tray yet."""
    now = datetime.now(UTC)
    code = Category.objects.of(stage.company).filter(store=stage.store).count() + 1
    return Category.objects.create(
        company=stage.company, store=stage.store, parent=parent, code=code, name=name, created_at=now, updated_at=now,
        **facts,
    )  # fmt: skip


def _at_tray(stage: Stage, name: str) -> Category:
    with stage.shop.changing():
        tray_id = category_at(stage.shop, name).id
    return add_category(stage, name, tray_id=tray_id, is_dirty=False)


def add_listing(stage: Stage, product: Product, category: Category | None = None, **facts: Any) -> Listing:
    """Make a Produto Ecommerce of one product, ready to be sent."""
    listing = _listing(stage, facts.pop("title", product.name), category, reference=product.reference, **facts)
    ListingVariant.objects.create(
        company=stage.company,
        store=stage.store,
        listing=listing,
        product=product,
        tray_variant_id=0,
        reference=product.reference,
    )
    return listing


def add_varied(
    stage: Stage, title: str, skus: dict[tuple[str, ...], Product], category: Category | None = None, **facts: Any
) -> Listing:
    """Make a Produto Ecommerce with variations, each a product of ours."""
    axes = {"axis_1": "Cor", "axis_2": "Tamanho" if len(next(iter(skus))) > 1 else ""}
    listing = _listing(stage, title, category, reference="PAI-1", has_variants=True, **axes, **facts)
    for position, (values, product) in enumerate(skus.items(), start=1):
        add_variant(stage, listing, values, product, position)
    return listing


def add_variant(
    stage: Stage, listing: Listing, values: tuple[str, ...], product: Product, position: int = 1
) -> ListingVariant:
    """Add a variation."""
    names = [listing.axis_1, listing.axis_2]
    return ListingVariant.objects.create(
        company=stage.company, store=stage.store, listing=listing, product=product, tray_variant_id=None,
        reference=product.reference,
        position=position, axes=" · ".join(f"{name}: {value}" for name, value in zip(names, values, strict=False)),
        value_1=values[0], value_2=values[1] if len(values) > 1 else "",
    )  # fmt: skip


def add_kit(stage: Stage, code: str, components: list[tuple[Product, int]], **facts: Any) -> Listing:
    """Make a kit and its Produto Ecommerce."""
    kit = stage.add_ours(code, on_hand=0)
    Product.objects.of(stage.company).filter(pk=kit.pk).update(is_kit=True)
    kit.refresh_from_db()
    compose(stage, kit, components)
    return add_listing(stage, kit, is_kit=True, **facts)


def compose(stage: Stage, kit: Product, components: list[tuple[Product, int]]) -> None:
    """Give a kit these components."""
    KitComponent.objects.of(stage.company).filter(kit=kit).delete()
    for position, (product, quantity) in enumerate(components):
        KitComponent.objects.create(
            company=stage.company, kit=kit, product=product, quantity=quantity, position=position
        )
    listings = ListingVariant.objects.of(stage.company).filter(product=kit)
    mark_listings(stage.company.pk, listings.values_list("listing_id", flat=True))


def _listing(stage: Stage, title: str, category: Category | None, **facts: Any) -> Listing:
    now = datetime.now(UTC)
    category = category or Category.objects.of(stage.company).filter(store=stage.store).first()
    category = category or _at_tray(stage, "Utilidades")
    facts = {"price": Decimal("39.90"), "is_dirty": True, **facts}
    return Listing.objects.create(
        company=stage.company, store=stage.store, title=title, category=category, is_managed=True, created_at=now,
        updated_at=now, **facts,
    )  # fmt: skip


def add_image(stage: Stage, listing: Listing, url: str, position: int = 1) -> None:
    """Add a picture at a public address."""
    ListingImage.objects.create(company=stage.company, listing=listing, url=url, position=position)


def specify(stage: Stage, listing: Listing, **values: str) -> None:
    """Add characteristics."""
    for position, (name, value) in enumerate(values.items()):
        ListingSpecification.objects.create(
            company=stage.company, listing=listing, name=name, value=value, position=position
        )


def change(row: Any, **facts: Any) -> None:
    """Change a listing or a category as a person would: it is marked."""
    type(row).objects.of(row.company_id).filter(pk=row.pk).update(**facts)
    mark = mark_categories if isinstance(row, Category) else mark_listings
    mark(row.company_id, [row.pk])
    row.refresh_from_db()


def catalogue_writes(stage: Stage) -> list[str]:
    """Return the routes that were written to, in order, and forget them."""
    found = [f"{route}" for route, *_ in stage.shop.counters.writes]
    stage.shop.counters.writes.clear()
    return found


def catalogue_lines(stage: Stage, run: SyncRun) -> list[str]:
    """Return what the log says of the catalogue."""
    return [event.text for event in stage.events(run, EventKind.CATALOGUE_WRITTEN)]
