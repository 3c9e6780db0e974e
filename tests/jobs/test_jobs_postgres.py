"""Jobs on PostgreSQL with several workers: the runs of one that is lost, or frozen, go on elsewhere."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from ahead.jobs import engine, standing
from ahead.jobs.asking import ask_sync
from ahead.jobs.models import WorkerSlot
from ahead.stores.triggers import Trigger
from jobs_box import Box, wait_until

pytestmark = pytest.mark.kill
DEAD_AFTER = 20.0  # a worker that lives must not be taken for dead where the machine is slow
STEPS = 6


def test_the_runs_of_lost_and_frozen_workers_go_on_elsewhere(postgres_box: Box) -> None:
    box = postgres_box
    box.plan(steps=STEPS, seconds=0.1)
    box.hold(at_step=2)  # so that all nine runs are at work at once
    stores = [box.store() for _ in range(9)]
    # at once on an empty database, two of them on one machine
    lost, frozen, other = workers = [
        box.worker(machine=machine, dead_after=DEAD_AFTER, threads=3) for machine in ("first", "first", "second")
    ]
    wait_until(lambda: all(worker.has_started() for worker in workers))
    wait_until(lambda: len(standing.state().workers) == 3)
    for store in stores:
        ask_sync(
            company=box.company,
            store_id=store.pk,
            by="ana@padaria.example",
            trigger=Trigger.BUTTON,
        )
    wait_until(lambda: len(box.notes("step")) == 9 * 2)
    assert Counter(note["pid"] for note in box.notes("began")) == {worker.process.pid: 3 for worker in workers}

    lost.kill()
    frozen.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: other.said().count("jobs.worker.taken_over") == 2)
    box.go_on()
    wait_until(lambda: len(box.notes("ended")) == 9)
    assert {note["pid"] for note in box.notes("ended")} == {other.process.pid}
    wait_until(lambda: engine.live_runs() == [])

    frozen.process.send_signal(signal.SIGCONT)
    wait_until(lambda: "jobs.worker.returned" in frozen.said() and frozen.said().count("jobs.sync.lost_store") == 3)
    for store in stores:
        numbers = [note["number"] for note in box.notes("step", store)]
        assert numbers == list(range(1, STEPS + 1)), "none lost, none twice"
        assert box.agenda(store).failures == 0
    assert engine.live_runs() == []
    assert [frozen.end(), other.end()] == [0, 0]
    assert WorkerSlot.objects.count() == 0
