"""Work on notas: one job at a time for a company does all that is due, so that asking twice costs nothing."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from ahead.fiscal import mailing, pressing, sending
from ahead.jobs import engine
from ahead.jobs.asking import ask_sync
from ahead.jobs.connections import own_connections
from ahead.jobs.engine import JobFailed
from ahead.stores import agenda
from ahead.stores.models import Store
from ahead.stores.triggers import Trigger
from ahead.sync.invoicing import stores_to_tell, work_on_notas

log = structlog.get_logger(__name__)

NOTAS = "notas"
BY = "nota"


def send_notas(company_id: int) -> None:
    """
    Hand what is due of a company's notas to the engine, once the transaction it was asked for in is through.

    What cannot be sent (the engine is away, the process dies) is sent by a later tick.
    """
    transaction.on_commit(lambda: _send(company_id), robust=True)


def _send(company_id: int) -> bool:
    asked = int(timezone.now().timestamp() * 1000)
    try:
        engine.enqueue_work(NOTAS, company_id=company_id, number=company_id, asked=asked)
    except engine.EngineAway as error:
        log.warning("jobs.notas.not_sent", company_id=company_id, error=type(error).__name__)
        return False
    return True


@own_connections
def run_notas(company_id: int) -> None:
    """
    Do what is due of a company's notas, then have them delivered to Tray.

    :raises JobFailed: if it could not be done; what was not done is still due.
    """
    with bound_contextvars(company_id=company_id, work=NOTAS):
        _run_notas(company_id)


def _run_notas(company_id: int) -> None:
    try:
        work_on_notas(company_id, holder=f"{NOTAS}:{company_id}")
    except (OperationalError, InterfaceError) as error:  # it may pass: the tick sends it again
        log.exception("jobs.notas.interrupted")
        raise JobFailed(type(error).__name__) from None
    except Exception as error:
        log.exception("jobs.notas.failed")
        pressing.give_up(company_id, now=timezone.now())
        raise JobFailed(type(error).__name__) from None
    finally:
        ask_for_deliveries(company_id)


def ask_for_deliveries(company_id: int) -> None:
    """Ask for a sync of each store that is owed a nota."""
    for store_id in stores_to_tell(company_id):
        store = Store.objects.of(company_id).select_related("company").get(pk=store_id)
        try:
            ask_sync(company=store.company, store_id=store_id, by=BY, trigger=Trigger.NOTA)
        except (agenda.CannotSync, DatabaseError) as refusal:  # paused, disconnected: the next sync delivers
            log.info("jobs.notas.delivery_waits", store_id=store_id, why=type(refusal).__name__)


def send_due_notas(*, now: datetime) -> int:
    """Send the work of each company that has something due and no work in the engine; return how many."""
    due = set(sending.companies_with_work(now=now)) | set(pressing.companies_with_presses())
    due |= mailing.companies_with_mail(now=now)
    if not due:
        return 0
    busy = set(engine.live_works(NOTAS).values())
    return sum(_send(company_id) for company_id in sorted(due - busy))


def settle_parked_notas(*, now: datetime) -> int:
    """Give up the presses whose work killed its process again and again; return how many."""
    parked = engine.parked_works(NOTAS)
    for name, company_id in parked.items():
        log.error("jobs.notas.given_up", company_id=company_id)
        pressing.give_up(company_id, now=now)
        engine.forget([name])
    return len(parked)
