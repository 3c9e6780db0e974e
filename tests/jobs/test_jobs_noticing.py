"""A real worker asks for what Tray notified us of: also for what arrived while nobody was there to ask."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ahead.stores.models import Store, StoreAgenda
from ahead.stores.triggers import Trigger
from ahead.sync.models import SweepState
from ahead.webhooks.intake import Intake
from ahead.webhooks.operations import keep_arrivals, open_address, settle
from ahead.webhooks.queries import pending_notices
from ahead.webhooks.rules import SCOPES, Notification
from jobs_box import Box, wait_until

LATER = timedelta(hours=1)


def swept(box: Box) -> Store:
    """A store that was swept whole, whose schedule is far off."""
    store = box.store()
    Store.objects.of(box.company).filter(pk=store.pk).update(tray_store_id=7_000 + store.pk, consumer_key="ck")
    store.refresh_from_db()
    SweepState.objects.create(company=box.company, store=store, closed_through=date(2026, 1, 1))
    StoreAgenda.objects.of(box.company).filter(store=store).update(next_sync_at=datetime.now(UTC) + LATER)
    return store


def notify(store: Store, order_id: int = 7001) -> None:
    now = datetime.now(UTC)
    intake = Intake(lambda arrival: keep_arrivals([arrival]))
    address = intake.address_of(open_address(company=store.company, store_id=store.pk, by="ana", now=now), now=now)
    assert address is not None
    assert store.tray_store_id is not None
    assert intake.receive(address, Notification(store.tray_store_id, "order", order_id, "update"), now=now)


def test_what_arrived_before_the_worker_is_asked_for_and_the_schedule_stays(box: Box) -> None:
    store, other = swept(box), swept(box)
    due = box.agenda(store).next_sync_at
    box.plan(steps=1, seconds=0.1)
    notify(store)
    box.worker()
    wait_until(lambda: box.notes("ended", store))
    assert {note["trigger"] for note in box.notes("began", store)} == {Trigger.NOTICE}
    wait_until(lambda: box.agenda(store).lease_until is None)
    assert (box.agenda(store).next_sync_at, box.agenda(store).failures) == (due, 0)
    assert box.notes("began", other) == []


def test_what_arrives_during_a_run_gets_one_of_its_own(box: Box) -> None:
    store = swept(box)
    box.plan(steps=2, seconds=0.1)
    box.hold(at_step=1)
    notify(store)
    box.worker()
    wait_until(lambda: box.notes("step", store))
    looked_at = pending_notices(box.company.pk, store.pk, SCOPES)
    notify(store, 7002)
    settle(box.company.pk, looked_at, began=datetime.now(UTC))
    box.go_on()
    wait_until(lambda: len(box.notes("ended", store)) == 2)
    assert [note["asked"] for note in box.notes("ended", store)] == [1, 2]


def test_a_store_that_fails_is_left_to_its_schedule(box: Box) -> None:
    store = swept(box)
    box.plan(steps=1, seconds=0.1, refusing=store.pk)
    notify(store)
    box.worker()
    wait_until(lambda: box.agenda(store).failures == 1)
    asked = box.agenda(store).asked
    wait_until(lambda: box.agenda(store).next_sync_at is not None)
    assert (asked, box.agenda(store).asked) == (1, 1)
    assert len(pending_notices(box.company.pk, store.pk, SCOPES)) == 1
