"""Reading request bodies: JSON, or form fields with bracket keys."""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from ahead.sandbox.tray.answers import invalid, unprocessable
from ahead.sandbox.tray.moments import money

_PART = re.compile(r"""[^\[\]"']+""")


def parse_body(raw: bytes) -> Any:
    """
    Return the body as nested values, whether it is JSON or form fields.

    :raises Refused: 400 if it looks like JSON and is not.
    """
    if raw.lstrip()[:1] in {b"{", b"["} and not raw.lstrip().startswith(b'["'):
        try:
            return json.loads(raw)
        except ValueError:
            raise invalid(body="JSON inválido") from None
    return parse_form(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))


def parse_form(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return form pairs as nested values: ``Order[status_id]``, ``ProductCfop[0][cfop]``."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        parts = _PART.findall(key) or [key]
        place = root
        for part in parts[:-1]:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else {}
        place[parts[-1]] = value
    return {key: _lists(value) for key, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def scalar(value: Any) -> str:
    """Return a scalar of a body as the string Tray would store."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def chosen(body: Mapping[str, Any], allowed: Iterable[str]) -> dict[str, str]:
    """Return the known scalar fields of a body; what is unknown is ignored, as Tray does."""
    return {name: scalar(body[name]) for name in allowed if name in body and not isinstance(body[name], (dict, list))}


def identifier(body: Mapping[str, Any], name: str) -> int:
    """Return an id of a body, 0 if it is not there or no number."""
    text = scalar(body.get(name))
    return int(text) if text.isdigit() else 0


def amounts(values: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    """
    Return the values with the named ones written as money.

    :raises Refused: 422 if one of them is not a number with a dot.
    """
    for name in names:
        if name in values:
            try:
                values[name] = money(values[name] or "0")
            except InvalidOperation:
                raise unprocessable(**{name: "valor inválido"}) from None
    return values


def whole_numbers(values: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    """
    Return the values with the named ones written as whole numbers.

    :raises Refused: 422 if one of them is not a number.
    """
    for name in names:
        if name in values:
            try:
                values[name] = str(int(Decimal(values[name] or "0")))
            except (InvalidOperation, ValueError):
                raise unprocessable(**{name: "valor inválido"}) from None
    return values
