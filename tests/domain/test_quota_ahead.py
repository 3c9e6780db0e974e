"""What the day will come to: said in the morning, and taken back once it fits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ahead.pending.models import Kind, PendingMatter
from ahead.stores.forecasting import Forecast, forecast
from ahead.stores.models import Connection, RequestBudget, RequestUse, Store
from ahead.stores.planning import HOURS, DayUse, Plan, Purpose
from ahead.sync.models import OrderSighting
from ahead.sync.quota_ahead import look_ahead, quota_of

MORNING = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # nine o'clock in Brasília
TODAY = MORNING.date()
FIFTEEN_HOURS = 15


def day(**waiting: int) -> Forecast:
    use = {"orders": [10] * HOURS, "catalogue": [20] * HOURS}
    history = [DayUse(TODAY - timedelta(days=days), use) for days in range(1, 6)]
    plan = Plan.of(history, day=TODAY, per_day=1_000, interval_minutes=0)
    return forecast(plan, {}, {Purpose(name): count for name, count in waiting.items()}, per_day=1_000, now=MORNING)


def test_what_comes_first_takes_first() -> None:
    found = day(orders=100, catalogue=2_000)
    unfit = {line.purpose: line.unfit for line in found.unfit}
    assert unfit == {Purpose.CATALOGUE: 2_000 + 20 * FIFTEEN_HOURS - (1_000 - 100 - 10 * FIFTEEN_HOURS)}


def test_a_past_push_alone_alarms_nobody() -> None:
    assert day(orders=800).unfit == ()


def test_orders_that_are_only_expected_alarm() -> None:
    assert [line.purpose for line in day(orders=900).unfit] == [Purpose.ORDERS]


@pytest.fixture
def busy(loja: Store) -> Store:
    Store.objects.of(loja.company_id).filter(pk=loja.pk).update(
        connection=Connection.CONNECTED, requests_per_day=1_000, syncs_by_itself=False
    )
    RequestUse.objects.bulk_create(
        RequestUse(
            company_id=loja.company_id, store=loja, day=TODAY - timedelta(days=days), use={"orders": [10] * HOURS}
        )
        for days in range(1, 6)
    )
    OrderSighting.objects.bulk_create(
        OrderSighting(
            company_id=loja.company_id,
            store=loja,
            tray_id=number,
            modified_at=MORNING,
            seen_at=MORNING,
            due=OrderSighting.Due.READ,
        )
        for number in range(1, 951)
    )
    loja.refresh_from_db()
    return loja


def open_matter(store: Store) -> PendingMatter | None:
    rows = PendingMatter.objects.of(store.company_id).filter(kind=Kind.QUOTA_SHORT, resolved_at=None)
    return rows.first()


@pytest.mark.django_db
def test_what_waits_is_counted(busy: Store) -> None:
    found = quota_of(busy, now=MORNING)
    orders = next(line for line in found.lines if line.purpose is Purpose.ORDERS)
    assert (orders.waiting, orders.expected, orders.unfit) == (950, 150, 100)


@pytest.mark.django_db
def test_a_short_day_is_said_in_the_morning_with_its_remedy_and_closes_by_itself(busy: Store) -> None:
    assert look_ahead(now=MORNING) == 1
    matter = open_matter(busy)
    assert matter is not None
    assert "Pedidos e status (cerca de 100)" in matter.text
    assert "50000" in matter.remedy

    OrderSighting.objects.of(busy.company_id).update(due="")
    assert look_ahead(now=MORNING + timedelta(minutes=29)) == 0  # asked every half hour
    assert look_ahead(now=MORNING + timedelta(minutes=31)) == 1
    assert open_matter(busy) is None


@pytest.mark.django_db
def test_stores_take_turns_and_a_paused_one_is_left_alone(busy: Store) -> None:
    Store.objects.of(busy.company_id).update(is_paused=True)
    assert look_ahead(now=MORNING) == 0
    assert RequestBudget.objects.of(busy.company_id).get().looked_ahead_at is None
