"""The chave de acesso: its parts, its digit, its code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nota_making import BAKERY, CNPJ_WITH_LETTERS, nota

from ahead.nfe.chave import chave_de_acesso, check_digit, draw_code, is_chave
from ahead.nfe.errors import CannotWrite
from ahead.nfe.values import Emission

CHAVE = "35261111222333000181550010000012341731945680"
BODIES = st.from_regex(r"[0-9]{6}[0-9A-Z]{12}[0-9]{25}", fullmatch=True)


class Foreseen:
    """Draws what it was told, in that order."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = iter(numbers)

    def randbelow(self, bound: int) -> int:
        return next(self.numbers)


def test_the_parts_stand_in_the_order_of_the_manual() -> None:
    chave = chave_de_acesso(nota(serie=7, number=890, code="01928374", emission=Emission.SVC_AN))
    assert chave[:43] == "35" + "2611" + "11222333000181" + "55" + "007" + "000000890" + "6" + "01928374"


def test_the_digit_of_the_example_in_the_manual() -> None:
    # MOC 7.0, "Cálculo do dígito verificador": the example the manual works through
    assert check_digit("5206043300991100250655012000000780026730161") == "5"


def test_a_cnpj_with_letters_is_weighed_by_the_codes_of_its_characters() -> None:
    chave = chave_de_acesso(nota(emitter=replace(BAKERY, cnpj=CNPJ_WITH_LETTERS)))
    assert chave[6:20] == CNPJ_WITH_LETTERS
    weights = [2 + place % 8 for place in range(43)][::-1]
    total = sum((ord(one) - 48) * weight for one, weight in zip(chave[:43], weights, strict=True))
    assert int(chave[43]) == (0 if total % 11 < 2 else 11 - total % 11)
    assert is_chave(chave)


def test_the_month_is_that_of_the_emitters_own_clock() -> None:
    manaus = timezone(timedelta(hours=-4))
    last_evening = datetime(2026, 12, 1, 2, 30, tzinfo=UTC).astimezone(manaus)
    assert chave_de_acesso(nota(issued_at=last_evening))[2:6] == "2611"


@pytest.mark.parametrize(
    "changes",
    [
        {"serie": 1000},
        {"number": 10**9},
        {"code": "1234567"},
        {"emitter": replace(BAKERY, cnpj="11.222.333/0001-81")},
        {"emitter": replace(BAKERY, address=replace(BAKERY.address, uf="EX"))},
    ],
)
def test_what_forms_no_key_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(CannotWrite, match="chave de acesso"):
        chave_de_acesso(nota(**changes))


def test_a_key_is_known_by_shape_uf_month_and_digit() -> None:
    assert is_chave(CHAVE)
    assert not is_chave(CHAVE[:-1] + "2")
    assert not is_chave(CHAVE[:-1])
    assert not is_chave(f" {CHAVE[1:]}")
    for start in ("99", "352613", "352600"):
        body = (start + CHAVE[len(start) :])[:43]
        assert not is_chave(body + check_digit(body))


@given(BODIES, st.integers(0, 42), st.sampled_from("0123456789"))
def test_a_changed_digit_is_noticed(body: str, place: int, other: str) -> None:
    changed = body[:place] + other + body[place + 1 :]
    difference = (ord(other) - ord(body[place])) * (2 + (42 - place) % 8)
    if difference % 11 and {check_digit(body), check_digit(changed)} != {"0"}:
        assert check_digit(changed) != check_digit(body)


def test_a_code_that_could_be_guessed_is_drawn_again() -> None:
    guessed = (890, 11111111, 0, 12345678, 98765432, 78901234)
    assert draw_code(890, random=Foreseen(*guessed, 40217)) == "00040217"
    assert draw_code(123456789, random=Foreseen(23456789, 73194568)) == "73194568"


def test_codes_differ() -> None:
    assert len({draw_code(1) for _ in range(50)}) == 50
