"""What is wrong, and what opens and closes: rules, also by random histories."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.watch.models import AlertKind, AlertSettings
from ahead.watch.rules import (
    MOST_TRIES,
    QUIET_FOR,
    RANGES,
    CompanyFacts,
    Finding,
    Heap,
    StoreFacts,
    Thresholds,
    WrongThreshold,
    change,
    check_thresholds,
    digest_day,
    findings,
    may_tell,
    next_try,
)

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
WELL = StoreFacts(
    id=7,
    code=1,
    name="Loja do Sol",
    next_sync_at=NOW + timedelta(minutes=5),
    token_ends_at=NOW + timedelta(days=29),
    good_at=NOW - timedelta(minutes=10),
)
LIMITS = Thresholds()


def ago(**past: float) -> datetime:
    return NOW - timedelta(**past)


def kinds(store: StoreFacts, limits: Thresholds = LIMITS) -> list[str]:
    return [one.kind for one in findings(CompanyFacts(stores=(store,)), limits, now=NOW)]


def test_a_store_in_sync_has_nothing_wrong() -> None:
    assert kinds(WELL) == []


@pytest.mark.parametrize(
    ("store", "kind"),
    [
        (replace(WELL, connection="reauthorise"), "store_connection"),
        (replace(WELL, connection="blocked"), "store_connection"),
        (replace(WELL, next_sync_at=ago(minutes=61)), "store_overdue"),
        (replace(WELL, asked_at=ago(minutes=61)), "store_overdue"),
        (replace(WELL, failures=3), "store_failing"),
        (replace(WELL, passed={"orders": ago(minutes=1), "stock": ago(minutes=62)}), "store_failing"),
        (replace(WELL, token_ends_at=NOW + timedelta(days=6)), "token_ending"),
        (replace(WELL, requests_used=9_001), "quota"),
        (replace(WELL, waiting=Heap(2, ago(minutes=61))), "orders_waiting"),
        (replace(WELL, notices=Heap(40, ago(minutes=61))), "notices"),
        (replace(WELL, held=Heap(2, ago(hours=25))), "orders_held"),
        (replace(WELL, undelivered=Heap(1, ago(minutes=121))), "notas_undelivered"),
    ],
)
def test_each_thing_that_is_wrong_with_a_store_is_found_and_alone(store: StoreFacts, kind: str) -> None:
    [found] = findings(CompanyFacts(stores=(store,)), LIMITS, now=NOW)

    assert (found.kind, found.store_id, found.key) == (kind, 7, "store:7")
    assert "Loja do Sol" in found.text
    assert found.remedy.endswith(".")


@pytest.mark.parametrize(
    "store",
    [
        replace(WELL, next_sync_at=ago(minutes=59)),
        replace(WELL, next_sync_at=ago(hours=5), is_in_hand=True),
        replace(WELL, next_sync_at=ago(hours=5), syncs_by_itself=False),
        replace(WELL, failures=2),
        replace(WELL, passed={"orders": ago(minutes=1), "stock": ago(minutes=60)}),
        replace(WELL, passed={"orders": ago(days=3), "stock": ago(days=3)}),
        replace(WELL, notices=Heap(40, ago(minutes=61)), syncs_by_itself=False),
        replace(WELL, requests_used=9_000),
        replace(WELL, held=Heap(9, ago(hours=23))),
        replace(WELL, waiting=Heap(0, ago(hours=23))),
        replace(WELL, connection="never", next_sync_at=ago(days=3)),
        replace(WELL, is_paused=True, connection="reauthorise", held=Heap(1, ago(days=9))),
    ],
)
def test_what_is_within_its_limits_or_meant_so_is_no_alert(store: StoreFacts) -> None:
    assert kinds(store) == []


def test_what_runs_do_not_come_to_for_want_of_requests_is_said_once() -> None:
    store = replace(WELL, requests_used=9_950, passed={"orders": ago(minutes=1), "stock": ago(hours=9)})
    assert kinds(store) == ["quota"]


def test_runs_that_never_come_to_the_stock_say_so() -> None:
    store = replace(WELL, passed={"orders": ago(minutes=1), "notes": ago(minutes=70), "stock": ago(minutes=90)})
    [found] = findings(CompanyFacts(stores=(store,)), LIMITS, now=NOW)
    assert ("ao estoque" in found.text, found.since) == (True, ago(minutes=90))


def test_a_lost_connection_is_said_alone_for_the_rest_comes_of_it() -> None:
    lost = replace(WELL, connection="reauthorise", failures=9, next_sync_at=ago(days=1), token_ends_at=ago(days=1))

    assert kinds(lost) == ["store_connection"]


def test_what_is_wrong_with_a_company_is_found() -> None:
    facts = CompanyFacts(
        held=Heap(1, ago(hours=25)),
        rejected=Heap(3, ago(hours=5)),
        unknown=Heap(1, ago(minutes=31)),
        certificate="PADARIA A1",
        certificate_ends_at=NOW + timedelta(days=14),
        away_since=ago(minutes=20),
    )

    found = {one.kind: one for one in findings(facts, LIMITS, now=NOW)}

    assert set(found) == {"orders_held", "notas_rejected", "notas_unknown", "certificate", "worker_away"}
    assert found["notas_unknown"].turn == "sefaz"
    assert found["notas_rejected"].since == ago(hours=5)


def test_a_limit_of_the_company_holds() -> None:
    assert kinds(replace(WELL, held=Heap(1, ago(hours=3))), Thresholds(held_hours=2)) == ["orders_held"]


def test_every_limit_has_a_range_that_its_default_lies_in_and_a_column() -> None:
    assert set(RANGES) == set(Thresholds.__dataclass_fields__)
    for name, (least, most) in RANGES.items():
        assert getattr(AlertSettings(), name) == getattr(LIMITS, name)
        assert least <= getattr(LIMITS, name) <= most
        for wrong in (least - 1, most + 1):
            with pytest.raises(WrongThreshold, match=f"de {least} a {most}"):
                check_thresholds({name: wrong})


# ── random histories ───────────────────────────────────────────────────────────────────────────────────────

heaps = st.none() | st.builds(Heap, st.integers(0, 3), st.integers(0, 5_000).map(lambda minutes: ago(minutes=minutes)))
moments = st.none() | st.integers(-5_000, 5_000).map(lambda minutes: ago(minutes=minutes))
stores = st.builds(
    StoreFacts,
    id=st.integers(1, 4),
    code=st.integers(1, 4),
    name=st.just("Loja"),
    connection=st.sampled_from(["never", "connected", "reauthorise", "blocked"]),
    is_paused=st.booleans(),
    failures=st.integers(0, 5),
    next_sync_at=moments,
    asked_at=moments,
    token_ends_at=moments,
    requests_used=st.integers(0, 11_000),
    waiting=heaps,
    notices=heaps,
    held=heaps,
    undelivered=heaps,
)
companies = st.builds(
    CompanyFacts,
    stores=st.lists(stores, max_size=4, unique_by=lambda store: store.id).map(tuple),
    held=heaps,
    rejected=heaps,
    unknown=heaps,
    certificate_ends_at=moments,
    away_since=moments,
)


@given(companies)
def test_each_cause_is_found_once_is_of_a_known_kind_and_says_a_remedy(facts: CompanyFacts) -> None:
    found = findings(facts, LIMITS, now=NOW)

    causes = [one.cause for one in found]
    assert len(causes) == len(set(causes))
    assert {one.kind for one in found} <= set(AlertKind.values)
    assert all(one.text and one.remedy and one.turn in {"you", "us", "tray", "sefaz"} for one in found)


@given(st.lists(companies, max_size=12))
def test_an_alert_opens_once_and_closes_once_whatever_happens(history: list[CompanyFacts]) -> None:
    are_open: set[tuple[str, str]] = set()
    for facts in history:
        found = findings(facts, LIMITS, now=NOW)
        due = change(are_open, found)
        opened = {one.cause for one in due.opened}
        assert not opened & are_open, "what is open does not open again"
        assert due.closed <= are_open, "only what is open closes"
        assert not opened & due.closed
        are_open = (are_open | opened) - due.closed
        assert are_open == {one.cause for one in found}
        assert change(are_open, found) == replace(due, opened=(), closed=frozenset(), seen_again=tuple(found))


@given(st.lists(st.integers(1, 60 * 24), max_size=60))
def test_of_one_cause_nobody_hears_twice_within_a_day(minutes: list[int]) -> None:
    now, told, last = NOW, [], None
    for wait in minutes:  # it comes and goes
        now += timedelta(minutes=wait)
        if may_tell(last, now=now):
            told.append(now)
            last = now
    assert all(later - earlier >= QUIET_FOR for earlier, later in itertools.pairwise(told))
    assert bool(told) == bool(minutes)


@given(st.integers(0, MOST_TRIES + 3))
def test_what_fails_is_sent_again_ever_later_and_at_last_given_up(tries: int) -> None:
    at, before = next_try(tries, now=NOW), next_try(tries - 1, now=NOW)
    if tries >= MOST_TRIES:
        assert at is None
    else:
        assert at is not None
        assert before is not None
        assert at >= before > NOW


@pytest.mark.parametrize(("hour", "day"), [(20, None), (21, 24), (23, 24)])
def test_the_digest_is_due_from_its_hour_of_brasilia_on(hour: int, day: int | None) -> None:
    found = digest_day(time(18, 0), now=NOW.replace(hour=hour))

    assert (found.day if found else None) == day


def test_a_finding_is_about_one_cause() -> None:
    one = Finding("quota", "store:7", "a", "b", NOW)

    assert replace(one, text="other words").cause == one.cause
