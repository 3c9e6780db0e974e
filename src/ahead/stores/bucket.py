"""How many requests may be sent to Tray now: pure decisions on one store's bucket and daily count.

The promise: in any 60 seconds at most `per_minute + BURST` requests are sent, by all workers together.

Workers draw several requests at once and may send them up to LEASE_SECONDS later, so the requests of one
minute were drawn in a window longer by that much. The bucket is smaller by what drips in during it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ahead.lib.brasilia import BRASILIA
from ahead.stores.planning import Purpose, Use, added, hour_in

BURST = 30
LEASE_SECONDS = 2.0

_LARGEST_CLOCK_DIFFERENCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Bucket:
    """What is left of a store's minute and day, and the two limits."""

    tokens: float
    refilled_at: datetime
    held_until: datetime | None
    day: date
    used_today: int
    per_minute: int
    per_day: int
    use: Use = field(default_factory=dict)  # what the day's requests were for; they sum to `used_today`


@dataclass(frozen=True)
class Draw:
    """What a worker got: so many requests and the bucket after it, or the seconds to wait first."""

    granted: int
    bucket: Bucket
    wait: float = 0.0
    is_day_spent: bool = False
    is_held_back: bool = False  # what is left of the day is kept for what comes first


def capacity(per_minute: int) -> float:
    """Return how many requests the bucket holds. (Beyond 450 a minute, which Tray gives nobody, it grows.)"""
    drips = per_minute / 60 * LEASE_SECONDS
    return max(BURST - drips, drips, 1.0)


def day_of(now: datetime) -> date:
    """Return the day whose quota a request of this instant counts for: Brasília's."""
    return now.astimezone(BRASILIA).date()


def refilled(bucket: Bucket, now: datetime) -> Bucket:
    """
    Return the bucket as it stands at `now`.

    Machines' clocks differ a little: an instant before the last refill drips nothing, and a day that another
    machine has begun stays begun. Only a clock that was plainly wrong is set back.
    """
    elapsed = now - bucket.refilled_at
    is_clock_wrong = elapsed < -_LARGEST_CLOCK_DIFFERENCE
    dripped = max(elapsed.total_seconds(), 0.0) * bucket.per_minute / 60
    today = day_of(now)
    is_new_day = today > bucket.day
    is_day_wrong = bucket.day - today > timedelta(days=1)
    return replace(
        bucket,
        tokens=min(bucket.tokens + dripped, capacity(bucket.per_minute)),
        refilled_at=now if is_clock_wrong else max(now, bucket.refilled_at),
        day=today if is_new_day or is_day_wrong else bucket.day,
        used_today=0 if is_new_day else bucket.used_today,
        use={} if is_new_day else bucket.use,
    )


def left_today(bucket: Bucket, now: datetime) -> int:
    """Return how many requests of the day are left."""
    return max(bucket.per_day - refilled(bucket, now).used_today, 0)


def draw(bucket: Bucket, *, want: int, now: datetime, purpose: Purpose = Purpose.ORDERS, reserve: int = 0) -> Draw:
    """
    Return up to `want` requests, as many as there are; with none there, the time until so many dripped in.

    `reserve` requests of the day are kept for others. A worker that waited takes what there is, so one that wants
    many does not starve beside those that want one.
    """
    current = refilled(bucket, now)
    left = current.per_day - current.used_today
    if left <= 0:
        return Draw(0, current, is_day_spent=True)
    if left <= reserve:
        return Draw(0, current, is_held_back=True)
    left -= reserve
    if current.held_until is not None and current.held_until > now:
        return Draw(0, current, wait=(current.held_until - now).total_seconds())
    granted = min(want, left, int(current.tokens))
    if granted < 1:
        missing = min(want, left, capacity(current.per_minute)) - current.tokens
        return Draw(0, current, wait=missing * 60 / max(current.per_minute, 1))
    return Draw(granted, _counted(replace(current, tokens=current.tokens - granted), purpose, granted, now))


def _counted(bucket: Bucket, purpose: Purpose, requests: int, now: datetime) -> Bucket:
    use = added(bucket.use, purpose, hour_in(bucket.day, now), requests)
    return replace(bucket, used_today=bucket.used_today + requests, use=use)
