"""Pages of a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

T = TypeVar("T")
U = TypeVar("U")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; `total` is None where counting all would cost more than it tells."""

    rows: list[T]
    number: int
    pages: int
    total: int | None
    size: int

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return self.number < self.pages

    @property
    def has_previous(self) -> bool:
        """Whether there is a page before this one."""
        return self.number > 1

    @property
    def next(self) -> int:
        """The number of the page after this one; of the last page, its own."""
        return min(self.number + 1, self.pages)

    @property
    def previous(self) -> int:
        """The number of the page before this one; of the first page, its own."""
        return max(self.number - 1, 1)

    def turned_into(self, change: Callable[[T], U]) -> Page[U]:
        """Return the same page with each row changed."""
        return Page([change(row) for row in self.rows], self.number, self.pages, self.total, self.size)


def paginate(
    queryset: QuerySet[M, T], *, page: int, size: int, total: Callable[[], int | None] | None = None
) -> Page[T]:
    """
    Return one page of an ordered queryset; a number beyond either end gives the nearest page.

    `total` counts instead of `queryset.count()`, where that can be done cheaper. When it returns None, the
    list is not counted: one row too many is read, to know whether there is a next page.
    """
    counted = queryset.count() if total is None else total()
    if counted is None:
        number = max(page, 1)
        rows = list(queryset[(number - 1) * size : number * size + 1])
        return Page(rows[:size], number, number + (len(rows) > size), None, size)
    pages = max(-(-counted // size), 1)
    number = min(max(page, 1), pages)
    rows = list(queryset[(number - 1) * size : number * size]) if counted else []
    return Page(rows, number, pages, counted, size)
