"""Which company, Loja, Estoque or status a command means."""

from __future__ import annotations

import getpass
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist

from ahead.accounts import queries as accounts
from ahead.lib.errors import Refused
from ahead.stock import queries as stock
from ahead.stores import queries as stores

if TYPE_CHECKING:
    from ahead.accounts.models import Company
    from ahead.stores.models import Store, StoreStatus


class NotFound(Refused):
    """What the command names does not exist, or is not one thing; the message says what there is."""


def company_of(args: Namespace) -> Company:
    """
    Return the company that is named, or the only one there is.

    :raises NotFound: if there is none, or more than one and none is named.
    """
    if args.company:
        try:
            return accounts.company_by_slug(args.company)
        except ObjectDoesNotExist:
            raise NotFound(f"Não há empresa “{args.company}”. {_known_companies()}") from None
    match accounts.companies():
        case []:
            raise NotFound("Ainda não há nenhuma empresa. Crie uma com `ahead company add`.")
        case [company]:
            return company
        case _:
            raise NotFound(f"Há mais de uma empresa: diga qual com --company. {_known_companies()}")


def _known_companies() -> str:
    known = ", ".join(company.slug for company in accounts.companies())
    return f"Empresas: {known}." if known else "Crie uma com `ahead company add`."


def store_of(company: Company, text: str) -> Store:
    """
    Return the Loja with this code or name.

    :raises NotFound: if there is none, or the name fits more than one.
    """
    try:
        return stores.store_by_code_or_name(company, text)
    except ObjectDoesNotExist:
        known = ", ".join(f"{store.code} {store.name}" for store in stores.stores(company))
        there = f"Lojas: {known}." if known else "Registre uma com `ahead store add`."
        raise NotFound(f"{company.name} não tem a Loja “{text}”. {there}") from None
    except MultipleObjectsReturned:
        raise NotFound(f"Há mais de uma Loja com o nome “{text}”: diga o código.") from None


def store_id_of(company: Company, args: Namespace) -> int | None:
    """
    Return the id of the Loja that narrows a list, or None.

    :raises NotFound: if there is none of that code or name.
    """
    return store_of(company, args.store).pk if args.store else None


def warehouse_ids(company: Company, codes: Sequence[int]) -> list[int]:
    """
    Return the ids of the Estoques with these codes, in their order.

    :raises NotFound: if one does not exist.
    """
    known = {warehouse.code: warehouse for warehouse in stock.warehouses(company)}
    for code in codes:
        if code not in known:
            there = ", ".join(f"{row.code} {row.name}" for row in known.values()) or "nenhum"
            raise NotFound(f"{company.name} não tem o Estoque {code}. Estoques: {there}.")
    return [known[code].pk for code in codes]


def status_ids(store: Store, wanted: Sequence[str]) -> list[int]:
    """
    Return our ids of the statuses of a Loja with these names or Tray ids.

    :raises NotFound: if one is not a status of this Loja.
    """
    known = [status for status in stores.statuses(store) if not status.is_gone]
    return [_status(known, store, text).pk for text in wanted]


def _status(known: Sequence[StoreStatus], store: Store, text: str) -> StoreStatus:
    for status in known:
        if text.casefold() == status.name.casefold() or text == str(status.tray_id):
            return status
    raise NotFound(f"“{text}” não é um status da Loja {store.name}. Veja-os com `ahead store statuses {store.code}`.")


def whoever_types() -> str:
    """Return who gives the command, for the trail."""
    try:
        return f"linha de comando ({getpass.getuser()})"
    except (KeyError, OSError):  # a container whose user has no name
        return "linha de comando"
