"""Exports that may be long: written row by row, never held whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, TypeVar

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.template.loader import render_to_string

from ahead.db.paging import Page
from ahead.lib.sheets import Heading, TooManyRows, csv_lines, write_model, write_xlsx

T = TypeVar("T")

READ_AT_ONCE = 500
FORMAT = "formato"  # of the address
_MADE_AT_ONCE = threading.BoundedSemaphore(2)  # XLSX by this process: each is made whole, and holds one of its threads
_LONGEST_WAIT_SECONDS = 5.0
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sheet_response(
    request: HttpRequest, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """
    Return rows as the file that was asked for: `?formato=xlsx`, or else CSV, which has no end.

    Of more rows than an XLSX is made of, and while others are made, it is a page that says so, with the CSV beside it.
    """
    if request.GET.get(FORMAT) == "xlsx":
        return _xlsx_in_turn(request, name, lambda file: write_xlsx(file, header, rows, title=name))
    return StreamingHttpResponse(
        csv_lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def model_response(name: str, headings: Sequence[Heading], example: Sequence[object]) -> StreamingHttpResponse:
    """Return an empty sheet to be filled in."""
    return _xlsx(name, lambda file: write_model(file, headings, example, title=name))


def _xlsx_in_turn(request: HttpRequest, name: str, write: Callable[[IO[bytes]], None]) -> StreamingHttpResponse:
    if not _MADE_AT_ONCE.acquire(timeout=_LONGEST_WAIT_SECONDS):
        # not 503: a proxy takes that for a host that is down, and asks the next
        return _no_xlsx(request, "", status=429, headers={"Retry-After": "30"})
    try:
        return _xlsx(name, write)
    except TooManyRows as refusal:
        return _no_xlsx(request, str(refusal), status=422)
    finally:
        _MADE_AT_ONCE.release()


def _no_xlsx(
    request: HttpRequest, reason: str, *, status: int, headers: dict[str, str] | None = None
) -> StreamingHttpResponse:
    asked = request.GET.copy()
    del asked[FORMAT]
    facts = {"reason": reason, "csv_url": f"{request.path}?{asked.urlencode()}", "again_url": request.get_full_path()}
    return StreamingHttpResponse([render_to_string("no_xlsx.html", facts, request)], status=status, headers=headers)


def _xlsx(name: str, write: Callable[[IO[bytes]], None]) -> StreamingHttpResponse:
    with ExitStack() as unless_sent:
        file = unless_sent.enter_context(TemporaryFile())
        write(file)
        file.seek(0)
        unless_sent.pop_all()  # the response closes it
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
