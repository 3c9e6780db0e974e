"""The timeline of a nota."""

from __future__ import annotations

from datetime import datetime

from ahead.audit.operations import record
from ahead.fiscal.models import Nota, NotaEntry


def note(
    nota: Nota,
    text: str,
    *,
    by: str,
    now: datetime,
    remedy: str = "",
    turn: str = "",
    cstat: str = "",
    is_problem: bool = False,
) -> None:
    """Write what happened to a nota; call it inside the transaction in which it does."""
    NotaEntry.objects.create(
        company_id=nota.company_id,
        nota=nota,
        at=now,
        by=by,
        text=text[:600],
        remedy=remedy[:600],
        turn=turn,
        cstat=cstat,
        is_problem=is_problem,
    )


def note_asked(nota: Nota, what: str, text: str, *, by: str, now: datetime, trail_text: str = "") -> None:
    """
    Write what a person asked of a nota: into its timeline and, as `fiscal.nota.{what}_asked`, into the trail.

    The trail is never cleared; `trail_text` says the same without what may have to be forgotten one day.
    """
    note(nota, text, by=by, now=now)
    record(
        f"fiscal.nota.{what}_asked",
        company_id=nota.company_id,
        subject=("nota", nota.pk),
        text=trail_text or text,
        by=by,
        at=now,
    )
