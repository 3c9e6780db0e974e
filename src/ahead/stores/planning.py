"""
How a store's requests of a day are split among what they are for: pure decisions on what was used on which hour.

What comes first in `RANK` is served first: none may eat what those before it are expected to need until midnight
(Brasília's, where Tray's day ends). Orders wait for nobody; what was kept for them and not needed is let go of hour
by hour, so that at midnight nothing is left unused for fear.

What is expected is what comparable days used from this hour on: those of the same weekday where there are enough of
them, else the last ones. A store without a past gets shares of its day (`_SHARES`), until its own days speak.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from ahead.lib.brasilia import BRASILIA

HOURS = 24
Use = Mapping[str, Sequence[int]]  # requests of each purpose, by hour of Brasília


class Purpose(StrEnum):
    """What a request to Tray is for."""

    ORDERS = "orders"  # the sweep, orders, cancellations, statuses
    OTHER = "other"  # connection, readings: what the rest stands on, and little
    NOTES = "notes"
    STOCK = "stock"
    CATALOGUE = "catalogue"


RANK: tuple[Purpose, ...] = tuple(Purpose)
_SHARES = {Purpose.ORDERS: 0.30, Purpose.OTHER: 0.05, Purpose.NOTES: 0.10, Purpose.STOCK: 0.20}  # without a past
_DAY_CURVE = (2, 1, 1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 5, 3)  # when shops sell
_MOST_WEEKS = 8
_ENOUGH_WEEKDAYS = 4
_LATEST_DAYS = 14
_FEW_DAYS = 3
_CAUTION = 0.8  # of comparable days, this share needed no more than is kept
_PACE_FROM = 20  # requests; fewer say nothing of a day's pace
_FASTEST_PACE = 3.0
_REQUESTS_OF_A_RUN = 2  # what even a quiet run asks
_MELTS_IN_THE_LAST = timedelta(minutes=15)  # of an hour: what was expected of it and did not come is let go of
_LOOKED_AHEAD = timedelta(minutes=5)


def served_before(purpose: Purpose) -> tuple[Purpose, ...]:
    """Return what is served before this."""
    return RANK[: RANK.index(purpose)]


def added(use: Use, purpose: Purpose, hour: int, requests: int) -> dict[str, list[int]]:
    """Return the use with so many requests more in that hour (fewer if negative, never below none)."""
    after = {name: list(hours) for name, hours in use.items()}
    hours = after.setdefault(purpose.value, [0] * HOURS)
    hours[hour] = max(hours[hour] + requests, 0)
    return after


def used(use: Use, purpose: Purpose) -> int:
    """Return how many requests went to a purpose."""
    return sum(use.get(purpose.value, ()))


def hour_in(day: date, now: datetime) -> int:
    """Return the hour of the day that an instant counts for; beyond its ends, where clocks differ, the nearest."""
    local = now.astimezone(BRASILIA)
    if local.date() == day:
        return local.hour
    return 0 if local.date() < day else HOURS - 1


def midnight_after(now: datetime) -> datetime:
    """Return when the day of Brasília ends."""
    tomorrow = now.astimezone(BRASILIA).date() + timedelta(days=1)
    return datetime.combine(tomorrow, datetime.min.time(), BRASILIA)


@dataclass(frozen=True, slots=True)
class DayUse:
    """What a day used."""

    day: date
    use: Use


def comparable(history: Sequence[DayUse], day: date) -> list[Use]:
    """Return the days that tell what this one may need: the same weekday's, or the last ones where those are few."""
    past = sorted((one for one in history if one.day < day), key=lambda one: one.day, reverse=True)
    recent = [one for one in past if one.day >= day - timedelta(weeks=_MOST_WEEKS)]
    same = [one for one in recent if one.day.weekday() == day.weekday()]
    chosen = same if len(same) >= _ENOUGH_WEEKDAYS else recent[:_LATEST_DAYS]
    return [one.use for one in chosen]


def day_without_past(per_day: int) -> Use:
    """Return what a day is taken to need before a store has days of its own."""
    weight = sum(_DAY_CURVE)
    return {
        purpose.value: [math.ceil(per_day * share * part / weight) for part in _DAY_CURVE]
        for purpose, share in _SHARES.items()
    }


