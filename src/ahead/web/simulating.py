"""A simulation asked for in the browser: it runs beside the request, so that the page can show how it goes.

It is no job of the engine: it changes nothing, so nothing is lost when its process dies, and nobody needs to go
on with it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog
from django.db import connections

from ahead.lib.errors import Refused
from ahead.stores import queries as stores
from ahead.stores.triggers import Trigger
from ahead.sync import dry_run

if TYPE_CHECKING:
    from ahead.stores.models import Store

log = structlog.get_logger(__name__)


class CannotSimulate(Refused):
    """The store is not set up to be read; the message says what is missing."""


def simulate(store: Store, *, by: str) -> threading.Thread:
    """
    Begin a simulation of a sync and return the thread it runs in.

    :raises CannotSimulate: if the store cannot be read yet.
    """
    if missing := stores.missing_setup(store):
        raise CannotSimulate(" ".join(missing))
    thread = threading.Thread(target=_simulate, args=(store, by), name=f"simulation-{store.pk}", daemon=True)
    thread.start()
    return thread


def _simulate(store: Store, by: str) -> None:
    try:
        dry_run.run_dry(store, by=by, trigger=Trigger.SIMULATION)
    except Exception:
        # the last caller of the thread: the run stays open and the page stops waiting for it after a while
        log.exception("web.simulation.broke", store_id=store.pk)
    finally:
        connections.close_all()
