"""The webhook of a company, against a real receiver on loopback: signed, repeated until taken, each try kept."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.stores.models import Store, StoreAgenda, StoreToken
from ahead.stores.rules import WrongAddress
from ahead.watch import hooks, queries
from ahead.watch.looking import EVERY, look
from ahead.watch.models import AlertSettings, HookDelivery, Look
from ahead.watch.posting import post
from receivers import Receiver

BY = "ana@padaria.example"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.fixture
def hooked(padaria: Company, loja: Store, receiver: Receiver) -> AlertSettings:
    far = timezone.now() + timedelta(days=29)
    StoreToken.objects.of(padaria).update(refresh_expires_at=far)
    StoreAgenda.objects.of(padaria).update(next_sync_at=far)
    look(now=timezone.now() - timedelta(hours=1))
    return hooks.set_hook(padaria, url=receiver.url, is_on=True, by=BY, now=timezone.now())


def watch(store: Store, *, failures: int, now: datetime) -> None:
    StoreAgenda.objects.of(store.company_id).update(failures=failures)
    Look.objects.update(looked_at=now - EVERY)
    look(now=now)


def test_what_opens_and_closes_is_told_signed_and_once(hooked: AlertSettings, loja: Store, receiver: Receiver) -> None:
    now = timezone.now()
    watch(loja, failures=5, now=now)
    watch(loja, failures=6, now=now)
    assert hooks.companies_with_hooks(now=now) == {loja.company_id}
    assert hooks.send_hooks(loja.company_id) == 1
    watch(loja, failures=0, now=now)
    assert hooks.send_hooks(loja.company_id) == 1
    assert hooks.send_hooks(loja.company_id) == 0

    (headers, body), (_, second) = receiver.got
    told = json.loads(body)
    assert (told["event"], told["company"]) == ("alert.opened", "padaria-sol")
    assert (told["alert"]["kind"], told["alert"]["store"]) == ("store_failing", {"code": 1, "name": "Loja do Sol"})
    assert told["alert"]["closed_at"] is None
    assert json.loads(second)["event"] == "alert.closed"
    assert json.loads(second)["alert"]["closed_at"]
    assert headers["X-Ahead-Event"] == "alert.opened"
    assert headers["X-Ahead-Delivery"] == told["id"]
    at, signature = (part.split("=")[1] for part in headers["X-Ahead-Signature"].split(","))
    expected = hmac.new(hooked.hook_secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    assert signature == expected
    assert headers["Host"] == receiver.url.split("/")[2]


def test_what_is_not_taken_is_sent_again_ever_later_with_the_same_id_and_at_last_given_up(
    hooked: AlertSettings, loja: Store, receiver: Receiver
) -> None:
    receiver.answers = [500] * 20
    watch(loja, failures=5, now=timezone.now())
    waits = []
    for _ in range(12):
        hooks.send_hooks(loja.company_id)
        delivery = HookDelivery.objects.of(loja.company_id).get()
        if delivery.due_at is None:
            break
        waits.append(delivery.due_at - timezone.now())
        HookDelivery.objects.of(loja.company_id).update(due_at=timezone.now())

    delivery.refresh_from_db()
    assert (delivery.tries, delivery.sent_at, delivery.problem) == (8, None, "O servidor respondeu 500.")
    assert delivery.attempts.count() == 8
    assert waits == sorted(waits)
    assert len({headers["X-Ahead-Delivery"] for headers, _ in receiver.got}) == 1


def test_after_a_failure_it_arrives(hooked: AlertSettings, loja: Store, receiver: Receiver) -> None:
    receiver.answers = [503]
    watch(loja, failures=5, now=timezone.now())
    assert hooks.send_hooks(loja.company_id) == 0
    assert hooks.send_hooks(loja.company_id) == 0, "not before its time"
    HookDelivery.objects.of(loja.company_id).update(due_at=timezone.now())
    assert hooks.send_hooks(loja.company_id) == 1

    [row] = queries.hook_deliveries(loja.company).rows
    assert [attempt.status for attempt in row.attempts.all()] == [204, 503]


def test_a_redirect_is_followed_nowhere(hooked: AlertSettings, loja: Store, receiver: Receiver) -> None:
    receiver.answers = [302]

    came = hooks.test_hook(loja.company, by=BY, now=timezone.now())

    assert (came.status, came.is_taken, len(receiver.got)) == (302, False, 1)


def test_a_test_says_that_it_is_one_and_is_not_repeated(hooked: AlertSettings, loja: Store, receiver: Receiver) -> None:
    receiver.answers = [500]
    came = hooks.test_hook(loja.company, by=BY, now=timezone.now())

    assert (came.status, came.problem) == (500, "O servidor respondeu 500.")
    assert json.loads(receiver.got[0][1])["event"] == "test"
    assert hooks.companies_with_hooks(now=timezone.now() + timedelta(days=1)) == set()


def test_turned_off_it_says_nothing_more(hooked: AlertSettings, loja: Store, receiver: Receiver) -> None:
    watch(loja, failures=5, now=timezone.now())
    hooks.set_hook(loja.company, url=receiver.url, is_on=False, by=BY, now=timezone.now())

    assert hooks.send_hooks(loja.company_id) == 0
    assert receiver.got == []
    assert hooks.companies_with_hooks(now=timezone.now()) == set()


def test_the_secret_lies_sealed_and_a_new_address_gets_a_new_one(hooked: AlertSettings, padaria: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT hook_secret FROM watch_alertsettings")
        (kept,) = cursor.fetchone()
    assert hooked.hook_secret not in kept
    assert len(hooked.hook_secret) >= 40

    same = hooks.set_hook(padaria, url=hooked.hook_url, is_on=False, by=BY, now=timezone.now())
    assert same.hook_secret == hooked.hook_secret
    other = hooks.set_hook(padaria, url="https://outro.example/x", is_on=True, by=BY, now=timezone.now())
    assert other.hook_secret != hooked.hook_secret
    assert hooks.renew_secret(padaria, by=BY, now=timezone.now()).hook_secret != other.hook_secret


@pytest.mark.parametrize(
    "url",
    [
        "http://sistema.example/x",
        "https://127.0.0.1/x",
        "https://10.0.0.1",
        "https://intranet",
        "https://a:b@c.example",
    ],
)
def test_an_address_that_is_not_of_the_public_internet_is_refused(padaria: Company, settings: Any, url: str) -> None:
    settings.ALLOW_PRIVATE_HOSTS = False
    with pytest.raises(WrongAddress, match="endereço do webhook"):
        hooks.set_hook(padaria, url=url, is_on=True, by=BY, now=timezone.now())


def test_a_name_that_leads_into_our_own_network_is_not_reached(receiver: Receiver) -> None:
    came = post(receiver.url, b"{}", {}, allow_private=False)

    assert came.problem == "O nome localhost leva a um endereço que não é público."
    assert receiver.got == []


def test_nobody_there_is_said_in_words() -> None:
    assert "conectar" in post("http://127.0.0.1:9/x", b"{}", {}, allow_private=True).problem
    assert "não foi encontrado" in post("http://nada.invalid/x", b"{}", {}, allow_private=True).problem


def test_on_without_an_address_is_refused(padaria: Company, ana: User) -> None:
    with pytest.raises(hooks.NoHook):
        hooks.set_hook(padaria, url=" ", is_on=True, by=BY, now=timezone.now())
