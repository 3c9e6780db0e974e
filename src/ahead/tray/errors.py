"""
Everything the Tray client raises, split by cause.

    TrayError
    ├── TrayUnreachable          no answer came, or the request could not be sent; try again later
    ├── OutcomeUnknown           a write was sent, perhaps carried out; look before repeating
    ├── TrayBroken               Tray answered 5xx, a redirect, HTML, nothing, or something that is not JSON
    │   └── Unreadable           JSON came, but what is required is missing (`problems` lists the paths)
    ├── RateLimited              429 twice in a row; wait `retry_after` seconds
    ├── DailyQuotaSpent          the budget has no request left today (raised by a Budget)
    ├── QuotaHeldBack            what is left of today is kept for something else (raised by a Budget)
    ├── Refused                  any other 4xx: the same request will be refused again
    │   ├── InvalidRequest       400, 422: `causes` says what is wrong
    │   ├── NotFound             404, or an empty entity where one was asked for
    │   └── MethodNotAllowed     405
    └── Unauthorised             401
        ├── NeedsReauthorisation every way to a token failed; the merchant must authorise again
        ├── StoreBlocked         1001
        ├── StoreInactive        1002
        └── StoreCancelled       1003

A message names the method, the path (never the query, which carries the token), the status and Tray's own
causes, all scrubbed of secrets. Every class survives pickling.
"""

from collections.abc import Iterable
from datetime import datetime


class TrayError(Exception):
    """Something went wrong between us and Tray."""

    def __init__(
        self,
        summary: str = "",
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
        causes: Iterable[str] = (),
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.method = method
        self.path = path
        self.status = status
        self.causes = tuple(causes)

    def __str__(self) -> str:
        where = f"{self.method} {self.path}".strip()
        what = " ".join(part for part in (str(self.status or ""), self.summary) if part)
        return ": ".join(part for part in (where, what, "; ".join(self.causes)) if part)


class TrayUnreachable(TrayError):
    """No answer came, or the request could not be sent at all."""


class OutcomeUnknown(TrayError):
    """A write that must not be repeated blindly was sent and its outcome is not known."""


class TrayBroken(TrayError):
    """Tray answered something no client can use; `text` holds the beginning of it."""

    def __init__(
        self,
        summary: str = "",
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
        causes: Iterable[str] = (),
        text: str = "",
    ) -> None:
        super().__init__(summary, method=method, path=path, status=status, causes=causes)
        self.text = text


class Unreadable(TrayBroken):
    """Tray answered JSON that lacks what the reading needs; `problems` lists the paths."""

    def __init__(
        self,
        problems: Iterable[str] | str = (),
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
    ) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("unreadable answer", method=method, path=path, status=status, causes=self.problems)

    def __reduce__(self) -> tuple[type["Unreadable"], tuple[tuple[str, ...]], dict[str, object]]:
        return type(self), (self.problems,), self.__dict__.copy()


class RateLimited(TrayError):
    """Tray said 429 twice in a row; nothing was done. Wait `retry_after` seconds."""

    def __init__(
        self,
        summary: str = "too many requests",
        *,
        retry_after: float = 60.0,
        method: str = "",
        path: str = "",
        status: int | None = 429,
        causes: Iterable[str] = (),
    ) -> None:
        super().__init__(summary, method=method, path=path, status=status, causes=causes)
        self.retry_after = retry_after


class DailyQuotaSpent(TrayError):
    """The budget has no request left for today."""


class QuotaHeldBack(TrayError):
    """What the budget has left for today is kept for something that comes first; ask again at `goes_on_at`."""

    def __init__(
        self,
        summary: str = "",
        *,
        goes_on_at: datetime | None = None,
        method: str = "",
        path: str = "",
        status: int | None = None,
        causes: Iterable[str] = (),
    ) -> None:
        super().__init__(summary, method=method, path=path, status=status, causes=causes)
        self.goes_on_at = goes_on_at


class Refused(TrayError):
    """Tray understood the request and refused it; repeating it changes nothing."""


class InvalidRequest(Refused):
    """400 or 422: a field is missing or a business rule was broken."""


class NotFound(Refused):
    """What was asked for does not exist at Tray, or exists no longer."""


class MethodNotAllowed(Refused):
    """405: the route exists but not for this method."""


class Unauthorised(TrayError):
    """401: Tray did not accept who we are."""


class NeedsReauthorisation(Unauthorised):
    """No token, no refresh and no code works any more: the merchant must authorise the application again."""


class StoreBlocked(Unauthorised):
    """1001: Tray has blocked the store."""


class StoreInactive(Unauthorised):
    """1002: the store is inactive at Tray."""


class StoreCancelled(Unauthorised):
    """1003: the store was cancelled at Tray."""
