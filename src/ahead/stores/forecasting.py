"""What a store's day will come to: used, expected, waiting, and what of it will not fit. Values in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ahead.stores.planning import RANK, Plan, Purpose, Use, used

# of these only what waits by now is promised: what a past push asked for is no sign that another comes
_BY_WHAT_WAITS = frozenset({Purpose.STOCK, Purpose.CATALOGUE})


@dataclass(frozen=True, slots=True)
class Line:
    """One purpose: requests used today, expected to come until midnight, waiting now, and what of them will not fit."""

    purpose: Purpose
    used: int
    expected: int
    waiting: int
    unfit: int

    @property
    def needed(self) -> int:
        """How many requests it will need until midnight."""
        return self.expected + self.waiting


@dataclass(frozen=True, slots=True)
class Forecast:
    """A store's day as it probably goes on from here."""

    per_day: int
    used: int
    lines: tuple[Line, ...]
    is_guess: bool

    @property
    def left(self) -> int:
        """How many requests may still be sent today."""
        return max(self.per_day - self.used, 0)

    @property
    def planned(self) -> int:
        """How many of those that are left will probably be asked for."""
        return min(sum(line.needed for line in self.lines), self.left)

    @property
    def unfit(self) -> tuple[Line, ...]:
        """What will not fit today."""
        return tuple(line for line in self.lines if line.unfit)


def forecast(plan: Plan, use: Use, waiting: Mapping[Purpose, int], *, per_day: int, now: datetime) -> Forecast:
    """Return what the day will come to; what comes first takes first of what is left."""
    spent = sum(used(use, purpose) for purpose in RANK)
    left = max(per_day - spent, 0)
    lines = []
    for purpose in RANK:
        waits, expected = waiting.get(purpose, 0), plan.expected(purpose, use, now)
        unfit = max(waits + expected - left, 0)
        left = max(left - waits - expected, 0)
        lines.append(
            Line(
                purpose=purpose,
                used=used(use, purpose),
                expected=expected,
                waiting=waits,
                unfit=min(unfit, waits) if purpose in _BY_WHAT_WAITS else unfit,
            )
        )
    return Forecast(per_day, spent, tuple(lines), plan.is_guess)
