"""Lists of a screen: pages, sorting and files to take along."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import Page as ShownPage
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from ahead.db.paging import Page

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def page_number(request: HttpRequest) -> int:
    """Return the page asked for in the address; anything odd is the first."""
    text = request.GET.get("pagina", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def sort_of(request: HttpRequest, keys: dict[str, str], default: str) -> str:
    """Return the sorting for a query: `keys` names the columns of the address, `default` holds for all others."""
    asked = request.GET.get("ordem", "")
    field = keys.get(asked.removeprefix("-"))
    if field is None:
        return default
    return f"-{field}" if asked.startswith("-") else field


def shown(page: Page[Any]) -> ShownPage[int]:
    """Return what the pager draws for a page of a query; one that is not counted ends at the next page."""
    count = page.total if page.total is not None else page.number * page.size + int(page.has_next)
    return Paginator(range(count), page.size).get_page(page.number)


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a file that a Brazilian spreadsheet opens by itself: semicolons, UTF-8 with its mark."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return HttpResponse(
        "\ufeff" + text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _harmless(value: object) -> object:
    """A text that a spreadsheet would take for a formula is quoted; texts come from outside."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
