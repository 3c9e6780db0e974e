"""The name of a worker: the same after a restart, never shared by two.

A slot is a locked file in the data folder. The system lets go of the lock when the process dies, however it
dies, so the worker started in its place takes the same slot, and under the same name recovers what was running.
"""

from __future__ import annotations

import fcntl
import os
import socket
import zlib
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
            yield "worker-0" if is_alone else f"{_place()}-{number}"
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
    return descriptor


def _place() -> str:
    """Two installations on one host have two data folders, so their slots get different names."""
    return f"{socket.gethostname()[:80]}-{zlib.crc32(str(settings.DATA_DIR).encode()):08x}"
