"""Parsing documents of others, so that none of them can make us read files or grow without end."""

from __future__ import annotations

from typing import Any

from lxml import etree


class Unreadable(ValueError):
    """What was given is no XML that we read; the message says why."""


def parsed(xml: bytes) -> Any:
    """
    Return the root of a document. Nothing is fetched, and no document type is taken.

    :raises Unreadable: if it is not well-formed, or declares a document type.
    """
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"não é um XML bem formado: {error.msg}") from None
    if root.getroottree().docinfo.doctype:
        raise Unreadable("traz uma declaração DOCTYPE, que nenhum documento fiscal tem")
    return root


def local(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]
