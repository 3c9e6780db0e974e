"""Linking what Tray sells to products of ours, and held orders that go on because of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ahead.catalog.models import ListingVariant, Product
from ahead.catalog.operations import link_variant, unlink_variant, update_product
from ahead.pending.models import Kind
from ahead.sync.matters import link_and_release
from ahead.sync.models import EventKind, RunState
from catalogue_making import add_listing
from sync_stage import BY, Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(stage: Stage) -> Any:
    """An order held for a product that only Tray knows; its other line is known."""
    stage.add_product("CAN-350", on_hand=50, price="39.90")
    stranger = stage.shop.add_product(name="Produto avulso", reference="AVULSO-1", price=Decimal(25), stock=10)
    return stage.shop.place_order(items=[(next(iter(stage.shop.products.values())), 1), (stranger, 2)])


def _variant(stage: Stage, reference: str) -> ListingVariant:
    return ListingVariant.objects.of(stage.company).get(store=stage.store, reference=reference)


def test_an_unknown_sku_holds_the_order_and_says_what_to_do(stage: Stage, waiting: Any) -> None:
    run = stage.sync()

    assert (stage.order(waiting.id).state, run.orders_held, run.state) == ("held", 1, RunState.WITH_ERRORS)
    matter = stage.matter(Kind.UNKNOWN_SKU)
    assert "«Produto avulso (referência AVULSO-1)» é vendido na loja Loja padaria" in matter.text
    assert "Vincule-o a um produto" in matter.remedy
    assert (matter.turn, matter.order_id) == ("you", stage.order(waiting.id).pk)
    error = stage.error(run)
    assert "«Produto avulso (referência AVULSO-1)» não corresponde a nenhum produto" in error.cause
    assert (error.turn, error.order_id) == ("you", stage.order(waiting.id).pk)
    assert stage.reserved(waiting.id) == [("CAN-350", 1)]  # what is known is promised already
    assert stage.shop.orders[waiting.id].status_id == 1  # and Tray is told nothing yet


def test_once_linked_by_hand_the_order_goes_on_at_once_and_is_acknowledged_next(stage: Stage, waiting: Any) -> None:
    stage.sync()
    product = stage.add_ours("OUTRA-REF", on_hand=9)

    released = link_and_release(
        stage.company, _variant(stage, "AVULSO-1").pk, product_id=product.pk, by=BY, now=datetime.now(UTC)
    )

    assert [order.tray_id for order in released] == [waiting.id]
    assert stage.order(waiting.id).state == "open"
    assert stage.reserved(waiting.id) == [("CAN-350", 1), ("OUTRA-REF", 2)]
    assert stage.matters() == []
    run = stage.sync()
    assert (run.state, run.statuses_written, stage.shop.orders[waiting.id].status_id) == (RunState.CLEAN, 1, 901)
    assert_books_balance(stage.company)


def test_a_product_created_with_the_missing_reference_lets_the_order_go_on(stage: Stage, waiting: Any) -> None:
    stage.sync()
    stage.add_ours("AVULSO-1", on_hand=9)

    run = stage.sync()

    assert (stage.order(waiting.id).state, run.state, stage.matters()) == ("open", RunState.CLEAN, [])
    (event,) = stage.events(run, EventKind.ORDER_UPDATED)
    assert "liberado: produto vinculado" in event.text
    assert stage.reserved(waiting.id) == [("AVULSO-1", 2), ("CAN-350", 1)]
    assert stage.shop.orders[waiting.id].status_id == 901
    assert_books_balance(stage.company)


def test_a_later_order_that_finds_the_product_releases_the_earlier_ones_in_the_same_run(
    stage: Stage, waiting: Any
) -> None:
    stage.sync()
    stranger = next(p for p in stage.shop.products.values() if p.reference == "AVULSO-1")
    stranger.fields["reference"] = "REF-NOVA"  # mended at Tray; the catalogue is not read again today
    stage.add_ours("REF-NOVA", on_hand=9)
    later = stage.shop.place_order(items=[(stranger, 1)])

    run = stage.sync()

    assert [order.state for order in stage.orders()] == ["open", "open"]
    assert (run.state, run.statuses_written, stage.matters()) == (RunState.CLEAN, 2, [])
    assert stage.reserved(later.id) == [("REF-NOVA", 1)]


def test_an_order_with_two_unknown_products_waits_for_both(stage: Stage) -> None:
    strangers = [
        stage.shop.add_product(name=f"Avulso {n}", reference=f"AV-{n}", price=Decimal(5), stock=9) for n in (1, 2)
    ]
    placed = stage.shop.place_order(items=[(one, 1) for one in strangers])
    stage.sync()
    assert len(stage.matters(Kind.UNKNOWN_SKU)) == 2
    stage.add_ours("AV-1")

    run = stage.sync()

    assert (stage.order(placed.id).state, len(stage.matters())) == ("held", 1)
    assert stage.events(run, EventKind.ORDER_UPDATED) == []  # it did not go on, and nobody says so
    assert stage.reserved(placed.id) == [("AV-1", 1)]
    stage.add_ours("AV-2")
    stage.sync()
    assert (stage.order(placed.id).state, stage.matters()) == ("open", [])


def test_one_unknown_product_is_one_matter_however_many_orders_wait(stage: Stage) -> None:
    stranger = stage.shop.add_product(name="Avulso", reference="AV-1", price=Decimal(5), stock=9)
    for _ in range(30):
        stage.shop.place_order(items=[(stranger, 1)])
    run = stage.sync()
    assert (run.orders_held, len(stage.matters())) == (30, 1)
    product = stage.add_ours("AV-1-NOSSA", on_hand=10)
    link_and_release(stage.company, _variant(stage, "AV-1").pk, product_id=product.pk, by=BY, now=datetime.now(UTC))
    assert {order.state for order in stage.orders()} == {"open"}
    assert stage.balance(product) == (10, 30)
    assert "vendido além do que há" in stage.matter(Kind.OVERSOLD).text
    assert_books_balance(stage.company)


def test_an_order_edited_while_it_is_held(stage: Stage, waiting: Any) -> None:
    stage.sync()
    stage.edit_lines(waiting.id, lambda lines: lines[0].update(quantity="4"))

    run = stage.sync()

    assert (stage.order(waiting.id).state, run.state) == ("held", RunState.WITH_ERRORS)
    assert stage.reserved(waiting.id) == [("CAN-350", 4)]
    stage.edit_lines(waiting.id, lambda lines: lines.pop(1))
    run = stage.sync()
    assert (stage.order(waiting.id).state, run.state) == ("open", RunState.CLEAN)
    assert stage.reserved(waiting.id) == [("CAN-350", 4)]


def test_the_first_connection_links_by_reference_then_gtin_and_counts_the_rest(stage: Stage) -> None:
    by_reference, _ = stage.add_product("CAN-350")
    by_gtin = stage.add_ours("NOSSA-2", gtin="7891000100103")
    stage.add_ours("NOSSA-3", gtin="7891910000197")
    stage.add_ours("NOSSA-4", gtin="7891910000197")
    stage.shop.add_product(name="Copo", reference="DELES-2", ean="7891000100103", price="9.90", stock=5)
    stage.shop.add_product(name="Ambíguo", reference="DELES-3", ean="7891910000197", price="9.90", stock=5)
    stage.shop.add_product(name="Sem par", reference="DELES-4", price="9.90", stock=5)
    stage.shop.add_product(name="Kit", reference="CAN-350-KIT", price="0.00", is_kit="1")

    run = stage.sync()

    assert _variant(stage, "CAN-350").product == by_reference
    assert (_variant(stage, "DELES-2").product, _variant(stage, "DELES-2").linked_by) == (by_gtin, "GTIN")
    assert _variant(stage, "DELES-3").product is None  # two of ours have this GTIN: nothing is guessed
    (linked,) = stage.events(run, EventKind.LINKED)
    assert "2 produtos do Tray vinculados" in linked.text
    (note,) = stage.events(run, EventKind.NOTE)
    assert note.text.startswith("2 produtos do Tray sem vínculo")  # a kit needs none
    assert run.state == RunState.CLEAN


def test_a_reference_changed_at_tray_is_noticed_and_the_link_stays(stage: Stage) -> None:
    ours, theirs = stage.add_product("CAN-350")
    stage.sync()
    theirs.fields["reference"] = "OUTRA"
    stage.age_sweep(days=2)

    stage.sync()

    matter = stage.matter(Kind.REFERENCE_CHANGED)
    assert "mudou no Tray de CAN-350 para OUTRA" in matter.text
    assert "nada a fazer" in matter.remedy
    assert _variant(stage, "OUTRA").product == ours
    theirs.fields["reference"] = "CAN-350"
    stage.age_sweep(days=2)
    stage.sync()
    assert stage.matters() == []


def test_a_product_deleted_at_tray_is_reported_and_never_made_again(stage: Stage) -> None:
    ours, theirs = stage.add_product("CAN-350", on_hand=20, at_tray=20)
    stage.sync()
    stage.shop.delete_product(theirs.id)
    stage.box.stores["padaria"].place_orders  # noqa: B018 - the shop itself lives on
    from ahead.stock.operations import count_stock

    count_stock(
        company=stage.company, product_id=ours.pk, warehouse_id=stage.warehouse.pk, counted=7, by=BY,
        now=datetime.now(UTC),
    )  # fmt: skip

    run = stage.sync()

    error = stage.error(run)
    assert ("O Tray não tem mais este registro" in error.cause, error.turn) == (True, "you")
    assert "foi apagado na loja Loja padaria" in stage.matter(Kind.LISTING_GONE).text
    assert "vinculado pela referência" in stage.matter(Kind.LISTING_GONE).remedy
    before = stage.shop.counters.total
    again = stage.sync()
    assert (again.state, stage.shop.counters.total - before) == (RunState.CLEAN, 1)  # it is not written to again

    stage.shop.add_product(name="Caneca", reference="CAN-350", price="10.00", stock=0)
    stage.age_sweep(days=2)
    stage.sync()
    assert stage.matters() == []
    assert next(iter(stage.shop.products.values())).stock == 7


def test_a_variant_deleted_at_tray_alone_is_unlinked_and_its_sister_goes_on(stage: Stage) -> None:
    shirt = stage.shop.add_product(name="Camiseta", reference="CAM", price=Decimal(59), stock=0)
    small = stage.shop.add_variant(product=shirt, reference="CAM-P", price=Decimal(59), stock=3, axes={"Tamanho": "P"})
    large = stage.shop.add_variant(product=shirt, reference="CAM-G", price=Decimal(59), stock=3, axes={"Tamanho": "G"})
    stage.add_ours("CAM-P", on_hand=3)
    stage.add_ours("CAM-G", on_hand=3)
    stage.sync()
    del stage.shop.variants[small.id]
    stage.shop.variants_by_product[shirt.id].remove(small.id)
    stage.store.safety_stock = 1
    stage.store.save(update_fields=["safety_stock"])

    run = stage.sync()

    assert (run.stock_updated, run.errors, stage.shop.variant_stock(large.id)) == (1, 1, 2)
    assert "CAM-P" in stage.matter(Kind.LISTING_GONE).text
    assert _variant(stage, "CAM-P").product is None
    assert stage.sync().state == RunState.CLEAN


def test_a_parent_that_got_variants_is_not_written_to_any_more(stage: Stage) -> None:
    ours, theirs = stage.add_product("CAM", on_hand=5)
    stage.sync()
    stage.shop.add_variant(product=theirs, reference="CAM-P", price=Decimal(59), stock=0, axes={"Tamanho": "P"})
    stage.age_sweep(days=2)
    stage.sync()
    stage.store.safety_stock = 2
    stage.store.save(update_fields=["safety_stock"])
    run = stage.sync()
    assert (stage.writes("PUT /products/:id"), run.stock_updated) == ([], 0)
    assert ours is not None


def test_relinking_moves_what_later_orders_reserve(stage: Stage) -> None:
    _, theirs = stage.add_product("CAN-350", on_hand=10)
    stage.sync()
    other = stage.add_ours("NOVA", on_hand=10)
    link_variant(
        company=stage.company, variant_id=_variant(stage, "CAN-350").pk, product_id=other.pk, by=BY,
        now=datetime.now(UTC),
    )  # fmt: skip
    placed = stage.shop.place_order(items=[(theirs, 2)])
    stage.sync()
    assert stage.reserved(placed.id) == [("NOVA", 2)]


def test_a_listing_of_ours_says_what_the_product_it_is_linked_to_now_says(stage: Stage) -> None:
    mug, other = stage.add_ours("CAN-350", gtin="7891000000014"), stage.add_ours("NOVA", gtin="7891000315507")
    for product, price in ((mug, 95), (other, 99)):
        update_product(company=stage.company, product_id=product.pk, price=Decimal(price), by=BY, now=datetime.now(UTC))
    listing = add_listing(stage, mug, price=None)
    stage.sync()
    stage.shop.counters.writes.clear()
    who: Any = {"company": stage.company, "variant_id": listing.variants.get().pk, "by": BY, "now": datetime.now(UTC)}

    link_variant(product_id=other.pk, **who)
    stage.sync()

    bodies = [body["Product"] for _, _, body in stage.shop.counters.writes if "price" in body["Product"]]
    assert bodies == [{"ean": "7891000315507", "price": "99.00"}]
    unlink_variant(**who)
    stage.sync()
    (made,) = stage.shop.products.values()
    assert (made.text("price"), made.ean) == ("99.00", "7891000315507")
    assert "Não foi enviado." in stage.matter(Kind.LISTING_REFUSED).text, "it offers nothing of ours"
    link_variant(product_id=other.pk, **who)
    stage.sync()
    listing.refresh_from_db()
    assert (stage.matters(Kind.LISTING_REFUSED), listing.is_dirty) == ([], False)


def test_a_listing_of_ours_that_is_linked_by_its_reference_is_looked_at(stage: Stage) -> None:
    listing = add_listing(stage, stage.add_ours("CAN-350"))
    stage.sync()
    listing.variants.update(product=None)
    Product.objects.of(stage.company).filter(reference="CAN-350").update(gtin="7891000000014")

    stage.age_sweep(hours=25)
    stage.sync()

    (made,) = stage.shop.products.values()
    assert made.ean == "7891000000014"


def test_what_a_person_unlinked_stays_so_until_a_person_links_it(stage: Stage) -> None:
    ours, theirs = stage.add_product("CAN-350", on_hand=10)
    stage.sync()
    variant = _variant(stage, "CAN-350")
    unlink_variant(company=stage.company, variant_id=variant.pk, by=BY, now=datetime.now(UTC))
    placed = stage.shop.place_order(items=[(theirs, 2)])
    stage.age_sweep(days=2)

    stage.sync()
    stage.sync()

    assert (_variant(stage, "CAN-350").product, stage.order(placed.id).state) == (None, "held")
    assert stage.matter(Kind.UNKNOWN_SKU).facts["variant_id"] == variant.pk
    link_and_release(stage.company, variant.pk, product_id=ours.pk, by=BY, now=datetime.now(UTC))
    assert (_variant(stage, "CAN-350").unlinked_at, stage.order(placed.id).state) == (None, "open")
    assert stage.reserved(placed.id) == [("CAN-350", 2)]
    assert_books_balance(stage.company)


@pytest.mark.parametrize("is_relinked", [False, True])
def test_orders_that_are_in_keep_their_products_when_a_link_changes(stage: Stage, is_relinked: bool) -> None:
    ours, theirs = stage.add_product("CAN-350", on_hand=10)
    placed = stage.shop.place_order(items=[(theirs, 2)])
    stage.sync()
    variant, other = _variant(stage, "CAN-350"), stage.add_ours("NOVA", on_hand=10)
    unlink_variant(company=stage.company, variant_id=variant.pk, by=BY, now=datetime.now(UTC))
    if is_relinked:
        link_variant(company=stage.company, variant_id=variant.pk, product_id=other.pk, by=BY, now=datetime.now(UTC))
    stage.edit_lines(placed.id, lambda lines: lines[0].update(quantity="3"))

    stage.sync()

    assert stage.order(placed.id).state == "open"
    assert stage.reserved(placed.id) == [("CAN-350", 3)]
    (item,) = stage.order(placed.id).items.all()
    assert item.product == ours
    assert stage.matters(Kind.UNKNOWN_SKU) == []
    assert_books_balance(stage.company)
