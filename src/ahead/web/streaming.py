"""Files to take along that may be long: written row by row, never held whole."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.http import StreamingHttpResponse

from ahead.db.paging import Page

T = TypeVar("T")

BRASILIA = ZoneInfo("America/Sao_Paulo")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROWS_AT_ONCE = 200
READ_AT_ONCE = 500


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def streamed_csv(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Return a file that a Brazilian spreadsheet opens by itself: semicolons, decimal commas, UTF-8 with its mark."""
    return StreamingHttpResponse(
        _lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def every_row(page_of: Callable[[int], Page[T]]) -> Iterator[T]:
    """Yield the rows of a list that is read page by page, to its end."""
    number = 1
    while True:
        page = page_of(number)
        yield from page.rows
        if not page.has_next:
            return
        number += 1


def _lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff" + writer.writerow(header)
    held: list[str] = []
    for row in rows:
        held.append(writer.writerow([_cell(value) for value in row]))
        if len(held) == _ROWS_AT_ONCE:
            yield "".join(held)
            held.clear()
    yield "".join(held)


def _cell(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    if isinstance(value, datetime):
        return f"{value.astimezone(BRASILIA):%d/%m/%Y %H:%M:%S}"
    # a text that a spreadsheet would take for a formula is quoted; texts come from outside
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
