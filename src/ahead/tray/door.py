"""The one door to HTTP: sends a call, repeats it by cause, and hands back what Tray said."""

import functools
import random
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2

from ahead.tray import retry
from ahead.tray.answers import Answer, parsed, storable, told_causes
from ahead.tray.budget import Budget
from ahead.tray.errors import OutcomeUnknown, RateLimited, TrayBroken, TrayError, TrayUnreachable
from ahead.tray.redact import quieten_http_logs, scrub
from ahead.tray.retry import Fault

DEFAULT_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
JSON_BODY = "application/json"
FORM_BODY = "application/x-www-form-urlencoded"
_LIMITS = httpx2.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=60.0)
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "ahead-tray/1"}
_BODY_HEADERS = {kind: _HEADERS | {"Content-Type": kind} for kind in (JSON_BODY, FORM_BODY)}


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `query` is encoded and holds secrets; `repeatable`: doing it twice is doing it once."""

    method: str
    path: str
    query: str = field(default="", repr=False)
    body: bytes | None = field(default=None, repr=False)
    content_type: str = JSON_BODY
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class _Silence:
    """A try without any answer."""

    fault: Fault
    reason: str


@functools.cache
def shared_ssl_context() -> ssl.SSLContext:
    """Return the one TLS context of the process: each costs a load of all certificates in time and memory."""
    return httpx2.create_ssl_context()


def _new_http(transport: httpx2.BaseTransport | None) -> httpx2.Client:
    if transport is not None:
        return httpx2.Client(transport=transport)
    return httpx2.Client(verify=shared_ssl_context(), limits=_LIMITS)


class Door:
    """Sends calls to one store; may be used by several threads at once."""

    def __init__(
        self,
        *,
        api_address: str,
        budget: Budget,
        transport: httpx2.BaseTransport | None,
        http: httpx2.Client | None,
        timeout: httpx2.Timeout | float,
        secrets: Callable[[], Iterable[str]],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        quieten_http_logs()
        self._api_address = api_address
        self._budget = budget
        self._owns_http = http is None
        self._http = _new_http(transport) if http is None else http
        timeout = timeout if isinstance(timeout, httpx2.Timeout) else httpx2.Timeout(timeout)
        self._extensions = {"timeout": timeout.as_dict()}
        self._secrets, self._sleep, self._clock, self._jitter = secrets, sleep, clock, jitter
        self._counting = threading.Lock()
        self.requests_sent = 0

    def close(self) -> None:
        """Close the connections, unless the client was lent to us."""
        if self._owns_http:
            self._http.close()

    def scrub(self, text: str) -> str:
        """Return the text without this store's secrets."""
        return scrub(text, self._secrets())

    def send(self, call: Call) -> Answer:
        """
        Send a call, repeated as its cause allows, and return the answer: a 2xx with JSON, or a 4xx.

        :raises TrayUnreachable: if no answer came.
        :raises OutcomeUnknown: if a call that must not be repeated may have been carried out.
        :raises TrayBroken: if the answer is 5xx, a redirect or no JSON.
        :raises RateLimited: at the second 429 in a row.
        :raises DailyQuotaSpent: if the budget is spent.
        """
        attempt, limited = 1, 0
        while True:
            outcome = self._try(call)
            if isinstance(outcome, Answer) and outcome.status == 429:
                limited += 1
                self._sleep(self._stay_away(call, outcome, in_a_row=limited))
                continue
            limited = 0
            fault = outcome.fault if isinstance(outcome, _Silence) else _fault(outcome)
            if fault is None and isinstance(outcome, Answer):
                return outcome
            wait = fault and retry.wait_before_next(
                fault, attempt=attempt, repeatable=call.repeatable, jitter=self._jitter()
            )
            if wait is None:
                raise self._giving_up(call, outcome)
            self._sleep(wait)
            attempt += 1

    def _try(self, call: Call) -> Answer | _Silence:
        self._budget.take()
        with self._counting:
            self.requests_sent += 1
        # Silence is a value here: the exceptions of httpx2 hold the address with the token in it.
        try:
            response = self._http.send(self._request(call), follow_redirects=False)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError) as error:
            return _Silence(Fault.NOT_SENT, self._reason(error))
        except (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, httpx2.InvalidURL) as error:
            return _Silence(Fault.IMPOSSIBLE, self._reason(error))
        except httpx2.HTTPError as error:
            return _Silence(Fault.NO_ANSWER, self._reason(error))
        return _answer(response)

    def _request(self, call: Call) -> httpx2.Request:
        address = self._api_address + call.path
        return httpx2.Request(
            call.method,
            f"{address}?{call.query}" if call.query else address,
            headers=_HEADERS if call.body is None else _BODY_HEADERS[call.content_type],
            content=call.body,
            extensions=self._extensions,
        )

    def _reason(self, error: Exception) -> str:
        return self.scrub(f"{type(error).__name__}: {error}".removesuffix(": "))

    def _stay_away(self, call: Call, answer: Answer, *, in_a_row: int) -> float:
        """Tell everybody to stay away after a 429 and return for how long; raise at the second in a row."""
        wait = retry.rate_limit_wait(answer.retry_after, now=self._clock(), in_a_row=in_a_row)
        self._budget.slow_down(wait)
        if in_a_row > 1 or wait > retry.LONGEST_RATE_LIMIT_WAIT:
            raise RateLimited(retry_after=wait, method=call.method, path=call.path)
        return wait

    def _giving_up(self, call: Call, outcome: Answer | _Silence) -> TrayError:
        """Return the error for a call that no further try may help."""
        method, path = call.method, call.path
        if isinstance(outcome, _Silence):
            causes: tuple[str, ...] = (outcome.reason,)
            if outcome.fault is Fault.NO_ANSWER and not call.repeatable:
                return OutcomeUnknown("no answer", method=method, path=path, causes=causes)
            return TrayUnreachable("no answer", method=method, path=path, causes=causes)
        causes = told_causes(outcome, self.scrub) or ("empty body",)
        if not call.repeatable and not 300 <= outcome.status < 400:
            return OutcomeUnknown("unusable answer", method=method, path=path, status=outcome.status, causes=causes)
        return TrayBroken(
            "unusable answer",
            method=method,
            path=path,
            status=outcome.status,
            causes=causes,
            text=self.scrub(outcome.body)[:1000],
        )


def _answer(response: httpx2.Response) -> Answer:
    document = parsed(response.content)
    return Answer(
        status=response.status_code,
        document=document,
        body="" if document is not None else storable(response.headers.get("location") or response.text),
        retry_after=response.headers.get("retry-after", "") if response.status_code == 429 else "",
    )


def _fault(answer: Answer) -> Fault | None:
    """Return what is wrong with an answer; None for a 4xx, which is an answer like any other."""
    if answer.status >= 500:
        return Fault.SERVER_ERROR
    if answer.status < 200 or 300 <= answer.status < 400:
        return Fault.IMPOSSIBLE
    if answer.is_success and answer.document is None and answer.status != 204:
        return Fault.GARBLED
    return None
