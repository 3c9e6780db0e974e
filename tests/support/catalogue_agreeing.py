"""What both sides of a catalogue must have in common once it is quiet."""

from __future__ import annotations

from ahead.catalog.models import Category, Listing, Product
from sync_stage import Stage


def assert_tray_agrees(stage: Stage) -> None:
    """Hold each thing AHEAD manages to be at Tray once, as AHEAD says it, and nothing else to be there."""
    shop = stage.shop
    listings = {row.tray_id: row for row in Listing.objects.of(stage.company)}
    assert set(listings) == set(shop.products)
    for tray_id, row in listings.items():
        at_tray = shop.products[tray_id]
        assert (row.is_managed, row.is_dirty) == (True, False), f"{row.title}: {row.publication.problem}"
        assert at_tray.name == row.title
        assert at_tray.price == (0 if row.is_kit else row.price)
        assert shop.product_images(tray_id) == [image.url for image in row.images.filter(variant=None)]
        assert shop.product_stock(tray_id) == _offered(row), row.title
        # 0: the product itself, which an order named
        own = [one for one in row.variants.all() if row.has_variants and one.tray_variant_id != 0]
        values = sorted(one.value_1 for one in own)
        there = [shop.variants[pk] for pk in shop.variants_by_product.get(tray_id, [])]
        assert values == sorted(one.text("value_1") for one in there)
        assert {one.tray_variant_id for one in own} == {one.id for one in there}
    names = [row.name for row in Category.objects.of(stage.company)]
    assert sorted(names) == sorted(one.text("name") for one in shop.categories.values())


def _offered(row: Listing) -> int:
    if row.is_kit:
        kit = row.variants.get().product
        assert kit is not None
        return min(_free(one.product) // one.quantity for one in kit.components.all())
    return sum(_free(one.product) for one in row.variants.all() if one.product)


def _free(product: Product) -> int:
    return max(0, sum(one.on_hand - one.reserved for one in product.balances.all()))
