"""`ahead import`: a sheet is looked through, told row by row, and applied, as the screen Planilhas does it."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from ahead.cli.exits import Exit
from ahead.cli.finding import company_of, store_id_of, whoever_types
from ahead.cli.output import print_json, print_table, say
from ahead.lib.errors import Refused
from ahead.spreadsheets import operations, queries
from ahead.spreadsheets.working import work_on

if TYPE_CHECKING:
    from ahead.accounts.models import Company
    from ahead.spreadsheets.models import SheetImport

_SHOWN = 30
_POLL_SECONDS = 0.5
_SILENT_SECONDS = 90  # the process that took the sheet over is dead as well


class CannotImport(Refused):
    """The file cannot be imported; the message says why."""


def import_sheet(args: Namespace) -> int:
    """Look a sheet through, say what its rows do and what is wrong in it, and apply it unless it is only tried."""
    company = company_of(args)
    sheet = _begun(company, args)
    say("Conferindo…")
    sheet = _settled(company, sheet)
    if sheet.state == "failed":
        raise CannotImport(sheet.note)
    told = _told(sheet)
    if args.dry_run or not sheet.right or (sheet.wrong and not args.skip_wrong):
        sheet = operations.discard(company=company, sheet_id=sheet.pk, by=whoever_types(), now=timezone.now())
    else:
        say("Aplicando…")
        sheet = _applied(company, sheet)
    _print(args, company, sheet, told)
    return _exit_code(args, sheet)


def _begun(company: Company, args: Namespace) -> SheetImport:
    path = Path(args.file)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CannotImport(f"O arquivo {path} não pôde ser lido: {error.strerror}.") from None
    sheet = operations.begin_import(
        company=company,
        kind=args.kind,
        name=path.name,
        content=content,
        reason=args.reason,
        store_id=store_id_of(company, args),
        by=whoever_types(),
        now=timezone.now(),
    )
    operations.mark_sent(sheet, now=timezone.now())  # it is done here, and by a worker only if this process dies
    return sheet


def _settled(company: Company, sheet: SheetImport) -> SheetImport:
    """Do what is due of a sheet; if a worker took it over, because this took long, wait for it."""
    work_on(sheet.pk)
    one, heard = queries.sheet(company, sheet.pk), time.monotonic()
    while one.is_at_work:
        time.sleep(_POLL_SECONDS)
        before, one = one, queries.sheet(company, sheet.pk)
        if (one.done, one.state, one.attempt) != (before.done, before.state, before.attempt):
            heard = time.monotonic()
        elif time.monotonic() - heard > _SILENT_SECONDS:
            work_on(sheet.pk)
            one, heard = queries.sheet(company, sheet.pk), time.monotonic()
    return one


def _applied(company: Company, sheet: SheetImport) -> SheetImport:
    """
    Apply a sheet that was looked through.

    :raises CannotImport: if what it is about changed meanwhile: nothing is applied then.
    """
    asked = operations.ask_apply(
        company=company, sheet_id=sheet.pk, without_wrong=True, by=whoever_types(), now=timezone.now()
    )
    operations.mark_sent(asked, now=timezone.now())
    done = _settled(company, asked)
    if done.state == "applied":
        return done
    if done.state == "ready":
        operations.discard(company=company, sheet_id=sheet.pk, by=whoever_types(), now=timezone.now())
    raise CannotImport(f"{done.note} Rode o comando de novo.")


def _told(sheet: SheetImport) -> dict[str, Any]:
    """Return what the rows of a sheet would do, and what is wrong in it."""
    rows = list(queries.changing_rows(sheet))
    return {
        "changes": [
            {
                "row": row.number,
                "state": row.state,
                "label": row.label,
                "fields": [
                    {"column": name, "before": old, "after": new}
                    for name, old, new in queries.changes_plain(sheet.kind, row)
                ],
            }
            for row in rows
        ],
        "errors": [
            {"row": row.number, "cell": error["cell"], "column": error["column"], "text": error["text"]}
            for row in queries.wrong_rows(sheet)
            for error in row.errors
        ],
        "ignored_columns": sheet.ignored,
    }


def _exit_code(args: Namespace, sheet: SheetImport) -> int:
    if not sheet.wrong:
        return Exit.DONE
    return Exit.LOOK if args.dry_run or sheet.state == "applied" else Exit.IMPOSSIBLE


def _print(args: Namespace, company: Company, sheet: SheetImport, told: dict[str, Any]) -> None:
    if args.json:
        print_json({"company": company.slug, "sheet": _row(sheet), **told})
        return
    if sheet.right:
        rows = islice(queries.changing_rows(sheet), _SHOWN)
        lines = ((row.number, row.label, _in_words(queries.changes_told(sheet.kind, row))) for row in rows)
        print_table(("Linha", "O que é", "O que faz"), lines, right=["Linha"])
        if sheet.right > _SHOWN:
            print(f"… e mais {sheet.right - _SHOWN} linhas.")
    if told["errors"]:
        print_table(("Célula", "Coluna", "Erro"), [(one["cell"], one["column"], one["text"]) for one in told["errors"]])
    if told["ignored_columns"]:
        print(f"Colunas que não conhecemos, deixadas de lado: {', '.join(told['ignored_columns'])}.")
    print(_sentence(args, sheet))


def _in_words(changes: Iterable[tuple[str, str, str]]) -> str:
    return "; ".join(f"{name}: {f'{old} → ' if old else ''}{new or 'vazio'}" for name, old, new in changes)


def _sentence(args: Namespace, sheet: SheetImport) -> str:
    counts = f"{sheet.new} novas, {sheet.changed} mudam, {sheet.unchanged} sem mudança, {sheet.wrong} com erro"
    if sheet.state == "applied":
        return f"Planilha {sheet.pk} aplicada: {counts}."
    if args.dry_run or not sheet.right:
        return f"Nada foi aplicado: {counts}."
    return f"Nada foi aplicado: {counts}. Corrija as erradas e repita, ou aplique só as certas com --skip-wrong."


def _row(sheet: SheetImport) -> dict[str, Any]:
    return {
        "id": sheet.pk,
        "name": sheet.name,
        "kind": sheet.kind,
        "state": sheet.state,
        "rows": sheet.rows,
        "new": sheet.new,
        "changed": sheet.changed,
        "unchanged": sheet.unchanged,
        "wrong": sheet.wrong,
        "applied_at": sheet.applied_at,
    }
