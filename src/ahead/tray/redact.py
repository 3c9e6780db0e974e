"""Keeping tokens, codes and keys out of every message and log line."""

import logging
import re
from collections.abc import Iterable

HIDDEN = "***"
_SHORTEST_SECRET = 6
_NAMES = "access_token|refresh_token|consumer_key|consumer_secret"
_PATTERNS = (
    re.compile(rf"(?P<keep>\b(?:{_NAMES})[\"']?\s*(?:=|:|%3D)\s*[\"']?)[^&\s\"'<>,}}]+", re.IGNORECASE),
    re.compile(r"(?P<keep>\bcode[\"']?\s*(?:=|:|%3D)\s*[\"']?)[0-9A-Za-z]{16,}", re.IGNORECASE),
    re.compile(r"(?P<keep>)\bAPP_ID-\d+-(?:STORE_ID-\d+-)?\w+"),
    re.compile(r"(?P<keep>)\b[0-9a-fA-F]{64}\b"),
)


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without the given secrets and without anything shaped like one of Tray's."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<keep>{HIDDEN}", text)
    return text


class _WithoutQuery(logging.Filter):
    """Cuts the query off every address that httpx2 logs: Tray wants its token there."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "?" in message or "APP_ID-" in message:
            record.msg, record.args = scrub(re.sub(r"\?[^\s\"]*", f"?{HIDDEN}", message)), None
        return True


_FILTER = _WithoutQuery()
_LOGGERS = (
    "httpx2",
    "httpcore2.connection",
    "httpcore2.http11",
    "httpcore2.http2",
    "httpcore2.proxy",
    "httpcore2.socks",
)


def quieten_http_logs() -> None:
    """Make sure that the HTTP library cannot log a token; harmless when called again."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
