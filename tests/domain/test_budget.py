"""Tray's limits hold for all workers of a store together, whatever they do and however they interleave."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from turned_time import START, Clock, VirtualTime, in_threads, most_in_a_minute

from ahead.stores import bucket as rules
from ahead.stores.budget import DayQuotaSpent, StoreBudget
from ahead.stores.models import RequestBudget, Store

RATE, BURST = 150, 30


class Waits(Exception):
    """A worker would have to wait."""


def never_sleep(seconds: float) -> None:
    raise Waits(seconds)


def fresh(store: Store, *, per_minute: int = RATE, per_day: int = 10_000, now: datetime = START) -> None:
    Store.objects.of(store.company_id).filter(pk=store.pk).update(
        requests_per_minute=per_minute, requests_per_day=per_day
    )
    RequestBudget.objects.of(store.company_id).filter(store=store).update(
        tokens=rules.capacity(per_minute),
        refilled_at=now,
        held_until=None,
        day=rules.day_of(now),
        used_today=0,
    )


def used_today(store: Store) -> int:
    return RequestBudget.objects.of(store.company_id).get(store=store).used_today


@pytest.mark.django_db
class TestOneWorker:
    def test_sends_a_burst_and_then_at_the_rate(self, loja: Store) -> None:
        fresh(loja)
        clock = Clock()
        budget = StoreBudget(loja, clock=clock, sleep=clock.turn)
        sent = []
        for _ in range(400):
            budget.take()
            sent.append(clock.now)

        assert most_in_a_minute(sent) <= RATE + BURST
        assert (sent[-1] - sent[0]).total_seconds() == pytest.approx((400 - 25) / (RATE / 60), rel=0.02)

    def test_does_not_write_a_row_for_each_request(
        self, loja: Store, django_assert_max_num_queries: Callable[[int], object]
    ) -> None:
        fresh(loja)
        budget = StoreBudget(loja, clock=Clock(), sleep=never_sleep)
        with django_assert_max_num_queries(14):  # type: ignore[attr-defined]
            for _ in range(22):
                budget.take()

    def test_waits_for_tray_after_a_429(self, loja: Store) -> None:
        fresh(loja)
        clock = Clock()
        mine, other = (StoreBudget(loja, clock=clock, sleep=clock.turn) for _ in range(2))
        mine.take()
        mine.slow_down(60)
        mine.slow_down(5)
        other.take()

        assert clock.now >= START + timedelta(seconds=60)

    def test_stops_when_the_day_is_spent_and_goes_on_the_next_day(self, loja: Store) -> None:
        fresh(loja, per_day=7)
        clock = Clock(datetime(2026, 11, 25, 2, 30, tzinfo=UTC))  # 23:30 in Brasília
        fresh(loja, per_day=7, now=clock.now)
        budget = StoreBudget(loja, clock=clock, sleep=clock.turn)
        for _ in range(7):
            budget.take()
        with pytest.raises(DayQuotaSpent):
            budget.take()
        assert budget.left_today() == 0
        clock.turn(29 * 60)
        with pytest.raises(DayQuotaSpent):
            budget.take()
        clock.turn(60)
        budget.take()
        assert budget.left_today() == 6

    def test_raises_the_kind_its_client_knows(self, loja: Store) -> None:
        fresh(loja, per_day=0)
        budget = StoreBudget(loja, clock=Clock(), sleep=never_sleep, spent=LookupError)
        with pytest.raises(LookupError):
            budget.take()

    def test_gives_back_to_the_day_what_it_did_not_send(self, loja: Store) -> None:
        fresh(loja)
        budget = StoreBudget(loja, clock=Clock(), sleep=never_sleep)
        for _ in range(4):
            budget.take()
        assert used_today(loja) > 4
        assert budget.left_today() == 10_000 - 4
        budget.close()
        budget.close()

        assert used_today(loja) == 4

    def test_a_changed_limit_counts_at_once(self, loja: Store) -> None:
        fresh(loja)
        budget = StoreBudget(loja, clock=Clock(), sleep=never_sleep)
        budget.take()
        Store.objects.of(loja.company_id).filter(pk=loja.pk).update(requests_per_day=1)
        with pytest.raises(DayQuotaSpent):
            budget.take()

    def test_a_clock_that_was_far_ahead_does_not_stop_the_store(self, loja: Store) -> None:
        fresh(loja, now=START + timedelta(days=400))
        clock = Clock()
        budget = StoreBudget(loja, clock=clock, sleep=clock.turn)
        for _ in range(40):
            budget.take()

        assert (clock.now - START).total_seconds() < 60


STEP = st.tuples(
    st.integers(0, 3),  # which worker
    st.sampled_from(["take"] * 8 + ["close", "slow_down"]),
    st.integers(1, 40),  # how often it takes, or for how long it slows down
    st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.4, 1.0, 1.9, 2.0, 2.1, 9.0, 30.0, 61.0]),  # then so long passes
)


@pytest.mark.django_db
class TestManyWorkers:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        history=st.lists(STEP, min_size=5, max_size=60),
        per_day=st.sampled_from([20, 120, 10_000]),
        begins=st.sampled_from([START, datetime(2026, 11, 25, 2, 59, 30, tzinfo=UTC)]),
    )
    def test_never_send_more_than_tray_allows(
        self, loja: Store, history: list[tuple[int, str, int, float]], per_day: int, begins: datetime
    ) -> None:
        fresh(loja, per_day=per_day, now=begins)
        clock = Clock(begins)
        workers = [StoreBudget(loja, clock=clock, sleep=never_sleep) for _ in range(4)]
        sent: list[datetime] = []
        held: list[tuple[datetime, datetime]] = []
        for worker, does, number, pause in history:
            if does == "close":
                workers[worker].close()
            elif does == "slow_down":
                workers[worker].slow_down(number)
                held.append((clock.now, clock.now + timedelta(seconds=number)))
            else:
                sent += _send(workers[worker], number, clock)
            clock.turn(pause)

        assert most_in_a_minute(sent) <= RATE + BURST
        days = [rules.day_of(at) for at in sent]
        assert all(days.count(day) <= per_day for day in set(days))
        in_hand = timedelta(seconds=rules.LEASE_SECONDS)
        assert not any(since + in_hand <= at < until for at in sent for since, until in held)

    def test_what_is_in_hand_counts_for_the_minute_it_is_sent_in(self, loja: Store) -> None:
        """The worst case: a large lease sent at the last moment, and then all that drips in."""
        fresh(loja)
        clock = Clock()
        budget = StoreBudget(loja, clock=clock, sleep=never_sleep, lease=16)
        eager(budget, clock)
        budget.take()
        clock.turn(1.99)
        sent = _send_for_a_minute([budget], clock)

        assert RATE <= most_in_a_minute(sent) <= RATE + BURST

    def test_what_is_given_back_does_not_fill_the_minute(self, loja: Store) -> None:
        """Two workers hold large leases all the time, by giving them back and drawing anew."""
        fresh(loja)
        clock = Clock()
        workers = [StoreBudget(loja, clock=clock, sleep=never_sleep, lease=16) for _ in range(2)]
        for budget in workers:
            eager(budget, clock)
        for turn in range(60):
            workers[turn % 2].close()
            list(_send(workers[turn % 2], 1, clock))
            clock.turn(0.95)
        sent = _send_for_a_minute(workers, clock)

        assert RATE <= most_in_a_minute(sent) <= RATE + BURST

    def test_a_rush_of_restarts_gains_nothing(self, loja: Store) -> None:
        """Whoever draws, gives back and draws again never lets more out than one who stays."""
        fresh(loja)
        clock = Clock()
        sent: list[datetime] = []
        for _ in range(600):
            held = [StoreBudget(loja, clock=clock, sleep=never_sleep) for _ in range(4)]
            for budget in held:
                sent += _send(budget, 3, clock)
            for budget in held:
                budget.close()
            clock.turn(0.25)

        assert most_in_a_minute(sent) <= RATE + BURST
        assert used_today(loja) == len(sent)


def _send(budget: StoreBudget, number: int, clock: Clock) -> Iterator[datetime]:
    try:
        for _ in range(number):
            budget.take()
            yield clock.now
    except (Waits, DayQuotaSpent):
        return


def eager(budget: StoreBudget, clock: Clock) -> None:
    """Let a worker use up ever larger leases until it draws 16 at once; then fill the bucket again."""
    for _ in range(1 + 2 + 4 + 8):
        budget.take()
    clock.turn(60)


def _send_for_a_minute(workers: list[StoreBudget], clock: Clock) -> list[datetime]:
    began = clock.now
    sent: list[datetime] = []
    while clock.now <= began + timedelta(seconds=60):
        for budget in workers:
            sent += _send(budget, 99, clock)
        clock.turn(0.05)
    return sent


@pytest.mark.django_db(transaction=True)
class TestThreads:
    @pytest.mark.parametrize(("workers", "answer_seconds"), [(4, 0.2), (3, 0.9), (6, 2.5)])
    def test_share_the_minute(self, loja: Store, workers: int, answer_seconds: float) -> None:
        """Threads of several workers, each request answered after a while, in virtual time."""
        fresh(loja)
        world = VirtualTime(workers)
        sent: list[datetime] = []
        until = START + timedelta(minutes=4)

        def work(_: int) -> None:
            budget = StoreBudget(loja, clock=world, sleep=world.sleep)
            try:
                while world() < until:
                    budget.take()
                    sent.append(world())
                    world.sleep(answer_seconds)
                budget.close()
            finally:
                world.leave()

        in_threads(workers, work)

        assert most_in_a_minute(sent) <= RATE + BURST
        assert len(sent) >= 0.85 * min(4 * RATE, workers * 240 / answer_seconds)
        assert used_today(loja) == len(sent)

    def test_share_the_day(self, loja: Store) -> None:
        fresh(loja, per_day=90)
        world = VirtualTime(4)
        sent: list[datetime] = []

        def work(_: int) -> None:
            budget = StoreBudget(loja, clock=world, sleep=world.sleep)
            try:
                while True:
                    budget.take()
                    sent.append(world())
            except DayQuotaSpent:
                return
            finally:
                world.leave()

        in_threads(4, work)

        assert len(sent) == 90

    def test_of_one_worker_share_one_budget(self, loja: Store) -> None:
        fresh(loja, per_day=100)
        world = VirtualTime(4)
        budget = StoreBudget(loja, clock=world, sleep=world.sleep)
        sent: list[datetime] = []

        def work(_: int) -> None:
            try:
                for _ in range(25):
                    budget.take()
                    sent.append(world())
            finally:
                world.leave()

        in_threads(4, work)

        assert len(sent) == used_today(loja) == 100
        assert most_in_a_minute(sent) <= RATE + BURST

    def test_keep_the_bound_in_real_time(self, loja: Store) -> None:
        """Four threads as fast as they can, each a worker of its own, for two real seconds of a day that is young."""
        per_minute = 1200
        fresh(loja, per_minute=per_minute)
        sent: list[float] = []
        began = time.monotonic()

        def clock() -> datetime:
            return START + timedelta(seconds=time.monotonic() - began)

        def work(_: int) -> None:
            budget = StoreBudget(loja, clock=clock, sleep=time.sleep)
            while time.monotonic() - began < 2:
                budget.take()
                sent.append(time.monotonic() - began)
            budget.close()

        in_threads(4, work)

        seconds = max(sent)
        allowed = rules.capacity(per_minute) + seconds * per_minute / 60
        assert 0 < len(sent) <= allowed + 1  # how far below is the machine's affair
        assert used_today(loja) == len(sent)
