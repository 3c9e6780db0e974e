"""NFeRecepcaoEvento4 and NFeInutilizacao4: cancellations, cartas de correção, and numbers that are voided."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree

from ahead.sandbox.sefaz import answers
from ahead.sandbox.sefaz.answers import Answer, words
from ahead.sandbox.sefaz.asked import BASE, Asked
from ahead.sandbox.sefaz.keys import has_right_digit
from ahead.sandbox.sefaz.reading import text
from ahead.sandbox.sefaz.records import Event, Refusal, Voided
from ahead.sandbox.sefaz.schemas import SCHEMAS, why_invalid
from ahead.sandbox.sefaz.signatures import check
from ahead.sandbox.sefaz.soap import NFE
from ahead.sandbox.sefaz.texts import TEXTS

CANCELLATION, CORRECTION = "110111", "110110"
CORRECTION_HOURS = 720
MOST_NUMBERS = 10_000
AHEAD_OF_US = timedelta(minutes=5)


def register_event(asked: Asked) -> Answer:
    """Answer a batch of one event."""
    root = asked.message.root
    documents = asked.message.documents("evento")
    closed = asked.why_closed() or ("215" if root.tag != f"{{{NFE}}}envEvento" or len(documents) != 1 else "")
    if closed:
        return Answer(closed, answers.events("2", "91", "0", closed, words(Refusal(closed))))
    document = documents[0].decode()
    event = etree.fromstring(document if "xmlns=" in document[: document.index(">")] else _named(document))
    refusal = next(_refusals_of_event(asked, event), None)
    if asked.box.switches.use_up("reject_next"):
        refusal = Refusal(asked.box.switches.reject_cstat)
    return _answered(asked, event, document, refusal)


def _refusals_of_event(asked: Asked, event: etree._Element) -> Iterator[Refusal]:
    kind = text(event, "infEvento/tpEvento")
    if kind not in SCHEMAS or not kind.isdecimal():
        yield Refusal("491")
        return
    if why := why_invalid(kind, event):
        yield Refusal("493", detail=why)
        return
    inside = event[0]
    checked = check(event, "infEvento", asked.now)
    if checked.refused:
        yield Refusal(checked.refused)
    author, chave = text(inside, "CNPJ"), text(inside, "chNFe")
    if checked.cnpj[:BASE] != author[:BASE] or not asked.is_of(author):
        yield Refusal("213")
    if inside.get("Id") != f"ID{kind}{chave}{int(text(inside, 'nSeqEvento')):02d}":
        yield Refusal("572")
    if not has_right_digit(chave):
        yield Refusal("236")
    if chave[6:20] != author:
        yield Refusal("574")
    yield from _refusals_of_moment(asked, inside)


def _refusals_of_moment(asked: Asked, inside: etree._Element) -> Iterator[Refusal]:
    """Yield what speaks against an event by what is known of its nota, and when."""
    box, chave, kind = asked.box, text(inside, "chNFe"), text(inside, "tpEvento")
    nota = box.notas.get(chave)
    if nota is None:
        yield Refusal("494")
        return
    same = (kind, int(text(inside, "nSeqEvento")))
    if any((event.kind, event.sequence) == same for event in box.events.get(chave, [])):
        yield Refusal("573")
    if box.is_cancelled(chave):
        yield Refusal("420" if kind == CANCELLATION else "580")
    happened = datetime.fromisoformat(text(inside, "dhEvento"))
    if happened > asked.now + AHEAD_OF_US:
        yield Refusal("578")
    if happened < nota.issued_at:
        yield Refusal("577")
    if kind == CORRECTION and asked.now - nota.received_at > timedelta(hours=CORRECTION_HOURS):
        yield Refusal("596")
    if kind == CANCELLATION:
        yield from _refusals_of_cancellation(asked, inside)


def _refusals_of_cancellation(asked: Asked, inside: etree._Element) -> Iterator[Refusal]:
    chave = text(inside, "chNFe")
    if text(inside, "detEvento/nProt") != asked.box.notas[chave].protocol_number:
        yield Refusal("222")
    if _is_late(asked, chave) and not asked.box.switches.late_cancellations:
        yield Refusal("501")


def _is_late(asked: Asked, chave: str) -> bool:
    age = asked.now - asked.box.notas[chave].received_at
    return age > timedelta(hours=asked.box.switches.cancellation_hours)


def _answered(asked: Asked, event: etree._Element, document: str, refusal: Refusal | None) -> Answer:
    box, inside, now = asked.box, event[0], asked.now
    chave, kind, sequence = (text(inside, tag) for tag in ("chNFe", "tpEvento", "nSeqEvento"))
    number = ""
    if refusal is None:
        cstat = "155" if kind == CANCELLATION and _is_late(asked, chave) else "135"
        reason, number = TEXTS[cstat], box.next_protocol(chave[:2])
    else:
        cstat, reason = refusal.cstat, words(refusal)
        if box.switches.counts_consumption and asked.caller:
            box.consumption.count(asked.caller, "event", f"{chave}/{kind}/{cstat}", now)
    environment = text(inside, "tpAmb") or "2"
    answer = answers.event(environment, chave, kind, sequence, cstat, reason, now, number=number)
    if number:
        box.register(
            Event(
                chave=chave,
                kind=kind,
                sequence=int(sequence),
                protocol_number=number,
                registered_at=now,
                cstat=cstat,
                document=document,
                answer=answer,
            )
        )
    lote = text(asked.message.root, "idLote")
    return Answer(cstat, answers.events(environment, chave[:2], lote, "128", TEXTS["128"], inside=answer))


def void_numbers(asked: Asked) -> Answer:
    """Answer a request to void a range of numbers."""
    documents = asked.message.documents("inutNFe")
    closed = asked.why_closed() or ("" if documents else "215")
    if closed:
        return answers.inutilisation({}, closed, words(Refusal(closed)), asked.now)
    request = etree.fromstring(documents[0])
    inside = request[0]
    told = {etree.QName(child).localname: child.text or "" for child in inside}
    refusal = next(_refusals_of_range(asked, request, told), None)
    if refusal is not None:
        return answers.inutilisation(told, refusal.cstat, words(refusal), asked.now)
    number = asked.box.next_protocol(told["cUF"])
    asked.box.void(
        Voided(
            cnpj=told["CNPJ"],
            serie=int(told["serie"]),
            year=told["ano"],
            first=int(told["nNFIni"]),
            last=int(told["nNFFin"]),
            protocol_number=number,
            received_at=asked.now,
        )
    )
    return answers.inutilisation(told, "102", TEXTS["102"], asked.now, number=number)


def _refusals_of_range(asked: Asked, request: etree._Element, told: dict[str, str]) -> Iterator[Refusal]:
    if why := why_invalid("inutNFe", request):
        yield Refusal("215", detail=why)
        return
    checked = check(request, "infInut", asked.now)
    if checked.refused:
        yield Refusal(checked.refused)
    if checked.cnpj[:BASE] != told["CNPJ"][:BASE] or not asked.is_of(told["CNPJ"]):
        yield Refusal("213")
    if not asked.is_for(told["cUF"]):
        yield Refusal("250")
    if told["ano"] > asked.now.strftime("%y"):
        yield Refusal("453")
    first, last = int(told["nNFIni"]), int(told["nNFFin"])
    if first > last:
        yield Refusal("224")
    if last - first >= MOST_NUMBERS:
        yield Refusal("201")
    yield from _refusals_of_numbers(asked, told["CNPJ"], int(told["serie"]), first, last)


def _refusals_of_numbers(asked: Asked, cnpj: str, serie: int, first: int, last: int) -> Iterator[Refusal]:
    box = asked.box
    before = [voided for voided in box.voided if (voided.cnpj, voided.serie) == (cnpj, serie)]
    if any((voided.first, voided.last) == (first, last) for voided in before):
        yield Refusal("563")
    if any(voided.first <= last and first <= voided.last for voided in before):
        yield Refusal("256")
    if any(place[:2] == (cnpj, serie) and first <= place[2] <= last for place in box.numbers):
        yield Refusal("241")


def _named(document: str) -> str:
    return document.replace("<evento", f'<evento xmlns="{NFE}"', 1)
