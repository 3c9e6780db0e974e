"""`ahead complete`: is everything in? For each Loja, and day by day."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from django.utils import timezone

from ahead.cli.exits import Exit
from ahead.cli.finding import company_of, store_id_of
from ahead.cli.output import print_json, print_table, say
from ahead.stores import queries as stores
from ahead.stores.triggers import Trigger
from ahead.sync import closing_queries as queries
from ahead.sync import closings

if TYPE_CHECKING:
    from ahead.accounts.models import Company
    from ahead.cli.rows import Row
    from ahead.stores.models import Store
    from ahead.sync.closing_queries import Answer
    from ahead.sync.models import DayClosing, DayDifference

_ANSWERS = {
    "balanced": "sim",
    "differences": "não",
    "waiting": "falta conferir",
    "never": "ainda não conferida",
}
_STATES = dict(queries.STATES)
_KINDS = dict(queries.KINDS)
BY = "comando"


def complete(args: Namespace) -> int:
    """Say whether everything is in; exit 0 if it is, 1 if something differs or is not checked yet."""
    company, now = company_of(args), timezone.now()
    chosen = store_id_of(company, args)
    lojas = [store for store in stores.stores(company) if chosen in {None, store.pk}]
    if args.check:
        _ask(args, company, lojas)
    answers = queries.answers(company, lojas, now=now)
    page = queries.closings(company, store_id=chosen, day=args.day, size=args.limit)
    days = [_day_row(one, queries.differences_of(one)) for one in page.rows]
    if args.json:
        print_json({
            "company": company.slug,
            "stores": [_answer_row(one) for one in answers],
            "days": days,
            "has_more": page.has_next,
        })  # fmt: skip
    else:
        _print(answers, days)
    states = [row["state"] for row in days] if args.day else [one.state for one in answers]
    return Exit.DONE if states and set(states) <= {"balanced", "repaired"} else Exit.LOOK


def _ask(args: Namespace, company: Company, lojas: list[Store]) -> None:
    from ahead.jobs.asking import ask_sync  # not before: who only looks should not wait for the engine

    for store in lojas:
        now = timezone.now()
        days = [args.day] if args.day else closings.days_to_check(store, now=now)
        count = closings.ask_check(store, days, by=BY, now=now)
        ask_sync(company=company, store_id=store.pk, by=BY, trigger=Trigger.COMMAND)
        say(f"{store.name}: conferência de {count} dia(s) pedida; o resultado vem com a sincronização.")


def _answer_row(one: Answer) -> Row:
    return {
        "code": one.store.code,
        "name": one.store.name,
        "state": one.state,
        "since": one.since,
        "through": one.through,
        "checked_at": one.checked_at,
        "differences": one.differences,
        "days_with_differences": one.days_with_differences,
        "waiting": one.waiting,
        "problem": one.problem,
    }


def _day_row(one: DayClosing, found: list[DayDifference]) -> Row:
    figures = ("orders", "total", "cancelled", "notas")
    return {
        "store": {"code": one.store.code, "name": one.store.name},
        "day": one.day,
        "state": one.state,
        "read_at": one.read_at,
        "compared_at": one.compared_at,
        "tray": {name: getattr(one, f"tray_{name}") for name in figures},
        "here": {name: getattr(one, f"held_{name}") for name in figures},
        "not_wanted": one.not_wanted,
        "never_taken_in": one.never_taken_in,
        "problem": one.problem,
        "differences": [_difference_row(row) for row in found],
    }


def _difference_row(row: DayDifference) -> Row:
    names = (
        "kind", "tray_id", "order_number", "at_tray", "here", "cause", "turn", "remedy", "found_at", "settled_at",
        "accepted_by", "accepted_why",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}


def _print(answers: list[Answer], days: list[Row]) -> None:
    print_table(
        ["Loja", "Está tudo aqui?", "Diferenças", "Por conferir", "Conferida até", "Última conferência"],
        [
            [one.store.name, _ANSWERS[one.state], one.differences, one.waiting, one.through, one.checked_at]
            for one in answers
        ],
        right=["Diferenças", "Por conferir"],
    )
    print_table(
        ["Dia", "Loja", "Situação", "Pedidos no Tray", "Aqui", "Notas no Tray", "Notas aqui"],
        [
            [
                row["day"], row["store"]["name"], _STATES[row["state"]], row["tray"]["orders"], row["here"]["orders"],
                row["tray"]["notas"], row["here"]["notas"],
            ]
            for row in days
        ],
        right=["Pedidos no Tray", "Aqui", "Notas no Tray", "Notas aqui"],
    )  # fmt: skip
    found = [(row, one) for row in days for one in row["differences"] if one["settled_at"] is None]
    if found:
        print_table(
            ["Dia", "Pedido no Tray", "Diferença", "Tray", "Aqui", "O que fazer"],
            [
                [row["day"], one["tray_id"], _KINDS[one["kind"]], one["at_tray"], one["here"], one["remedy"]]
                for row, one in found
            ],
            right=["Pedido no Tray"],
        )
