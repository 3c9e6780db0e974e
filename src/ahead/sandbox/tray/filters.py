"""Lists: filters, sorting, paging and the envelope around the rows."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ahead.sandbox.tray.answers import Call, invalid
from ahead.sandbox.tray.records import Fields

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Store

MAX_LIMIT, DEFAULT_LIMIT = 50, 30
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Test = Callable[[str], bool]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """How one kind of row is listed."""

    model: str
    plural: str
    available: tuple[str, ...]
    rows: Callable[["Store"], Iterable[Row]]
    read: Callable[["Store", Row, str], str]
    write: Callable[["Store", Row], Fields]
    days: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    sorts: frozenset[str] = frozenset({"id"})
    newest_first: bool = False
    standing: Mapping[str, tuple[str, Test]] = field(default_factory=dict)


def answer_list(listing: Listing[Row], call: Call) -> dict[str, Any]:
    """
    Return one page of a list in its envelope.

    :raises Refused: 400 if a date filter is no date.
    """
    store, arguments = call.store, call.arguments
    applied, tests = _filters(listing, arguments)
    name, direction = _sort(listing, arguments, supported=store.switches.sort_supported)
    found = _found(listing, store, tests, applied, (name, direction))
    limit = min(_whole(arguments.get("limit"), DEFAULT_LIMIT), MAX_LIMIT)
    page = _whole(arguments.get("page"), 1)
    offset = (page - 1) * limit
    rows = [listing.write(store, row) for row in found[offset : offset + limit]]
    return {
        "paging": {
            "total": len(found),
            "page": page,
            "offset": offset,
            "limit": limit,
            "maxLimit": MAX_LIMIT,
        },
        "sort": [{name: direction}],
        "availableFilters": list(listing.available),
        "appliedFilters": applied or [],
        listing.plural: rows,
    }


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and int(text) > 0 else default


def _sort(listing: Listing[Row], arguments: Mapping[str, str], *, supported: bool) -> tuple[str, str]:
    default = ("id", "desc" if listing.newest_first else "asc")
    name, _, direction = arguments.get("sort", "").rpartition("_")
    if not supported or name not in listing.sorts or direction not in {"asc", "desc"}:
        return default
    return name, direction


def _found(
    listing: Listing[Row],
    store: "Store",
    tests: dict[str, Test],
    applied: dict[str, str],
    order: tuple[str, str],
) -> list[Row]:
    """Return the rows that pass; remembered until anything in the store changes."""
    key = (listing.plural, *order, *(f"{name}={value}" for name, value in applied.items()))
    remembered = store.list_memory.get(key)
    if remembered is not None and remembered[0] == store.revision:
        return remembered[1]
    checks = tests.items()
    found = [row for row in listing.rows(store) if all(test(listing.read(store, row, name)) for name, test in checks)]
    name, direction = order
    if name != "id":
        found.sort(key=lambda row: listing.read(store, row, name))
    if direction == "desc":
        found.reverse()
    if len(store.list_memory) > 20:
        store.list_memory.clear()
    store.list_memory[key] = (store.revision, found)
    return found


def _filters(listing: Listing[Row], arguments: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Test]]:
    applied: dict[str, str] = {}
    tests: dict[str, Test] = {}
    for name in listing.available:
        text = arguments.get(name, "")
        if not text or name in listing.ignored:
            continue
        column = f"{listing.model}.{name}"
        if name in listing.days:
            first, last = _days(name, text)
            tests[name] = _between(first, last)
            if first:
                applied[f"{column} >="] = f"{first} 00:00:00"
            if last:
                applied[f"{column} <="] = f"{last} 23:59:59"
        else:
            tests[name] = _equals(text)
            applied[column] = text
    for name, (condition, test) in listing.standing.items():
        if name not in tests:
            tests[name] = test
            column, _, value = condition.rpartition(" ")
            applied[column] = value
    return applied, tests


def _days(name: str, text: str) -> tuple[str, str]:
    first, comma, last = (part.strip() for part in text.partition(","))
    if not comma:
        last = first
    if any(bound and not _DAY.fullmatch(bound) for bound in (first, last)):
        raise invalid(**{name: "data inválida, use AAAA-MM-DD"})
    return first, last


def _between(first: str, last: str) -> Test:
    return lambda value: first <= value[:10] and (not last or value[:10] <= last)


def _equals(text: str) -> Test:
    wanted = text.casefold()
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return lambda value: value.casefold() == wanted

    def same(value: str) -> bool:
        if value.casefold() == wanted:
            return True
        try:
            return "." in value and Decimal(value) == amount
        except InvalidOperation:
            return False

    return same
