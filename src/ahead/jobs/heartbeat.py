"""Workers say that they are alive, and take over the runs of those who no longer do."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models.functions import Now

from ahead.jobs import engine
from ahead.jobs.models import WorkerSlot
from ahead.jobs.releases import our_release

log = structlog.get_logger(__name__)


class SlotLost(Exception):
    """Another process beats under the same name: two machines with one identity."""


@dataclass(frozen=True)
class Worker:
    """The worker of this process."""

    executor: str
    started_at: datetime
    threads: int


def arrive(worker: Worker) -> None:
    """Take the row of the slot; what its last holder was running is recovered by the engine itself."""
    WorkerSlot.objects.update_or_create(executor=worker.executor, defaults=_row(worker))


def leave(executor: str) -> None:
    """Give up the row of this process, so that nobody waits for it to be silent long enough."""
    WorkerSlot.objects.filter(executor=executor, pid=os.getpid()).delete()


def beat(worker: Worker) -> None:
    """
    Say that this worker is alive.

    :raises SlotLost: if another process has taken the name.
    """
    mine = WorkerSlot.objects.filter(executor=worker.executor, started_at=worker.started_at)
    if mine.update(seen_at=Now()):
        return
    # Not there: we were silent for too long (a frozen machine) and others took our runs. Their fences hold.
    _, is_new = WorkerSlot.objects.get_or_create(executor=worker.executor, defaults=_row(worker))
    if not is_new:
        raise SlotLost(worker.executor)
    log.warning("jobs.worker.returned", executor=worker.executor)


def take_over(*, dead_after: float) -> int:
    """
    Give the runs of silent workers back to the queue, each worker's once, and return how many runs.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    _watch_unknown()
    count = 0
    for executor in list(WorkerSlot.objects.silent(dead_after).values_list("executor", flat=True)):
        count += _bury(executor, dead_after)
    return count


def _bury(executor: str, dead_after: float) -> int:
    with transaction.atomic():  # held until the runs are back: if we die here, somebody else begins again
        silent = WorkerSlot.objects.silent(dead_after).filter(executor=executor)
        slot = silent.select_for_update(skip_locked=True).first()
        if slot is None:
            return 0
        count = engine.give_back(executor, died=True)
        slot.delete()
    log.warning("jobs.worker.taken_over", executor=executor, runs=count)
    return count


def _watch_unknown() -> None:
    """Let a worker that has runs and no row (a restored backup) count as silent from now on."""
    known = set(WorkerSlot.objects.values_list("executor", flat=True))
    for executor in engine.executors_at_work() - known:
        WorkerSlot.objects.get_or_create(
            executor=executor,
            defaults={"seen_at": Now(), "started_at": Now(), "host": "", "pid": 0, "threads": 0},
        )


def _row(worker: Worker) -> dict[str, object]:
    return {
        "seen_at": Now(),
        "started_at": worker.started_at,
        "host": socket.gethostname()[:120],
        "pid": os.getpid(),
        "threads": worker.threads,
        "release": our_release(),
    }
