"""Alerts from the look to the letter: opened once, told once, quiet when cured."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from ahead.accounts.models import Company, Role, User
from ahead.accounts.operations import create_company, set_membership
from ahead.stores.models import Connection, RequestBudget, Store, StoreAgenda, StoreToken
from ahead.sync.models import RunState, Step
from ahead.watch import mailing, operations, outbox, queries
from ahead.watch.links import path_of
from ahead.watch.looking import EVERY, look
from ahead.watch.models import Alert, AlertKind, Look, MailLine
from order_making import make_event, make_order, make_run

BY = "ana@padaria.example"


@pytest.fixture(autouse=True)
def posts(settings: Any) -> None:
    settings.SENDS_EMAIL = True
    settings.PUBLIC_URL = "https://ahead.example"


class Clock:
    """The present, which the test moves; looks are made as the tick makes them."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def look(self, **later: float) -> int:
        self.now += timedelta(**later) if later else EVERY
        Look.objects.update(looked_at=self.now - EVERY)  # the time between was looked at as well
        changed = look(now=self.now)
        due = MailLine.objects.across_companies().filter(due_at__isnull=False)
        due.update(due_at=timezone.now() - timedelta(seconds=1))  # the sending reads the clock itself
        return changed


@pytest.fixture
def clock(db: None) -> Clock:
    look(now=timezone.now() - timedelta(hours=1))
    return Clock()


@pytest.fixture
def well(loja: Store) -> Store:
    """A store with nothing wrong, also in the days to come."""
    far = timezone.now() + timedelta(days=29)
    StoreToken.objects.of(loja.company_id).update(refresh_expires_at=far)
    StoreAgenda.objects.of(loja.company_id).update(next_sync_at=far)
    return loja


def spoil(store: Store) -> None:
    StoreAgenda.objects.of(store.company_id).update(failures=5)


def mend(store: Store) -> None:
    StoreAgenda.objects.of(store.company_id).update(failures=0)


def open_kinds(company: Company) -> list[str]:
    return [alert.kind for alert in queries.alerts(company).rows]


def test_an_alert_is_opened_told_closed_and_told_once_each(well: Store, ana: User, oto: User, clock: Clock) -> None:
    spoil(well)
    assert clock.look() == 1
    assert mailing.send_mails() == 1
    [first] = mail.outbox
    assert first.to == [ana.email]
    assert first.subject == "[AHEAD] Padaria do Sol: Sincronização que falha seguidas vezes"
    for word in ("falhou 5 vezes seguidas", "Desde", "nós tentamos de novo", "O que fazer", "/padaria-sol/"):
        assert word in first.body

    assert [clock.look() for _ in range(5)] == [0] * 5
    assert mailing.send_mails() == 0

    mend(well)
    assert clock.look() == 1
    assert open_kinds(well.company) == []
    assert mailing.send_mails() == 1
    assert mail.outbox[-1].subject == "[AHEAD] Padaria do Sol: resolvido: Sincronização que falha seguidas vezes"
    assert clock.look() == 0
    assert mailing.send_mails() == 0
    assert len(mail.outbox) == 2


def test_what_comes_and_goes_is_not_told_again_within_a_day(well: Store, ana: User, clock: Clock) -> None:
    for _ in range(6):
        spoil(well)
        clock.look()
        mailing.send_mails()
        mend(well)
        clock.look()
        mailing.send_mails()
    assert len(mail.outbox) == 2, "that it began, and that it was over: once"
    assert Alert.objects.of(well.company).count() == 6

    spoil(well)
    clock.look(hours=25)
    mailing.send_mails()
    assert len(mail.outbox) == 3


def test_what_is_over_before_it_was_told_is_no_news(well: Store, ana: User, clock: Clock) -> None:
    spoil(well)
    clock.look()
    mend(well)
    clock.look()

    assert mailing.send_mails() == 0
    assert mail.outbox == []
    clock.look()
    assert mailing.send_mails() == 0


def test_one_letter_for_a_person_whatever_is_wrong_and_wherever(
    well: Store, outra: Company, make_store: Callable[..., Store], ana: User, clock: Clock
) -> None:
    set_membership(company=outra, user=ana, role=Role.OWNER, by=BY, now=timezone.now())
    other = make_store(outra, "Loja da Lua")
    Store.objects.of(outra).update(connection=Connection.REAUTHORISE)
    spoil(well)
    RequestBudget.objects.of(well.company).update(used_today=9_900, day=timezone.localdate(clock.now + EVERY))
    clock.look()

    assert mailing.send_mails() == 1
    [letter] = mail.outbox
    assert letter.subject == "[AHEAD] 3 avisos"
    for word in ("Padaria do Sol\n====", "Doces da Lua\n====", well.name, other.name):
        assert word in letter.body


