"""Jobs on PostgreSQL with workers on many machines: a lost one's runs go on elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from jobs_box import Box, wait_until

from ahead import jobs
from ahead.jobs import engine
from ahead.jobs.models import WorkerSlot

pytestmark = pytest.mark.kill
DEAD_AFTER = 4.0


def test_a_lost_machines_runs_are_taken_over(postgres_box: Box) -> None:
    box = postgres_box
    box.plan(steps=20, seconds=0.2)
    stores = [box.store() for _ in range(8)]
    first = box.worker(machine="first", dead_after=DEAD_AFTER)
    wait_until(first.has_started)
    for store in stores:
        jobs.ask_sync(company=box.company, store_id=store.pk, by="ana@padaria.example", now=datetime.now(UTC))
    wait_until(lambda: len(box.notes("step")) >= 16)
    second = box.worker(machine="second", dead_after=DEAD_AFTER)
    wait_until(second.has_started)
    assert len(jobs.state().workers) == 2
    first.kill()
    kept = len(box.notes("step"))
    assert len(box.notes("ended")) == 0
    took = wait_until(lambda: len(box.notes("step")) > kept)
    assert took < DEAD_AFTER * 2 + 4
    wait_until(lambda: len(box.notes("ended")) == 8)
    assert box.notes("overlap") == []
    assert {note["pid"] for note in box.notes("ended")} == {second.process.pid}
    for store in stores:
        assert [note["number"] for note in box.notes("step", store)] == list(range(1, 21))
    wait_until(lambda: engine.live_runs() == [])
    assert second.end() == 0
    assert WorkerSlot.objects.count() == 0


def test_two_workers_of_one_box_and_one_run_per_store(postgres_box: Box) -> None:
    box = postgres_box
    box.plan(steps=2, seconds=0.6)
    stores = [box.store() for _ in range(6)]
    workers = [box.worker(threads=3), box.worker(threads=3)]
    wait_until(lambda: all(worker.has_started() for worker in workers))
    for asked in (1, 2):
        for store in stores:
            engine.enqueue_sync(store_id=store.pk, asked=asked, trigger="botão")
    wait_until(lambda: len(box.notes("ended")) == 12)
    assert box.notes("overlap") == []
    assert len({note["pid"] for note in box.notes("ended")}) == 2
    assert [worker.end() for worker in workers] == [0, 0]
