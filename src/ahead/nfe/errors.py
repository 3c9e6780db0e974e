"""
What goes wrong, in texts for people.

`CannotWrite` is about a document of ours. All else the client of SEFAZ raises, split by the one question that matters:
may the request have been processed?

    SefazError
    ├── NotSent                  no:  nothing left here; the same request may simply be sent again
    │   ├── ServerNotTrusted     no:  its certificate leads to no authority we trust, so it was told nothing
    │   └── NotOffered           no:  this authorizer has no such service
    ├── CertificateRefused       no:  the server turned our certificate away (TLS alert, 403)
    └── AnswerLost               yes: sent, and no usable answer came (timeout, reset, 5xx, HTML, cut off, fault).
                                 UNKNOWN, never failed: query by key before anything else is done with that number

What SEFAZ says with a cStat is no error: it is an answer, and `verdicts` reads it. Messages are Portuguese, name the
service and whom it was asked, and hold neither XML nor documents. Every class survives pickling.
"""

from __future__ import annotations

import re

_MARKUP = re.compile(r"<[^>]{0,4000}>?")
_DOCUMENT = re.compile(r"\b[0-9A-Z]{0,18}\d[\d./-]{8,}\d\b|\b[0-9][0-9A-Z]{11}[0-9]{2}\b")  # CPF, CNPJ, keys
_LONGEST_DETAIL = 300


class SefazError(Exception):
    """Something went wrong between us and SEFAZ; `may_be_processed` says whether it acted on the request."""

    may_be_processed = False
    what = "A SEFAZ não pôde ser usada."

    def __init__(self, detail: str = "", *, service: str = "", authorizer: str = "", status: int | None = None) -> None:
        self.detail = scrub(detail)
        super().__init__(self.detail)
        self.service = service
        self.authorizer = authorizer
        self.status = status

    def __str__(self) -> str:
        where = " ".join(part for part in (self.service, self.authorizer) if part)
        technical = "; ".join(
            part for part in (where, f"HTTP {self.status}" if self.status else "", self.detail) if part
        )
        return f"{self.what} ({technical})" if technical else self.what


class NotSent(SefazError):
    """Nothing was sent: certainly not processed."""

    what = "Não deu para chegar à SEFAZ; nada foi enviado. Tentaremos de novo."


class ServerNotTrusted(NotSent):
    """The server's certificate leads to no authority we trust; nothing was sent."""

    what = (
        "O servidor que respondeu não provou ser da SEFAZ (certificado de autoridade desconhecida); nada foi enviado. "
        "Se a SEFAZ trocou de autoridade, acrescente-a às autoridades aceitas."
    )


class NotOffered(NotSent):
    """This authorizer does not offer the service."""

    what = "Esta SEFAZ não oferece o serviço; nada foi enviado."


class CertificateRefused(SefazError):
    """The server did not accept our certificate; the request was not processed."""

    what = (
        "A SEFAZ recusou o certificado da empresa; nada foi processado. "
        "Confira se ele está em vigor e não foi revogado; se preciso, instale outro."
    )


class AnswerLost(SefazError):
    """The request went out and no usable answer came back: whether it was processed is unknown."""

    may_be_processed = True
    what = (
        "O pedido foi enviado e a resposta da SEFAZ não chegou; pode ter sido processado. "
        "Vamos consultar antes de repetir."
    )


class CannotWrite(ValueError):
    """What is to be written has no place in the document as it is; the message says what, and what to do."""


def scrub(text: str) -> str:
    """Return a text without markup and without documents or keys, short enough for a log."""
    plain = _DOCUMENT.sub("…", _MARKUP.sub(" ", text))
    return " ".join(plain.split())[:_LONGEST_DETAIL]