def test_who_hears_is_chosen_and_by_default_it_is_the_owner(
    well: Store, ana: User, oto: User, bia: User, staff: User, clock: Clock
) -> None:
    heard = {one.member.user.name: one.at_once for one in queries.listeners(well.company)}
    assert heard == {"Ana Prado": True, "Oto Lima": False, "Bia Reis": False, "Sam Ahead": False}

    operations.choose(well.company, ana.pk, at_once=False, daily=False, by=BY, now=clock.now)
    operations.choose(well.company, oto.pk, at_once=True, daily=False, by=BY, now=clock.now)
    spoil(well)
    clock.look()
    mailing.send_mails()
    assert [letter.to for letter in mail.outbox] == [[oto.email]]

    operations.choose(well.company, bia.pk, at_once=True, daily=False, by=BY, now=clock.now)
    clock.look()
    mailing.send_mails()
    assert mail.outbox[-1].to == [bia.email], "who chooses it later hears of what is open"


def test_a_cause_that_comes_again_before_anybody_heard_of_it_is_told(well: Store, ana: User, clock: Clock) -> None:
    spoil(well)
    clock.look()
    mend(well)
    clock.look()
    assert mailing.send_mails() == 0, "it was over before it was told"
    spoil(well)
    clock.look()

    assert mailing.send_mails() == 1


def test_nothing_is_promised_to_anybody_where_no_mail_is_sent(
    well: Store, ana: User, clock: Clock, settings: Any
) -> None:
    settings.SENDS_EMAIL = False
    spoil(well)
    clock.look()

    assert open_kinds(well.company) == ["store_failing"]
    assert not MailLine.objects.of(well.company).exists()


# ── the way out ────────────────────────────────────────────────────────────────────────────────────────────


class Post(EmailBackend):
    """A mail server that does what a test tells it to."""

    does: list[Any] = []

    def send_messages(self, messages: Any) -> int:
        sent = super().send_messages(messages)
        if Post.does and (error := Post.does.pop(0)):
            raise error
        return int(sent)


@pytest.fixture
def post(settings: Any) -> type[Post]:
    settings.EMAIL_BACKEND = f"{__name__}.Post"
    Post.does = []
    return Post


def test_killed_while_sending_it_is_sent_once_more_and_never_a_third_time(
    well: Store, ana: User, clock: Clock, post: type[Post]
) -> None:
    spoil(well)
    clock.look()
    for _ in range(4):
        post.does = [SystemExit("killed between the server's yes and our note of it")]
        with suppress(SystemExit):
            mailing.send_mails()
        clock.look()

    assert len(mail.outbox) == 2
    assert mail.outbox[0].extra_headers["Message-ID"] == mail.outbox[1].extra_headers["Message-ID"]
    [line] = MailLine.objects.of(well.company)
    assert (line.due_at, line.problem) == (None, outbox.NOBODY_SAW)


def test_what_the_server_refuses_is_tried_again_and_not_for_ever(
    well: Store, ana: User, clock: Clock, post: type[Post]
) -> None:
    spoil(well)
    clock.look()
    refusals = 0
    while mailing.has_mail(now=timezone.now()) and refusals < 50:
        post.does = [SMTPRecipientsRefused({ana.email: (550, b"no such user")})]
        mailing.send_mails()
        refusals += 1
        clock.look()
    [line] = MailLine.objects.of(well.company)
    assert refusals == line.tries == 8
    assert (line.due_at, line.sent_at) == (None, None)
    assert "no such user" in line.problem


def test_an_end_that_nobody_saw_counts_as_one(well: Store, ana: User, clock: Clock, post: type[Post]) -> None:
    spoil(well)
    clock.look()
    for _ in range(5):
        post.does = [SMTPServerDisconnected("after the message")]
        mailing.send_mails()
        clock.look()

    assert len(mail.outbox) == 2


