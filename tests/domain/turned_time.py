"""Clocks that tests turn, and threads that share them."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection

START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


class Clock:
    """A clock that a test turns."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def most_in_a_minute(sent: list[datetime]) -> int:
    """Return the most requests in any 60 seconds, both ends included."""
    ordered = sorted(sent)
    return max(
        (bisect.bisect_right(ordered, at + timedelta(seconds=60)) - first for first, at in enumerate(ordered)),
        default=0,
    )


class VirtualTime:
    """Time that passes only while every thread sleeps, and then at once."""

    def __init__(self, threads: int) -> None:
        self._now, self._awake = START, threads
        self._turned = threading.Condition()
        self._wakes: list[datetime] = []

    def __call__(self) -> datetime:
        with self._turned:
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._turned:
            wake = self._now + timedelta(seconds=seconds)
            bisect.insort(self._wakes, wake)
            self._awake -= 1
            self._turn_if_all_sleep()
            self._turned.wait_for(lambda: self._now >= wake)

    def leave(self) -> None:
        with self._turned:
            self._awake -= 1
            self._turn_if_all_sleep()

    def _turn_if_all_sleep(self) -> None:
        if self._awake or not self._wakes:
            return
        self._now = max(self._now, self._wakes[0])
        woken = bisect.bisect_right(self._wakes, self._now)
        del self._wakes[:woken]
        self._awake += woken
        self._turned.notify_all()


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run `work` in so many threads, each with a connection of its own; the first error is raised here."""
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 (raised in the test's own thread)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]
