"""How long Tray waits for an answer to a notification, at 200 a second, from the server as it ships."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from ahead.accounts.operations import create_company
from ahead.stores.connecting import mark_connected
from ahead.stores.operations import register_store
from ahead.webhooks.models import Notice
from ahead.webhooks.operations import open_address
from bench.rows import Row

_A_SECOND = 200
_SENDERS = 24
_REPEATED = 10  # every tenth is of the same order as the one before it
_SELLER = 999_001


def webhooks(*, quick: bool) -> Iterator[Row]:
    """Send new connections at a steady pace, first to a bare view under the same server, then to ours."""
    seconds = 5 if quick else 20
    secret, company_id = _set_up()
    path = f"/webhooks/tray/{secret}/"
    with _server(["-m", "bench.bare_view"]) as (port, session):
        floor, floor_cpu = _measured(port, session, "/", seconds)
    with _server(["-m", "ahead.cli", "web", "--bind"]) as (port, session):
        ours, cpu = _measured(port, session, path, seconds)
    kept = sum(Notice.objects.of(company_id).values_list("arrived", flat=True))
    assert kept == _A_SECOND * (seconds + 1), f"{kept} were kept"
    note = f"p50 {_at(ours, 0.5):.1f} ms, p99 {_at(ours, 0.99):.1f} ms, longest {ours[-1]:.0f} ms; a connection each"
    yield Row(
        f"webhook answered, {_A_SECOND}/s, p95", _at(ours, 0.95), "ms", _at(floor, 0.95), "a bare view", 20.0, note=note
    )
    yield Row("CPU of the server for each", cpu, "ms", floor_cpu, "a bare view")


def _measured(port: int, session: int, path: str, seconds: int) -> tuple[list[float], float]:
    """Return how long each answer took, in milliseconds, sorted; and those of CPU that the server took for each."""
    _send(port, path, 1)
    before = _cpu_seconds(session)
    times = _send(port, path, seconds)
    return times, (_cpu_seconds(session) - before) * 1000 / len(times)


def _cpu_seconds(session: int) -> float:
    """Return the CPU that all processes of a session have taken so far, as Linux counts it."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            fields = stat.read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[3]) == session else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _set_up() -> tuple[str, int]:
    now = datetime.now(UTC)
    company = create_company(name="Casa", slug="casa", cnpj="11.222.333/0001-81", by="bench", now=now)
    store = register_store(
        company=company, name="Loja", address="https://loja.example.com", consumer_key="ck", consumer_secret="cs",
        import_from=now.date(), by="bench", now=now,
    )  # fmt: skip
    mark_connected(store, api_address=f"{store.address}/web_api", tray_store_id=_SELLER, now=now, by="bench")
    return open_address(company=company, store_id=store.pk, by="bench", now=now), company.pk


@contextmanager
def _server(words: list[str]) -> Iterator[tuple[int, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "BENCH_PORT": str(port)}
    bind = [f"127.0.0.1:{port}"] if words[-1] == "--bind" else []
    process = subprocess.Popen([sys.executable, *words, *bind], env=environment, start_new_session=True)
    try:
        _wait_for(port, process)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the server did not come")


def _send(port: int, path: str, seconds: int) -> list[float]:
    """Return the milliseconds each answer took, sorted; one that is sent late counts from when it was due."""
    count, began = _A_SECOND * seconds, time.perf_counter() + 0.1
    requests = [_request(path, number) for number in range(count)]

    def one(number: int) -> float:
        due = began + number / _A_SECOND
        time.sleep(max(due - time.perf_counter(), 0))
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(requests[number])
            answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200"), answer[:80]
        return (time.perf_counter() - due) * 1000

    with ThreadPoolExecutor(_SENDERS) as senders:
        return sorted(senders.map(one, range(count)))


def _request(path: str, number: int) -> bytes:
    order = number - 1 if number % _REPEATED == 0 else number
    fields = {"seller_id": _SELLER, "scope_id": order + 2, "scope_name": "order", "act": "update", "app_code": 9}
    body = urlencode({**fields, "url_notification": "https://ahead.example.com/webhooks/tray/"})
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()


def _at(times: list[float], share: float) -> float:
    return times[min(int(len(times) * share), len(times) - 1)]
