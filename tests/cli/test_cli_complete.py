"""`ahead complete`: its answer, its exit codes and its JSON."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cli_running import Ahead, Counter

from ahead.db.clock import shared_now
from ahead.stores.models import Store
from ahead.sync.closings import today_of
from ahead.sync.models import DayClosing
from closing_making import make_closing, make_difference

pytestmark = pytest.mark.django_db(transaction=True)


def test_says_whether_everything_is_in_and_asks_for_a_check(ahead: Ahead, counter: Counter) -> None:
    now = shared_now()
    Store.objects.of(counter.company).update(import_from=(now - timedelta(days=9)).date())
    assert ahead("complete", "--json").code == 1  # nothing was checked yet

    day = today_of(now) - timedelta(days=1)
    closing = make_closing(Store.objects.of(counter.company).get(), day, now)
    sure = ahead("complete", "--json")
    assert sure.code == 0, sure.err
    assert [(one["state"], one["differences"]) for one in sure.document["stores"]] == [("balanced", 0)]

    make_difference(closing, now)
    wrong = ahead("complete", "--day", day.isoformat(), "--json")
    assert wrong.code == 1
    (shown,) = wrong.document["days"]
    assert (shown["state"], shown["tray"]["orders"], shown["here"]["orders"]) == ("differences", 12, 12)
    assert [(row["kind"], row["tray_id"], row["turn"]) for row in shown["differences"]] == [
        ("cancelled_here", 7001, "you")
    ]
    assert "Cancele-o também no Tray" in ahead("complete").out

    asked = ahead("complete", "--check", "--day", day.isoformat(), "--json")
    assert "1 dia(s) pedida" in asked.err
    assert DayClosing.objects.of(counter.company).get(day=day).is_read_due
