"""One look through a sheet: whose it is, what was seen so far, and what is asked for row after row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from ahead.accounts.models import Company
from ahead.catalog.category_queries import category_tree
from ahead.catalog.models import Product
from ahead.lib.wording import folded
from ahead.spreadsheets.entries import Entry, Seen, texts_of
from ahead.stock.models import Warehouse
from ahead.stores.models import Store

P = TypeVar("P", Store, Warehouse)
_NAMED = 8


@dataclass
class Look:
    """What one look through a sheet knows; it is made anew for each."""

    company: Company
    default_store: Store | None = None  # of rows that name none
    seen: Seen = field(default_factory=Seen)
    _paths: dict[int, dict[str, tuple[int, str]]] = field(default_factory=dict)

    @cached_property
    def _stores(self) -> list[Store]:
        return list(Store.objects.of(self.company).order_by("code"))

    @cached_property
    def _warehouses(self) -> list[Warehouse]:
        return list(Warehouse.objects.of(self.company))

    def store(self, entry: Entry) -> Store | None:
        """Return the Loja that a row names, or that of the whole sheet; or note that there is none."""
        if self.default_store is not None and not entry.said.get("store") and not entry.is_wrong("store"):
            return self.default_store
        return _named(entry, "store", "Loja", "a Loja", self._stores)

    def warehouse(self, entry: Entry) -> Warehouse | None:
        """Return the Estoque that a row names, or note that there is none."""
        return _named(entry, "warehouse", "Estoque", "o Estoque", self._warehouses)

    def products(self, entries: Iterable[Entry]) -> dict[str, Product]:
        """Return the products of the rows by their codes."""
        codes = texts_of(entries, "code")
        return {one.code: one for one in Product.objects.of(self.company).filter(code__in=codes)}

    def category(self, store: Store, path: str) -> tuple[int, str] | None:
        """Return the id and the path of a category of a store, or None where there is none."""
        return self._of(store).get(_path(path))

    def path_of(self, store: Store, category_id: int) -> str:
        """Return the path of a category of a store."""
        return next((path for pk, path in self._of(store).values() if pk == category_id), str(category_id))

    def _of(self, store: Store) -> dict[str, tuple[int, str]]:
        if store.pk not in self._paths:
            rows = [row for row in category_tree(store) if row.category.gone_at is None]
            self._paths[store.pk] = {_path(row.path): (row.category.pk, written(row.path)) for row in rows}
        return self._paths[store.pk]


def written(path: str) -> str:
    """Return the path of a category as a sheet has it: Cozinha > Canecas."""
    return path.replace(" › ", " > ")


def _path(text: str) -> str:
    return " > ".join(folded(part) for part in text.replace("›", ">").split(">"))


def _named(entry: Entry, name: str, noun: str, the: str, places: Sequence[P]) -> P | None:
    text = entry.said.get(name, "")
    if not text:
        if not entry.is_wrong(name):
            entry.wrong(name, f"Informe {the}.")
        return None
    found = [one for one in places if folded(one.name) == folded(text)]
    found = found or [one for one in places if str(one.code) == text]
    if len(found) == 1:
        return found[0]
    if found:
        entry.wrong(name, f"Há mais de um com o nome «{text}». Escreva o número: {noun} {found[0].code}, por exemplo.")
    else:
        there = ", ".join(one.name for one in places[:_NAMED]) or "nenhum"
        entry.wrong(name, f"Não há {noun} «{text[:40]}» nesta empresa. Há: {there}.")
    return None


def product_of(entry: Entry, products: Mapping[str, Product]) -> Product | None:
    """Return the product whose code a row says, or note that there is none."""
    code = entry.said.get("code", "")
    if code in products:
        return products[code]
    if not entry.is_wrong("code"):
        text = f"Não há produto com o código {code}. Cadastre-o antes, ou corrija o código." if code else ""
        entry.wrong("code", text or "Informe o campo Código AHEAD.")
    return None
