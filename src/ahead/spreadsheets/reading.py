"""
Reading a file that somebody sent: in a process of its own with limits, because a small file may be made to take all.

What reads XLSX lays a sheet out whole and ends its process where it gets no memory; a worker that died so would take
everybody's syncs with it, and be sent the same sheet again. `reader` is that process, `parsing` what it does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

import structlog

from ahead.spreadsheets.parsing import Numbered
from ahead.spreadsheets.reader import NO_MEMORY, REFUSED
from ahead.spreadsheets.rules import WrongFile

log = structlog.get_logger(__name__)

_READER = (sys.executable, "-P", "-m", "ahead.spreadsheets.reader")
_MOST_MEGABYTES = 512  # 50,000 rows of 40 columns, all of them different texts, take 310
_MOST_CPU_SECONDS = 120  # the same takes 10
_MOST_SECONDS = 300  # on a machine that has much else to do
_READERS = threading.BoundedSemaphore(2)  # of this process
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")  # no keys, no passwords

_TOO_MUCH = (
    "Esta planilha pede memória demais para ser lida; nada mudou. Copie só as linhas e as colunas que vai importar "
    "para uma planilha nova, e envie a nova."
)
_TOO_LONG = "A leitura desta planilha demorou demais e foi interrompida; nada mudou. Divida-a em duas ou mais."
_KILLED = (
    "O servidor interrompeu a leitura desta planilha; nada mudou. Envie-a de novo; se repetir, divida-a em duas ou "
    "mais, ou avise a AHEAD."
)
_UNREADABLE = (
    "Não conseguimos ler esta planilha; nada mudou. No Excel ou no LibreOffice, use «Salvar como» XLSX ou CSV, e envie "
    "a nova; se repetir, avise a AHEAD."
)


@dataclass(frozen=True, slots=True)
class OpenedSheet:
    """A sheet that was read; `rows` gives those below the headings, once, without the empty ones."""

    header: list[str]
    total: int  # rows below the headings, or a few more
    rows: Iterator[Numbered]


@contextmanager
def open_sheet(content: bytes) -> Iterator[OpenedSheet]:
    """
    Give the first sheet of a file, whatever its name says it is; its rows lie on the disk, not in memory.

    :raises WrongFile: if it is no sheet, empty, larger than what is taken, or could not be read to its end.
    """
    with TemporaryFile() as file:
        with _READERS:
            _read(content, file)
        file.seek(0)
        first = json.loads(file.readline())
        yield OpenedSheet(first["header"], first["total"], _rows(file))


def _rows(file: IO[bytes]) -> Iterator[Numbered]:
    for line in file:
        yield from ((number, cells) for number, cells in json.loads(line))


def _read(content: bytes, file: IO[bytes]) -> None:
    """
    Have another process write a sheet as lines.

    :raises WrongFile: if it refuses the file, takes more than it may, or dies.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            [*_READER, str(_MOST_MEGABYTES), str(_MOST_CPU_SECONDS)],
            input=content,
            stdout=file,
            stderr=subprocess.PIPE,
            timeout=_MOST_SECONDS,
            check=False,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,  # Ctrl-C is for the worker
        )
    except subprocess.TimeoutExpired:
        log.warning("spreadsheets.reader.too_long", size=len(content))
        raise WrongFile(_TOO_LONG) from None
    if done.returncode == REFUSED:
        raise WrongFile(done.stderr.decode())
    if done.returncode:
        error = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        log.error("spreadsheets.reader.died", code=done.returncode, size=len(content), error=error[:200])
        raise WrongFile(_words(done.returncode))


def _words(code: int) -> str:
    """Return what is told of a reader that ended so: below zero it is the signal that ended it."""
    if code in {NO_MEMORY, -signal.SIGABRT}:  # the latter is how Rust ends without memory
        return _TOO_MUCH
    if code == -getattr(signal, "SIGXCPU", 0):
        return _TOO_LONG
    return _KILLED if code < 0 else _UNREADABLE
