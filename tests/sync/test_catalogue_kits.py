"""Kits out: made of their components, waiting for them, and composed anew as another product."""

from __future__ import annotations

import pytest

from ahead.catalog.models import FormerTrayId
from ahead.pending.models import Kind
from ahead.stock.models import PublishedStock
from ahead.sync.models import RunState
from catalogue_making import add_kit, add_listing, catalogue_lines, catalogue_writes, change, compose, specify
from sync_stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_kit_is_made_of_its_components_and_its_stock_is_trays(stage: Stage) -> None:
    mug, saucer = stage.add_ours("CAN-350", on_hand=10), stage.add_ours("PIR-014", on_hand=9)
    add_listing(stage, mug)
    add_listing(stage, saucer)
    kit = add_kit(stage, "KIT-CAFE", [(mug, 1), (saucer, 2)])

    run = stage.sync()

    assert run.state == RunState.CLEAN
    assert catalogue_writes(stage) == ["POST /products", "POST /products", "POST /products", "POST /products/kits"]
    kit.refresh_from_db()
    assert stage.shop.product_stock(kit.tray_id) == 4
    stage.sync()
    assert catalogue_writes(stage) == []


def test_a_kit_that_the_list_shows_twice_is_read_once(stage: Stage) -> None:
    mug = stage.add_ours("CAN-350", on_hand=10)
    add_listing(stage, mug)
    kit = add_kit(stage, "KIT-CAFE", [(mug, 2)])
    stage.shop.faults.next("GET /products", "duplicate-row", times=2)  # of the first connection, and of the kits

    run = stage.sync()

    assert run.state == RunState.CLEAN
    assert PublishedStock.objects.of(stage.company).get(variant__listing=kit).read_back == 5


def test_a_kit_waits_for_a_component_that_is_not_in_the_store(stage: Stage) -> None:
    kit = add_kit(stage, "KIT-CAFE", [(stage.add_ours("CAN-350"), 2)])
    run = stage.sync()
    assert "CAN-350" in stage.error(run).cause
    kit.refresh_from_db()
    assert kit.tray_id is None
    assert stage.sync().state == RunState.CLEAN, "it is said once in the log, and stays in Pendências"
    assert stage.matters(Kind.LISTING_REFUSED)


def test_a_kit_of_one_component_is_sent_as_two_rows(stage: Stage) -> None:
    mug = stage.add_ours("CAN-350", on_hand=10)
    add_listing(stage, mug)
    kit = add_kit(stage, "KIT-3", [(mug, 3)])
    assert stage.sync().state == RunState.CLEAN
    kit.refresh_from_db()
    assert stage.shop.product_stock(kit.tray_id) == 3


def test_another_composition_takes_the_place_of_the_old_kit_and_its_id_is_remembered(stage: Stage) -> None:
    mug, saucer = stage.add_ours("CAN-350", on_hand=10), stage.add_ours("PIR-014", on_hand=9)
    add_listing(stage, mug)
    add_listing(stage, saucer)
    kit = add_kit(stage, "KIT-CAFE", [(mug, 1), (saucer, 2)])
    stage.sync()
    kit.refresh_from_db()
    old = kit.tray_id
    stage.shop.counters.writes.clear()

    compose(stage, kit.variants.get().product, [(mug, 2)])  # type: ignore[arg-type]
    run = stage.sync()

    assert catalogue_writes(stage) == ["POST /products", "POST /products/kits", "DELETE /products/:id"]
    kit.refresh_from_db()
    assert (old in stage.shop.products, stage.shop.product_stock(kit.tray_id)) == (False, 5)
    former = FormerTrayId.objects.of(stage.company).get()
    assert (former.tray_id, sorted(former.components)) == (old, sorted([[mug.pk, 1], [saucer.pk, 2]]))
    assert catalogue_lines(stage, run) == [f"Produto KIT-CAFE: kit composto de novo; deixa de ser {old} no Tray"]


@pytest.mark.parametrize("route", ["POST /products", "POST /products/kits"])
def test_a_kit_composed_anew_survives_an_answer_that_never_came(stage: Stage, route: str) -> None:
    mug = stage.add_ours("CAN-350", on_hand=12)
    add_listing(stage, mug)
    kit = add_kit(stage, "KIT-CAFE", [(mug, 2)])
    stage.sync()
    compose(stage, kit.variants.get().product, [(mug, 3)])  # type: ignore[arg-type]
    stage.shop.faults.next(route, "timeout-after-commit", times=1)

    stage.sync()
    stage.sync()

    kit.refresh_from_db()
    kits = [one for one in stage.shop.products.values() if one.text("is_kit") == "1"]
    assert [one.id for one in kits] == [kit.tray_id]
    assert stage.shop.product_stock(kit.tray_id) == 4


def test_components_that_the_list_shows_twice_are_not_taken_for_another_composition(stage: Stage) -> None:
    mug = stage.add_ours("CAN-350", on_hand=10)
    add_listing(stage, mug)
    add_kit(stage, "KIT-CAFE", [(mug, 2)])
    stage.shop.faults.next("POST /products/kits", "timeout-after-commit", times=1)
    stage.sync()
    catalogue_writes(stage)
    stage.shop.faults.next("GET /products/kits", "duplicate-row")

    assert stage.sync().state == RunState.CLEAN
    assert catalogue_writes(stage) == []


def test_a_kit_composed_anew_keeps_its_characteristics(stage: Stage) -> None:
    mug = stage.add_ours("CAN-350", on_hand=12)
    add_listing(stage, mug)
    kit = add_kit(stage, "KIT-CAFE", [(mug, 2)])
    specify(stage, kit, Material="Aço")
    stage.sync()
    catalogue_writes(stage)

    compose(stage, kit.variants.get().product, [(mug, 3)])  # type: ignore[arg-type]
    stage.sync()

    assert "POST /products/:id/properties" in catalogue_writes(stage)


def test_a_new_composition_that_vanished_before_it_was_complete_is_made_again(stage: Stage) -> None:
    mug = stage.add_ours("CAN-350", on_hand=12)
    add_listing(stage, mug)
    kit = add_kit(stage, "KIT-CAFE", [(mug, 2)])
    stage.sync()
    compose(stage, kit.variants.get().product, [(mug, 3)])  # type: ignore[arg-type]
    stage.shop.faults.next("POST /products/kits", "500", times=1)
    stage.sync()
    kit.refresh_from_db()
    stage.shop.delete_product(kit.new_tray_id or 0)
    change(kit, title="Kit da casa")

    stage.sync()
    stage.sync()

    kit.refresh_from_db()
    assert (kit.gone_at, kit.new_tray_id) == (None, None)
    assert [one.name for one in stage.shop.products.values() if one.is_kit] == ["Kit da casa"]
    assert stage.shop.product_stock(kit.tray_id) == 4
