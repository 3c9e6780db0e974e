"""Reading Lojas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from ahead.accounts.models import Company
from ahead.stores.models import Connection, StatusChoice, StatusRole, Store, StoreStatus, StoreToken
from ahead.stores.rules import CANCELLED_KINDS, StoreFacts

CONNECTIONS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Connection.choices]


def stores(company: Company) -> list[Store]:
    """Return the Lojas of a company with their agendas, by code."""
    return list(Store.objects.of(company).select_related("agenda").order_by("code"))


def store(company: Company, store_id: int) -> Store:
    """
    Return one Loja of the company.

    :raises Store.DoesNotExist: if there is none, or it is another company's.
    """
    found: Store = Store.objects.of(company).select_related("agenda").get(pk=store_id)
    return found


def store_by_code_or_name(company: Company, text: str) -> Store:
    """
    Return the Loja with this code or, whatever its case, this name.

    :raises Store.DoesNotExist: if there is none.
    :raises Store.MultipleObjectsReturned: if the name fits more than one.
    """
    mine = Store.objects.of(company).select_related("agenda")
    wanted = text.strip()
    found: Store = mine.get(code=int(wanted)) if _is_code(wanted) else mine.get(name__iexact=wanted)
    return found


def _is_code(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def authorisations_end(company: Company) -> dict[int, datetime]:
    """Return when each connected Loja must be authorised anew if it does not sync before, by its id."""
    tokens = StoreToken.objects.of(company).filter(store__connection=Connection.CONNECTED)
    rows = tokens.values_list("store_id", "refresh_expires_at")
    return {store_id: ends_at for store_id, ends_at in rows if ends_at}


def statuses(store: Store) -> list[StoreStatus]:
    """Return the statuses of a Loja, as Tray last listed them, by name; those that are gone stay at the end."""
    return list(StoreStatus.objects.of(store.company_id).filter(store=store).order_by("is_gone", "name", "pk"))


def unchosen_cancelling(store: Store) -> list[StoreStatus]:
    """Return the statuses by which Tray says that an order is cancelled, and that none of the five fields has."""
    rows = StoreStatus.objects.of(store.company_id).filter(store=store, kind__in=CANCELLED_KINDS, is_gone=False)
    return list(rows.exclude(pk__in=store.status_choices.values("status")).order_by("name", "pk"))


def chosen(store: Store) -> dict[StatusRole, list[StoreStatus]]:
    """Return the statuses chosen for each of the five fields; a field without one has an empty list."""
    found: dict[StatusRole, list[StoreStatus]] = {role: [] for role in StatusRole}
    for choice in store.status_choices.select_related("status").order_by("status__name", "pk"):
        found[StatusRole(choice.role)].append(choice.status)
    return found


def missing_setup(store: Store) -> list[str]:
    """Return what is still missing before a Loja can sync, as sentences, in the order it should be done."""
    return missing_setups([store])[store.pk]


def missing_setups(stores: Sequence[Store]) -> dict[int, list[str]]:
    """Return what is still missing before each of these Lojas can sync, by its id, in two queries."""
    choices = _missing_choices(stores)
    return {store.pk: [*_missing_connection(store), *choices[store.pk]] for store in stores}


def sync_facts(store: Store) -> StoreFacts:
    """Return what decides whether a Loja can sync."""
    return StoreFacts(store.connection, store.is_paused, tuple(_missing_choices([store])[store.pk]))


def _missing_connection(store: Store) -> list[str]:
    is_missing = store.connection in {Connection.NEVER, Connection.REAUTHORISE}
    return ["Conecte a Loja ao Tray."] if is_missing else []


def _missing_choices(stores: Sequence[Store]) -> dict[int, list[str]]:
    companies = {store.company_id for store in stores}
    known = StatusChoice.objects.across_companies().filter(store__in=[store.pk for store in stores])
    fetches = set(known.filter(role=StatusRole.IMPORT, status__is_gone=False).values_list("store_id", flat=True))
    stocked = set(active_warehouses().filter(company__in=companies).values_list("company_id", flat=True))
    return {
        store.pk: [
            *([] if store.pk in fetches else ["Escolha ao menos um Status Buscar Pedido na Loja."]),
            *([] if store.company_id in stocked else ["Cadastre ao menos um Estoque de onde a Loja vende."]),
        ]
        for store in stores
    }


def active_warehouses() -> QuerySet[Any]:
    """Return the warehouses in use; a store that chose none sells from its company's first one."""
    # They are a table of `stock`, which stands above this app: the registry keeps imports pointing down.
    warehouses: QuerySet[Any] = apps.get_model("stock", "Warehouse").objects.across_companies()
    return warehouses.filter(is_active=True)
