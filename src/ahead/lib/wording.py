"""Words as people compare them."""

from __future__ import annotations

import re
import unicodedata


def folded(text: str) -> str:
    """Return a text by which to compare names: without accents, surplus space and capitals."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split()).casefold()


def plain_name(text: str) -> str:
    """Return a name without accents, apostrophes, hyphens and double blanks, in lower case."""
    bare = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare.lower().replace("'", "")).split())
