"""One store's day, split by purpose: counted in the row that is drawn from, by all workers together."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from turned_time import START, Clock, VirtualTime, in_threads

from ahead.stores import bucket as rules
from ahead.stores.budget import DayQuotaSpent, HeldBack, StoreBudget
from ahead.stores.models import RequestBudget, RequestUse, Store
from ahead.stores.planning import HOURS, Purpose, used
from ahead.stores.usage import plan_of_day, use_of_days, use_today

TODAY = date(2026, 11, 24)  # START is noon of it in Brasília


def fresh(store: Store, *, per_day: int, per_minute: int = 6_000, now: datetime = START) -> None:
    Store.objects.of(store.company_id).filter(pk=store.pk).update(
        requests_per_minute=per_minute, requests_per_day=per_day, syncs_by_itself=False
    )
    store.refresh_from_db()
    RequestBudget.objects.of(store.company_id).filter(store=store).update(
        tokens=rules.capacity(per_minute), refilled_at=now, day=rules.day_of(now), used_today=0, use={}
    )


def past(store: Store, *, until: date = TODAY, **each_hour: int) -> None:
    use = {purpose: [requests] * HOURS for purpose, requests in each_hour.items()}
    RequestUse.objects.bulk_create(
        RequestUse(company_id=store.company_id, store=store, day=until - timedelta(days=days), use=use)
        for days in range(1, 8)
    )


def row(store: Store) -> RequestBudget:
    return RequestBudget.objects.of(store.company_id).get(store=store)


@pytest.mark.django_db
class TestCounting:
    def test_by_purpose_with_no_write_of_its_own(self, loja: Store) -> None:
        fresh(loja, per_day=1_000)
        clock = Clock()
        budget = StoreBudget(loja, clock=clock, sleep=clock.turn)
        for purpose, requests in ((Purpose.ORDERS, 7), (Purpose.OTHER, 1), (Purpose.STOCK, 3), (Purpose.ORDERS, 2)):
            budget.spend_on(purpose)
            for _ in range(requests):
                budget.take()
        budget.close()

        use = row(loja).use
        assert {purpose.value: used(use, purpose) for purpose in Purpose} == {
            "orders": 9,
            "other": 1,
            "notes": 0,
            "stock": 3,
            "catalogue": 0,
        }
        assert row(loja).used_today == 13
        assert use["orders"][12] == 9

    def test_a_killed_worker_leaves_at_most_a_lease_counted_and_unsent(self, loja: Store) -> None:
        fresh(loja, per_day=1_000, per_minute=150)
        clock = Clock()
        killed = StoreBudget(loja, clock=clock, sleep=clock.turn, lease=5)
        for _ in range(9):
            killed.take()
        del killed  # nothing gives back what it held

        assert 9 <= row(loja).used_today <= 9 + 4
        assert used(row(loja).use, Purpose.ORDERS) == row(loja).used_today

    def test_a_day_that_is_over_is_put_on_the_books_once(self, loja: Store) -> None:
        evening = datetime(2026, 11, 25, 2, 59, tzinfo=UTC)  # 23:59 in Brasília
        fresh(loja, per_day=1_000, now=evening)
        clock = Clock(evening)
        workers = [StoreBudget(loja, clock=clock, sleep=clock.turn) for _ in range(2)]
        for budget in workers:
            budget.take()
            budget.close()
        clock.turn(120)
        for budget in workers:
            budget.take()
            budget.close()

        days = use_of_days(loja, until=TODAY + timedelta(days=1))
        assert [(one.day, used(one.use, Purpose.ORDERS)) for one in days] == [(TODAY, 2)]
        assert RequestUse.objects.of(loja.company_id).get().total == 2
        assert used(use_today(loja, today=TODAY + timedelta(days=1)), Purpose.ORDERS) == 2

    def test_the_last_day_counts_before_the_next_one_begins(self, loja: Store) -> None:
        fresh(loja, per_day=1_000)
        clock = Clock()
        StoreBudget(loja, clock=clock, sleep=clock.turn).take()

        assert [one.day for one in use_of_days(loja, until=TODAY + timedelta(days=1))] == [TODAY]
        assert use_today(loja, today=TODAY + timedelta(days=1)) == {}


@pytest.mark.django_db
class TestSplitting:
    def test_the_catalogue_stops_where_the_evening_of_orders_begins(self, loja: Store) -> None:
        fresh(loja, per_day=500)
        past(loja, orders=10)
        clock = Clock()
        budget = StoreBudget(loja, clock=clock, sleep=clock.turn, purpose=Purpose.CATALOGUE)
        sent = 0
        with pytest.raises(HeldBack) as held:  # noqa: PT012
            while True:
                budget.take()
                sent += 1
        assert 500 - 120 <= sent <= 500 - 119  # twelve hours of orders are kept
        assert clock.now < held.value.goes_on_at <= START + timedelta(hours=12)
        with pytest.raises(HeldBack):
            budget.check()

        budget.spend_on(Purpose.ORDERS)
        for _ in range(500 - sent):
            budget.take()
        with pytest.raises(DayQuotaSpent):
            budget.take()
        with pytest.raises(DayQuotaSpent):
            budget.check()

    def test_stock_goes_on_where_the_catalogue_is_held_back(self, loja: Store) -> None:
        fresh(loja, per_day=300)
        past(loja, orders=10, stock=10)
        clock = Clock()
        RequestBudget.objects.of(loja.company_id).update(used_today=100)
        budget = StoreBudget(loja, clock=clock, sleep=clock.turn, purpose=Purpose.CATALOGUE)
        with pytest.raises(HeldBack):
            budget.check()
        budget.spend_on(Purpose.STOCK)
        budget.check()
        budget.take()

    def test_who_connects_a_store_may_have_the_last_request(self, loja: Store) -> None:
        fresh(loja, per_day=3)
        past(loja, orders=10)
        clock = Clock()
        with pytest.raises(HeldBack):
            StoreBudget(loja, clock=clock, sleep=clock.turn, purpose=Purpose.OTHER).take()
        person = StoreBudget(loja, clock=clock, sleep=clock.turn, purpose=Purpose.OTHER, keeps_nothing=True)
        for _ in range(3):
            person.take()

    def test_without_a_past_there_is_a_sane_split(self, loja: Store) -> None:
        fresh(loja, per_day=10_000)
        assert plan_of_day(loja, TODAY).is_guess
        clock = Clock()
        budget = StoreBudget(loja, clock=clock, sleep=clock.turn, purpose=Purpose.CATALOGUE)
        budget.check()
        RequestBudget.objects.of(loja.company_id).update(used_today=8_000)
        with pytest.raises(HeldBack):
            budget.check()


@pytest.mark.django_db(transaction=True)
def test_workers_of_different_purposes_share_the_day(loja: Store) -> None:
    """Two push the catalogue as fast as they can, two bring orders: the day holds, and orders get all of theirs."""
    fresh(loja, per_day=400)
    past(loja, orders=12)
    world = VirtualTime(4)
    sent: list[Purpose] = []
    until = START + timedelta(minutes=20)

    def work(number: int) -> None:
        purpose = Purpose.CATALOGUE if number % 2 else Purpose.ORDERS
        budget = StoreBudget(loja, clock=world, sleep=world.sleep, purpose=purpose)
        try:
            for _ in range(70):
                try:
                    budget.take()
                    sent.append(purpose)
                except HeldBack:
                    if world() > until:
                        break
                    budget.close()
                    world.sleep(15)
            budget.close()
        finally:
            world.leave()

    in_threads(4, work)

    assert sent.count(Purpose.ORDERS) == 140
    assert len(sent) == row(loja).used_today <= 400
    assert used(row(loja).use, Purpose.CATALOGUE) == sent.count(Purpose.CATALOGUE)
