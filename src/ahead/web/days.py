"""Days that people write: drawn as the browser's calendar, and never so far off that no calendar has the next one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


def check_day(day: date) -> None:
    """
    Make sure that a day is one that somebody may mean.

    :raises ValidationError: if it is not: a slip of the hand, or "31/12/9999" for no end.
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(f"Informe um dia de {FIRST_DAY:%d/%m/%Y} a {LAST_DAY:%d/%m/%Y}.")


class DayField(forms.DateField):
    """A day, from `FIRST_DAY` to `LAST_DAY`."""

    default_validators = [check_day]

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **options})
