"""Notas on the command line: Gerar Notas, the list, the files of a period, and whether they are whole."""

from __future__ import annotations

import os
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from ahead.cli.exits import Exit
from ahead.cli.finding import NotFound, company_of, store_id_of, whoever_types
from ahead.cli.output import print_json, print_table, say
from ahead.cli.progress import press_progress
from ahead.db.schema import refuse_unsettled
from ahead.fiscal import archive, press_queries, pressing, queries
from ahead.fiscal.foreseeing import foresee
from ahead.fiscal.queries import NotaFilter
from ahead.jobs.notas import ask_for_deliveries
from ahead.orders import queries as orders
from ahead.sync.invoicing import work_on_notas

if TYPE_CHECKING:
    from ahead.accounts.models import Company
    from ahead.cli.rows import Row
    from ahead.fiscal.models import Nota, PressOrder


def invoice(args: Namespace) -> int:
    """Generate the notas of these orders now, and print what became of each."""
    refuse_unsettled()
    company = company_of(args)
    ids = _orders_of(company, args.orders)
    staying = foresee(company, ids).staying
    for one in staying:
        sys.stderr.write(f"{one.order} fica de fora: {one.reason}\n")
    asked = pressing.press(company, ids, by=whoever_types(), now=timezone.now())
    with press_progress(asked) as show:
        work_on_notas(company.pk, holder=f"comando:{socket.gethostname()[:20]}:{os.getpid()}", listener=show)
    ask_for_deliveries(company.pk)
    rows = press_queries.pressed(asked)
    if args.json:
        out = [{"number": one.order.number, "reason": one.reason} for one in staying]
        told = [_press_row(row) for row in rows]
        print_json({"company": company.slug, "press": asked.pk, "orders": told, "staying": out})
    else:
        print_table(
            ["Pedido", "Resultado", "Nota", "O que houve", "O que fazer"],
            [[row.order, row.get_outcome_display(), row.nota, row.text, row.remedy] for row in rows],
        )
    is_well = all(row.outcome == "authorised" for row in rows) and len(rows) == len(ids)
    return Exit.DONE if is_well else Exit.LOOK


def _orders_of(company: Company, numbers: Sequence[int]) -> list[int]:
    found = dict(orders.ids_by_number(company, numbers))
    if missing := [str(number) for number in numbers if number not in found]:
        raise NotFound(f"{company.name} não tem o pedido {', '.join(missing)}. Veja `ahead orders`.")
    return [found[number] for number in dict.fromkeys(numbers)]


def _press_row(row: PressOrder) -> Row:
    nota = row.nota
    return {
        "number": row.order.number,
        "outcome": row.outcome,
        "text": row.text,
        "remedy": row.remedy,
        "nota": {"number": nota.number, "serie": nota.serie, "chave_de_acesso": nota.chave_de_acesso} if nota else None,
    }


def notas(args: Namespace) -> int:
    """Show notas, the newest first."""
    company = company_of(args)
    wanted = NotaFilter(state=args.state, store_id=store_id_of(company, args), search=args.search)
    page = queries.notas(company, wanted, size=args.limit)
    if args.json:
        rows = [_nota_row(nota) for nota in page.rows]
        print_json({"company": company.slug, "notas": rows, "total": page.total, "has_more": page.has_next})
        return Exit.DONE
    columns: Sequence[tuple[str, Callable[[Any], object]]] = (
        ("Nota", str),
        ("Emissão", lambda nota: nota.issued_at),
        ("Pedido", lambda nota: str(nota.order)),
        ("Cliente", lambda nota: nota.recipient),
        ("Na SEFAZ", lambda nota: nota.get_state_display()),
        ("No Tray", lambda nota: nota.get_delivery_display()),
        ("Total R$", lambda nota: nota.total),
        ("Chave de acesso", lambda nota: nota.chave_de_acesso),
    )
    print_table([head for head, _ in columns], [[cell(nota) for _, cell in columns] for nota in page.rows])
    return Exit.DONE


def _nota_row(nota: Nota) -> Row:
    return {
        "number": nota.number,
        "serie": nota.serie,
        "kind": nota.kind,
        "environment": nota.environment,
        "state": nota.state,
        "chave_de_acesso": nota.chave_de_acesso,
        "protocol": nota.protocol,
        "issued_at": nota.issued_at,
        "authorised_at": nota.authorised_at,
        "order": nota.order.number,
        "store": {"code": nota.store.code, "name": nota.store.name} if nota.store else None,
        "recipient": {"name": nota.recipient, "document": nota.recipient_document, "uf": nota.recipient_uf},
        "total": nota.total,
        "cstat": nota.cstat,
        "reason": nota.reason,
        "delivery": nota.delivery,
        "delivered_at": nota.delivered_at,
    }


def export(args: Namespace) -> int:
    """Write the XML of the authorised notas of a period into a ZIP."""
    company = company_of(args)
    wanted = NotaFilter(issued_from=args.issued_from, issued_to=args.issued_to)
    with Path(args.out).open("wb") as file:
        count = archive.write_zip(file, queries.notas_for_export(company, wanted))
    if args.json:
        print_json({"company": company.slug, "file": args.out, "notas": count})
    else:
        say(f"{count} notas em {args.out}.")
    return Exit.DONE


def check(args: Namespace) -> int:
    """Look whether the XML of every authorised nota is kept, unchanged since it was signed."""
    company = company_of(args)
    found = [
        {"number": fault.nota.number, "serie": fault.nota.serie, "why": fault.why} for fault in archive.faults(company)
    ]
    if args.json:
        print_json({"company": company.slug, "faults": found})
    elif not found:
        say("Todas as notas autorizadas estão guardadas, sem nenhuma alteração desde a assinatura.")
    for fault in [] if args.json else found:
        say(f"Nota {fault['number']}/{fault['serie']}: {fault['why']}")
    return Exit.LOOK if found else Exit.DONE
