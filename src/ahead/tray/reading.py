"""Tolerant reading of Tray's scalars and shapes: odd input gives None or "", never an exception."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

BRASILIA = ZoneInfo("America/Sao_Paulo")

Document = Mapping[str, Any]

_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,10})?", re.ASCII)
_MONEY_NOISE = re.compile(r"R\$|\s", re.IGNORECASE)
_COMMA_DECIMALS = re.compile(r"[+-]?(?:\d{1,20}|[1-9]\d{0,2}(?:\.\d{3}){1,6}),\d{1,10}", re.ASCII)
_COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3}){1,6}(?:\.\d{1,10})?", re.ASCII)
_DOT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3}){2,6}", re.ASCII)
_BRAZILIAN_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})(.*)", re.ASCII | re.DOTALL)
_NOT_A_DIGIT = re.compile(r"[^0-9]")
_NOT_OF_A_DOCUMENT = re.compile(r"[^0-9A-Z]")
_TRUE = frozenset({"1", "true", "yes", "on", "sim", "s"})
_OLDEST_YEAR = 1900


def text(value: object) -> str:
    """Return a scalar as stripped text; "" for nothing, lists and objects."""
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def money(value: object) -> Decimal | None:
    """Return an amount written as "39.90", 39.9, "1.234,56", "1,234.56" or "R$ 5,00"; else None."""
    written = text(value)
    if _PLAIN_NUMBER.fullmatch(written):
        return Decimal(written)
    if isinstance(value, (int, float)):
        return _finite(Decimal(repr(value)))
    return _with_commas(_MONEY_NOISE.sub("", written))


def _with_commas(written: str) -> Decimal | None:
    """Return a number with marks of thousands or a decimal comma; None for "1,234", which may be either."""
    is_brazilian, is_american = _COMMA_DECIMALS.fullmatch(written), _COMMA_GROUPS.fullmatch(written)
    if is_brazilian and not is_american:
        return Decimal(written.replace(".", "").replace(",", "."))
    if is_american and not is_brazilian:
        return Decimal(written.replace(",", ""))
    if _PLAIN_NUMBER.fullmatch(written):
        return Decimal(written)
    return Decimal(written.replace(".", "")) if _DOT_GROUPS.fullmatch(written) else None


def _finite(number: Decimal) -> Decimal | None:
    return number if number.is_finite() else None


def integer(value: object) -> int | None:
    """Return a whole number written as 7, "7" or "7.00"; None for nothing, nonsense or a fraction."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.isdigit():
        return int(value)
    number = money(value)
    if number is None or number != number.to_integral_value():
        return None
    return int(number)


def identity(value: object) -> int | None:
    """Return an id; None for nothing and for Tray's "0"."""
    number = integer(value)
    return number if number is not None and number > 0 else None


def flag(value: object) -> bool:
    """Return whether a flag is set: "1", 1, true."""
    return text(value).lower() in _TRUE


def day(value: object) -> date | None:
    """Return a day; None for "", "0000-00-00", "0000-01-05" and days that do not exist."""
    written = _naive(value)
    return None if written is None else written.date()


def moment(value: object) -> datetime | None:
    """Return an instant in UTC from a Brasília time without zone (or from one that names its zone)."""
    written = _naive(value)
    if written is None:
        return None
    try:
        return (written if written.tzinfo else written.replace(tzinfo=BRASILIA)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def moment_of(on: date, at: time) -> datetime:
    """Return the instant in UTC of a Brasília day and hour."""
    return datetime.combine(on, at, tzinfo=BRASILIA).astimezone(UTC)


def hour(value: object) -> time | None:
    """Return a time of day written as "09:46:09" or "09:46"."""
    try:
        return time.fromisoformat(text(value)).replace(tzinfo=None)
    except ValueError:
        return None


def _naive(value: object) -> datetime | None:
    written = text(value)
    if len(written) < 8 or written.startswith("0000"):
        return None
    if brazilian := _BRAZILIAN_DAY.fullmatch(written):
        written = "{2}-{1}-{0}{3}".format(*brazilian.groups())
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        return None
    return read if read.year >= _OLDEST_YEAR else None


def digits(value: object) -> str:
    """Return only the digits."""
    return _NOT_A_DIGIT.sub("", text(value))


def document(value: object) -> str:
    """Return a CPF or CNPJ without punctuation; letters stay, for the alphanumeric CNPJ."""
    return _NOT_OF_A_DOCUMENT.sub("", text(value).upper())


def entity(value: object, name: str) -> dict[str, Any]:
    """Return one entity, wrapped in its name or bare, alone or as a list of one; {} for nothing."""
    found = entities(value, name)
    return found[0] if found else {}


def entities(value: object, name: str) -> list[dict[str, Any]]:
    """Return entities from a list, an object keyed by position, or one alone; each wrapped or bare."""
    if isinstance(value, dict):
        one_alone = name in value or not all(isinstance(row, dict) for row in value.values())
        rows: list[object] = [value] if one_alone else list(value.values())
    elif isinstance(value, list):
        rows = value
    else:
        return []
    found = []
    for row in rows:
        if isinstance(row, dict):
            inner = row.get(name, row)
            if isinstance(inner, dict) and inner:
                found.append(inner)
    return found
