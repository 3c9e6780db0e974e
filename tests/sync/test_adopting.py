"""Trazer do Tray: a shop that exists becomes AHEAD's as it is, and nothing is sent for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ahead.catalog.adoption import ask_adoption
from ahead.catalog.models import Category, Listing, Product
from ahead.stock.center_operations import map_centers
from ahead.stock.centers import centers
from ahead.stock.models import Balance
from ahead.stock.operations import create_warehouse
from ahead.stores.models import Store
from ahead.sync.models import EventKind, RunState, Step, SyncRun
from catalogue_making import catalogue_writes, change
from sync_stage import BY, Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)


def bring(stage: Stage, *listings: Listing, listener: Callable[[SyncRun], None] | None = None) -> Any:
    """Ask for listings (all that are not AHEAD's), and sync."""
    rows = listings or Listing.objects.of(stage.company).filter(is_managed=False)
    ask_adoption(company=stage.company, listing_ids=[row.pk for row in rows], by=BY, now=datetime.now(UTC))
    return stage.sync(listener=listener)


def furnish(stage: Stage) -> dict[str, Any]:
    """Fill the shop: a product with everything, one with variations, and a kit."""
    mug = stage.shop.add_product(
        name="Caneca Esmaltada", reference="CAN-350", price="39.90", stock=12, ean="7891000000014", ncm="73239300",
        brand="Casa Aurora", category="Cozinha", weight="350", length="12", width="9", height="9",
        description="<p>Esmaltada.</p>", picture_source_1="https://fotos.example/can.jpg",
    )  # fmt: skip
    shirt = stage.shop.add_product(name="Camiseta", reference="CAM", price="59.90", category="Roupas", weight="180")
    for number, colour in enumerate(("Preta", "Branca"), start=3):
        stage.shop.add_variant(
            product=shirt, reference=f"CAM-{colour}", price="59.90", axes={"Cor": colour}, stock=number, weight="180"
        )
    kit = stage.shop.add_kit(name="Kit Café", reference="KIT-CAFE", components=[(mug, 2)], category="Cozinha")
    return {"mug": mug, "shirt": shirt, "kit": kit}


def test_a_whole_shop_is_brought_with_products_stock_categories_and_kits(stage: Stage) -> None:
    furnish(stage)
    stage.sync()
    assert sorted(Category.objects.of(stage.company).values_list("name", flat=True)) == ["Cozinha", "Roupas"]
    stage.shop.counters.writes.clear()

    run = bring(stage)

    assert [event.cause for event in stage.events(run, EventKind.ERROR)] == []
    assert catalogue_writes(stage) == []
    products = {row.code: row for row in Product.objects.of(stage.company)}
    assert sorted(products) == ["CAM-Branca", "CAM-Preta", "CAN-350", "KIT-CAFE"]
    assert (products["CAN-350"].gtin, products["CAN-350"].ncm, products["CAN-350"].weight_g) == (
        "7891000000014", "73239300", 350,
    )  # fmt: skip
    assert [stage.balance(products[code])[0] for code in ("CAN-350", "CAM-Preta", "CAM-Branca")] == [12, 3, 4]
    assert [(one.product.code, one.quantity) for one in products["KIT-CAFE"].components.all()] == [("CAN-350", 2)]
    rows = {row.title: row for row in Listing.objects.of(stage.company)}
    assert all(row.is_managed and not row.is_dirty for row in rows.values())
    assert (rows["Camiseta"].axis_1, rows["Caneca Esmaltada"].description) == ("Cor", "<p>Esmaltada.</p>")
    assert_books_balance(stage.company)


def test_nothing_is_sent_for_what_was_brought_before_it_is_changed(stage: Stage) -> None:
    shop = furnish(stage)
    stage.sync()
    bring(stage)
    stage.shop.counters.writes.clear()

    assert stage.sync().state == RunState.CLEAN
    assert catalogue_writes(stage) == []

    change(Listing.objects.of(stage.company).get(title="Caneca Esmaltada"), price=Decimal("41.90"))
    stage.sync()
    ((_, tray_id, body),) = stage.shop.counters.writes
    assert (tray_id, body) == (shop["mug"].id, {"Product": {"price": "41.90"}})


def test_what_is_a_product_of_ours_already_is_linked_and_keeps_its_stock(stage: Stage) -> None:
    furnish(stage)
    ours = stage.add_ours("CAN-350", on_hand=50)
    stage.sync()
    bring(stage, Listing.objects.of(stage.company).get(title="Caneca Esmaltada"))
    assert stage.balance(ours)[0] == 50
    assert Product.objects.of(stage.company).count() == 1


def test_what_an_order_that_waits_took_at_tray_is_counted_once(stage: Stage) -> None:
    shop = furnish(stage)
    placed = stage.shop.place_order(items=[(shop["mug"], 2)])
    stage.sync()
    assert (stage.order(placed.id).state, shop["mug"].stock) == ("held", 10)
    stage.shop.counters.writes.clear()

    run = bring(stage, Listing.objects.of(stage.company).get(title="Caneca Esmaltada"))

    mug = Product.objects.of(stage.company).get()
    assert (stage.order(placed.id).state, stage.balance(mug), shop["mug"].stock) == ("open", (12, 2), 10)
    assert "mais 2 unidades de pedidos que esperavam" in stage.events(run, EventKind.LINKED)[0].text
    assert [sync.stock_updated for sync in (stage.sync(), stage.sync())] == [0, 0]
    assert_books_balance(stage.company)


@pytest.mark.parametrize("lines", ["parent", "components", "both"])
def test_so_is_what_an_order_of_a_kit_took_of_its_components(stage: Stage, lines: str) -> None:
    shop = furnish(stage)
    stage.shop.switches.change({"kit_lines": lines})
    placed = stage.shop.place_order(items=[(shop["kit"], 2), (shop["mug"], 1)])
    stage.sync()
    assert (stage.order(placed.id).state, shop["mug"].stock) == ("held", 7)

    bring(stage)
    stage.sync()

    mug = Product.objects.of(stage.company).get(code="CAN-350")
    assert (stage.order(placed.id).state, stage.balance(mug), shop["mug"].stock) == ("open", (12, 5), 7)
    assert_books_balance(stage.company)


def test_in_a_multicd_store_it_lies_in_the_centre_that_the_order_names(stage: Stage) -> None:
    filial = create_warehouse(company=stage.company, name="Filial", by=BY, now=datetime.now(UTC))
    for name in ("CD Capital", "CD Interior"):
        stage.shop.add_distribution_center(name=name)
    Store.objects.of(stage.company).filter(pk=stage.store.pk).update(centers_seen_at=None)
    mug = stage.shop.add_product(name="Caneca", reference="CAN-350", price="39.90", stock=12)
    placed = stage.shop.place_order(items=[(mug, 2)])
    placed.fields["dc_id"] = "612"
    mug.units_by_centre |= {"611": 12, "612": 3}  # five less those two
    stage.sync()
    stage.store.refresh_from_db()
    mapping = dict(zip((center.pk for center in centers(stage.store)), (stage.warehouse.pk, filial.pk), strict=True))
    map_centers(company=stage.company, store_id=stage.store.pk, mapping=mapping, by=BY, now=datetime.now(UTC))

    bring(stage)
    run = stage.sync()

    rows = Balance.objects.of(stage.company).order_by("warehouse__code")
    assert list(rows.values_list("on_hand", "reserved")) == [(12, 0), (5, 2)]
    assert (stage.order(placed.id).state, mug.units_by_centre) == ("open", {"611": 12, "612": 3})
    assert (run.state, stage.sync().stock_updated) == (RunState.CLEAN, 0)


def test_an_order_that_ends_before_the_product_is_read_counts_for_nothing(stage: Stage) -> None:
    shop = furnish(stage)
    placed = stage.shop.place_order(items=[(shop["mug"], 2)])
    stage.sync()
    at_the_catalogue = once_at_the_catalogue(lambda: stage.shop.cancel_order(placed.id))

    bring(stage, Listing.objects.of(stage.company).get(title="Caneca Esmaltada"), listener=at_the_catalogue)

    mug = Product.objects.of(stage.company).get()
    assert (stage.order(placed.id).state, stage.balance(mug), shop["mug"].stock) == ("cancelled", (12, 0), 12)
    stage.sync()
    assert shop["mug"].stock == 12


def test_an_order_that_comes_while_the_product_is_read_is_never_sold_twice(stage: Stage) -> None:
    """Nobody can say whether what was read knows of it: what it takes may count twice, and is never offered twice."""
    shop = furnish(stage)
    stage.shop.place_order(items=[(shop["mug"], 2)])
    stage.sync()
    at_the_catalogue = once_at_the_catalogue(lambda: stage.shop.place_order(items=[(shop["mug"], 3)]))

    bring(stage, Listing.objects.of(stage.company).get(title="Caneca Esmaltada"), listener=at_the_catalogue)
    stage.later()
    stage.sync()

    mug = Product.objects.of(stage.company).get()
    assert (stage.balance(mug), shop["mug"].stock) == ((9, 5), 4)
    assert_books_balance(stage.company)


def once_at_the_catalogue(do: Callable[[], object]) -> Callable[[SyncRun], None]:
    """Return a listener that does something once, before what is to be brought is read."""
    done: list[bool] = []

    def listen(run: SyncRun) -> None:
        if run.step == Step.CATALOGUE and not done:
            done.append(True)
            do()

    return listen


def test_what_a_list_shows_twice_is_brought_once(stage: Stage) -> None:
    furnish(stage)
    stage.sync()
    for route in ("GET /products/variants", "GET /products/kits"):
        stage.shop.faults.next(route, "duplicate-row")

    assert bring(stage).state == RunState.CLEAN

    products = {row.code: row for row in Product.objects.of(stage.company)}
    assert [stage.balance(products[code])[0] for code in ("CAN-350", "CAM-Preta", "CAM-Branca")] == [12, 3, 4]
    assert [one.quantity for one in products["KIT-CAFE"].components.all()] == [2]


def test_what_tray_shows_beside_a_product_of_ours_is_said_and_no_change_made_there(stage: Stage) -> None:
    furnish(stage)
    stage.add_ours("CAN-350", on_hand=12)
    stage.add_ours("CAM-Preta", on_hand=3, gtin="7891000315507")
    stage.sync()
    stage.shop.counters.writes.clear()

    run = bring(stage)

    told = {event.key: event.text for event in stage.events(run, EventKind.LINKED)}
    rows = {row.title: row for row in Listing.objects.of(stage.company)}
    of_mug = "o que o AHEAD diz: Marca: Casa Aurora → vazio, GTIN: 7891000000014 → vazio"
    assert of_mug in told[f"adoption:{rows['Caneca Esmaltada'].pk}"]
    assert "o que o AHEAD diz: Cor: Preta: GTIN: 7891000315507" in told[f"adoption:{rows['Camiseta'].pk}"]
    stage.age_sweep(hours=25)
    stage.sync()
    assert (stage.matters("listing_changed"), catalogue_writes(stage)) == ([], [])
    change(rows["Caneca Esmaltada"], price=Decimal("41.90"))
    stage.sync()
    ((_, _, body),) = stage.shop.counters.writes
    assert (body["Product"]["price"], body["Product"]["brand"], body["Product"]["ean"]) == ("41.90", "", "")


def test_a_kit_whose_components_are_unknown_says_what_to_do(stage: Stage) -> None:
    furnish(stage)
    stage.sync()
    run = bring(stage, Listing.objects.of(stage.company).get(title="Kit Café"))
    error = stage.error(run)
    assert "componente" in error.cause
    assert stage.sync().state == RunState.CLEAN


def test_a_listing_that_could_not_be_read_is_brought_by_the_next_run(stage: Stage) -> None:
    furnish(stage)
    stage.sync()
    listing = Listing.objects.of(stage.company).get(title="Caneca Esmaltada")
    stage.shop.faults.next("GET /products/:id", "500", times=9)
    assert bring(stage, listing).state == RunState.WITH_ERRORS
    stage.shop.faults.clear()
    stage.sync()
    listing.refresh_from_db()
    assert listing.is_managed


def test_what_is_changed_at_tray_is_reported_and_not_set_back(stage: Stage) -> None:
    shop = furnish(stage)
    stage.sync()
    bring(stage)
    with stage.shop.changing():
        shop["mug"].fields["price"] = "45.00"
    stage.age_sweep(hours=25)
    stage.shop.counters.writes.clear()

    stage.sync()

    assert catalogue_writes(stage) == []
    (matter,) = stage.matters("listing_changed")
    assert "Preço: 39,90 → 45,00" in matter.text
    change(Listing.objects.of(stage.company).get(title="Caneca Esmaltada"))
    stage.sync()
    assert shop["mug"].text("price") == "39.90"
    assert stage.matters("listing_changed") == []


def test_one_that_our_rules_refuse_says_so_and_holds_nothing_up(stage: Stage) -> None:
    mug = stage.shop.add_product(name="Caneca", reference="CAN-350", price="39.90", stock=12)
    stage.shop.add_kit(name="Kit", reference="KIT", components=[(mug, 2)])
    stage.sync()
    bring(stage, Listing.objects.of(stage.company).get(title="Caneca"))
    Product.objects.of(stage.company).update(is_active=False)

    run = bring(stage, Listing.objects.of(stage.company).get(title="Kit"))

    assert "desativado" in stage.error(run).cause
    assert stage.sync().state == RunState.CLEAN
