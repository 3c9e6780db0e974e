"""SOAP as SEFAZ speaks it: envelopes written by text, answers cut out of theirs with their bytes kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from lxml import etree

from ahead.nfe.authorizers import Service

NFE = "http://www.portalfiscal.inf.br/nfe"
_WSDL = f"{NFE}/wsdl"
_DECLARATION = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>\s*")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_START = re.compile(rb"<[^\s/>]+")


class Malformed(Exception):
    """What came is not the answer that was asked for; the message says why, without any of its content."""


def envelope(service: Service, payload: bytes) -> bytes:
    """Return the SOAP 1.2 request of a service; the payload goes in as it is, but for its XML declaration."""
    return (
        b'<?xml version="1.0" encoding="utf-8"?>'
        b'<soap12:Envelope xmlns:soap12="http://www.w3.org/2003/05/soap-envelope"><soap12:Body>'
        b'<nfeDadosMsg xmlns="%s/%s">%s</nfeDadosMsg></soap12:Body></soap12:Envelope>'
    ) % (_WSDL.encode(), service.encode(), without_declaration(payload))


def content_type(service: Service) -> str:
    """Return the media type of a request, which names the operation: servers choose by it."""
    return f'application/soap+xml; charset=utf-8; action="{_WSDL}/{service}/{service.method}"'


def without_declaration(xml: bytes) -> bytes:
    """Return a document without its XML declaration, to be put into another."""
    return _DECLARATION.sub(b"", xml, count=1)


def answer_in(content: bytes, tag: str) -> bytes:
    """
    Return the element `tag` of a SOAP 1.1 or 1.2 answer as a document of its own, its bytes kept.

    :raises Malformed: if it is no XML, a fault, or another answer.
    """
    content = _utf8(content)
    found = pieces(content, tag) or pieces(_text_of_result(content), tag)
    if found:
        return found[0]
    raise Malformed(_fault(content) or f"no {tag} in the answer")


def pieces(document: bytes, tag: str) -> list[bytes]:
    """
    Return every element of that name as a document of its own: its bytes kept, the namespaces it stood in added.

    :raises Malformed: if the document is no XML, or has a document type.
    """
    if not document:
        return []
    cutter = _Cutter(tag)
    try:
        cutter.parser.Parse(document, True)  # True: there is no more
    except expat.ExpatError as error:
        raise Malformed(f"no XML ({expat.ErrorString(error.code)})") from None
    return [_standing_alone(document, place) for place in cutter.places]


def parsed(document: bytes) -> etree._Element:
    """
    Return a document as a tree.

    :raises Malformed: if it is no XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise Malformed(f"no XML ({type(error).__name__})") from None


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace; empty for comments and the like."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


@dataclass(slots=True)
class _Place:
    """Where an element lies, and which namespaces were declared around it."""

    start: int
    depth: int
    around: dict[str, str]
    own: frozenset[str]
    end: int = 0
    has_content: bool = False


@dataclass(slots=True)
class _Cutter:
    """Follows a parser and notes where elements of one name begin and end, in bytes."""

    tag: str
    places: list[_Place] = field(default_factory=list)
    parser: expat.XMLParserType = field(default_factory=lambda: expat.ParserCreate(namespace_separator=" "))
    _scopes: list[dict[str, str]] = field(default_factory=lambda: [{}])
    _declared: dict[str, str] = field(default_factory=dict)
    _open: list[_Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parser.StartNamespaceDeclHandler = self._declares
        self.parser.StartElementHandler = self._begins
        self.parser.EndElementHandler = self._ends
        self.parser.CharacterDataHandler = self.parser.CommentHandler = self._holds
        self.parser.ProcessingInstructionHandler = self._holds
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise Malformed("a document type in the answer")  # no answer has one; entities could do harm

    def _declares(self, prefix: str | None, uri: str | None) -> None:
        self._declared[prefix or ""] = uri or ""

    def _holds(self, *_: object) -> None:
        if self._open:
            self._open[-1].has_content = True

    def _begins(self, name: str, _attributes: object) -> None:
        self._holds()
        around = self._scopes[-1]
        if name.rpartition(" ")[2] == self.tag:
            place = _Place(self.parser.CurrentByteIndex, len(self._scopes), around, frozenset(self._declared))
            self.places.append(place)
            self._open.append(place)
        self._scopes.append(around | self._declared if self._declared else around)
        self._declared = {}

    def _ends(self, _name: str) -> None:
        self._scopes.pop()
        if self._open and self._open[-1].depth == len(self._scopes):
            self._open.pop().end = self.parser.CurrentByteIndex


def _standing_alone(document: bytes, place: _Place) -> bytes:
    is_empty_tag = not place.has_content and document[place.end - 2 : place.end] == b"/>"
    end = place.end if is_empty_tag else document.index(b">", place.end) + 1
    piece = document[place.start : end]
    name_ends = len(_START.findall(piece, 0, 200)[0])
    missing = {prefix: uri for prefix, uri in place.around.items() if prefix not in place.own}
    added = "".join(
        f" xmlns:{prefix}={quoteattr(uri)}" if prefix else f" xmlns={quoteattr(uri)}"
        for prefix, uri in missing.items()
        if uri and (not prefix or f"{prefix}:".encode() in piece)
    )
    return piece[:name_ends] + added.encode() + piece[name_ends:]


def _utf8(content: bytes) -> bytes:
    """Return an answer in UTF-8 without its declaration: some servers still write in ISO-8859-1."""
    declaration = _DECLARATION.match(content)
    if declaration is None:
        return content.lstrip()
    encoding = _ENCODING.search(declaration[0])
    rest = content[declaration.end() :]
    name = encoding[1].decode().lower() if encoding else "utf-8"
    if name in {"utf-8", "utf8"}:
        return rest
    try:
        return rest.decode(name).encode()
    except (LookupError, UnicodeDecodeError):
        raise Malformed(f"cannot be read as {name}") from None


def _text_of_result(content: bytes) -> bytes:
    """Return the text of the innermost element, where a server put its answer in as text instead of elements."""
    deepest = next((element for element in parsed(content).iter() if _holds_a_document(element)), None)
    return b"" if deepest is None else without_declaration((deepest.text or "").strip().encode())


def _holds_a_document(element: etree._Element) -> bool:
    return len(element) == 0 and (element.text or "").lstrip().startswith("<")


def _fault(content: bytes) -> str:
    """Return the reason of a SOAP fault, 1.1 (`faultstring`) or 1.2 (`Reason/Text`); empty if it is none."""
    texts = [
        element.text or "" for fault in _faults(content) for element in fault.iter()
        if local_name(element) in {"faultstring", "Text"}
    ]  # fmt: skip
    return f"SOAP fault: {' '.join(texts)}" if texts else ""


def _faults(content: bytes) -> Iterator[etree._Element]:
    return (element for element in parsed(content).iter() if local_name(element) == "Fault")
