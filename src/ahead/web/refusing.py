"""Showing what the domain refused in the form it was asked with."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from ahead.lib.errors import Refused


def put_refusal(form: forms.Form, refusal: Refused, fields: Mapping[type[Refused], str] | None = None) -> None:
    """Write a refusal by the field it is about, or on top of the form."""
    named = (field for kind, field in (fields or {}).items() if isinstance(refusal, kind) and field in form.fields)
    form.add_error(next(named, None), str(refusal))


def status_of(form: forms.Form) -> int:
    """Return the status of the answer that shows a form: 422 when it was refused."""
    return 422 if form.errors else 200
