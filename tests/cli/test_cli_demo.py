"""`ahead demo` as a visitor meets it: it comes up, orders arrive, it ends whole, and it comes back."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from plugins.ports import free_port

START_SECONDS, END_SECONDS = 240, 120
pytestmark = [pytest.mark.kill, pytest.mark.timeout(1_200)]


def _wait(is_so: Callable[[], object], seconds: float, what: str, *, every: float = 0.2) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, what
        time.sleep(every)


def demo_words(port: int, tray_port: int, sefaz_port: int, sefaz_page: int) -> list[str]:
    """The words that start a demo on these ports."""
    options = {"port": port, "tray-port": tray_port, "sefaz-port": sefaz_port, "sefaz-admin-port": sefaz_page}
    return ["demo", *(word for name, number in options.items() for word in (f"--{name}", str(number)))]


class Demo:
    """A demo in a folder, started as often as wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.tray_port, self.sefaz_port, self.sefaz_page = (free_port() for _ in range(4))
        self.environment = {**os.environ, "AHEAD_DATA_DIR": str(folder / "var"), "AHEAD_ALLOW_PRIVATE_HOSTS": "0"}
        self.environment.pop("AHEAD_DATABASE_URL", None)
        self._process: subprocess.Popen[bytes] | None = None
        self._said = folder / "said"

    def start(self) -> None:
        words = demo_words(self.port, self.tray_port, self.sefaz_port, self.sefaz_page)
        with self._said.open("wb") as said:
            command = [sys.executable, "-m", "ahead.cli", *words]
            self._process = subprocess.Popen(command, env=self.environment, stdout=said, stderr=said)
        _wait(lambda: "está no ar" in self.said or self.has_ended, START_SECONDS, self.said)
        assert "está no ar" in self.said, self.said

    @property
    def said(self) -> str:
        return self._said.read_text()

    @property
    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def signal(self, number: int) -> int:
        assert self._process
        self._process.send_signal(number)
        return self._process.wait(END_SECONDS)

    def close(self) -> None:
        if self._process and not self.has_ended:
            self.signal(signal.SIGTERM)

    def parts(self) -> list[int]:
        """Return the ids of the processes that work in the demo's folder."""
        return [pid for pid in _processes() if self._belongs(pid)]

    def _belongs(self, pid: int) -> bool:
        try:
            words = Path(f"/proc/{pid}/environ").read_bytes()
            return f"AHEAD_DATA_DIR={self.folder / 'var'}".encode() in words.split(b"\0")
        except OSError:
            return False

    def run(self, *words: str) -> tuple[int, Any]:
        ran = subprocess.run(
            [sys.executable, "-m", "ahead.cli", *words, "--json"],
            env={**self.environment, "AHEAD_ALLOW_PRIVATE_HOSTS": "1"},
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        return ran.returncode, json.loads(ran.stdout)


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


class Visitor:
    """A browser without a screen: it keeps its cookies."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, **fields: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=START_SECONDS)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request(method, path, body=urlencode(fields), headers=headers)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.split(";")[0]
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def post(self, page: str, path: str, **fields: str) -> int:
        """Send the form of a page."""
        _, shown = self.ask("GET", page)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown)
        assert found, shown
        return self.ask("POST", path, csrfmiddlewaretoken=found[1], **fields)[0]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    made = Demo(tmp_path)
    try:
        yield made
    finally:
        try:
            made.close()
        finally:
            for pid in made.parts():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def test_a_visitor_logs_in_syncs_and_finds_it_again_after_a_kill(demo: Demo) -> None:
    demo.start()
    email = re.search(r"Entre com (\S+)", demo.said)
    password = re.search(r"Senha +(\S+)", demo.said)
    assert email
    assert password

    visitor = Visitor(demo.port)
    assert visitor.post("/entrar/", "/entrar/", username=email[1], password=password[1]) == 302
    page = "/casa-aurora/sincronizacao/"
    _, shown = visitor.ask("GET", page)
    action = re.search(rf'action="({page}[^"]*)"[^>]*method="post"|method="post"[^>]*action="({page}[^"]*)"', shown)
    assert action, shown
    assert visitor.post(page, action[1] or action[2]) == 302
    # a look at the page costs less than a program of its own, which takes its share from the sync it waits for
    _wait(lambda: not _is_busy(visitor, page), START_SECONDS, "the sync of the button has not ended", every=1)
    run = _ended_run(demo)
    assert (run["state"], run["orders_held"]) == ("with_errors", 2)
    assert run["orders_imported"] > 10
    assert run["stock_updated"] > 10

    _a_second_one_is_told_no(demo)

    demo.signal(signal.SIGKILL)
    _wait(lambda: not demo.parts(), END_SECONDS, f"left behind: {demo.parts()}")

    demo.tray_port = free_port()  # it finds its Lojas again at another address
    demo.start()
    code, document = demo.run("sync", "1")
    assert (code, document["run"]["state"], document["orders"]["imported"]) == (0, "clean", [])
    code, doctor = demo.run("doctor")
    assert code == 0, doctor
    assert demo.signal(signal.SIGINT) == 0
    assert demo.parts() == []
    assert "continua de onde parou" in demo.said


def _is_busy(visitor: Visitor, page: str) -> bool:
    _, shown = visitor.ask("GET", page)
    return "Na fila" in shown or "Em andamento" in shown


def _ended_run(demo: Demo) -> Any:
    _, found = demo.run("runs", "--store", "1")
    return next((run for run in found["runs"] if run["state"] != "running"), None)


def _a_second_one_is_told_no(demo: Demo) -> None:
    for ports, sentence in (
        ((demo.port, free_port()), f"Não dá para escutar em 127.0.0.1:{demo.port}"),
        ((free_port(), free_port()), "Já há uma demonstração rodando em"),
    ):
        words = demo_words(*ports, free_port(), free_port())
        command = [sys.executable, "-m", "ahead.cli", *words]
        ran = subprocess.run(
            command, env=demo.environment, capture_output=True, text=True, timeout=START_SECONDS, check=False
        )
        assert ran.returncode == 2
        assert sentence in ran.stderr
        assert len(ran.stderr.splitlines()) == 1


def test_a_real_company_is_left_alone(demo: Demo, migrated_sqlite: Path) -> None:
    (demo.folder / "var").mkdir()
    shutil.copy(migrated_sqlite, demo.folder / "var/ahead.sqlite3")
    assert demo.run("company", "add", "--name", "Padaria", "--cnpj", "11.222.333/0001-81")[0] == 0
    words = demo_words(demo.port, demo.tray_port, demo.sefaz_port, demo.sefaz_page)
    command = [sys.executable, "-m", "ahead.cli", *words]
    ran = subprocess.run(
        command, env=demo.environment, capture_output=True, text=True, timeout=START_SECONDS, check=False
    )
    assert ran.returncode == 2
    assert "já tem empresas (padaria) que não são da demonstração" in ran.stderr
