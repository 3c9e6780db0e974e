"""Work on sheets: sending it to the engine, doing it, and seeing to what did not arrive or was given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from ahead.jobs import engine
from ahead.jobs.connections import own_connections
from ahead.jobs.engine import JobFailed
from ahead.spreadsheets import operations
from ahead.spreadsheets.models import SheetImport
from ahead.spreadsheets.working import work_on

if TYPE_CHECKING:
    from collections.abc import Collection

log = structlog.get_logger(__name__)

SHEET = "sheet"
_ON_ITS_WAY = timedelta(seconds=2)  # the process that asked is about to send it
_LOST_AFTER = timedelta(seconds=60)


def send_sheet(sheet: SheetImport) -> None:
    """
    Hand what is due of a sheet to the engine, once the transaction it was asked for in is through.

    What cannot be sent (the engine is away, the process dies) is sent by a later tick.
    """
    transaction.on_commit(lambda: _send(sheet), robust=True)


def _send(sheet: SheetImport) -> bool:
    try:
        engine.enqueue_work(SHEET, company_id=sheet.company_id, number=sheet.pk, asked=sheet.asked)
        operations.mark_sent(sheet, now=timezone.now())
    except (engine.EngineAway, DatabaseError) as error:
        log.warning("jobs.sheet.not_sent", sheet_id=sheet.pk, asked=sheet.asked, error=type(error).__name__)
        return False
    return True


@own_connections
def run_sheet(sheet_id: int) -> None:
    """
    Do what is due of a sheet: whatever its state says.

    :raises JobFailed: if it could not be done, for a defect of ours; the sheet then says so.
    """
    try:
        work_on(sheet_id)
    except (OperationalError, InterfaceError) as error:  # it may pass: the tick sends it again while the sheet waits
        log.exception("jobs.sheet.interrupted", sheet_id=sheet_id)
        raise JobFailed(type(error).__name__) from None
    except Exception as error:
        log.exception("jobs.sheet.failed", sheet_id=sheet_id)
        operations.give_up(sheet_id, now=timezone.now())
        raise JobFailed(type(error).__name__) from None


def send_waiting(*, now: datetime) -> int:
    """Send what was asked for and not sent, or was sent and is not in the engine any more; return how many."""
    waiting = operations.at_work(touched_before=now - _ON_ITS_WAY)
    if not waiting:
        return 0
    alive = engine.live_works(SHEET)
    return sum(_send_again(sheet, alive, now) for sheet in waiting)


def _send_again(sheet: SheetImport, alive: Collection[str], now: datetime) -> bool:
    name = engine.work_id(SHEET, sheet.pk, sheet.asked)
    if sheet.sent < sheet.asked:
        return _send(sheet)
    if name in alive or sheet.touched_at > now - _LOST_AFTER:
        return False
    log.warning("jobs.sheet.lost", sheet_id=sheet.pk, asked=sheet.asked)
    engine.forget([name])
    return _send(sheet)


def settle_parked_sheets(*, now: datetime) -> int:
    """Note the works that the engine gave up as failures of their sheets, once, and return how many."""
    parked = engine.parked_works(SHEET)
    for name, sheet_id in parked.items():
        log.error("jobs.sheet.given_up", sheet_id=sheet_id)
        operations.give_up(sheet_id, now=now)
        engine.forget([name])
    return len(parked)
