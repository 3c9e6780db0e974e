"""What Tray refuses in the fields of a product or a variant: length, number, date."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ahead.sandbox.tray.answers import invalid
from ahead.sandbox.tray.moments import ZERO_DATE

_NUMBER = re.compile(r"\d+(\.\d+)?")
_WHOLE = re.compile(r"(-?)(\d+)(?:\.\d*)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Shape:
    """The limits of one kind of body; `whole` numbers have at most nine digits."""

    longest: Mapping[str, int]
    amounts: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    may_be_negative: frozenset[str] = field(default_factory=frozenset)


def check(values: Mapping[str, str], shape: Shape) -> None:
    """
    Accept the values, of which an empty one is always right.

    :raises Refused: 400 with a cause for each field that is wrong.
    """
    reasons = {name: reason for name, value in values.items() if value and (reason := _why_wrong(name, value, shape))}
    if reasons:
        raise invalid(**reasons)


def _why_wrong(name: str, value: str, shape: Shape) -> str:
    if name in shape.longest and len(value) > shape.longest[name]:
        return f"no máximo {shape.longest[name]} caracteres"
    if name in shape.amounts:
        return why_no_number(value)
    if name in shape.whole:
        return _why_not_whole(value, may_be_negative=name in shape.may_be_negative)
    if name in shape.days and value != ZERO_DATE and not _DAY.fullmatch(value):
        return "data inválida, use AAAA-MM-DD"
    return ""


def why_no_number(value: str) -> str:
    """Return why a text is no amount, empty if it is one: digits with a dot, never a comma."""
    return "" if _NUMBER.fullmatch(value) else "valor inválido"


def _why_not_whole(value: str, *, may_be_negative: bool) -> str:
    found = _WHOLE.fullmatch(value)
    if found is None or (found[1] and not may_be_negative):
        return "valor inválido"
    return "no máximo 9 dígitos" if len(found[2]) > 9 else ""
