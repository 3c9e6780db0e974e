"""`ahead audit`: who did what, when, and to what; the Histórico of the screens."""

from __future__ import annotations

import sys
from argparse import Namespace
from itertools import islice
from typing import TYPE_CHECKING

from ahead.audit import queries
from ahead.audit.words import SUBJECTS
from ahead.cli.exits import Exit
from ahead.cli.finding import NotFound, company_of
from ahead.cli.output import print_json, print_table, say
from ahead.db.updating import in_batches
from ahead.fiscal import queries as fiscal
from ahead.lib.sheets import csv_lines
from ahead.orders import queries as orders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ahead.accounts.models import Company
    from ahead.audit.models import Event
    from ahead.audit.queries import TrailWanted
    from ahead.cli.rows import Row

_SHOWN = 50
_READ_AT_ONCE = 500
_HEADS = ("Quando", "Quem", "O que foi feito", "De quê", "Número", "Ação")
_NUMBERED = {"order": orders, "nota": fiscal}  # known to people by a number of their own, not by our id


def audit(args: Namespace) -> int:
    """Show what was done, the latest first."""
    company = company_of(args)
    wanted: TrailWanted = {
        "by": args.by,
        "kind": args.kind,
        "action": args.action,
        "search": args.search,
        "since": args.since,
        "until": args.until,
        "subject_ids": _ids(company, args),
    }
    if args.csv:
        _write_csv(company, wanted, args.limit)
        return Exit.DONE
    page = queries.trail(company, **wanted, size=args.limit or _SHOWN)
    rows = _rows(company, page.rows)
    if args.json:
        print_json({"company": company.slug, "events": rows, "total": page.total, "has_more": page.has_next})
        return Exit.DONE
    if rows:
        print_table(_HEADS, [_cells(row) for row in rows], right=["Número"])
    else:
        say("Nada foi feito que corresponda a isto.")
    if page.has_next:
        say(f"{len(rows)}; mais com --limit, tudo com --csv")
    return Exit.DONE


def _ids(company: Company, args: Namespace) -> list[int] | None:
    """
    Return the ids that `--number` means, or None.

    :raises NotFound: if it does not say of what, or there is no such order or nota.
    """
    if args.number is None:
        return None
    if not args.kind:
        raise NotFound("Diga de que é o número, com --kind: por exemplo --kind order --number 1234.")
    if args.kind not in _NUMBERED:
        return [args.number]
    found = _NUMBERED[args.kind].ids_by_number(company, [args.number])
    if not found:
        raise NotFound(f"{company.name} não tem {SUBJECTS[args.kind]} de número {args.number}.")
    return [subject_id for _, subject_id in found]


def _write_csv(company: Company, wanted: TrailWanted, limit: int | None) -> None:
    lines = csv_lines(_HEADS, (_cells(row) for row in _every_row(company, wanted, limit)))
    sys.stdout.writelines(line.replace("\r\n", "\n") for line in lines)


def _every_row(company: Company, wanted: TrailWanted, limit: int | None) -> Iterator[Row]:
    found = islice(queries.trail_for_export(company, **wanted), limit)
    for events in in_batches(found, _READ_AT_ONCE):
        yield from _rows(company, events)


def _rows(company: Company, events: Iterable[Event]) -> list[Row]:
    events = list(events)
    numbers = fiscal.numbers_of(company, ((event.subject_kind, event.subject_id) for event in events))
    return [_row(event, numbers.get((event.subject_kind, event.subject_id or 0))) for event in events]


def _row(event: Event, number: int | None) -> Row:
    return {
        "at": event.at,
        "by": event.by,
        "text": event.text,
        "name": event.name,
        "subject": {"kind": event.subject_kind, "id": event.subject_id, "number": number or event.subject_id},
        "facts": event.facts,
    }


def _cells(row: Row) -> tuple[object, ...]:
    subject = row["subject"]
    label = SUBJECTS.get(subject["kind"], subject["kind"])
    return (row["at"], row["by"], row["text"], label, subject["number"], row["name"])
