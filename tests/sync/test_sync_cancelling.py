"""Cancellations at Tray, and orders that vanish there: what happens here, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ahead.orders.operations import cancel_order
from ahead.pending.models import Kind
from ahead.stores.models import StatusRole
from ahead.sync import acknowledgements_out, exchange
from ahead.sync.models import EventKind, OrderSighting, RunState, Step, SyncRun
from sync_stage import BY, Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)
CANCEL_ACKNOWLEDGED = "CANCELADO - SINCRONIZADO"


@pytest.fixture
def caneca(stage: Stage) -> Any:
    """A product that both sides know; ours first, then Tray's."""
    return stage.add_product("CAN-350", on_hand=50, price="39.90")


def test_cancelled_before_it_was_imported_it_is_nothing(stage: Stage, caneca: Any) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.shop.cancel_order(placed.id)
    run = stage.sync()
    assert (stage.orders(), run.orders_cancelled, run.state) == ([], 0, RunState.CLEAN)
    assert (run.tray_total, run.held_total) == (1, 1)


def test_cancelled_after_import_it_gives_its_stock_back_once(stage: Stage, caneca: Any) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.sync()
    assert stage.balance(caneca[0]) == (50, 2)
    stage.move(placed.id, "CANCELADO")

    run = stage.sync()

    assert (stage.order(placed.id).state, run.orders_cancelled, run.state) == ("cancelled", 1, RunState.CLEAN)
    (event,) = stage.events(run, EventKind.ORDER_CANCELLED)
    assert event.text == f"Pedido 1 (Tray {placed.id}) cancelado: «CANCELADO»"
    assert event.order_id == stage.order(placed.id).pk
    assert stage.balance(caneca[0]) == (50, 0)
    stage.move(placed.id, "CANCELADO AUT")  # twice
    assert stage.sync().orders_cancelled == 0
    assert stage.balance(caneca[0]) == (50, 0)
    assert_books_balance(stage.company)


def _acknowledge_cancellations(stage: Stage) -> int:
    """Give the store a status for cancellations that were taken in, and choose it; return its id."""
    from ahead.sandbox.tray.records import Status
    from ahead.sync.connecting import check_connection

    status = {"status": CANCEL_ACKNOWLEDGED, "type": "canceled", "default": "1", "background": "#ef4444"}
    stage.shop.statuses[902] = Status(902, {**status, "description": ""})
    check_connection(stage.company, stage.store.pk, now=datetime.now(UTC))
    stage.choose(
        {
            StatusRole.IMPORT: ["A ENVIAR"],
            StatusRole.UPDATE: ["A ENVIAR - SINCRONIZADO"],
            StatusRole.CANCELLED: ["CANCELADO"],
            StatusRole.UPDATE_CANCELLED: [CANCEL_ACKNOWLEDGED],
        }
    )
    return 902


def test_a_cancellation_is_acknowledged_where_a_status_is_chosen_for_it(stage: Stage, caneca: Any) -> None:
    acknowledged = _acknowledge_cancellations(stage)
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.sync()
    stage.move(placed.id, "CANCELADO")

    run = stage.sync()

    assert (run.orders_cancelled, run.statuses_written) == (1, 1)
    assert stage.shop.orders[placed.id].status_id == acknowledged
    assert not stage.order(placed.id).is_acknowledgement_due
    before = stage.shop.counters.total
    assert stage.sync().state == RunState.CLEAN
    assert stage.shop.counters.total - before <= 2
    assert stage.order(placed.id).state == "cancelled"


def test_an_acknowledged_cancellation_that_is_undone_reopens(stage: Stage, caneca: Any) -> None:
    _acknowledge_cancellations(stage)
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.sync()
    stage.move(placed.id, "CANCELADO")
    stage.sync()
    stage.move(placed.id, "A ENVIAR")
    stage.sync()
    assert stage.order(placed.id).state == "open"
    assert stage.balance(caneca[0]) == (50, 2)


@pytest.mark.parametrize("back_to", ["A ENVIAR", "A ENVIAR - SINCRONIZADO"])
def test_an_order_that_is_alive_again_at_tray_is_reopened(stage: Stage, caneca: Any, back_to: str) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.sync()
    stage.move(placed.id, "CANCELADO")
    stage.sync()
    stage.move(placed.id, back_to)

    run = stage.sync()

    order = stage.order(placed.id)
    assert (order.state, order.cancelled_at, run.state) == ("open", None, RunState.CLEAN)
    assert stage.balance(caneca[0]) == (50, 2)
    assert stage.shop.orders[placed.id].status_id == 901
    assert_books_balance(stage.company)


