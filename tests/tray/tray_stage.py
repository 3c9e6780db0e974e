"""A scripted far side, standing where the network is, and a client in front of it."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx2
from tray_bodies import ACCESS, KEY, REFRESH, SECRET

from ahead.tray import MemoryTokens, TokenKeeper, Tokens, Tray

NOW = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
Reply = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]


def reply(body: object, status: int = 200, **headers: str) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx2.Response(status, content=content, headers={k.replace("_", "-"): v for k, v in headers.items()})


def saved() -> httpx2.Response:
    return reply({"message": "Saved", "id": "12", "code": 200})


class Script:
    """Answers each path with the replies given for it, in order; the last one stays."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Reply]] = {}
        self.seen: list[httpx2.Request] = []
        self._lock = threading.Lock()

    def on(self, route: str, *replies: Reply) -> "Script":
        self.replies[route] = list(replies)
        return self

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        route = f"{request.method} {request.url.path.removeprefix('/web_api')}"
        with self._lock:
            self.seen.append(request)
            waiting = self.replies.get(route)
            assert waiting, f"nobody expected {route}"
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx2.Response):
            return httpx2.Response(answer.status_code, content=answer.content, headers=_plain(answer))
        return answer(request)

    def routes(self) -> list[str]:
        return [f"{request.method} {request.url.path.removeprefix('/web_api')}" for request in self.seen]

    def query(self, position: int = -1) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.seen[position].url.query.decode()).items()}

    def sent(self, position: int = -1) -> Any:
        return json.loads(self.seen[position].content)

    def form(self, position: int = -1) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.seen[position].content.decode()).items()}


def _plain(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "content-length"}


class OpenBudget:
    """A budget without limit that remembers what it was asked."""

    def __init__(self) -> None:
        self.taken = 0
        self.slowed: list[float] = []
        self._lock = threading.Lock()

    def take(self) -> None:
        with self._lock:
            self.taken += 1

    def slow_down(self, seconds: float) -> None:
        self.slowed.append(seconds)


def some_tokens(access: str = ACCESS, refresh: str = REFRESH, *, life: timedelta = timedelta(hours=2)) -> Tokens:
    return Tokens(
        access=access,
        refresh=refresh,
        access_expires_at=NOW + life,
        refresh_expires_at=NOW + timedelta(days=20),
        store_id=391,
    )


class Stage:
    """A client, its far side, its keeper and its budget."""

    def __init__(self, keeper: TokenKeeper | None = None) -> None:
        self.script = Script()
        self.budget = OpenBudget()
        self.slept: list[float] = []
        self.keeper: TokenKeeper = keeper or MemoryTokens(some_tokens())
        self.tray = Tray(
            api_address="https://loja.example/web_api/",
            consumer_key=KEY,
            consumer_secret=SECRET,
            tokens=self.keeper,
            budget=self.budget,
            transport=httpx2.MockTransport(self.script),
            clock=lambda: NOW,
            sleep=self.slept.append,
            jitter=lambda: 0.5,
        )

    def on(self, route: str, *replies: Reply) -> "Stage":
        self.script.on(route, *replies)
        return self
