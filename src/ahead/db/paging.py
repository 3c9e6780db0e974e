"""Pages of a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

T = TypeVar("T")
U = TypeVar("U")
M = TypeVar("M", bound=Model)

COUNTED_UP_TO = 10_000  # of a long list: to count on would cost more than it tells
DEEPEST_PAGE = 2_000  # of a list that is not counted: a database reads what lies before a page, too


@dataclass(frozen=True)
class Page(Generic[T]):
    """
    One page of a list.

    :ivar pages: How many there are; of a list that was not counted, up to the next one.
    :ivar total: How many rows there are, or None where counting all would cost more than it tells.
    :ivar more_than: How many rows were counted before counting stopped.
    """

    rows: list[T]
    number: int
    pages: int
    total: int | None
    size: int
    more_than: int = 0

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
        return Page([change(row) for row in self.rows], self.number, self.pages, self.total, self.size, self.more_than)


def paginate(
    queryset: QuerySet[M, T], *, page: int, size: int, counting: QuerySet[Any] | None = None, most: int | None = None
) -> Page[T]:
    """
    Return one page of an ordered queryset; a number beyond either end gives the nearest page.

    `counting` is counted instead of `queryset`, where the same rows come cheaper. With `most`, counting stops there;
    of a list that has more, one row too many is read, to know whether there is a next page.
    """
    found = (queryset if counting is None else counting).order_by()
    counted = found.count() if most is None else found[: most + 1].count()
    if most is not None and counted > most:
        return _uncounted(queryset, number=min(max(page, 1), DEEPEST_PAGE), size=size, more_than=most)
    pages = max(-(-counted // size), 1)
    number = min(max(page, 1), pages)
    rows = list(queryset[(number - 1) * size : number * size]) if counted else []
    return Page(rows, number, pages, counted, size)


def _uncounted(queryset: QuerySet[M, T], *, number: int, size: int, more_than: int) -> Page[T]:
    before = (number - 1) * size
    rows = list(queryset[before : before + size + 1])
    if not rows and number > 1:
        return _uncounted(queryset, number=1, size=size, more_than=more_than)
    if len(rows) <= size:  # the end is in sight, and with it how many there are
        return Page(rows, number, number, before + len(rows), size)
    return Page(rows[:size], number, min(number + 1, DEEPEST_PAGE), None, size, more_than)
