"""The brake on mass damage: a pure decision."""

from __future__ import annotations

from collections.abc import Sequence

from ahead.stock.publishing import StockChange

FEWEST = 10  # a small shop may well sell out of a few things at once


def would_zero(changes: Sequence[StockChange]) -> int:
    """Return how many SKUs that Tray shows with stock, or may show so, would be shown with none."""
    return sum(1 for change in changes if change.available == 0 and change.confirmed != 0)


def must_brake(changes: Sequence[StockChange], *, offered: int, percent: int) -> bool:
    """
    Whether these writes would empty too much of a shop at once to be sent without asking.

    `offered` counts the SKUs Tray shows with stock, `percent` is how many of them one run may empty.
    """
    zeroed = would_zero(changes)
    return zeroed >= FEWEST and zeroed * 100 > offered * percent
