"""How much there is to sell, and which movements may be made: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from ahead.lib.errors import Refused

MOST_UNITS = 1_000_000_000
_ENTERS = frozenset({"opening", "entry", "return"})
_LEAVES = frozenset({"exit", "sale"})


class WrongMovement(Refused):
    """The movement may not be made; the message says why."""


class WrongWarehouse(Refused):
    """A field of a warehouse is missing or wrong, or it may not be changed so; the message says why."""


def available(free: Iterable[int], *, safety_stock: int) -> int:
    """Return what a store may sell: what lies free in its warehouses, less the safety stock, never below zero."""
    return max(sum(free) - safety_stock, 0)


def spread(free: Sequence[int], *, safety_stock: int) -> list[int]:
    """
    Return what each of several places may offer, so that together they offer what one place with all of it would.

    What is kept back (the safety stock, once for all, and what other places promised beyond what they have) is taken
    from where most lies, then from the next; among equals from the last.
    """
    offered = [max(units, 0) for units in free]
    kept_back = safety_stock + sum(-units for units in free if units < 0)
    if not kept_back:
        return offered
    for place in sorted(range(len(free)), key=lambda place: (-offered[place], -place)):
        taken = min(offered[place], kept_back)
        offered[place] -= taken
        kept_back -= taken
    return offered


def assembled(parts: Iterable[tuple[int, int]]) -> int:
    """
    Return how many of a kit can be assembled: for each component what is available of it, and how many one kit takes.

    A kit without components cannot be assembled at all.
    """
    return min((max(available, 0) // quantity for available, quantity in parts), default=0)


def differs(*, confirmed: int | None, available: int) -> bool:
    """Whether a store must be told a quantity: it is not the one Tray confirmed last, or that one is unknown."""
    return confirmed != available


def is_open_write(
    *, sent: int | None, sent_at: datetime | None, confirmed: int | None, confirmed_at: datetime | None
) -> bool:
    """Whether a quantity was sent that Tray has not confirmed; the one it confirmed before is no news."""
    if sent is None or sent_at is None or sent == confirmed:
        return False
    return confirmed_at is None or confirmed_at < sent_at


def why_not_move(*, kind: str, quantity: int, on_hand: int) -> str | None:
    """Return the reason a movement of `quantity` units (negative: leaves) may not be made, or None if it may."""
    if quantity == 0:
        return "Informe uma quantidade diferente de zero."
    if abs(quantity) > MOST_UNITS or abs(on_hand + quantity) > MOST_UNITS:
        return "A quantidade é grande demais."
    if kind in _ENTERS and quantity < 0:
        return "Uma entrada deve ter quantidade positiva."
    if kind in _LEAVES and quantity > 0:
        return "Uma saída deve ter quantidade negativa."
    if quantity < 0 and on_hand + quantity < 0:
        return f"Há {max(on_hand, 0)} em estoque: não é possível retirar {-quantity}."
    return None


def no_stock_of_kit(kit: str) -> str:
    """Return why nothing of a kit enters or leaves."""
    return (
        f"O produto {kit} é um kit e não tem estoque próprio: o que dá para montar vem dos componentes. "
        "Movimente os componentes."
    )


def why_not_count(counted: int) -> str | None:
    """Return the reason a count may not be booked, or None if it may."""
    return None if 0 <= counted <= MOST_UNITS else "A contagem deve ser um número a partir de zero."


def clean_name(text: str) -> str:
    """
    Return the name of a warehouse without surplus space.

    :raises WrongWarehouse: if nothing is left, or it is too long.
    """
    name = " ".join(text.split())
    if not 0 < len(name) <= 80:
        raise WrongWarehouse("Informe o nome do Estoque, com até 80 letras.")
    return name


def clean_code(code: int) -> int:
    """
    Return the code of a warehouse.

    :raises WrongWarehouse: if it is out of bounds.
    """
    if not 1 <= code <= 999_999:
        raise WrongWarehouse("O código do Estoque deve ser de 1 a 999999.")
    return code
