"""Sending a sheet, saying yes to it or throwing it away; and clearing away the rows of old ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.db.updating import in_batches
from ahead.lib.errors import Refused
from ahead.spreadsheets.columns import lay_out
from ahead.spreadsheets.models import SheetFile, SheetImport, SheetRow
from ahead.spreadsheets.rules import MOST_BYTES, MOST_ROWS, WrongFile
from ahead.stores.models import Store

KEPT_FOR = timedelta(days=30)
_PURGED_AT_ONCE = 20
_STATE = SheetImport.State
_OF_STORES = {SheetImport.Kind.PRICES, SheetImport.Kind.LISTINGS}


class CannotApply(Refused):
    """The sheet cannot be applied, or not thrown away; the message says why."""


@transaction.atomic
def begin_import(
    *,
    company: Company,
    kind: str,
    name: str,
    content: bytes,
    reason: str = "",
    store_id: int | None = None,
    by: str,
    now: datetime,
) -> SheetImport:
    """
    Keep a file that somebody sent, to be looked through by the jobs (`jobs/sheets.py: send_sheet`).

    With a store, rows that name no Loja mean that one.

    :raises Store.DoesNotExist: if the company has no such store.
    :raises WrongFile: if it is empty or too large, or of no Loja and one is given; whether it is a sheet is seen
        when it is read.
    """
    if not content:
        raise WrongFile("O arquivo está vazio.")
    if len(content) > MOST_BYTES:
        raise WrongFile("A planilha tem mais de 20 MB. Divida-a em duas ou mais.")
    sheet = _new(company, kind, name, reason=reason, by=by, now=now)
    if store_id is not None:
        if kind not in _OF_STORES:
            raise WrongFile(
                f"Uma planilha de {SheetImport.Kind(kind).label} não é de uma Loja só: não escolha nenhuma."
            )
        sheet.store = Store.objects.of(company).get(pk=store_id)
    sheet.save(force_insert=True)
    SheetFile(company=company, sheet=sheet, content=content).save(force_insert=True)
    _record("sent", sheet, f"Planilha «{sheet.name}» enviada", by=by, now=now)
    return sheet


@transaction.atomic
def begin_bulk(
    *,
    company: Company,
    kind: str,
    name: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    by: str,
    now: datetime,
) -> SheetImport:
    """
    Keep rows made from a selection, to be looked through like those of a file.

    :raises WrongFile: if there are none, too many, or no such columns.
    """
    if not rows:
        raise WrongFile("Nada foi selecionado.")
    if len(rows) > MOST_ROWS:
        raise WrongFile(f"Foram selecionados mais de {MOST_ROWS} itens. Use um filtro.")
    lay_out(kind, header)
    sheet = _new(company, kind, name, by=by, now=now)
    sheet.is_bulk, sheet.header = True, list(header)
    sheet.save(force_insert=True)
    for batch in in_batches(enumerate(rows, start=2)):
        SheetRow.objects.bulk_create(
            SheetRow(company=company, sheet=sheet, number=number, cells=list(cells), state=SheetRow.State.UNCHANGED)
            for number, cells in batch
        )
    _record("sent", sheet, f"Edição «{sheet.name}» começada", by=by, now=now)
    return sheet


def _new(company: Company, kind: str, name: str, *, reason: str = "", by: str, now: datetime) -> SheetImport:
    return SheetImport(
        company=company,
        kind=SheetImport.Kind(kind),
        name=" ".join(name.split())[-200:] or "planilha",
        reason=" ".join(reason.split())[:200],
        by=by,
        at=now,
        touched_at=now,
        asked=1,
    )


@transaction.atomic
def ask_apply(*, company: Company, sheet_id: int, without_wrong: bool = False, by: str, now: datetime) -> SheetImport:
    """
    Say yes to a sheet that was looked through; the jobs apply it.

    :raises SheetImport.DoesNotExist: if the company has no such sheet.
    :raises CannotApply: if it is not ready, changes nothing, or has wrong rows and `without_wrong` is not said.
    """
    sheet = _locked(company, sheet_id)
    if sheet.state != _STATE.READY:
        raise CannotApply(f"Esta planilha não espera ser aplicada: {sheet.get_state_display().lower()}.")
    if not sheet.right:
        raise CannotApply("Esta planilha não muda nada.")
    if sheet.wrong and not without_wrong:
        raise CannotApply("Há linhas com erro. Corrija-as e envie de novo, ou aplique só as linhas certas.")
    sheet.state, sheet.applied_by, sheet.touched_at = _STATE.APPLYING, by, now
    sheet.asked += 1
    sheet.save(update_fields=["state", "applied_by", "touched_at", "asked"])
    only = ", só as linhas certas" if sheet.wrong else ""
    _record("apply_asked", sheet, f"Aplicar a planilha «{sheet.name}» pedido{only}", by=by, now=now)
    return sheet


@transaction.atomic
def discard(*, company: Company, sheet_id: int, by: str, now: datetime) -> SheetImport:
    """
    Throw a sheet away before it is applied; one that was thrown away stays so.

    :raises SheetImport.DoesNotExist: if the company has no such sheet.
    :raises CannotApply: if it is being applied, or was.
    """
    sheet = _locked(company, sheet_id)
    if sheet.state in {_STATE.APPLYING, _STATE.APPLIED}:
        raise CannotApply("Esta planilha já foi aplicada, ou está sendo: não dá mais para descartar.")
    if sheet.state != _STATE.DISCARDED:
        sheet.state, sheet.touched_at = _STATE.DISCARDED, now
        sheet.save(update_fields=["state", "touched_at"])
        SheetFile.objects.of(company).filter(sheet=sheet).delete()
        _record("discarded", sheet, f"Planilha «{sheet.name}» descartada", by=by, now=now)
    return sheet


def give_up(sheet_id: int, *, now: datetime) -> None:
    """Note that a sheet could not be worked on, for a defect of ours; nothing of it was applied."""
    note = "Um erro nosso interrompeu o trabalho, e nada foi aplicado. Envie de novo; se repetir, avise a AHEAD."
    rows = SheetImport.objects.across_companies().filter(pk=sheet_id, state__in=[_STATE.READING, _STATE.APPLYING])
    rows.update(state=_STATE.FAILED, note=note, touched_at=now)


def mark_sent(sheet: SheetImport, *, now: datetime) -> None:
    """Note that what was asked of the jobs was handed to the engine."""
    rows = SheetImport.objects.of(sheet.company_id).filter(pk=sheet.pk, asked=sheet.asked)
    rows.update(sent=sheet.asked, touched_at=now)


def at_work(*, touched_before: datetime) -> list[SheetImport]:
    """Return the sheets of every company that the jobs should be at, and were not asked for just now."""
    rows = SheetImport.objects.across_companies().filter(
        state__in=[_STATE.READING, _STATE.APPLYING], touched_at__lt=touched_before
    )
    return list(rows.order_by("touched_at"))


def purge_old(*, now: datetime) -> int:
    """
    Clear away the rows of some sheets that nothing happened to for `KEPT_FOR`, and return how many sheets that were.

    Their counts stay, and the wrong rows of those that were applied or thrown away. One never applied is discarded.
    """
    old = SheetImport.objects.across_companies().filter(purged_at=None, touched_at__lt=now - KEPT_FOR)
    settled = old.exclude(state__in=[_STATE.READING, _STATE.APPLYING])
    sheets = list(settled.order_by("touched_at")[:_PURGED_AT_ONCE])
    for sheet in sheets:
        with transaction.atomic():
            if settled.filter(pk=sheet.pk).select_for_update().first() is None:  # applied after all, a moment ago
                continue
            SheetRow.objects.of(sheet.company_id).filter(~Q(state=SheetRow.State.WRONG), sheet=sheet).delete()
            waited = sheet.state == _STATE.READY
            changes = {"state": _STATE.DISCARDED, "touched_at": now} if waited else {}
            SheetImport.objects.of(sheet.company_id).filter(pk=sheet.pk).update(purged_at=now, **changes)
    return len(sheets)


def _locked(company: Company, sheet_id: int) -> SheetImport:
    found: SheetImport = SheetImport.objects.of(company).select_for_update().get(pk=sheet_id)
    return found


def _record(name: str, sheet: SheetImport, text: str, *, by: str, now: datetime) -> None:
    record(
        f"spreadsheets.sheet.{name}",
        company_id=sheet.company_id,
        subject=("sheet", sheet.pk),
        text=text,
        by=by,
        at=now,
        kind=sheet.kind,
    )
