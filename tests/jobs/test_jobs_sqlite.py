"""Jobs on one box with SQLite: presses, a killed worker, the agenda, what is lost and what is given up."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction

from ahead.jobs import engine, heartbeat, standing, tick
from ahead.jobs.asking import ask_sync
from ahead.jobs.models import WorkerSlot
from ahead.stores import agenda
from ahead.stores.models import Store
from ahead.stores.triggers import Trigger
from jobs_box import Box, wait_until

FILES = {"jobs.sqlite3", "second.sqlite3"}


def now() -> datetime:
    return datetime.now(UTC)


def press(box: Box, store: Store) -> int | None:
    return ask_sync(company=box.company, store_id=store.pk, by="ana@padaria.example", trigger=Trigger.BUTTON).number


class TestAsking:
    def test_a_press_without_an_engine_is_kept_and_sent_by_the_tick(self, box: Box) -> None:
        store = box.store()
        assert press(box, store) == 1
        assert box.agenda(store).sent == 0
        engine.migrate()
        asked_at = box.agenda(store).asked_at
        assert asked_at is not None
        assert tick.send_unsent(now=asked_at + timedelta(seconds=1)) == 0, "the process that asked is about to send it"
        assert tick.send_unsent(now=asked_at + timedelta(seconds=3)) == 1
        assert [(run.store_id, run.asked, run.is_running) for run in engine.live_runs()] == [(store.pk, 1, False)]
        assert box.agenda(store).sent == 1

    def test_many_presses_at_once_make_one_run(self, box: Box) -> None:
        engine.migrate()
        store = box.store()

        def from_a_thread(_: int) -> int | None:
            try:
                return press(box, store)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            numbers = list(pool.map(from_a_thread, range(40)))
        assert [number for number in numbers if number] == [1]
        assert len(engine.live_runs()) == 1

    def test_a_press_that_is_rolled_back_sends_nothing(self, box: Box) -> None:
        engine.migrate()
        store = box.store()
        with transaction.atomic():
            press(box, store)
            transaction.set_rollback(True)
        assert engine.live_runs() == []

    def test_a_strangers_store_does_not_exist(self, box: Box) -> None:
        with pytest.raises(Store.DoesNotExist):
            ask_sync(company=box.company, store_id=999, by="x", trigger=Trigger.BUTTON)

    def test_sending_twice_makes_one_run(self, box: Box) -> None:
        engine.migrate()
        for _ in range(2):
            engine.enqueue_sync(store_id=7, asked=3, trigger=Trigger.BUTTON)
        assert len(engine.live_runs()) == 1


class TestClient:
    """The connections of this process to the engine's database."""

    def test_are_to_the_database_that_is_set_now_and_to_no_other(self, box: Box, settings: Any) -> None:
        first, second = settings.ENGINE_DATABASE_URL, f"sqlite:///{box.folder / 'second.sqlite3'}"
        engine.migrate()
        engine.enqueue_sync(store_id=7, asked=1, trigger=Trigger.BUTTON)
        assert self.open_files(box) == {"jobs.sqlite3"}
        settings.ENGINE_DATABASE_URL = second
        engine.migrate()
        assert engine.live_runs() == []
        assert self.open_files(box) == {"second.sqlite3"}
        settings.ENGINE_DATABASE_URL = first
        engine.disconnect()
        engine.disconnect()
        assert self.open_files(box) == set()
        assert [run.store_id for run in engine.live_runs()] == [7]

    def open_files(self, box: Box) -> set[str]:
        """Return which of the engine's files this process has open."""
        found = set()
        for descriptor in Path("/proc/self/fd").iterdir():
            with suppress(OSError):  # the one that listed the folder
                found.add(descriptor.readlink())
        return {path.name for path in found if path.parent == box.folder and path.name in FILES}


