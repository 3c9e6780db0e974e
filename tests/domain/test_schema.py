"""Whether tables and release fit, and how two hosts that migrate at once get along."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from ahead.db import schema
from ahead.jobs.models import WorkerSlot
from ahead.jobs.releases import OlderReleaseAtWork, refuse_to_contract

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def recorder() -> Iterator[MigrationRecorder]:
    """What is noted of migrations, as it was before once the test is over."""
    recorder = MigrationRecorder(connection)
    before = set(recorder.applied_migrations())
    yield recorder
    for app, name in set(recorder.applied_migrations()) - before:
        recorder.record_unapplied(app, name)
    for app, name in before - set(recorder.applied_migrations()):
        recorder.record_applied(app, name)


def wait(said: list[str], seconds: float = 0) -> None:
    schema.wait_for_schema(seconds=seconds, say=said.append, pause=0.01)


def test_tables_that_grew_for_the_next_release_are_worked_on(recorder: MigrationRecorder) -> None:
    recorder.record_applied("orders", "0002_more")
    assert schema.look_at_schema().unknown == ["orders.0002_more"]
    wait([])


def test_tables_that_lost_what_we_need_stop_the_start_at_once(recorder: MigrationRecorder) -> None:
    recorder.record_applied("orders", "0003_contract_total")
    with pytest.raises(schema.SchemaDoesNotFit, match="mais nova"):
        wait([], seconds=60)
    with pytest.raises(schema.SchemaDoesNotFit, match="use a versão mais nova"):
        migrate([])


def test_what_is_missing_is_waited_for_and_asked_for_once(recorder: MigrationRecorder) -> None:
    recorder.record_unapplied("jobs", "0001_initial")
    said: list[str] = []
    with pytest.raises(schema.SchemaDoesNotFit, match=r"jobs\.0001_initial"):
        wait(said, seconds=3)
    assert len(said) == 1
    threading.Timer(0.2, _apply_elsewhere).start()
    wait(said, seconds=60)


def _apply_elsewhere() -> None:
    MigrationRecorder(connection).record_applied("jobs", "0001_initial")
    connections.close_all()


def migrate(said: list[str]) -> list[str]:
    return schema.migrate_tables(say=said.append, before=lambda _: None, after=lambda: None)


def test_two_hosts_migrate_one_after_the_other() -> None:
    first_is_in, first_may_go = threading.Event(), threading.Event()
    order: list[str] = []

    def first() -> None:
        def work() -> None:
            first_is_in.set()
            first_may_go.wait(60)
            order.append("first")

        schema.migrate_tables(say=order.append, before=lambda _: None, after=work)
        connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    assert first_is_in.wait(60)
    said: list[str] = []

    def note(sentence: str) -> None:
        said.append(sentence)
        first_may_go.set()

    schema.migrate_tables(say=note, before=lambda _: order.append("second"), after=lambda: None)
    thread.join()
    assert order == ["first", "second"]
    assert "esperando" in said[0]


def test_nothing_is_taken_away_while_a_worker_of_another_release_lives() -> None:
    now = timezone.now()
    slot = WorkerSlot.objects.create(
        executor="a", seen_at=now, started_at=now, host="casa", pid=7, threads=8, release="0.0.1"
    )
    refuse_to_contract(["orders.0002_more"])
    with pytest.raises(OlderReleaseAtWork, match=r"casa.*0\.0\.1"):
        refuse_to_contract(["orders.0003_contract_total"])
    WorkerSlot.objects.filter(pk=slot.pk).update(seen_at=now - timedelta(minutes=2))
    refuse_to_contract(["orders.0003_contract_total"])
