"""What a database says of a row it refuses, kept out of logs and of Sentry: it repeats the row, people included."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

_HIDDEN = "***"
# To the end of what the error says, for a value may hold lines of its own; in a repr, a line ends with two characters.
_ROWS = re.compile(
    r"(?P<begin>(?:^|\n|\\n)\s*(?:DETAIL|CONTEXT|QUERY|STATEMENT|LINE \d+):).*?"
    r"(?=\n\n(?:The above exception|During handling)|\Z)",
    re.DOTALL,
)


def without_rows(text: str) -> str:
    """Return a text without what PostgreSQL adds to an error: the row, the key or the statement it was about."""
    return _ROWS.sub(rf"\g<begin> {_HIDDEN}", text)


def cut_rows(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut rows from all that is logged; a processor of structlog, to stand after the one that writes tracebacks."""
    return {name: _cut(value) for name, value in event.items()}


def _cut(value: Any) -> Any:
    if isinstance(value, BaseException):
        return without_rows(repr(value))
    if isinstance(value, str):
        return without_rows(value)
    if isinstance(value, Mapping):
        return {name: _cut(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cut(one) for one in value]
    return value
