"""Catalogue out: what is new is made once, what changed is sent alone, and what fails stops nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ahead.catalog.models import Category, Listing, ListingVariant
from ahead.catalog.operations import update_product
from ahead.jobs.running import run_store
from ahead.pending.models import Kind
from ahead.stores.models import StoreAgenda
from ahead.stores.triggers import Trigger
from ahead.sync import catalogue_out
from ahead.sync.matters import allow_brake
from ahead.sync.models import EventKind, RunState
from catalogue_making import (
    add_category,
    add_image,
    add_listing,
    add_variant,
    add_varied,
    catalogue_lines,
    catalogue_writes,
    change,
    specify,
)
from sync_stage import Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_new_product_is_made_in_one_request_with_its_stock(stage: Stage) -> None:
    product = stage.add_ours("CAN-350", on_hand=12, gtin="7891000000014")
    listing = add_listing(stage, product, add_category(stage, "Canecas"), description="<p>Esmaltada.</p>")
    add_image(stage, listing, "https://fotos.example/can-1.jpg")
    stage.shop.counters.writes.clear()

    run = stage.sync()

    assert run.state == RunState.CLEAN
    assert catalogue_writes(stage) == ["POST /categories", "POST /products"]
    (made,) = stage.shop.products.values()
    listing.refresh_from_db()
    assert (listing.tray_id, listing.is_dirty) == (made.id, False)
    assert (made.reference, made.ean, made.stock, made.price) == ("CAN-350", "7891000000014", 12, Decimal("39.90"))
    assert made.text("description") == "<p>Esmaltada.</p>"
    assert stage.shop.product_images(made.id) == ["https://fotos.example/can-1.jpg"]
    assert int(made.text("category_id")) == next(iter(stage.shop.categories))
    assert catalogue_lines(stage, run) == ["Categoria Canecas: criada", "Produto CAN-350: criado; imagens"]
    assert stage.sync().catalogue_written == 0
    assert catalogue_writes(stage) == []


def test_its_orders_find_the_product_and_its_stock_is_kept_up(stage: Stage) -> None:
    product = stage.add_ours("CAN-350", on_hand=12)
    add_listing(stage, product)
    stage.sync()
    (made,) = stage.shop.products.values()

    order = stage.shop.place_order(items=[(made, 5)])
    run = stage.sync()

    assert stage.reserved(order.id) == [("CAN-350", 5)]
    assert (run.orders_imported, run.state, made.stock) == (1, RunState.CLEAN, 7)
    assert_books_balance(stage.company)


def test_only_what_changed_is_sent(stage: Stage) -> None:
    category = add_category(stage, "Canecas")
    listing = add_listing(stage, stage.add_ours("CAN-350"), category)
    add_listing(stage, stage.add_ours("COPO-200"), category)
    stage.sync()
    stage.shop.counters.writes.clear()

    change(listing, title="Caneca grande", price=Decimal("42.90"))
    run = stage.sync()

    ((route, tray_id, body),) = stage.shop.counters.writes
    assert (route, tray_id) == ("PUT /products/:id", listing.tray_id)
    assert body == {"Product": {"name": "Caneca grande", "price": "42.90"}}
    assert catalogue_lines(stage, run) == [
        "Caneca grande: Título: Produto CAN-350 → Caneca grande; Preço: 39,90 → 42,90"
    ]


def test_a_change_of_the_product_reaches_every_listing_of_it(stage: Stage) -> None:
    product = stage.add_ours("CAN-350")
    listing = add_listing(stage, product)
    stage.sync()
    stage.shop.counters.writes.clear()

    changes: Any = {"brand": "Casa Aurora", "weight_g": 400}
    update_product(company=stage.company, product_id=product.pk, by="ana", now=product.updated_at, **changes)
    stage.sync()

    ((_, tray_id, body),) = stage.shop.counters.writes
    listing.refresh_from_db()
    assert (tray_id, body) == (listing.tray_id, {"Product": {"brand": "Casa Aurora", "weight": "400"}})


def test_a_draft_is_never_sent(stage: Stage) -> None:
    add_listing(stage, stage.add_ours("CAN-350"), is_draft=True)
    stage.sync()
    assert not stage.shop.products


def test_what_was_only_seen_at_tray_is_the_stores_own(shelf: Stage) -> None:
    shelf.sync()
    listing = Listing.objects.of(shelf.company).first()
    assert listing is not None
    change(listing, title="Outro título")
    shelf.shop.counters.writes.clear()
    shelf.sync()
    assert catalogue_writes(shelf) == []


def test_variations_are_made_once_each_with_stock_price_and_reference(stage: Stage) -> None:
    skus = {
        (colour, size): stage.add_ours(f"CAM-{colour}-{size}", on_hand=number)
        for number, (colour, size) in enumerate([("Preta", "P"), ("Preta", "M"), ("Branca", "P")], start=3)
    }
    listing = add_varied(stage, "Camiseta", skus)
    ListingVariant.objects.of(stage.company).filter(value_1="Branca").update(price=Decimal("44.90"))

    run = stage.sync()

    assert [event.cause for event in stage.events(run, EventKind.ERROR)] == []
    assert catalogue_writes(stage) == ["POST /products", *["POST /products/variants"] * 3]
    found = {
        (one.text("value_1"), one.text("value_2")): (one.reference, one.stock, str(one.price))
        for one in stage.shop.variants.values()
    }
    assert found == {
        ("Preta", "P"): ("CAM-Preta-P", 3, "39.90"),
        ("Preta", "M"): ("CAM-Preta-M", 4, "39.90"),
        ("Branca", "P"): ("CAM-Branca-P", 5, "44.90"),
    }
    rows = ListingVariant.objects.of(stage.company).filter(listing=listing)
    assert {row.tray_variant_id for row in rows} == set(stage.shop.variants)
    stage.sync()
    assert catalogue_writes(stage) == []


def test_a_variation_is_added_changed_and_taken_out_alone(stage: Stage) -> None:
    skus = {("Preta",): stage.add_ours("CAM-P"), ("Branca",): stage.add_ours("CAM-B")}
    listing = add_varied(stage, "Camiseta", skus)
    stage.sync()
    stage.shop.counters.writes.clear()
    black, white = ListingVariant.objects.of(stage.company).filter(listing=listing).order_by("position")

    add_variant(stage, listing, ("Verde",), stage.add_ours("CAM-V"), position=3)
    ListingVariant.objects.of(stage.company).filter(pk=black.pk).update(promotional_price=Decimal("29.90"))
    ListingVariant.objects.of(stage.company).filter(pk=white.pk).update(removed_at=listing.updated_at)
    change(listing)
    stage.sync()

    assert sorted(catalogue_writes(stage)) == [
        "DELETE /products/variants/:id", "POST /products/variants", "PUT /products/variants/:id",
    ]  # fmt: skip
    assert [one.text("value_1") for one in stage.shop.variants.values()] == ["Preta", "Verde"]
    assert not ListingVariant.objects.of(stage.company).filter(pk=white.pk).exists()


@pytest.mark.parametrize("fault", ["timeout-after-commit", "500-but-done"])
def test_a_creation_that_was_not_answered_is_not_repeated(stage: Stage, fault: str) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350", on_hand=9))
    stage.shop.faults.next("POST /products", fault, times=1)

    first = stage.sync()
    assert first.state == RunState.WITH_ERRORS
    assert stage.error(first).cause == "O Tray não disse se gravou."
    second = stage.sync()

    (made,) = stage.shop.products.values()
    listing.refresh_from_db()
    assert (listing.tray_id, second.state) == (made.id, RunState.CLEAN)
    stage.sync()
    assert made.stock == 9


def test_a_variation_whose_creation_was_not_answered_is_not_repeated(stage: Stage) -> None:
    skus = {("Preta",): stage.add_ours("CAM-P"), ("Branca",): stage.add_ours("CAM-B")}
    add_varied(stage, "Camiseta", skus)
    stage.shop.faults.next("POST /products/variants", "timeout-after-commit", times=1)

    stage.sync()
    stage.sync()

    assert [one.text("value_1") for one in stage.shop.variants.values()] == ["Preta", "Branca"]


def test_a_change_that_was_not_answered_is_sent_again_even_if_it_was_taken_back(stage: Stage) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350"))
    stage.sync()
    change(listing, title="Outro")
    stage.shop.faults.next("PUT /products/:id", "timeout-after-commit", times=9)
    assert stage.sync().state == RunState.WITH_ERRORS
    stage.shop.faults.clear()

    change(listing, title="Produto CAN-350")
    stage.sync()

    assert next(iter(stage.shop.products.values())).name == "Produto CAN-350"


def test_what_tray_refuses_is_said_and_waits_for_a_change(stage: Stage) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350"), description="x" * 4_801)
    other = add_listing(stage, stage.add_ours("COPO-200"))

    run = stage.sync()

    assert run.state == RunState.WITH_ERRORS
    other.refresh_from_db()
    assert other.tray_id is not None
    matter = stage.matter(Kind.LISTING_REFUSED)
    assert "Produto CAN-350" in matter.text
    stage.shop.counters.writes.clear()
    assert stage.sync().state == RunState.CLEAN
    assert catalogue_writes(stage) == []

    change(listing, description="curta")
    stage.sync()
    assert stage.matters(Kind.LISTING_REFUSED) == []
    assert len(stage.shop.products) == 2


def test_what_was_deleted_at_tray_is_reported_and_never_made_again(stage: Stage) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350"))
    stage.sync()
    listing.refresh_from_db()
    stage.shop.delete_product(listing.tray_id or 0)
    change(listing, title="Outro")

    run = stage.sync()
    stage.sync()

    assert run.state == RunState.WITH_ERRORS
    assert not stage.shop.products
    assert "apagado" in stage.matter(Kind.LISTING_GONE).text


def test_a_price_that_moves_much_waits_for_a_person_and_the_rest_goes(stage: Stage) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350"))
    stage.sync()
    stage.shop.counters.writes.clear()
    change(listing, title="Caneca", price=Decimal("3.99"))

    run = stage.sync()

    ((_, _, body),) = stage.shop.counters.writes
    assert body == {"Product": {"name": "Caneca"}}
    assert run.state == RunState.WITH_ERRORS
    matter = stage.matter(Kind.PRICE_BRAKE)
    assert matter.facts["examples"] == ["Caneca: 39,90 → 3,99"]
    stage.shop.counters.writes.clear()
    stage.sync()
    assert catalogue_writes(stage) == []

    allow_brake(stage.company, stage.store.pk, kind=Kind.PRICE_BRAKE, by="ana", now=matter.opened_at)
    stage.sync()
    assert str(next(iter(stage.shop.products.values())).price) == "3.99"
    assert stage.matters(Kind.PRICE_BRAKE) == []
    change(listing, price=Decimal("39.90"))
    stage.sync()
    assert stage.matters(Kind.PRICE_BRAKE), "the clearance was for one time"


def test_specifications_are_written_by_the_stores_own_properties(stage: Stage) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350"))
    specify(stage, listing, Material="Aço esmaltado", Cor="Branca")

    stage.sync()

    assert catalogue_writes(stage) == [
        "POST /properties", "POST /properties", "POST /products", "POST /products/:id/properties",
    ]  # fmt: skip
    specify(stage, listing, Volume="350 ml")
    change(listing)
    stage.sync()
    assert catalogue_writes(stage) == ["POST /properties", "POST /products/:id/properties"]


def test_categories_go_parents_first_and_only_what_moved_is_sent(stage: Stage) -> None:
    kitchen = add_category(stage, "Cozinha")
    mugs = add_category(stage, "Canecas", parent=kitchen)
    add_category(stage, "Vestuário")

    stage.sync()

    by_name = {one.text("name"): one for one in stage.shop.categories.values()}
    assert by_name["Canecas"].text("parent_id") == str(by_name["Cozinha"].id)
    stage.shop.counters.writes.clear()
    change(mugs, name="Canecas e xícaras")
    run = stage.sync()
    assert catalogue_writes(stage) == ["PUT /categories/:id"]
    assert catalogue_lines(stage, run) == ["Categoria Canecas e xícaras: Título: Canecas → Canecas e xícaras"]
    change(mugs, removed_at=mugs.created_at)
    stage.sync()
    assert not Category.objects.of(stage.company).filter(pk=mugs.pk).exists()
    assert "Canecas e xícaras" not in {one.text("name") for one in stage.shop.categories.values()}


def test_a_category_whose_creation_was_not_answered_is_not_repeated(stage: Stage) -> None:
    add_category(stage, "Cozinha")
    stage.shop.faults.next("POST /categories", "timeout-after-commit", times=1)
    stage.sync()
    stage.sync()
    assert [one.text("name") for one in stage.shop.categories.values()] == ["Cozinha"]


def test_a_listing_taken_out_is_deleted_at_tray_and_here(stage: Stage) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350"))
    stage.sync()
    change(listing, removed_at=listing.created_at)
    stage.sync()
    assert not stage.shop.products
    assert not Listing.objects.of(stage.company).filter(pk=listing.pk).exists()


def test_what_the_time_of_a_run_does_not_reach_is_asked_for_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_listing(stage, stage.add_ours("CAN-350"))
    monkeypatch.setattr(catalogue_out, "LONGEST_SECONDS", -1.0)

    run_store(stage.store.pk, 0, Trigger.BUTTON, "teste")

    assert not stage.shop.products
    agenda = StoreAgenda.objects.of(stage.company).get(store=stage.store)
    assert agenda.asked == agenda.taken + 1
    monkeypatch.undo()
    run_store(stage.store.pk, agenda.asked, Trigger.CONTINUATION, "teste")
    agenda.refresh_from_db()
    assert (len(stage.shop.products), agenda.is_asked()) == (1, False)
