"""What fails at Tray: decided by the seed and by what is asked, not by when; and the door before it that counts."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any

from ahead.sandbox.tray import Store, TraySandbox
from ahead.sandbox.tray.courier import Courier
from ahead.sandbox.tray.faults import Faults
from ahead.sandbox.tray.moments import BRASILIA
from ahead.sandbox.tray.notices import Bell, Notice
from campaign.plan import chance

# of all requests; a tenth of the broken ones were carried out all the same
SHARES = (("500", 0.018), ("500-but-done", 0.002), ("429", 0.01), ("timeout-after-commit", 0.01))
TOKEN_DEATHS = 0.03  # of the pages of lists
REPEATED, SWAPPED, NEVER_SENT = 0.05, 0.05, 0.03
SWAP_SECONDS, REPEAT_SECONDS, GAP_SECONDS = 1.0, 2.0, 0.5

_STORE_PATH = re.compile(r"/lojas/(?P<slug>[^/]+)/web_api(?P<rest>/.*)?")
_ORDER_PATH = re.compile(r"/orders(?:/(?P<id>\d+)(?:/complete)?)?/?")


class IdentityFaults(Faults):
    """The faults of one store: the n-th time a path is asked for, it fails or it does not."""

    def __init__(self, seed: int, shop: Store) -> None:
        super().__init__(Random(0))
        self.is_on = False
        self.injected: Counter[str] = Counter()
        self._seed, self._shop = seed, shop
        self._times: Counter[tuple[str, str]] = Counter()

    def strike(self, method: str, path: str, template: str, *, is_list: bool) -> str | None:
        """Return the fault of this request, if any; the store's lock is held."""
        self._times[method, path] += 1
        if not self.is_on:
            return None
        identity = (self._seed, self._shop.slug, method, path, self._times[method, path])
        if is_list and chance("token", *identity) < TOKEN_DEATHS:
            self._shop.tokens.expire_access(self._shop.now)
            self.injected["token death mid-page"] += 1
            return None
        drawn = chance("fault", *identity)
        for kind, share in SHARES:
            if drawn < share:
                self.injected[kind] += 1
                return kind
            drawn -= share
        return None


class IdentityBell(Bell):
    """Rings for each change as Tray does; what becomes of the n-th notice of a record is the seed's."""

    def __init__(self, seed: int, shop: Store, courier: Courier) -> None:
        super().__init__(Random(0), shop.switches, courier, key=shop.consumer_key, seller_id=shop.store_id)
        self.is_on = False
        self.injected: Counter[str] = Counter()
        self.sent = 0
        self._seed, self._slug = seed, shop.slug
        self._times: Counter[tuple[str, int]] = Counter()

    def _ring(self, notice: Notice) -> None:
        self._times[notice.scope, notice.record_id] += 1
        times = self._times[notice.scope, notice.record_id]
        identity = (self._seed, self._slug, notice.scope, notice.record_id, times)
        wait = 0.0
        if self.is_on and chance("never", *identity) < NEVER_SENT:
            self.injected["notice never sent"] += 1
            return
        if self.is_on and chance("swapped", *identity) < SWAPPED:
            self.injected["notice swapped"] += 1
            wait = SWAP_SECONDS  # those that come next overtake it
        self._send(notice, wait)
        self.sent += 1
        if self.is_on and chance("repeated", *identity) < REPEATED:
            self.injected["notice repeated"] += 1
            self._send(notice, wait + REPEAT_SECONDS * chance("late", *identity))


class Door:
    """
    Stands before the pretend Tray: counts what arrives, and mixes zones.

    Instants that Tray writes without a zone are Brasília's. A third of the orders is shown with `-03:00` behind them, a
    third in UTC, and all of them mean what they meant. In turbo a 429 asks for one second instead of a minute.
    """

    def __init__(self, box: TraySandbox, *, seed: int, turbo: bool) -> None:
        self.arrived: Counter[str] = Counter()
        self.zoned: set[tuple[str, int]] = set()
        self.put: dict[tuple[str, int], list[datetime]] = defaultdict(list)  # when a status of an order was written
        self._app, self._seed, self._turbo = box.app, seed, turbo
        self._lock = threading.Lock()
        self._watches: list[tuple[int, Callable[[], None]]] = []
        self._last: dict[str, float] = {}
        self._total = 0

    def at(self, request: int, do: Callable[[], None]) -> None:
        """Do something when so many requests have arrived in all."""
        with self._lock:
            self._watches.append((request, do))

    @property
    def total(self) -> int:
        """How many requests arrived."""
        return self._total

    def last_at(self, slug: str) -> float:
        """When a store was asked for something last, by the monotonic clock."""
        return self._last.get(slug, 0.0)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        found = _STORE_PATH.fullmatch(environ["PATH_INFO"])
        if found is None:
            return self._app(environ, start_response)
        slug, rest = found["slug"], found["rest"] or "/"
        for do in self._count(slug, environ["REQUEST_METHOD"], rest):
            do()
        held: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            held[:] = [status, headers]
            return None

        body = b"".join(self._app(environ, start))  # type: ignore[arg-type]
        status, headers = held
        if status[:3] == "429" and self._turbo:
            headers = [*headers, ("Retry-After", "1")]
        if environ["REQUEST_METHOD"] == "GET" and status[:3] == "200" and _ORDER_PATH.fullmatch(rest):
            body = self._mixed(slug, body)
            headers = [pair for pair in headers if pair[0].lower() != "content-length"]
            headers.append(("Content-Length", str(len(body))))
        start_response(status, headers)
        return [body]

    def _count(self, slug: str, method: str, rest: str) -> list[Callable[[], None]]:
        with self._lock:
            self._total += 1
            self.arrived[f"{method} {re.sub(r'[0-9]+', 'N', rest)}"] += 1
            self._last[slug] = time.monotonic()
            if method == "PUT" and (order := _ORDER_PATH.fullmatch(rest)) and order["id"]:
                self.put[slug, int(order["id"])].append(datetime.now(UTC))
            due = [do for request, do in self._watches if request <= self._total]
            self._watches = [watch for watch in self._watches if watch[0] > self._total]
            return due

    def _mixed(self, slug: str, body: bytes) -> bytes:
        try:
            document = json.loads(body)
        except ValueError:
            return body  # it is broken on purpose
        rows = [row["Order"] for row in document.get("Orders", [])] or [document.get("Order", {})]
        for row in rows:
            if row.get("modified"):
                row["modified"] = self._zoned(slug, int(row["id"]), row["modified"])
        return json.dumps(document).encode()

    def _zoned(self, slug: str, order_id: int, text: str) -> str:
        drawn = chance("zone", self._seed, slug, order_id)
        if drawn < 1 / 3:
            return text
        self.zoned.add((slug, order_id))
        if drawn < 2 / 3:
            return f"{text.replace(' ', 'T')}-03:00"
        moment = datetime.fromisoformat(text).replace(tzinfo=BRASILIA)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
