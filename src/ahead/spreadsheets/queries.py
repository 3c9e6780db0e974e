"""Reading sheets: the list, one of them, its rows and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from ahead.accounts.models import Company
from ahead.db.paging import Page, paginate
from ahead.db.searching import words_in
from ahead.spreadsheets.columns import column_of
from ahead.spreadsheets.models import SheetImport, SheetRow

PAGE_SIZE = 50
KINDS: list[tuple[str, str]] = [(kind.value, str(kind.label)) for kind in SheetImport.Kind]
STATES: list[tuple[str, str]] = [(state.value, str(state.label)) for state in SheetImport.State]
_READ_AT_ONCE = 500
_SORTS = {
    name: (name, "-pk") for field in ("at", "name", "kind", "state", "by", "rows") for name in (field, f"-{field}")
}


def sheets(
    company: Company,
    *,
    search: str = "",
    kind: str = "",
    state: str = "",
    ids: Collection[int] = (),
    sort: str = "-at",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[SheetImport]:
    """Return a page of the sheets of a company, the latest first."""
    found = SheetImport.objects.of(company)
    if search.strip():
        found = found.filter(words_in("name", search))
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    if ids:
        found = found.filter(pk__in=ids)
    return paginate(found.order_by(*_SORTS.get(sort, _SORTS["-at"])), page=page, size=size)


def sheet(company: Company, sheet_id: int) -> SheetImport:
    """
    Return one sheet of the company.

    :raises SheetImport.DoesNotExist: if there is none, or it is another company's.
    """
    found: SheetImport = SheetImport.objects.of(company).get(pk=sheet_id)
    return found


def rows(sheet: SheetImport, *, state: str = "", page: int = 1, size: int = PAGE_SIZE) -> Page[SheetRow]:
    """Return a page of the rows of a sheet, in the order of the file; with a state, those alone."""
    found = SheetRow.objects.of(sheet.company_id).filter(sheet=sheet)
    if state:
        found = found.filter(state=state)
    return paginate(found.order_by("number"), page=page, size=size)


def changes_told(kind: str, row: SheetRow) -> list[tuple[str, str, str]]:
    """Return what a row would change, as (column, old, new) in words."""
    return [
        (column_of(kind, field).name, _told(column_of(kind, field).type, old), _told(column_of(kind, field).type, new))
        for field, (old, new) in row.changes.items()
    ]


def changes_plain(kind: str, row: SheetRow) -> list[tuple[str, Any, Any]]:
    """Return what a row would change, as (column, old, new): money as text, days as in ISO 8601, a category's path."""
    return [
        (column_of(kind, field).name, *(value[-1] if isinstance(value, list) else value for value in changed))
        for field, changed in row.changes.items()
    ]


def _told(kind: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, list):  # a category: its id and its path
        return str(value[-1])
    if isinstance(value, bool):
        return "sim" if value else "não"
    if kind == "money":
        return f"{Decimal(str(value)):.2f}".replace(".", ",")
    if kind == "day":
        return f"{date.fromisoformat(str(value)):%d/%m/%Y}"
    return str(value)


def wrong_rows(sheet: SheetImport) -> Iterator[SheetRow]:
    """Yield the wrong rows of a sheet, in the order of the file, never holding more than some hundreds."""
    return _rows_in(sheet, [SheetRow.State.WRONG])


def changing_rows(sheet: SheetImport) -> Iterator[SheetRow]:
    """Yield the rows of a sheet that make or change something, likewise."""
    return _rows_in(sheet, [SheetRow.State.NEW, SheetRow.State.CHANGED])


def _rows_in(sheet: SheetImport, states: Collection[str]) -> Iterator[SheetRow]:
    last = 0
    there = SheetRow.objects.of(sheet.company_id).filter(sheet=sheet, state__in=states)
    while found := list(there.filter(number__gt=last).order_by("number")[:_READ_AT_ONCE]):
        yield from found
        last = found[-1].number
