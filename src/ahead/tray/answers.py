"""What Tray said, fit to be stored, and which error it means."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ahead.tray.errors import (
    InvalidRequest,
    MethodNotAllowed,
    NeedsReauthorisation,
    NotFound,
    Refused,
    StoreBlocked,
    StoreCancelled,
    StoreInactive,
    TrayError,
)
from ahead.tray.reading import Document, identity, integer, text

_LONGEST_CAUSE = 300
_LONGEST_BODY = 5000
_MOST_CAUSES = 20
_HALF_A_CHARACTER = re.compile("[\\ud800-\\udfff]")
_DONE = frozenset({"created", "saved", "deleted", "success"})
_OF_A_STORE: Mapping[int | None, type[TrayError]] = {
    1001: StoreBlocked,
    1002: StoreInactive,
    1003: StoreCancelled,
}
_OF_A_STATUS: Mapping[int, type[TrayError]] = {
    400: InvalidRequest,
    401: NeedsReauthorisation,
    404: NotFound,
    405: MethodNotAllowed,
    422: InvalidRequest,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer by HTTP: the JSON object in it as `document`, or None and its text as `body`."""

    status: int
    document: dict[str, Any] | None = field(repr=False)
    body: str = field(default="", repr=False)
    retry_after: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


def parsed(content: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a body, also from inside a JSON string, its texts `storable`; None if there is none."""
    found = _json(content)
    if isinstance(found, str):
        found = _json(found)
    if found == []:
        return {}
    return found if isinstance(found, dict) else None


def _json(content: bytes | str) -> object:
    try:
        return _storable(json.loads(content))
    except (ValueError, RecursionError):
        return None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(name): _storable(inner) for name, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


def storable(written: str) -> str:
    """Return text without what no database keeps: a NUL is left out, half of a surrogate pair becomes "\ufffd"."""
    if "\x00" in written:
        written = written.replace("\x00", "")
    return written if written.isascii() else _HALF_A_CHARACTER.sub("\ufffd", written)


def is_done(document: Document) -> bool:
    """Return whether Tray says it did what it was asked: by `code`, else by the word, else by an id."""
    code = integer(document.get("code"))
    if code is not None:
        return 200 <= code < 300
    return text(document.get("message")).casefold() in _DONE or identity(document.get("id")) is not None


def causes_of(answer: Answer) -> tuple[str, ...]:
    """Return why Tray says it failed: `causes`, else `errors`, `message`, `name`, else the raw text."""
    document = answer.document or {}
    for name in ("causes", "errors", "message", "name"):
        if causes := tuple(_flat(document.get(name))):
            return causes[:_MOST_CAUSES]
    body = " ".join(answer.body[:_LONGEST_BODY].split())
    return (body,) if body else ()


def told_causes(answer: Answer, scrub: Callable[[str], str]) -> tuple[str, ...]:
    """Return the causes fit to be told: scrubbed first and cut then, or half a secret would stay."""
    return tuple(scrub(cause)[:_LONGEST_CAUSE] for cause in causes_of(answer))


def _flat(value: object, label: str = "") -> Iterable[str]:
    """Yield the sentences in a string, a list, an object by field, or an object with message and field."""
    if isinstance(value, list):
        for inner in value:
            yield from _flat(inner, label)
    elif isinstance(value, dict):
        message = text(value.get("message")) or text(value.get("name"))
        if message:
            yield from _flat(message, text(value.get("field")) or label)
        else:
            for name, inner in value.items():
                yield from _flat(inner, name)
    elif written := text(value):
        yield f"{label}: {written}" if label and not written.startswith(f"{label}:") else written


def authorisation_code(answer: Answer) -> int | None:
    """Return Tray's own code of a 401: `error_code`, else `code` when it is one of 1000 to 1099."""
    document = answer.document or {}
    found = integer(document.get("error_code"))
    if found is not None:
        return found
    code = integer(document.get("code"))
    return code if code is not None and 1000 <= code <= 1099 else None


def store_error(answer: Answer) -> type[TrayError] | None:
    """Return the error of a store that is blocked, inactive or cancelled; None for any other answer."""
    return _OF_A_STORE.get(authorisation_code(answer)) if answer.status == 401 else None


def refusal(answer: Answer, *, method: str, path: str, scrub: Callable[[str], str]) -> TrayError:
    """Return the error a 4xx means."""
    kind = store_error(answer) or _OF_A_STATUS.get(answer.status, Refused)
    return kind(
        "refused by Tray",
        method=method,
        path=path,
        status=answer.status,
        causes=told_causes(answer, scrub),
    )
