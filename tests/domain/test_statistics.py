"""SQLite is told what its tables hold, so that a list stays quick as they grow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from ahead.accounts.models import Company
from ahead.db import statistics
from ahead.db.statistics import refresh_due_statistics
from ahead.stores.models import Store
from order_making import make_customer, make_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


def _known() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE name = 'sqlite_stat1'")
        if cursor.fetchone() is None:
            return set()
        cursor.execute("SELECT DISTINCT tbl FROM sqlite_stat1")
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def unknown(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No statistics before, and none left to the tests that follow."""
    monkeypatch.setattr(statistics, "_DONE_AT", [])
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")


def test_what_was_filled_is_looked_at_once_an_hour(padaria: Company, loja: Store, unknown: None) -> None:
    now = timezone.now()
    make_order(loja, now, customer=make_customer(padaria, now))

    assert refresh_due_statistics(now=now) > 50
    assert {"orders_order", "customers_customer", "customers_customerword"} <= _known()
    assert refresh_due_statistics(now=now + timedelta(minutes=59)) == 0
    assert refresh_due_statistics(now=now + timedelta(minutes=60)) > 50
