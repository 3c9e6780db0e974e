"""The day is split: never more than it has, orders first, and nothing is left unused for fear."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ahead.stores import bucket as rules
from ahead.stores.planning import (
    BRASILIA,
    HOURS,
    DayUse,
    Plan,
    Purpose,
    added,
    comparable,
    day_without_past,
    used,
)

DAY = date(2026, 11, 24)  # a Tuesday
PER_DAY = 1_000
HOURLY = st.lists(st.integers(0, 30), min_size=HOURS, max_size=HOURS)
USES = st.fixed_dictionaries({"orders": HOURLY, "notes": HOURLY, "stock": HOURLY})


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BRASILIA)


def plan(*uses: dict[str, list[int]], per_day: int = PER_DAY, interval: int = 0) -> Plan:
    history = [DayUse(DAY - timedelta(days=number + 1), use) for number, use in enumerate(uses)]
    return Plan.of(history, day=DAY, per_day=per_day, interval_minutes=interval)


def flat(**each_hour: int) -> dict[str, list[int]]:
    return {purpose: [requests] * HOURS for purpose, requests in each_hour.items()}


class Store:
    """A day of a store in the plan's own arithmetic, without the limit of the minute."""

    def __init__(self, plan: Plan, per_day: int = PER_DAY) -> None:
        self.plan = plan
        self.bucket = rules.Bucket(1e9, at(0), None, DAY, 0, 60 * 10**6, per_day)
        self.sent = dict.fromkeys(Purpose, 0)

    def ask(self, purpose: Purpose, want: int, now: datetime) -> int:
        """Ask for requests one after another and return how many were granted."""
        granted = 0
        while granted < want:
            reserve = self.plan.reserve(purpose, self.bucket.use, now)
            drawn = rules.draw(self.bucket, want=want - granted, now=now, purpose=purpose, reserve=reserve)
            if not drawn.granted:
                break
            self.bucket = drawn.bucket
            granted += drawn.granted
        self.sent[purpose] += granted
        return granted


ASKS = st.lists(
    st.tuples(st.integers(0, HOURS * 60 - 1), st.sampled_from(Purpose), st.integers(1, 400)), min_size=1, max_size=60
)


@settings(deadline=None, max_examples=50)
@given(uses=st.lists(USES, max_size=6), asks=ASKS)
def test_a_day_is_never_exceeded_and_every_request_is_counted_for_its_purpose(
    uses: list[dict[str, list[int]]], asks: list[tuple[int, Purpose, int]]
) -> None:
    store = Store(plan(*uses))
    for minute, purpose, want in sorted(asks, key=lambda ask: ask[0]):
        store.ask(purpose, want, at(0) + timedelta(minutes=minute))

    assert store.bucket.used_today == sum(store.sent.values()) <= PER_DAY
    assert {purpose: used(store.bucket.use, purpose) for purpose in Purpose} == store.sent


@settings(deadline=None, max_examples=20)
@given(use=USES)
def test_orders_never_starve_beside_a_catalogue_that_wants_everything(use: dict[str, list[int]]) -> None:
    store = Store(plan(use, use, use))
    for hour in range(HOURS):
        for minute in (0, 30):
            store.ask(Purpose.CATALOGUE, 10_000, at(hour, minute))
        wanted = use["orders"][hour]
        assert store.ask(Purpose.ORDERS, wanted, at(hour, 59)) == wanted


@settings(deadline=None, max_examples=20)
@given(use=USES)
def test_notes_and_stock_get_what_is_usual_beside_a_catalogue_that_wants_everything(use: dict[str, list[int]]) -> None:
    usual = sum(sum(hours) for hours in use.values())
    store = Store(plan(use, use, use, per_day=3 * usual + 1), per_day=3 * usual + 1)
    missing = dict.fromkeys((Purpose.ORDERS, Purpose.NOTES, Purpose.STOCK), 0)
    for hour in range(HOURS):
        store.ask(Purpose.CATALOGUE, 10_000, at(hour))
        for purpose in missing:
            wanted = use[purpose][hour] + missing[purpose]
            missing[purpose] = wanted - store.ask(purpose, wanted, at(hour, 59))
            assert missing[purpose] <= 4  # what the last minutes of an hour still keep for each of those before
    assert not missing[Purpose.ORDERS]


