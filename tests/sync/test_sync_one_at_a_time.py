"""One run at a time for each store: a second waits, a dead one is resumed, a lost one writes nothing more."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from ahead.stock.models import PublishedStock
from ahead.stores.leases import LostStore, leave_store, take_store
from ahead.stores.triggers import Trigger
from ahead.sync.heart import Heart
from ahead.sync.models import RunState, Step, SyncEvent, SyncRun
from ahead.sync.runner import StoreBusy, run_sync
from sync_stage import BY, Stage, assert_complete

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_store_in_the_hands_of_another_is_busy(stage: Stage, orders: list[int]) -> None:
    token = take_store(stage.store.pk, holder="outro", now=datetime.now(UTC), seconds=60)
    assert token is not None
    with pytest.raises(StoreBusy):
        run_sync(store_id=stage.store.pk, trigger=Trigger.COMMAND, holder="eu", asked_by=BY)
    assert not SyncRun.objects.of(stage.company).exists()
    leave_store(stage.store.pk, token=token)
    stage.sync()
    assert_complete(stage, orders)


class Died(BaseException):
    """The process is gone."""


def test_a_run_that_died_is_gone_on_with_under_the_same_number(stage: Stage, orders: list[int]) -> None:
    def die(run: SyncRun) -> None:
        if run.step == Step.ACKNOWLEDGE and run.done == run.total:
            raise Died

    with pytest.raises(Died):
        stage.sync(asked=0, listener=die)
    left = SyncRun.objects.of(stage.company).get()
    assert (left.state, left.orders_imported) == (RunState.RUNNING, 8)

    run = stage.sync(asked=0)

    assert (run.pk, run.state) == (left.pk, RunState.CLEAN)
    assert (run.orders_imported, run.statuses_written, run.orders_updated) == (8, 8, 0)
    assert run.requests >= 8 + 8 + 3
    keys = SyncEvent.objects.of(stage.company).filter(run=run).values_list("kind", "key")
    assert len(keys) == len(set(keys))
    assert_complete(stage, orders)


def test_a_run_left_running_by_a_dead_process_is_closed_by_the_next(stage: Stage, orders: list[int]) -> None:
    def die(run: SyncRun) -> None:
        if run.step == Step.ORDERS and run.done:
            raise Died

    with pytest.raises(Died):
        stage.sync(asked=3, listener=die)

    run = stage.sync(asked=4)

    dead = SyncRun.objects.of(stage.company).get(asked=3)
    assert (dead.state, dead.finished_at is not None) == (RunState.WITH_ERRORS, True)
    error = stage.error(dead)
    assert ("foi interrompida" in error.text, error.turn) == (True, "us")
    assert "a sincronização seguinte faz o que faltava" in error.remedy
    assert (run.pk != dead.pk, run.state) == (True, RunState.CLEAN)
    assert_complete(stage, orders)


def test_who_was_fenced_off_writes_nothing_more(stage: Stage, orders: list[int]) -> None:
    stolen: list[int | None] = []

    def steal(run: SyncRun) -> None:
        if run.step != Step.ORDERS or stolen:
            return

        def take() -> None:
            from django.db import connection

            leave_store(stage.store.pk, token=_fence(stage))
            stolen.append(take_store(stage.store.pk, holder="outro", now=datetime.now(UTC), seconds=60))
            connection.close()

        thread = threading.Thread(target=take)
        thread.start()
        thread.join()

    with pytest.raises(LostStore):
        stage.sync(listener=steal)

    assert stage.orders() == []
    run = SyncRun.objects.of(stage.company).get()
    assert (run.state, run.step, run.done) == (RunState.RUNNING, Step.ORDERS, 0)
    assert stage.writes() == []
    assert _fence(stage) == stolen[0]  # and it did not let go what is not its own
    leave_store(stage.store.pk, token=stolen[0] or 0)
    assert stage.sync().state == RunState.CLEAN
    assert_complete(stage, orders)


def _fence(stage: Stage) -> int:
    from ahead.stores.models import StoreAgenda

    return StoreAgenda.objects.of(stage.company).get(store=stage.store).lease_token


def test_who_holds_a_store_too_long_is_kept_no_longer(stage: Stage) -> None:
    now = datetime.now(UTC)
    token = take_store(stage.store.pk, holder="parado", now=now, seconds=0.5)
    assert token is not None
    heart = Heart(beat_seconds=0.1, longest=0.3)
    heart.hold(stage.store.pk, token)
    heart.join(timeout=120)
    assert take_store(stage.store.pk, holder="outro", now=now + timedelta(days=1), seconds=1) is not None


def test_two_stores_that_make_the_same_customer_at_once_make_one(stage: Stage) -> None:
    """Another transaction makes the customer while ours is under way; on PostgreSQL ours collides and tries again."""
    from ahead.customers.models import Customer

    _, at_tray = stage.add_product("CAN-350")
    person = {"name": "Maria Exemplo", "cpf": "52998224725", "address": "Rua A", "city": "Marília", "state": "SP"}
    placed = stage.shop.place_order(items=[(at_tray, 1)], customer=person)
    inserted, done = threading.Event(), threading.Event()

    def other() -> None:
        from django.db import connection, transaction

        with transaction.atomic():
            now = datetime.now(UTC)
            Customer.objects.create(
                company=stage.company, document="52998224725", name="Maria", kind="PF", created_at=now, updated_at=now
            )
            inserted.set()
            done.wait(timeout=1.0)
        connection.close()

    def start(run: SyncRun) -> None:
        if run.step == Step.ORDERS and not inserted.is_set():
            thread.start()
            inserted.wait(timeout=120)

    thread = threading.Thread(target=other)
    run = stage.sync(listener=start)
    thread.join()

    assert run.state == RunState.CLEAN
    (customer,) = Customer.objects.of(stage.company)
    assert stage.order(placed.id).customer == customer


def test_who_watches_sees_the_counters_go_on_with_the_orders(stage: Stage, orders: list[int]) -> None:
    seen: dict[str, int] = {}

    def watch(run: SyncRun) -> None:
        seen[run.step] = SyncRun.objects.of(stage.company).get(pk=run.pk).orders_imported

    run = stage.sync(listener=watch)

    assert seen[Step.ORDERS] == len(orders)
    assert run.orders_imported == len(orders)


def test_what_was_announced_and_never_answered_is_known_to_be_open(stage: Stage) -> None:
    ours, _ = stage.add_product("CAN-350", on_hand=30, at_tray=12)
    stage.shop.faults.next("PUT /products/:id", "500", times=4)
    stage.sync()
    row = PublishedStock.objects.of(stage.company).get(variant__product=ours)
    assert (row.confirmed, row.sent) == (12, 30)
