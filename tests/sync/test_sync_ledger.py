"""The books of the sweep: whatever happens between two pages, every order is accounted for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ahead import tray
from ahead.orders.models import Order
from ahead.pending.models import Kind
from ahead.sync.models import RunState, Step, SweepState, SyncRun
from sync_stage import Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product(stage: Stage) -> Any:
    """A product that both sides know, as Tray has it."""
    return stage.add_product("CAN-350", on_hand=10_000, price="39.90")[1]


def state_of(stage: Stage) -> SweepState:
    """Return how far the books of the store are closed."""
    return SweepState.objects.of(stage.company).get(store=stage.store)


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("page", [1, 2, 3])
def test_who_dies_between_two_pages_leaves_the_window_open_and_the_next_reads_all(
    stage: Stage, product: Any, page: int
) -> None:
    stage.shop.place_orders(140, status="A ENVIAR")

    def die(run: SyncRun) -> None:
        # one answer is shown for each page, unless it came too fast: count the pages at Tray
        if run.step == Step.SWEEP and stage.shop.counters.by_route["GET /orders"] >= page:
            raise Died

    with pytest.raises(Died):
        stage.sync(listener=die)
    assert state_of(stage).closed_through is None

    run = stage.sync()

    assert (run.state, run.orders_imported, run.tray_total, run.held_total) == (RunState.CLEAN, 140, 140, 140)
    assert state_of(stage).closed_through is not None
    assert_books_balance(stage.company)


def test_an_order_that_changes_while_pages_are_read_is_neither_lost_nor_doubled(stage: Stage, product: Any) -> None:
    placed = stage.shop.place_orders(120, status="A ENVIAR")
    moved: list[int] = []
    stage.shop.switches.change({"latency_seconds": 0.5})  # so that the first page is shown before the second is read

    def meanwhile(run: SyncRun) -> None:
        if run.step == Step.SWEEP and stage.shop.counters.by_route["GET /orders"] == 1 and not moved:
            stage.shop.switches.change({"latency_seconds": 0.0})
            moved.append(placed[0].id)  # the last of the last page becomes the first of the first
            stage.edit_lines(placed[0].id, lambda lines: lines[0].update(quantity="9"))
            stage.shop.place_order(items=[(product, 1)])

    stage.sync(listener=meanwhile)
    run = stage.sync()

    assert len(stage.orders()) == 121
    assert (run.state, run.tray_total, run.held_total) == (RunState.CLEAN, 121, 121)
    assert [quantity for _, quantity in stage.reserved(placed[0].id)][-1] == 9
    assert_books_balance(stage.company)


def test_an_order_that_changes_while_it_is_read_is_read_again(stage: Stage, product: Any) -> None:
    placed = stage.shop.place_order(items=[(product, 1)])
    done: list[bool] = []

    def meanwhile(run: SyncRun) -> None:
        if run.step == Step.CANCELLATIONS and not done:
            done.append(True)  # after it was stored, before its status is written
            stage.edit_lines(placed.id, lambda lines: lines[0].update(quantity="4"))

    stage.sync(listener=meanwhile)
    stage.sync()

    assert stage.reserved(placed.id) == [("CAN-350", 4)]
    assert stage.shop.orders[placed.id].status_id == 901


def test_a_change_between_the_list_and_the_reading_is_no_change_once_there_is_a_nota(
    stage: Stage, product: Any
) -> None:
    """What was read is what the nota says: that the list had shown the order otherwise is nobody's matter."""
    placed = stage.shop.place_order(items=[(product, 1)])
    done: list[bool] = []

    def meanwhile(run: SyncRun) -> None:
        if run.step == Step.ORDERS and run.total and not done:
            done.append(True)
            stage.edit_lines(placed.id, lambda lines: lines[0].update(quantity="4"))

    stage.sync(listener=meanwhile)
    assert done
    assert stage.reserved(placed.id) == [("CAN-350", 4)]
    Order.objects.of(stage.company).update(state=Order.State.INVOICED)
    stage.sync()
    assert stage.matters(Kind.ORDER_CHANGED) == []

    stage.edit_lines(placed.id, lambda lines: lines[0].update(quantity="5"))
    stage.sync()
    assert len(stage.matters(Kind.ORDER_CHANGED)) == 1


