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
from ahead.pending.rules import why_not_dismiss


class CannotDismiss(Refused):
    """The matter may not be dismissed, or not opened again; the message says why."""


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
        if (matter.kind, matter.key, matter.text) in judged:
            continue
        fresh = {
            "text": matter.text,
            "remedy": matter.remedy,
            "turn": matter.turn,
            "facts": matter.facts,
            "last_seen_at": now,
            "order_id": matter.order_id,
            "store_id": matter.store_id,
        }
        PendingMatter.objects.of(company_id).update_or_create(
            kind=matter.kind,
            key=matter.key,
            resolved_at=None,
            defaults=fresh,
            create_defaults={**fresh, "company_id": company_id, "opened_at": now},
        )


def _dismissed(company_id: int, matters: list[Matter]) -> set[tuple[str, str, str]]:
    """Return what was judged to be fine of these matters: kind, key and the very words."""
    if not matters:
        return set()
    kinds, keys = {matter.kind for matter in matters}, {matter.key for matter in matters}
    rows = PendingMatter.objects.of(company_id).filter(kind__in=kinds, key__in=keys)
    return set(rows.exclude(dismissed_because="").values_list("kind", "key", "text"))


@transaction.atomic
def dismiss_matter(
    company: Company, matter_id: int, *, reason: str, holds_order: bool, by: str, now: datetime
) -> PendingMatter:
    """
    Close a matter that a person judged to be fine; it comes back only with new facts.

    :raises CannotDismiss: if something waits for it, or no reason is given.
    :raises PendingMatter.DoesNotExist: if it is not the company's.
    """
    matter = PendingMatter.objects.of(company).select_for_update().get(pk=matter_id)
    reason = " ".join(reason.split())
    is_open = matter.resolved_at is None
    if why := why_not_dismiss(matter.kind, is_open=is_open, holds_order=holds_order, reason=reason):
        raise CannotDismiss(why)
    matter.resolved_at, matter.resolved_by, matter.dismissed_because = now, by, reason
    matter.save(update_fields=["resolved_at", "resolved_by", "dismissed_because"])
    _tell("dismissed", matter, f"Dispensada: {reason}", by, now)
    return matter


@transaction.atomic
def reopen_matter(company: Company, matter_id: int, *, by: str, now: datetime) -> PendingMatter:
    """
    Open a matter again that was dismissed.

    :raises CannotDismiss: if it was not dismissed, or came back by itself meanwhile.
    :raises PendingMatter.DoesNotExist: if it is not the company's.
    """
    matter = PendingMatter.objects.of(company).select_for_update().get(pk=matter_id)
    if not matter.dismissed_because:
        raise CannotDismiss("Esta pendência não foi dispensada.")
    same = PendingMatter.objects.of(company).filter(kind=matter.kind, key=matter.key, resolved_at=None)
    if same.exists():
        raise CannotDismiss("Ela já voltou, com fatos novos: veja nas pendências em aberto.")
    matter.resolved_at, matter.resolved_by, matter.dismissed_because = None, "", ""
    matter.save(update_fields=["resolved_at", "resolved_by", "dismissed_because"])
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


def close_matters(company_id: int, *, kind: str, keys: Iterable[str], by: str, now: datetime) -> int:
    """Close the open matters of these keys; the cause is gone. Return how many there were."""
    return (
        PendingMatter.objects.of(company_id)
        .filter(kind=kind, key__in=list(keys), resolved_at=None)
        .update(resolved_at=now, resolved_by=by)
    )
