"""The processes of the demo: started in sessions of their own, ended by their ids, gone when the demo is gone."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ahead.lib.errors import Refused

_START_SECONDS = 120  # on a small machine that does other things as well
_END_SECONDS = 15
_LAST_LINES = 6


class PartFailed(Refused):
    """A part ended, or never became ready; the message shows what it said last."""


class Part:
    """One process, whose words go to a file."""

    def __init__(self, name: str, words: list[str], log: Path) -> None:
        self.name, self._log = name, log
        command = [sys.executable, "-m", "ahead.cli", *words, "--end-with-stdin"]
        with log.open("wb") as output:
            # A session of its own: Ctrl-C is for us alone, who then end the parts one by one. The pipe on its
            # standard input closes with us however we die, and the part ends with it.
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                command, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """
        Wait until the part is ready.

        :raises PartFailed: if it ends before, or takes too long.
        """
        deadline = time.monotonic() + _START_SECONDS
        while not is_ready():
            self.check()
            if time.monotonic() > deadline:
                raise PartFailed(f"{self.name} não respondeu em {_START_SECONDS} segundos. {self._last_words()}")
            time.sleep(0.1)

    def check(self) -> None:
        """
        Make sure that the part is running.

        :raises PartFailed: if it is not.
        """
        if self._process.poll() is not None:
            raise PartFailed(f"{self.name} terminou sozinho. {self._last_words()}")

    def ask_to_end(self) -> None:
        """Ask the part to end."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Wait for the part to end, and kill it if it does not."""
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the part at once, and the processes it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)  # its session is its own, so the group is its own, too
            self._process.wait()

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()[-_LAST_LINES:]
        said = "\n  ".join(lines) or "(nada)"
        return f"As últimas palavras dele, em {self._log}:\n  {said}"


def end_all(parts: list[Part]) -> None:
    """End every part: gently, all at once; at a second Ctrl-C without waiting."""
    try:
        for part in parts:
            part.ask_to_end()
        for part in parts:
            part.end()
    except KeyboardInterrupt:
        for part in parts:
            part.kill()


def answers(port: int, path: str = "/") -> bool:
    """Whether a server of ours answers."""
    try:
        return _ask(port, "GET", path)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def post(port: int, path: str) -> dict[str, Any]:
    """
    Return what a server of ours answers to a post.

    :raises PartFailed: if it refuses.
    """
    status, body = _ask(port, "POST", path, {})
    if status not in {200, 201}:
        raise PartFailed(f"O Tray de mentira respondeu {status} a {path}.")
    answer: dict[str, Any] = json.loads(body)
    return answer


def notify_at(port: int, consumer_key: str, address: str) -> None:
    """
    Let the pretend Tray notify an application at an address.

    :raises PartFailed: if it refuses.
    """
    status, _ = _ask(port, "PUT", "/_admin/webhooks", {"consumer_key": consumer_key, "address": address})
    if status != 200:
        raise PartFailed(f"O Tray de mentira respondeu {status} ao endereço dos avisos.")


def _ask(port: int, method: str, path: str, body: dict[str, str] | None = None) -> tuple[int, bytes]:
    # Not urllib: a proxy in the environment is not meant for our own machine.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
