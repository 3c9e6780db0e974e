"""Asking for a sync, and handing what was asked to the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from django.db import DatabaseError, transaction

from ahead.jobs import engine
from ahead.stores import agenda

if TYPE_CHECKING:
    from ahead.accounts.models import Company
    from ahead.stores.triggers import Trigger

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Asked:
    """The number of the sync that was asked for; None when one that waits or runs already is enough."""

    number: int | None


def ask_sync(*, company: Company, store_id: int, by: str, trigger: Trigger) -> Asked:
    """
    Ask for a sync of a store: however often while one waits or runs, it is one run.

    What is asked here and cannot be sent (the engine is away, the process dies) is sent by the next tick.

    :raises CannotSync: if the store is paused, not connected or not set up.
    :raises Store.DoesNotExist: if the company has no such store.
    """
    number = agenda.ask_sync(company=company, store_id=store_id, by=by, trigger=trigger)
    if number is not None:
        transaction.on_commit(lambda: send(store_id=store_id, asked=number, trigger=trigger), robust=True)
    return Asked(number)


def send(*, store_id: int, asked: int, trigger: Trigger) -> bool:
    """Hand a sync that was asked for to the engine, and return whether that worked; twice is like once."""
    try:
        engine.enqueue_sync(store_id=store_id, asked=asked, trigger=str(trigger))
        agenda.mark_sent(store_id, asked)
    except (engine.EngineAway, DatabaseError) as error:
        log.warning("jobs.sync.not_sent", store_id=store_id, asked=asked, error=type(error).__name__)
        return False
    return True
