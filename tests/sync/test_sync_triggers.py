"""What asked for a run stands in its log, whichever way the request took."""

from __future__ import annotations

import pytest

from ahead.jobs.running import run_store
from ahead.stores import agenda
from ahead.stores.triggers import Trigger
from ahead.sync import queries
from ahead.sync.dry_run import run_dry
from ahead.sync.models import SyncRun
from sync_stage import BY, Stage

pytestmark = pytest.mark.django_db(transaction=True)


def ask(stage: Stage, trigger: Trigger) -> int | None:
    return agenda.ask_sync(company=stage.company, store_id=stage.store.pk, by=BY, trigger=trigger)


def ran(stage: Stage, asked: int, trigger: Trigger) -> SyncRun:
    run_store(stage.store.pk, asked, str(trigger), f"sync:{stage.store.pk}:{asked}")
    return SyncRun.objects.of(stage.company).get(asked=asked)


def test_a_run_is_logged_as_what_asked_for_it_and_is_found_by_it(stage: Stage) -> None:
    for trigger in Trigger:
        if trigger == Trigger.SIMULATION:
            run = run_dry(stage.store, by=BY, trigger=trigger)
        else:
            ask(stage, trigger)
            [unsent] = agenda.unsent()
            run = ran(stage, unsent.asked, unsent.trigger)
        assert run.trigger == trigger
        assert [one.pk for one in queries.runs(stage.company, trigger=trigger).rows] == [run.pk]
    assert [value for value, _ in queries.TRIGGERS] == Trigger.values


def test_what_joins_a_run_of_notices_that_waits_is_what_the_run_is_for(stage: Stage) -> None:
    assert (ask(stage, Trigger.NOTICE), ask(stage, Trigger.NOTA)) == (1, 1)
    run = ran(stage, 1, Trigger.NOTICE)
    assert (run.trigger, run.asked_by) == (Trigger.NOTA, BY)
    assert run.tray_total is not None  # it swept, as a run of notices does not
