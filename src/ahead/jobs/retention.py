"""
Clearing away what is past its time: small batches, so that nobody waits, that may stop anywhere and go on later.

Each kind is looked at once an hour; while there is something to take away, at every look of the tick. What stays for
ever, and why, is in docs/operacao.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import F

from ahead.catalog.retention import purge_picture_files, purge_pictures
from ahead.db.lane import bulk_lane
from ahead.jobs.models import Purge
from ahead.orders.retention import purge_documents
from ahead.spreadsheets.operations import purge_old
from ahead.stores.usage import purge_uses
from ahead.sync.retention import purge_run_logs, purge_stock_readings
from ahead.watch.retention import purge_alerts, purge_messages
from ahead.webhooks.operations import purge_notices

log = structlog.get_logger(__name__)

LATE_AFTER = timedelta(days=3)
_EVERY = timedelta(hours=1)
_AT_ONCE = 200
_OLDEST_FIRST = {Session: "expire_date", AccessAttempt: "attempt_time", AccessLog: "attempt_time"}


def purge_sessions(*, now: datetime) -> int:
    """Delete some sessions that ended."""
    return _purge(Session, before=now)


def purge_log_ins(*, now: datetime) -> int:
    """Delete some records of old attempts to log in."""
    before = now - timedelta(days=settings.KEEP_LOG_INS_DAYS)
    return _purge(AccessAttempt, before=before) + _purge(AccessLog, before=before)


def _purge(model: type[Session] | type[AccessAttempt] | type[AccessLog], *, before: datetime) -> int:
    field = _OLDEST_FIRST[model]
    rows = model.objects.filter(**{f"{field}__lt": before})
    chosen = list(rows.order_by(field).values_list("pk", flat=True)[:_AT_ONCE])
    if not chosen:
        return 0
    with bulk_lane():
        return int(model.objects.filter(pk__in=chosen).delete()[0])


@dataclass(frozen=True, slots=True)
class Purging:
    """One kind of thing that is not kept for ever: what people call many of it, and how a batch of it goes."""

    name: str
    label: str
    remove: Callable[..., int]


PURGINGS = (
    Purging("run_logs", "linhas do log de sincronizações", purge_run_logs),
    Purging("documents", "documentos de pedidos como o Tray os enviou", purge_documents),
    Purging("sheets", "planilhas (as linhas)", purge_old),
    Purging("notices", "avisos do Tray", purge_notices),
    Purging("uses", "dias de uso da cota", purge_uses),
    Purging("stock_readings", "leituras do estoque no Tray", purge_stock_readings),
    Purging("alerts", "alertas resolvidos", purge_alerts),
    Purging("messages", "mensagens de alertas", purge_messages),
    Purging("pictures", "imagens sem uso", purge_pictures),
    Purging("picture_files", "arquivos de imagens sem uso", purge_picture_files),
    Purging("sessions", "sessões encerradas", purge_sessions),
    Purging("log_ins", "tentativas de entrar", purge_log_ins),
)


def purge_due(*, now: datetime) -> int:
    """Take a batch of each kind away that is due, note it, and return how many things that were."""
    known = {row.name: row for row in Purge.objects.all()}
    return sum(_purge_one(one, known.get(one.name), now) for one in PURGINGS)


def _purge_one(purging: Purging, known: Purge | None, now: datetime) -> int:
    if known is None:
        known = Purge.objects.get_or_create(name=purging.name, defaults={"looked_at": now})[0]
    elif not _is_due(known, now):
        return 0
    try:
        removed = purging.remove(now=now)
    except Exception:  # one kind that cannot go must not keep the others here; doctor tells of one that stays behind
        log.exception("jobs.purge.failed", kind=purging.name)
        Purge.objects.filter(name=purging.name).update(failed_at=now)
        return 0
    facts: dict[str, object] = {"looked_at": now, "is_over": removed == 0, "failed_at": None}
    if removed:
        so_far = 0 if known.is_over else F("removed")
        facts |= {"removed_at": now, "removed": so_far + removed, "total": F("total") + removed}
    Purge.objects.filter(name=purging.name).update(**facts)
    return removed


def _is_due(known: Purge, now: datetime) -> bool:
    before = now - _EVERY
    if known.failed_at is not None:
        return known.failed_at <= before
    return not known.is_over or known.looked_at <= before


@dataclass(frozen=True, slots=True)
class Standing:
    """When a kind was last looked at (None: never), and what was last taken away of it."""

    label: str
    looked_at: datetime | None
    removed: int
    removed_at: datetime | None


def standings() -> list[Standing]:
    """Return how clearing away stands, kind by kind."""
    known = {row.name: row for row in Purge.objects.all()}
    return [
        Standing(one.label, row.looked_at, row.removed, row.removed_at)
        if (row := known.get(one.name))
        else Standing(one.label, None, 0, None)
        for one in PURGINGS
    ]
