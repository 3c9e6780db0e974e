"""Editar em lote: what may be done to a field of many rows at once, and what each row's cell then says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ahead.lib.errors import Refused
from ahead.lib.money import to_cents
from ahead.lib.sheets import EMPTIED
from ahead.spreadsheets.columns import COLUMNS, Column, column_of
from ahead.spreadsheets.rules import WrongCell, read_number

Do = Literal["set", "empty", "raise", "lower", "below", "above"]

SHARES = frozenset({"raise", "lower", "below", "above"})  # what takes a percentage in place of a value
# of whom a field of a product says something that no two may have in common
_OF_ONE = frozenset({"code", "name", "reference", "gtin"})
_LISTING = (
    *("price", "promotional_price", "promotion_starts_on", "promotion_ends_on", "is_price_on_request"),
    *("category_id", "is_visible", "availability", "availability_days", "safety_stock"),
)
_PROMOTION_DAYS = ("promotion_starts_on", "promotion_ends_on")
_WORDS: Mapping[Do, str] = {"set": "Mudar para", "empty": "Esvaziar", "raise": "Aumentar (%)", "lower": "Diminuir (%)"}
_OWN_WORDS: Mapping[tuple[str, str, Do], str] = {
    ("products", "price", "above"): "Custo mais (%)",
    ("listings", "price", "empty"): "Voltar ao do produto",
    ("listings", "promotional_price", "below"): "Abaixo do preço (%)",
    ("listings", "promotional_price", "empty"): "Tirar a promoção",
    ("listings", "category_id", "empty"): "Tirar a categoria",
    ("listings", "safety_stock", "empty"): "Usar o da Loja",
}
_HIGHEST_SHARE = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done to one field; `text` is what was typed: a value, or a percentage."""

    field: str
    do: Do
    text: str = ""


def fields_at_once(kind: str) -> list[Column]:
    """Return the columns of a kind that many rows may be given at once."""
    if kind == "listings":
        return [column_of(kind, field) for field in _LISTING]
    return [column for column in COLUMNS[kind] if column.field not in _OF_ONE]


def ways_to_change(kind: str, column: Column) -> dict[Do, str]:
    """Return what may be done to a column, in the words of the screen."""
    ways: dict[Do, str] = {"set": _WORDS["set"]}
    own = {do: words for (of, field, do), words in _OWN_WORDS.items() if (of, field) == (kind, column.field)}
    if column.type == "money" and column.field != "promotional_price":
        ways |= {"raise": _WORDS["raise"], "lower": _WORDS["lower"]}
    if column.type not in {"money", "yes"}:
        with suppress(Refused):
            column.read(EMPTIED)
            ways["empty"] = _WORDS["empty"]
    return {**ways, **own}


def check_change(kind: str, change: Change) -> None:
    """
    Make sure that a change can be made at all.

    :raises Refused: if what was typed is not what the field takes.
    """
    column = column_of(kind, change.field)
    if change.do not in ways_to_change(kind, column):
        raise WrongCell(f"Isto não pode ser feito com o campo {column.name}.")
    if change.do in SHARES:
        _share(change)
    elif change.do == "set":
        if not change.text:
            raise WrongCell("Informe para que valor mudar.")
        if change.text == EMPTIED:
            raise WrongCell("Para deixar vazio, escolha isso na lista ao lado.")
        column.read(change.text)


def _share(change: Change) -> Decimal:
    if not change.text:
        raise WrongCell("Informe a porcentagem.")
    share = read_number(change.text.removesuffix("%").strip())
    highest = Decimal(100) if change.do in {"lower", "below"} else _HIGHEST_SHARE
    if not 0 < share < highest:
        raise WrongCell(f"A porcentagem deve ser maior que 0 e menor que {highest}.")
    return share


def with_what_follows(changes: Sequence[Change]) -> list[Change]:
    """Return changes with those that follow from them: without a promotional price a promotion has no days."""
    said = {change.field for change in changes}
    ends = Change("promotional_price", "empty") in changes
    return [*changes, *(Change(day, "empty") for day in _PROMOTION_DAYS if ends and day not in said)]


def changed_amount(change: Change, base: Decimal | None) -> Decimal | None:
    """Return what an amount is after a change of some percent, to the cent; None where there is nothing to begin at."""
    if base is None:
        return None
    share = _share(change)
    down = change.do in {"lower", "below"}
    return to_cents(base * (100 + (-share if down else share)) / 100)


def cell_of(change: Change, base: Decimal | None = None) -> str:
    """Return what the cell of a row says after a change; `base` is what its percentage is of."""
    if change.do in SHARES:
        amount = changed_amount(change, base)
        return "" if amount is None else f"{amount:f}".replace(".", ",")
    return EMPTIED if change.do == "empty" else change.text
