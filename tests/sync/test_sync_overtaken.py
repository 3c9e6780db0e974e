"""An order that changes at Tray between our look and our writing: what Tray notifies us of is never written over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from notice_stage import Notified

from ahead.orders.models import Order
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
    """The other orders go on; the run of the notification takes the cancellation in, and the stock comes back."""
    stage = notified.stage
    kept, cancelled = (stage.shop.place_order(items=[(stage.sold(0), 2)]).id for _ in range(2))
    notified.arrive()

    def cancel() -> None:
        stage.move(cancelled, "CANCELADO")
        notified.arrive()

    run = stage.sync(listener=_once_at(Step.ACKNOWLEDGE, cancel))

    assert (run.state, run.orders_imported, run.statuses_written) == (RunState.CLEAN, 2, 1)
    assert _at_tray(stage, kept, cancelled) == ["A ENVIAR - SINCRONIZADO", "CANCELADO"]
    assert stage.order(cancelled).is_acknowledgement_due
    assert "1 pedido mudou no Tray" in stage.events(run, EventKind.NOTE)[0].text

    assert notified.look() is not None

    assert stage.order(cancelled).state == Order.State.CANCELLED
    assert _at_tray(stage, cancelled) == ["CANCELADO"]
    assert not stage.order(cancelled).is_acknowledgement_due
    assert stage.reserved(cancelled) == []
    assert stage.shop.product_stock(stage.sold(0).id) == 48
    assert_books_balance(stage.company)
