"""How the state of an order, a run or a store looks: its tone and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

if TYPE_CHECKING:
    from ahead.sync.models import SyncRun
    from ahead.sync.queries import StoreOverview

register = template.Library()

_ORDER_TONES = {"held": "attention", "open": "accent", "invoicing": "accent", "invoiced": "ok", "cancelled": "neutral"}
_OUTCOMES = {"running": "running", "clean": "clean", "with_errors": "errors", "failed": "failed"}
_EVENT_TONES = {"error": "error", "order_held": "attention", "order_cancelled": "neutral", "note": "neutral"}


@register.filter
def order_tone(state: str) -> str:
    """Return the tone of an order's state."""
    return _ORDER_TONES[state]


_NOTA_TONES = {
    "signed": "waiting",
    "sending": "waiting",
    "unknown": "waiting",
    "rejected": "error",
    "authorised": "ok",
    "cancelled": "neutral",
    "voided": "neutral",
}
_DELIVERY_TONES = {"none": "neutral", "due": "waiting", "delivered": "ok", "failed": "error"}
_PRESS_TONES = {
    "waiting": "waiting",
    "authorised": "ok",
    "rejected": "error",
    "unknown": "waiting",
    "refused": "attention",
    "cancelled": "neutral",
}


@register.filter
def nota_tone(state: str) -> str:
    """Return the tone of a nota's state."""
    return _NOTA_TONES[state]


@register.filter
def delivery_tone(state: str) -> str:
    """Return the tone of a nota's way to Tray."""
    return _DELIVERY_TONES[state]


@register.filter
def press_tone(outcome: str) -> str:
    """Return the tone of what became of an order in *Gerar Notas*."""
    return _PRESS_TONES[outcome]


@register.filter
def chave(text: str) -> str:
    """Write a chave de acesso in groups of four, as it is printed."""
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


@register.filter
def run_outcome(run: SyncRun) -> str:
    """Return which outcome to draw for a run."""
    return _OUTCOMES[run.state]


@register.filter
def run_row(run: SyncRun) -> str:
    """Return the class of a run's row: white as soon as there is an error, coloured when clean."""
    if run.state == "running":
        return "row-running"
    return "row-clean" if run.state == "clean" else "row-errors"


@register.filter
def event_tone(kind: str) -> str:
    """Return the tone of an event of a run."""
    return _EVENT_TONES.get(kind, "ok")


@register.filter
def run_asked(run: SyncRun) -> str:
    """Return how a run came about, and who asked for it if a person did."""
    return f"{run_how(run)}, {run.asked_by}" if run_person(run) else run_how(run)


@register.filter
def run_how(run: SyncRun) -> str:
    """Return how a run came about."""
    words: str = run.get_trigger_display()
    return words[:1].lower() + words[1:]


@register.filter
def run_person(run: SyncRun) -> str:
    """Return who asked for a run, by the first part of their e-mail; nothing if nobody did."""
    return run.asked_by.partition("@")[0] if "@" in run.asked_by else ""


_CONNECTIONS = {
    "never": ("attention", "Não conectada"),
    "reauthorise": ("error", "Conectar de novo"),
    "blocked": ("error", "Bloqueada no Tray"),
}


def store_standing(line: StoreOverview) -> tuple[str, str]:
    """Return the tone and the words of how a store stands."""
    if found := _CONNECTIONS.get(line.store.connection):
        return found
    if line.store.is_paused:
        return "neutral", "Pausada"
    if line.is_asked:
        return "waiting", "Na fila"
    return _run_standing(line.last_run)


def _run_standing(run: SyncRun | None) -> tuple[str, str]:
    if run is None:
        return "attention", "Nunca sincronizou"
    if run.state == "running":
        return "waiting", "Sincronizando"
    if run.state == "failed":
        return "error", "Não pôde rodar"
    return ("attention", "Com erros") if run.state == "with_errors" else ("ok", "Em dia")


@register.filter
def store_tone(line: StoreOverview) -> str:
    """Return the tone of how a store stands."""
    return store_standing(line)[0]


@register.filter
def store_words(line: StoreOverview) -> str:
    """Return the words of how a store stands."""
    return store_standing(line)[1]
