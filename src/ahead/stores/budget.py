"""The request budget of a store, shared by all its workers through one row of the database.

Granularity: a worker draws up to `lease` requests at once (where more than that may be sent in a second, as many
as a second allows, up to 50) and sends them within LEASE_SECONDS. What it has
not sent by then never goes back into the minute's bucket (the bound of `ahead.stores.bucket` stands on that),
only to the day's count, when the worker next asks or closes. So with W workers the day may look spent while
up to W x (lease - 1) requests are in hand, a killed worker wastes up to `lease` of them, and after a 429 the
others may send for LEASE_SECONDS more what they hold.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Q

from ahead.stores import bucket as rules
from ahead.stores.models import RequestBudget, Store

_LONGEST_SLEEP = 5.0
_SHORTEST_SLEEP = 0.001
_LONGEST_RETRY = 0.02
_LARGEST_LEASE = 50
_COLUMNS = ("tokens", "refilled_at", "day", "used_today", "held_until")


class DayQuotaSpent(Exception):
    """The store has no request left today."""


@dataclass
class _Lease:
    """Requests drawn and not yet sent."""

    drawn: int
    left: int
    day: date
    drawn_at: datetime
    expires_at: datetime

    def is_good(self, now: datetime) -> bool:
        """Whether a request of it may still be sent: soon enough, and on the day it counts for."""
        return self.drawn_at <= now < self.expires_at and rules.day_of(now) <= self.day


class StoreBudget:
    """
    Says when one more request may be sent to a store; safe to share among threads.

    Call it outside of transactions: a rollback would forget requests that were sent.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        lease: int = 5,
        spent: Callable[[str], Exception] = DayQuotaSpent,
    ) -> None:
        """`spent` makes the exception of a spent day, so that a client may be given its own kind."""
        self._row = RequestBudget.objects.of(store.company_id).filter(store_id=store.pk)
        self._clock, self._sleep, self._spent = clock, sleep, spent
        self._usual_lease = self._largest_lease = max(lease, 1)
        self._want = 1
        self._lease: _Lease | None = None
        self._lock = threading.Lock()

    def take(self) -> None:
        """
        Block until one request may be sent.

        :raises DayQuotaSpent: (or what `spent` makes) if there is none left today.
        """
        while wait := self._seconds_to_wait():
            self._sleep(min(wait, _LONGEST_SLEEP))

    def slow_down(self, seconds: float) -> None:
        """Let nobody send to this store for so many seconds: Tray said 429."""
        until = self._clock() + timedelta(seconds=seconds)
        with self._lock:
            self._give_back()
        self._row.filter(Q(held_until=None) | Q(held_until__lt=until)).update(held_until=until)

    def left_today(self) -> int:
        """Return how many requests of the day are left, those in hand here included."""
        with self._lock:
            in_hand = self._lease.left if self._lease else 0
            return rules.left_today(self._read(), self._clock()) + in_hand

    def close(self) -> None:
        """Give back to the day's count what was drawn and not sent."""
        with self._lock:
            self._give_back()

    def _seconds_to_wait(self) -> float:
        """Return 0 and count one request as sent, or the seconds after which to ask again."""
        with self._lock:
            while not self._use_lease(self._clock()):
                if wait := self._draw(self._clock()):
                    return max(wait, _SHORTEST_SLEEP)
            return 0.0

    def _use_lease(self, now: datetime) -> bool:
        lease = self._lease
        if lease is None:
            return False
        if not lease.is_good(now):
            self._want = max(lease.drawn - lease.left, 1)  # drew more than it could send: draw less
            self._give_back()
            return False
        lease.left -= 1
        if not lease.left:
            self._want = min(lease.drawn * 2, self._largest_lease)
            self._lease = None
        return True

    def _draw(self, now: datetime) -> float:
        """Draw a lease and return 0, or the seconds to wait first."""
        before = self._read()
        self._largest_lease = max(self._usual_lease, min(before.per_minute // 60, _LARGEST_LEASE))
        drawn = rules.draw(before, want=self._want, now=now)
        if drawn.is_day_spent:
            raise self._spent(f"all {before.per_day} requests of the day are spent")
        if not drawn.granted:
            return drawn.wait
        if not self._write(before, drawn.bucket, now):
            return random.uniform(_SHORTEST_SLEEP, _LONGEST_RETRY)  # noqa: S311 (spreads rivals, keeps no secret)
        expires_at = now + timedelta(seconds=rules.LEASE_SECONDS)
        self._lease = _Lease(drawn.granted, drawn.granted, drawn.bucket.day, now, expires_at)
        return 0.0

    def _read(self) -> rules.Bucket:
        columns = self._row.values(
            *_COLUMNS, per_minute=F("store__requests_per_minute"), per_day=F("store__requests_per_day")
        )
        return rules.Bucket(**columns.get())

    def _write(self, before: rules.Bucket, after: rules.Bucket, now: datetime) -> bool:
        """Write `after` in one statement, unless somebody wrote since `before` was read."""
        unchanged = self._row.filter(**{column: getattr(before, column) for column in _COLUMNS[:-1]}).filter(
            Q(held_until=None) | Q(held_until__lte=now)
        )
        written = unchanged.update(
            tokens=after.tokens, refilled_at=after.refilled_at, day=after.day, used_today=after.used_today
        )
        return bool(written)

    def _give_back(self) -> None:
        lease, self._lease = self._lease, None
        if lease and lease.left:
            self._row.filter(day=lease.day, used_today__gte=lease.left).update(used_today=F("used_today") - lease.left)
