"""CPF, CNPJ of digits and of letters, GTIN: told right from wrong, looked up and written as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ahead.lib.documents import clean_document, is_document, is_gtin, looks_like_document, punctuated

RIGHT = ["52998224725", "11222333000181", "12ABC34501DE35"]  # the last is the example of IN RFB 2.229/2024


@pytest.mark.parametrize("document", RIGHT)
def test_right_check_digits_are_right_however_it_is_written(document: str) -> None:
    assert is_document(document)
    assert clean_document(punctuated(document).lower()) == document


@pytest.mark.parametrize("document", RIGHT)
@given(place=some.integers(0, 13), more=some.integers(1, 9))
def test_one_digit_that_is_wrong_is_noticed(document: str, place: int, more: int) -> None:
    place %= len(document)
    if not document[place].isdecimal():
        return
    wrong = document[:place] + str((int(document[place]) + more) % 10) + document[place + 1 :]
    assert not is_document(wrong)
    assert looks_like_document(wrong)


@pytest.mark.parametrize(
    "text", ["", "1" * 11, "0" * 14, "5299822472", "12ABC34501DEAA", "12abc34501de35", "５２９９８２２４７２５"]
)
def test_what_is_nobody_s_is_wrong(text: str) -> None:
    assert not is_document(text)


@pytest.mark.parametrize(
    ("text", "looks_like_one"),
    [("52998224720", True), ("HELENASOUZA", False), ("12ABC34501DE35", True), ("1234567890", False), ("", False)],
)
def test_a_name_as_long_as_a_document_is_none(text: str, looks_like_one: bool) -> None:
    assert looks_like_document(text) is looks_like_one


def test_as_people_write_them() -> None:
    assert [punctuated(one) for one in [*RIGHT, "123"]] == [
        "529.982.247-25",
        "11.222.333/0001-81",
        "12.ABC.345/01DE-35",
        "123",
    ]


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("7891000315507", True),
        ("7891000315508", False),
        ("78910003155", False),
        ("SEM GTIN", False),
        ("", False),
        ("789-1000315507", False),
    ],
)
def test_gtin(text: str, is_right: bool) -> None:
    assert is_gtin(text) is is_right
