"""Sends notifications to the one address of each application, again and again until it says 200."""

import http.client
import time
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlencode, urlsplit
from zlib import crc32

ANY_APPLICATION = "*"
KEPT = 2_000
GROWTH = 3.0
LONGEST_GAP_SECONDS = 24 * 60 * 60.0
GIVE_UP_SECONDS = 20 * 24 * 60 * 60.0
ANSWER_SECONDS = 10.0
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class NotOnThisMachine(ValueError):
    """A pretend Tray calls nobody outside of the machine it runs on."""


@dataclass(order=True, slots=True)
class Parcel:
    """A notification on its way; ordered by when it is due."""

    due_at: float
    number: int
    key: str = field(compare=False)
    fields: dict[str, str] = field(compare=False)
    gap: float = field(compare=False)
    given_up_at: float = field(compare=False)
    attempt: int = field(compare=False, default=1)


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt that was made; `status` is 0 where nobody answered."""

    seller_id: int
    scope: str
    record_id: int
    act: str
    attempt: int
    status: int


class Courier:
    """One for all stores of a sandbox; its thread lives only while something is on its way."""

    def __init__(self) -> None:
        self.addresses: dict[str, str] = {}
        self.revision = 0
        self.sendings: deque[Sending] = deque(maxlen=KEPT)
        self._changed = Condition()
        self._waiting: list[Parcel] = []
        self._numbers = count(1)
        self._thread: Thread | None = None
        self._is_sending = False

    def tell(self, address: str, key: str = ANY_APPLICATION) -> None:
        """
        Send the notifications of an application to an address from now on; an empty one ends that.

        :raises NotOnThisMachine: if it is no http address of this machine.
        """
        parts = urlsplit(address)
        if address and (parts.scheme != "http" or parts.hostname not in _LOOPBACK):
            raise NotOnThisMachine(f"{address} is no http address of this machine")
        self.revision += 1
        if address:
            self.addresses[key] = address
        else:
            self.addresses.pop(key, None)

    def address_of(self, key: str) -> str:
        """Return where the notifications of an application go, empty if nowhere."""
        return self.addresses.get(key) or self.addresses.get(ANY_APPLICATION, "")

    def send(self, key: str, fields: dict[str, str], *, wait: float, gap: float) -> None:
        """Put a notification on its way; `gap` is the first pause after a failure."""
        now = time.monotonic()
        parcel = Parcel(now + wait, next(self._numbers), key, fields, gap, now + GIVE_UP_SECONDS)
        self._put(parcel)

    def forget(self) -> None:
        """Drop everything that is on its way."""
        with self._changed:
            self._waiting.clear()
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many notifications are on their way."""
        with self._changed:
            return len(self._waiting) + self._is_sending

    def wait_until_idle(self, seconds: float = 10.0) -> bool:
        """Return whether everything was delivered, or dropped, within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._is_sending, seconds)

    def as_mapping(self) -> dict[str, Any]:
        """Return addresses and what was sent, as JSON can carry them."""
        rows = list(self.sendings)
        return {
            "addresses": dict(self.addresses),
            "waiting": self.waiting,
            "sent": sum(row.status == 200 for row in rows),
            "failed": sum(row.status != 200 for row in rows),
            "last": [[row.seller_id, row.scope, row.record_id, row.act, row.attempt, row.status] for row in rows[-20:]],
        }

    def _put(self, parcel: Parcel) -> None:
        with self._changed:
            heappush(self._waiting, parcel)
            if self._thread is None:
                self._thread = Thread(target=self._work, name="tray-sandbox-courier", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _work(self) -> None:
        while (parcel := self._next()) is not None:
            self._deliver(parcel)
            with self._changed:
                self._is_sending = False
                self._changed.notify_all()

    def _next(self) -> Parcel | None:
        with self._changed:
            while self._waiting:
                pause = self._waiting[0].due_at - time.monotonic()
                if pause <= 0:
                    self._is_sending = True
                    return heappop(self._waiting)
                self._changed.wait(pause)
            self._thread = None
            return None

    def _deliver(self, parcel: Parcel) -> None:
        address = self.address_of(parcel.key)
        if not address:
            return
        app_code = str(crc32(parcel.key.encode()) % 10_000)
        fields = {**parcel.fields, "app_code": app_code, "url_notification": address}
        status = _post(address, urlencode(fields))
        seller, scope, record, act = (parcel.fields[n] for n in ("seller_id", "scope_name", "scope_id", "act"))
        self.sendings.append(Sending(int(seller), scope, int(record), act, parcel.attempt, status))
        due_at = time.monotonic() + parcel.gap
        if status != 200 and due_at < parcel.given_up_at:
            gap = min(parcel.gap * GROWTH, LONGEST_GAP_SECONDS)
            again = (due_at, parcel.number, parcel.key, parcel.fields, gap, parcel.given_up_at, parcel.attempt + 1)
            self._put(Parcel(*again))


def _post(address: str, body: str) -> int:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ANSWER_SECONDS)
    try:
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
