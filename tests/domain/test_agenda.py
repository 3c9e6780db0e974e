"""Asking for syncs, the schedule, and who has a store in hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from turned_time import in_threads

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.db.clock import shared_now
from ahead.stores import agenda, connecting, leases, operations
from ahead.stores.models import Connection, StatusRole, Store, StoreAgenda
from ahead.stores.triggers import Trigger

ANA = "ana@padaria.example"


def row(store: Store) -> StoreAgenda:
    return StoreAgenda.objects.of(store.company_id).get(store=store)


@pytest.fixture
def now() -> datetime:
    """The present instant: who asks looks at the shared clock."""
    return shared_now()


def ask(store: Store, trigger: Trigger = Trigger.BUTTON) -> int | None:
    return agenda.ask_sync(company=store.company, store_id=store.pk, by=ANA, trigger=trigger)


def begin(store: Store, now: datetime, asked: int = 1) -> int:
    """Begin what was asked for, and return the fence number."""
    fence = agenda.take(store.pk, asked, holder=f"run {asked}", now=now)
    assert fence is not None
    return fence


def sync_at_once(store: Store, now: datetime) -> None:
    """Begin what was asked for first, and be done with it."""
    leases.leave_store(store.pk, token=begin(store, now))


@pytest.mark.django_db
class TestAsking:
    def test_two_presses_make_one_run(self, loja: Store, now: datetime) -> None:
        assert (ask(loja), ask(loja)) == (1, None)
        assert (row(loja).asked, row(loja).asked_by) == (1, ANA)
        assert now <= (row(loja).asked_at or now) <= shared_now()

    def test_a_press_while_one_runs_makes_no_other(self, loja: Store, now: datetime) -> None:
        ask(loja)
        fence = begin(loja, now - timedelta(seconds=15))
        assert ask(loja) is None
        assert row(loja).asked == 1
        leases.leave_store(loja.pk, token=fence)
        assert (ask(loja), ask(loja)) == (2, None)

    def test_a_press_after_the_run_died_makes_one_more(self, loja: Store, now: datetime) -> None:
        """It waits until the run that died was resumed, which begins nothing but itself."""
        ask(loja)
        begin(loja, now - timedelta(seconds=30))
        assert (ask(loja), ask(loja)) == (2, None)
        begin(loja, now, asked=1)
        assert (row(loja).asked, row(loja).taken) == (2, 1)
        assert agenda.take(loja.pk, 2, holder="run 2", now=now) is None
        assert (row(loja).asked, row(loja).taken) == (2, 1)

    def test_a_press_while_a_command_syncs_makes_no_other(self, loja: Store, now: datetime) -> None:
        leases.take_store(loja.pk, holder="comando", now=now)
        assert ask(loja) is None

    def test_a_press_lost_before_it_was_sent_is_seen(self, loja: Store, now: datetime) -> None:
        ask(loja)
        assert agenda.unsent() == [agenda.Unsent(loja.company_id, loja.pk, 1, Trigger.BUTTON, row(loja).asked_at)]
        agenda.mark_sent(loja.pk, 1)
        agenda.mark_sent(loja.pk, 0)
        assert agenda.unsent() == []
        assert row(loja).sent == 1

    def test_what_has_begun_is_not_sent_again(self, loja: Store, now: datetime) -> None:
        ask(loja)
        begin(loja, now)
        assert agenda.unsent() == []

    def test_is_of_the_company_only(self, loja: Store, outra: Company, now: datetime) -> None:
        with pytest.raises(Store.DoesNotExist):
            agenda.ask_sync(company=outra, store_id=loja.pk, by="caio", trigger=Trigger.BUTTON)

    def test_leaves_a_trace_when_a_person_asks(self, loja: Store, now: datetime) -> None:
        ask(loja, Trigger.SCHEDULE)
        asked = Event.objects.of(loja.company_id).filter(name="stores.sync.asked")
        assert not asked.exists()
        sync_at_once(loja, now)
        ask(loja)
        assert asked.get().facts == {"trigger": "button"}

    @pytest.mark.parametrize("standing", [Connection.NEVER, Connection.REAUTHORISE])
    def test_needs_a_connection(self, loja: Store, now: datetime, standing: Connection) -> None:
        connecting.mark_connection(loja, connection=standing, note="", now=now)
        with pytest.raises(agenda.CannotSync, match=r"[Cc]onecta"):
            ask(loja)

    def test_may_try_a_blocked_store(self, loja: Store, now: datetime) -> None:
        connecting.mark_connection(loja, connection=Connection.BLOCKED, note="1001", now=now)
        assert ask(loja) == 1

    def test_needs_a_status_and_no_pause(self, loja: Store, now: datetime) -> None:
        operations.pause_store(company=loja.company, store_id=loja.pk, by=ANA, now=now)
        with pytest.raises(agenda.CannotSync, match="pausada"):
            ask(loja)
        operations.resume_store(company=loja.company, store_id=loja.pk, by=ANA, now=now)
        loja.status_choices.all().delete()
        with pytest.raises(agenda.CannotSync, match="Status Buscar Pedido"):
            ask(loja)


@pytest.mark.django_db
class TestSchedule:
    def test_a_store_is_due_once_it_is_connected(self, loja: Store, now: datetime) -> None:
        assert agenda.due_stores(now) == [loja.pk]

    def test_asking_puts_off_the_next(self, loja: Store, now: datetime) -> None:
        ask(loja, Trigger.SCHEDULE)
        sync_at_once(loja, now)

        assert row(loja).next_sync_at == (row(loja).asked_at or now) + timedelta(minutes=15)
        assert agenda.due_stores(now + timedelta(minutes=14)) == []
        assert agenda.due_stores(now + timedelta(minutes=16)) == [loja.pk]

    def test_what_waits_or_is_in_hand_is_not_due(self, loja: Store, now: datetime) -> None:
        later = now + timedelta(hours=1)
        ask(loja)
        assert agenda.due_stores(later) == []
        fence = begin(loja, later)
        assert agenda.due_stores(later) == []
        leases.leave_store(loja.pk, token=fence)
        assert agenda.due_stores(later) == [loja.pk]

    @pytest.mark.parametrize("reason", ["paused", "blocked", "by hand", "no status", "gone status"])
    def test_what_cannot_sync_is_not_due(self, loja: Store, now: datetime, reason: str) -> None:
        if reason == "paused":
            operations.pause_store(company=loja.company, store_id=loja.pk, by=ANA, now=now)
        elif reason == "blocked":
            connecting.mark_connection(loja, connection=Connection.BLOCKED, note="", now=now)
        elif reason == "by hand":
            self.set(loja, now, by_itself=False)
        elif reason == "no status":
            loja.status_choices.filter(role=StatusRole.IMPORT).delete()
        else:
            loja.statuses.update(is_gone=True)

        assert agenda.due_stores(now + timedelta(days=1)) == []

    @staticmethod
    def set(store: Store, now: datetime, *, by_itself: bool = True, minutes: int = 15) -> None:
        operations.set_schedule(
            company=store.company,
            store_id=store.pk,
            by_itself=by_itself,
            interval_minutes=minutes,
            by=ANA,
            now=now,
        )

    def test_a_change_counts_at_once(self, loja: Store, now: datetime) -> None:
        agenda.schedule_next(loja.pk, ok=True, now=now)
        self.set(loja, now + timedelta(minutes=1), minutes=60)
        assert row(loja).next_sync_at == now + timedelta(minutes=60)
        self.set(loja, now + timedelta(minutes=10), minutes=5)
        assert row(loja).next_sync_at == now + timedelta(minutes=10)
        self.set(loja, now + timedelta(minutes=11), by_itself=False, minutes=5)
        assert row(loja).next_sync_at is None
        self.set(loja, now + timedelta(minutes=12), minutes=5)
        assert agenda.due_stores(now + timedelta(minutes=12)) == [loja.pk]

    def test_failures_are_tried_again_soon_and_then_ever_later(self, loja: Store, now: datetime) -> None:
        waits = []
        for _ in range(8):
            agenda.schedule_next(loja.pk, ok=False, now=now)
            waits.append((row(loja).next_sync_at - now).total_seconds() / 60)  # type: ignore[operator]
        assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
        agenda.schedule_next(loja.pk, ok=True, now=now)
        assert (row(loja).failures, row(loja).next_sync_at) == (0, now + timedelta(minutes=15))

    def test_a_store_synchronised_by_hand_gets_no_next(self, loja: Store, now: datetime) -> None:
        self.set(loja, now, by_itself=False)
        agenda.schedule_next(loja.pk, ok=True, now=now)
        assert row(loja).next_sync_at is None


@pytest.mark.django_db
class TestLeases:
    def test_one_holder_at_a_time(self, loja: Store, now: datetime) -> None:
        first = leases.take_store(loja.pk, holder="a", now=now)
        assert leases.take_store(loja.pk, holder="b", now=now + timedelta(seconds=29)) is None
        second = leases.take_store(loja.pk, holder="b", now=now + timedelta(seconds=30))

        assert (first, second) == (1, 2)

    def test_one_that_keeps_it_is_not_overtaken(self, loja: Store, now: datetime) -> None:
        token = leases.take_store(loja.pk, holder="a", now=now) or 0
        assert leases.keep_store(loja.pk, token=token, now=now + timedelta(seconds=25))
        assert leases.take_store(loja.pk, holder="b", now=now + timedelta(seconds=40)) is None

    def test_the_same_holder_comes_back_with_a_new_number(self, loja: Store, now: datetime) -> None:
        old = leases.take_store(loja.pk, holder="a", now=now) or 0
        new = leases.take_store(loja.pk, holder="a", now=now) or 0

        assert new > old
        assert not leases.keep_store(loja.pk, token=old, now=now)
        leases.leave_store(loja.pk, token=old)
        leases.check_fence(loja.pk, new)
        with pytest.raises(leases.LostStore):
            leases.check_fence(loja.pk, old)

    def test_one_who_woke_up_too_late_is_refused(self, loja: Store, now: datetime) -> None:
        frozen = leases.take_store(loja.pk, holder="a", now=now) or 0
        leases.take_store(loja.pk, holder="b", now=now + timedelta(minutes=1))

        assert not leases.keep_store(loja.pk, token=frozen, now=now + timedelta(minutes=1))
        with pytest.raises(leases.LostStore):
            leases.check_fence(loja.pk, frozen)

    def test_what_was_left_is_free_and_fenced(self, loja: Store, now: datetime) -> None:
        token = leases.take_store(loja.pk, holder="a", now=now) or 0
        leases.leave_store(loja.pk, token=token)
        with pytest.raises(leases.LostStore):
            leases.check_fence(loja.pk, token)
        assert not leases.keep_store(loja.pk, token=token, now=now)
        assert leases.take_store(loja.pk, holder="b", now=now) == token + 1

    def test_stores_do_not_hold_up_each_other(
        self, loja: Store, make_store: Callable[..., Store], padaria: Company, now: datetime
    ) -> None:
        other = make_store(padaria, "Loja da Lua")
        leases.take_store(loja.pk, holder="a", now=now)
        assert leases.take_store(other.pk, holder="b", now=now) == 1


def race(count: int, work: Callable[[int], None]) -> None:
    """Start `work` in so many threads at the same moment; the first error is raised here."""
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait(timeout=120)
        work(number)

    in_threads(count, run)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_presses_at_the_same_moment_make_one_run(self, loja: Store, now: datetime) -> None:
        numbers: list[int | None] = []
        race(6, lambda _: numbers.append(ask(loja)))

        assert sorted(number or 0 for number in numbers) == [0, 0, 0, 0, 0, 1]

    def test_a_press_at_the_moment_a_run_begins_finds_it_waiting_or_running(self, loja: Store, now: datetime) -> None:
        ask(loja)
        numbers: list[int | None] = []

        def work(number: int) -> None:
            if number:
                numbers.extend(ask(loja) for _ in range(10))
            else:
                begin(loja, now)

        race(4, work)

        assert numbers == [None] * 30
        assert (row(loja).asked, row(loja).taken) == (1, 1)

    def test_of_many_who_reach_for_a_store_one_gets_it(self, loja: Store, now: datetime) -> None:
        tokens: list[int | None] = []
        race(6, lambda number: tokens.append(leases.take_store(loja.pk, holder=f"w{number}", now=now)))

        assert sorted(token or 0 for token in tokens) == [0, 0, 0, 0, 0, 1]

    def test_nobody_takes_a_store_while_its_holder_writes(self, loja: Store, now: datetime) -> None:
        token = leases.take_store(loja.pk, holder="a", now=now) or 0
        order: list[str] = []
        writing, tried = threading.Event(), threading.Event()

        def work(number: int) -> None:
            if number == 0:
                with transaction.atomic():
                    leases.check_fence(loja.pk, token)
                    writing.set()
                    tried.wait(timeout=120)
                    threading.Event().wait(0.2)
                    order.append("written")
            else:
                writing.wait(timeout=120)
                tried.set()
                leases.take_store(loja.pk, holder="b", now=now + timedelta(minutes=5))
                order.append("taken")

        race(2, work)

        assert order == ["written", "taken"]
