"""The death of a process, as near as one process can come to it: from some commit on it does nothing any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Death(BaseException):
    """What ends a process that dies here; nobody catches it, and what is done on its way out comes to nothing."""


@contextmanager
def dying(*, at_commit: int, is_through: bool) -> Iterator[None]:
    """Die at a commit of this thread, before or after it was carried out; a thread with fewer commits lives."""
    left, is_dead = at_commit, False
    commit = connection._commit  # type: ignore[attr-defined]

    def last_commit() -> None:
        nonlocal left, is_dead
        left -= 1
        is_dead = is_dead or left == 0
        if not is_dead or (left == 0 and is_through):
            commit()
        else:
            connection._rollback()  # type: ignore[attr-defined]
        if is_dead:
            raise Death

    def refuse(execute: Callable[..., Any], *call: Any) -> Any:
        if is_dead:
            raise Death
        return execute(*call)

    connection._commit = last_commit  # type: ignore[attr-defined]
    try:
        with connection.execute_wrapper(refuse):
            yield
    except Death:
        pass
    finally:
        del connection._commit  # type: ignore[attr-defined]
        connection.close()
