"""Notifications: what one says, what is kept of it, and what is not lost while it is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from turned_time import in_threads

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.db.clock import shared_now
from ahead.stores import agenda, leases, operations
from ahead.stores.models import Store, StoreAgenda
from ahead.stores.triggers import Trigger
from ahead.webhooks.intake import Intake
from ahead.webhooks.models import Application, Notice, StrangerCount
from ahead.webhooks.operations import (
    Address,
    address_of,
    keep_arrivals,
    open_address,
    purge_notices,
    renew_address,
    settle,
)
from ahead.webhooks.queries import Waiting, address_standing, pending_notices, waiting_stores
from ahead.webhooks.rules import SCOPES, Malformed, Notification, is_echo, is_ripe, read_notification

SAM = "sam@ahead.example"
SENT = {"seller_id": "391250", "scope_id": "7001", "scope_name": "order", "act": "update", "app_code": "9"}
SECOND = timedelta(seconds=1)


class TestRules:
    def test_a_notification_is_read(self) -> None:
        assert read_notification(SENT) == Notification(391250, "order", 7001, "update")
        assert not read_notification({**SENT, "scope_name": "customer"}).is_wanted

    @pytest.mark.parametrize(
        "change",
        [
            {"seller_id": ""}, {"seller_id": "abc"}, {"seller_id": "-1"}, {"seller_id": "0"}, {"scope_id": "9" * 30},
            {"scope_id": "９"}, {"scope_id": str(2**63)}, {"act": "explode"}, {"act": ""}, {"scope_name": ""},
            {"scope_name": "o" * 41},
        ],
    )  # fmt: skip
    def test_what_is_none_is_told_apart(self, change: dict[str, str]) -> None:
        with pytest.raises(Malformed):
            read_notification({**SENT, **change})

    def test_a_store_is_looked_at_once_it_is_quiet_or_has_waited(self, now: datetime) -> None:
        assert not is_ripe(now, now, now + SECOND / 2)
        assert is_ripe(now, now, now + SECOND)
        assert not is_ripe(now, now + 3 * SECOND, now + 3.5 * SECOND)
        assert is_ripe(now, now + 3.9 * SECOND, now + 4 * SECOND)

    def test_an_echo_comes_about_when_we_wrote(self, now: datetime) -> None:
        assert is_echo(now, now + 50 * SECOND, now)
        assert is_echo(now - 9 * SECOND, now, now)
        assert not is_echo(now, now + 61 * SECOND, now)
        assert not is_echo(now - 11 * SECOND, now, now)
        assert not is_echo(now, now, None)


def receive(at: Address, note: Notification, *, now: datetime) -> bool:
    return Intake(lambda arrival: keep_arrivals([arrival])).receive(at, note, now=now)


def notify(store: Store, now: datetime, scope: str = "order", number: int = 7001, act: str = "update") -> bool:
    assert store.tray_store_id is not None
    note = Notification(store.tray_store_id, scope, number, act)
    return receive(address(store, now), note, now=now)


def address(store: Store, now: datetime) -> Address:
    secret = open_address(company=store.company, store_id=store.pk, by=SAM, now=now)
    found = address_of(secret, now=now)
    assert found is not None
    return found


def the_row(store: Store) -> Notice:
    return Notice.objects.of(store.company_id).get(store=store)


@pytest.mark.django_db
class TestKeeping:
    def test_however_often_it_is_one_row(self, loja: Store, now: datetime) -> None:
        for seconds, act in enumerate(("update", "insert", "update")):
            assert notify(loja, now + seconds * SECOND, act=act)
        row = the_row(loja)
        assert (row.arrived, row.settled, row.act) == (3, 0, "update")
        assert (row.first_at, row.last_at) == (now, now + 2 * SECOND)

    def test_what_arrives_while_one_looks_stays_to_be_looked_at(self, loja: Store, now: datetime) -> None:
        notify(loja, now)
        looked_at = pending_notices(loja.company_id, loja.pk, SCOPES)
        notify(loja, now + 5 * SECOND)
        settle(loja.company_id, looked_at, began=now + 2 * SECOND)
        (again,) = pending_notices(loja.company_id, loja.pk, SCOPES)
        assert (again.arrived, again.first_at, again.last_at) == (2, now + 2 * SECOND, now + 5 * SECOND)
        settle(loja.company_id, [again], began=now + 6 * SECOND)
        settle(loja.company_id, looked_at, began=now + 7 * SECOND)  # a late one takes nothing back
        assert pending_notices(loja.company_id, loja.pk, SCOPES) == []
        notify(loja, now + 9 * SECOND)
        assert pending_notices(loja.company_id, loja.pk, SCOPES)[0].first_at == now + 9 * SECOND

    def test_a_scope_that_nothing_depends_on_is_not_kept(self, loja: Store, now: datetime) -> None:
        assert notify(loja, now, scope="customer")
        assert not Notice.objects.of(loja.company_id).exists()

    def test_of_an_unknown_store_it_is_counted(self, loja: Store, now: datetime) -> None:
        at = address(loja, now)
        note = Notification(424242, "order", 1, "update")
        assert [receive(at, note, now=now + day) for day in (timedelta(0), SECOND, timedelta(days=1))] == [False] * 3
        assert list(StrangerCount.objects.order_by("day").values_list("count", "last_seller_id")) == [
            (2, 424242),
            (1, 424242),
        ]
        assert not Notice.objects.of(loja.company_id).exists()

    def test_the_store_of_another_application_is_unknown_here(
        self, loja: Store, outra: Company, make_store: object, now: datetime
    ) -> None:
        theirs = make_store(outra, name="Loja da Lua")  # type: ignore[operator]
        assert not receive(address(loja, now), Notification(theirs.tray_store_id, "order", 1, "update"), now=now)
        assert StrangerCount.objects.get().count == 1

    def test_stores_of_two_companies_may_share_an_application(
        self, loja: Store, outra: Company, make_store: object, now: datetime
    ) -> None:
        theirs = make_store(outra, name="Lua", consumer_key="key-Loja do Sol")  # type: ignore[operator]
        assert receive(address(loja, now), Notification(theirs.tray_store_id, "order", 1, "update"), now=now)
        assert (the_row(theirs).company_id, Application.objects.count()) == (outra.pk, 1)

    def test_how_many_wait_and_since_when(self, loja: Store, now: datetime) -> None:
        notify(loja, now)
        notify(loja, now + SECOND, scope="product", number=101)
        assert waiting_stores() == [Waiting(loja.company_id, loja.pk, 2, now, now + SECOND)]
        settle(loja.company_id, pending_notices(loja.company_id, loja.pk, SCOPES), began=now)
        assert waiting_stores() == []

    def test_what_was_settled_long_ago_is_purged(self, loja: Store, now: datetime) -> None:
        notify(loja, now)
        notify(loja, now, number=7002)
        settle(loja.company_id, pending_notices(loja.company_id, loja.pk, SCOPES)[:1], began=now)
        assert purge_notices(now=now + timedelta(days=6)) == 0
        assert purge_notices(now=now + timedelta(days=8)) == 1
        assert the_row(loja).settled == 0


@pytest.mark.django_db
class TestAddress:
    def test_it_is_made_once_and_kept_sealed(self, loja: Store, now: datetime) -> None:
        secrets = {open_address(company=loja.company, store_id=loja.pk, by=SAM, now=now) for _ in range(2)}
        (secret,) = secrets
        assert len(secret) > 40
        from django.db import connection  # what lies in the table, not what the field makes of it

        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM webhooks_application")
            assert secret not in str(cursor.fetchall())
        assert Event.objects.of(loja.company_id).filter(name="webhooks.address.opened").count() == 1
        assert address_of("errado", now=now) is None

    def test_a_renewed_one_leaves_the_former_until_the_new_one_is_used(self, loja: Store, now: datetime) -> None:
        before = open_address(company=loja.company, store_id=loja.pk, by=SAM, now=now)
        after = renew_address(company=loja.company, store_id=loja.pk, keeps_former=True, by=SAM, now=now)
        note = Notification(loja.tray_store_id or 0, "order", 1, "update")
        by_former, by_new = address_of(before, now=now), address_of(after, now=now)
        assert by_former is not None
        assert by_new is not None
        receive(by_former, note, now=now)
        assert address_of(before, now=now) is not None
        assert address_of(before, now=now + timedelta(days=31)) is None
        receive(by_new, note, now=now)
        assert address_of(before, now=now) is None

    def test_one_that_leaked_ends_at_once(self, loja: Store, now: datetime) -> None:
        before = open_address(company=loja.company, store_id=loja.pk, by=SAM, now=now)
        after = renew_address(company=loja.company, store_id=loja.pk, keeps_former=False, by=SAM, now=now)
        assert (address_of(before, now=now), after != before) == (None, True)

    def test_its_standing(self, loja: Store, now: datetime) -> None:
        assert address_standing(loja, now=now) is None
        notify(loja, now)
        receive(address(loja, now), Notification(5, "order", 1, "update"), now=now)
        standing = address_standing(loja, now=now)
        assert standing is not None
        assert (standing.last_at, standing.strangers_today, standing.strangers_last_id) == (now, 1, 5)

    def test_it_is_of_the_company_only(self, loja: Store, outra: Company, now: datetime) -> None:
        with pytest.raises(Store.DoesNotExist):
            open_address(company=outra, store_id=loja.pk, by=SAM, now=now)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_all_counted(loja: Store, now: datetime) -> None:
    at = address(loja, now)
    note = Notification(loja.tray_store_id or 0, "order", 7001, "update")

    def send() -> None:
        for _ in range(5):
            receive(at, note, now=now)

    in_threads(6, lambda _: send())
    assert the_row(loja).arrived == 30


@pytest.mark.django_db
class TestAsking:
    """A run that notices ask for is brief, and in nobody's way."""

    def ask(self, store: Store, trigger: Trigger) -> int | None:
        return agenda.ask_sync(company=store.company, store_id=store.pk, by="ana", trigger=trigger)

    def row(self, store: Store) -> StoreAgenda:
        return StoreAgenda.objects.of(store.company_id).get(store=store)

    def test_it_leaves_schedule_and_trail_alone(self, loja: Store, now: datetime) -> None:
        before = self.row(loja).next_sync_at
        assert self.ask(loja, Trigger.NOTICE) == 1
        assert (self.row(loja).next_sync_at, self.row(loja).trigger) == (before, Trigger.NOTICE)
        assert not Event.objects.of(loja.company_id).filter(name="stores.sync.asked").exists()
        assert agenda.trigger_of(loja.pk, 1) == Trigger.NOTICE

    def test_a_press_while_it_waits_makes_a_whole_run_of_it(self, loja: Store, now: datetime) -> None:
        self.ask(loja, Trigger.NOTICE)
        assert (self.ask(loja, Trigger.BUTTON), self.ask(loja, Trigger.BUTTON)) == (1, None)
        assert agenda.trigger_of(loja.pk, 1) == Trigger.BUTTON
        assert Event.objects.of(loja.company_id).filter(name="stores.sync.asked").count() == 1

    def test_a_press_while_it_runs_gets_a_whole_run_after_it(self, loja: Store, now: datetime) -> None:
        self.ask(loja, Trigger.NOTICE)
        agenda.take(loja.pk, 1, holder="run 1", now=shared_now())
        assert (self.ask(loja, Trigger.BUTTON), self.ask(loja, Trigger.BUTTON)) == (2, None)
        assert agenda.trigger_of(loja.pk, 1) is None

    def test_notices_ask_for_nothing_while_a_run_waits_or_goes_on(self, loja: Store, now: datetime) -> None:
        self.ask(loja, Trigger.BUTTON)
        assert self.ask(loja, Trigger.NOTICE) is None
        fence = agenda.take(loja.pk, 1, holder="run 1", now=shared_now())
        assert self.ask(loja, Trigger.NOTICE) is None
        leases.leave_store(loja.pk, token=fence or 0)
        assert self.ask(loja, Trigger.NOTICE) == 2

    def test_which_stores_may_be_noticed(self, loja: Store, now: datetime) -> None:
        assert agenda.may_be_noticed(loja.pk, now) is None  # due at once: a whole run is coming
        agenda.schedule_next(loja.pk, ok=True, now=now)
        assert agenda.may_be_noticed(loja.pk, now) == loja.company
        agenda.schedule_next(loja.pk, ok=False, now=now)
        assert agenda.may_be_noticed(loja.pk, now) is None
        agenda.schedule_next(loja.pk, ok=True, now=now)
        operations.pause_store(company=loja.company, store_id=loja.pk, by="ana", now=now)
        assert agenda.may_be_noticed(loja.pk, now) is None
