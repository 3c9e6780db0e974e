"""A forgotten password: a link by e-mail, once, soon; the same answer for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.accounts.operations import LINK_EVERY
from ahead.audit.models import Event
from ahead.config.email import mail_of
from ahead.config.environment import Wrong
from ahead.web.mailing import SENDER

pytestmark = pytest.mark.django_db
NEW = "broa de milho 2026"


@pytest.fixture(autouse=True)
def e_mail(settings: Any) -> Iterator[None]:
    settings.SENDS_EMAIL = True
    cache.clear()
    yield
    cache.clear()


def ask(client: Client, email: str) -> Any:
    answer = client.post("/senha/esquecida/", {"email": email})
    SENDER.submit(int).result(timeout=60)  # one after another: what was to be sent before this is sent
    return answer


def link() -> str:
    found = re.search(r"http://testserver(/senha/nova/\S+)", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def choose(client: Client, new: str = NEW, again: str = "") -> Any:
    return client.post("/senha/nova/", {"new": new, "again": again or new})


def test_the_log_in_page_leads_to_it(client: Client) -> None:
    assert "/senha/esquecida/" in client.get("/entrar/").content.decode()


def test_a_link_comes_by_e_mail_and_gives_a_new_password(client: Client, ana: User, padaria: Company) -> None:
    ask(client, " ANA@padaria.example ".strip())
    [message] = mail.outbox
    assert message.to == [ana.email]
    [asked] = Event.objects.of(padaria).filter(name="accounts.user.password_link_asked")
    assert asked.subject_id == ana.pk
    assert asked.by != ana.email  # anybody may have typed it
    shown = client.get(link(), follow=True)
    assert shown.redirect_chain == [("/senha/nova/", 302)]
    assert ana.email in shown.content.decode()

    done = client.post("/senha/nova/", {"new": NEW, "again": NEW}, follow=True)

    assert "Nova senha gravada" in done.content.decode()
    ana.refresh_from_db()
    assert ana.check_password(NEW)
    [event] = Event.objects.of(padaria).filter(name="accounts.user.password_chosen")
    assert (event.by, event.subject_id) == (ana.email, ana.pk)


def test_an_unknown_e_mail_gets_the_same_answer_and_no_mail(client: Client, ana: User) -> None:
    known, unknown = ask(client, ana.email), ask(client, "ninguem@padaria.example")
    assert known.status_code == unknown.status_code == 200
    assert known.content.decode().replace(ana.email, "X") == unknown.content.decode().replace(
        "ninguem@padaria.example", "X"
    )
    assert [message.to for message in mail.outbox] == [[ana.email]]


def test_who_is_out_of_use_gets_no_mail(client: Client, ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(is_active=False)
    ask(client, ana.email)
    assert mail.outbox == []


def test_one_box_is_not_flooded(client: Client, ana: User) -> None:
    ask(client, ana.email)
    ask(client, ana.email)
    assert len(mail.outbox) == 1
    User.objects.filter(pk=ana.pk).update(link_asked_at=timezone.now() - LINK_EVERY - timedelta(seconds=1))
    ask(client, ana.email)
    assert len(mail.outbox) == 2


def test_one_place_may_not_ask_without_end(client: Client) -> None:
    answers = [ask(client, f"pessoa{number}@padaria.example").status_code for number in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_a_link_is_good_once(client: Client, ana: User) -> None:
    ask(client, ana.email)
    place = link()
    client.get(place)
    choose(client)
    client.get(place)
    assert "não vale mais" in choose(client, "outra senha 2026").content.decode()
    ana.refresh_from_db()
    assert ana.check_password(NEW)


@pytest.mark.parametrize("place", ["/senha/nova/", "/senha/nova/MQ/abc-123/", "/senha/nova/%F0%9F%8D%9E/x/"])
def test_a_link_that_is_none_says_so(client: Client, place: str) -> None:
    assert "não vale mais" in client.get(place, follow=True).content.decode()


def test_a_link_runs_out(client: Client, ana: User, settings: Any) -> None:
    ask(client, ana.email)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "não vale mais" in client.get(link(), follow=True).content.decode()


def test_a_weak_or_mistyped_password_is_refused(client: Client, ana: User) -> None:
    ask(client, ana.email)
    client.get(link())
    assert choose(client, "1234567890").status_code == 422
    mistyped = choose(client, NEW, again="broa de milho 2027")
    assert "não são iguais" in mistyped.content.decode()
    ana.refresh_from_db()
    assert not ana.check_password(NEW)


def test_without_e_mail_the_page_says_whom_to_ask(client: Client, ana: User, settings: Any) -> None:
    settings.SENDS_EMAIL = False
    assert "Responsável" in client.get("/senha/esquecida/").content.decode()
    assert "Responsável" in ask(client, ana.email).content.decode()
    assert mail.outbox == []


class TestWhereMailGoes:
    def test_from_one_address(self) -> None:
        assert not mail_of("").is_sent
        assert mail_of("console:").is_sent
        asked = mail_of("smtp://ahead:a%40b@mail.example:2525")
        assert (asked.host, asked.port, asked.user, asked.password) == ("mail.example", 2525, "ahead", "a@b")
        assert (asked.use_tls, asked.use_ssl) == (True, False)
        assert not mail_of("smtp://mail.example?tls=0").use_tls
        sealed = mail_of("smtps://mail.example")
        assert (sealed.port, sealed.use_tls, sealed.use_ssl) == (465, False, True)

    @pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://mail.example:x"])
    def test_a_wrong_one_stops_the_start_without_its_password(self, url: str) -> None:
        with pytest.raises(Wrong) as caught:
            mail_of(url)
        assert "AHEAD_EMAIL_URL" in str(caught.value)
