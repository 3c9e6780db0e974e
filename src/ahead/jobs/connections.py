"""Database connections of the engine's threads."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections

P = ParamSpec("P")
R = TypeVar("R")


def own_connections(work: Callable[P, R]) -> Callable[P, R]:
    """
    Let `work` begin without a stale connection and leave none open behind it.

    Django closes connections at the end of a web request; a thread of the engine has none, and
    a hundred of them would keep a hundred connections of PostgreSQL busy for nothing.
    """

    @functools.wraps(work)
    def worked(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    return worked
