"""What fails between us and SEFAZ: answers dropped before and after it did what was asked, by seed and key."""

from __future__ import annotations

import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from ahead.sandbox.sefaz.app import Dropped
from campaign.plan import chance

SHARES = (("dropped before", 0.03), ("dropped after", 0.03), ("503", 0.01), ("page of a balancer, done", 0.01))
_KEY = re.compile(rb"(?:Id=\"NFe|<chNFe>)(\d{34})")  # up to the number: what follows is drawn anew each time
_PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body></body></html>"
App = Callable[..., Iterable[bytes]]


class SefazDoor:
    """Stands before the services: the n-th request about one number is answered, or it is not."""

    def __init__(self, seed: int) -> None:
        self.is_on = False
        self.injected: Counter[str] = Counter()
        self._seed = seed
        self._times: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def before(self, services: App) -> App:
        """Return the services with this door before them."""

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            kind = self._fault(environ["PATH_INFO"], body)
            if kind == "dropped before":
                raise Dropped
            if kind == "503":
                return _say_page(start_response, "503 Service Unavailable")
            answered = list(services(environ, start_response if kind is None else _silent))
            if kind == "dropped after":
                raise Dropped
            return answered if kind is None else _say_page(start_response, "200 OK")

        return answer

    def _fault(self, path: str, body: bytes) -> str | None:
        found = _KEY.search(body)
        number = found[1].decode()[25:] if found else ""
        with self._lock:
            self._times[path, number] += 1
            if not self.is_on:
                return None
            drawn = chance("sefaz", self._seed, path, number, self._times[path, number])
            for kind, share in SHARES:
                if drawn < share:
                    self.injected[f"SEFAZ {kind}"] += 1
                    return kind
                drawn -= share
        return None


def _silent(*_: Any) -> Any:
    """Nobody hears it."""


def _say_page(start_response: Callable[..., Any], status: str) -> list[bytes]:
    start_response(status, [("Content-Type", "text/html"), ("Content-Length", str(len(_PAGE)))])
    return [_PAGE]
