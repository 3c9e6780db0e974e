"""The dry run: says what a sync would do, and changes nothing on either side."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps

from ahead.db.tenancy import TenantModel
from ahead.stock.operations import count_stock
from ahead.stores.triggers import Trigger
from ahead.sync.dry_run import run_dry
from ahead.sync.models import EventKind, RunState, SyncEvent, SyncRun
from sync_stage import BY, Stage

pytestmark = pytest.mark.django_db(transaction=True)
# its own log, and what every request costs
OWN = {"SyncRun", "SyncEvent", "RequestBudget"}


def tables(stage: Stage) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every tenant table but the dry run's own."""
    return {
        model.__name__: list(model.objects.of(stage.company).order_by("pk").values())
        for model in apps.get_models()
        if issubclass(model, TenantModel) and model.__name__ not in OWN
    }


def texts(run: SyncRun, kind: EventKind) -> list[str]:
    """Return what a run logged of one kind."""
    return [event.text for event in SyncEvent.objects.of(run.company_id).filter(run=run, kind=kind)]


@pytest.fixture
def busy(stage: Stage) -> Any:
    """A store with one order imported, one new, one to be cancelled, and a quantity that changed."""
    _, at_tray = stage.add_product("CAN-350", on_hand=50, price="39.90")
    copo, _ = stage.add_product("COPO-200", on_hand=50)
    cancelled = stage.shop.place_order(items=[(at_tray, 5)])
    stage.sync()
    stage.move(cancelled.id, "CANCELADO")
    new = stage.shop.place_order(items=[(at_tray, 2)])
    count_stock(
        company=stage.company, product_id=copo.pk, warehouse_id=stage.warehouse.pk, counted=8, by=BY,
        now=datetime.now(UTC),
    )  # fmt: skip
    return new, cancelled


def test_it_lists_everything_and_changes_nothing(stage: Stage, busy: Any) -> None:
    new, cancelled = busy
    before = tables(stage)
    stage.shop.counters.reset()

    run = run_dry(stage.store, by=BY, trigger=Trigger.SIMULATION)

    assert (run.state, run.is_dry, run.finished_at is not None) == (RunState.CLEAN, True, True)
    assert [f"(Tray {new.id})" in text for text in texts(run, EventKind.ORDER_IMPORTED)] == [True]
    assert texts(run, EventKind.ORDER_CANCELLED) == [f"Pedido 1 (Tray {cancelled.id}) seria cancelado: «CANCELADO»"]
    assert [
        f"(Tray {new.id}): «A ENVIAR» → «A ENVIAR - SINCRONIZADO»" in t for t in texts(run, EventKind.STATUS_WRITTEN)
    ] == [True]
    stock = SyncEvent.objects.of(stage.company).filter(run=run, kind=EventKind.STOCK_UPDATED).order_by("text")
    assert [(event.text[:9], event.before, event.after) for event in stock] == [
        ("C-CAN-350", 45, 48),
        ("C-COPO-20", 50, 8),
    ]
    assert (run.orders_imported, run.orders_cancelled, run.statuses_written, run.stock_updated) == (1, 1, 1, 2)
    assert tables(stage) == before
    assert stage.shop.counters.writes == []
    assert stage.shop.counters.by_method["PUT"] == 0
    assert stage.shop.counters.total <= 2  # one page, one order


def test_what_it_says_is_what_the_sync_then_does(stage: Stage, busy: Any) -> None:
    dry = run_dry(stage.store, by=BY, trigger=Trigger.SIMULATION)
    run = stage.sync()
    for kind in (EventKind.STATUS_WRITTEN, EventKind.STOCK_UPDATED):
        said = set(SyncEvent.objects.of(stage.company).filter(run=dry, kind=kind).values_list("key", "before", "after"))
        did = set(SyncEvent.objects.of(stage.company).filter(run=run, kind=kind).values_list("key", "before", "after"))
        assert said == did


def test_it_names_what_would_be_held(stage: Stage) -> None:
    placed = stage.shop.odd_order("unknown-sku")
    run = run_dry(stage.store, by=BY, trigger=Trigger.SIMULATION)
    assert (run.orders_held, run.state) == (1, RunState.WITH_ERRORS)
    assert f"(Tray {placed.id})" in texts(run, EventKind.ORDER_HELD)[0]
    assert (stage.orders(), stage.matters()) == ([], [])


def test_it_says_that_the_brake_would_stop_the_stock(stage: Stage) -> None:
    products = [stage.add_product(f"SKU-{n}", on_hand=10)[0] for n in range(12)]
    stage.sync()
    for product in products:
        count_stock(
            company=stage.company, product_id=product.pk, warehouse_id=stage.warehouse.pk, counted=0, by=BY,
            now=datetime.now(UTC),
        )  # fmt: skip
    run = run_dry(stage.store, by=BY, trigger=Trigger.SIMULATION)
    assert "O freio de estoque pararia este envio: 12 de 12" in texts(run, EventKind.NOTE)[0]
    assert stage.matters() == []


def test_it_runs_beside_a_sync_and_a_failure_ends_it_with_a_reason(stage: Stage, busy: Any) -> None:
    stage.shop.switches.change({"blocked": 1001})
    run = run_dry(stage.store, by=BY, trigger=Trigger.SIMULATION)
    assert run.state == RunState.FAILED
    error = stage.error(run)
    assert (error.text, error.cause) == ("A simulação parou", "O Tray diz que esta Loja está bloqueada.")
    assert stage.matters() == []


def test_a_dry_run_that_died_long_ago_is_closed_by_the_next_sync(stage: Stage) -> None:
    run = run_dry(stage.store, by=BY, trigger=Trigger.SIMULATION)
    then = datetime(2026, 1, 1, tzinfo=UTC)
    SyncRun.objects.of(stage.company).filter(pk=run.pk).update(
        state=RunState.RUNNING, started_at=then, finished_at=None
    )
    stage.sync()
    run.refresh_from_db()
    assert run.state == RunState.FAILED
