"""One row of a sheet while it is looked at: what its cells say, what it would change, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ahead.lib.errors import Refused
from ahead.spreadsheets.columns import Column, Layout, stored
from ahead.spreadsheets.rules import column_letters


@dataclass(slots=True)
class Entry:
    """A row; `said` is what its cells say, by field."""

    number: int
    cells: list[str]
    layout: Layout
    said: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)
    target: str = ""
    target_id: int | None = None
    facts: dict[str, int] = field(default_factory=dict)
    label: str = ""
    changes: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """What is to be done with it, a value of `SheetRow.State`."""
        if self.errors:
            return "wrong"
        if self.target_id is None:
            return "new"
        return "changed" if self.changes else "unchanged"

    def wrong(self, name: str, text: str) -> None:
        """Note what is wrong with the cell of a field, or with the row where the sheet has no such column."""
        place = self.layout.place(name)
        cell = f"{column_letters(place)}{self.number}" if place is not None else f"Linha {self.number}"
        column = self.layout.columns[place].name if place is not None else ""
        self.errors.append({"cell": cell, "column": column, "text": text})

    def is_wrong(self, name: str) -> bool:
        """Whether something is wrong with the cell of a field."""
        place = self.layout.place(name)
        return (
            any(error["column"] == self.layout.columns[place].name for error in self.errors)
            if place is not None
            else False
        )

    def change(self, name: str, old: Any, new: Any) -> None:
        """Note what a field would be instead of what it is."""
        if old != new:
            self.changes[name] = [stored(old), stored(new)]


def read_entry(layout: Layout, number: int, cells: Sequence[str]) -> Entry:
    """Return a row with what its cells say; an empty cell says nothing, a wrong one is noted."""
    entry = Entry(number, list(cells), layout)
    for place, column in layout.columns.items():
        text = cells[place] if place < len(cells) else ""
        if text:
            _read(entry, column, text)
    return entry


def _read(entry: Entry, column: Column, text: str) -> None:
    try:
        entry.said[column.field] = column.read(text)
    except Refused as refusal:
        entry.wrong(column.field, str(refusal))


@dataclass(slots=True)
class Seen:
    """What earlier rows of the sheet were about: nothing is said twice."""

    rows: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def is_first(self, entry: Entry, key: tuple[Any, ...], name: str, text: str) -> bool:
        """Whether no earlier row has this key; if one has, note it at the field, with `{}` for its number."""
        earlier = self.rows.setdefault(key, entry.number)
        if earlier != entry.number:
            entry.wrong(name, text.format(earlier))
        return earlier == entry.number


def texts_of(entries: Iterable[Entry], name: str) -> list[str]:
    """Return what the rows say in a field, each once."""
    return list(dict.fromkeys(entry.said[name] for entry in entries if entry.said.get(name)))
