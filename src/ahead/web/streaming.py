"""Exports that may be long: written row by row, never held whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO, TypeVar

from django.http import FileResponse, HttpRequest, StreamingHttpResponse

from ahead.db.paging import Page
from ahead.lib.sheets import Heading, csv_lines, write_model, write_xlsx

T = TypeVar("T")

READ_AT_ONCE = 500
FORMAT = "formato"  # of the address
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sheet_response(
    request: HttpRequest, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """Return rows as the file that was asked for: `?formato=xlsx`, or else CSV."""
    if request.GET.get(FORMAT) == "xlsx":
        return _xlsx(name, lambda file: write_xlsx(file, header, rows, title=name))
    return StreamingHttpResponse(
        csv_lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def model_response(name: str, headings: Sequence[Heading], example: Sequence[object]) -> StreamingHttpResponse:
    """Return an empty sheet to be filled in."""
    return _xlsx(name, lambda file: write_model(file, headings, example, title=name))


def _xlsx(name: str, write: Callable[[IO[bytes]], None]) -> StreamingHttpResponse:
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    write(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=_XLSX)


def every_row(page_of: Callable[[int], Page[T]]) -> Iterator[T]:
    """Yield the rows of a list that is read page by page, to its end."""
    number = 1
    while True:
        page = page_of(number)
        yield from page.rows
        if not page.has_next:
            return
        number += 1
