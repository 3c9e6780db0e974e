"""The form of Editar em lote: for each field what is to be done to it, and to what value or by what percentage."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms

from ahead.lib.errors import Refused
from ahead.spreadsheets.bulk_changes import SHARES, Change, check_change, fields_at_once, ways_to_change
from ahead.web.days import DayField

if TYPE_CHECKING:
    from ahead.spreadsheets.columns import Column

_KEEP = ("", "Deixar como está")
_NUMBERS = {"money", "whole"}


@dataclass(frozen=True)
class Line:
    """One field as the form shows it; without a value there is only one thing to choose."""

    do: forms.BoundField
    value: forms.BoundField | None


class BulkForm(forms.Form):
    """What to change in many rows at once."""

    def __init__(self, data: Any = None, *, kind: str, categories: Sequence[str] = ()) -> None:
        super().__init__(data)
        self._kind, self._columns = kind, fields_at_once(kind)
        for column in self._columns:
            ways = {"sim": "Sim", "não": "Não"} if column.type == "yes" else ways_to_change(kind, column)
            choices = [_KEEP, *ways.items()]
            self.fields[_do(column)] = forms.ChoiceField(label=column.name, choices=choices, required=False)
            if column.type != "yes":
                self.fields[column.field] = _value_field(column, ways, categories)

    def lines(self) -> Iterator[Line]:
        """Yield the fields in their order."""
        for column in self._columns:
            value = self[column.field] if column.field in self.fields else None
            yield Line(self[_do(column)], value)

    def clean(self) -> dict[str, Any]:
        """Say of each field what is wrong with it, and of the whole where nothing is to be changed."""
        given = super().clean() or {}
        for column in self._columns:
            self._check(column, given)
        if not self.errors and not self.changes():
            raise forms.ValidationError("Diga o que mudar em ao menos um campo.")
        return given

    def _check(self, column: Column, given: dict[str, Any]) -> None:
        change = _change(column, given)
        if change is None:
            if given.get(column.field):
                self.add_error(_do(column), "Diga o que fazer com este valor, ou apague-o.")
            return
        try:
            check_change(self._kind, change)
        except Refused as refusal:
            self.add_error(column.field if column.field in self.fields else _do(column), str(refusal))

    def changes(self) -> list[Change]:
        """Return what was asked for."""
        found = (_change(column, self.cleaned_data) for column in self._columns)
        return [change for change in found if change is not None]


def _do(column: Column) -> str:
    return f"{column.field}-do"


def _value_field(column: Column, ways: Collection[str], categories: Sequence[str]) -> forms.Field:
    label = "Novo valor ou %" if SHARES & set(ways) else "Novo valor"
    if column.type == "day":
        return DayField(label=label, required=False)
    if column.type == "category":
        choices = [("", "Escolha"), *((path, path) for path in categories)]
        return forms.ChoiceField(label=label, required=False, choices=choices)
    mode = {"inputmode": "decimal"} if column.type in _NUMBERS else {}
    widget = forms.TextInput({**mode, "autocomplete": "off"})
    note = "" if column.empty is None or column.type == "money" else column.note  # what "-" means is in the list beside
    return forms.CharField(label=label, required=False, max_length=300, widget=widget, help_text=note)


def _change(column: Column, given: dict[str, Any]) -> Change | None:
    """Return what was asked of a field, or None where it stays."""
    do = given.get(_do(column), "")
    if not do:
        return None
    if column.type == "yes":
        return Change(column.field, "set", do)
    value = given.get(column.field) or ""
    text = f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)
    return Change(column.field, do, text if do == "set" or do in SHARES else "")