def test_what_a_person_cancelled_here_stays_cancelled_whatever_changes_at_tray(stage: Stage, caneca: Any) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.sync()
    cancel_order(stage.company, stage.order(placed.id).pk, by=BY, now=datetime.now(UTC), why="cliente desistiu")
    stage.move(placed.id, "A ENVIAR")

    run = stage.sync()

    assert (stage.order(placed.id).state, run.state) == ("cancelled", RunState.CLEAN)
    assert stage.balance(caneca[0]) == (50, 0)


def test_a_held_order_that_is_cancelled_asks_nothing_any_more(stage: Stage, caneca: Any) -> None:
    stage.add_product("COPO-200")
    child = stage.shop.odd_order("multicd-child")
    stage.sync()
    assert stage.order(child.id).state == "held"
    stage.move(child.id, "CANCELADO")

    run = stage.sync()

    assert (stage.order(child.id).state, run.orders_cancelled, run.state) == ("cancelled", 1, RunState.CLEAN)
    assert stage.matters() == []
    assert_books_balance(stage.company)


def test_an_order_held_for_an_unknown_product_is_cancelled_and_stays_so_when_it_is_linked(stage: Stage) -> None:
    placed = stage.shop.odd_order("unknown-sku")
    stage.sync()
    stage.move(placed.id, "CANCELADO")
    stage.sync()
    for reference in [product.reference for product in stage.shop.products.values()]:
        stage.add_ours(reference)
    stage.sync()
    assert (stage.order(placed.id).state, stage.matters()) == ("cancelled", [])
    assert stage.reserved(placed.id) == []


def test_a_cancellation_of_an_invoiced_order_becomes_a_matter(stage: Stage, caneca: Any) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.sync()
    order = stage.order(placed.id)
    order.state = order.State.INVOICED
    order.save()
    stage.move(placed.id, "CANCELADO")

    run = stage.sync()

    assert (stage.order(placed.id).state, run.orders_cancelled) == ("invoiced", 0)
    assert "foi cancelado no Tray («CANCELADO») e já tem nota" in stage.matter(Kind.ORDER_CHANGED).text
    assert "Cancele a nota" in stage.matter(Kind.ORDER_CHANGED).remedy


def test_an_order_deleted_at_tray_is_reported_and_left_to_a_person(stage: Stage, caneca: Any) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.sync()
    stage.shop.delete_order(placed.id)
    stage.age_sweep(hours=2)

    run = stage.sync()

    assert (stage.order(placed.id).state, run.state) == ("open", RunState.WITH_ERRORS)
    error = stage.error(run)
    assert (error.turn, error.order_id) == ("you", stage.order(placed.id).pk)
    assert "foi apagado no Tray e continua aberto aqui" in stage.matter(Kind.ORDER_GONE).text
    assert "cancele o pedido" in stage.matter(Kind.ORDER_GONE).remedy
    assert stage.balance(caneca[0]) == (50, 2)  # nothing is undone by itself
    assert stage.sync().state == RunState.CLEAN
    cancel_order(stage.company, stage.order(placed.id).pk, by=BY, now=datetime.now(UTC), why="apagado no Tray")
    assert stage.matters() == []


def test_an_order_that_vanished_and_is_back_closes_its_matter(stage: Stage, caneca: Any) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.sync()
    record = stage.shop.orders[placed.id]
    stage.shop.delete_order(placed.id)
    stage.age_sweep(hours=2)
    stage.sync()
    stage.later()
    stage.shop.orders[placed.id] = record
    stage.shop.touch(record)

    run = stage.sync()

    assert (stage.order(placed.id).state, run.state, stage.matters()) == ("open", RunState.CLEAN, [])
    assert (run.tray_total, run.held_total) == (1, 1)


def test_an_order_deleted_before_it_was_read_is_a_note_and_no_error(stage: Stage, caneca: Any) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 2)])

    def delete(run: SyncRun) -> None:
        if run.step == Step.ORDERS and placed.id in stage.shop.orders:
            stage.shop.delete_order(placed.id)

    run = stage.sync(listener=delete)

    assert (run.state, stage.matters(), stage.due()) == (RunState.CLEAN, [], 0)
    assert "foi apagado no Tray" in stage.events(run, EventKind.NOTE)[0].text


