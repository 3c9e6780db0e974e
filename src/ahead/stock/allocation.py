"""Which warehouse gives what: pure decisions."""

from __future__ import annotations

from collections.abc import Sequence


def allocate(quantity: int, free: Sequence[tuple[int, int]], *, named: int | None = None) -> list[tuple[int, int]]:
    """
    Return how many units each warehouse promises, as (warehouse, units), in order of preference.

    A warehouse that is `named` leads the order, and gives what it has before any other is looked at: the order leaves
    from there.

    `free` holds (warehouse, free units) in the store's order of priority. One warehouse that can give all is
    preferred (one parcel); else they are emptied in order, and what is missing is promised by the first one:
    the sale is made, so it is booked, and the balance shows that it was sold beyond what there is.

    :raises ValueError: if there is no warehouse, or the quantity is not positive.
    """
    if not free or quantity <= 0:
        raise ValueError("needs a positive quantity and at least one warehouse")
    free = sorted(free, key=lambda place: place[0] != named)
    for warehouse, units in free:
        if units >= quantity:
            return [(warehouse, quantity)]
        if warehouse == named and units > 0:
            break
    promised: dict[int, int] = {}
    missing = quantity
    for warehouse, units in free:
        given = min(max(units, 0), missing)
        if given:
            promised[warehouse] = given
            missing -= given
    if missing:
        promised[free[0][0]] = promised.get(free[0][0], 0) + missing
    return list(promised.items())


def available(free_units: int, *, safety_stock: int) -> int:
    """Return what a store may offer: free units less its safety stock, never below zero."""
    return max(0, free_units - safety_stock)
