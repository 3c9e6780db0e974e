"""How late things arrive: what a run does says since when it waited on the other side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ahead.stock.models import Balance
from ahead.stock.operations import count_stock
from ahead.stores.models import Store
from ahead.sync.models import EventKind
from ahead.watch.flow_queries import flows
from ahead.watch.freshness import keep_fresh
from ahead.watch.models import Flow
from sync_stage import Stage


def test_an_order_was_late_since_tray_had_it_and_its_cancellation_since_then(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350")
    stage.sync()
    changed = datetime.now(UTC)
    order = stage.shop.place_order(items=[(at_tray, 1)])
    run = stage.sync()
    [event] = stage.events(run, EventKind.ORDER_IMPORTED)
    assert event.since is not None
    assert abs(event.since - changed) < timedelta(seconds=2)
    assert event.at >= event.since

    stage.move(order.id, "CANCELADO")
    [cancelled] = stage.events(stage.sync(), EventKind.ORDER_CANCELLED)
    assert cancelled.since is not None
    assert cancelled.since > event.since


def test_what_is_older_than_the_connection_is_not_late(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350")
    stage.shop.place_order(items=[(at_tray, 1)])
    Store.objects.of(stage.company).update(connected_at=datetime.now(UTC) + timedelta(minutes=1))

    [event] = stage.events(stage.sync(), EventKind.ORDER_IMPORTED)
    assert event.since is None


def test_stock_was_late_since_it_changed_and_only_where_it_did(stage: Stage) -> None:
    product, _ = stage.add_product("CAN-350", on_hand=50)
    stage.add_product("COPO-200", on_hand=50, at_tray=7)  # differs from the first, and nobody changed it since
    [first] = stage.events(stage.sync(), EventKind.STOCK_UPDATED)
    assert first.since is None

    now = datetime.now(UTC)
    place = {"product_id": product.pk, "warehouse_id": stage.warehouse.pk}
    count_stock(company=stage.company, counted=40, by="ana", now=now, **place)
    [store] = flows(stage.company)
    run = stage.sync()
    [event] = stage.events(run, EventKind.STOCK_UPDATED)
    assert event.since == Balance.objects.of(stage.company).get(product=product).changed_at == now

    keep_fresh([stage.company.pk], now=datetime.now(UTC))
    count_stock(company=stage.company, counted=30, by="ana", now=datetime.now(UTC), **place)
    [store] = flows(stage.company)
    stock = next(line for line in store.lines if line.flow == Flow.STOCK)
    assert stock.samples == 1
    assert stock.waiting is not None
    assert stock.waiting.count == 1
    stage.sync()
    keep_fresh([stage.company.pk], now=datetime.now(UTC))
    [store] = flows(stage.company)
    assert all(line.waiting is None for line in store.lines)
