"""Money in Decimal, to the cent, and splits that lose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def to_cents(amount: Decimal) -> Decimal:
    """Return `amount` rounded to the cent, halves away from zero (as a Brazilian invoice does)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def reais(amount: Decimal) -> str:
    """Return an amount as people write it: R$ 1.234,50."""
    return f"R$ {amount:,.2f}".translate(str.maketrans(",.", ".,"))


def split(amount: Decimal, weights: Sequence[Decimal], *, unweighted: Literal["evenly", "first"]) -> list[Decimal]:
    """
    Return `amount`, taken to the cent, split in proportion to `weights`; the parts add up to it exactly.

    Each part is less than a cent off its share. Cents that are left go to the parts that lost most by rounding, the
    first of equals first. Without any weight the parts are even (`evenly`), or the first takes all (`first`).

    :raises ValueError: if there are no weights, or one is negative.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be given and not negative")
    if not any(weights):
        weights = [Decimal(unweighted == "evenly" or not place) for place in range(len(weights))]
    whole = sum(weights, Decimal(0))
    cents = abs(to_cents(amount).scaleb(2))  # a negative amount is split like a positive one
    exact = [cents * weight / whole for weight in weights]
    parts = [int(share) for share in exact]
    most_lost = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in most_lost[: int(cents) - sum(parts)]:
        parts[place] += 1
    return [Decimal(part).scaleb(-2).copy_sign(amount) if part else ZERO for part in parts]
