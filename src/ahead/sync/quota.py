"""Steps of a sync within the day's split quota: what is kept for others holds a step back, never the run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

from ahead import tray
from ahead.stores.planning import Purpose
from ahead.sync.exchange import Exchange, StepHeldBack
from ahead.sync.models import EventKind

HELD_BACK = "quota"  # beginning of the keys of these notes
_WHAT = {
    "reading": "A leitura do catálogo",
    "notes": "O envio de notas",
    "stock": "O envio de estoque",
    "products": "A leitura do que o Tray avisou que mudou",
    "closing": "A conferência dos dias",
    "catalogue": "O envio do catálogo",
    "kits": "A leitura dos kits",
}


def within_quota(exchange: Exchange, purpose: Purpose, what: str, step: Callable[[], object]) -> None:
    """
    Take a step; where the rest of the day is kept for what comes first, say so in the log and go on without it.

    What was due of it stays due: the run of the hour that is said, or the first after midnight, goes on with it.
    """
    exchange.budget.spend_on(purpose)
    try:
        step()
    except (StepHeldBack, tray.QuotaHeldBack) as held:
        goes_on = held.goes_on_at.astimezone(tray.BRASILIA) if held.goes_on_at else None
        when = "mais tarde" if goes_on is None else f"por volta das {goes_on:%H:%M}"
        if goes_on and goes_on.time() == time.min:
            when = "depois da meia-noite"
        text = f"{_WHAT[what]} espera: o resto da cota de hoje fica para o que vem antes. Continua {when}."
        with exchange.write():
            exchange.tell([exchange.event(EventKind.NOTE, f"{HELD_BACK}:{what}", text)])
