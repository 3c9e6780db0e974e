"""How values are written for Tray: every scalar as text, lists and objects as they are."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

Scalar = str | int | Decimal | date | bool | None
Field = Scalar | Sequence["Field"] | Mapping[str, "Field"]
Fields = Mapping[str, Field]
_Written = str | list["_Written"] | dict[str, "_Written"]


def written(value: Scalar) -> str:
    """
    Return a scalar the way Tray wants it: dots in decimals, 0 and 1 for flags, "" for nothing.

    Text stays as it is: one blank is how Tray is told to empty the slot of a picture.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def query_of(parameters: Mapping[str, Scalar]) -> str:
    """Return an encoded query; commas stay, for Tray's ranges. None leaves a parameter out."""
    return urlencode({name: written(value) for name, value in parameters.items() if value is not None}, safe=",")


def body_of(value: Field) -> bytes:
    """Return the JSON of a body, every scalar in it written as text."""
    return json.dumps(_written_all(value)).encode()


def _written_all(value: Field) -> _Written:
    if isinstance(value, Mapping):
        return {name: _written_all(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_written_all(inner) for inner in value]
    return written(value)
