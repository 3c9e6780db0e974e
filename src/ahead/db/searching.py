"""Searching names and numbers as people type them."""

from __future__ import annotations

import re

from django.db import connection
from django.db.models import Q

from ahead.lib.wording import folded

_WORD = re.compile(r"[^\W_]+")
_LAST_SIGN = "\U0010ffff"
MOST_WORDS = 40  # of a search: what has more is nobody's name
_MOST_DIGITS = 9  # more do not fit a column


def words_in(field: str, text: str) -> Q:
    """
    Return the condition that every word of `text` occurs in the field, whatever its case.

    SQLite folds the case of A to Z only, so a word with accents is looked for in the ways it may be written.
    Nothing has more than `MOST_WORDS`: a search that leaves words out would find, and let change, more than was meant.
    """
    words = text.split()
    if len(words) > MOST_WORDS:
        return Q(pk__in=())
    condition = Q()
    for word in words:
        spelled = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
        either = Q()
        for spelling in sorted(spelled):
            either |= Q(**{f"{field}__icontains": spelling})
        condition &= either
    return condition


def folded_words(text: str) -> list[str]:
    """Return the words of `text` in small letters without accents, each once ("D'Ávila Sá" -> d, avila, sa)."""
    return list(dict.fromkeys(_WORD.findall(folded(text))))


def begins(field: str, text: str) -> Q:
    """
    Return the condition that the field begins with `text` in this very spelling, as an index answers it.

    SQLite's LIKE knows no case and so no index; PostgreSQL compares by the language's order, so its index needs the
    operator class `varchar_pattern_ops`.
    """
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": text, f"{field}__lt": text + _LAST_SIGN})
    return Q(**{f"{field}__startswith": text})


def number_is(field: str, text: str) -> Q:
    """Return the condition that the field is the number `text` is; of a text that is none, one that adds nothing."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return Q(**{field: int(text)}) if is_number else Q()
