"""Making sheets, and looking through and applying them as the jobs do."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ahead.accounts.models import Company
from ahead.lib.sheets import csv_lines, write_xlsx
from ahead.spreadsheets import operations, queries
from ahead.spreadsheets.models import SheetImport, SheetRow
from ahead.spreadsheets.parsing import Numbered
from ahead.spreadsheets.reading import open_sheet
from ahead.spreadsheets.working import work_on

BY = "oto@padaria.example"
NOW = datetime.fromisoformat("2026-11-24T15:00:00+00:00")


def csv_of(header: Sequence[str], *rows: Sequence[object]) -> bytes:
    """Return a CSV of ours."""
    return "".join(csv_lines(header, rows)).encode()


def xlsx_of(header: Sequence[str], *rows: Sequence[object]) -> bytes:
    """Return an XLSX of ours."""
    file = io.BytesIO()
    write_xlsx(file, header, rows, title="Planilha")
    return file.getvalue()


def read(content: bytes) -> tuple[list[str], list[Numbered]]:
    """Read a sheet as the jobs do, and return its headings and its rows."""
    with open_sheet(content) as opened:
        return opened.header, list(opened.rows)


def typed(*lines: str) -> bytes:
    """Return a CSV as somebody typed it."""
    return "\r\n".join(lines).encode()


def sent(company: Company, kind: str, content: bytes, **more: Any) -> SheetImport:
    """Send a sheet and look through it."""
    facts = {"name": "planilha.csv", "by": BY, "now": NOW, **more}
    sheet = operations.begin_import(company=company, kind=kind, content=content, **facts)
    return worked_on(sheet)


def worked_on(sheet: SheetImport) -> SheetImport:
    """Do what is due of a sheet, as the jobs would, and return it as it is then."""
    work_on(sheet.pk, now=lambda: NOW)
    return queries.sheet(sheet.company, sheet.pk)


def applied(sheet: SheetImport, *, without_wrong: bool = False) -> SheetImport:
    """Say yes to a sheet, and apply it."""
    operations.ask_apply(company=sheet.company, sheet_id=sheet.pk, without_wrong=without_wrong, by=BY, now=NOW)
    return worked_on(sheet)


def rows_of(sheet: SheetImport) -> list[SheetRow]:
    """Return all the rows of a sheet."""
    return queries.rows(sheet, size=1000).rows


def wrong_in(sheet: SheetImport) -> list[tuple[str, str]]:
    """Return each wrong cell of a sheet with what is said of it."""
    return [(error["cell"], error["text"]) for row in rows_of(sheet) for error in row.errors]


def counts_of(sheet: SheetImport) -> tuple[int, int, int, int]:
    """Return how many rows are new, changed, unchanged and wrong."""
    return sheet.new, sheet.changed, sheet.unchanged, sheet.wrong


def changes_of(sheets: Iterable[SheetRow]) -> list[dict[str, list[Any]]]:
    """Return what each row changes."""
    return [row.changes for row in sheets]
