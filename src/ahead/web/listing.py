"""Lists of a screen: pages and sorting, from what the address says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page as ShownPage
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ahead.db.paging import Page

if TYPE_CHECKING:
    from ahead.web.access import CompanyRequest


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


class OpenPaginator(Paginator):  # type: ignore[type-arg]
    """The pages of a list that was not counted: up to the next one; `more_than` rows were counted, 0 if none."""

    def __init__(self, page: Page[Any]) -> None:
        super().__init__(range(page.number * page.size + page.has_next), page.size)
        self.more_than = page.more_than


def shown(page: Page[Any]) -> ShownPage[int]:
    """Return what the pager and the head of a list draw for a page of a query."""
    paginator = OpenPaginator(page) if page.total is None else Paginator(range(page.total), page.size)
    return paginator.get_page(page.number)


def list_response(request: CompanyRequest, folder: str, facts: dict[str, Any]) -> HttpResponse:
    """Draw a list, or only what its filters change when htmx asks: `list.html` and `_list.html` of the folder."""
    is_fragment = request.htmx and not request.htmx.boosted
    response = render(request, f"{folder}/_list.html" if is_fragment else f"{folder}/list.html", facts)
    response.headers["Vary"] = "HX-Request"
    return response