@settings(deadline=None, max_examples=20)
@given(uses=st.lists(USES, max_size=6), today=USES, interval=st.sampled_from([0, 5, 60]))
def test_what_is_kept_only_melts_and_is_gone_at_midnight(
    uses: list[dict[str, list[int]]], today: dict[str, list[int]], interval: int
) -> None:
    made = plan(*uses, interval=interval)
    moments = [at(0) + timedelta(minutes=15 * quarter) for quarter in range(HOURS * 4)]
    for purpose in Purpose:
        kept = [made.reserve(purpose, today, now) for now in moments]
        assert kept == sorted(kept, reverse=True)
        last_second = at(23, 59) + timedelta(seconds=59)
        assert made.reserve(purpose, today, last_second) <= 5  # the last run, and a rest of each other purpose


def test_what_was_kept_and_not_needed_is_used_before_midnight() -> None:
    store = Store(plan(flat(orders=20), flat(orders=20), flat(orders=20)))
    by_hour = [store.ask(Purpose.CATALOGUE, 10_000, at(hour)) for hour in range(HOURS)]

    assert by_hour[0] == PER_DAY - 20 * HOURS
    assert by_hour[1:] == [20] * (HOURS - 1)
    assert store.ask(Purpose.CATALOGUE, 10_000, at(23, 59)) == 18


class TestWithoutAPast:
    def test_shares_of_the_day_are_kept_and_melt(self) -> None:
        made = plan(per_day=10_000)
        assert made.is_guess
        assert 6_400 < made.reserve(Purpose.CATALOGUE, {}, at(0)) < 6_700
        assert 2_900 < made.reserve(Purpose.NOTES, {}, at(0)) - made.kept_for(Purpose.OTHER, {}, at(0)) < 3_200
        assert made.reserve(Purpose.CATALOGUE, {}, at(18)) < 2_700
        assert made.reserve(Purpose.ORDERS, {}, at(0)) == 0

    def test_first_days_do_not_make_it_careless(self) -> None:
        quiet = plan(flat(orders=1), per_day=10_000)
        assert quiet.kept_for(Purpose.ORDERS, {}, at(0)) >= sum(day_without_past(10_000)["orders"])

    def test_a_store_that_syncs_often_keeps_its_runs(self) -> None:
        made = plan(*[flat()] * 5, interval=5)
        assert made.kept_for(Purpose.ORDERS, {}, at(12)) == 12 * 12 * 2


class TestWhatIsComparable:
    def test_the_same_weekday_where_there_are_four(self) -> None:
        history = [DayUse(DAY - timedelta(days=days), flat(orders=days % 7)) for days in range(1, 40)]
        assert comparable(history, DAY) == [flat(orders=0)] * 5

    def test_the_last_fortnight_where_there_are_fewer(self) -> None:
        history = [DayUse(DAY - timedelta(days=days), flat(orders=days)) for days in range(1, 28)]
        assert comparable(history, DAY) == [flat(orders=days) for days in range(1, 15)]

    def test_one_mad_day_of_ten_does_not_rule_the_next_weeks(self) -> None:
        made = plan(flat(stock=500), *[flat(stock=5)] * 9)
        assert made.kept_for(Purpose.STOCK, {}, at(0)) == 5 * HOURS

    def test_a_busy_day_keeps_more(self) -> None:
        made = plan(*[flat(orders=10)] * 5)
        usual, twice = flat(orders=10), flat(orders=20)
        until_noon = [{"orders": use["orders"][:12] + [0] * 12} for use in (usual, twice)]
        kept = [made.kept_for(Purpose.ORDERS, use, at(11, 59)) for use in until_noon]
        assert kept == [121, 242]
        assert made.kept_for(Purpose.ORDERS, {}, at(12)) == 120  # a slow morning promises no slow evening


class TestWhenItGoesOn:
    def test_once_the_others_need_less_than_is_kept(self) -> None:
        made = plan(flat(orders=10), *[flat(orders=8)] * 3, flat(orders=10))
        now = at(8)
        goes_on = made.goes_on_at(Purpose.CATALOGUE, {}, made.reserve(Purpose.CATALOGUE, {}, now), now)
        assert now < goes_on < at(9)

    def test_after_midnight_where_the_day_is_too_short(self) -> None:
        made = plan(*[flat(orders=100)] * 5)
        assert made.goes_on_at(Purpose.CATALOGUE, {}, 50, at(8)) == at(0, day=DAY + timedelta(days=1))


def test_use_is_taken_back_in_the_hour_it_was_counted_in() -> None:
    use = added(added({}, Purpose.STOCK, 9, 5), Purpose.STOCK, 9, -2)
    assert used(use, Purpose.STOCK) == use["stock"][9] == 3
