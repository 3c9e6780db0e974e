"""The processes of the program, as they run in production: workers and a web, watched, killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECONDS_TO_START = 120  # on a machine that does much else; idle it takes three
_ZONES = ("UTC", "America/Sao_Paulo", "Asia/Tokyo")  # where machines stand must not matter


@dataclass
class Machine:
    """A process that is started again whenever it ends, as a supervisor would."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    peak_mb: float = 0.0
    starts: int = 0
    down_until: float = 0.0
    unasked_ends: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start it; what it writes is added to its log. It ends with us, however we end."""
        with self.log.open("ab") as output:
            command = [sys.executable, "-m", "ahead.cli", *self.command, "--end-with-stdin"]
            self.process = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.starts += 1

    def kill(self, back_after: float) -> None:
        """End it with SIGKILL, and what it has forked; it comes back after so many seconds."""
        assert self.process is not None
        self.down_until = time.monotonic() + back_after
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    @property
    def pid(self) -> int:
        """Its process id; 0 while it is down."""
        return self.process.pid if self.process is not None and self.process.poll() is None else 0

    def said(self) -> str:
        """Return all it ever wrote."""
        return self.log.read_text(errors="replace")

    def look(self, *, is_over: bool) -> None:
        """Measure its memory, and start it again if it is down for long enough."""
        if self.process is None:
            return
        with suppress(OSError, IndexError):
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            self.peak_mb = max(self.peak_mb, int(status.split("VmHWM:")[1].split()[0]) / 1024)
        code = self.process.poll()
        if code is None or is_over or time.monotonic() < self.down_until:
            return
        if code != -9:
            self.unasked_ends.append(code)
        self.start()


class Machines:
    """All of them, and the one who looks after them."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, workers: int, web_port: int) -> None:
        self.workers = [self._worker(folder, dict(environment), number, workers) for number in range(workers)]
        web = ["web", "--bind", f"127.0.0.1:{web_port}", "--workers", "1", "--threads", "4"]
        self.web = Machine("web", web, dict(environment), folder / "web.log")
        self.web_port = web_port
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._mind, name="supervisor", daemon=True)

    @property
    def all(self) -> list[Machine]:
        """Workers and web."""
        return [*self.workers, self.web]

    def __enter__(self) -> Machines:
        for machine in self.all:
            machine.start()
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        self._thread.join()
        for machine in self.all:
            if machine.pid:
                machine.look(is_over=True)
                assert machine.process is not None
                machine.process.terminate()
        for machine in self.all:
            if machine.process is None:
                continue
            try:
                machine.process.wait(30)
            except subprocess.TimeoutExpired:
                machine.process.kill()
                machine.process.wait()

    def wait_until_up(self) -> None:
        """Wait until every worker has begun, and the web listens."""
        until = time.monotonic() + SECONDS_TO_START
        while not all(worker.said().count("jobs.worker.started") >= worker.starts > 0 for worker in self.workers):
            assert time.monotonic() < until, "".join(worker.said()[-2_000:] for worker in self.workers)
            time.sleep(0.1)
        while not self._is_web_up():
            assert time.monotonic() < until, self.web.said()[-2_000:]
            time.sleep(0.1)

    def _is_web_up(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.web_port)) == 0

    def _mind(self) -> None:
        while not self._over.wait(0.1):
            for machine in self.all:
                machine.look(is_over=self._over.is_set())

    @staticmethod
    def _worker(folder: Path, environment: dict[str, str], number: int, workers: int) -> Machine:
        """Each on a machine of its own; a single one keeps the folder of the database."""
        place = folder / f"machine-{number}" if workers > 1 else Path(environment["AHEAD_DATA_DIR"])
        place.mkdir(exist_ok=True)
        given = {**environment, "AHEAD_DATA_DIR": str(place), "TZ": _ZONES[number % len(_ZONES)]}
        return Machine(f"worker-{number}", ["worker", "--threads", "8"], given, folder / f"worker-{number}.log")


def environment_of(folder: Path, database_url: str, **more: str) -> dict[str, str]:
    """Return the environment of all processes of a history."""
    data = folder / "var"
    data.mkdir(parents=True, exist_ok=True)
    given = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ahead.config.settings",
        "AHEAD_ALLOW_PRIVATE_HOSTS": "1",
        "AHEAD_ALLOWED_HOSTS": "127.0.0.1",
        "AHEAD_LOG_LEVEL": "INFO",
        "AHEAD_SECRET_KEY": "a key of the campaign, as long as a real one would be",
        "AHEAD_SEALING_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "AHEAD_DATA_DIR": str(data),
        "AHEAD_DATABASE_URL": database_url,
        **more,
    }
    given.pop("PYTEST_CURRENT_TEST", None)
    return given
