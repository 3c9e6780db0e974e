"""The time all machines share: with PostgreSQL the database's, whatever the clock of each machine says."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from ahead.db.clock import SharedClock

Counting = Callable[[int], AbstractContextManager[object]]


class Monotonic:
    """A monotonic clock that a test turns."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def asked_once() -> int:
    """How many queries one question is: SQLite's processes are on one machine, and ask nobody."""
    return 0 if connection.vendor == "sqlite" else 1


@pytest.mark.django_db
class TestSharedClock:
    def test_tells_the_time(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT strftime('%s', 'now')" if connection.vendor == "sqlite" else "SELECT EXTRACT(EPOCH FROM now())"
            )
            there = float(cursor.fetchone()[0])
        now = SharedClock()()
        assert now.tzinfo is UTC
        assert now.timestamp() == pytest.approx(there, abs=5)

    @pytest.mark.django_db(transaction=True)  # in one it is not asked
    def test_asks_the_database_now_and_then(self, django_assert_num_queries: Counting) -> None:
        monotonic = Monotonic()
        clock = SharedClock(monotonic=monotonic)
        with django_assert_num_queries(asked_once()):
            for _ in range(5):
                clock()
                monotonic.seconds += 2
        with django_assert_num_queries(asked_once()):
            monotonic.seconds += 2
            clock()
            clock()

    def test_goes_on_by_itself_in_between(self) -> None:
        monotonic = Monotonic()
        clock = SharedClock(monotonic=monotonic if connection.vendor == "postgresql" else time.monotonic)
        before = clock()
        monotonic.seconds += 7
        passed = clock() - before
        assert passed == timedelta(seconds=7) or (connection.vendor == "sqlite" and passed < timedelta(seconds=5))

    @pytest.mark.django_db(transaction=True)
    def test_is_right_again_however_wrong_it_was(self) -> None:
        """A machine that stood still for an hour, and whose monotonic clock did not notice (or ran too fast)."""
        monotonic = Monotonic()
        clock = SharedClock(monotonic=monotonic)
        clock()
        monotonic.seconds += 3600
        assert abs(clock() - datetime.now(UTC)) < timedelta(seconds=30)

    def test_is_told_in_a_transaction_that_failed(self) -> None:
        monotonic = Monotonic()
        clock = SharedClock(monotonic=monotonic)
        with transaction.atomic():
            clock()
            before = transaction.savepoint()
            with pytest.raises(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT nothing FROM nowhere")
            monotonic.seconds += 60
            assert clock().tzinfo is UTC
            transaction.savepoint_rollback(before)
