"""
The time that all machines share: the database's.

What machines agree on by comparing instants (whose turn it is, what may be sent in this minute, which day it is) must
not stand on the clocks of each: one that is two minutes ahead would fill a store's minute anew with every look.
The database is asked now and then; in between the time passes by the monotonic clock, which nobody sets.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection

from ahead.db.clerks import ask

_ASKED_EVERY_SECONDS = 10.0


class SharedClock:
    """
    Tells the database's time; safe to share among threads.

    With SQLite all processes are on one machine: its own clock is the shared one, and nothing is asked.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last: tuple[datetime, float] | None = None  # the database's time, and our monotonic clock then

    def __call__(self) -> datetime:
        """
        Return the present instant.

        :raises django.db.DatabaseError: if the database is to be asked, and does not answer.
        """
        if connection.vendor == "sqlite":
            return datetime.now(UTC)
        last = self._last
        if last is None or (self._monotonic() - last[1] > _ASKED_EVERY_SECONDS and not connection.in_atomic_block):
            last = self._last = ask(self._asked)  # in a transaction that failed nothing can be asked
        return last[0] + timedelta(seconds=self._monotonic() - last[1])

    def _asked(self) -> tuple[datetime, float]:
        with connection.cursor() as cursor:
            before = self._monotonic()
            cursor.execute("SELECT clock_timestamp()")
            now = cursor.fetchone()[0]
        return now.astimezone(UTC), (before + self._monotonic()) / 2


shared_now = SharedClock()
