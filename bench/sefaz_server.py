"""
The pretend SEFAZ in a process of its own: `python -m bench.sefaz_server FOLDER`, until its standard input is closed.

It prints where it listens. Each line it reads is answered by the requests it has had, by service.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ahead.sandbox.sefaz import SefazSandbox, serve


class Sefaz:
    """A pretend SEFAZ that runs in a process of its own."""

    def __init__(self, address: str, running: subprocess.Popen[str]) -> None:
        self.address = address
        self._running = running

    def requests(self) -> dict[str, int]:
        """Return how many requests it has had, by service."""
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        self._running.stdin.write("\n")
        self._running.stdin.flush()
        found: dict[str, int] = json.loads(self._running.stdout.readline())
        return found


@contextmanager
def sefaz(folder: Path) -> Iterator[Sefaz]:
    """Run a pretend SEFAZ while the block runs; its authority is kept in the folder."""
    command = [sys.executable, "-m", "bench.sefaz_server", str(folder)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        try:
            yield Sefaz(running.stdout.readline().strip(), running)
        finally:
            running.stdin.close()
            running.wait(timeout=30)


def main() -> None:
    """Serve, and say what arrived whenever asked."""
    box = SefazSandbox()
    box.switches.change({"counts_consumption": False})
    with serve(box, folder=Path(sys.argv[1])) as served:
        print(served.address, flush=True)
        while sys.stdin.readline():
            print(json.dumps(dict(box.counters.by_service)), flush=True)


if __name__ == "__main__":
    main()
