"""The look at what is wrong; what comes of it by e-mail and webhook is the engine's, for it may take long."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from ahead.jobs import engine
from ahead.jobs.connections import own_connections
from ahead.jobs.engine import JobFailed
from ahead.watch.hooks import companies_with_hooks, send_hooks
from ahead.watch.looking import look
from ahead.watch.mailing import has_mail, send_mails

log = structlog.get_logger(__name__)

MAIL, HOOK = "alert_mail", "alert_hook"
_EVERYBODY = 0  # there is one mail server, so one job at a time speaks with it


def watch(*, now: datetime) -> int:
    """Compare how everything stands with what is known to be wrong; return how many alerts opened or closed."""
    return look(now=now)


def send_due_mails(*, now: datetime) -> int:
    """Hand the e-mails that are due to the engine, unless it is sending already."""
    if not has_mail(now=now) or engine.live_works(MAIL):
        return 0
    engine.enqueue_work(MAIL, company_id=_EVERYBODY, number=_EVERYBODY, asked=_instant())
    return 1


def send_due_hooks(*, now: datetime) -> int:
    """Hand the messages of each company's webhook that are due to the engine; return of how many companies."""
    if not (due := companies_with_hooks(now=now)):
        return 0
    busy = set(engine.live_works(HOOK).values())
    for company_id in sorted(due - busy):
        engine.enqueue_work(HOOK, company_id=company_id, number=company_id, asked=_instant())
    return len(due - busy)


def settle_parked_alerts(*, now: datetime) -> int:
    """Let go of sendings that killed their process again and again; return how many."""
    parked = [*engine.parked_works(MAIL), *engine.parked_works(HOOK)]
    for name in parked:
        log.error("jobs.alerts.given_up", work=name)
    engine.forget(parked)
    return len(parked)


@own_connections
def run_mails(_number: int) -> None:
    """
    Write to everybody who is due.

    :raises JobFailed: if it could not be done; what was not sent is still due.
    """
    try:
        send_mails()
    except (DatabaseError, InterfaceError) as error:
        log.exception("jobs.alerts.mails_interrupted")
        raise JobFailed(type(error).__name__) from None


@own_connections
def run_hooks(company_id: int) -> None:
    """
    Send what is due of a company's webhook.

    :raises JobFailed: if it could not be done; what was not sent is still due.
    """
    try:
        send_hooks(company_id)
    except (DatabaseError, InterfaceError) as error:
        log.exception("jobs.alerts.hooks_interrupted", company_id=company_id)
        raise JobFailed(type(error).__name__) from None


def _instant() -> int:
    return int(timezone.now().timestamp() * 1000)
