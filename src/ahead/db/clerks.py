"""
Few database connections for many threads: a thread hands its query to one of a few clerks and waits for the result.

A connection takes megabytes of a PostgreSQL server, and on SQLite a reading of the whole schema. Hundreds of threads
that wait for Tray nearly all the time must not have one each.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from time import monotonic
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, connections

CLERKS = 4
# older connections are replaced: the file may be another one by now, or the server may have been away
_CONNECTION_SECONDS = 5.0

T = TypeVar("T")


class _Desk:
    """The clerks of this process, and since when their connections are good."""

    def __init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.clerks = ThreadPoolExecutor(CLERKS, thread_name_prefix="clerk")
        self.connections_since = 0.0


_asker = threading.local()
_desk = _Desk()
os.register_at_fork(after_in_child=_desk.open)  # a fork has none of the threads of its parent


def ask_by_clerk() -> None:
    """From here on, let a clerk run what this thread passes to `ask`."""
    _asker.has_clerk = True


def ask(question: Callable[[], T]) -> T:
    """
    Run `question` and return what it finds; for a thread that has clerks, on a clerk's connection, in no transaction.

    Whatever it raises is raised here.
    """
    if not getattr(_asker, "has_clerk", False):
        return question()
    return _desk.clerks.submit(copy_context().run, _asked, question).result()


def forget_connections() -> None:
    """Make every clerk open a new connection: the database behind the old ones was replaced."""
    _desk.connections_since = monotonic()


def _asked(question: Callable[[], T]) -> T:
    if getattr(_asker, "connected_at", 0.0) < max(_desk.connections_since, monotonic() - _CONNECTION_SECONDS):
        connections.close_all()
        _asker.connected_at = monotonic()
    try:
        return question()
    except (DatabaseError, InterfaceError):
        connections.close_all()
        raise
