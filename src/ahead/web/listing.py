"""Lists of a screen: pages and sorting, from what the address says."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page as ShownPage
from django.core.paginator import Paginator
from django.http import HttpRequest

from ahead.db.paging import Page


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


def number_of(text: str | None) -> int | None:
    """Return the id that a filter of the address names, or None where it names none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None


def chosen_ids(request: HttpRequest, name: str) -> list[int]:
    """Return the ids of the rows that were selected."""
    return [found for text in request.GET.getlist(name) if (found := number_of(text)) is not None]


def asked_pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what the address asks for, to be sent along with a selection."""
    return [(name, value) for name, values in request.GET.lists() for value in values]
