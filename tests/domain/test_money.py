"""Splits of money: nothing is lost, nobody gets a cent too much, equals are served in their order."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.lib.money import CENT, ZERO, split

amounts = st.decimals(min_value="-5000", max_value="5000", places=2)
weights = st.lists(st.decimals(min_value="0", max_value="9999.99", places=2), min_size=1, max_size=9)
Unweighted = Literal["evenly", "first"]
unweighted: st.SearchStrategy[Unweighted] = st.sampled_from(["evenly", "first"])


@given(amount=amounts, given_weights=weights, rest=unweighted)
def test_parts_add_up_to_the_cent(amount: Decimal, given_weights: list[Decimal], rest: Unweighted) -> None:
    parts = split(amount, given_weights, unweighted=rest)

    assert sum(parts) == amount
    assert len(parts) == len(given_weights)
    assert all(part.as_tuple().exponent == -2 for part in parts)


@given(amount=amounts, given_weights=weights.filter(any), rest=unweighted)
def test_no_part_is_a_cent_off_its_share(amount: Decimal, given_weights: list[Decimal], rest: Unweighted) -> None:
    parts = split(amount, given_weights, unweighted=rest)

    whole = sum(given_weights)
    shares = [amount * weight / whole for weight in given_weights]
    assert all(abs(part - share) < CENT for part, share in zip(parts, shares, strict=True))


@given(amount=amounts, given_weights=weights.filter(any), rest=unweighted)
def test_who_weighs_more_never_gets_less_and_of_equals_the_first_gets_the_cent(
    amount: Decimal, given_weights: list[Decimal], rest: Unweighted
) -> None:
    parts = split(amount, given_weights, unweighted=rest)

    by_weight = sorted(zip(given_weights, parts, strict=True), key=lambda one: -one[0])  # equals stay in their order
    assert all(abs(before) >= abs(after) for (_, before), (_, after) in pairwise(by_weight))


@given(amount=amounts, given_weights=weights, rest=unweighted)
def test_a_negative_amount_is_split_like_a_positive_one(
    amount: Decimal, given_weights: list[Decimal], rest: Unweighted
) -> None:
    parts = split(amount, given_weights, unweighted=rest)
    assert split(-amount, given_weights, unweighted=rest) == [-part for part in parts]


def test_without_any_weight_it_is_said_who_gets_what() -> None:
    assert split(Decimal("0.05"), [ZERO] * 3, unweighted="evenly") == [Decimal("0.02"), Decimal("0.02"), CENT]
    assert split(Decimal("0.05"), [ZERO] * 3, unweighted="first") == [Decimal("0.05"), ZERO, ZERO]


@pytest.mark.parametrize("wrong", [[], [Decimal(1), Decimal(-1)]])
def test_weights_are_given_and_not_negative(wrong: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(Decimal(1), wrong, unweighted="evenly")
