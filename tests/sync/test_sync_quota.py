"""A day too short for everything: orders come in, the rest waits and says until when."""

from __future__ import annotations

from datetime import timedelta

from ahead.db.clock import shared_now
from ahead.stores.bucket import day_of
from ahead.stores.models import RequestBudget, RequestUse, Store
from ahead.stores.planning import HOURS, Purpose, used
from ahead.sync.models import RunState, SyncEvent
from sync_stage import Stage


def test_each_step_is_counted_for_what_it_is_for(stage: Stage, orders: list[int]) -> None:
    run = stage.sync()

    row = RequestBudget.objects.of(stage.company).get(store=stage.store)
    assert sum(used(row.use, purpose) for purpose in Purpose) == row.used_today
    run.refresh_from_db()
    assert used(row.use, Purpose.ORDERS) >= len(orders) * 2  # read, and put into its status
    assert used(row.use, Purpose.OTHER) > 0  # the catalogue was read
    assert used(row.use, Purpose.STOCK) == run.stock_updated == 1


def test_stock_and_catalogue_wait_where_orders_need_the_rest_of_the_day(stage: Stage, orders: list[int]) -> None:
    stage.sync()
    _, at_tray = stage.add_product("COPO-200", on_hand=40, price="12.50")
    stage.sync()
    for product in stage.shop.products.values():
        stage.shop.place_order(items=[(product, 1)])
    _short_day(stage, left=60, orders_an_hour=100)

    run = stage.sync()

    assert run.state == RunState.CLEAN
    assert run.orders_imported == 2
    assert run.stock_updated == 0
    notes = SyncEvent.objects.of(stage.company).filter(run=run, key__startswith="quota:").order_by("key")
    assert [note.key for note in notes] == ["quota:stock"]
    assert "espera: o resto da cota de hoje fica para o que vem antes. Continua" in notes[0].text

    Store.objects.of(stage.company).filter(pk=stage.store.pk).update(requests_per_day=50_000)
    stage.store.refresh_from_db()
    assert stage.sync().stock_updated == 2  # nothing of it was lost
    assert stage.shop.product_stock(at_tray.id) == 39


def _short_day(stage: Stage, *, left: int, orders_an_hour: int) -> None:
    today = day_of(shared_now())
    RequestUse.objects.bulk_create(
        RequestUse(
            company_id=stage.company.pk,
            store=stage.store,
            day=today - timedelta(days=days),
            use={"orders": [orders_an_hour] * HOURS},
        )
        for days in range(1, 6)
    )
    spent = RequestBudget.objects.of(stage.company).get(store=stage.store).used_today
    Store.objects.of(stage.company).filter(pk=stage.store.pk).update(requests_per_day=spent + left)
    stage.store.refresh_from_db()
