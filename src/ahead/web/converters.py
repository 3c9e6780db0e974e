"""Parts of addresses that are no plain text or number."""

from __future__ import annotations

from datetime import date

from ahead.web.days import FIRST_DAY, LAST_DAY


class IsoDay:
    """A day: 2026-11-27."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """
        Return the day of an address.

        :raises ValueError: if there is no such day, or none that anybody means; the address then is none of ours.
        """
        day = date.fromisoformat(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError(value)
        return day

    def to_url(self, value: date) -> str:
        """Return how a day is written in an address."""
        return value.strftime("%Y-%m-%d")
