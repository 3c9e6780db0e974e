"""The request budget of a store, shared by all its workers through one row of the database.

Granularity: a worker draws up to `lease` requests at once (where more than that may be sent in a second, as many
as a second allows, up to 50) and sends them within LEASE_SECONDS. What it has
not sent by then never goes back into the minute's bucket (the bound of `ahead.stores.bucket` stands on that),
only to the day's count, when the worker next asks or closes. So with W workers the day may look spent while
up to W x (lease - 1) requests are in hand, a killed worker wastes up to `lease` of them, and after a 429 the
others may send for LEASE_SECONDS more what they hold.

What the requests were for is counted in the same statement that draws them, so it costs no write of its own and its
sums are the day's count, killed workers' leases included. What a purpose may draw ends where `ahead.stores.planning`
keeps the rest of the day for purposes that come before it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from django.db import transaction
from django.db.models import F, Q

from ahead.db.clerks import ask
from ahead.stores import bucket as rules
from ahead.stores.models import RequestBudget, RequestUse, Store
from ahead.stores.planning import Plan, Purpose, added, hour_in, served_before
from ahead.stores.usage import plan_of_day

_LONGEST_SLEEP = 5.0
_SHORTEST_SLEEP = 0.001
_LONGEST_RETRY = 0.02
_LARGEST_LEASE = 50
_GUARDS = ("tokens", "refilled_at", "day", "used_today")  # every draw and every return changes one of them
_COLUMNS = (*_GUARDS, "held_until", "use")


class DayQuotaSpent(Exception):
    """The store has no request left today."""


class HeldBack(Exception):
    """What the store has left today is kept for something else."""

    def __init__(self, summary: str, *, goes_on_at: datetime) -> None:
        super().__init__(summary)
        self.goes_on_at = goes_on_at


class _MakesHeldBack(Protocol):
    def __call__(self, summary: str, *, goes_on_at: datetime) -> Exception: ...


@dataclass
class _Lease:
    """Requests drawn and not yet sent, and the purpose and hour they are counted for."""

    drawn: int
    left: int
    purpose: Purpose
    hour: int
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
        held_back: _MakesHeldBack = HeldBack,
        purpose: Purpose = Purpose.ORDERS,
        keeps_nothing: bool = False,
    ) -> None:
        """
        `spent` and `held_back` make the exceptions, so that a client may be given its own kinds.

        `keeps_nothing`: whatever the purpose, it may have the last request (a person who connects the store).
        """
        self._store = store
        self._row = RequestBudget.objects.of(store.company_id).filter(store_id=store.pk)
        self._clock, self._sleep, self._spent, self._held_back = clock, sleep, spent, held_back
        self._purpose, self._keeps_nothing = purpose, keeps_nothing
        self._plan: Plan | None = None
        self._usual_lease = self._largest_lease = max(lease, 1)
        self._want = 1
        self._lease: _Lease | None = None
        self._lock = threading.Lock()

    def take(self) -> None:
        """
        Block until one request may be sent.

        :raises DayQuotaSpent: (or what `spent` makes) if there is none left today.
        :raises HeldBack: (or what `held_back` makes) if what is left is kept for what comes first.
        """
        while wait := self._seconds_to_wait():
            self._sleep(min(wait, _LONGEST_SLEEP))

    def spend_on(self, purpose: Purpose) -> None:
        """Count what is sent from here on for this purpose."""
        with self._lock:
            self._purpose = purpose

    def check(self) -> None:
        """
        Make sure that one request more may be sent today for the present purpose; none is drawn.

        :raises DayQuotaSpent: (or what `spent` makes) if there is none left today.
        :raises HeldBack: (or what `held_back` makes) if what is left is kept for what comes first.
        """
        with self._lock:
            if self._lease and self._lease.left and self._lease.purpose is self._purpose:
                return
            now = self._clock()
            bucket = rules.refilled(self._read(), now)
            in_hand = self._lease.left if self._lease else 0
            if bucket.per_day - bucket.used_today + in_hand <= 0:
                raise self._day_spent(bucket)
            if bucket.per_day - bucket.used_today + in_hand <= self._reserve(bucket, now):
                raise self._kept_for_others(bucket, now)

    def slow_down(self, seconds: float) -> None:
        """Let nobody send to this store for so many seconds: Tray said 429."""
        until = self._clock() + timedelta(seconds=seconds)
        with self._lock:
            self._give_back()
        rows = self._row.filter(Q(held_until=None) | Q(held_until__lt=until))
        ask(partial(rows.update, held_until=until))

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
                if wait := ask(partial(self._draw, self._clock())):
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
        if lease.purpose is not self._purpose:
            self._give_back()  # the day's count has it again, and counts it for what it is sent for
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
        today = rules.refilled(before, now)
        drawn = rules.draw(before, want=self._want, now=now, purpose=self._purpose, reserve=self._reserve(today, now))
        if drawn.is_day_spent:
            raise self._day_spent(today)
        if drawn.is_held_back:
            raise self._kept_for_others(today, now)
        if not drawn.granted:
            return drawn.wait
        if not self._write(before, drawn.bucket, now):
            return random.uniform(_SHORTEST_SLEEP, _LONGEST_RETRY)  # noqa: S311 (spreads rivals, keeps no secret)
        day = drawn.bucket.day
        expires_at = now + timedelta(seconds=rules.LEASE_SECONDS)
        hour = hour_in(day, now)
        self._lease = _Lease(drawn.granted, drawn.granted, self._purpose, hour, day, now, expires_at)
        return 0.0

    def _reserve(self, bucket: rules.Bucket, now: datetime) -> int:
        """Return how many requests of the day are kept from the present purpose."""
        if self._keeps_nothing or not served_before(self._purpose):
            return 0
        return self._plan_of(bucket.day).reserve(self._purpose, bucket.use, now)

    def _plan_of(self, day: date) -> Plan:
        if self._plan is None or self._plan.day != day:
            self._plan = plan_of_day(self._store, day)
        return self._plan

    def _day_spent(self, bucket: rules.Bucket) -> Exception:
        return self._spent(f"all {bucket.per_day} requests of the day are spent")

    def _kept_for_others(self, bucket: rules.Bucket, now: datetime) -> Exception:
        left = bucket.per_day - bucket.used_today
        text = f"the {left} requests left today are kept for what comes before {self._purpose.value}"
        goes_on_at = self._plan_of(bucket.day).goes_on_at(self._purpose, bucket.use, left, now)
        return self._held_back(text, goes_on_at=goes_on_at)

    def _read(self) -> rules.Bucket:
        columns = self._row.values(
            *_COLUMNS, per_minute=F("store__requests_per_minute"), per_day=F("store__requests_per_day")
        )
        return rules.Bucket(**columns.get())

    def _write(self, before: rules.Bucket, after: rules.Bucket, now: datetime) -> bool:
        """Write `after` in one statement, unless somebody wrote since `before` was read."""
        if after.day > before.day and before.use:
            return self._begin_day(before, after, now)
        return self._compare_and_set(before, after, now)

    def _compare_and_set(self, before: rules.Bucket, after: rules.Bucket, now: datetime) -> bool:
        unchanged = self._row.filter(**{column: getattr(before, column) for column in _GUARDS}).filter(
            Q(held_until=None) | Q(held_until__lte=now)
        )
        written = unchanged.update(
            tokens=after.tokens,
            refilled_at=after.refilled_at,
            day=after.day,
            used_today=after.used_today,
            use=after.use,
        )
        return bool(written)

    @transaction.atomic
    def _begin_day(self, before: rules.Bucket, after: rules.Bucket, now: datetime) -> bool:
        """The first draw of a day puts the day before on the books."""
        if not self._compare_and_set(before, after, now):
            return False
        RequestUse.objects.bulk_create(
            [
                RequestUse(
                    company_id=self._store.company_id,
                    store_id=self._store.pk,
                    day=before.day,
                    use=before.use,
                    total=before.used_today,
                )
            ],
            ignore_conflicts=True,
        )
        return True

    def _give_back(self) -> None:
        lease, self._lease = self._lease, None
        if lease and lease.left:
            ask(partial(self._put_back, lease))

    def _put_back(self, lease: _Lease) -> None:
        with transaction.atomic():
            row = self._row.select_for_update(of=("self",)).filter(day=lease.day, used_today__gte=lease.left).first()
            if row is None:
                return
            row.use = added(row.use, lease.purpose, lease.hour, -lease.left)
            row.used_today -= lease.left
            row.save(update_fields=["use", "used_today"])
