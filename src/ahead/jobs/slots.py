"""The name of a worker: the same after a restart, never shared by two.

A slot is a locked file in the data folder. The system lets go of the lock when the process dies, however it
dies, so the worker started in its place takes the same slot, and under the same name recovers what was running.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from ahead.lib.errors import Refused

_MOST_SLOTS = 64


class AlreadyRunning(Refused):
    """There is no slot left for one more worker here."""


@contextmanager
def taken_slot() -> Iterator[str]:
    """
    Hold the lowest free slot of this box and yield the executor's name.

    :raises AlreadyRunning: if the database is SQLite and a worker runs already.
    """
    folder = Path(settings.DATA_DIR) / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    is_alone = str(settings.ENGINE_DATABASE_URL).startswith("sqlite")
    for number in range(1 if is_alone else _MOST_SLOTS):
        if (lock := _locked(folder / f"{number}.lock")) is None:
            continue
        try:
            yield "worker-0" if is_alone else f"{_place(folder)}-{number}"
        finally:
            os.close(lock)
        return
    if is_alone:
        raise AlreadyRunning(
            "Já há um worker rodando nesta máquina, e com SQLite só pode haver um; "
            "para ter mais, use PostgreSQL (AHEAD_DATABASE_URL)."
        )
    raise AlreadyRunning(f"Já há {_MOST_SLOTS} workers rodando nesta máquina.")


def _locked(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    os.set_inheritable(descriptor, True)  # the program a worker becomes when it leaves holds the slot until it ends
    return descriptor


def _place(folder: Path) -> str:
    """
    Return a name that no other installation has.

    Host names are not enough: two containers or copies of a machine may have the same one, one host two installations,
    and two hosts may share a folder.
    """
    return f"{socket.gethostname()[:80]}-{_kept_mark(folder / 'installation')}"


def _kept_mark(path: Path) -> str:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(secrets.token_hex(4))
    try:
        os.link(draft, path)  # of two processes that start at once, one wins and both read the same
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
