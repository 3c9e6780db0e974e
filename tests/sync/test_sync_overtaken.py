"""An order that changes at Tray between our look and our writing: what Tray showed, or notified us of, is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from notice_stage import Notified

from ahead.orders.models import Order
from ahead.stores.models import StatusRole
from ahead.sync import acknowledgements_out, exchange
from ahead.sync.models import EventKind, RunState, Step, SyncRun
from sync_stage import Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)


def _once_at(step: Step, do: Callable[[], None]) -> Callable[[SyncRun], None]:
    """Return a listener that does something the first time a run comes to a step with something to do."""
    done: list[bool] = []

    def listen(run: SyncRun) -> None:
        if run.step == step and run.total and not done:
            done.append(True)
            do()

    return listen


def _at_tray(stage: Stage, *tray_ids: int) -> list[str]:
    names = dict(stage.store.statuses.values_list("tray_id", "name"))
    return [names[stage.shop.orders[tray_id].status_id] for tray_id in tray_ids]


def test_a_cancellation_that_is_notified_of_is_not_written_over(notified: Notified) -> None:
    """The other orders go on; the cancellation is taken in before stock is written, and the stock comes back."""
    stage = notified.stage
    kept, cancelled = (stage.shop.place_order(items=[(stage.sold(0), 2)]).id for _ in range(2))
    notified.arrive()

    def cancel() -> None:
        stage.move(cancelled, "CANCELADO")
        notified.arrive()

    run = stage.sync(listener=_once_at(Step.ACKNOWLEDGE, cancel))

    assert (run.state, run.orders_imported, run.statuses_written) == (RunState.CLEAN, 2, 1)
    assert _at_tray(stage, kept, cancelled) == ["A ENVIAR - SINCRONIZADO", "CANCELADO"]
    assert "1 pedido mudou no Tray" in stage.events(run, EventKind.NOTE)[0].text
    assert stage.order(cancelled).state == Order.State.CANCELLED
    assert not stage.order(cancelled).is_acknowledgement_due
    assert stage.reserved(cancelled) == []
    assert stage.shop.product_stock(stage.sold(0).id) == 48
    assert_books_balance(stage.company)


@pytest.mark.parametrize("to", ["AGUARDANDO PAGAMENTO", "ENVIADO"])
def test_a_status_that_was_seen_in_a_long_run_is_not_written_over(
    shelf: Stage, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    monkeypatch.setattr(exchange, "FRESH", timedelta(0))  # what Tray showed is old with each status that is written
    monkeypatch.setattr(acknowledgements_out, "FRESH", timedelta(0))
    first, second = (shelf.shop.place_order(items=[(shelf.sold(0), 2)]).id for _ in range(2))

    run = shelf.sync(listener=_once_at(Step.ACKNOWLEDGE, lambda: shelf.move(second, to)))

    assert run.statuses_written == 1
    assert _at_tray(shelf, first, second) == ["A ENVIAR - SINCRONIZADO", to]
    assert (shelf.order(second).tray_status, shelf.order(second).is_acknowledgement_due) == (to, False)


def test_a_status_that_was_seen_and_whose_order_could_not_be_read_is_not_written_over(shelf: Stage) -> None:
    placed = shelf.shop.place_order(items=[(shelf.sold(0), 2)]).id
    shelf.shop.faults.next("PUT /orders/:id", "500", times=4)
    shelf.sync()
    shelf.shop.faults.clear()
    shelf.move(placed, "AGUARDANDO PAGAMENTO")
    shelf.shop.faults.next("GET /orders/:id/complete", "500", times=4)

    run = shelf.sync()

    assert (run.state, run.statuses_written, run.errors) == (RunState.WITH_ERRORS, 0, 1)
    assert _at_tray(shelf, placed) == ["AGUARDANDO PAGAMENTO"]
    assert shelf.order(placed).is_acknowledgement_due
    assert "1 pedido mudou no Tray" in shelf.events(run, EventKind.NOTE)[0].text
    shelf.move(placed, "A ENVIAR")
    assert shelf.sync().statuses_written == 1
    assert _at_tray(shelf, placed) == ["A ENVIAR - SINCRONIZADO"]


def test_a_cancellation_by_another_status_is_acknowledged_all_the_same(shelf: Stage) -> None:
    """What was seen since says nothing new, so that the order keeps the status it was cancelled by."""
    shelf.choose(
        {
            StatusRole.IMPORT: ["A ENVIAR"],
            StatusRole.CANCELLED: ["CANCELADO", "CANCELADO AUT"],
            StatusRole.UPDATE_CANCELLED: ["FINALIZADO"],
        }
    )
    placed = shelf.shop.place_order(items=[(shelf.sold(0), 2)]).id
    shelf.sync()
    shelf.move(placed, "CANCELADO")
    shelf.shop.faults.next("PUT /orders/:id", "500", times=4)
    shelf.sync()
    shelf.shop.faults.clear()
    shelf.move(placed, "CANCELADO AUT")

    assert shelf.sync().statuses_written == 1

    assert _at_tray(shelf, placed) == ["FINALIZADO"]
