"""Money in Decimal, to the cent, and splits that lose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def to_cents(amount: Decimal) -> Decimal:
    """Return `amount` rounded to the cent, halves away from zero (as a Brazilian invoice does)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def reais(amount: Decimal) -> str:
    """Return an amount as people write it: R$ 1.234,50."""
    return f"R$ {amount:,.2f}".translate(str.maketrans(",.", ".,"))


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """
    Return `amount` split in proportion to `weights`, to the cent, by largest remainder.

    The parts add up to `amount` exactly. All-zero weights split evenly.

    :raises ValueError: if there are no weights, or one is negative.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be given and not negative")
    total = sum(weights, Decimal(0))
    shares = weights if total else [Decimal(1)] * len(weights)
    total = total or Decimal(len(weights))
    cents = int(to_cents(amount).scaleb(2))
    exact = [cents * share / total for share in shares]
    floors = [int(part // 1) for part in exact]
    missing = cents - sum(floors)
    by_remainder = sorted(range(len(exact)), key=lambda at: (floors[at] - exact[at], at))
    for at in by_remainder[:missing]:
        floors[at] += 1
    return [Decimal(part).scaleb(-2) for part in floors]
