"""Words as people compare them."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Return a text by which to compare names: without accents, surplus space and capitals."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split()).casefold()
