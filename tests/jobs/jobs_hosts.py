"""Hosts over one PostgreSQL, each with a data folder and a clock of its own, and a person's browser at their webs."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from plugins.ports import free_port

HERE = Path(__file__).parent


@dataclass
class Answer:
    """What a web answered."""

    status: int
    body: bytes
    url: str

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Host:
    """A machine: its folder, how far its clock is ahead, and the processes on it."""

    folder: Path
    database_url: str
    seconds_ahead: float = 0.0
    web_port: int = 0
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def worker(self) -> None:
        """Start `ahead worker`."""
        self._start("worker", "--threads", "4")

    def works(self) -> bool:
        """Whether its worker has started."""
        return "jobs.worker.started" in self.said()

    def web(self) -> None:
        """Start `ahead web`."""
        self.web_port = free_port()
        self._start("web", "--bind", f"127.0.0.1:{self.web_port}", "--workers", "1", "--threads", "4")

    def listens(self) -> bool:
        """Whether its web answers."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.web_port)) == 0

    def shell(self) -> subprocess.Popen[str]:
        """Open a shell that is ready at once for commands."""
        return self._start()

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()

    def said(self) -> str:
        return (self.folder / "log").read_text()

    def _start(self, *words: str) -> subprocess.Popen[str]:
        self.folder.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "AHEAD_DATA_DIR": str(self.folder),
            "AHEAD_DATABASE_URL": self.database_url,
            "AHEAD_ALLOW_PRIVATE_HOSTS": "1",
            "AHEAD_ALLOWED_HOSTS": "127.0.0.1",
            "AHEAD_LOG_LEVEL": "INFO",
        }
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, str(HERE / "jobs_shell.py"), str(self.seconds_ahead), *words],
                env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self.processes.append(process)
        return process


def ran(shell: subprocess.Popen[str], words: str) -> dict[str, Any]:
    """Run a command in a shell and return its `code`, `out` and `err`."""
    assert shell.stdin is not None
    assert shell.stdout is not None
    shell.stdin.write(words + "\n")
    shell.stdin.flush()
    answer: dict[str, Any] = json.loads(shell.stdout.readline())
    return answer


def ready(shell: subprocess.Popen[str]) -> None:
    """Wait until a shell takes commands."""
    assert shell.stdout is not None
    assert shell.stdout.readline() == "ready\n"


class Browser:
    """A person's browser: cookies are of the name, whichever of the hosts answers under it."""

    def __init__(self) -> None:
        self._cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(self._cookies)

    def get(self, host: Host, path: str) -> Answer:
        return self._ask(urllib.request.Request(_address(host, path)))

    def post(self, host: Host, path: str, *, form_of: Host | None = None, page: str = "", **fields: str) -> Answer:
        """Send the form of a page; `form_of` is the host that showed it."""
        return self.send(host, path, {**fields, **self.form(form_of or host, page or path)})

    def send(self, host: Host, path: str, fields: dict[str, str], *, by_htmx: bool = False) -> Answer:
        """Send a form; by htmx only the part of the page that it is about comes back."""
        headers = {"HX-Request": "true"} if by_htmx else {}
        data = urllib.parse.urlencode(fields).encode()
        return self._ask(urllib.request.Request(_address(host, path), data=data, headers=headers))

    def form(self, host: Host, page: str) -> dict[str, str]:
        """Return what a form of this page sends besides its fields."""
        return {"csrfmiddlewaretoken": self._token(host, page)}

    def upload(self, host: Host, path: str, *, name: str, file: str, content: bytes, **fields: str) -> Answer:
        """Send a form with a file."""
        mark = uuid.uuid4().hex
        texts = {**fields, **self.form(host, path)}
        parts = [*((key, "", value.encode()) for key, value in texts.items()), (name, file, content)]
        body = b""
        for field_name, file_name, value in parts:
            file_part = f'; filename="{file_name}"\r\nContent-Type: application/octet-stream' if file_name else ""
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{field_name}"{file_part}\r\n\r\n'
            body += head.encode() + value + b"\r\n"
        body += f"--{mark}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        return self._ask(urllib.request.Request(_address(host, path), data=body, headers=headers))

    def log_in(self, host: Host, email: str, password: str) -> Answer:
        return self.post(host, "/entrar/", username=email, password=password)

    def _token(self, host: Host, page: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(host, page).text)
        assert found, f"{page} has no form"
        return found[1]

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Answer(answer.status, answer.read(), answer.url)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.read(), refusal.url or "")


def _address(host: Host, path: str) -> str:
    return f"http://127.0.0.1:{host.web_port}{path}"
