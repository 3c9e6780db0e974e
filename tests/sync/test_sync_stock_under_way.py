"""What changes while much stock is being written: each quantity is that of the moment, and no order is written over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from notice_stage import Notified

from ahead.catalog.models import Product
from ahead.pending.models import Kind
from ahead.stock.center_operations import map_centers
from ahead.stock.centers import centers
from ahead.stock.models import PublishedStock
from ahead.stock.operations import Opening, create_warehouse, move_stock, set_opening
from ahead.stores.triggers import Trigger
from ahead.sync import exchange
from ahead.sync.models import EventKind, RunState, Step, SyncRun
from sync_stage import BY, Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)
WRITES = "PUT /products/:id"


def shelf(stage: Stage, count: int, *, on_hand: int = 10) -> list[tuple[Product, Any]]:
    """Make products, in the order in which they are written, of which Tray shows three."""
    return [stage.add_product(f"P-{number:03}", on_hand=on_hand, at_tray=3) for number in range(count)]


def once_under_way(do: Callable[[], object]) -> Callable[[SyncRun], None]:
    """Return a listener that does something once, when the quantities of a run are known and none is written."""
    done: list[bool] = []

    def listen(run: SyncRun) -> None:
        if run.step == Step.STOCK and run.total and not done:
            done.append(True)
            do()

    return listen


def move(stage: Stage, product: Product, units: int) -> None:
    """Enter units, or take them out."""
    kind = "entry" if units > 0 else "exit"
    move_stock(
        company=stage.company, product_id=product.pk, warehouse_id=stage.warehouse.pk, quantity=units, kind=kind, by=BY,
        now=datetime.now(UTC),
    )  # fmt: skip


def test_a_quantity_is_that_of_the_moment_it_is_sent(stage: Stage) -> None:
    last, at_tray = shelf(stage, 60)[-1]

    run = stage.sync(listener=once_under_way(lambda: move(stage, last, -10)))

    assert (run.state, run.stock_updated, at_tray.stock) == (RunState.CLEAN, 60, 0)
    assert [(one.before, one.after) for one in stage.events(run, EventKind.STOCK_UPDATED)][-1] == (3, 0)


def test_what_differs_no_more_is_not_written(stage: Stage) -> None:
    last, at_tray = shelf(stage, 60)[-1]

    run = stage.sync(listener=once_under_way(lambda: move(stage, last, -7)))

    assert (run.state, run.stock_updated, at_tray.stock) == (RunState.CLEAN, 59, 3)
    assert stage.shop.counters.by_route[WRITES] == 59
    assert stage.sync().stock_updated == 0


def test_each_quantity_costs_one_request_and_a_short_push_no_other(stage: Stage) -> None:
    rows = shelf(stage, 60)
    stage.sync()
    for product, _ in rows:
        move(stage, product, 1)
    stage.shop.counters.reset()

    assert stage.sync().stock_updated == 60

    assert stage.shop.counters.by_route == {"GET /orders": 1, WRITES: 60}


def test_an_order_that_comes_meanwhile_is_not_written_over(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tray lowers its stock by itself when the order is placed: what is sent then knows of the order."""
    monkeypatch.setattr(exchange, "FRESH", timedelta(0))  # what Tray showed is old with each batch
    last, at_tray = shelf(stage, 60)[-1]
    placed: list[int] = []

    run = stage.sync(listener=once_under_way(lambda: placed.append(stage.shop.place_order(items=[(at_tray, 2)]).id)))

    assert (run.state, run.orders_imported, run.stock_updated) == (RunState.CLEAN, 1, 60)
    assert (stage.balance(last), at_tray.stock) == ((10, 2), 8)
    assert stage.order(placed[0]).state == "open"
    stage.sync()
    assert at_tray.stock == 8
    assert_books_balance(stage.company)


def test_a_cancellation_meanwhile_does_not_undo_what_was_written_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "FRESH", timedelta(0))
    first, at_tray = shelf(stage, 60)[0]
    order = stage.shop.place_order(items=[(at_tray, 2)])
    stage.sync()
    PublishedStock.objects.of(stage.company).update(is_in_doubt=True)

    run = stage.sync(listener=once_under_way(lambda: stage.shop.cancel_order(order.id)))

    assert (run.state, run.orders_cancelled, stage.balance(first)) == (RunState.CLEAN, 1, (10, 0))
    stage.sync()
    assert at_tray.stock == 10


@pytest.mark.parametrize("trigger", [Trigger.SCHEDULE, Trigger.NOTICE])
def test_an_order_that_is_notified_of_meanwhile_is_looked_at_within_the_minute(
    notified: Notified, trigger: Trigger
) -> None:
    stage = notified.stage
    last, at_tray = shelf(stage, 60)[-1]
    stage.age_sweep(days=2)
    stage.shop.faults.rate("500", 1.0, "PUT /products/*")
    stage.sync()  # the products are known, and not written yet
    stage.shop.faults.clear()

    def sell() -> None:
        stage.shop.place_order(items=[(at_tray, 2)])
        notified.arrive()

    run = stage.sync(trigger=trigger, listener=once_under_way(sell))

    assert (run.state, run.stock_updated, run.orders_imported) == (RunState.CLEAN, 60, 1)
    assert (stage.balance(last), at_tray.stock) == ((10, 2), 8)


def test_the_brake_judges_again_what_is_emptied_meanwhile(stage: Stage) -> None:
    rows = shelf(stage, 60)

    def empty() -> None:
        for product, _ in rows[25:]:
            move(stage, product, -10)

    run = stage.sync(listener=once_under_way(empty))

    assert (run.state, run.stock_updated) == (RunState.WITH_ERRORS, 25)
    assert "35 de 60 produtos" in stage.matter(Kind.STOCK_BRAKE).text
    assert stage.matter(Kind.STOCK_BRAKE).text.endswith("Nada mais foi enviado.")
    assert {int(at_tray.stock) for _, at_tray in rows[25:]} == {3}


def test_each_centre_gets_the_quantity_of_the_moment(stage: Stage) -> None:
    other = create_warehouse(company=stage.company, name="Filial", by=BY, now=datetime.now(UTC))
    for name in ("CD Capital", "CD Interior"):
        stage.shop.add_distribution_center(name=name)
    rows = shelf(stage, 30)
    set_opening(
        company=stage.company, rows=[Opening(ours.pk, other.pk, 4) for ours, _ in rows], by=BY, now=datetime.now(UTC)
    )
    type(stage.store).objects.of(stage.company).update(centers_seen_at=None)
    stage.sync()
    mapping = dict(zip([one.pk for one in centers(stage.store)], [stage.warehouse.pk, other.pk], strict=True))
    map_centers(company=stage.company, store_id=stage.store.pk, mapping=mapping, by=BY, now=datetime.now(UTC))
    last, at_tray = rows[-1]

    run = stage.sync(listener=once_under_way(lambda: move(stage, last, -8)))

    assert (run.state, run.stock_updated) == (RunState.CLEAN, 60)
    assert (at_tray.stock, rows[0][1].stock) == (6, 14)
