"""Spreadsheet files: writing CSV and XLSX row by row, so that no program takes a text for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

from ahead.lib.brasilia import BRASILIA
from ahead.lib.errors import Refused

MOST_XLSX_ROWS = 100_000  # made whole before any of it can be sent: half a minute; Excel's own end is at 1,048,576
EMPTIED = "-"  # in a sheet that comes back: this cell is to be emptied
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_QUOTED = (*_FORMULA, "'")
_ROWS_AT_ONCE = 200
_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a model sheet: its name, what it takes, and the few values it may be, if they are few."""

    name: str
    note: str = ""
    choices: Sequence[str] = ()
    is_required: bool = False


class TooManyRows(Refused):
    """There is more than an XLSX is made of; nothing less is written in its place."""


def guarded(text: str) -> str:
    """Return a text of a CSV file with a quote before what would be taken for a formula; texts come from outside."""
    return f"'{text}" if text.startswith(_FORMULA) else _escaped(text)


def _escaped(text: str) -> str:
    """Return a text that `unguarded` gives back: only what it would change, or what means "empty", needs a quote."""
    is_changed = text.startswith("'") and text[1:].startswith(_QUOTED)
    return f"'{text}" if is_changed or text == EMPTIED else text


def unguarded(text: str) -> str:
    """Return a text without the quote that `guarded` gave it."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_QUOTED) else text


class AsIs(str):
    """A text that came from a sheet and means there what it says: "-" and its quotes are written as they are."""

    __slots__ = ()


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a file that a Brazilian spreadsheet opens by itself: semicolons, decimal commas, UTF-8 with its mark."""
    writer = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff" + writer.writerow([guarded(name) for name in header])
    held: list[str] = []
    for row in rows:
        held.append(writer.writerow([_csv_cell(value) for value in row]))
        if len(held) == _ROWS_AT_ONCE:
            yield "".join(held)
            held.clear()
    yield "".join(held)


def _csv_cell(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    if isinstance(value, bool):
        return _yes(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(BRASILIA):%d/%m/%Y %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, str):
        return value if _is_meant(value) else guarded(value)
    return value


def _is_meant(value: str) -> bool:
    return isinstance(value, AsIs) and (value == EMPTIED or value.startswith("'"))


def _yes(value: bool) -> str:
    return "sim" if value else "não"


def write_xlsx(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[object]], *, title: str) -> None:
    """
    Write a sheet, holding one row at a time; texts stay texts, whatever they begin with.

    :raises TooManyRows: if there are more than `MOST_XLSX_ROWS`; what is in the file then is of no use.
    """
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        page = book.add_worksheet(title[:31])
        write = _Cells(book, page).write
        bold = book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        page.set_column(0, max(len(header) - 1, 0), 18)
        for column, name in enumerate(header):
            page.write_string(0, column, name, bold)
        for number, row in enumerate(rows, start=1):
            if number > MOST_XLSX_ROWS:
                raise TooManyRows(f"São mais de {MOST_XLSX_ROWS:,} linhas.".replace(",", "."))
            for column, value in enumerate(row):
                write(number, column, value)


class _Cells:
    """Writes values as what they are: numbers as numbers, days as days, and texts as nothing but texts."""

    def __init__(self, book: Any, page: Any) -> None:
        self._page = page
        self._money = book.add_format({"num_format": "#,##0.00"})
        self._day = book.add_format({"num_format": "dd/mm/yyyy"})
        self._instant = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})

    def write(self, row: int, column: int, value: object) -> None:
        """Write one cell; nothing is written for None and the empty text."""
        page = self._page
        if isinstance(value, Decimal):
            page.write_number(row, column, float(value), self._money)
        elif isinstance(value, bool):
            page.write_string(row, column, _yes(value))
        elif isinstance(value, int):
            page.write_number(row, column, value)
        elif isinstance(value, datetime):
            page.write_datetime(row, column, value.astimezone(BRASILIA).replace(tzinfo=None), self._instant)
        elif isinstance(value, date):
            page.write_datetime(row, column, value, self._day)
        elif value not in {None, ""}:
            text = str(value)
            page.write_string(row, column, text if isinstance(value, AsIs) else _escaped(text))


def write_model(
    file: IO[bytes], headings: Sequence[Heading], example: Sequence[object], *, title: str, rows: int = 1000
) -> None:
    """Write an empty sheet to be filled in: headings with notes, one row as an example, and lists to choose from."""
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet(title[:31])
        plain = book.add_format({"bold": True})
        required = book.add_format({"bold": True, "bg_color": "#FFF3CD"})
        cells = _Cells(book, page)
        page.freeze_panes(1, 0)
        for column, (heading, value) in enumerate(zip(headings, example, strict=True)):
            page.set_column(column, column, min(max(len(heading.name) + 4, 14), _WIDEST))
            page.write_string(0, column, heading.name, required if heading.is_required else plain)
            if heading.note:
                page.write_comment(0, column, heading.note, {"x_scale": 2})
            if heading.choices and sum(map(len, heading.choices)) + len(heading.choices) <= 255:  # Excel's limit
                listed = {"validate": "list", "source": list(heading.choices)}
                page.data_validation(1, column, rows, column, listed)
            cells.write(1, column, value)
