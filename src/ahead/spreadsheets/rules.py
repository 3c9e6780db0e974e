"""How the cells of a sheet are read: numbers, days and yes or no as people write them; pure decisions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from ahead.lib.errors import Refused
from ahead.lib.wording import folded

T = TypeVar("T")

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200
LONGEST_CELL = 20_000
_YES = frozenset({"sim", "s", "verdadeiro", "true", "1", "x"})
_NO = frozenset({"nao", "n", "falso", "false", "0"})
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]+(,[0-9]+)?")
_POINT = re.compile(r"[+-]?[0-9]+\.[0-9]+")
_LONGEST_NUMBER = 30


class WrongCell(Refused):
    """A cell cannot be read; the message says why and how it should be."""


class WrongFile(Refused):
    """The file is no sheet that can be read; the message says why and what to do."""


def column_letters(place: int) -> str:
    """Return how a spreadsheet calls a column, from 0: A, B, … Z, AA."""
    letters = ""
    while place >= 0:
        place, rest = divmod(place, 26)
        letters = chr(ord("A") + rest) + letters
        place -= 1
    return letters


def cell_text(value: object) -> str:
    """
    Return the text of a cell as a Brazilian would type it, whatever the file held: 12,9 · 24/11/2026 · sim.

    A number is read to the 15 digits that a spreadsheet shows: what it keeps beyond them is the noise of its fractions.
    """
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}" if not any((value.hour, value.minute)) else f"{value:%d/%m/%Y %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value).strip()


def _number_text(value: float) -> str:
    exact = Decimal(format(value, ".15g"))
    text = f"{exact:f}" if exact.is_finite() else str(value)
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def read_number(text: str) -> Decimal:
    """
    Return the number a text says: "1.234,56", "1234,56" or "1234.56".

    :raises WrongCell: if it is none, or may be read in two ways ("1.234").
    """
    plain = text.removeprefix("R$").replace(" ", "").replace("\xa0", "")
    if len(plain) > _LONGEST_NUMBER:
        raise WrongCell(f"«{text[:20]}…» não é um número.")
    if _GROUPED.fullmatch(plain):
        if "," not in plain and plain.count(".") == 1 and not plain.lstrip("+-").startswith("0"):
            whole, comma = plain.replace(".", ""), plain.replace(".", ",")
            raise WrongCell(f"«{text}» pode ser lido de dois modos: escreva {whole} ou {comma}.")
        if not plain.lstrip("+-").startswith("0"):
            return Decimal(plain.replace(".", "").replace(",", "."))
    if _COMMA.fullmatch(plain) or _POINT.fullmatch(plain):
        return Decimal(plain.replace(",", "."))
    raise WrongCell(f"«{text[:40]}» não é um número. Escreva como 1.234,56.")


def read_whole(text: str) -> int:
    """
    Return the whole number a text says.

    :raises WrongCell: if it is none.
    """
    number = read_number(text)
    if number != number.to_integral_value():
        raise WrongCell(f"«{text}» não é um número inteiro.")
    return int(number)


def read_day(text: str) -> date:
    """
    Return the day a text says, as dd/mm/aaaa.

    :raises WrongCell: if it is none.
    """
    found = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text)
    with suppress(ValueError):
        if found is not None:
            return date(int(found[3]), int(found[2]), int(found[1]))
    raise WrongCell(f"«{text[:40]}» não é uma data. Escreva como 24/11/2026.")


def read_yes(text: str) -> bool:
    """
    Return whether a text says yes.

    :raises WrongCell: if it says neither yes nor no.
    """
    said = folded(text)
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise WrongCell(f"«{text[:40]}» não diz sim nem não. Escreva sim ou não.")


def common(values: Iterable[T]) -> T | None:
    """Return what several things say, if they all say the same."""
    said = list(dict.fromkeys(values))
    return said[0] if len(said) == 1 else None


def names_alike(name: str) -> str:
    """Return a heading by which to compare: without accents, capitals, surplus space and the star of what is needed."""
    return folded(name.replace("*", " "))
