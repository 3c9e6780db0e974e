"""Produto Ecommerce alterado no Tray: noticed by the daily reading, and both ways out of it that the matter names."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ahead.catalog.listing_operations import update_listing
from ahead.catalog.models import Listing
from ahead.pending.models import Kind
from catalogue_making import add_listing, catalogue_writes, change
from sync_stage import BY, Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listing(stage: Stage) -> Listing:
    """A Produto Ecommerce at 39,90 whose price somebody changed at Tray to 45,00: the reading told it."""
    made = add_listing(stage, stage.add_ours("CAN-350"), price=Decimal("39.90"))
    stage.sync()
    change_there(stage, price="45.00")
    read_catalogue(stage)
    assert "Preço: 39,90 → 45,00" in stage.matter(Kind.LISTING_CHANGED).text
    catalogue_writes(stage)
    return made


def change_there(stage: Stage, **fields: str) -> None:
    """Change the one product at Tray, as somebody does in its panel."""
    (product,) = stage.shop.products.values()
    with stage.shop.changing():
        product.fields.update(fields)


def read_catalogue(stage: Stage) -> None:
    """Let a day pass: the next sync reads the catalogue."""
    stage.age_sweep(hours=25)
    stage.sync()


def save(stage: Stage, listing: Listing, **changes: Any) -> None:
    """Save the form of a Produto Ecommerce."""
    changes = {"title": listing.title, "price": listing.price, "specifications": [], **changes}
    now = datetime.now(UTC)
    update_listing(company=stage.company, listing_id=listing.pk, is_draft=False, by=BY, now=now, **changes)


def price_there(stage: Stage) -> str:
    (product,) = stage.shop.products.values()
    return product.text("price")


def assert_it_is_over(stage: Stage) -> None:
    """Hold that nothing is asked any more, neither at once nor after the next reading, and nothing is sent."""
    assert stage.matters(Kind.LISTING_CHANGED) == []
    catalogue_writes(stage)
    read_catalogue(stage)
    assert stage.matters(Kind.LISTING_CHANGED) == []
    assert catalogue_writes(stage) == []


def test_what_is_saved_again_here_is_sent(stage: Stage, listing: Listing) -> None:
    save(stage, listing)
    stage.sync()
    assert price_there(stage) == "39.90"
    assert_it_is_over(stage)
    save(stage, listing)
    listing.refresh_from_db()
    assert not listing.is_dirty, "nothing differs any more: saving alone asks for nothing"


def test_what_is_written_here_as_tray_has_it_is_agreed(stage: Stage, listing: Listing) -> None:
    save(stage, listing, price=Decimal("45.00"))
    stage.sync()
    assert catalogue_writes(stage) == []
    assert price_there(stage) == "45.00"
    assert_it_is_over(stage)


def test_what_tray_refused_is_over_once_it_is_set_back_here(stage: Stage) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350"))
    stage.sync()
    change(listing, description="x" * 4_801)
    stage.sync()
    assert stage.matter(Kind.LISTING_REFUSED)

    change(listing, description="")
    stage.sync()

    assert stage.matters(Kind.LISTING_REFUSED) == []
    listing.refresh_from_db()
    assert (listing.is_dirty, listing.publication.problem) == (False, "")
