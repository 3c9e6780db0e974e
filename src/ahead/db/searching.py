"""Searching names and numbers as people type them."""

from __future__ import annotations

from django.db.models import Q

_MOST_WORDS = 6
_MOST_DIGITS = 9  # more do not fit a column


def words_in(field: str, text: str) -> Q:
    """
    Return the condition that every word of `text` occurs in the field, whatever its case.

    SQLite folds the case of A to Z only, so a word with accents is looked for in the ways it may be written.
    """
    condition = Q()
    for word in text.split()[:_MOST_WORDS]:
        spelled = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
        either = Q()
        for spelling in sorted(spelled):
            either |= Q(**{f"{field}__icontains": spelling})
        condition &= either
    return condition


def number_is(field: str, text: str) -> Q:
    """Return the condition that the field is the number `text` is; of a text that is none, one that adds nothing."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return Q(**{field: int(text)}) if is_number else Q()
