"""The main job: orders, customers and stock are exchanged, for the fewest requests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

import pytest

from ahead.customers.models import Customer
from ahead.sync.models import EventKind, RunState
from sync_stage import Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_comes_in_with_everything_and_its_stock_is_reserved(stage: Stage) -> None:
    caneca, at_tray = stage.add_product("CAN-350", on_hand=50, price="39.90")
    placed = stage.shop.place_order(items=[(at_tray, 2)], shipment_value=Decimal("18.35"), payment="pix")

    run = stage.sync()

    assert (run.state, run.orders_imported, run.errors) == (RunState.CLEAN, 1, 0), stage.errors(run)
    order = stage.order(placed.id)
    assert (order.kind, order.number, order.state) == ("PEW", 1, "open")
    assert order.total == placed.total
    assert order.remainder == 0
    (item,) = order.items.all()
    assert (item.product, item.quantity, item.unit_price) == (caneca, 2, Decimal("39.90"))
    assert order.customer is not None
    assert order.customer.document
    assert order.street
    assert order.uf
    assert stage.balance(caneca) == (50, 2)
    assert stage.shop.product_stock(at_tray.id) == 48
    assert_books_balance(stage.company)


def test_the_status_at_tray_is_set_once_and_its_echo_costs_nothing(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350")
    placed = stage.shop.place_order(items=[(at_tray, 1)])
    stage.sync()
    assert stage.shop.orders[placed.id].status_id == 901
    assert len(stage.writes("PUT /orders")) == 1

    before = stage.shop.counters.total
    run = stage.sync()

    assert run.state == RunState.CLEAN
    assert stage.shop.counters.total - before == 1  # one page of the list, and nothing else
    assert len(stage.writes("PUT /orders")) == 1


def test_a_sync_with_nothing_to_do_asks_the_database_little(
    stage: Stage, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    """Thousands of Lojas are looked at every few minutes; most of them have nothing new."""
    _, at_tray = stage.add_product("CAN-350")
    stage.shop.place_order(items=[(at_tray, 1)])
    for _ in range(2):
        stage.sync()
    with django_assert_max_num_queries(95):
        assert stage.sync().state == RunState.CLEAN


def test_the_log_says_which_estoque_each_updated_product_belongs_to(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350", on_hand=30, at_tray=12)

    run = stage.sync()

    (event,) = stage.events(run, EventKind.STOCK_UPDATED)
    assert (event.warehouse, event.before, event.after) == ("Depósito", 12, 30)
    assert stage.shop.product_stock(at_tray.id) == 30


def test_a_variant_is_written_to_itself_and_not_to_its_product(stage: Stage) -> None:
    shirt = stage.shop.add_product(name="Camiseta", reference="CAM", price=Decimal(59), stock=0)
    small = stage.shop.add_variant(product=shirt, reference="CAM-P", price=Decimal(59), stock=3, axes={"Tamanho": "P"})
    stage.add_ours("CAM-P", on_hand=20)

    stage.sync()

    assert stage.shop.variant_stock(small.id) == 20
    assert [write[:2] for write in stage.writes("PUT /products")] == [("PUT /products/variants/:id", small.id)]


def test_what_did_not_change_is_not_written(stage: Stage) -> None:
    for number in range(30):
        stage.add_product(f"SKU-{number}", on_hand=10)
    run = stage.sync()
    assert (run.stock_updated, stage.writes()) == (0, [])


def test_the_same_customer_under_two_orders_is_one(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350")
    first = stage.shop.place_order(items=[(at_tray, 1)])
    customer = {"cpf": stage.shop.orders[first.id].fields.get("cpf", "52998224725"), "name": "Maria Exemplo"}
    stage.shop.place_order(items=[(at_tray, 1)], customer=customer)
    stage.shop.place_order(items=[(at_tray, 1)], customer={**customer, "cpf": "529.982.247-25"})

    stage.sync()

    documents = [c.document for c in Customer.objects.of(stage.company) if c.document]
    assert len(documents) == len(set(documents))
    assert len(stage.orders()) == 3


def test_a_thousand_orders_cost_a_thousand_and_fifty_requests_and_then_one(stage: Stage) -> None:
    for number in range(20):
        stage.add_product(f"SKU-{number}", on_hand=100_000)
    stage.sync()  # the catalogue is known by now
    stage.shop.place_orders(1000, status="A ENVIAR")
    stage.shop.counters.reset()

    run = stage.sync()

    statuses = len(stage.writes("PUT /orders"))
    stocks = len(stage.writes("PUT /products"))
    assert run.orders_imported + run.orders_held == 1000
    assert stage.shop.counters.total - statuses - stocks <= 1050
    assert statuses == run.orders_imported
    assert_books_balance(stage.company)

    before = stage.shop.counters.total
    again = stage.sync()
    assert (again.state, again.orders_imported, again.errors) == (RunState.CLEAN, 0, 0)
    assert stage.shop.counters.total - before <= 4
