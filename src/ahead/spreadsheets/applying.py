"""Applying a sheet: every right row in one transaction, or none, if anything is not as it was when it was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.catalog.bulk_listings import ListingWrite, VariantWrite, write_listings, write_variant_prices
from ahead.catalog.bulk_products import ProductWrite, write_products
from ahead.db.lane import bulk_lane
from ahead.lib.errors import Refused
from ahead.spreadsheets.columns import COLUMNS, restored
from ahead.spreadsheets.models import SheetImport, SheetRow
from ahead.stock.counting import Count, count_many

_READ_AT_ONCE = 400


def apply_sheet(sheet: SheetImport, *, now: Callable[[], datetime]) -> bool:
    """
    Apply a sheet somebody said yes to, and return whether that was done.

    If something changed since it was looked at, nothing is applied: it is to be looked at again, and says why.
    Repeated, it does nothing.
    """
    try:
        with bulk_lane():
            return _apply(sheet, now())
    except Refused as refusal:
        note = f"Nada foi aplicado: {str(refusal).rstrip('.')}. A planilha foi conferida de novo com os dados de agora."
        applying = SheetImport.objects.of(sheet.company_id).filter(pk=sheet.pk, state=SheetImport.State.APPLYING)
        applying.update(state=SheetImport.State.READING, note=note[:500], done=0, touched_at=now())
        return False


def _apply(sheet: SheetImport, now: datetime) -> bool:
    mine = SheetImport.objects.of(sheet.company_id).select_for_update().get(pk=sheet.pk)
    if mine.state != SheetImport.State.APPLYING:
        return False
    company: Company = sheet.company
    facts: dict[str, Any] = {"company": company, "by": mine.applied_by, "now": now}
    for target, write in _WRITERS.items():
        if SheetRow.objects.of(company).filter(sheet=mine, target=target, state__in=_RIGHT).exists():
            write(mine, _rows(mine, target), facts)
    mine.state, mine.note, mine.applied_at, mine.touched_at = SheetImport.State.APPLIED, "", now, now
    mine.save(update_fields=["state", "note", "applied_at", "touched_at"])
    record(
        "spreadsheets.sheet.applied",
        company_id=company.pk,
        subject=("sheet", mine.pk),
        text=f"Planilha «{mine.name}» aplicada: {mine.new} novos, {mine.changed} alterados",
        by=mine.applied_by,
        at=now,
        kind=mine.kind,
        new=mine.new,
        changed=mine.changed,
        left_out=mine.wrong,
    )
    return True


_RIGHT = (SheetRow.State.NEW, SheetRow.State.CHANGED)


class RightRow(NamedTuple):
    """What is applied of a row."""

    number: int
    target_id: int | None
    facts: dict[str, int]
    changes: dict[str, list[Any]]


def _rows(sheet: SheetImport, target: str) -> Iterator[RightRow]:
    """Yield the rows that change something: first those of what is there, in its order, then the new ones."""
    rows = SheetRow.objects.of(sheet.company_id).filter(sheet=sheet, target=target)
    changed = rows.filter(state=SheetRow.State.CHANGED).order_by("target_id", "number")
    last = (0, 0)
    while True:
        there = changed.filter(target_id__gte=last[0]).exclude(target_id=last[0], number__lte=last[1])
        found = _read(there)
        if not found:
            break
        yield from found
        last = (found[-1].target_id or 0, found[-1].number)
    number = 0
    while found := _read(rows.filter(state=SheetRow.State.NEW, number__gt=number).order_by("number")):
        yield from found
        number = found[-1].number


def _read(rows: QuerySet[SheetRow]) -> list[RightRow]:
    return [RightRow(*row) for row in rows.values_list(*RightRow._fields)[:_READ_AT_ONCE]]


def _before_and_after(kind: str, row: RightRow) -> tuple[dict[str, Any], dict[str, Any]]:
    types = {column.field: column.type for column in COLUMNS[kind]}
    before = {field: restored(types[field], old) for field, (old, _) in row.changes.items()}
    after = {field: restored(types[field], new) for field, (_, new) in row.changes.items()}
    return (before if row.target_id is not None else {}), after


def _write_products(sheet: SheetImport, rows: Iterator[RightRow], facts: dict[str, Any]) -> None:
    writes = (ProductWrite(row.target_id, *_before_and_after(sheet.kind, row)) for row in rows)
    write_products(writes=writes, **facts)


def _write_counts(sheet: SheetImport, rows: Iterator[RightRow], facts: dict[str, Any]) -> None:
    counts = [Count(row.target_id or 0, row.facts["warehouse_id"], *row.changes["on_hand"]) for row in rows]
    count_many(counts=counts, reason=sheet.reason or f"Planilha {sheet.name}", **facts)


def _write_listings(sheet: SheetImport, rows: Iterator[RightRow], facts: dict[str, Any]) -> None:
    writes = (ListingWrite(row.target_id, *_before_and_after(sheet.kind, row), *_made_of(row)) for row in rows)
    write_listings(writes=writes, **facts)


def _made_of(row: RightRow) -> tuple[int, int]:
    return row.facts["store_id"], row.facts["product_id"]


def _write_variants(sheet: SheetImport, rows: Iterator[RightRow], facts: dict[str, Any]) -> None:
    writes = (VariantWrite(row.target_id or 0, *_before_and_after(sheet.kind, row)) for row in rows)
    write_variant_prices(writes=writes, **facts)


# by what a row is about; the order is the one in which they are locked
_WRITERS: dict[str, Callable[[SheetImport, Iterator[RightRow], dict[str, Any]], None]] = {
    "product": _write_products,
    "listing": _write_listings,
    "variant": _write_variants,
    "balance": _write_counts,
}
