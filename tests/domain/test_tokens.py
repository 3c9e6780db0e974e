"""A store's tokens: sealed, saved before use, refreshed by one at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from ahead.audit.models import Event
from ahead.stores.models import Store, StoreToken
from ahead.stores.tokens import StoreTokens


@dataclass(frozen=True)
class Pair:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime
    store_id: int | None = None


def pair(name: str, now: datetime) -> Pair:
    return Pair(f"access-{name}", f"refresh-{name}", now + timedelta(hours=3), now + timedelta(days=30), 391250)


@pytest.fixture
def tokens(loja: Store) -> StoreTokens[Pair]:
    return StoreTokens(loja, make=Pair)


@pytest.mark.django_db
class TestTokens:
    def test_are_none_before_the_first_connection(self, tokens: StoreTokens[Pair]) -> None:
        assert tokens.current() is None
        assert tokens.code() is None

    def test_come_back_as_they_were_saved(self, tokens: StoreTokens[Pair], loja: Store, now: datetime) -> None:
        tokens.save(pair("1", now))
        tokens.save_code("c0de" * 16)
        elsewhere = StoreTokens(loja, make=Pair)

        assert elsewhere.current() == pair("1", now)
        assert elsewhere.code() == "c0de" * 16

    def test_are_sealed_and_never_shown(self, tokens: StoreTokens[Pair], loja: Store, now: datetime) -> None:
        tokens.save(pair("1", now))
        tokens.save_code("c0de" * 16)
        with connection.cursor() as cursor:
            cursor.execute("SELECT access, refresh, code FROM stores_storetoken")
            stored = str(cursor.fetchall())
            cursor.execute("SELECT consumer_key, consumer_secret FROM stores_store")
            stored += str(cursor.fetchall())
        row = StoreToken.objects.of(loja.company_id).get()
        shown = f"{row!r}{row}{loja!r}{loja}{tokens!r}{tokens.current()!r}"

        for secret in ("access-1", "refresh-1", "c0de", "key-Loja", "secret-Loja"):
            assert secret not in stored
            assert secret not in shown
        assert row.access == "access-1"

    def test_leave_no_trace_in_the_trail(self, tokens: StoreTokens[Pair], loja: Store, now: datetime) -> None:
        tokens.save(pair("1", now))
        told = "".join(f"{event.text}{event.facts}" for event in Event.objects.of(loja.company_id))
        assert "access-1" not in told

    def test_one_inside_sees_what_was_saved_before(self, tokens: StoreTokens[Pair], now: datetime) -> None:
        tokens.save(pair("1", now))
        with tokens.exclusively() as inside:
            assert inside == pair("1", now)
            tokens.save(pair("2", now))
        assert tokens.current() == pair("2", now)

    def test_the_turn_ends_even_when_the_refresh_fails(self, tokens: StoreTokens[Pair], loja: Store) -> None:
        with pytest.raises(LookupError), tokens.exclusively():
            raise LookupError
        assert StoreToken.objects.of(loja.company_id).get().refreshing_until is None

    def test_another_waits_and_comes_in_when_the_turn_has_run_out(self, loja: Store) -> None:
        clock = [datetime(2026, 11, 24, 15, tzinfo=UTC)]
        waited: list[float] = []

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            clock[0] += timedelta(seconds=seconds)

        dead = StoreTokens(loja, make=Pair, clock=lambda: clock[0], sleep=sleep).exclusively()
        dead.__enter__()  # its process dies in here
        with StoreTokens(loja, make=Pair, clock=lambda: clock[0], sleep=sleep).exclusively():
            pass

        assert sum(waited) == pytest.approx(30, abs=0.2)

    def test_one_whose_turn_ran_out_does_not_overwrite_newer_ones(self, loja: Store, now: datetime) -> None:
        clock = [now]
        slow, quick = (StoreTokens(loja, make=Pair, clock=lambda: clock[0]) for _ in range(2))
        with slow.exclusively():
            clock[0] += timedelta(seconds=31)
            with quick.exclusively():
                quick.save(pair("new", clock[0]))
                slow.save(pair("old", now))
                assert quick.current() == pair("new", clock[0])

    def test_one_whose_turn_ran_out_keeps_what_nobody_else_has(self, loja: Store, now: datetime) -> None:
        clock = [now]
        slow, quick = (StoreTokens(loja, make=Pair, clock=lambda: clock[0]) for _ in range(2))
        slow.save(pair("0", now - timedelta(hours=3)))
        with slow.exclusively():
            clock[0] += timedelta(seconds=31)
            with quick.exclusively():
                slow.save(pair("1", now))
        assert quick.current() == pair("1", now)


@pytest.mark.django_db(transaction=True)
def test_workers_that_need_a_token_at_once_refresh_it_once(loja: Store, now: datetime) -> None:
    refreshed: list[str] = []
    StoreTokens(loja, make=Pair).save(pair("0", now))

    def work() -> None:
        keeper = StoreTokens(loja, make=Pair)
        try:
            with keeper.exclusively() as stored:
                if stored == pair("0", now):
                    refreshed.append("once")
                    threading.Event().wait(0.1)
                    keeper.save(pair("1", now))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert refreshed == ["once"]
    assert StoreTokens(loja, make=Pair).current() == pair("1", now)
