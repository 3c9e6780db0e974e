"""When to repeat a request and how long to wait first: pure decisions by cause."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import Enum

TRIES = 4
SHORTEST_WAIT = 0.5
LONGEST_WAIT = 8.0
RATE_LIMIT_WAIT = 60.0
LONGEST_RATE_LIMIT_WAIT = 600.0


class Fault(Enum):
    """Why a try gave nothing usable."""

    NOT_SENT = "not sent"  # no connection: Tray has seen nothing
    NO_ANSWER = "no answer"  # sent at least in part, then silence
    SERVER_ERROR = "server error"  # 5xx
    GARBLED = "garbled"  # success by status, but no JSON in the body
    IMPOSSIBLE = "impossible"  # the address itself is wrong: no try can help


def may_repeat(fault: Fault, *, repeatable: bool) -> bool:
    """Return whether sending the same request again is safe and may help."""
    if fault is Fault.IMPOSSIBLE:
        return False
    return repeatable or fault is Fault.NOT_SENT


def wait_before_next(fault: Fault, *, attempt: int, repeatable: bool, jitter: float) -> float | None:
    """
    Return the seconds to wait before trying again, or None to give up.

    `attempt` counts from 1; `jitter` lies in [0, 1) and spreads the wait by a quarter to each side.
    """
    if attempt >= TRIES or not may_repeat(fault, repeatable=repeatable):
        return None
    wait = SHORTEST_WAIT * float(4 ** (attempt - 1)) * (0.75 + jitter / 2)
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def rate_limit_wait(retry_after: str, *, now: datetime, in_a_row: int) -> float:
    """Return the seconds to stay away after a 429: what Tray asks, else 60 s, doubled up to 10 min."""
    asked = _seconds_asked(retry_after.strip(), now)
    if asked is not None:
        return asked
    return min(RATE_LIMIT_WAIT * float(2 ** (in_a_row - 1)), LONGEST_RATE_LIMIT_WAIT)


def _seconds_asked(header: str, now: datetime) -> float | None:
    if header.isascii() and header.isdigit() and len(header) < 10:
        return max(float(header), 1.0)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return max((until - now).total_seconds(), 1.0)