def test_an_order_that_vanished_and_was_never_ours_asks_nothing(stage: Stage, caneca: Any) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 1)], status="EM MONITORAMENTO")
    stage.sync()
    stage.shop.delete_order(placed.id)
    stage.age_sweep(hours=2)
    run = stage.sync()
    assert (run.state, stage.matters(), run.tray_total, run.held_total) == (RunState.CLEAN, [], 0, 0)


def test_a_status_that_cancels_from_now_on_cancels_what_was_seen_in_it(stage: Stage, caneca: Any) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.sync()
    stage.move(placed.id, "ENVIADO")
    stage.sync()
    assert stage.order(placed.id).state == "open"
    stage.choose({StatusRole.IMPORT: ["A ENVIAR"], StatusRole.CANCELLED: ["ENVIADO"]})
    run = stage.sync()
    assert (stage.order(placed.id).state, run.orders_cancelled) == ("cancelled", 1)


def test_an_order_that_moved_on_before_it_was_acknowledged_is_left_alone(stage: Stage, caneca: Any) -> None:
    placed = stage.shop.place_order(items=[(caneca[1], 2)])
    stage.shop.faults.next("PUT /orders/:id", "500", times=4)
    stage.sync()
    assert stage.order(placed.id).is_acknowledgement_due
    stage.move(placed.id, "ENVIADO")
    stage.sync()
    assert not stage.order(placed.id).is_acknowledgement_due
    assert stage.shop.orders[placed.id].status_id == 4
    assert OrderSighting.objects.of(stage.company).exclude(due="").count() == 0


def test_a_cancellation_during_a_long_run_is_not_written_over(
    stage: Stage, caneca: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "FRESH", timedelta(0))  # what Tray showed is old with each status that is written
    monkeypatch.setattr(acknowledgements_out, "FRESH", timedelta(0))
    first, second = (stage.shop.place_order(items=[(caneca[1], 2)]) for _ in range(2))

    cancelled: list[int] = []

    def cancel_meanwhile(run: SyncRun) -> None:
        if run.step == Step.ACKNOWLEDGE and not cancelled:
            stage.move(second.id, "CANCELADO")
            cancelled.append(stage.shop.orders[second.id].status_id)

    run = stage.sync(listener=cancel_meanwhile)

    assert [stage.shop.orders[second.id].status_id] == cancelled
    assert stage.shop.orders[first.id].status_id not in cancelled
    assert (stage.order(second.id).state, run.statuses_written, run.state) == ("cancelled", 1, RunState.CLEAN)
    assert_books_balance(stage.company)


def test_a_cancelling_status_that_is_not_chosen_asks_until_it_is(stage: Stage, caneca: Any) -> None:
    """Nothing is cancelled by what Tray calls a status; a person is asked, for each order that waits in it."""
    stage.choose({StatusRole.IMPORT: ["A ENVIAR"], StatusRole.CANCELLED: ["CANCELADO"]})
    first, second = (stage.shop.place_order(items=[(caneca[1], 2)]).id for _ in range(2))
    stage.sync()
    for placed in (first, second):
        stage.move(placed, "CANCELADO AUT")

    run = stage.sync()

    assert (run.state, stage.order(first).state, stage.balance(caneca[0])) == (RunState.CLEAN, "open", (50, 4))
    asked = stage.matters(Kind.STATUS_UNCHOSEN)
    assert [matter.order_id for matter in asked] == [stage.order(first).pk, stage.order(second).pk]
    assert "«CANCELADO AUT»" in asked[0].text
    assert "marque «CANCELADO AUT» em Status Buscar Pedido Cancelado" in asked[0].remedy
    stage.move(second, "A ENVIAR")
    stage.sync()
    assert stage.matter(Kind.STATUS_UNCHOSEN).order_id == stage.order(first).pk
    stage.choose({StatusRole.IMPORT: ["A ENVIAR"], StatusRole.CANCELLED: ["CANCELADO", "CANCELADO AUT"]})

    run = stage.sync()

    assert (run.orders_cancelled, stage.order(first).state, stage.matters()) == (1, "cancelled", [])
    assert stage.balance(caneca[0]) == (50, 2)
