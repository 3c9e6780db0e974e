"""Writing the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ahead.audit.models import Event
from ahead.db.updating import insert_rows


def event(
    name: str, *, company_id: int, subject: tuple[str, int | None], text: str, by: str, at: datetime, **facts: Any
) -> Event:
    """Return an unsaved event, for operations that write many at once."""
    return Event(
        company_id=company_id,
        name=name,
        subject_kind=subject[0],
        subject_id=subject[1],
        text=text,
        facts=facts,
        by=by,
        at=at,
    )


def record(
    name: str, *, company_id: int, subject: tuple[str, int | None], text: str, by: str, at: datetime, **facts: Any
) -> None:
    """Write one event; call it inside the transaction of the operation it tells about."""
    event(name, company_id=company_id, subject=subject, text=text, by=by, at=at, **facts).save(force_insert=True)


def record_all(events: list[Event]) -> None:
    """Write many events at once."""
    insert_rows(events)
