"""What waits in the catalogue out, and what that must not hold up: prices, characteristics, removals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ahead.catalog.models import Listing
from ahead.pending.models import Kind
from ahead.sync.models import RunState
from catalogue_making import add_listing, add_varied, catalogue_lines, catalogue_writes, change, specify
from sync_stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_held_price_of_a_variation_is_neither_sent_nor_told_as_sent(stage: Stage) -> None:
    skus = {("Preta",): stage.add_ours("CAM-P"), ("Branca",): stage.add_ours("CAM-B")}
    listing = add_varied(stage, "Camiseta", skus)
    stage.sync()
    catalogue_writes(stage)
    listing.variants.filter(value_1="Preta").update(price=Decimal("3.99"))
    change(listing)

    run = stage.sync()

    assert catalogue_writes(stage) == []
    assert catalogue_lines(stage, run) == []
    assert stage.matter(Kind.PRICE_BRAKE).facts["examples"] == ["Camiseta · Cor: Preta: 39,90 → 3,99"]


def test_characteristics_that_cannot_be_read_hold_nothing_else_up_and_are_not_made_twice(stage: Stage) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350"))
    specify(stage, listing, Material="Aço")
    stage.shop.add_property("Material")
    stage.shop.faults.next("GET /products/properties", "500", times=9)

    run = stage.sync()

    assert run.state == RunState.WITH_ERRORS
    assert catalogue_writes(stage) == ["POST /products"]
    stage.shop.faults.clear()
    stage.sync()
    assert catalogue_writes(stage) == ["POST /products/:id/properties"]


def test_what_is_taken_out_is_deleted_even_if_nobody_said_that_it_was_made(stage: Stage) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350"))
    stage.shop.faults.next("POST /products", "timeout-after-commit", times=1)
    stage.sync()
    change(listing, removed_at=listing.created_at)

    stage.sync()

    assert not stage.shop.products
    assert not Listing.objects.of(stage.company).exists()
