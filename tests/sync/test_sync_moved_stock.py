"""Tray moves its own stock for an order, and ours moves as much the other way: what is shown is right all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ahead.catalog.models import Product
from ahead.orders.models import Order
from ahead.orders.operations import cancel_order
from ahead.stock.models import PublishedStock
from ahead.stock.operations import move_stock
from ahead.stock.publishing import doubt, stock_changes
from ahead.stores.triggers import Trigger
from ahead.sync.models import EventKind, OrderSighting, RunState, Step, SweepState, SyncRun
from sync_stage import BY, Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cup(stage: Stage) -> tuple[Product, int]:
    """A product with ten units, here and at Tray."""
    product, at_tray = stage.add_product("CAN-350", on_hand=10)
    stage.sync()
    return product, at_tray.id


def move(stage: Stage, product: Product, units: int) -> None:
    """Enter units, or take them out."""
    move_stock(
        company=stage.company,
        product_id=product.pk,
        warehouse_id=stage.warehouse.pk,
        quantity=units,
        kind="entry" if units > 0 else "exit",
        by=BY,
        now=datetime.now(UTC),
    )


def at_tray(stage: Stage, tray_id: int) -> int:
    """Return what Tray shows of the product."""
    return int(stage.shop.products[tray_id].stock)


def test_an_order_and_an_entry_of_as_much(stage: Stage, cup: tuple[Product, int]) -> None:
    product, tray_id = cup
    stage.shop.place_order(items=[(stage.shop.products[tray_id], 3)])
    move(stage, product, 3)

    run = stage.sync()

    assert at_tray(stage, tray_id) == 10
    assert [(one.before, one.after) for one in stage.events(run, EventKind.STOCK_UPDATED)] == [(10, 10)]
    assert stage.sync().stock_updated == 0


def test_a_status_that_opens_a_cancelled_order_again_has_its_goods_told_again(
    stage: Stage, cup: tuple[Product, int]
) -> None:
    """The merchant cancels, we tell the quantity, and only then our status reaches the order: Tray takes it twice."""
    _, tray_id = cup
    placed = stage.shop.place_order(items=[(stage.shop.products[tray_id], 3)])
    stage.shop.faults.next("PUT /orders/*", "500", times=4)

    def meanwhile(run: SyncRun) -> None:
        if run.step == Step.STOCK and stage.shop.orders[placed.id].status_id != cancelled:
            stage.shop.cancel_order(placed.id)  # gives three back, and the quantity is told right after

    cancelled = stage.shop.status("CANCELADO").id
    PublishedStock.objects.of(stage.company).update(is_in_doubt=True)
    stage.sync(listener=meanwhile)
    assert at_tray(stage, tray_id) == 7

    stage.sync(trigger=Trigger.NOTICE)  # it looks at no list, and writes what it could not

    assert stage.shop.orders[placed.id].status_id == 901
    assert at_tray(stage, tray_id) == 7


def test_a_cancellation_and_an_exit_of_as_much_sell_nothing_twice(stage: Stage, cup: tuple[Product, int]) -> None:
    product, tray_id = cup
    order = stage.shop.place_order(items=[(stage.shop.products[tray_id], 3)])
    stage.sync()
    stage.shop.cancel_order(order.id)
    move(stage, product, -3)
    assert at_tray(stage, tray_id) == 10

    stage.sync()

    assert (stage.balance(product), at_tray(stage, tray_id)) == ((7, 0), 7)


def test_a_line_that_was_swapped_for_another_of_the_same_product(stage: Stage, cup: tuple[Product, int]) -> None:
    product, tray_id = cup
    twin = stage.shop.add_product(name="Caneca (kit)", reference="", ean=product.gtin, price="39.90", stock=10)
    order = stage.shop.place_order(items=[(stage.shop.products[tray_id], 3)])
    stage.sync()
    stage.later()
    with stage.shop.changing():
        order.lines[0]["product_id"] = str(twin.id)
        order.lines[0]["reference"] = "CAN-350"
        stage.shop.products[tray_id].fields["stock"] = "10"
    stage.shop.edit_order(order.id)
    stage.sync()

    assert (stage.balance(product), at_tray(stage, tray_id)) == ((10, 3), 7)


def test_an_order_that_ends_before_it_is_taken_in(stage: Stage, cup: tuple[Product, int]) -> None:
    product, tray_id = cup
    waiting = stage.shop.place_order(items=[(stage.shop.products[tray_id], 3)], status="AGUARDANDO PAGAMENTO")
    stage.sync()
    move(stage, product, 2)
    stage.sync()
    assert at_tray(stage, tray_id) == 12, "what we write is what there is, whoever waits for a payment"
    stage.shop.cancel_order(waiting.id)
    assert at_tray(stage, tray_id) == 15
    stage.shop.counters.reset()

    run = stage.sync()

    assert (run.state, at_tray(stage, tray_id)) == (RunState.CLEAN, 12)
    assert stage.shop.counters.by_route["GET /orders/:id/complete"] == 1
    assert Order.objects.of(stage.company).count() == 0
    stage.sync()
    assert stage.shop.counters.by_route["GET /orders/:id/complete"] == 1


def test_one_that_cannot_be_read_just_now_is_read_by_the_next_run(stage: Stage, cup: tuple[Product, int]) -> None:
    product, tray_id = cup
    waiting = stage.shop.place_order(items=[(stage.shop.products[tray_id], 3)], status="AGUARDANDO PAGAMENTO")
    move(stage, product, 2)
    stage.sync()
    stage.shop.cancel_order(waiting.id)
    stage.shop.faults.next("GET /orders/*", "500", times=9)

    run = stage.sync()
    assert (run.state, run.errors) == (RunState.WITH_ERRORS, 1)
    assert f"Estoque devolvido pelo pedido {waiting.id}" in stage.error(run).text
    stage.shop.faults.clear()

    assert (stage.sync().state, at_tray(stage, tray_id)) == (RunState.CLEAN, 12)


def test_what_ended_before_the_stock_was_read_costs_no_request(stage: Stage, cup: tuple[Product, int]) -> None:
    ended = stage.shop.place_order(items=[(stage.shop.products[cup[1]], 3)], status="CANCELADO")
    stage.sync()
    rows = OrderSighting.objects.of(stage.company).filter(tray_id=ended.id)
    rows.update(due=OrderSighting.Due.STOCK)
    read_at = datetime.now(UTC) + timedelta(minutes=20)
    SweepState.objects.of(stage.company).update(stock_read_at=read_at, catalogue_read_at=read_at)
    stage.shop.counters.reset()

    stage.sync()

    assert rows.get().due == OrderSighting.Due.NOTHING
    assert stage.shop.counters.by_route["GET /orders/:id/complete"] == 0


def test_an_order_deleted_before_it_was_taken_in_has_the_stock_read(stage: Stage, cup: tuple[Product, int]) -> None:
    product, tray_id = cup
    waiting = stage.shop.place_order(items=[(stage.shop.products[tray_id], 3)], status="AGUARDANDO PAGAMENTO")
    stage.sync()
    move(stage, product, 2)
    stage.sync()
    stage.shop.delete_order(waiting.id)
    assert at_tray(stage, tray_id) == 15

    stage.sync()

    assert at_tray(stage, tray_id) == 12


def test_an_order_deleted_after_it_was_taken_in(stage: Stage, cup: tuple[Product, int]) -> None:
    product, tray_id = cup
    order = stage.shop.place_order(items=[(stage.shop.products[tray_id], 3)])
    stage.sync()
    stage.shop.delete_order(order.id)
    assert at_tray(stage, tray_id) == 10

    stage.sync()

    assert (stage.balance(product), at_tray(stage, tray_id)) == ((10, 3), 7)


def test_one_that_a_person_cancelled_here_and_tray_later(stage: Stage, cup: tuple[Product, int]) -> None:
    product, tray_id = cup
    order = stage.shop.place_order(items=[(stage.shop.products[tray_id], 3)])
    stage.sync()
    cancel_order(stage.company, stage.order(order.id).pk, by=BY, now=datetime.now(UTC), why="o cliente desistiu")
    stage.sync()
    assert at_tray(stage, tray_id) == 10
    stage.shop.cancel_order(order.id)
    assert at_tray(stage, tray_id) == 13

    stage.sync()

    assert (stage.balance(product), at_tray(stage, tray_id)) == ((10, 0), 10)
    assert stage.order(order.id).tray_status == "CANCELADO"


class TestDoubt:
    """Whether what was confirmed may have been moved since."""

    @pytest.fixture
    def row(self, stage: Stage, cup: tuple[Product, int]) -> PublishedStock:
        return PublishedStock.objects.of(stage.company).get(variant__tray_product_id=cup[1])

    @pytest.mark.parametrize(("minutes", "is_doubted"), [(-20, False), (-4, True), (0, True), (20, True)])
    def test_since_it_was_read(self, stage: Stage, row: PublishedStock, minutes: int, is_doubted: bool) -> None:
        assert row.read_back_at
        doubt(stage.company.pk, [row.variant_id], moved_at=row.read_back_at + timedelta(minutes=minutes))
        assert bool(stock_changes(stage.store)) is is_doubted

    @pytest.mark.parametrize(("minutes", "is_doubted"), [(-20, False), (-4, True), (0, True), (20, True)])
    def test_since_it_was_written(self, stage: Stage, row: PublishedStock, minutes: int, is_doubted: bool) -> None:
        now = datetime.now(UTC)
        PublishedStock.objects.of(stage.company).update(
            read_back_at=None, sent=10, sent_at=now, confirmed_at=now + timedelta(seconds=40)
        )
        doubt(stage.company.pk, [row.variant_id], moved_at=now + timedelta(minutes=minutes))
        assert bool(stock_changes(stage.store)) is is_doubted

    def test_a_write_that_was_not_confirmed_settles_nothing(self, stage: Stage, row: PublishedStock) -> None:
        now = datetime.now(UTC)
        PublishedStock.objects.of(stage.company).update(
            read_back_at=None, sent=10, sent_at=now, confirmed_at=now - timedelta(hours=1)
        )
        assert stock_changes(stage.store) == []
        doubt(stage.company.pk, [row.variant_id], moved_at=now - timedelta(minutes=20))
        assert len(stock_changes(stage.store)) == 1
