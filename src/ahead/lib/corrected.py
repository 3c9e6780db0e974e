"""
What a person corrected of what a store says of a buyer or an address: it stays when the store says the same again, and
what the store says is kept beside it. Values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

Kept = dict[str, dict[str, str]]  # as a row keeps them: by column, what the store says, and who corrected it when


@dataclass(frozen=True, slots=True)
class Correction:
    """A column that a person set: what the store says of it, who set it, and when."""

    name: str
    said: str
    by: str
    at: datetime


def corrections(kept: Kept) -> dict[str, Correction]:
    """Return what was corrected in a row, by column."""
    return {
        name: Correction(name, one["said"], one["by"], datetime.fromisoformat(one["at"])) for name, one in kept.items()
    }


def corrected(kept: Kept, current: Mapping[str, str], given: Mapping[str, str], *, by: str, now: datetime) -> Kept:
    """Return the corrections of a row after a person wrote `given` over `current`; the store's own word is none."""
    found = dict(kept)
    for name, value in given.items():
        if value == current[name]:
            continue
        said = found[name]["said"] if name in found else current[name]
        if value == said:
            del found[name]
        else:
            found[name] = {"said": said, "by": by, "at": now.isoformat()}
    return found


def heeded(kept: Kept, current: Mapping[str, str], said: Mapping[str, str]) -> tuple[dict[str, str], Kept]:
    """
    Return which values a row takes over of what the store says now, and its corrections.

    A corrected column stays, with the new word of the store beside it, until the store says the same.
    """
    values: dict[str, str] = {}
    found = dict(kept)
    for name, value in said.items():
        if name not in found:
            values[name] = value
        elif value == current[name]:
            del found[name]
        else:
            found[name] = {**found[name], "said": value}
    return values, found


def taken_back(kept: Kept, names: Iterable[str]) -> tuple[dict[str, str], Kept]:
    """Return the store's values of these columns, and the corrections without them."""
    asked = set(names) & kept.keys()
    return {name: kept[name]["said"] for name in asked}, {name: kept[name] for name in kept if name not in asked}
