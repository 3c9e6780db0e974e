"""Asking for a sync of the stores that Tray notified us of: every second, so that an order is here within a few."""

from __future__ import annotations

from datetime import datetime
from threading import Event, Thread

import structlog
from django.db import DatabaseError, close_old_connections, connections

from ahead.db.clock import shared_now
from ahead.jobs.asking import ask_sync
from ahead.stores import agenda
from ahead.stores.triggers import Trigger
from ahead.sync.noticed import is_worth_a_run
from ahead.webhooks.queries import waiting_stores

log = structlog.get_logger(__name__)
_EVERY_SECONDS = 1.0


def ask_noticed(*, now: datetime) -> int:
    """
    Ask for a sync of each store with something to look at, and return how many were asked for.

    What arrives while a store is being synced is not lost: it stays to be looked at, and is asked for once the run is
    over. A notice that is but the echo of a write of ours asks for nothing.
    """
    return sum(_ask(one.store_id, now) for one in waiting_stores() if one.is_ripe(now))


def _ask(store_id: int, now: datetime) -> bool:
    company = agenda.may_be_noticed(store_id, now)
    if company is None or not is_worth_a_run(company.pk, store_id, now=now):
        return False
    try:
        asked = ask_sync(company=company, store_id=store_id, by=agenda.NOTICES, trigger=Trigger.NOTICE)
    except agenda.CannotSync as refusal:
        log.info("jobs.noticing.refused", store_id=store_id, why=str(refusal))
        return False
    except DatabaseError:
        raise
    except Exception:  # of one store: the others are asked for all the same
        log.exception("jobs.noticing.not_asked", store_id=store_id)
        return False
    return asked.number is not None


class Noticing:
    """A thread of the worker that looks every second."""

    def __init__(self) -> None:
        self._stop = Event()
        self._thread = Thread(target=self._work, name="noticing", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the look under way."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _work(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            close_old_connections()
            try:
                ask_noticed(now=shared_now())
            except DatabaseError as error:
                log.warning("jobs.noticing.failed", error=type(error).__name__)
                connections.close_all()
            except Exception:  # whatever it is, the next look comes in a second
                log.exception("jobs.noticing.broke")
        connections.close_all()
