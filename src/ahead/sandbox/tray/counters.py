"""What a store counted: requests by route and method, per minute and per day, and every write."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ahead.sandbox.tray.moments import stamp

WRITES_KEPT = 200_000


@dataclass(slots=True)
class Counters:
    """Counts since the start or the last reset."""

    total: int = 0
    by_route: Counter[str] = field(default_factory=Counter)
    by_method: Counter[str] = field(default_factory=Counter)
    by_answer: Counter[int] = field(default_factory=Counter)
    by_minute: Counter[str] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)
    writes: list[tuple[str, int | None, Any]] = field(default_factory=list)
    window_started: int = 0
    window_count: int = 0

    def arrived(self, method: str, route: str, now: datetime) -> None:
        """Count one request; windows are fixed, sixty seconds long."""
        text = stamp(now)
        self.total += 1
        self.by_route[route] += 1
        self.by_method[method] += 1
        self.by_minute[text[:16]] += 1
        self.by_day[text[:10]] += 1
        window = int(now.timestamp()) // 60
        if window != self.window_started:
            self.window_started, self.window_count = window, 0
        self.window_count += 1
        if len(self.by_minute) > 24 * 60:
            del self.by_minute[next(iter(self.by_minute))]

    def today(self, now: datetime) -> int:
        """Return how many requests arrived on this Brasília day."""
        return self.by_day[stamp(now)[:10]]

    def wrote(self, route: str, identifier: int | None, body: Any) -> None:
        """Remember a write that was done."""
        self.writes.append((route, identifier, body))
        if len(self.writes) > WRITES_KEPT:
            del self.writes[: WRITES_KEPT // 2]

    def reset(self) -> None:
        """Start counting anew; the rate window goes on, as it would at Tray."""
        self.total = 0
        self.writes.clear()
        for counter in (self.by_route, self.by_method, self.by_minute, self.by_day):
            counter.clear()
        self.by_answer.clear()

    def as_mapping(self) -> dict[str, Any]:
        """Return the counts as JSON can carry them."""
        return {
            "total": self.total,
            "by_route": dict(self.by_route),
            "by_method": dict(self.by_method),
            "by_answer": {str(code): count for code, count in self.by_answer.items()},
            "by_minute": dict(self.by_minute),
            "by_day": dict(self.by_day),
            "writes": [list(write) for write in self.writes],
        }
