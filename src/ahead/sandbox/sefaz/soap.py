"""The envelopes of the pretend SEFAZ: 1.1 or 1.2 are read, the one a switch names is written."""

import re
from dataclasses import dataclass

from lxml import etree

NFE = "http://www.portalfiscal.inf.br/nfe"
SOAP_11, SOAP_12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"


class NotSoap(Exception):
    """The request is no SOAP message with one document in it."""


@dataclass(frozen=True, slots=True)
class Message:
    """The document a request carries, as a tree, and the bytes of the whole request."""

    root: etree._Element
    content: bytes

    def documents(self, tag: str) -> list[bytes]:
        """
        Return the documents of that name in the message, each as its own bytes.

        Out of the envelope: what is signed must not see the namespaces of the envelope.
        """
        return re.findall(rb"<%s[\s>].*?</%s\s*>" % (tag.encode(), tag.encode()), self.content, re.DOTALL)


def read(content: bytes) -> Message:
    """
    Return the document in the body of an envelope.

    :raises NotSoap: if there is none.
    """
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise NotSoap(str(error)) from None
    for namespace in (SOAP_11, SOAP_12):
        data = root.find(f"{{{namespace}}}Body/*/*")
        if data is not None:
            inner = data[0] if etree.QName(data).localname == "nfeDadosMsg" and len(data) else data
            return Message(inner, content)
    raise NotSoap("no document in the body")


def write(service: str, answer: str, *, soap_11: bool = False) -> bytes:
    """Return the envelope of an answer."""
    namespace = SOAP_11 if soap_11 else SOAP_12
    return (
        f'<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="{namespace}"><env:Body>'
        f'<nfeResultMsg xmlns="{NFE}/wsdl/{service}">{answer}</nfeResultMsg></env:Body></env:Envelope>'
    ).encode()


def fault(reason: str) -> bytes:
    """Return a fault of SOAP 1.2."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="{SOAP_12}"><env:Body><env:Fault><env:Code>'
        f'<env:Value>env:Sender</env:Value></env:Code><env:Reason><env:Text xml:lang="pt-BR">{reason}</env:Text>'
        "</env:Reason></env:Fault></env:Body></env:Envelope>"
    ).encode()
