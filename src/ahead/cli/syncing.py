"""One sync in the foreground, or what it would do."""

from __future__ import annotations

import os
import socket
from argparse import Namespace
from typing import TYPE_CHECKING

from ahead.cli.exits import Exit
from ahead.cli.finding import company_of, store_of, whoever_types
from ahead.cli.output import print_json
from ahead.cli.progress import shown_progress
from ahead.cli.reporting import print_report, report
from ahead.db.schema import refuse_unsettled
from ahead.lib.errors import Refused
from ahead.stores import queries as stores
from ahead.stores.leases import LostStore
from ahead.stores.rules import why_not_sync
from ahead.stores.triggers import Trigger
from ahead.sync import queries
from ahead.sync.dry_run import run_dry
from ahead.sync.runner import StoreBusy, run_sync

if TYPE_CHECKING:
    from ahead.cli.progress import Listener
    from ahead.stores.models import Store
    from ahead.sync.models import SyncRun

_EXIT_CODES = {"clean": Exit.DONE, "with_errors": Exit.LOOK, "failed": Exit.IMPOSSIBLE}


class CannotSyncNow(Refused):
    """The Loja cannot be synchronised now; the message says why."""


def sync(args: Namespace) -> int:
    """Synchronise a Loja, or say what a sync would do, and print what came of it."""
    refuse_unsettled()
    company = company_of(args)
    store = store_of(company, args.store)
    if reason := why_not_sync(stores.sync_facts(store)):
        raise CannotSyncNow(reason)
    with shown_progress() as show:
        run_id = _simulated(store, show) if args.dry_run else _synchronised(store, show)
    run = queries.run(company, run_id)
    document = report(company, run)
    if args.json:
        print_json(document)
    else:
        print_report(document)
    return _EXIT_CODES[run.state]


def _simulated(store: Store, show: Listener) -> int:
    return run_dry(store, by=whoever_types(), trigger=Trigger.COMMAND, listener=show).pk


def _synchronised(store: Store, show: Listener) -> int:
    seen: list[int] = []

    def listen(run: SyncRun) -> None:
        seen[:] = [run.pk]
        show(run)

    holder = f"{Trigger.COMMAND}:{socket.gethostname()[:50]}:{os.getpid()}"
    try:
        run_sync(store_id=store.pk, trigger=Trigger.COMMAND, holder=holder, asked_by=whoever_types(), listener=listen)
    except StoreBusy:
        raise CannotSyncNow(
            f"A Loja {store.name} está sendo sincronizada por outro processo agora. Acompanhe com `ahead runs`."
        ) from None
    except LostStore:
        raise CannotSyncNow(
            f"Este processo ficou calado por muito tempo e outro seguiu com a Loja {store.name}. Veja `ahead runs`."
        ) from None
    return seen[0]
