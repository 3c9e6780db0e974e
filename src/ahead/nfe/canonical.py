"""
Canonical form (C14N 1.0) of a document, and of a part of it: what is signed.

The trap: `etree.tostring(subtree, method="c14n")` writes a spurious xmlns="" on what lies below, so that a signer and a
verifier that both use it agree with each other and with nobody else. Here the whole document is made canonical, and the
part is cut out of its bytes, with the namespaces it stands in.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from ahead.nfe.parsing import local

_OWN_NAMESPACES = re.compile(rb'(?: xmlns(?::[^\s=]+)?="[^"]*")*')


class Ambiguous(ValueError):
    """A part of a document cannot be told from another of its name."""


def canonical(root: Any) -> bytes:
    """Return a whole document in canonical form, without comments: of a tree lxml makes it right, of an element not."""
    written: bytes = etree.tostring(root.getroottree(), method="c14n", with_comments=False)
    return written


def place_of(whole: bytes, element: Any) -> tuple[int, int]:
    """
    Return where an element begins and ends in the canonical document.

    There every < that is no tag's is escaped, so that names of tags are found only where tags are.

    :raises Ambiguous: if another one has its name.
    """
    closing = f"</{_name(element)}>".encode()
    opening = re.compile(rf"<{re.escape(_name(element))}[ >]".encode())
    starts = [match.start() for match in opening.finditer(whole)]
    if len(starts) != 1 or whole.count(closing) != 1:
        raise Ambiguous(f"há mais de um {_name(element)}")
    return starts[0], whole.index(closing) + len(closing)


def cut_out(whole: bytes, element: Any) -> bytes:
    """
    Return the canonical form of an element by itself, cut out of the document: with all namespaces it stands in.

    :raises Ambiguous: if another one has its name.
    """
    start, end = place_of(whole, element)
    name = _name(element).encode()
    after_name = start + 1 + len(name)
    own = _OWN_NAMESPACES.match(whole, after_name)
    rest = whole[own.end() if own else after_name : end]
    declared = sorted((prefix or "", uri) for prefix, uri in element.nsmap.items() if prefix != "xml")
    namespaces = "".join(f' xmlns{":" if prefix else ""}{prefix}="{_attribute(uri)}"' for prefix, uri in declared)
    return b"<" + name + namespaces.encode() + rest


def _name(element: Any) -> str:
    return f"{element.prefix}:{local(element)}" if element.prefix else local(element)


def _attribute(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
