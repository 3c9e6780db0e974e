"""
Small writes of many threads, made together: what waits while one write is under way goes in the next, all in one.

A commit costs much more than a row: a wait for the one writer of SQLite, and for the disk. With one thread that commits
for all, the more come at once, the less each costs, and one that comes alone waits for nothing. That thread keeps its
connection, where the threads of the web open and close theirs with each request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from time import monotonic
from typing import Generic, TypeVar

from django.db import DataError, IntegrityError, connections

# older connections are replaced: the file may be another one by now, or the server may have been away
_CONNECTION_SECONDS = 5.0

T = TypeVar("T")


class NotInTime(Exception):
    """It was not written within the time it had; it may still be written."""


class Together(Generic[T]):
    """Hands what many threads put to `write`, in one thread of its own that lives while there is anything to do."""

    def __init__(self, write: Callable[[Sequence[T]], None], *, name: str) -> None:
        self._write, self._name = write, name
        self._waiting: list[tuple[T, Future[None]]] = []
        self._changed = Condition()
        self._thread: Thread | None = None
        self._is_closing = False

    def put(self, item: T, *, seconds: float) -> None:
        """
        Return once `item` is written.

        :raises NotInTime: if that takes longer than `seconds`.
        :raises DatabaseError: if it cannot be written.
        """
        written: Future[None] = Future()
        with self._changed:
            self._waiting.append((item, written))
            if self._thread is None or not self._thread.is_alive():  # also of the process this one was forked from
                self._thread = Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()
        try:
            written.result(timeout=seconds)
        except TimeoutError:
            raise NotInTime(self._name) from None

    def close(self) -> None:
        """End the thread and its connection, after what waits; the next `put` begins anew."""
        with self._changed:
            thread, self._is_closing = self._thread, True
            self._changed.notify()
        if thread is not None:
            thread.join(timeout=10)
        self._is_closing = False

    def _work(self) -> None:
        closes_at = monotonic() + _CONNECTION_SECONDS
        try:
            while batch := self._next(closes_at - monotonic()):
                self._settle(batch)
                if monotonic() >= closes_at:
                    connections.close_all()
                    closes_at = monotonic() + _CONNECTION_SECONDS
        finally:
            connections.close_all()

    def _next(self, seconds: float) -> list[tuple[T, Future[None]]]:
        """Return all that waits, as soon as there is any; nothing once this thread is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closing, timeout=max(seconds, 0))
            batch, self._waiting = self._waiting, []
            if not batch:
                self._thread = None
            return batch

    def _settle(self, batch: Sequence[tuple[T, Future[None]]]) -> None:
        try:
            self._write([item for item, _ in batch])
        except (DataError, IntegrityError) as error:  # one of them is wrong; the others must not suffer from it
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            for one in batch:
                self._settle([one])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised in the threads that wait
            connections.close_all()
            for _, written in batch:
                written.set_exception(error)
        else:
            for _, written in batch:
                written.set_result(None)
