"""How the jobs stand: for `ahead doctor` and the screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ahead.jobs import engine
from ahead.jobs.engine import EngineRun
from ahead.jobs.models import WorkerSlot

_AWAY = "O banco das sincronizações não responde; rode `ahead migrate` e `ahead worker`."


@dataclass(frozen=True)
class WorkerSeen:
    """A worker and when it was last seen."""

    executor: str
    host: str
    pid: int
    threads: int
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class State:
    """What waits, what runs, and who works; `problem` is a sentence for the person, or empty."""

    queued: list[EngineRun]
    running: list[EngineRun]
    workers: list[WorkerSeen]
    problem: str


def state() -> State:
    """Return how the jobs stand, at most a few seconds old; never raises for an engine that is away."""
    workers = [
        WorkerSeen(slot.executor, slot.host, slot.pid, slot.threads, slot.started_at, slot.seen_at)
        for slot in WorkerSlot.objects.alive()
    ]
    try:
        runs = engine.live_runs()
    except engine.EngineAway:
        return State([], [], workers, _AWAY)
    problem = "" if workers else "Nenhum worker está rodando; inicie com `ahead worker`."
    return State(
        queued=[run for run in runs if not run.is_running],
        running=[run for run in runs if run.is_running],
        workers=workers,
        problem=problem,
    )


def live_workers() -> str | None:
    """Return which worker beats, by host and number, or None where there is none or no table to say so."""
    if not WorkerSlot.has_table():
        return None
    found = WorkerSlot.objects.alive().values_list("host", "pid").first()
    return f"{found[0]}, processo {found[1]}" if found else None


def forget_workers() -> None:
    """Forget every worker: those that a database knew which was put back from a backup."""
    WorkerSlot.objects.all().delete()
