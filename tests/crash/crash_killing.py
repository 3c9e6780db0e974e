"""Where a sync is killed, and what kills it there."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import crash_worker

from ahead.sandbox.tray import TraySandbox

AT_REQUESTS = ("arrives", "answered", "auth arrives", "auth answered")
_ODDS = {"arrives": 5, "answered": 6, "commit": 4, "committed": 4, "statement": 4, "time": 4, "auth answered": 2}
_OPEN = {"01", "03", "08"}  # established, being established, left by the other side and not yet by ours
_NEVER = "never"


@dataclass(frozen=True)
class Point:
    """
    When a sync dies.

    - `arrives`, `answered`: its n-th request reached Tray and is not looked at; is carried out, and the answer lost
    - `auth …`: the same of a renewal of the tokens
    - `commit`, `committed`: just before and just after its n-th commit
    - `statement`: before its n-th statement
    - `time`: after n milliseconds
    """

    at: str = _NEVER
    number: int = 0


STRIDE = int(os.environ.get("CRASH_STRIDE", "5"))  # `make campaign` tries every point


def places() -> Iterator[int]:
    """Yield which request or commit to die at: every STRIDE-th, until a process outlives its point."""
    return itertools.count(1, STRIDE)


def points(random: Random) -> Iterable[Point]:
    """Yield points for ever: some soon after the start, most where a batch or two could be stored before."""
    while True:
        at = random.choices(list(_ODDS), list(_ODDS.values()))[0]
        if at.startswith("auth"):
            yield Point(random.choice(["auth answered", "auth answered", "auth arrives"]), 1)
        elif at in AT_REQUESTS:
            yield Point(at, random.randint(1, 12) if random.random() < 0.3 else random.randint(13, 75))
        elif at == "statement":
            yield Point(at, random.randint(1, 200))
        elif at == "time":
            yield Point(at, random.randint(20, 1_200))
        else:
            yield Point(at, random.randint(1, 12))


class Doorway:
    """Stands before the sandbox, counts the requests, and strikes at one of them. Its 429 asks for a second only."""

    def __init__(self, box: TraySandbox, app: Callable[..., Iterable[bytes]] | None = None) -> None:
        self.box = box
        self.arrived = 0
        self._app = app or box.app
        self._lock = threading.Lock()
        self._in_flight = 0
        self._port = 0
        self._point = Point()
        self._left = 0
        self._strike: Callable[[], None] = lambda: None

    def arm(self, point: Point, strike: Callable[[], None]) -> None:
        """Strike at this point of what comes from now on."""
        with self._lock:
            self._point, self._left, self._strike = point, point.number, strike

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, ("Retry-After", "1")] if status[:3] == "429" else headers, *more)

        with self._lock:
            self._in_flight += 1
            self.arrived += 1
            self._port = int(environ["SERVER_PORT"])
            is_now = self._is_now(environ["PATH_INFO"])
        try:
            if is_now and self._point.at.endswith("arrives"):
                self._strike()
                start_response("502 Bad Gateway", [("Content-Length", "0")])
                return []
            answer = list(self._app(environ, start))
            if is_now:
                self._strike()
            return answer
        finally:
            with self._lock:
                self._in_flight -= 1

    def _is_now(self, path: str) -> bool:
        if self._point.at not in AT_REQUESTS or (self._point.at.startswith("auth") and not path.endswith("/auth")):
            return False
        self._left -= 1
        return self._left == 0

    def wait_until_quiet(self) -> None:
        """Wait until what the dead one had sent is carried out: Tray changes for others only after that."""
        until = time.monotonic() + 120
        while self._in_flight or self._has_connections():
            assert time.monotonic() < until, "what the dead one had sent is still carried out"
            time.sleep(0.01)

    def _has_connections(self) -> bool:
        """What was sent and is not read yet lies in a connection that the system still keeps at our end."""
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        ends = [line.split()[1:4:2] for line in lines]
        return any(place.endswith(f":{self._port:04X}") and state in _OPEN for place, state in ends)


class Victims:
    """Runs syncs in processes of their own, one at a time, and kills them where it is told to."""

    def __init__(self, doorway: Doorway, *, database_url: str, errors: Path, **settings: str) -> None:
        self._doorway, self._errors = doorway, errors
        environment = {
            **os.environ,
            **settings,
            "DJANGO_SETTINGS_MODULE": "ahead.config.settings",
            "AHEAD_DATABASE_URL": database_url,
            "AHEAD_LOG_LEVEL": "ERROR",
        }
        with errors.open("wb") as output:
            self._warm = subprocess.Popen(
                [sys.executable, crash_worker.__file__],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                bufsize=1,
            )

    def close(self) -> None:
        """End the warm process."""
        self._warm.kill()
        self._warm.communicate()

    def said(self) -> str:
        """Return what the processes wrote about errors of theirs."""
        return self._errors.read_text()

    def sync(self, *, store_id: int, asked: int, holder: str, point: Point) -> int | None:
        """Sync, and return how it ended; None if it was killed."""
        ask = {"store_id": store_id, "asked": asked, "holder": holder}
        return self._run(self._doorway, {"do": "sync", **ask}, point)

    def notas(self, *, company_id: int, point: Point, sefaz: Doorway) -> int | None:
        """Work on the notas of a company, and return how that ended; None if it was killed."""
        return self._run(sefaz, {"do": "notas", "company_id": company_id}, point)

    def _run(self, doorway: Doorway, ask: dict[str, Any], point: Point) -> int | None:
        is_known = threading.Event()
        victim: list[int] = []

        def strike() -> None:
            is_known.wait(120)
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(victim[0], signal.SIGKILL)

        doorway.arm(point, strike)
        timer = threading.Timer(point.number / 1_000, strike)
        self._tell(json.dumps({**ask, "at": point.at, "number": point.number}))
        victim.append(os.pidfd_open(self._hear()))
        is_known.set()
        if point.at == "time":
            timer.start()
        status = self._hear()
        timer.cancel()
        doorway.arm(Point(), lambda: None)
        if timer.is_alive():
            timer.join()
        doorway.wait_until_quiet()
        self._doorway.wait_until_quiet()
        os.close(victim[0])
        return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    def _tell(self, line: str) -> None:
        assert self._warm.stdin is not None
        self._warm.stdin.write(line + "\n")

    def _hear(self) -> int:
        assert self._warm.stdout is not None
        line = self._warm.stdout.readline()
        assert line, self.said()
        return int(line)
