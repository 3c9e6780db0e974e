"""Looking at a sheet: its rows are read in batches, and what each would do is kept beside it for the person to see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F

from ahead.accounts.models import Company
from ahead.db.lane import bulk_lane
from ahead.db.updating import in_batches
from ahead.spreadsheets.columns import Layout, lay_out
from ahead.spreadsheets.entries import Entry, read_entry
from ahead.spreadsheets.looking import Look
from ahead.spreadsheets.models import SheetFile, SheetImport, SheetRow
from ahead.spreadsheets.parsing import Numbered
from ahead.spreadsheets.planning import plan_products, plan_stock
from ahead.spreadsheets.planning_listings import plan_listings, plan_prices
from ahead.spreadsheets.reading import open_sheet
from ahead.spreadsheets.rules import WrongFile

READ_AT_ONCE = 500
_PLANNERS: Mapping[str, Callable[[Look, Sequence[Entry]], None]] = {
    "products": plan_products,
    "prices": plan_prices,
    "stock": plan_stock,
    "listings": plan_listings,
}


class LostSheet(Exception):
    """Another process has taken the sheet over, or it was discarded: write nothing more."""


def look_through(sheet: SheetImport, *, now: Callable[[], datetime]) -> None:
    """
    Read a sheet, or what was read of it before, and say of each row what it would do; then it is ready to be applied.

    Repeated, it begins anew. A file that is no sheet makes it fail, with the reason in words.

    :raises LostSheet: if another process has taken it over, or it was discarded.
    """
    attempt = _begin(sheet)
    try:
        kept = SheetFile.objects.of(sheet.company_id).filter(sheet=sheet).first()
        if kept is not None:
            _read_file(sheet, attempt, bytes(kept.content))
        else:
            _look_again(sheet, attempt)
    except WrongFile as refusal:
        SheetRow.objects.of(sheet.company_id).filter(sheet=sheet).delete()
        _settle(sheet, attempt, now(), state=SheetImport.State.FAILED, note=str(refusal)[:500])
        return
    _settle(sheet, attempt, now(), state=SheetImport.State.READY, **_counts(sheet))


def _begin(sheet: SheetImport) -> int:
    with transaction.atomic():
        waiting = SheetImport.objects.of(sheet.company_id).filter(pk=sheet.pk, state=SheetImport.State.READING)
        if not waiting.update(attempt=F("attempt") + 1, done=0):
            raise LostSheet
        return SheetImport.objects.of(sheet.company_id).get(pk=sheet.pk).attempt


def _mine(sheet: SheetImport, attempt: int, **changes: object) -> None:
    """Write to the sheet in the transaction of its rows; a job that was taken over writes neither."""
    mine = SheetImport.objects.of(sheet.company_id).filter(
        pk=sheet.pk, attempt=attempt, state=SheetImport.State.READING
    )
    if not mine.update(**changes):
        raise LostSheet


def _read_file(sheet: SheetImport, attempt: int, content: bytes) -> None:
    with open_sheet(content) as opened:
        layout = lay_out(sheet.kind, opened.header, given=_given(sheet))
        with bulk_lane():
            _mine(sheet, attempt, header=opened.header, ignored=layout.ignored, total=opened.total)
            SheetRow.objects.of(sheet.company_id).filter(sheet=sheet).delete()
        _stage(sheet, attempt, layout, opened.rows)


def _given(sheet: SheetImport) -> tuple[str, ...]:
    return ("store",) if sheet.store_id is not None else ()


def _look_again(sheet: SheetImport, attempt: int) -> None:
    """Say anew what the rows would do that were read before."""
    rows = SheetRow.objects.of(sheet.company_id).filter(sheet=sheet)
    _mine(sheet, attempt, total=rows.count())
    _stage(sheet, attempt, lay_out(sheet.kind, sheet.header, given=_given(sheet)), _read_before(sheet))


def _read_before(sheet: SheetImport) -> Iterator[Numbered]:
    last = 0
    while True:
        rows = SheetRow.objects.of(sheet.company_id).filter(sheet=sheet, number__gt=last).order_by("number")
        found = list(rows.values_list("number", "cells")[:READ_AT_ONCE])
        if not found:
            return
        yield from found
        last = found[-1][0]


def _stage(sheet: SheetImport, attempt: int, layout: Layout, rows: Iterable[Numbered]) -> None:
    company: Company = sheet.company
    look, plan, done = Look(company, sheet.store), _PLANNERS[sheet.kind], 0
    for batch in in_batches(rows, READ_AT_ONCE):
        entries = [read_entry(layout, number, cells) for number, cells in batch]
        plan(look, entries)
        done += len(entries)
        with bulk_lane():
            _mine(sheet, attempt, done=done)
            numbers = [entry.number for entry in entries]
            SheetRow.objects.of(company).filter(sheet=sheet, number__in=numbers).delete()
            SheetRow.objects.bulk_create(_row(sheet, entry) for entry in entries)
    if not done:
        raise WrongFile("A planilha só tem a linha dos títulos.")


def _row(sheet: SheetImport, entry: Entry) -> SheetRow:
    return SheetRow(
        company_id=sheet.company_id,
        sheet=sheet,
        number=entry.number,
        cells=entry.cells,
        state=entry.state,
        target=entry.target,
        target_id=entry.target_id,
        facts=entry.facts,
        label=entry.label[:250],
        changes=entry.changes,
        errors=entry.errors,
    )


def _counts(sheet: SheetImport) -> dict[str, int]:
    rows = SheetRow.objects.of(sheet.company_id).filter(sheet=sheet).order_by()
    by_state = dict(rows.values_list("state").annotate(count=Count("pk")))
    counts = {state: by_state.get(state, 0) for state in SheetRow.State.values}
    return {**counts, "rows": sum(counts.values())}


def _settle(sheet: SheetImport, attempt: int, now: datetime, **changes: object) -> None:
    with transaction.atomic():
        _mine(sheet, attempt, touched_at=now, **changes)
        SheetFile.objects.of(sheet.company_id).filter(sheet=sheet).delete()
