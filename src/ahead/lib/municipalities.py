"""Municipalities of IBGE by name and UF: the NF-e wants their codes, and nobody else writes them."""

from __future__ import annotations

import functools
import json
from importlib.resources import files

from ahead.lib.wording import plain_name

_SMALL_WORDS = {"da", "das", "de", "do", "dos", "e"}
# fmt: off
UFS = frozenset({
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB", "PE", "PI", "PR", "RJ",
    "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
})
# fmt: on


@functools.cache
def _codes() -> dict[str, dict[str, str]]:
    """Return the code of each municipality, by UF and plain name; from the table that comes with brutils."""
    table = json.loads(files("brutils").joinpath("data/cities_code.json").read_text("utf-8"))
    return {uf: {plain_name(name): code for name, code in cities.items()} for uf, cities in table.items()}


def municipality_code(name: str, uf: str) -> str:
    """Return the code of seven digits, or nothing where IBGE knows no such municipality in the UF."""
    return _codes().get(uf, {}).get(plain_name(name), "")


def similar_municipalities(name: str, uf: str, *, limit: int = 5) -> list[str]:
    """Return names that begin alike: suggestions for one that does not exist."""
    wanted = plain_name(name)
    return sorted(one for one in _codes().get(uf, {}) if one[:4] == wanted[:4])[:limit]


def municipality_names(beginning: str, uf: str, *, limit: int = 20) -> list[str]:
    """Return municipalities whose names begin so, as a person would go on writing: the table knows no accents."""
    typed = " ".join(beginning.split())
    wanted = plain_name(typed)
    found = sorted(one for one in _codes().get(uf, {}) if one.startswith(wanted))[:limit]
    kept = typed if len(typed) == len(wanted) else ""
    return [kept + _titled(one)[len(kept) :] for one in found]


def _titled(name: str) -> str:
    return " ".join(word if word in _SMALL_WORDS else word.capitalize() for word in name.split())
