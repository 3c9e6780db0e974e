"""What Tray gets for an answer, and what is kept of what it sent."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from time import sleep
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import User
from ahead.stores import agenda
from ahead.stores.models import StatusChoice, Store, StoreAgenda
from ahead.stores.triggers import Trigger
from ahead.sync.models import RunState, SyncRun
from ahead.webhooks import intake, operations
from ahead.webhooks.intake import INTAKE, WRITER
from ahead.webhooks.models import Notice, StrangerCount
from ahead.webhooks.operations import address_of, open_address, renew_address
from ahead.webhooks.queries import address_standing

pytestmark = pytest.mark.database

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """Stores of one test are not those of the next."""
    yield
    WRITER.close()
    INTAKE.forget()


@pytest.fixture
def secret(loja: Store, now: datetime) -> str:
    return open_address(company=loja.company, store_id=loja.pk, by="sam", now=now)


def send(secret: str, body: str, content_type: str = FORM) -> int:
    client = Client(enforce_csrf_checks=True)
    return client.post(f"/webhooks/tray/{secret}/", body, content_type=content_type).status_code


def of(store: Store, **change: str) -> str:
    sent = {"seller_id": str(store.tray_store_id), "scope_id": "7001", "scope_name": "order", "act": "update"}
    fields = {**sent, "app_code": "9", "url_notification": "https://x.example/", **change}
    return "&".join(f"{name}={value}" for name, value in fields.items())


def kept(store: Store) -> list[tuple[str, int, int]]:
    return list(Notice.objects.of(store.company_id).values_list("scope", "scope_id", "arrived"))


@pytest.mark.django_db(transaction=True)
def test_it_is_kept_and_answered_200_without_a_session(loja: Store, secret: str) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(f"/webhooks/tray/{secret}/", of(loja), content_type=FORM)
    assert (answer.status_code, answer.content, dict(answer.cookies)) == (200, b"", {})
    assert send(secret, of(loja, act="insert"), f"{FORM}; charset=utf-8") == 200
    assert kept(loja) == [("order", 7001, 2)]


@pytest.mark.django_db(transaction=True)
def test_a_wrong_secret_is_not_found_and_nothing_is_kept(loja: Store, secret: str) -> None:
    assert [send(wrong, of(loja)) for wrong in ("x", secret[:-1], secret.upper())] == [404] * 3
    assert kept(loja) == []


@pytest.mark.django_db(transaction=True)
def test_what_is_no_notification_is_refused_and_not_kept(loja: Store, secret: str) -> None:
    assert send(secret, of(loja, act="x")) == 400
    assert send(secret, "") == 400
    assert send(secret, '{"seller_id": 1}', "application/json") == 400
    assert send(secret, of(loja, more="y" * 5000)) == 413
    assert send(secret, "a&" * 1500) == 400
    assert Client().get(f"/webhooks/tray/{secret}/").status_code == 405
    assert kept(loja) == []


@pytest.mark.django_db(transaction=True)
def test_an_unknown_store_is_counted_and_answered_200(loja: Store, secret: str) -> None:
    assert [send(secret, of(loja, seller_id="5")) for _ in range(2)] == [200, 200]
    assert (kept(loja), StrangerCount.objects.get().count) == ([], 2)


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_answers_503_in_time_so_that_tray_sends_again(
    loja: Store, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "LONGEST_WAIT_SECONDS", 0.1)
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"])
        other.execute("BEGIN IMMEDIATE")
        assert send(secret, of(loja)) == 503
        other.rollback()
        other.close()
    monkeypatch.setattr(operations, "LONGEST_WAIT_SECONDS", 10.0)
    assert send(secret, of(loja)) == 200
    assert [row[:2] for row in kept(loja)] == [("order", 7001)]


@pytest.mark.django_db(transaction=True)
def test_no_log_tells_the_address(loja: Store, secret: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for body in (of(loja), "", of(loja, more="y" * 5000)):
        send(secret, body)
    send(secret, "a=1&" * 1020)
    send(f"{secret}x", of(loja))
    Client().get(f"/webhooks/tray/{secret}/")
    assert secret not in caplog.text
    assert "'route': 'webhook'" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_of_what_is_remembered_only_the_write_is_left(loja: Store, secret: str, django_assert_num_queries: Any) -> None:
    assert send(secret, of(loja)) == 200
    with django_assert_num_queries(0):  # the write is made by a thread of its own, with its connection
        assert send(secret, of(loja, scope_id="7002")) == 200
    assert kept(loja) == [("order", 7001, 1), ("order", 7002, 1)]


@pytest.mark.django_db(transaction=True)
def test_an_address_that_was_ended_is_good_for_some_seconds_at_most(
    loja: Store, secret: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "REMEMBERED_SECONDS", 0.05)
    assert send(secret, of(loja)) == 200
    new = renew_address(company=loja.company, store_id=loja.pk, keeps_former=False, by="sam", now=now)
    assert send(new, of(loja)) == 200
    sleep(0.06)
    assert send(secret, of(loja)) == 404


@pytest.mark.django_db(transaction=True)
def test_a_store_that_is_gone_is_sent_again_and_then_counted(loja: Store, secret: str) -> None:
    assert send(secret, of(loja)) == 200
    StatusChoice.objects.of(loja.company_id).filter(store=loja).delete()
    loja.delete()
    assert [send(secret, of(loja)) for _ in range(2)] == [503, 200]
    assert StrangerCount.objects.get().count == 1


@pytest.mark.django_db
class TestPage:
    """The address on the page of the Loja."""

    def page(self, enter: Any, user: User, store: Store) -> str:
        text: str = enter(user).get(f"/padaria-sol/lojas/{store.pk}/").content.decode()
        return text

    def test_it_is_made_shown_and_renewed_by_who_sets_stores_up(self, enter: Any, staff: User, loja: Store) -> None:
        assert "Criar endereço" in self.page(enter, staff, loja)
        enter(staff).post(f"/padaria-sol/lojas/{loja.pk}/avisos/")
        now = loja.created_at
        standing = address_standing(loja, now=now)
        assert standing is not None
        shown = self.page(enter, staff, loja)
        assert f"http://testserver/webhooks/tray/{standing.secret}/" in shown
        assert "chamado" in shown
        enter(staff).post(f"/padaria-sol/lojas/{loja.pk}/avisos/renovacao/")
        assert address_of(standing.secret, now=now) is not None
        enter(staff).post(f"/padaria-sol/lojas/{loja.pk}/avisos/renovacao/", {"ends_now": "on"})
        assert address_of(standing.secret, now=now) is None
        assert standing.secret not in self.page(enter, staff, loja)

    def test_nobody_else_sees_or_changes_it(self, enter: Any, ana: User, oto: User, loja: Store, secret: str) -> None:
        for person in (ana, oto):
            assert secret not in self.page(enter, person, loja)
            for end in ("avisos/", "avisos/renovacao/"):
                assert enter(person).post(f"/padaria-sol/lojas/{loja.pk}/{end}").status_code == 403
        assert address_of(secret, now=loja.created_at) is not None


@pytest.mark.django_db
class TestLogs:
    """What notices asked for among the runs."""

    def make(self, store: Store, number: int, now: datetime, **facts: Any) -> None:
        given = {
            "trigger": Trigger.NOTICE,
            "asked_by": agenda.NOTICES,
            "state": RunState.CLEAN,
            "started_at": now,
            **facts,
        }
        SyncRun.objects.create(company=store.company, store=store, number=number, finished_at=now, **given)

    def shown(self, enter: Any, user: User, query: str = "") -> set[int]:
        text = enter(user).get(f"/padaria-sol/sincronizacao/logs/{query}").content.decode()
        return {number for number in (71, 72, 73, 74) if f">{number}<" in text or f" {number}<" in text}

    def test_what_found_nothing_new_is_shown_only_when_asked_for(
        self, enter: Any, oto: User, loja: Store, now: datetime
    ) -> None:
        self.make(loja, 71, now)
        self.make(loja, 72, now, orders_imported=1)
        self.make(loja, 73, now, state=RunState.WITH_ERRORS, errors=1)
        self.make(loja, 74, now, trigger=Trigger.SCHEDULE)
        assert self.shown(enter, oto) == {72, 73, 74}
        assert self.shown(enter, oto, "?origem=notice") == {71, 72, 73}
        assert self.shown(enter, oto, "?origem=schedule") == {74}

    def test_a_press_while_notices_are_looked_at_asks_for_a_whole_run(
        self, enter: Any, oto: User, loja: Store, now: datetime
    ) -> None:
        moment = timezone.now()
        agenda.ask_sync(company=loja.company, store_id=loja.pk, by="", trigger=Trigger.NOTICE)
        agenda.take(loja.pk, 1, holder="run 1", now=moment)
        self.make(loja, 71, moment, state=RunState.RUNNING)
        enter(oto).post(f"/padaria-sol/sincronizacao/{loja.pk}/execucoes/")
        row = StoreAgenda.objects.of(loja.company).get(store=loja)
        assert (row.asked, row.asked_by) == (2, str(oto))
