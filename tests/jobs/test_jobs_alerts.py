"""Alerts on the engine: a real worker finds what is wrong, writes to people, and tells the webhook; each once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ahead.accounts.models import Role
from ahead.accounts.operations import create_user, set_membership
from ahead.jobs import engine
from ahead.jobs.alerts import HOOK, MAIL, send_due_hooks, send_due_mails
from ahead.stores.models import Store, StoreAgenda
from ahead.watch import hooks
from ahead.watch.looking import look
from ahead.watch.models import Alert, HookDelivery, MailLine
from jobs_box import Box
from receivers import PostOffice, Receiver

BY = "ana@padaria.example"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as made:
        yield made


@pytest.fixture
def failing(box: Box, receiver: Receiver) -> Store:
    """A store that fails again and again, of a company with an owner and a webhook."""
    owner = create_user(email=BY, name="Ana Prado", password="fermento natural 77", now=now())
    set_membership(company=box.company, user=owner, role=Role.OWNER, by=BY, now=now())
    hooks.set_hook(box.company, url=receiver.url, is_on=True, by=BY, now=now())
    store = box.store()
    StoreAgenda.objects.of(box.company).update(failures=5, next_sync_at=now() + timedelta(days=2))
    return store


def until(is_so: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.2)


def test_a_worker_tells_people_and_the_webhook_of_what_is_wrong_once(
    box: Box, failing: Store, receiver: Receiver, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AHEAD_EMAIL_URL", office.url)
    monkeypatch.setenv("AHEAD_ALLOW_PRIVATE_HOSTS", "1")
    worker = box.worker()
    until(lambda: bool(receiver.got and office.letters))
    time.sleep(6)  # another look of the tick

    worker.end()
    [(_, body)] = receiver.got
    assert json.loads(body)["alert"]["kind"] == "store_failing"
    [letter] = office.letters
    assert f"To: {BY}" in letter
    assert "X-Mailer" not in letter
    assert MailLine.objects.of(box.company).get().sent_at is not None
    assert HookDelivery.objects.of(box.company).get().sent_at is not None
    assert Alert.objects.of(box.company).get().closed_at is None


def test_what_is_due_is_handed_to_the_engine_once(box: Box, failing: Store, settings: object) -> None:
    settings.SENDS_EMAIL = True  # type: ignore[attr-defined]
    engine.migrate()
    assert (send_due_mails(now=now()), send_due_hooks(now=now())) == (0, 0)
    look(now=now() - timedelta(minutes=1))
    look(now=now())

    assert [send_due_mails(now=now()) for _ in range(3)] == [1, 0, 0]
    assert [send_due_hooks(now=now()) for _ in range(3)] == [1, 0, 0]
    assert len(engine.live_works(MAIL)) == len(engine.live_works(HOOK)) == 1
