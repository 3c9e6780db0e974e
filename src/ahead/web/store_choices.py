"""The field «Loja» of the forms that narrow a list: one of the company's, or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django import forms

    from ahead.stores.models import Store


def offer_stores(form: forms.Form, stores: Iterable[Store]) -> None:
    """Let the form's field `loja` offer these stores, and all of them."""
    offered = [("", "Todas"), *((str(store.pk), store.name) for store in stores)]
    form.fields["loja"].choices = offered  # type: ignore[attr-defined]
