"""Scalars and shapes as Tray writes them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.tray import reading
from ahead.tray.answers import parsed

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("39.90", "39.90"),
        ("0.110000", "0.110000"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567,8", "1234567.8"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("3,5", "3.5"),
        ("0,500", "0.500"),
        ("R$ 96,58", "96.58"),
        ("-R$ 3,59", "-3.59"),
        ("R$\u00a0-3.59", "-3.59"),
        ("  12 ", "12"),
        (12, "12"),
        (39.9, "39.9"),
        (Decimal("7.10"), "7.10"),
    ],
)
def test_money_in_every_spelling_seen(written: object, meant: str) -> None:
    assert reading.money(written) == Decimal(meant)


@pytest.mark.parametrize(
    "written", ["", None, "abc", "NaN", "1e5", "--3", "1..5", "1.2,3.4", "١٢", "1_000", [], {}, "1,234", float("nan")]
)
def test_money_that_nobody_can_read_for_sure_is_none(written: object) -> None:
    assert reading.money(written) is None


@given(AMOUNTS)
def test_money_reads_back_every_amount_in_three_spellings(amount: Decimal) -> None:
    american = f"{amount:,.2f}"
    brazilian = american.translate(str.maketrans(",.", ".,"))
    assert {reading.money(f"{amount:.2f}"), reading.money(american), reading.money(brazilian)} == {amount}


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.integers())))
def test_no_scalar_ever_raises(value: object) -> None:
    for read in (
        reading.text,
        reading.money,
        reading.integer,
        reading.identity,
        reading.flag,
        reading.day,
        reading.moment,
        reading.hour,
        reading.digits,
        reading.document,
    ):
        read(value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("7", 7), (7, 7), ("7.00", 7), (" 7 ", 7), ("-3", -3), ("0", 0), ("", None), ("7.5", None), ("²", None)],
)
def test_integers(written: object, meant: int | None) -> None:
    assert reading.integer(written) == meant


def test_an_id_of_zero_is_no_id() -> None:
    assert [reading.identity(value) for value in ("0", 0, "", None, "-1", "15")] == [None] * 5 + [15]


@pytest.mark.parametrize("written", ["", "0000-00-00", "0000-01-05", "0000-00-00 00:00:00", "2026-02-30", None, []])
def test_quirk_7_odd_dates_are_none(written: object) -> None:
    assert reading.day(written) is None
    assert reading.moment(written) is None


@given(st.dates(min_value=date(1900, 1, 1)))
def test_every_day_reads_back(on: date) -> None:
    assert reading.day(on.isoformat()) == on
    assert reading.day(on.strftime("%d/%m/%Y").rjust(10, "0")) == on
    assert reading.day(f"{on.isoformat()} 23:59:59") == on


def test_quirk_36_times_are_brasilia() -> None:
    assert reading.moment("2026-05-04 22:30:00") == datetime(2026, 5, 5, 1, 30, tzinfo=UTC)
    assert reading.moment("2018-01-10 10:00:00") == datetime(2018, 1, 10, 12, 0, tzinfo=UTC)  # summer time
    assert reading.moment("2026-05-04T10:00:00-04:00") == datetime(2026, 5, 4, 14, 0, tzinfo=UTC)
    assert reading.moment("9999-12-31 23:30:00") is None
    assert reading.moment_of(date(2026, 5, 4), time(12)) == datetime(2026, 5, 4, 15, 0, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9999, 12, 31, 23, 59, 59)))
def test_every_moment_is_aware_or_none(at: datetime) -> None:
    read = reading.moment(at.isoformat(sep=" ", timespec="seconds"))
    assert read is None or read.tzinfo is UTC


def test_quirk_22_documents_lose_punctuation_and_keep_letters() -> None:
    assert reading.document("529.982.247-25") == "52998224725"
    assert reading.document("12.abc.345/01DE-35") == "12ABC34501DE35"
    assert reading.digits("(13) 3333-0000") == "1333330000"


@pytest.mark.parametrize(
    "written",
    [
        [{"Thing": {"id": "1"}}, {"Thing": {"id": "2"}}],
        [{"id": "1"}, {"id": "2"}],
        {"0": {"Thing": {"id": "1"}}, "1": {"Thing": {"id": "2"}}},
        {"7": {"id": "1"}, "9": {"id": "2"}},
        [{"Thing": {"id": "1"}}, [], None, "x", {"Thing": []}, {"id": "2"}],
    ],
)
def test_quirk_10_and_11_entities_wrapped_or_bare_in_list_or_object(written: object) -> None:
    assert [row["id"] for row in reading.entities(written, "Thing")] == ["1", "2"]


@pytest.mark.parametrize("written", [{"Thing": {"id": "1"}}, {"id": "1"}, [{"id": "1"}], [{"Thing": {"id": "1"}}]])
def test_one_entity_in_every_shape(written: object) -> None:
    assert reading.entity(written, "Thing") == {"id": "1"}


@pytest.mark.parametrize("nothing", [[], {}, "", None, "0", 0, [[]], {"Thing": []}])
def test_quirk_6_nothing_where_an_object_may_stand(nothing: object) -> None:
    assert reading.entity(nothing, "Thing") == {}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb'{"name": "Caneca \u0000azul"}', "Caneca azul"),
        (rb'{"name": "Caneca \ud83d"}', "Caneca \ufffd"),
        (rb'{"name": "Caneca \ude00\ud83d azul"}', "Caneca \ufffd\ufffd azul"),
        (b'{"name": "Caneca \xed\xa0\xbd"}', "Caneca \ufffd"),
        (rb'"{\"name\": \"Caneca \\ud83d\"}"', "Caneca \ufffd"),
        (rb'{"name": "Caneca \ud83d\ude00 \u00e7"}', "Caneca \U0001f600 ç"),
        (rb'{"name": "Caneca \\u0000"}', r"Caneca \u0000"),
    ],
)
def test_what_no_database_keeps_is_read_as_what_it_does(sent: bytes, read: str) -> None:
    assert parsed(sent) == {"name": read}


def test_names_and_what_lies_deep_inside_are_read_so_too() -> None:
    assert parsed(rb'{"a\u0000": [{"b": ["\ud83d", 1, null]}]}') == {"a": [{"b": ["\ufffd", 1, None]}]}
    assert parsed(b'{"a":' * 5_000 + b"1" + b"}" * 5_000) is None
