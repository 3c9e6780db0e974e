"""The brake on mass damage: a pure decision."""

from __future__ import annotations

from collections.abc import Sequence

from ahead.stock.publishing import StockChange

FEWEST = 10  # a small shop may well sell out of a few things at once


def would_zero(changes: Sequence[StockChange]) -> int:
    """Return how many SKUs that Tray shows with stock, or may show so, would be shown with none."""
    return sum(map(empties, changes))


def empties(change: StockChange) -> bool:
    """Whether a write would show as sold out what Tray shows with stock, or may show so."""
    return change.available == 0 and change.confirmed != 0


def is_too_much(zeroed: int, offered: int, *, percent: int) -> bool:
    """
    Whether so many SKUs are too much to be emptied at once without asking.

    `offered` counts the SKUs Tray shows with stock, `percent` is how many of them one run may empty.
    """
    return zeroed >= FEWEST and zeroed * 100 > offered * percent
