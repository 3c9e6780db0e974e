"""A price or a category that Tray never answered for: what it may show is not forgotten before a write is confirmed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ahead.catalog.models import Listing
from ahead.pending.models import Kind
from catalogue_making import add_category, add_listing, add_varied, catalogue_writes, change
from sync_stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listing(stage: Stage) -> Listing:
    """A Produto Ecommerce that Tray confirmed at 39,90, and may show at 29,90: that write was saved, not answered."""
    made = add_listing(stage, stage.add_ours("CAN-350"), price=Decimal("39.90"))
    stage.sync()
    change(made, price=Decimal("29.90"))
    sync_failing(stage, "PUT /products/:id", "500-but-done")
    assert price_at_tray(stage) == "29.90"
    catalogue_writes(stage)
    return made


def sync_failing(stage: Stage, route: str, fault: str) -> None:
    """Sync once while a route fails."""
    stage.shop.faults.next(route, fault, times=9)
    stage.sync()
    stage.shop.faults.clear()


def price_at_tray(stage: Stage) -> str:
    (made,) = stage.shop.products.values()
    return made.text("price")


def assert_nothing_is_left(stage: Stage) -> None:
    """Hold that one sync more sends nothing."""
    catalogue_writes(stage)
    stage.sync()
    assert catalogue_writes(stage) == []


def test_a_price_that_is_set_back_is_sent_even_if_setting_it_back_failed_too(stage: Stage, listing: Listing) -> None:
    change(listing, price=Decimal("39.90"))
    sync_failing(stage, "PUT /products/:id", "500")

    stage.sync()

    assert price_at_tray(stage) == "39.90"
    assert_nothing_is_left(stage)


def test_a_price_that_was_not_answered_outlives_a_refusal_of_the_next_one(stage: Stage, listing: Listing) -> None:
    change(listing, price=Decimal("35.90"), description="x" * 4_801)
    stage.sync()
    assert stage.matter(Kind.LISTING_REFUSED)
    assert price_at_tray(stage) == "29.90"
    stage.age_sweep(hours=25)
    stage.sync()
    assert stage.matters(Kind.LISTING_CHANGED) == [], "nobody changed it at Tray: we did"

    change(listing, price=Decimal("39.90"), description="")
    stage.sync()

    assert price_at_tray(stage) == "39.90"
    assert_nothing_is_left(stage)


def test_a_held_price_sends_the_confirmed_one_along_while_another_may_be_there(stage: Stage, listing: Listing) -> None:
    change(listing, price=Decimal("399.00"), title="Outro")

    stage.sync()

    ((_, _, body),) = stage.shop.counters.writes
    assert body == {"Product": {"name": "Outro", "price": "39.90"}}
    assert stage.matter(Kind.PRICE_BRAKE).facts["examples"] == ["Outro: 39,90 → 399,00"]
    assert_nothing_is_left(stage)
    change(listing, price=Decimal("39.90"))
    stage.sync()
    listing.refresh_from_db()
    assert (price_at_tray(stage), listing.is_dirty) == ("39.90", False)


def test_a_price_of_a_variation_is_not_forgotten_either(stage: Stage) -> None:
    listing = add_varied(stage, "Camiseta", {("Preta",): stage.add_ours("CAM-P")}, price=Decimal("39.90"))
    stage.sync()
    (made,) = stage.shop.variants.values()
    listing.variants.update(price=Decimal("29.90"))
    change(listing)
    sync_failing(stage, "PUT /products/variants/:id", "500-but-done")
    assert made.text("price") == "29.90"
    listing.variants.update(price=Decimal("39.90"))
    change(listing)
    sync_failing(stage, "PUT /products/variants/:id", "500")

    stage.sync()

    assert made.text("price") == "39.90"
    assert_nothing_is_left(stage)


def test_a_name_of_a_category_is_not_forgotten_either(stage: Stage) -> None:
    category = add_category(stage, "Canecas")
    stage.sync()
    (made,) = stage.shop.categories.values()
    change(category, name="Xícaras")
    sync_failing(stage, "PUT /categories/:id", "500-but-done")
    assert made.text("name") == "Xícaras"
    change(category, name="Canecas")
    sync_failing(stage, "PUT /categories/:id", "500")

    stage.sync()

    assert made.text("name") == "Canecas"
    assert_nothing_is_left(stage)
