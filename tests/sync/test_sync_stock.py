"""Stock out: only what differs, the brake, warehouses, safety stock, several stores, and what drifts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ahead.catalog.models import Product
from ahead.pending.models import Kind
from ahead.stock.models import SalesWarehouse, Warehouse
from ahead.stock.operations import Opening, count_stock, create_warehouse, set_opening
from ahead.stores.models import Store
from ahead.sync.matters import allow_brake
from ahead.sync.models import EventKind, RunState
from sync_stage import BY, Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)


def count(stage: Stage, product: Product, counted: int, warehouse: Warehouse | None = None) -> None:
    """Count a product anew."""
    count_stock(
        company=stage.company,
        product_id=product.pk,
        warehouse_id=(warehouse or stage.warehouse).pk,
        counted=counted,
        by=BY,
        now=datetime.now(UTC),
    )


def choose_warehouses(stage: Stage, *warehouses: Warehouse) -> None:
    """Sell from these, the first of them first."""
    SalesWarehouse.objects.of(stage.company).filter(store=stage.store).delete()
    for priority, warehouse in enumerate(warehouses):
        SalesWarehouse.objects.create(company=stage.company, store=stage.store, warehouse=warehouse, priority=priority)


def test_only_differences_are_written(stage: Stage) -> None:
    products = [stage.add_product(f"SKU-{n}", on_hand=10) for n in range(5)]
    stage.sync()
    count(stage, products[1][0], 4)
    count(stage, products[3][0], 0)

    run = stage.sync()

    changes = [(event.text[:7], event.before, event.after) for event in stage.events(run, EventKind.STOCK_UPDATED)]
    assert changes == [("C-SKU-1", 10, 4), ("C-SKU-3", 10, 0)]
    assert sorted(write[:2] for write in stage.writes()) == [
        ("PUT /products/:id", products[1][1].id),
        ("PUT /products/:id", products[3][1].id),
    ]


def test_safety_stock_is_kept_back(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350", on_hand=10)
    Store.objects.of(stage.company).filter(pk=stage.store.pk).update(safety_stock=3)
    stage.sync()
    assert stage.shop.product_stock(at_tray.id) == 7
    Store.objects.of(stage.company).filter(pk=stage.store.pk).update(safety_stock=30)
    stage.sync()
    assert stage.shop.product_stock(at_tray.id) == 0


def test_several_warehouses_are_offered_together_and_reserved_by_priority(stage: Stage) -> None:
    ours, at_tray = stage.add_product("CAN-350", on_hand=4)
    second = create_warehouse(company=stage.company, name="Filial", by=BY, now=datetime.now(UTC))
    set_opening(company=stage.company, rows=[Opening(ours.pk, second.pk, 6)], by=BY, now=datetime.now(UTC))
    choose_warehouses(stage, second, stage.warehouse)
    run = stage.sync()
    assert stage.shop.product_stock(at_tray.id) == 10
    assert stage.events(run, EventKind.STOCK_UPDATED)[0].warehouse == "Filial, Depósito"

    whole = stage.shop.place_order(items=[(at_tray, 5)])
    split = stage.shop.place_order(items=[(at_tray, 4)])
    stage.sync()

    from ahead.stock.models import Reservation

    def places(tray_id: int) -> list[tuple[str, int]]:
        rows = Reservation.objects.of(stage.company).filter(order_id=stage.order(tray_id).pk)
        return sorted(rows.values_list("warehouse__name", "quantity"))

    assert places(whole.id) == [("Filial", 5)]
    assert places(split.id) == [("Depósito", 4)]  # one parcel, where one warehouse can give all
    assert_books_balance(stage.company)


def test_a_store_without_warehouses_sells_from_the_company_s_first(stage: Stage) -> None:
    ours, at_tray = stage.add_product("CAN-350", on_hand=9)
    choose_warehouses(stage)
    stage.shop.place_order(items=[(at_tray, 2)])
    run = stage.sync()
    assert (run.state, stage.balance(ours), stage.shop.product_stock(at_tray.id)) == (RunState.CLEAN, (9, 2), 7)


def test_without_any_warehouse_in_use_the_run_says_what_to_do(stage: Stage) -> None:
    choose_warehouses(stage)
    Warehouse.objects.of(stage.company).update(is_active=False)
    run = stage.sync()
    assert run.state == RunState.FAILED
    assert "Cadastre ao menos um Estoque" in stage.error(run).cause
    assert "Abra a Loja" in stage.matter(Kind.STORE_SETTINGS).remedy
    Warehouse.objects.of(stage.company).update(is_active=True)
    assert stage.sync().state == RunState.CLEAN
    assert stage.matters() == []


def test_two_stores_that_share_a_product_both_show_what_is_left(stage: Stage) -> None:
    ours, at_first = stage.add_product("CAN-350", on_hand=20)
    other = Stage(stage.box, stage.address, stage.company, stage.warehouse).open_store("confeitaria", 999002)
    at_second = other.shop.add_product(name="Caneca", reference="CAN-350", price="39.90", stock=20)
    stage.sync()
    other.sync()
    stage.shop.place_order(items=[(at_first, 3)])

    stage.sync()
    other.sync()

    assert stage.balance(ours) == (20, 3)
    assert (stage.shop.product_stock(at_first.id), other.shop.product_stock(at_second.id)) == (17, 17)
    other.shop.place_order(items=[(at_second, 5)])
    other.sync()
    stage.sync()
    assert (stage.shop.product_stock(at_first.id), other.shop.product_stock(at_second.id)) == (12, 12)
    assert_books_balance(stage.company)


def test_two_stores_with_different_safety_stock_show_different_quantities(stage: Stage) -> None:
    _, at_first = stage.add_product("CAN-350", on_hand=20)
    other = Stage(stage.box, stage.address, stage.company, stage.warehouse).open_store("confeitaria", 999002)
    at_second = other.shop.add_product(name="Caneca", reference="CAN-350", price="39.90", stock=20)
    Store.objects.of(stage.company).filter(pk=other.store.pk).update(safety_stock=5)
    stage.sync()
    other.sync()
    assert (stage.shop.product_stock(at_first.id), other.shop.product_stock(at_second.id)) == (20, 15)


def test_sold_beyond_what_there_is_shows_zero_and_asks_until_it_is_covered(stage: Stage) -> None:
    ours, at_tray = stage.add_product("CAN-350", on_hand=3)
    placed = stage.shop.place_order(items=[(at_tray, 5)])

    run = stage.sync()

    assert (run.state, stage.order(placed.id).state, stage.balance(ours)) == (RunState.CLEAN, "open", (3, 5))
    assert stage.shop.product_stock(at_tray.id) == 0
    matter = stage.matter(Kind.OVERSOLD)
    assert "foi vendido além do que há em estoque (pedido 1)" in matter.text
    assert "Reponha o estoque" in matter.remedy
    stage.sync()
    assert len(stage.matters()) == 1
    count(stage, ours, 5)
    stage.sync()
    assert stage.matters() == []
    assert stage.shop.product_stock(at_tray.id) == 0


def test_an_oversold_product_is_covered_too_when_the_order_is_cancelled(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350", on_hand=3)
    placed = stage.shop.place_order(items=[(at_tray, 5)])
    stage.sync()
    stage.move(placed.id, "CANCELADO")
    stage.sync()
    assert (stage.matters(), stage.shop.product_stock(at_tray.id)) == ([], 3)


# --- the brake


@pytest.fixture
def shelf(stage: Stage) -> list[tuple[Product, Any]]:
    """Twenty products in stock on both sides, synchronised."""
    products = [stage.add_product(f"SKU-{n:02}", on_hand=10) for n in range(20)]
    stage.sync()
    return products


def _empty(stage: Stage, products: list[tuple[Product, Any]]) -> None:
    for ours, _ in products:
        count(stage, ours, 0)


def test_a_run_that_would_empty_much_of_the_shop_stops_and_asks(stage: Stage, shelf: list[Any]) -> None:
    _empty(stage, shelf[:12])

    run = stage.sync()

    assert (run.state, run.stock_updated, stage.writes()) == (RunState.WITH_ERRORS, 0, [])
    error = stage.error(run)
    assert (error.text, error.cause[:17]) == ("Freio de estoque acionado", "12 de 20 produtos")
    assert (error.turn, "«Enviar assim mesmo»" in error.remedy) == ("you", True)
    matter = stage.matter(Kind.STOCK_BRAKE)
    assert (matter.facts["zeroed"], matter.facts["offered"], len(matter.facts["examples"])) == (12, 20, 12)
    assert "SKU-00" in matter.facts["examples"][0]
    assert "10 → 0" in matter.facts["examples"][0]


def test_a_clearance_lets_exactly_one_run_pass(stage: Stage, shelf: list[Any]) -> None:
    _empty(stage, shelf[:12])
    stage.sync()
    allow_brake(stage.company, stage.store.pk, kind=Kind.STOCK_BRAKE, by=BY, now=datetime.now(UTC))
    assert stage.matters() == []

    run = stage.sync()

    assert (run.state, run.stock_updated) == (RunState.CLEAN, 12)
    for ours, _ in shelf[:12]:
        count(stage, ours, 10)
    stage.sync()
    _empty(stage, shelf[5:20])
    assert stage.sync().stock_updated == 0  # the next damage asks anew
    assert len(stage.matters(Kind.STOCK_BRAKE)) == 1


def test_a_clearance_is_used_up_even_if_the_next_damage_follows_at_once(stage: Stage, shelf: list[Any]) -> None:
    _empty(stage, shelf[:10])
    stage.sync()
    allow_brake(stage.company, stage.store.pk, kind=Kind.STOCK_BRAKE, by=BY, now=datetime.now(UTC))
    assert stage.sync().stock_updated == 10
    _empty(stage, shelf[10:])
    assert stage.sync().stock_updated == 0


def test_the_brake_heals_by_itself_when_the_cause_is_gone(stage: Stage, shelf: list[Any]) -> None:
    _empty(stage, shelf[:12])
    stage.sync()
    for ours, _ in shelf[:12]:
        count(stage, ours, 10)
    run = stage.sync()
    assert (run.state, stage.matters()) == (RunState.CLEAN, [])


def test_the_brake_does_not_hold_up_orders(stage: Stage, shelf: list[Any]) -> None:
    _empty(stage, shelf[:12])
    placed = stage.shop.place_order(items=[(shelf[15][1], 1)])
    run = stage.sync()
    assert (run.orders_imported, run.statuses_written) == (1, 1)
    assert stage.order(placed.id).state == "open"


def test_selling_out_a_few_things_needs_no_clearance(stage: Stage, shelf: list[Any]) -> None:
    _empty(stage, shelf[:9])
    run = stage.sync()
    assert (run.state, run.stock_updated) == (RunState.CLEAN, 9)


def test_a_new_store_with_empty_books_does_not_empty_the_shop_at_tray(stage: Stage) -> None:
    for number in range(15):
        stage.add_product(f"SKU-{number}", on_hand=0, at_tray=8)
    run = stage.sync()
    assert (run.stock_updated, stage.writes(), len(stage.matters(Kind.STOCK_BRAKE))) == (0, [], 1)


def test_writes_that_failed_do_not_open_a_way_around_the_brake(stage: Stage, shelf: list[Any]) -> None:
    for ours, _ in shelf:
        count(stage, ours, 9)
    stage.shop.faults.rate("500", 1.0, "PUT /products/*")
    stage.sync()
    stage.shop.faults.clear()
    _empty(stage, shelf)
    run = stage.sync()
    assert (run.stock_updated, len(stage.matters(Kind.STOCK_BRAKE))) == (0, 1)


# --- what drifts


def test_a_quantity_changed_at_tray_is_noticed_once_a_day_and_set_right(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350", on_hand=10)
    stage.sync()
    stage.shop.set_stock(at_tray, 99)
    assert stage.sync().stock_updated == 0  # not looked at again today
    stage.age_sweep(days=2)

    run = stage.sync()

    (note,) = stage.events(run, EventKind.NOTE)
    assert "o Tray mostra 99, a última quantidade confirmada era 10" in note.text
    assert (note.before, note.after) == (10, 99)
    (event,) = stage.events(run, EventKind.STOCK_UPDATED)
    assert (event.before, event.after) == (99, 10)
    assert (run.state, stage.shop.product_stock(at_tray.id)) == (RunState.CLEAN, 10)


def test_the_stock_of_a_kit_is_tray_s_own(stage: Stage) -> None:
    stage.add_product("CAN-350", on_hand=10)
    stage.shop.add_product(name="Kit", reference="KIT-1", price="0.00", stock=7, is_kit="1")
    stage.add_ours("KIT-1", on_hand=3)
    run = stage.sync()
    assert (run.stock_updated, stage.writes()) == (0, [])
