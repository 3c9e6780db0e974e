"""The whole way of a notification: from the pretend Tray over a socket into a brief run, and nothing lost on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from notice_stage import Notified

from ahead.jobs.asking import ask_sync
from ahead.jobs.noticing import ask_noticed
from ahead.orders.models import Order
from ahead.pending.models import Kind
from ahead.stores import agenda
from ahead.stores.models import StatusRole, StoreAgenda
from ahead.stores.triggers import Trigger
from ahead.sync.models import EventKind, OrderSighting, RunState, Step, SweepState, SyncRun
from ahead.webhooks.models import Notice, StrangerCount
from sync_stage import BY, Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)


def requests(stage: Stage) -> dict[str, int]:
    """Return the requests to Tray since the last call, by route."""
    counted = dict(stage.shop.counters.by_route)
    stage.shop.counters.reset()
    return counted


def test_an_order_that_is_paid_is_in_with_one_request(notified: Notified) -> None:
    stage = notified.stage
    before = StoreAgenda.objects.of(stage.company).get().next_sync_at
    state = SweepState.objects.of(stage.company).get()
    order = stage.shop.place_order(items=[(stage.sold(0), 2)])
    notified.arrive()
    requests(stage)

    run = notified.look()

    assert run is not None
    assert (run.trigger, run.asked_by, run.state) == (Trigger.NOTICE, "avisos do Tray", RunState.CLEAN)
    assert (run.orders_imported, run.statuses_written) == (1, 1)
    assert requests(stage) == {
        "GET /orders/:id/complete": 1,
        "PUT /orders/:id": 1,  # the status that the Loja asks for
        "PUT /products/:id": 1,  # the stock of what was reserved: Tray may have moved its own
    }
    assert stage.reserved(order.id) == [("CAN-350", 2)]
    assert StoreAgenda.objects.of(stage.company).get().next_sync_at == before
    after = SweepState.objects.of(stage.company).get()
    assert (after.high_water_at, after.closed_through, after.swept_fully_at) == (
        state.high_water_at,
        state.closed_through,
        state.swept_fully_at,
    )
    assert run.tray_total is None
    assert_books_balance(stage.company)


def test_the_next_sweep_reads_nothing_again(notified: Notified) -> None:
    stage = notified.stage
    stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    notified.look()
    requests(stage)
    run = stage.sync()
    assert (run.orders_imported, run.orders_updated, run.tray_total) == (0, 0, 1)
    assert requests(stage).get("GET /orders/:id/complete", 0) == 0
    assert stage.due() == 0


def test_the_echo_of_our_own_writes_costs_no_run(notified: Notified) -> None:
    stage = notified.stage
    stage.shop.switches.change({"webhook_scopes": "order,product,product_stock"})
    stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    assert notified.look() is not None
    notified.arrive()  # the status and the stock that we wrote
    requests(stage)
    assert ("order", stage.orders()[0].tray_id) in notified.unsettled()
    assert notified.look() is None
    assert (notified.unsettled(), requests(stage)) == ([], {})


def test_an_edit_within_the_echo_is_found_by_the_sweep(notified: Notified) -> None:
    stage = notified.stage
    order = stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    notified.look()
    with stage.shop.changing():
        stage.shop.edit_order(order.id, discount="5.00")
    notified.arrive()
    assert notified.look() is None
    run = stage.sync()
    assert (run.orders_updated, stage.order(order.id).total) == (1, stage.shop.orders[order.id].total)


def test_repeated_and_swapped_ones_make_one_reading(notified: Notified) -> None:
    stage = notified.stage
    stage.shop.switches.change({"webhook_repeated": 1.0, "webhook_swapped": 0.5})
    order = stage.shop.place_order(items=[(stage.sold(0), 1)])
    stage.shop.edit_order(order.id, customer_note="para presente")
    notified.arrive()
    assert Notice.objects.of(stage.company).get().arrived == 4
    requests(stage)
    run = notified.look()
    assert run is not None
    assert (run.orders_imported, requests(stage)["GET /orders/:id/complete"]) == (1, 1)


def test_many_orders_are_taken_by_the_sweep(notified: Notified) -> None:
    stage = notified.stage
    orders = [stage.shop.place_order(items=[(stage.sold(0), 1)]).id for _ in range(5)]
    notified.arrive()
    requests(stage)
    run = notified.look()
    assert run is not None
    assert (run.orders_imported, run.tray_total, run.held_total) == (5, 5, 5)
    counted = requests(stage)
    assert (counted["GET /orders"], counted["GET /orders/:id/complete"]) == (1, 5)
    assert [order.tray_id for order in stage.orders()] == orders


def test_what_arrives_during_a_run_is_asked_for_after_it(notified: Notified) -> None:
    stage = notified.stage
    late: list[int] = []

    def place(run: SyncRun) -> None:
        if run.step == Step.STOCK and not late:
            late.append(stage.shop.place_order(items=[(stage.sold(0), 1)]).id)
            notified.arrive()
            assert ask_noticed(now=datetime.now(UTC) + timedelta(seconds=10)) == 0  # a run is under way

    stage.sync(listener=place)
    assert notified.unsettled() == [("order", late[0])]
    assert stage.orders() == []
    run = notified.look()
    assert run is not None
    assert [order.tray_id for order in stage.orders()] == late


def test_what_arrives_while_it_is_read_is_read_again_before_stock_is_written(notified: Notified) -> None:
    stage = notified.stage
    stage.choose({StatusRole.IMPORT: ["A ENVIAR"], StatusRole.UPDATE: [], StatusRole.CANCELLED: ["CANCELADO"]})
    stage.sync()
    order = stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    asked = ask_noticed(now=datetime.now(UTC) + timedelta(seconds=10))
    assert asked == 1
    seen: list[int] = []

    def edit(run: SyncRun) -> None:
        if run.step == Step.ORDERS and not seen:
            seen.append(1)
            stage.later()
            stage.shop.edit_order(order.id, discount="5.00")
            notified.arrive()

    stage.shop.counters.reset()
    stage.sync(asked=1, trigger=Trigger.NOTICE, listener=edit)
    assert stage.order(order.id).total == stage.shop.orders[order.id].total
    assert (stage.shop.counters.by_route["GET /orders/:id/complete"], notified.unsettled()) == (2, [])


def test_killed_between_storing_and_asking_nothing_is_lost(notified: Notified) -> None:
    """What was answered 200 lies in the table: the next look asks for it."""
    stage = notified.stage
    order = stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    assert notified.unsettled() == [("order", order.id)]
    assert ask_noticed(now=datetime.now(UTC)) in {0, 1}
    assert ask_noticed(now=datetime.now(UTC) + timedelta(seconds=10)) in {0, 1}
    row = StoreAgenda.objects.of(stage.company).get()
    assert (row.asked, row.taken) == (row.taken + 1, row.taken)  # with the engine away: the tick sends it
    assert [one.asked for one in agenda.unsent()] == [row.asked]
    notified.run(row.asked)
    assert [one.tray_id for one in stage.orders()] == [order.id]


def test_a_run_that_died_is_gone_on_with_as_what_it_was(notified: Notified) -> None:
    stage = notified.stage
    order = stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()

    class Died(BaseException):
        pass

    def die(run: SyncRun) -> None:
        if run.step == Step.ORDERS:
            raise Died

    ask_noticed(now=datetime.now(UTC) + timedelta(seconds=10))
    with pytest.raises(Died):
        stage.sync(asked=1, trigger=Trigger.NOTICE, listener=die)
    run = stage.sync(asked=1, trigger=Trigger.NOTICE)
    assert (run.state, run.trigger, run.asked_by) == (RunState.CLEAN, Trigger.NOTICE, agenda.NOTICES)
    assert [one.tray_id for one in stage.orders()] == [order.id]
    assert stage.reserved(order.id) == [("CAN-350", 1)]
    assert_books_balance(stage.company)


def test_a_press_while_it_waits_makes_it_whole(notified: Notified) -> None:
    stage = notified.stage
    stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    ask_noticed(now=datetime.now(UTC) + timedelta(seconds=10))
    pressed = ask_sync(company=stage.company, store_id=stage.store.pk, by=BY, trigger=Trigger.BUTTON)
    assert pressed.number == 1
    notified.run(1)
    run = SyncRun.objects.of(stage.company).order_by("-number").first()
    assert run is not None
    assert (run.trigger, run.asked_by, run.tray_total) == (Trigger.BUTTON, BY, 1)


def test_a_cancellation_gives_the_stock_back(notified: Notified) -> None:
    stage = notified.stage
    order = stage.shop.place_order(items=[(stage.sold(0), 3)])
    notified.arrive()
    notified.look()
    notified.age_writes(minutes=5)
    stage.later()
    stage.shop.cancel_order(order.id)
    notified.arrive()
    requests(stage)
    run = notified.look()
    assert run is not None
    assert (run.orders_cancelled, stage.order(order.id).state) == (1, Order.State.CANCELLED)
    assert stage.reserved(order.id) == []
    assert requests(stage)["GET /orders/:id/complete"] == 1
    assert_books_balance(stage.company)


def test_an_order_deleted_before_it_was_looked_at(notified: Notified) -> None:
    stage = notified.stage
    order = stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    notified.look()
    notified.age_writes(minutes=5)
    stage.later()
    stage.shop.edit_order(order.id, discount="1.00")
    notified.arrive()
    stage.shop.delete_order(order.id)
    run = notified.look()
    assert run is not None
    assert stage.matter(Kind.ORDER_GONE).order_id == stage.order(order.id).pk
    assert notified.unsettled() == []


def test_one_never_seen_and_gone_asks_for_nothing(notified: Notified) -> None:
    stage = notified.stage
    order = stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    stage.shop.delete_order(order.id)
    run = notified.look()
    assert run is not None
    assert (run.state, run.errors, stage.matters()) == (RunState.CLEAN, 0, [])
    assert (stage.orders(), notified.unsettled()) == ([], [])


def test_an_order_that_is_not_imported_is_put_on_the_books(notified: Notified) -> None:
    stage = notified.stage
    order = stage.shop.place_order(items=[(stage.sold(0), 1)], status="AGUARDANDO PAGAMENTO")
    notified.arrive()
    run = notified.look()
    assert run is not None
    assert (stage.orders(), run.orders_imported) == ([], 0)
    assert OrderSighting.objects.of(stage.company).get(tray_id=order.id).status == "AGUARDANDO PAGAMENTO"
    stage.move(order.id, "A ENVIAR")
    notified.arrive()
    notified.look()
    assert [one.tray_id for one in stage.orders()] == [order.id]


def test_an_order_of_before_the_first_day_is_left_alone(notified: Notified) -> None:
    stage = notified.stage
    old = datetime.now(UTC) - timedelta(days=60)
    stage.shop.place_order(items=[(stage.sold(0), 1)], date=f"{old:%Y-%m-%d}")
    notified.arrive()
    assert notified.look() is not None
    assert stage.orders() == []


def test_one_that_cannot_be_read_is_left_to_the_sweep(notified: Notified) -> None:
    stage = notified.stage
    order = stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    stage.shop.faults.next("GET /orders/:id/complete", "500", times=8)
    run = notified.look()
    assert run is not None
    assert (run.state, run.tray_total) == (RunState.WITH_ERRORS, 1)
    assert notified.unsettled() == []
    stage.shop.faults.clear()
    stage.sync()
    assert [one.tray_id for one in stage.orders()] == [order.id]


def test_while_tray_is_away_it_waits_for_the_schedule(notified: Notified) -> None:
    stage = notified.stage
    order = stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    stage.shop.switches.change({"blocked": 1001})
    run = notified.look()
    assert run is not None
    assert run.state == RunState.FAILED
    assert (notified.unsettled(), notified.look()) == ([("order", order.id)], None)
    stage.shop.switches.change({"blocked": None})
    stage.sync()
    assert [one.tray_id for one in stage.orders()] == [order.id]
    assert Notice.objects.of(stage.company).get().settled == 1


def test_what_is_never_sent_is_found_by_the_sweep(notified: Notified) -> None:
    stage = notified.stage
    stage.shop.switches.change({"webhook_never": 1.0})
    order = stage.shop.place_order(items=[(stage.sold(0), 1)])
    notified.arrive()
    assert notified.look() is None
    stage.sync()
    assert [one.tray_id for one in stage.orders()] == [order.id]


def test_of_an_unknown_store_nothing_is_asked(notified: Notified) -> None:
    stage = notified.stage
    stranger = stage.box.add_store(slug="estranha", store_id=5, rate_limit_per_minute=None)
    cup = stranger.add_product(name="Copo", reference="COPO", price="1.00", stock=1)
    stranger.place_order(items=[(cup, 1)])
    notified.arrive()
    assert (notified.look(), StrangerCount.objects.get().last_seller_id) == (None, 5)


class TestProducts:
    def test_a_stock_moved_at_tray_is_read_and_set_right(self, notified: Notified) -> None:
        stage = notified.stage
        stage.shop.switches.change({"webhook_scopes": "order,product,product_stock"})
        notified.age_writes(minutes=5)
        stage.shop.set_stock(stage.sold(0), 3)
        notified.arrive()
        requests(stage)
        run = notified.look()
        assert run is not None
        assert "o Tray mostra 3" in stage.events(run, EventKind.NOTE)[0].text
        assert requests(stage) == {"GET /products": 1, "PUT /products/:id": 1}
        assert stage.sold(0).stock == 50

    def test_a_product_deleted_at_tray_is_reported(self, notified: Notified) -> None:
        stage = notified.stage
        stage.shop.switches.change({"webhook_scopes": "product"})
        notified.age_writes(minutes=5)
        stage.shop.delete_product(stage.sold(0).id)
        notified.arrive()
        assert notified.look() is not None
        assert "foi apagado" in stage.matter(Kind.LISTING_GONE).text

    def test_a_variant_costs_one_request(self, notified: Notified) -> None:
        stage = notified.stage
        parent = stage.shop.add_product(name="Camiseta", reference="CAM", price="59.90")
        size = stage.shop.add_variant(product=parent, reference="CAM-P", price="59.90", stock=7, axes={"Tamanho": "P"})
        stage.add_ours("CAM-P", on_hand=7)
        stage.age_sweep(days=2)
        stage.sync()
        notified.age_writes(minutes=5)
        notified.arrive()
        notified.look()
        stage.shop.switches.change({"webhook_scopes": "variant_stock"})
        stage.shop.set_stock(size, 2)
        notified.arrive()
        requests(stage)
        run = notified.look()
        assert run is not None
        assert requests(stage) == {"GET /products/variants": 1, "PUT /products/variants/:id": 1}
        assert stage.shop.variants[size.id].stock == 7