@dataclass(frozen=True)
class Plan:
    """What a store is expected to need of one day."""

    day: date
    interval_minutes: int  # of its runs; 0: it does not sync by itself
    days: Sequence[Use]
    is_guess: bool = False  # too few days of its own: shares of the day stand in
    _left: dict[Purpose, list[list[int]]] = field(default_factory=dict)  # of each day, from each hour on

    @classmethod
    def of(cls, history: Sequence[DayUse], *, day: date, per_day: int, interval_minutes: int) -> Plan:
        """Return the plan of a day from what the days before it used."""
        days = comparable(history, day)
        is_guess = len(days) < _FEW_DAYS
        if is_guess:
            days.append(day_without_past(per_day))
        left = {purpose: [_from_each_hour(one.get(purpose.value, ())) for one in days] for purpose in RANK}
        return cls(day, interval_minutes, days, is_guess, left)

    def reserve(self, purpose: Purpose, use: Use, now: datetime) -> int:
        """Return how many requests are kept from this purpose for those before it; `use` is today's so far."""
        return sum(self.kept_for(one, use, now) for one in served_before(purpose))

    def kept_for(self, purpose: Purpose, use: Use, now: datetime) -> int:
        """Return how many requests are kept for a purpose until midnight: cautious, and more on a busy day."""
        left = sorted(self._left_at(purpose, now))
        cautious = left[math.ceil(_CAUTION * len(left)) - 1]
        return max(math.ceil(cautious * self._pace(purpose, use, now)), self._least(purpose, now))

    def expected(self, purpose: Purpose, use: Use, now: datetime) -> int:
        """Return how many requests a purpose will probably ask for until midnight."""
        usual = statistics.median(self._left_at(purpose, now))
        return max(round(usual * self._pace(purpose, use, now)), self._least(purpose, now))

    def goes_on_at(self, purpose: Purpose, use: Use, left: int, now: datetime) -> datetime:
        """Return when a purpose that is held back may probably ask again, if the others ask what is usual."""
        midnight = midnight_after(now)
        at = now
        while (at := at + _LOOKED_AHEAD) < midnight:
            spent = sum(self.expected(one, use, now) - self.expected(one, use, at) for one in served_before(purpose))
            if left - spent > self.reserve(purpose, use, at):
                return at
        return midnight

    def _least(self, purpose: Purpose, now: datetime) -> int:
        """Return what the runs still to come ask at least, so that each can look for orders."""
        if purpose is not Purpose.ORDERS or not self.interval_minutes:
            return 0
        minutes = (midnight_after(now) - now).total_seconds() / 60
        return math.ceil(minutes / self.interval_minutes) * _REQUESTS_OF_A_RUN

    def _left_at(self, purpose: Purpose, now: datetime) -> list[float]:
        """Return what each comparable day asked for from here on; the running hour counts whole to near its end."""
        hour = hour_in(self.day, now)
        passed = now.astimezone(BRASILIA) - now.astimezone(BRASILIA).replace(minute=0, second=0, microsecond=0)
        share = min((timedelta(hours=1) - passed) / _MELTS_IN_THE_LAST, 1.0)
        return [day[hour + 1] + (day[hour] - day[hour + 1]) * share for day in self._left[purpose]]

    def _pace(self, purpose: Purpose, use: Use, now: datetime) -> float:
        """Return how many times more than usual was asked for so far today; a slow day counts as a usual one."""
        hour = hour_in(self.day, now)
        usual = statistics.median(day[0] - day[hour + 1] for day in self._left[purpose])
        if self.is_guess:
            return 1.0
        return min(max(used(use, purpose) / max(usual, _PACE_FROM), 1.0), _FASTEST_PACE)


def _from_each_hour(hours: Sequence[int]) -> list[int]:
    """Return what is asked for from each hour on, and nothing after the last."""
    left = [0] * (HOURS + 1)
    for hour in range(len(hours) - 1, -1, -1):
        left[hour] = left[hour + 1] + hours[hour]
    return left
