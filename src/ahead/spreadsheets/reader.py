"""
Reads one sheet in a process of its own, which may die of it: the file comes by standard input, rows leave as lines.

`python -m ahead.spreadsheets.reader MEGABYTES SECONDS` writes lines of JSON: first the headings, then some rows in
each. It ends with 0 when all rows were written; with `REFUSED` when the file is no sheet that is taken, and the words
for the person by standard error; with `NO_MEMORY` when it takes more than it may. Nothing else is told by it: what
ended in another way was broken off, and what it wrote is not to be used.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ahead.spreadsheets.parsing import Numbered, ParsedSheet, parse_sheet
from ahead.spreadsheets.rules import WrongFile

REFUSED = 3
NO_MEMORY = 4
_LONGEST_LINE = 256 * 1024  # letters; one row more may be in it
_MOST_WRITTEN = 512 * 1024 * 1024


def main() -> int:
    """Read the sheet, and return the code to end with."""
    _limit(megabytes=int(sys.argv[1]), seconds=int(sys.argv[2]))
    try:
        write_sheet(parse_sheet(sys.stdin.buffer.read()), sys.stdout.buffer)
    except WrongFile as refusal:
        sys.stderr.buffer.write(str(refusal).encode())
        return REFUSED
    except MemoryError:
        return NO_MEMORY
    return 0


def write_sheet(sheet: ParsedSheet, file: BinaryIO) -> None:
    """
    Write a sheet as lines.

    :raises MemoryError: if it grows beyond all measure: the texts of a small file may be repeated without end.
    """
    written = file.write(_line({"header": sheet.header, "total": sheet.total}))
    for rows in _some_at_once(sheet.rows):
        written += file.write(_line(rows))
        if written > _MOST_WRITTEN:
            raise MemoryError
    file.flush()


def _line(value: object) -> bytes:
    # half a pair of UTF-16 is no letter, but what a damaged file may hold
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n"


def _some_at_once(rows: Iterator[Numbered]) -> Iterator[list[Numbered]]:
    held: list[Numbered] = []
    size = 0
    for number, cells in rows:
        held.append((number, cells))
        size += sum(map(len, cells))
        if size >= _LONGEST_LINE or len(held) == 500:
            yield held
            held, size = [], 0
    if held:
        yield held


def _limit(*, megabytes: int, seconds: int) -> None:
    """Take no more memory and processor time than this, where the system knows such limits, and leave no core."""
    with suppress(OSError):  # of Linux: where memory runs out, this one is to go, not the worker with all its syncs
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # of a worker that is told to end: it may wait for us
    try:
        import resource  # Unix only
    except ImportError:
        return
    limits = [(resource.RLIMIT_AS, megabytes * 1024 * 1024), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)]
    for limit, most in limits:
        with suppress(OSError, ValueError):  # macOS knows some by name only
            resource.setrlimit(limit, (most, resource.getrlimit(limit)[1]))


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)