def test_a_server_that_is_away_costs_no_try(well: Store, ana: User, clock: Clock, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    spoil(well)
    clock.look()
    for _ in range(12):
        assert mailing.send_mails() == 0
        clock.look()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert mailing.send_mails() == 1


# ── the look ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", [*Step.values, "a step of the next release"])
def test_wherever_a_run_stopped_what_is_wrong_is_said(well: Store, clock: Clock, step: str) -> None:
    run = make_run(well, clock.now - timedelta(minutes=3), state=RunState.WITH_ERRORS, step=step[:16], errors=1)
    make_event(run, "error", "run", "A sincronização parou")
    spoil(well)
    clock.look()

    assert open_kinds(well.company) == ["store_failing"]


def test_a_look_of_the_future_keeps_nobody_from_looking(well: Store, clock: Clock) -> None:
    spoil(well)
    Look.objects.update(looked_at=clock.now + timedelta(hours=3))  # by a clock that was set back since

    assert look(now=clock.now) == 1


def test_runs_that_end_before_the_stock_are_no_good_runs_of_it(well: Store, clock: Clock) -> None:
    make_run(well, clock.now - timedelta(hours=9))
    clock.look()
    for hours in (5, 4):
        run = make_run(well, clock.now - timedelta(hours=hours), state=RunState.WITH_ERRORS, step=Step.STOCK, errors=1)
        make_event(run, "error", "run", "Erro inesperado no AHEAD")
        clock.look()
    [alert] = queries.alerts(well.company).rows
    assert (alert.kind, "ao estoque" in alert.text) == (AlertKind.STORE_FAILING, True)

    make_run(well, clock.now)
    clock.look()
    assert open_kinds(well.company) == []


def test_of_several_workers_one_looks(db: None) -> None:
    now = timezone.now()
    look(now=now - timedelta(hours=1))
    first, again = look(now=now), look(now=now + timedelta(seconds=10))

    assert (first, again) == (0, 0)
    assert Look.objects.get().looked_at == now


def test_a_stop_of_all_workers_is_told_when_it_is_over(well: Store, ana: User, caio: User) -> None:
    now = timezone.now()
    look(now=now - timedelta(minutes=40))
    assert queries.stopped_since(now=now) == now - timedelta(minutes=40)

    assert look(now=now) == 1
    assert queries.stopped_since(now=now) is None
    [alert] = Alert.objects.of(well.company)
    assert (alert.kind, alert.closed_at) == (AlertKind.WORKER_AWAY, now)
    assert mailing.send_mails() == 1
    assert "esteve parado de" in mail.outbox[0].body
    assert not Alert.objects.of(caio.memberships.get().company).exists(), "a company without stores missed nothing"
    look(now=now + EVERY)
    assert mailing.send_mails() == 0


def test_a_restart_is_no_stop(well: Store, ana: User) -> None:
    now = timezone.now()
    look(now=now - timedelta(minutes=9))
    assert look(now=now) == 0


def test_held_orders_are_counted_since_the_oldest(well: Store, clock: Clock) -> None:
    for hours in (30, 26, 2):
        make_order(well, clock.now - timedelta(hours=hours), state="held")
    clock.look()

    [alert] = queries.alerts(well.company).rows
    assert (alert.kind, alert.store_id) == (AlertKind.ORDERS_HELD, well.pk)
    assert alert.text.startswith("Loja Loja do Sol: 3 pedidos retidos desde")
    assert clock.now - alert.since > timedelta(hours=29)


def test_every_kind_of_alert_leads_somewhere(well: Store, now: datetime) -> None:
    for kind in AlertKind:
        for store in (well, None):
            alert = Alert(company=well.company, store=store, kind=kind)
            if store or kind not in {AlertKind.STORE_CONNECTION, AlertKind.TOKEN_ENDING, AlertKind.QUOTA}:
                assert path_of(alert).startswith("/padaria-sol/"), kind


def test_limits_of_one_company_are_no_limits_of_another(
    well: Store, outra: Company, make_store: Callable[..., Store], clock: Clock
) -> None:
    other = make_store(outra, "Loja da Lua")
    far = timezone.now() + timedelta(days=29)
    StoreAgenda.objects.of(outra).update(next_sync_at=far)
    StoreToken.objects.of(outra).update(refresh_expires_at=far)
    given = dict.fromkeys(("held_hours",), 2)
    operations.set_thresholds(well.company, thresholds=given, digest_at=time(7), by=BY, now=clock.now)
    for store in (well, other):
        make_order(store, clock.now - timedelta(hours=3), state="held")
    clock.look()

    assert open_kinds(well.company) == ["orders_held"]
    assert open_kinds(outra) == []


def test_the_look_costs_the_same_for_one_company_and_for_many(
    well: Store, make_store: Callable[..., Store], now: datetime, django_assert_max_num_queries: Any, clock: Clock
) -> None:
    for number, cnpj in enumerate(("19131243000197", "60701190000104", "33000167000101", "00000000000191")):
        company = create_company(name=f"Firma {number}", slug=f"firma-{number}", cnpj=cnpj, by=BY, now=now)
        make_store(company, f"Loja {number}")
        far = timezone.now() + timedelta(days=29)
        StoreToken.objects.of(company).update(refresh_expires_at=far)
        StoreAgenda.objects.of(company).update(next_sync_at=far)
    with django_assert_max_num_queries(28):
        assert clock.look() == 0
