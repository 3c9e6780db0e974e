"""The distribution centres of a Loja: which there are, and which Estoque each one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from ahead.cli.exits import Exit
from ahead.cli.finding import NotFound, company_of, store_of, warehouse_ids, whoever_types
from ahead.cli.output import print_json, print_table, say
from ahead.cli.registering import WrongWords
from ahead.stock.center_operations import map_centers
from ahead.stock.centers import centers
from ahead.sync import connecting

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from ahead.accounts.models import Company
    from ahead.stock.models import DistributionCenter
    from ahead.stores.models import Store

UNUSED = "nao-usado"


def store_centers(args: Namespace) -> int:
    """Show the centres of a Loja and which Estoque each one is; map those that are named."""
    company = company_of(args)
    store = store_of(company, args.store)
    if args.refresh:
        answer = connecting.check_connection(company, store.pk, now=timezone.now())
        if not answer.ok:
            raise WrongWords(f"{answer.text} {answer.remedy}".strip())
    if args.map:
        mapping = dict(_pair(company, store, centers(store), text) for text in args.map)
        map_centers(company=company, store_id=store.pk, mapping=mapping, by=whoever_types(), now=timezone.now())
    _show(args, company, store, centers(store))
    return Exit.DONE


def _pair(company: Company, store: Store, known: Sequence[DistributionCenter], text: str) -> tuple[int, int | None]:
    number, _, place = text.partition("=")
    center = next((one for one in known if str(one.tray_id) == number.strip()), None)
    if center is None:
        there = ", ".join(f"{one.tray_id} {one.name}" for one in known) or "nenhum; leia-os com --refresh"
        raise NotFound(f"A Loja {store.name} não tem o centro “{number}”. Centros: {there}.")
    place = place.strip()
    if place == UNUSED:
        return center.pk, None
    if not (place.isascii() and place.isdigit()):
        raise WrongWords(f"“{text}”: diga CENTRO=ESTOQUE, com o código do Estoque, ou CENTRO={UNUSED}.")
    return center.pk, warehouse_ids(company, [int(place)])[0]


def _show(args: Namespace, company: Company, store: Store, known: Sequence[DistributionCenter]) -> None:
    found = [
        {
            "tray_id": one.tray_id,
            "name": one.name,
            "is_active": one.is_active,
            "warehouse": {"code": one.warehouse.code, "name": one.warehouse.name} if one.warehouse else None,
            "is_unused": one.is_unused,
            "is_missing": one.is_open,
        }
        for one in known
    ]
    if args.json:
        print_json({"company": company.slug, "store": {"code": store.code, "name": store.name}, "centers": found})
        return
    rows = [(one.tray_id, one.name, one.is_active, _place(one)) for one in known]
    print_table(("Tray", "Centro", "Ativo", "Estoque"), rows, right=["Tray"])
    if not found:
        say("A Loja não tem centros de distribuição (Multi-CD). Para ler de novo no Tray: --refresh.")


def _place(center: DistributionCenter) -> str:
    if center.warehouse:
        return f"{center.warehouse.code} {center.warehouse.name}"
    return "não usado" if center.is_unused else "falta dizer"
