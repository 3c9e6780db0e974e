"""The client of SEFAZ: one company, one certificate, one UF. May be used by several threads at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx2

from ahead.nfe import answer_reading as reading
from ahead.nfe.answers import Answer, EventAnswer, InutilisationAnswer, RegistrationAnswer, ServiceStatus
from ahead.nfe.authorizers import Endpoints, Service, authorizer_of
from ahead.nfe.certificate import Certificate
from ahead.nfe.errors import AnswerLost, SefazError
from ahead.nfe.soap import NFE, Malformed, answer_in, content_type, envelope, without_declaration
from ahead.nfe.transport import DEFAULT_TIMEOUT, Transport
from ahead.nfe.ufs import CODES
from ahead.nfe.values import Emission, Environment

_KEY = re.compile(r"[0-9]{6}[0-9A-Z]{12}[0-9]{26}")
_ID_OF_NOTA = re.compile(rb"\bId=[\"']NFe([0-9]{6}[0-9A-Z]{12}[0-9]{26})[\"']")
_DOCUMENT = re.compile(r"[0-9A-Z]{2,14}")
_CPF_LENGTH, _CNPJ_LENGTH = 11, 14
_T = TypeVar("_T")


class Sefaz:
    """
    Asks SEFAZ, each request exactly once: the caller decides what to repeat, by the error (`errors`) or the answer
    (`verdicts`).

    Every method raises `SefazError`: `NotSent` and `CertificateRefused` (not processed), or `AnswerLost` (unknown).
    `via` asks the SEFAZ Virtual de Contingência instead of the usual authorizer (`authorizers.svc_of`).
    """

    def __init__(
        self,
        certificate: Certificate,
        *,
        uf: str,
        environment: Environment,
        endpoints: Endpoints | None = None,
        ca: Path | None = None,
        timeout: httpx2.Timeout | float = DEFAULT_TIMEOUT,
    ) -> None:
        """
        Make a client; nothing is sent yet. `ca`: authorities to trust besides the usual ones, a PEM file or a folder.

        :raises ValueError: if there is no such UF.
        """
        authorizer_of(uf)
        self.uf = uf
        self.environment = environment
        self._endpoints = endpoints or Endpoints()
        self._transport = Transport(certificate, ca=ca, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def status(self, via: Emission | None = None) -> ServiceStatus:
        """
        Ask whether the authorizer works.

        :raises SefazError: if no answer came.
        """
        payload = (
            f'<consStatServ xmlns="{NFE}" versao="4.00"><tpAmb>{self.environment}</tpAmb>'
            f"<cUF>{CODES[self.uf]}</cUF><xServ>STATUS</xServ></consStatServ>"
        )
        return self._asked(Service.STATUS, payload.encode(), "retConsStatServ", reading.read_status, via=via)

    def authorise(self, signed: bytes, *, lote: int, via: Emission | None = None) -> Answer:
        """
        Send one signed nota and wait for what becomes of it (`indSinc` 1).

        :raises ValueError: if `signed` holds no nota with a key.
        :raises SefazError: see the class; after `AnswerLost` query by key, and send nothing else before.
        """
        found = _ID_OF_NOTA.search(signed)
        if found is None:
            raise ValueError("no signed nota")
        chave = found[1].decode()
        payload = (b'<enviNFe xmlns="%s" versao="4.00"><idLote>%d</idLote><indSinc>1</indSinc>%s</enviNFe>') % (
            NFE.encode(),
            lote,
            without_declaration(signed),
        )
        return self._asked(
            Service.AUTHORISATION,
            payload,
            "retEnviNFe",
            lambda xml: reading.read_authorisation(xml, chave=chave),
            via=via,
        )

    def query(self, chave: str, via: Emission | None = None) -> Answer:
        """
        Ask what SEFAZ knows of a nota: not more than ten times an hour for one key.

        :raises ValueError: if `chave` is none.
        :raises SefazError: if no answer came.
        """
        if not _KEY.fullmatch(chave):
            raise ValueError("no chave de acesso")
        payload = (
            f'<consSitNFe xmlns="{NFE}" versao="4.00"><tpAmb>{self.environment}</tpAmb>'
            f"<xServ>CONSULTAR</xServ><chNFe>{chave}</chNFe></consSitNFe>"
        )
        return self._asked(
            Service.QUERY, payload.encode(), "retConsSitNFe", lambda xml: reading.read_query(xml, chave=chave), via=via
        )

    def send_event(self, signed_event: bytes, *, lote: int, via: Emission | None = None) -> EventAnswer:
        """
        Send one signed event (cancellation, carta de correção).

        :raises SefazError: see the class; after `AnswerLost` query the nota, whose answer tells its events.
        """
        payload = b'<envEvento xmlns="%s" versao="1.00"><idLote>%d</idLote>%s</envEvento>' % (
            NFE.encode(), lote, without_declaration(signed_event),
        )  # fmt: skip
        return self._asked(Service.EVENT, payload, "retEnvEvento", reading.read_event, via=via)

    def inutilise(self, signed: bytes) -> InutilisationAnswer:
        """
        Send a signed request to void numbers that will never be used. SVC has no such service.

        :raises SefazError: see the class; after `AnswerLost` send the same bytes again: 563 says it was granted.
        """
        return self._asked(Service.INUTILISATION, signed, "retInutNFe", reading.read_inutilisation)

    def registration(self, uf: str, document: str) -> RegistrationAnswer:
        """
        Ask the cadastro of a UF for the inscrições estaduais of a CNPJ or CPF, or for one inscrição.

        :raises ValueError: if there is no such UF, or `document` is none of these.
        :raises NotOffered: if that UF has no such service.
        :raises SefazError: if no answer came.
        """
        if not _DOCUMENT.fullmatch(document):
            raise ValueError("no document")
        tag = {_CPF_LENGTH: "CPF", _CNPJ_LENGTH: "CNPJ"}.get(len(document), "IE")
        payload = (
            f'<ConsCad xmlns="{NFE}" versao="2.00"><infCons><xServ>CONS-CAD</xServ><UF>{uf}</UF>'
            f"<{tag}>{document}</{tag}></infCons></ConsCad>"
        )
        if uf == "MT":  # wants the message wrapped twice
            payload = f"<nfeDadosMsg>{payload}</nfeDadosMsg>"
        return self._asked(Service.REGISTRATION, payload.encode(), "retConsCad", reading.read_registration, uf=uf)

    def _asked(
        self,
        service: Service,
        payload: bytes,
        tag: str,
        read: Callable[[bytes], _T],
        *,
        via: Emission | None = None,
        uf: str = "",
    ) -> _T:
        authorizer = authorizer_of(uf or self.uf, via or Emission.NORMAL)
        address = self._endpoints.address(authorizer, service, self.environment)
        try:
            content = self._transport.post(address, envelope(service, payload), content_type(service))
            return read(answer_in(content, tag))
        except Malformed as error:
            lost = AnswerLost(str(error), service=service, authorizer=authorizer, status=200)
        except SefazError as error:
            error.service, error.authorizer = service, authorizer
            raise
        raise lost
