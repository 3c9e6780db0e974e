"""A creation that was not answered, and is found again: with what it was sent is not what Tray must show by now."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ahead.catalog.models import Product
from ahead.stock.operations import move_stock
from ahead.sync.models import RunState
from catalogue_making import add_listing, add_varied
from sync_stage import BY, Stage

pytestmark = pytest.mark.django_db(transaction=True)


def sell(stage: Stage, product: Product, units: int) -> None:
    """Take units out, as a sale over the counter does."""
    move_stock(
        company=stage.company, product_id=product.pk, warehouse_id=stage.warehouse.pk, quantity=-units, kind="exit",
        by=BY, now=datetime.now(UTC),
    )  # fmt: skip


def test_what_was_sold_before_a_product_was_found_again_is_told(stage: Stage) -> None:
    ours = stage.add_ours("CAN-350", on_hand=9)
    add_listing(stage, ours)
    stage.shop.faults.next("POST /products", "500-but-done", times=1)
    stage.sync()
    sell(stage, ours, 7)

    assert stage.sync().state == RunState.CLEAN  # finds it
    assert stage.sync().stock_updated == 1

    (made,) = stage.shop.products.values()
    assert (made.stock, stage.sync().stock_updated) == (2, 0)


def test_what_was_sold_before_a_variation_was_found_again_is_told(stage: Stage) -> None:
    ours = stage.add_ours("CAM-P", on_hand=9)
    add_varied(stage, "Camiseta", {("Preta",): ours})
    stage.shop.faults.next("POST /products/variants", "500-but-done", times=1)
    stage.shop.faults.next("GET /products/variants", "500", times=8)
    stage.sync()
    stage.sync()  # nobody can say whether it was made: it is not made again
    assert stage.shop.counters.by_route["POST /products/variants"] == 1
    stage.shop.faults.clear()
    sell(stage, ours, 7)

    assert stage.sync().state == RunState.CLEAN
    assert stage.sync().stock_updated == 1

    (made,) = stage.shop.variants.values()
    assert (made.stock, stage.sync().stock_updated) == (2, 0)


def test_a_variation_whose_creation_the_list_shows_has_the_stock_that_was_sent_with_it(stage: Stage) -> None:
    add_varied(stage, "Camiseta", {("Preta",): stage.add_ours("CAM-P", on_hand=9)})
    stage.shop.faults.next("POST /products/variants", "500-but-done", times=1)

    assert stage.sync().state == RunState.CLEAN

    (made,) = stage.shop.variants.values()
    assert (made.stock, stage.sync().stock_updated) == (9, 0)
