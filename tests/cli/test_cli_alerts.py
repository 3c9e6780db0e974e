"""`ahead alerts`: what is wrong now, for people and monitors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cli_running import Ahead
from django.utils import timezone

from ahead.accounts.models import Company
from ahead.watch.models import Alert, Look

pytestmark = pytest.mark.django_db(transaction=True)


def test_says_what_is_open_and_ends_with_one_while_anything_is(ahead: Ahead, padaria: Company) -> None:
    now = timezone.now()
    Look.objects.create(pk=1, looked_at=now)
    ran = ahead("alerts")
    assert (ran.code, ran.err.strip()) == (0, "Nada fora do normal.")

    alert = Alert.objects.create(
        company=padaria, kind="notas_rejected", key="company", text="2 notas rejeitadas esperam correção.",
        remedy="Abra cada uma.", turn="you", since=now - timedelta(hours=5), opened_at=now, last_seen_at=now,
    )  # fmt: skip
    ran = ahead("alerts")
    assert ran.code == 1
    assert "Notas rejeitadas" in ran.out
    found = ahead("alerts", "--json").document
    assert (found["company"], found["open"], found["stopped_since"]) == ("padaria-sol", 1, None)
    [row] = found["alerts"]
    assert (row["kind"], row["turn"], row["store"], row["closed_at"]) == ("notas_rejected", "you", None, None)

    Alert.objects.of(padaria).filter(pk=alert.pk).update(closed_at=now)
    assert ahead("alerts").code == 0
    assert [row["id"] for row in ahead("alerts", "--all", "--json").document["alerts"]] == [alert.pk]


def test_says_when_nobody_looks(ahead: Ahead, padaria: Company) -> None:
    Look.objects.create(pk=1, looked_at=timezone.now() - timedelta(minutes=9))
    ran = ahead("alerts")
    assert ran.code == 1
    assert "ahead worker" in ran.err
