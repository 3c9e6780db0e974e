"""The product as it is run: a database, the web and a worker in processes of their own, beside a pretend Tray."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, cast

import ahead
from ahead.sandbox.sefaz import Served
from ahead.sandbox.tray import TraySandbox
from plugins.ports import free_port

HERE = Path(__file__).parent
SOURCE = Path(ahead.__file__).parents[1]  # what runs is what the tests themselves import
AHEAD = [sys.executable, "-m", "ahead.cli"]
START_SECONDS, END_SECONDS = 180, 60  # on a machine that does much else; idle they take three and one


class DidNotStart(Exception):
    """A part of the product ended, or said nothing, before it was ready; the message holds what it logged."""


class Installation:
    """One installation: its folder, its processes and the sandbox its Lojas live in."""

    def __init__(
        self, folder: Path, tray: TraySandbox, tray_address: str, sefaz: Served, database_url: str = ""
    ) -> None:
        self.folder, self.tray, self.tray_address, self.sefaz = folder, tray, tray_address, sefaz
        self.address = f"http://127.0.0.1:{free_port()}"
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self.environment = {
            **os.environ,
            "AHEAD_DATA_DIR": str(folder / "var"),
            "AHEAD_ALLOW_PRIVATE_HOSTS": "1",
            "AHEAD_SEFAZ_ADDRESS": sefaz.address,
            "AHEAD_SEFAZ_AUTHORITIES": str(sefaz.ca_file),
            "AHEAD_LOG_LEVEL": "INFO",
            "DJANGO_SETTINGS_MODULE": "ahead.config.settings",
            "PYTHONPATH": os.pathsep.join([str(HERE), str(SOURCE)]),
        }
        self.environment.pop("AHEAD_DATABASE_URL", None)
        if database_url:
            self.environment["AHEAD_DATABASE_URL"] = database_url

    def start(self) -> None:
        """
        Make the database, then start the web, the worker and the process that prepares companies.

        :raises DidNotStart: if one of them does not come up.
        """
        (self.folder / "var").mkdir(exist_ok=True)
        self.run("migrate")
        bind = self.address.removeprefix("http://")
        self._begin("web", [*AHEAD, "web", "--bind", bind, "--workers", "1", "--end-with-stdin"])
        self._begin("worker", [*AHEAD, "worker", "--end-with-stdin"])
        self._begin("stage hand", [sys.executable, str(HERE / "stage_hand.py")], answers=True)
        self._wait("web", self._answers)
        self._wait("worker", lambda: "jobs.worker.started" in self.log("worker"))

    def run(self, *arguments: str, **environment: str) -> Any:
        """Run a command of `ahead` to its end and return the JSON it printed."""
        ran = subprocess.run(
            [*AHEAD, *arguments, "--json"],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert ran.returncode == 0, f"{' '.join(arguments)}\n{ran.stdout}\n{ran.stderr}"
        return json.loads(ran.stdout)

    def ask(self, what: str, **facts: Any) -> Any:
        """Have the stage hand prepare something, with the operations of the product, and return its answer."""
        hand = self._processes["stage hand"]
        assert hand.stdin
        assert hand.stdout
        hand.stdin.write(json.dumps([what, facts]) + "\n")
        hand.stdin.flush()
        answer = hand.stdout.readline()
        assert answer, self.log("stage hand")
        return json.loads(answer)

    def log(self, name: str, *, since: int = 0) -> str:
        """Return what a process logged, from the byte `since` on."""
        return self._log_file(name).read_bytes()[since:].decode(errors="replace")

    def log_sizes(self) -> dict[str, int]:
        """Return how much each process has logged so far."""
        return {name: self._log_file(name).stat().st_size for name in self._processes}

    def close(self) -> None:
        """End every process, gently first."""
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()

    def _begin(self, name: str, command: list[str], *, answers: bool = False) -> None:
        # each ends when its standard input does, even if this process is killed
        with self._log_file(name).open("wb") as log:
            output = subprocess.PIPE if answers else log
            self._processes[name] = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.PIPE, stdout=output, stderr=log, text=True
            )

    def _log_file(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _wait(self, name: str, is_ready: Any) -> None:
        until = time.monotonic() + START_SECONDS
        while not is_ready():
            if self._processes[name].poll() is not None or time.monotonic() > until:
                raise DidNotStart(f"{name}:\n{self.log(name)}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/saude", timeout=START_SECONDS) as answer:
                return cast("int", answer.status) == 200
        except (urllib.error.URLError, OSError):
            return False