class TestTick:
    def test_asks_for_what_is_due_once(self, box: Box) -> None:
        engine.migrate()
        due, later = box.store(), box.store()
        due.agenda.next_sync_at, later.agenda.next_sync_at = now() - timedelta(1), now() + timedelta(1)
        due.agenda.save()
        later.agenda.save()
        assert (tick.ask_due(now=now()), tick.ask_due(now=now())) == (1, 0)
        assert [run.store_id for run in engine.live_runs()] == [due.pk]
        assert box.agenda(due).asked_by == "sincronização"

    def test_what_was_not_sent_runs_as_what_asked_for_it(self, box: Box) -> None:
        box.plan(steps=1, seconds=0.1)
        asked = {box.store().pk: trigger for trigger in Trigger if trigger != Trigger.SIMULATION}
        for store_id, trigger in asked.items():
            agenda.ask_sync(company=box.company, store_id=store_id, by="ana", trigger=trigger)
        box.worker()
        wait_until(lambda: len(box.notes("ended")) == len(asked))
        assert {note["store"]: note["trigger"] for note in box.notes("began")} == asked

    def test_sends_again_what_the_engine_lost(self, box: Box) -> None:
        engine.migrate()
        store = box.store()
        press(box, store)
        with sqlite3.connect(box.folder / "jobs.sqlite3") as connection:
            connection.execute("DELETE FROM workflow_status")
        connection.close()
        assert tick.send_lost(now=now()) == 0, "too early: it may be on its way"
        assert tick.send_lost(now=now() + timedelta(minutes=2)) == 1
        assert tick.send_lost(now=now() + timedelta(minutes=2)) == 0
        assert [run.asked for run in engine.live_runs()] == [1]

    def test_what_the_engine_gave_up_counts_as_a_failure_once(self, box: Box) -> None:
        engine.migrate()
        store = box.store()
        press(box, store)
        with engine._client() as client:  # what the engine itself does to a run that hangs
            client.cancel_workflow(engine.workflow_id(store.pk, 1))
        assert (tick.settle_parked(now=now()), tick.settle_parked(now=now())) == (1, 0)
        assert box.agenda(store).failures == 1


class TestState:
    def test_says_what_is_missing(self, box: Box) -> None:
        assert "ahead migrate" in standing.state().problem
        engine.migrate()
        assert "ahead worker" in standing.state().problem
        press(box, box.store())
        assert len(standing.state().queued) == 1


class TestHeartbeat:
    def test_a_second_machine_under_the_same_name_is_told(self, box: Box) -> None:
        first = heartbeat.Worker(executor="twin", started_at=now(), threads=1)
        heartbeat.arrive(first)
        heartbeat.beat(first)
        heartbeat.arrive(heartbeat.Worker(executor="twin", started_at=now(), threads=1))
        with pytest.raises(heartbeat.SlotLost):
            heartbeat.beat(first)

    def test_one_that_was_buried_alive_comes_back(self, box: Box) -> None:
        engine.migrate()
        frozen = heartbeat.Worker(executor="frozen", started_at=now(), threads=1)
        heartbeat.arrive(frozen)
        assert heartbeat.take_over(dead_after=60) == 0
        assert WorkerSlot.objects.count() == 1
        heartbeat.take_over(dead_after=-1)
        assert WorkerSlot.objects.count() == 0
        heartbeat.beat(frozen)
        assert WorkerSlot.objects.count() == 1

    def test_a_run_that_kills_every_worker_is_given_up(self, box: Box) -> None:
        engine.migrate()
        store = box.store()
        press(box, store)
        for _ in range(engine.TAKEOVERS):
            self.begun_by_a_ghost(box)
            assert heartbeat.take_over(dead_after=-1) == 1
            assert [run.is_running for run in engine.live_runs()] == [False]
        self.begun_by_a_ghost(box)
        heartbeat.take_over(dead_after=-1)
        assert engine.live_runs() == []
        assert tick.settle_parked(now=now()) == 1
        assert box.agenda(store).failures == 1

    def test_being_told_to_end_is_no_death(self, box: Box) -> None:
        engine.migrate()
        press(box, box.store())
        for _ in range(engine.TAKEOVERS + 1):
            self.begun_by_a_ghost(box)
            assert engine.give_back("ghost", died=False) == 1
        assert len(engine.live_runs()) == 1

    def begun_by_a_ghost(self, box: Box) -> None:
        """Leave the engine's row as a worker that died leaves it; such a worker has no row among ours."""
        with sqlite3.connect(box.folder / "jobs.sqlite3") as connection:
            connection.execute("UPDATE workflow_status SET status = 'PENDING', executor_id = 'ghost'")
        connection.close()


