"""Opening and closing pending matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.lib.errors import Refused
from ahead.pending.models import PendingMatter
from ahead.pending.rules import why_not_because, why_not_dismiss


class CannotDismiss(Refused):
    """The matter may not be dismissed, or not opened again; the message says why."""


BY_ITSELF = "resolvida sozinha"  # who closed a matter whose cause went away
_UNDISMISSED: dict[str, Any] = {"dismissed_at": None, "dismissed_by": "", "dismissed_because": ""}


@dataclass(frozen=True)
class Matter:
    """What is to be decided, before it is a row."""

    kind: str
    key: str
    text: str
    remedy: str
    store_id: int | None = None
    order_id: int | None = None
    turn: str = "you"
    facts: dict[str, Any] = field(default_factory=dict)


def open_matters(company_id: int, matters: Iterable[Matter], *, now: datetime) -> None:
    """
    Open each matter, or freshen the one that is open already for the same cause.

    What a person dismissed stays dismissed as long as nothing new is said of it.
    """
    found = list(matters)
    judged = _dismissed(company_id, found)
    for matter in found:
        fresh: dict[str, Any] = {
            "text": matter.text,
            "remedy": matter.remedy,
            "turn": matter.turn,
            "facts": matter.facts,
            "last_seen_at": now,
            "order_id": matter.order_id,
            "store_id": matter.store_id,
        }
        if judged.get((matter.kind, matter.key), matter.text) != matter.text:
            fresh |= {**_UNDISMISSED, "opened_at": now}
        PendingMatter.objects.of(company_id).update_or_create(
            kind=matter.kind,
            key=matter.key,
            resolved_at=None,
            defaults=fresh,
            create_defaults={**fresh, "company_id": company_id, "opened_at": now},
        )


def _dismissed(company_id: int, matters: list[Matter]) -> dict[tuple[str, str], str]:
    """Return what was judged to be fine of these matters, and in which words it was said."""
    if not matters:
        return {}
    rows = PendingMatter.objects.of(company_id).filter(
        kind__in={matter.kind for matter in matters},
        key__in={matter.key for matter in matters},
        resolved_at=None,
        dismissed_at__isnull=False,
    )
    return {(kind, key): text for kind, key, text in rows.values_list("kind", "key", "text")}


@transaction.atomic
def dismiss_matter(
    company: Company, matter_id: int, *, reason: str, holds_order: bool, by: str, now: datetime
) -> PendingMatter:
    """
    Put a matter out of the way that a person judged to be fine; it comes back only with new facts.

    :raises CannotDismiss: if something waits for it, or no reason is given.
    :raises PendingMatter.DoesNotExist: if it is not the company's.
    """
    matter = PendingMatter.objects.of(company).select_for_update().get(pk=matter_id)
    reason = " ".join(reason.split())
    why = why_not_dismiss(matter.kind, is_open=matter.is_open, holds_order=holds_order) or why_not_because(reason)
    if why:
        raise CannotDismiss(why)
    matter.dismissed_at, matter.dismissed_by, matter.dismissed_because = now, by, reason
    matter.save(update_fields=list(_UNDISMISSED))
    _tell("dismissed", matter, f"Dispensada: {reason}", by, now)
    return matter


@transaction.atomic
def reopen_matter(company: Company, matter_id: int, *, by: str, now: datetime) -> PendingMatter:
    """
    Open a matter again that was dismissed.

    :raises CannotDismiss: if it is not dismissed: it came back by itself, or its cause is gone.
    :raises PendingMatter.DoesNotExist: if it is not the company's.
    """
    matter = PendingMatter.objects.of(company).select_for_update().get(pk=matter_id)
    if matter.resolved_at is not None or matter.dismissed_at is None:
        raise CannotDismiss("Esta pendência não está dispensada: ela voltou sozinha, ou a causa se resolveu.")
    for name, value in _UNDISMISSED.items():
        setattr(matter, name, value)
    matter.save(update_fields=list(_UNDISMISSED))
    _tell("reopened", matter, "Reaberta.", by, now)
    return matter


def _tell(verb: str, matter: PendingMatter, text: str, by: str, now: datetime) -> None:
    record(
        f"pending.matter.{verb}",
        company_id=matter.company_id,
        subject=("matter", matter.pk),
        text=text,
        by=by,
        at=now,
        kind=matter.kind,
        key=matter.key,
    )


def has_open_matters(company_id: int, *, kinds: Iterable[str], key: str) -> bool:
    """Whether a matter of one of these kinds is open about this."""
    rows = PendingMatter.objects.of(company_id).filter(kind__in=list(kinds), key=key, resolved_at=None)
    return rows.exists()


def close_matters(company_id: int, *, kind: str, keys: Iterable[str], by: str = BY_ITSELF, now: datetime) -> int:
    """Close the open matters of these keys; the cause is gone. Return how many there were."""
    return (
        PendingMatter.objects.of(company_id)
        .filter(kind=kind, key__in=list(keys), resolved_at=None)
        .update(resolved_at=now, resolved_by=by)
    )
