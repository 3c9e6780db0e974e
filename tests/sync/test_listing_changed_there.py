"""Produto Ecommerce alterado no Tray: noticed by the daily reading, and both ways out of it that the matter names."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ahead.catalog.listing_operations import update_listing
from ahead.catalog.models import Listing
from ahead.pending.models import Kind
from ahead.sandbox.tray.records import Variant as SandboxVariant
from ahead.stores.models import Store
from catalogue_making import add_listing, add_varied, catalogue_writes, change
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


def test_what_is_set_back_at_tray_is_known_to_be_so(stage: Stage, listing: Listing) -> None:
    change_there(stage, price="39.90")
    read_catalogue(stage)
    assert stage.matters(Kind.LISTING_CHANGED) == []

    save(stage, listing, price=Decimal("45.00"))
    stage.sync()

    assert price_there(stage) == "45.00"


@pytest.fixture
def shirt(stage: Stage) -> Listing:
    """A Produto Ecommerce of two variations at 39,90; somebody changed the price of the black one at Tray to 3,99."""
    skus = {("Preta",): stage.add_ours("CAM-P"), ("Branca",): stage.add_ours("CAM-B")}
    made = add_varied(stage, "Camiseta", skus)
    stage.sync()
    read_catalogue(stage)
    assert stage.matters(Kind.LISTING_CHANGED) == [], "nobody changed anything yet"
    change_black(stage, price="3.99")
    read_catalogue(stage)
    catalogue_writes(stage)
    return made


def black(stage: Stage) -> SandboxVariant:
    (found,) = [one for one in stage.shop.variants.values() if one.text("value_1") == "Preta"]
    return found


def change_black(stage: Stage, **fields: str) -> None:
    with stage.shop.changing():
        black(stage).fields.update(fields)


def test_a_variation_that_was_changed_there_is_told_once_and_not_set_back(stage: Stage, shirt: Listing) -> None:
    matter = stage.matter(Kind.LISTING_CHANGED)
    assert "Camiseta foi alterado" in matter.text
    assert "Cor: Preta: Preço: 39,90 → 3,99." in matter.text

    read_catalogue(stage)

    assert stage.matter(Kind.LISTING_CHANGED).pk == matter.pk
    assert (catalogue_writes(stage), black(stage).text("price")) == ([], "3.99")
    change_black(stage, price="39.90")
    read_catalogue(stage)
    assert_it_is_over(stage)


def test_a_variation_that_was_changed_there_is_sent_once_it_is_saved_again_here(stage: Stage, shirt: Listing) -> None:
    Store.objects.of(stage.company).update(price_brake_percent=0)  # 3,99 back to 39,90 is a move, too
    save(stage, shirt)
    stage.sync()
    assert black(stage).text("price") == "39.90"
    assert_it_is_over(stage)


def test_a_variation_that_is_written_here_as_tray_has_it_is_agreed(stage: Stage, shirt: Listing) -> None:
    shirt.variants.filter(value_1="Preta").update(price=Decimal("3.99"))
    change(shirt, title="Camiseta lisa")
    stage.sync()
    assert catalogue_writes(stage) == ["PUT /products/:id"]
    assert_it_is_over(stage)
    assert black(stage).text("price") == "3.99"


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
