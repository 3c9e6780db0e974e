"""A warm process that forks works to be killed: for each line of JSON it reads, one work and two lines of answer.

Forking costs milliseconds where starting Python and Django costs seconds, so that a hundred deaths fit in a test.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import django

WENT_WELL, FAILED, BUSY, LOST, BROKE = 0, 1, 3, 4, 5


def die() -> None:
    """End as a process ends whose machine lost its power."""
    os.kill(os.getpid(), signal.SIGKILL)


class Doom:
    """Lets this process die at its n-th write to the database, before or after it."""

    def __init__(self, at: str, number: int) -> None:
        self._at, self._left = at, number

    def begin(self) -> None:
        """Watch the connection of this thread."""
        from django.db import connection

        if self._at == "statement":
            connection.execute_wrappers.append(self._execute)
        elif self._at in {"commit", "committed"}:
            commit = connection._commit  # type: ignore[attr-defined]
            connection._commit = lambda: self._commit(commit)  # type: ignore[attr-defined]

    def _is_now(self) -> bool:
        self._left -= 1
        return self._left == 0

    def _execute(self, execute: Callable[..., Any], *call: Any) -> Any:
        if self._is_now():
            die()
        return execute(*call)

    def _commit(self, commit: Callable[[], None]) -> None:
        is_now = self._is_now()
        if is_now and self._at == "commit":
            die()
        commit()
        if is_now:
            die()


def sync(ask: dict[str, Any]) -> int:
    """Sync as a worker does, and return how it went."""
    from ahead.stores.leases import LostStore
    from ahead.stores.triggers import Trigger
    from ahead.sync.runner import StoreBusy, run_sync

    try:
        went_well = run_sync(
            store_id=ask["store_id"], asked=ask["asked"], trigger=Trigger.SCHEDULE, holder=ask["holder"]
        )
    except StoreBusy:
        return BUSY
    except LostStore:
        return LOST
    return WENT_WELL if went_well else FAILED


def notas(ask: dict[str, Any]) -> int:
    """Work on the notas of a company as a worker does."""
    from ahead.sync.invoicing import work_on_notas

    work_on_notas(ask["company_id"], holder=f"notas:{ask['company_id']}")
    return WENT_WELL


WORKS = {"sync": sync, "notas": notas}


def work(ask: dict[str, Any]) -> NoReturn:
    """Do what is asked, and end with a code that says how it went."""
    code = BROKE
    try:
        Doom(ask["at"], ask["number"]).begin()
        code = WORKS[ask["do"]](ask)
    except Exception:  # noqa: BLE001 - the process that started us judges it
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Fork one work for each line that comes, and say its process id, then how it ended."""
    django.setup()
    from ahead.sync import invoicing, runner  # noqa: F401 (warms what each child would load)
    from ahead.tray.door import shared_ssl_context

    shared_ssl_context()
    while line := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            work(json.loads(line))
        _say(pid)
        _say(os.waitpid(pid, 0)[1])


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
