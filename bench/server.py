"""
The sandbox in a process of its own, so that its work never counts as ours; `python -m bench.server`.

Beside the sandbox's addresses it answers ``POST /_bench/shops`` (open a store, stocked and with orders),
``POST /_bench/orders`` (let more arrive), and ``GET`` and ``DELETE /_bench/log`` (every request, as it came).
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import sys
import threading
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ahead.sandbox.tray import TraySandbox, serve

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_STOCK = 50_000


class Recorder:
    """Keeps every request to a store, and how many were in hand at once."""

    def __init__(self, box: TraySandbox) -> None:
        self._box = box
        self._app: WSGIApplication = box.app
        self._lock = threading.Lock()
        self._log: list[tuple[str, str, str]] = []
        self._now, self._most = 0, 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        if path.startswith("/_bench/"):
            return self._answer(environ, start_response)
        if not path.startswith("/lojas/"):
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        query = environ.get("QUERY_STRING", "")
        with self._lock:
            self._log.append((environ["REQUEST_METHOD"], f"{path}?{query}" if query else path, body.decode()))
            self._now += 1
            self._most = max(self._most, self._now)
        try:
            return self._app(environ, start_response)
        finally:
            with self._lock:
                self._now -= 1

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix("/_bench/")
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = json.dumps(self._done(asked, json.loads(raw or b"{}"))).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    def _done(self, asked: tuple[str, str], body: dict[str, Any]) -> Any:
        if asked == ("POST", "shops"):
            return self._open(**body)
        if asked == ("POST", "orders"):
            placed = self._box.stores[body.pop("slug")].place_orders(body.pop("count"), status="A ENVIAR", **body)
            return [order.id for order in placed]
        if asked == ("GET", "log"):
            return {"requests": self._log, "most_at_once": self._most}
        self._log, self._most = [], 0
        return {}

    def _open(self, slug: str, store_id: int, skus: int, orders: int, days: int) -> dict[str, Any]:
        shop = self._box.add_store(
            slug=slug,
            store_id=store_id,
            name=slug.title(),
            consumer_key=f"ck-{slug}",
            consumer_secret=f"cs-{slug}",
            rate_limit_per_minute=None,
        )
        for number in range(1, skus + 1):
            shop.add_product(
                name=f"Produto {number:06}",
                reference=f"SKU-{number:06}",
                price=Decimal(990 + number % 9000) / 100,
                stock=_STOCK,
                ncm="69120000",
                brand="Barro & Linho",
            )
        if orders:
            shop.place_orders(orders, status="A ENVIAR", days=days)
        gc.collect()
        gc.freeze()  # what was made here stays: the collector need not look through it at every request
        return {"code": shop.authorise(), "orders": list(shop.orders)}


def main() -> None:
    """Serve until the one who started us closes our standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=16)
    given = parser.parse_args()
    with serve(Recorder(TraySandbox(seed=11)), threads=given.threads) as address:
        print(address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
