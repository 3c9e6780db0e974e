"""The sandbox's process, from outside: start it, ask it, end it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2


class Sandbox:
    """A sandbox that runs in a process of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx2.Client(base_url=address, timeout=300)

    def open_shop(self, slug: str, *, store_id: int, skus: int, orders: int = 0, days: int = 4) -> dict[str, Any]:
        """Open a store with so many products and orders; return a code to connect with, and the orders' ids."""
        body = {"slug": slug, "store_id": store_id, "skus": skus, "orders": orders, "days": days}
        answer: dict[str, Any] = self._ask("POST", "/_bench/shops", body)
        return answer

    def place_orders(self, slug: str, count: int, *, days: int = 0) -> list[int]:
        """Let so many orders arrive; return their ids."""
        answer: list[int] = self._ask("POST", "/_bench/orders", {"slug": slug, "count": count, "days": days})
        return answer

    def set_latency(self, slug: str, seconds: float) -> None:
        """Let every answer of a store take so much longer."""
        self._ask("PUT", f"/_admin/stores/{slug}/switches", {"latency_seconds": seconds})

    def log(self) -> list[tuple[str, str, str]]:
        """Return every request since it was forgotten last: method, address, body."""
        return [tuple(one) for one in self._ask("GET", "/_bench/log")["requests"]]

    def most_at_once(self) -> int:
        """Return how many requests were in hand at once, at most."""
        return int(self._ask("GET", "/_bench/log")["most_at_once"])

    def forget(self) -> None:
        """Forget the requests so far."""
        self._ask("DELETE", "/_bench/log")

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        return self._http.request(method, path, json=body).raise_for_status().json()


@contextmanager
def sandbox(*, threads: int = 16) -> Iterator[Sandbox]:
    """Run a sandbox while the block runs."""
    command = [sys.executable, "-m", "bench.server", "--threads", str(threads)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            yield Sandbox(server.stdout.readline().strip())
        finally:
            server.stdin.close()
            server.wait(timeout=30)
