"""One store's bucket and daily count: what is granted, and how long one waits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from turned_time import START, most_in_a_minute

from ahead.stores import bucket as rules

RATE, BURST = 150, 30


class TestBucket:
    BUCKET = rules.Bucket(
        tokens=0.0,
        refilled_at=START,
        held_until=None,
        day=date(2026, 11, 24),
        used_today=0,
        per_minute=RATE,
        per_day=10_000,
    )

    def test_holds_the_burst_less_what_drips_in_while_a_lease_lasts(self) -> None:
        assert rules.capacity(RATE) == BURST - RATE / 60 * rules.LEASE_SECONDS

    @given(st.lists(st.tuples(st.integers(1, 9), st.floats(0, 90)), max_size=300))
    def test_grants_no_more_than_it_holds_and_what_drips_in(self, draws: list[tuple[int, float]]) -> None:
        bucket, now = self.BUCKET, START
        granted: list[datetime] = []
        for want, pause in draws:
            now += timedelta(seconds=pause)
            drawn = rules.draw(bucket, want=want, now=now)
            bucket = drawn.bucket
            granted += [now] * drawn.granted

        window = RATE + rules.capacity(RATE)
        assert most_in_a_minute(granted) <= window

    @given(st.lists(st.floats(-30, 30), max_size=60))
    def test_grants_no_more_when_machines_clocks_differ(self, instants: list[float]) -> None:
        bucket, granted = self.BUCKET, 0
        for seconds in instants:
            drawn = rules.draw(bucket, want=5, now=START + timedelta(seconds=seconds))
            bucket, granted = drawn.bucket, granted + drawn.granted

        assert granted <= max([0.0, *instants]) * RATE / 60 + 1e-6

    def test_a_new_day_begins_in_brasilia(self) -> None:
        before, after = datetime(2026, 11, 25, 2, 59, tzinfo=UTC), datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
        spent = rules.Bucket(5.0, before, None, date(2026, 11, 24), 10_000, RATE, 10_000)

        assert rules.draw(spent, want=1, now=before).is_day_spent
        assert rules.draw(spent, want=1, now=after).granted == 1
        late = rules.draw(spent, want=1, now=after).bucket
        assert rules.draw(late, want=1, now=before).bucket.day == date(2026, 11, 25)  # a clock that is behind

    def test_the_wait_is_long_enough(self) -> None:
        waits = [rules.draw(self.BUCKET, want=want, now=START).wait for want in (1, 2, 5)]
        assert waits == pytest.approx([0.4, 0.8, 2.0])
        assert all(shorter < longer for shorter, longer in pairwise(waits))
