"""
Few connections for many threads: what a thread asks of the database now and then, one of a few clerks asks for it.

A connection is megabytes of a PostgreSQL server, and on SQLite the whole schema, read anew. Threads that wait for
somebody else's server nearly all the time, hundreds of them, shall not have one each.
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
# a connection is not older: the file may be another one by then, or the server have been away
_CONNECTION_SECONDS = 5.0

T = TypeVar("T")


class _Desk:
    """Where the clerks of this process are to be found."""

    def __init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.clerks = ThreadPoolExecutor(CLERKS, thread_name_prefix="clerk")
        self.connections_since = 0.0


_asker = threading.local()
_desk = _Desk()
os.register_at_fork(after_in_child=_desk.open)  # the threads of the process this one was forked from are not here


def ask_by_clerk() -> None:
    """From here on, what this thread asks by `ask` is asked by a clerk."""
    _asker.has_clerk = True


def ask(question: Callable[[], T]) -> T:
    """
    Return what `question` finds; of a thread that has a clerk, on the clerk's connection and outside of transactions.

    Whatever it raises is raised here.
    """
    if not getattr(_asker, "has_clerk", False):
        return question()
    return _desk.clerks.submit(copy_context().run, _asked, question).result()


def forget_connections() -> None:
    """Let no clerk use the connection it has: the database behind it is another one by now."""
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
