"""The request budget of a store: the protocol, and one for a single process."""

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Protocol

from ahead.tray.errors import DailyQuotaSpent
from ahead.tray.reading import BRASILIA


class Budget(Protocol):
    """Says when one more request may be sent; shared by everybody who talks to the same store."""

    def take(self) -> None:
        """
        Block until one request may be sent.

        :raises DailyQuotaSpent: if there is none left today.
        """

    def slow_down(self, seconds: float) -> None:
        """Let nobody send to this store for so many seconds: Tray said 429."""


class LocalBudget:
    """A budget for one process: a sliding minute and a count per day of Brasília."""

    def __init__(
        self,
        *,
        per_minute: int = 150,
        per_day: int = 10_000,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._per_minute, self._per_day = per_minute, per_day
        self._monotonic, self._sleep, self._clock = monotonic, sleep, clock
        self._lock = threading.Lock()
        self._sent: deque[float] = deque()
        self._closed_until = 0.0
        self._day, self._spent = date.min, 0

    def take(self) -> None:
        """
        Block until one request may be sent.

        :raises DailyQuotaSpent: if there is none left today.
        """
        while wait := self._seconds_to_wait():
            self._sleep(wait)

    def slow_down(self, seconds: float) -> None:
        """Let nobody send for so many seconds."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._monotonic() + seconds)

    def _seconds_to_wait(self) -> float:
        """Return 0 and count the request, or the seconds after which to ask again."""
        with self._lock:
            now, today = self._monotonic(), self._clock().astimezone(BRASILIA).date()
            if today != self._day:
                self._day, self._spent = today, 0
            if self._spent >= self._per_day:
                raise DailyQuotaSpent(f"all {self._per_day} requests of the day are spent")
            while self._sent and now - self._sent[0] >= 60:
                self._sent.popleft()
            if now < self._closed_until:
                return self._closed_until - now
            if len(self._sent) >= self._per_minute:
                return max(60 - (now - self._sent[0]), 0.001)
            self._sent.append(now)
            self._spent += 1
            return 0.0
