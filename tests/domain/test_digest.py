"""The digest: the day of a company, once a day, to whoever wants it; it says yes only where yes was found."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from ahead.accounts.models import User
from ahead.stores.models import Store
from ahead.sync.models import DayClosing, DayState, OrderSighting, RunState
from ahead.watch import mailing, operations
from ahead.watch.digest import digest_lines
from ahead.watch.looking import EVERY, look
from ahead.watch.models import AlertSettings, MailLine, News
from order_making import make_order, make_run

BY = "ana@padaria.example"


@pytest.fixture(autouse=True)
def posts(settings: Any) -> None:
    settings.SENDS_EMAIL = True


def closing(store: Store, now: datetime, days_ago: int, **fields: Any) -> DayClosing:
    day = timezone.localdate(now) - timedelta(days=days_ago)
    given = {"state": DayState.BALANCED, "read_at": now, "compared_at": now, **fields}
    return DayClosing.objects.create(company=store.company, store=store, day=day, **given)


def said_of(store: Store, now: datetime) -> str:
    lines = list(digest_lines(store.company, now=now))
    return lines[lines.index("Está tudo dentro?") + 1].strip()


def test_every_day_that_was_compared_balances(loja: Store, now: datetime) -> None:
    closing(loja, now, 2)
    closing(loja, now, 1)

    assert said_of(loja, now) == "✓ Loja do Sol: está tudo dentro até 23/11, conferido em 24/11 12:00"


def test_what_differs_is_said_with_its_day(loja: Store, now: datetime) -> None:
    closing(loja, now, 2, state=DayState.DIFFERENCES, differences_open=3)
    closing(loja, now, 1)
    make_run(loja, now, tray_total=41, held_total=41)

    assert said_of(loja, now) == "! Loja do Sol: 3 diferenças em 1 dia, a mais antiga de 22/11"


def test_orders_that_were_seen_and_are_not_in_are_no_yes(loja: Store, now: datetime) -> None:
    closing(loja, now, 1)
    for tray_id in (1, 2):
        OrderSighting.objects.create(
            company=loja.company, store=loja, tray_id=tray_id, due="read", modified_at=now, seen_at=now
        )
    make_run(loja, now, state=RunState.WITH_ERRORS, errors=2, tray_total=2, held_total=2)

    assert said_of(loja, now) == "! Loja do Sol: 2 pedidos vistos no Tray ainda não entraram"


def test_a_day_that_waits_to_be_compared_is_no_yes(loja: Store, now: datetime) -> None:
    assert said_of(loja, now) == "! Loja do Sol: ainda não conferida"
    closing(loja, now, 2)

    assert said_of(loja, now) == "! Loja do Sol: confere até 22/11; 1 dia espera pela conferência"


def test_it_goes_once_a_day_to_whoever_wants_it(loja: Store, ana: User, oto: User) -> None:
    now = timezone.now()
    look(now=now - timedelta(hours=1))
    operations.choose(loja.company, oto.pk, at_once=False, daily=True, by=BY, now=now)
    operations.set_thresholds(loja.company, thresholds={}, digest_at=time(0, 0), by=BY, now=now)
    make_order(loja, now, state="held")
    for _ in range(3):
        now += EVERY
        look(now=now)
        MailLine.objects.across_companies().filter(due_at__isnull=False).update(due_at=timezone.now())
        mailing.send_mails()

    letters = [letter for letter in mail.outbox if "resumo do dia" in letter.subject]
    assert [letter.to for letter in letters] in ([[oto.email]], [[oto.email], [oto.email]])  # midnight may pass
    body = letters[0].body
    assert "! Loja do Sol: ainda não conferida" in body
    assert "Pedidos de hoje" in body


def test_before_its_hour_none_leaves(loja: Store, ana: User, now: datetime) -> None:
    operations.choose(loja.company, ana.pk, at_once=False, daily=True, by=BY, now=now)
    late = (timezone.localtime(now) + timedelta(minutes=30)).time()
    operations.set_thresholds(loja.company, thresholds={}, digest_at=late, by=BY, now=now)
    look(now=now)

    assert MailLine.objects.of(loja.company).filter(news=News.DIGEST).count() == 0
    assert AlertSettings.objects.of(loja.company).count() == 1
