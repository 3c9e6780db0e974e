"""Calls the pretend SEFAZ in the same process, without TLS, and reads its answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from lxml import etree
from werkzeug.test import Client

from ahead.sandbox.sefaz import SefazSandbox
from ahead.sandbox.sefaz.app import Application
from ahead.sandbox.sefaz.authority import Issued
from sefaz_making import NFE, Facts, cancellation, correction, nota, voiding

BRASILIA = timezone(timedelta(hours=-3))
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=BRASILIA)
FACTS = Facts(issued_at=NOW)


class Clock:
    """A clock in the test's hands."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        self.moment += timedelta(**span)


class Caller:
    """Asks one SEFAZ."""

    def __init__(self, box: SefazSandbox, signer: Issued) -> None:
        self.box = box
        self.signer = signer
        self.client = Client(Application(box))

    def post(self, service: str, payload: bytes | str, *, authorizer: str = "SP", soap: str = "") -> etree._Element:
        soap = soap or "http://www.w3.org/2003/05/soap-envelope"
        payload = payload.encode() if isinstance(payload, str) else payload
        body = (
            b'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="%s" xmlns:unused="urn:u"><s:Body>'
            b'<nfeDadosMsg xmlns="%s/wsdl/%s">%s</nfeDadosMsg></s:Body></s:Envelope>'
        ) % (soap.encode(), NFE.encode(), service.encode(), payload)
        answer = self.client.post(f"/{authorizer}/{service}", data=body)
        assert answer.status_code == 200, answer.text
        return etree.fromstring(answer.data)

    def send(self, document: bytes, *, synchronous: str = "1", authorizer: str = "SP") -> str:
        batch = f'<enviNFe xmlns="{NFE}" versao="4.00"><idLote>1</idLote><indSinc>{synchronous}</indSinc>'.encode()
        return last(self.post("NFeAutorizacao4", batch + document + b"</enviNFe>", authorizer=authorizer), "cStat")

    def issue(self, *, authorizer: str = "SP", changes: dict[str, str] | None = None, **facts: Any) -> str:
        """Send a nota and return the code of what became of it."""
        described = replace(FACTS, changes=changes or {}, **facts)
        return self.send(nota(self.signer, described), authorizer=authorizer)

    def query(self, chave: str) -> etree._Element:
        asked = (
            f'<consSitNFe xmlns="{NFE}" versao="4.00"><tpAmb>1</tpAmb><xServ>CONSULTAR</xServ><chNFe>{chave}</chNFe>'
        )
        return self.post("NFeConsultaProtocolo4", asked + "</consSitNFe>")

    def status(self, authorizer: str = "SP") -> str:
        asked = f'<consStatServ xmlns="{NFE}" versao="4.00"><tpAmb>1</tpAmb><cUF>35</cUF><xServ>STATUS</xServ>'
        asked += "</consStatServ>"
        return last(self.post("NFeStatusServico4", asked, authorizer=authorizer), "cStat")

    def event(self, document: bytes) -> str:
        batch = f'<envEvento xmlns="{NFE}" versao="1.00"><idLote>1</idLote>'.encode()
        return last(self.post("NFeRecepcaoEvento4", batch + document + b"</envEvento>"), "cStat")

    def cancel(self, chave: str, *, protocol: str = "", **more: Any) -> str:
        known = self.box.notas.get(chave)
        number = protocol or (known.protocol_number if known else "135260000000001")
        return self.event(cancellation(self.signer, chave, number, self.box.now(), **more))

    def correct(self, chave: str, **more: Any) -> str:
        return self.event(correction(self.signer, chave, self.box.now(), **more))

    def void(self, first: int, last_number: int, **more: Any) -> str:
        return last(self.post("NFeInutilizacao4", voiding(self.signer, first, last_number, **more)), "cStat")


def last(answer: etree._Element, tag: str) -> str:
    """Return the text of the last element of that name: of what is inside a batch, not of the batch."""
    found = answer.findall(f".//{{{NFE}}}{tag}")
    return (found[-1].text or "") if found else ""