@pytest.mark.kill
class TestWorker:
    def test_a_killed_worker_goes_on_where_it_was(self, box: Box) -> None:
        box.plan(steps=8, seconds=0.1)
        box.hold(at_step=2)
        stores = [box.store() for _ in range(3)]
        worker = box.worker()
        wait_until(worker.has_started)
        for store in stores:
            press(box, store)
        wait_until(lambda: len(box.notes("step")) == 3 * 2)
        for store in stores:
            assert press(box, store) is None, "one runs already"
            box.silence(store)
            assert [press(box, store) for _ in range(3)] == [2, None, None]
        assert {run.is_running for run in engine.live_runs()} == {True, False}
        worker.kill()
        box.worker()
        wait_until(lambda: len(box.notes("began")) == 3 + 3)
        assert press(box, stores[0]) is None, "one waits already, whatever a run that begins again thinks"
        box.go_on()
        wait_until(lambda: len(box.notes("ended")) == 6)
        for store in stores:
            numbers = [note["number"] for note in box.notes("step", store) if note["asked"] == 1]
            assert numbers == list(range(1, 9)), "no step lost; none repeated that was kept"
        assert box.notes("overlap") == []
        assert len(box.notes("began")) == 6 + 3
        wait_until(lambda: engine.live_runs() == [])

    def test_the_agenda_by_itself_and_the_failure(self, box: Box) -> None:
        store, broken, refusing, busy = (box.store() for _ in range(4))
        box.plan(steps=1, seconds=0.1, failing=broken.pk, refusing=refusing.pk, busy=busy.pk)
        worker = box.worker()
        wait_until(worker.has_started)
        for one in (store, broken, refusing, busy):
            one.agenda.next_sync_at = now() - timedelta(seconds=1)
            one.agenda.save()
        wait_until(lambda: box.notes("ended", busy))
        wait_until(lambda: engine.live_runs() == [])
        assert [box.agenda(one).failures for one in (store, broken, refusing, busy)] == [0, 1, 1, 0]
        again_at = box.agenda(broken).next_sync_at
        asked_at = box.agenda(broken).asked_at
        assert again_at is not None
        assert asked_at is not None
        assert again_at > asked_at
        assert [note["trigger"] for note in box.notes("began", store)] == [Trigger.SCHEDULE]
        with sqlite3.connect(box.folder / "jobs.sqlite3") as connection:
            dump = "\n".join(connection.iterdump())
        connection.close()
        assert "secret-token" not in dump
        assert "secret-token" in worker.said(), "the log has the cause"
        assert "dbos" not in worker.said().lower()
        wait_until(lambda: engine._rows(name=engine.TICK, status="SUCCESS"))
        assert engine.forget_ended(syncs_before=now() + timedelta(1), ticks_before=now() + timedelta(1)) >= 5

    def test_it_works_alone_and_told_to_end_leaves_long_runs_to_the_next(self, box: Box) -> None:
        box.plan(steps=2, seconds=0.1)
        box.hold(at_step=1)
        store = box.store()
        both = [box.worker(), box.worker()]
        press(box, store)
        wait_until(lambda: any(one.process.poll() is not None for one in both))
        wait_until(lambda: box.notes("step") and any(one.has_started() for one in both))
        refused, working = sorted(both, key=lambda one: one.has_started())
        assert refused.process.returncode == 1
        assert "só pode haver um" in refused.said()
        assert working.end() == 0
        assert [run.is_running for run in engine.live_runs()] == [False]
        assert WorkerSlot.objects.count() == 0
        box.go_on()
        box.worker()
        wait_until(lambda: box.notes("ended"))
