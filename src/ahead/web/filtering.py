"""What narrows a list, read from the address: all of it, or nothing is shown, exported or done."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest


class Unreadable(Exception):
    """
    Something that narrows a list cannot be read: shown all the same it would be a list, a file or a press of more.

    :ivar label: What the field is called on the screen.
    :ivar said: What stands there.
    """

    def __init__(self, label: str, said: str) -> None:
        super().__init__(f"{label}: {said!r}")
        self.label, self.said = label, said


class FilterForm(forms.Form):
    """The fields that narrow a list."""

    def read(self) -> dict[str, Any]:
        """
        Return what the fields say, by their names.

        :raises Unreadable: if one of them says what it cannot: a day that does not exist, a Loja that is not there,
            or two things at once.
        """
        for bound in self:
            said = self.data.getlist(bound.html_name) if isinstance(self.data, QueryDict) else []
            if len(said) > 1:
                raise Unreadable(str(bound.label), " e ".join(map(repr, said)))
        if self.is_valid():
            return self.cleaned_data
        field = self[next(iter(self.errors))]
        raise Unreadable(str(field.label), str(field.value()))


def number_of(text: str | None) -> int | None:
    """Return the id that a text is, or None where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None


def asked_id(request: HttpRequest, name: str, label: str) -> int | None:
    """
    Return the id that a field of the address holds; None where it is not there or empty.

    :raises Unreadable: if what it holds is no id.
    """
    texts = request.GET.getlist(name)
    if len(texts) > 1 or (texts and texts[0] and number_of(texts[0]) is None):
        raise Unreadable(label, " e ".join(texts))
    return number_of(texts[0]) if texts else None


def digest_of(ids: Iterable[int]) -> str:
    """Return what stands for these very rows, whatever their order: who confirms says with it what they saw."""
    return sha256(",".join(map(str, sorted(ids))).encode()).hexdigest()[:16]


def chosen_ids(request: HttpRequest, name: str) -> list[int]:
    """
    Return the ids of the rows that were selected; none where the address has no selection.

    :raises Unreadable: if one of them is no id: without it a selection of one would be all there are.
    """
    texts = request.GET.getlist(name)
    for text in texts:
        if number_of(text) is None:
            raise Unreadable("Seleção", text)
    return [int(text) for text in texts]