def test_a_change_that_tray_dates_back_is_found_within_the_hour(stage: Stage, product: Any) -> None:
    placed = [stage.shop.place_order(items=[(product, 1)]) for _ in range(3)]
    stage.sync()
    before = stage.shop.orders[placed[0].id].fields["modified"]
    stage.sync()
    stage.shop.set_order_status(placed[0].id, "CANCELADO")
    then = (datetime.fromisoformat(before) - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S")
    stage.shop.orders[placed[0].id].fields["modified"] = then
    newest = stage.shop.orders[placed[2].id]
    stage.later()
    stage.shop.touch(newest)
    stage.age_sweep(hours=2)

    run = stage.sync()

    assert (stage.order(placed[0].id).state, run.orders_cancelled) == ("cancelled", 1)


def test_an_order_that_becomes_visible_late_is_found(stage: Stage, product: Any) -> None:
    stage.shop.place_orders(60, status="A ENVIAR")
    stage.sync()
    then = (datetime.now(UTC) - timedelta(hours=4)).strftime("%Y-%m-%d %H:%M:%S")
    late = stage.shop.place_order(items=[(product, 1)], modified=then)
    run = stage.sync()  # the count of Tray does not agree with ours: all is read
    assert stage.order(late.id).state == "open"
    assert (run.tray_total, run.held_total) == (61, 61)


def test_the_day_ends_in_brasilia(stage: Stage, product: Any) -> None:
    midnight = datetime.now(tray.BRASILIA).replace(hour=0, minute=0, second=0, microsecond=0)

    def at(seconds: float) -> None:
        stage.box.clock = lambda: midnight + timedelta(seconds=seconds)

    at(-30)
    before = stage.shop.place_order(items=[(product, 1)])
    assert stage.sync().orders_imported == 1
    rows = SweepState.objects.of(stage.company).filter(store=stage.store)
    rows.update(closed_through=midnight.date() - timedelta(days=1))  # as a sync of that evening leaves it
    at(-5)
    late = stage.shop.place_order(items=[(product, 1)])
    at(5)
    after = stage.shop.place_order(items=[(product, 1)])
    stage.shop.cancel_order(before.id)

    run = stage.sync()

    assert (run.state, run.orders_imported, run.orders_cancelled) == (RunState.CLEAN, 2, 1)
    assert (run.tray_total, run.held_total) == (3, 3)
    assert state_of(stage).closed_through == midnight.date()
    assert stage.order(late.id).placed_at == midnight - timedelta(seconds=5)
    assert stage.order(after.id).placed_at == midnight + timedelta(seconds=5)


def test_after_a_week_without_a_sync_nothing_is_missing(stage: Stage, product: Any) -> None:
    stage.sync()
    then = datetime.now(UTC) - timedelta(days=7)
    rows = SweepState.objects.of(stage.company).filter(store=stage.store)
    rows.update(closed_through=then.date(), high_water_at=then, swept_fully_at=then, catalogue_read_at=then)
    stage.shop.place_orders(70, days=6, status="A ENVIAR")

    run = stage.sync()

    assert (run.state, run.orders_imported) == (RunState.CLEAN, 70)
    assert (run.tray_total, run.held_total) == (70, 70)


def test_a_quiet_store_costs_one_request(stage: Stage, product: Any) -> None:
    stage.shop.place_orders(130, status="A ENVIAR")
    stage.sync()
    for _ in range(2):
        before = stage.shop.counters.total
        stage.sync()
    assert stage.shop.counters.total - before == 1
