"""What SEFAZ answers, as values. `cstat` is text of three or four digits; `xml` is as it was received."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

_NAMED_KEY = re.compile(r"chNFe\s*:\s*([0-9]{6}[0-9A-Z]{12}[0-9]{26})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """`protNFe` of a nota SEFAZ knows: authorised (also if cancelled since) or, in old ones, denied."""

    chave: str
    number: str  # nProt: 15 or 17 digits
    received_at: datetime
    digest: str  # digVal: must be the DigestValue of our signature
    cstat: str
    reason: str
    xml: bytes = field(repr=False)  # protNFe, stand-alone, its bytes kept


@dataclass(frozen=True, slots=True, kw_only=True)
class EventProtocol:
    """`retEvento`: what became of an event of a nota (cancellation, carta de correção …)."""

    chave: str
    kind: str  # tpEvento: 110111 cancellation, 110110 carta de correção
    sequence: int
    number: str  # nProt; empty if the event was not registered
    registered_at: datetime | None
    cstat: str
    reason: str
    xml: bytes = field(repr=False)  # retEvento, stand-alone, its bytes kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    The answer about one nota, to its sending or to a query by key.

    `protocol` is there once SEFAZ gave the nota one; `events` only after a query, the oldest first, each as the
    bytes of its `procEventoNFe` beside the protocol read from it.
    """

    cstat: str
    reason: str
    protocol: Protocol | None = None
    events: tuple[RegisteredEvent, ...] = ()
    receipt: str = ""  # nRec, where SEFAZ answered 103 all the same
    wait_seconds: int | None = None  # tMed
    xml: bytes = field(default=b"", repr=False)

    @property
    def named_chave(self) -> str:
        """The other key a message names (539, 562: the number is taken by that one); empty if none."""
        found = _NAMED_KEY.search(self.reason)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredEvent:
    """An event a query by key told of."""

    protocol: EventProtocol
    xml: bytes = field(repr=False)  # procEventoNFe, stand-alone, its bytes kept


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAnswer:
    """The answer to an event: `cstat` is the event's own where the batch was taken (128), else the batch's."""

    cstat: str
    reason: str
    protocol: EventProtocol | None = None
    xml: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InutilisationAnswer:
    """The answer to an inutilização of numbers; `xml` is `retInutNFe`, stand-alone, its bytes kept."""

    cstat: str
    reason: str
    number: str = ""  # nProt
    received_at: datetime | None = None
    xml: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """Whether a SEFAZ works: 107 it does, 108 stopped for a while, 109 stopped without a forecast."""

    cstat: str
    reason: str
    wait_seconds: int | None = None  # tMed: how long a nota takes these days
    returns_at: datetime | None = None
    observation: str = ""

    @property
    def is_up(self) -> bool:
        """Whether notes can be sent there now."""
        return self.cstat == "107"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationEntry:
    """One inscrição estadual of a contributor."""

    inscricao_estadual: str
    document: str
    uf: str
    is_active: bool
    name: str = ""
    trade_name: str = ""
    regime: str = ""
    cnae: str = ""
    began_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationAnswer:
    """What the cadastro of a UF holds of a document: 111 one entry, 112 several, others none or an error."""

    cstat: str
    reason: str
    entries: tuple[RegistrationEntry, ...] = ()
