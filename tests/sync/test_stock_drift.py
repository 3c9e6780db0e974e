"""Stock that drifted: found by the daily reading, kept with its likely cause, settled once Tray shows it right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from notes_stage import settle

from ahead.sync.drift_causes import DriftFacts, likely_cause
from ahead.sync.models import StockDrift, StockReading
from sync_stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)

QUIET = DriftFacts(
    shown=7, confirmed=10, available=10, sent=10, is_unanswered=False, is_in_doubt=False, reserved_since=0,
    is_order_coming=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        (QUIET, "by_hand"),
        (replace(QUIET, shown=15), "by_hand"),
        (replace(QUIET, sent=7, is_unanswered=True), "unanswered"),
        (replace(QUIET, sent=8, is_unanswered=True), "by_hand"),
        (replace(QUIET, sent=7), "by_hand"),
        (replace(QUIET, available=7, reserved_since=3), "our_orders"),
        (replace(QUIET, available=7, is_in_doubt=True), "our_orders"),
        (replace(QUIET, is_order_coming=True), "coming"),
        (replace(QUIET, reserved_since=2), "coming"),
        (replace(QUIET, shown=12, is_in_doubt=True), "given_back"),
        (replace(QUIET, shown=12, is_order_coming=True), "by_hand"),
    ],
)
def test_the_likeliest_cause_is_what_is_surest(facts: DriftFacts, cause: str) -> None:
    assert likely_cause(facts) == cause


def test_what_somebody_changed_at_tray_is_kept_and_put_right(stage: Stage) -> None:
    stage.add_product("CAN-350", on_hand=100)
    _, at_tray = stage.add_product("COPO-200", on_hand=40)
    stage.sync()
    settle(stage)
    stage.shop.set_stock(at_tray, 3)
    stage.age_sweep(hours=25)

    stage.sync()

    (drift,) = StockDrift.objects.of(stage.company)
    assert (drift.title, drift.shown, drift.confirmed, drift.available) == ("Produto COPO-200", 3, 40, 40)
    assert (drift.cause, drift.settled_with) == ("by_hand", 40)
    assert drift.settled_at is not None
    reading = StockReading.objects.of(stage.company).order_by("-began_at")[0]
    assert (reading.compared, reading.drifted) == (2, 1)


def test_a_sale_that_is_not_here_yet_is_the_likely_cause(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350", on_hand=100)
    stage.sync()
    settle(stage)
    stage.shop.place_order(items=[(at_tray, 5)], status="AGUARDANDO PAGAMENTO")
    stage.sync()  # seen, and not to be imported
    stage.age_sweep(hours=25)
    stage.sync()
    drift = StockDrift.objects.of(stage.company).get()
    assert (drift.shown, drift.cause) == (95, "coming")
