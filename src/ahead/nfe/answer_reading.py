"""Reads the answers of SEFAZ into values; what is required and missing makes an answer malformed."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from lxml import etree

from ahead.nfe.answers import (
    Answer,
    EventAnswer,
    EventProtocol,
    InutilisationAnswer,
    Protocol,
    RegisteredEvent,
    RegistrationAnswer,
    RegistrationEntry,
    ServiceStatus,
)
from ahead.nfe.soap import Malformed, local_name, parsed, pieces

_BRASILIA = ZoneInfo("America/Sao_Paulo")
_BATCH_PROCESSED = {"104", "128"}  # the answer is in what is inside


def read_status(xml: bytes) -> ServiceStatus:
    """
    Read `retConsStatServ`.

    :raises Malformed: if something required is missing.
    """
    root = parsed(xml)
    return ServiceStatus(
        cstat=_required(root, "cStat"),
        reason=_text(root, "xMotivo"),
        wait_seconds=_seconds(root),
        returns_at=_moment(_text(root, "dhRetorno")) if _text(root, "dhRetorno") else None,
        observation=_text(root, "xObs"),
    )


def read_authorisation(xml: bytes, *, chave: str) -> Answer:
    """
    Read `retEnviNFe` of the one nota that was sent.

    :raises Malformed: if something required is missing, or the answer is about another nota.
    """
    root = parsed(xml)
    cstat, reason = _required(root, "cStat"), _text(root, "xMotivo")
    protocol = None
    found = pieces(xml, "protNFe")
    if found:
        information = _inside(parsed(found[0]), "infProt")
        if _required(information, "chNFe") != chave:
            raise Malformed("the answer is about another nota")
        cstat, reason = _required(information, "cStat"), _text(information, "xMotivo")
        protocol = _protocol(information, found[0])
    elif cstat in _BATCH_PROCESSED:
        raise Malformed("a batch was processed, and its protocol is missing")
    return Answer(
        cstat=cstat,
        reason=reason,
        protocol=protocol,
        receipt=_text(_first(root, "infRec"), "nRec"),
        wait_seconds=_seconds(_first(root, "infRec")),
        xml=xml,
    )


def read_query(xml: bytes, *, chave: str) -> Answer:
    """
    Read `retConsSitNFe`.

    :raises Malformed: if something required is missing, or the answer is about another nota.
    """
    root = parsed(xml)
    asked = _text(root, "chNFe")
    found = pieces(xml, "protNFe")
    protocol = _protocol(_inside(parsed(found[0]), "infProt"), found[0]) if found else None
    if (asked and asked != chave) or (protocol is not None and protocol.chave != chave):
        raise Malformed("the answer is about another nota")
    return Answer(
        cstat=_required(root, "cStat"),
        reason=_text(root, "xMotivo"),
        protocol=protocol,
        events=tuple(_registered(piece) for piece in pieces(xml, "procEventoNFe")),
        xml=xml,
    )


def read_event(xml: bytes) -> EventAnswer:
    """
    Read `retEnvEvento` of the one event that was sent.

    :raises Malformed: if something required is missing.
    """
    root = parsed(xml)
    found = pieces(xml, "retEvento")
    if not found:
        cstat = _required(root, "cStat")
        if cstat in _BATCH_PROCESSED:
            raise Malformed("a batch was processed, and what became of its event is missing")
        return EventAnswer(cstat=cstat, reason=_text(root, "xMotivo"), xml=xml)
    protocol = _event_protocol(found[0])
    return EventAnswer(cstat=protocol.cstat, reason=protocol.reason, protocol=protocol, xml=xml)


def read_inutilisation(xml: bytes) -> InutilisationAnswer:
    """
    Read `retInutNFe`.

    :raises Malformed: if something required is missing.
    """
    information = _inside(parsed(xml), "infInut")
    received = _text(information, "dhRecbto")
    return InutilisationAnswer(
        cstat=_required(information, "cStat"),
        reason=_text(information, "xMotivo"),
        number=_text(information, "nProt"),
        received_at=_moment(received) if received else None,
        xml=xml,
    )


def read_registration(xml: bytes) -> RegistrationAnswer:
    """
    Read `retConsCad`.

    :raises Malformed: if something required is missing.
    """
    information = _inside(parsed(xml), "infCons")
    entries = tuple(_entry(element) for element in information if local_name(element) == "infCad")
    return RegistrationAnswer(
        cstat=_required(information, "cStat"), reason=_text(information, "xMotivo"), entries=entries
    )


def _protocol(information: etree._Element, xml: bytes) -> Protocol | None:
    """Return the protocol of a nota; None where SEFAZ gave it no number, which is a rejection."""
    number = _text(information, "nProt")
    if not number:
        return None
    return Protocol(
        chave=_required(information, "chNFe"),
        number=number,
        received_at=_moment(_required(information, "dhRecbto")),
        digest=_text(information, "digVal"),
        cstat=_required(information, "cStat"),
        reason=_text(information, "xMotivo"),
        xml=xml,
    )


def _registered(xml: bytes) -> RegisteredEvent:
    answers = pieces(xml, "retEvento")
    if not answers:
        raise Malformed("an event without what became of it")
    return RegisteredEvent(protocol=_event_protocol(answers[0]), xml=xml)


def _event_protocol(xml: bytes) -> EventProtocol:
    information = _inside(parsed(xml), "infEvento")
    registered, sequence = _text(information, "dhRegEvento"), _text(information, "nSeqEvento")
    return EventProtocol(
        chave=_text(information, "chNFe"),
        kind=_text(information, "tpEvento"),
        sequence=int(sequence) if sequence.isdecimal() else 0,
        number=_text(information, "nProt"),
        registered_at=_moment(registered) if registered else None,
        cstat=_required(information, "cStat"),
        reason=_text(information, "xMotivo"),
        xml=xml,
    )


def _entry(element: etree._Element) -> RegistrationEntry:
    return RegistrationEntry(
        inscricao_estadual=_text(element, "IE"),
        document=_text(element, "CNPJ") or _text(element, "CPF"),
        uf=_text(element, "UF"),
        is_active=_text(element, "cSit") == "1",
        name=_text(element, "xNome"),
        trade_name=_text(element, "xFant"),
        regime=_text(element, "xRegApur"),
        cnae=_text(element, "CNAE"),
        began_on=_day(_text(element, "dIniAtiv")),
        ended_on=_day(_text(element, "dBaixa")),
    )


def _first(element: etree._Element | None, tag: str) -> etree._Element | None:
    if element is None:
        return None
    return next((child for child in element if local_name(child) == tag), None)


def _inside(element: etree._Element, tag: str) -> etree._Element:
    found = _first(element, tag)
    if found is None:
        raise Malformed(f"{tag} is missing")
    return found


def _text(element: etree._Element | None, tag: str) -> str:
    found = _first(element, tag)
    return "" if found is None else (found.text or "").strip()


def _required(element: etree._Element, tag: str) -> str:
    text = _text(element, tag)
    if not text:
        raise Malformed(f"{tag} is missing")
    return text


def _seconds(element: etree._Element | None) -> int | None:
    text = _text(element, "tMed")
    return int(text) if text.isdecimal() else None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("an instant that cannot be read") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=_BRASILIA)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None  # a courtesy of the cadastro, which nothing depends on
