"""The rich text of a description: what of its HTML a listing may have."""

from __future__ import annotations

import re

import nh3

from ahead.lib.errors import Refused

LONGEST = 4800  # characters of HTML that Tray takes (page "Produtos", field description)
TAGS = frozenset(
    {
        *("p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li"),
        *("h2", "h3", "h4", "a", "table", "tr", "td", "th", "span"),
    }
)
_SCHEMES = ("http://", "https://", "mailto:")


class TooLong(Refused):
    """A description has more characters than Tray takes; the message says how many."""


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """Return a link's address, where it leads somewhere by itself; addresses within a site lead nowhere at Tray."""
    is_link = tag == "a" and attribute in {"href", "rel"}
    return value if is_link and (attribute == "rel" or value.lower().startswith(_SCHEMES)) else None


def sanitised(html: str) -> str:
    """Return what may be shown of a text: plain structure and links."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    ).strip()


def clean_description(html: str) -> str:
    """
    Return a description with nothing in it but plain structure and links.

    :raises TooLong: if more is left than Tray takes.
    """
    clean = sanitised(html)
    if not text_of(clean):
        return ""
    if len(clean) > LONGEST:
        over = f"{len(clean):,}".replace(",", ".")
        raise TooLong(f"A descrição tem {over} letras com a formatação; o Tray aceita até 4.800. Encurte o texto.")
    return clean


def text_of(html: str) -> str:
    """Return the words of a sanitised text, without its tags."""
    return " ".join(re.sub(r"<[^>]*>|&nbsp;|\xa0", " ", html).split())
