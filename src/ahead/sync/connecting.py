"""Connecting a Loja to Tray: the three steps of the authorisation, and the test of a connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from ahead import tray
from ahead.accounts.models import Company
from ahead.lib.errors import Refused
from ahead.pending.keys import store_key
from ahead.pending.models import Kind
from ahead.pending.operations import close_matters
from ahead.stock.center_operations import keep_centers
from ahead.stores import queries as stores
from ahead.stores.connecting import mark_connected, mark_connection, store_statuses_seen
from ahead.stores.models import Connection, Store, StoreToken
from ahead.stores.planning import Purpose
from ahead.stores.rules import clean_address
from ahead.stores.tokens import StoreTokens
from ahead.sync.centers_in import centers_of
from ahead.sync.connection import open_budget, open_tray, statuses_of
from ahead.sync.explaining import explain

# where Tray itself hosts the API of its stores; anything else must be the store's own host
_TRAY_DOMAINS = (".commercesuite.com.br", ".tray.com.br")


class CannotConnect(Refused):
    """The connection could not be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """What a test of the connection came to."""

    ok: bool
    text: str
    remedy: str = ""


def authorise_url(company: Company, store_id: int, *, callback: str) -> str:
    """
    Return the page at Tray where the merchant authorises this Loja; it comes back to `callback`.

    :raises Store.DoesNotExist: if it is not the company's.
    """
    store = stores.store(company, store_id)
    return tray.authorise_url(store.address, consumer_key=store.consumer_key, callback=callback)


def finish_connection(company: Company, store_id: int, *, code: str, api_address: str, by: str, now: datetime) -> Store:
    """
    Exchange the code for tokens, learn the store's number, statuses and centres, and note it as connected.

    The secret is sent only to the host of the Loja itself, or to one of Tray's own domains.

    :raises CannotConnect: if the address is somebody else's, or Tray does not accept the code.
    :raises Store.DoesNotExist: if it is not the company's.
    """
    store = stores.store(company, store_id)
    address = clean_address(tray.api_address_of(api_address), allow_private=settings.ALLOW_PRIVATE_HOSTS)
    if not _belongs_to(address, store.address):
        raise CannotConnect(
            f"O Tray devolveu um endereço ({urlsplit(address).hostname}) que não é o da loja "
            f"({urlsplit(store.address).hostname}). Confira o endereço da Loja e conecte de novo."
        )
    budget = open_budget(store, purpose=Purpose.OTHER, keeps_nothing=True)
    keeper = tray.MemoryTokens()
    try:
        with open_tray(store, budget, api_address=address, tokens=keeper) as client:
            tokens = client.authorise(code)
            info = client.info()
            statuses = statuses_of(client)
            centers = centers_of(client)
    except tray.TrayError as error:
        why = explain(error)
        raise CannotConnect(f"A conexão não foi concluída. {why.cause} Tente conectar de novo.") from error
    finally:
        budget.close()
    with transaction.atomic():
        # the tokens of another store are refused here, before they take the place of good ones
        mark_connected(store, api_address=address, tray_store_id=tokens.store_id or info.id, now=now, by=by)
        StoreToken.objects.of(company).filter(store=store).update(access_expires_at=None)  # nothing is newer than these
        kept = StoreTokens(store, make=tray.Tokens)
        kept.save(tokens)
        kept.save_code(code)
    store_statuses_seen(store, statuses=statuses, now=now)
    keep_centers(store, centers, now=now)
    for kind in (Kind.STORE_REAUTHORISE, Kind.STORE_BLOCKED):
        close_matters(company.pk, kind=kind, keys=[store_key(store.pk)], by=by, now=now)
    return store


def _belongs_to(api_address: str, store_address: str) -> bool:
    api, own = urlsplit(api_address), urlsplit(store_address)
    same = (api.hostname, api.port) == (own.hostname, own.port)
    return same or (api.scheme == "https" and (api.hostname or "").endswith(_TRAY_DOMAINS))


def check_connection(company: Company, store_id: int, *, now: datetime) -> ConnectionCheck:
    """
    Ask Tray who the store is, and read its statuses and distribution centres again.

    :raises Store.DoesNotExist: if it is not the company's.
    """
    store = stores.store(company, store_id)
    if not store.api_address:
        return ConnectionCheck(ok=False, text="A Loja ainda não foi conectada.", remedy="Pressione «Conectar».")
    budget = open_budget(store, purpose=Purpose.OTHER, keeps_nothing=True)
    try:
        with open_tray(store, budget) as client:
            info = client.info()
            statuses = statuses_of(client)
            centers = centers_of(client)
    except tray.TrayError as error:
        why = explain(error)
        if why.connection:
            mark_connection(store, connection=Connection(why.connection), note=why.cause, now=now)
        return ConnectionCheck(ok=False, text=why.cause, remedy=why.remedy)
    finally:
        budget.close()
    store_statuses_seen(store, statuses=statuses, now=now)
    keep_centers(store, centers, now=now)
    if store.connection != Connection.CONNECTED:
        mark_connection(store, connection=Connection.CONNECTED, note="", now=now)
    for kind in (Kind.STORE_REAUTHORISE, Kind.STORE_BLOCKED):
        close_matters(company.pk, kind=kind, keys=[store_key(store.pk)], now=now)
    return ConnectionCheck(ok=True, text=f"Conectada a {info.name or store.name}; {len(statuses)} status lidos.")
