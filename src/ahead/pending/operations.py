"""Opening and closing pending matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ahead.pending.models import PendingMatter


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
    """Open each matter, or freshen the one that is open already for the same cause."""
    for matter in matters:
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


def close_matters(company_id: int, *, kind: str, keys: Iterable[str], by: str, now: datetime) -> int:
    """Close the open matters of these keys; the cause is gone. Return how many there were."""
    return (
        PendingMatter.objects.of(company_id)
        .filter(kind=kind, key__in=list(keys), resolved_at=None)
        .update(resolved_at=now, resolved_by=by)
    )
