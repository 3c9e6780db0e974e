"""The timeline of a nota."""

from __future__ import annotations

from datetime import datetime

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
