"""Several hosts over one PostgreSQL: one dies whole, others are restarted one after another, two releases at once."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from ahead.jobs import engine
from ahead.jobs.asking import ask_sync
from ahead.jobs.models import DEAD_AFTER_SECONDS, WorkerSlot
from ahead.stores.models import Store
from ahead.stores.triggers import Trigger
from jobs_box import Box, Worker, wait_until

pytestmark = pytest.mark.kill
LONGEST_TAKE_OVER = 60.0  # it takes twenty where nothing else works; what it took is recorded


def start(box: Box, *machines: str) -> list[Worker]:
    workers = [box.worker(machine=machine, dead_after=DEAD_AFTER_SECONDS, threads=6) for machine in machines]
    wait_until(lambda: all(worker.has_started() for worker in workers))
    return workers


def press(box: Box, stores: list[Store]) -> None:
    for store in stores:
        ask_sync(
            company=box.company,
            store_id=store.pk,
            by="ana@padaria.example",
            trigger=Trigger.BUTTON,
        )


def check(box: Box, stores: list[Store], *, steps: int) -> None:
    """None lost, none twice, none beside another, nothing left over."""
    wait_until(lambda: engine.live_runs() == [])
    for store in stores:
        assert [note["number"] for note in box.notes("step", store)] == list(range(1, steps + 1))
        assert box.agenda(store).failures == 0
    assert box.notes("overlap") == []


def test_a_host_that_dies_whole_is_taken_over_within_30_seconds(
    postgres_box: Box, record_property: pytest.RecordProperty
) -> None:
    box = postgres_box
    box.plan(steps=4, seconds=0.1)
    box.hold(at_step=2)
    stores = [box.store() for _ in range(10)]
    first, second, other = start(box, "a", "a", "b")
    press(box, stores)
    wait_until(lambda: len(box.notes("step")) == 10 * 2)
    dying = {first.process.pid, second.process.pid}
    doomed = {note["store"] for note in box.notes("began") if note["pid"] in dying}
    assert doomed

    first.kill()
    second.kill()
    died_at = time.time()
    box.go_on()

    def began_again() -> dict[object, float]:
        return {
            note["store"]: float(str(note["at"])) - died_at
            for note in box.notes("began")
            if note["pid"] == other.process.pid and note["store"] in doomed
        }

    wait_until(lambda: began_again().keys() == doomed)
    longest = max(began_again().values())
    record_property("seconds until the last run went on", round(longest, 1))
    (box.folder / "figures.txt").write_text(f"{len(doomed)} runs went on after {longest:.1f} s at the latest")
    assert longest < LONGEST_TAKE_OVER
    check(box, stores, steps=4)


def test_a_rolling_restart_loses_and_doubles_nothing(postgres_box: Box) -> None:
    box = postgres_box
    box.plan(steps=4, seconds=0.05)
    box.hold(at_step=2)  # so that every run outlives the time its worker has to end
    stores = [box.store() for _ in range(12)]
    running = start(box, "a", "b")
    press(box, stores)
    wait_until(lambda: len(box.notes("step")) == len(stores) * 2)
    for place, machine in enumerate("ab"):
        assert running[place].end() == 0
        running[place] = start(box, machine)[0]
    box.go_on()
    wait_until(lambda: len(box.notes("ended")) == len(stores))
    check(box, stores, steps=4)
    assert WorkerSlot.objects.count() == 2, "each has its name again"
    hosts = Counter(slot.executor.rpartition("-")[0] for slot in WorkerSlot.objects.all())
    assert len(hosts) == 2, "hosts of one name are told apart"


def test_two_releases_work_side_by_side(postgres_box: Box) -> None:
    box = postgres_box
    box.plan(steps=3, seconds=0.1)
    old, new = start(box, "a", "b")
    WorkerSlot.objects.filter(pid=old.process.pid).update(release="0.0.1")
    with_new_table = "0099_grown"
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder(connection).record_applied("orders", with_new_table)  # the new release grew the tables
    stores = [box.store() for _ in range(6)]
    press(box, stores)
    wait_until(lambda: len(box.notes("ended")) == len(stores))
    check(box, stores, steps=3)
    assert [old.end(), new.end()] == [0, 0]
