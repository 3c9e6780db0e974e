"""One lane for bulk writes on SQLite, so that a long import never starves a person's click.

SQLite has no queue for writers: a process that writes back to back keeps all others waiting (measured: a small
write of the web waited 1 to 8 seconds). One lane per process, that stays empty after each write for half as
long as that took, brings this to tens of milliseconds. The writer goes on meanwhile with what needs no lane; only
its next write waits. PostgreSQL needs none of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_SQLITE_WAIT_SECONDS = 20  # where the settings say nothing

_REST = 0.5  # of the time it wrote: with all of it small writes wait no less, and a sync takes longer
_LONGEST_REST_SECONDS = 0.25


class _Lane:
    """Whose turn it is, and since when the lane may be entered again."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.opens_at = 0.0


_LANE = _Lane()


@contextmanager
def bulk_lane() -> Iterator[None]:
    """Run the block in one transaction, in the lane of this process when the database is SQLite."""
    if connection.vendor != "sqlite":
        with transaction.atomic():
            yield
        return
    with _LANE.turn:
        if connection.in_atomic_block:
            with transaction.atomic():
                yield
            return
        time.sleep(max(_LANE.opens_at - time.monotonic(), 0.0))
        began = time.monotonic()
        try:
            with transaction.atomic():
                began = time.monotonic()  # the wait for another's write is no writing of ours
                yield
        finally:
            ended = time.monotonic()
            _LANE.opens_at = ended + min((ended - began) * _REST, _LONGEST_REST_SECONDS)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """
    Let a writer of SQLite wait only so long for its turn in this block; then it raises OperationalError.

    PostgreSQL has as many writers as come.
    """
    if connection.vendor != "sqlite":
        yield
        return
    usual = connection.settings_dict.get("OPTIONS", {}).get("timeout", _SQLITE_WAIT_SECONDS)
    _wait(seconds)
    try:
        yield
    finally:
        _wait(usual)


@contextmanager
def on_disk() -> Iterator[None]:
    """
    Let what is committed in this block be on the disk when the commit returns, whatever the machine does then.

    PostgreSQL always does so. SQLite, as we set it, is safe from the death of a process; what it committed in the last
    moments is lost in a power failure. Inside a transaction this does nothing: the block must enclose the transaction.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    _sync("FULL")
    try:
        yield
    finally:
        _sync("NORMAL")


def _sync(how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous = {how}")


def _wait(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
