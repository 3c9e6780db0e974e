"""A store's client, with the tokens and the budget that all workers share."""

from __future__ import annotations

import time
from datetime import datetime

from ahead import tray
from ahead.db.clock import shared_now
from ahead.orders.rules import StatusPlan
from ahead.stores.budget import StoreBudget
from ahead.stores.models import StatusRole, Store
from ahead.stores.planning import Purpose
from ahead.stores.queries import chosen
from ahead.stores.tokens import StoreTokens
from ahead.sync.models import SweepState

tray.quieten_http_logs()


def open_budget(store: Store, *, purpose: Purpose = Purpose.ORDERS, keeps_nothing: bool = False) -> StoreBudget:
    """
    Return the budget of a store; close it to give back what was drawn and not sent.

    `keeps_nothing`: it may have the day's last request, whatever the purpose.
    """
    return StoreBudget(
        store,
        clock=shared_now,
        sleep=time.sleep,
        spent=tray.DailyQuotaSpent,
        held_back=tray.QuotaHeldBack,
        purpose=purpose,
        keeps_nothing=keeps_nothing,
    )


def open_tray(
    store: Store, budget: StoreBudget, *, api_address: str = "", tokens: tray.TokenKeeper | None = None
) -> tray.Tray:
    """Return a client of the store; close it to close its connections."""
    return tray.Tray(
        api_address=api_address or store.api_address,
        consumer_key=store.consumer_key,
        consumer_secret=store.consumer_secret,
        tokens=tokens or StoreTokens(store, make=tray.Tokens),
        budget=budget,
        clock=shared_now,
    )


def statuses_of(client: tray.Tray) -> list[tuple[int, str, str, str]]:
    """
    Return the statuses that the store itself lists, as (Tray id, name, kind, colour).

    :raises TrayError: if Tray cannot be read.
    """
    return [(one.id, one.name, one.type, one.background) for one in client.statuses()]


def _lost_since(store: Store) -> datetime | None:
    states = SweepState.objects.of(store.company_id).filter(store=store)
    return states.values_list("lost_since", flat=True).first()


def plan_of(store: Store) -> StatusPlan:
    """Return which statuses of the store mean what."""
    roles = chosen(store)

    def ids(role: StatusRole) -> list[int]:
        return [status.tray_id for status in roles.get(role, [])]

    def one(role: StatusRole) -> int | None:
        return next(iter(ids(role)), None)

    return StatusPlan(
        import_ids=frozenset(ids(StatusRole.IMPORT)),
        cancelled_ids=frozenset(ids(StatusRole.CANCELLED)),
        update_id=one(StatusRole.UPDATE),
        update_cancelled_id=one(StatusRole.UPDATE_CANCELLED),
        invoiced_id=one(StatusRole.INVOICED),
        lost_since=_lost_since(store),
    )
