"""Real workers under the real engine, killed in the midst of a sync of three hundred orders with faults on."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from crash_books import assert_promises
from crash_killing import Doorway, Point
from crash_story import ORDERS, begin_faults, open_shop
from crash_workers import StartWorker
from django.db import connection

from ahead.jobs import engine, standing
from ahead.jobs.asking import ask_sync
from ahead.jobs.models import DEAD_AFTER_SECONDS
from ahead.orders.models import Order
from ahead.sandbox.tray import TraySandbox, serve
from ahead.stores.models import Store
from ahead.stores.triggers import Trigger
from ahead.sync.models import RunState, SyncRun
from jobs_box import Worker, wait_until
from sync_stage import BY, Stage

pytestmark = [pytest.mark.kill, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1_800)]
# on a machine that does much else; idle they take three, one and ten
SECONDS_TO_GO_ON = 60
SECONDS_TO_END = 240


@pytest.fixture
def doorway() -> Doorway:
    return Doorway(TraySandbox(seed=11))


@pytest.fixture
def stage(transactional_db: None, doorway: Doorway) -> Iterator[Stage]:
    with serve(doorway, threads=8) as address:
        stage = open_shop(doorway.box, address, 1)
        # its agenda would press before we do
        Store.objects.of(stage.company).filter(pk=stage.store.pk).update(syncs_by_itself=False)
        yield stage


def press(stage: Stage) -> int | None:
    """Press Sincronizar."""
    return ask_sync(company=stage.company, store_id=stage.store.pk, by=BY, trigger=Trigger.BUTTON).number


def who_runs_it(workers: list[Worker]) -> list[Worker]:
    """Return the worker that has the one run in hand, where that is known and it lives."""
    state = standing.state()
    pids = {worker.executor: worker.pid for worker in state.workers}
    running = {pids.get(run.executor) for run in state.running}
    return [worker for worker in workers if worker.process.pid in running]


def kill_who_runs_it(doorway: Doorway, workers: list[Worker], requests: int) -> Worker:
    """Let Tray get so many more requests, kill the worker that sends them at the last one, and return it."""
    found: list[Worker] = []
    wait_until(lambda: found.extend(who_runs_it(workers)) or found)
    (victim,) = found
    is_dead = Event()

    def strike() -> None:
        victim.process.kill()
        is_dead.set()

    doorway.arm(Point("answered", requests), strike)
    assert is_dead.wait(SECONDS_TO_END), victim.said()
    victim.process.wait()
    doorway.arm(Point(), lambda: None)
    doorway.wait_until_quiet()
    return victim


def assert_goes_on(doorway: Doorway, within: float) -> None:
    """See Tray asked again soon."""
    before = doorway.arrived
    wait_until(lambda: doorway.arrived > before, within)


def test_a_run_whose_worker_is_killed_goes_on_with_the_next_and_ends_as_one(
    stage: Stage, doorway: Doorway, start_worker: StartWorker
) -> None:
    begin_faults(stage, 5)
    machines = ["first"] if connection.vendor == "sqlite" else ["first", "second"]
    workers = [start_worker(machine) for machine in machines]
    assert press(stage) == 1

    for requests in (60, 150):  # started again on the same machine, it goes on at once
        place = workers.index(kill_who_runs_it(doorway, workers, requests))
        workers[place] = start_worker(machines[place])
        assert_goes_on(doorway, SECONDS_TO_GO_ON)
    assert press(stage) is None, "one runs already"
    place = workers.index(kill_who_runs_it(doorway, workers, 120))
    if len(machines) == 1:
        workers[place] = start_worker(machines[place])
    assert_goes_on(doorway, DEAD_AFTER_SECONDS + SECONDS_TO_GO_ON)  # by another machine, if there is one

    wait_until(lambda: not engine.live_runs(), SECONDS_TO_END)
    assert press(stage) == 2
    wait_until(lambda: not engine.live_runs(), SECONDS_TO_END)
    runs = list(SyncRun.objects.of(stage.company).order_by("number"))
    assert [(run.number, run.asked) for run in runs] == [(1, 1), (2, 2)], "one run for each press, whoever died"
    assert {run.state for run in runs} <= {RunState.CLEAN, RunState.WITH_ERRORS}
    assert Order.objects.of(stage.company).count() == ORDERS
    stage.shop.faults.clear()
    run = stage.sync(asked=3)
    assert (run.state, stage.errors(run)) == (RunState.CLEAN, [])
    assert_promises(stage)
