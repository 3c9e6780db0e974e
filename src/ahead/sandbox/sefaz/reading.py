"""Reading of documents by the pretend SEFAZ: text, numbers and sums by path."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from lxml import etree

NFE = "http://www.portalfiscal.inf.br/nfe"


def path_of(path: str) -> str:
    """Return a path with the namespace of the NF-e at every name: `ide/nNF`."""
    return "/".join(name if name in {"*", ".", ""} else f"{{{NFE}}}{name}" for name in path.split("/"))


def text(element: etree._Element | None, path: str) -> str:
    """Return the text at a path; empty if there is none."""
    return "" if element is None else (element.findtext(path_of(path)) or "").strip()


def one(element: etree._Element, path: str) -> etree._Element | None:
    """Return the first element at a path."""
    return element.find(path_of(path))


def every(element: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements at a path."""
    return list(element.findall(path_of(path)))


def number(element: etree._Element | None, path: str) -> Decimal:
    """Return the number at a path; zero if there is none."""
    try:
        return Decimal(text(element, path) or 0)
    except InvalidOperation:
        return Decimal(0)


def total(elements: Iterable[etree._Element], path: str) -> Decimal:
    """Return the sum of the numbers at a path of several elements."""
    return sum((number(element, path) for element in elements), Decimal(0))
