"""NFeAutorizacao4: takes one nota, looks through it as SEFAZ would, and authorises it or says why not."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree

from ahead.sandbox.sefaz import answers
from ahead.sandbox.sefaz.answers import Answer, words
from ahead.sandbox.sefaz.asked import BASE, Asked
from ahead.sandbox.sefaz.keys import has_right_digit
from ahead.sandbox.sefaz.reading import text
from ahead.sandbox.sefaz.records import Nota, Refusal
from ahead.sandbox.sefaz.rules_of_amounts import refusals_of_amounts
from ahead.sandbox.sefaz.rules_of_parties import refusals_of_parties
from ahead.sandbox.sefaz.rules_of_taxes import refusals_of_taxes
from ahead.sandbox.sefaz.schemas import why_invalid
from ahead.sandbox.sefaz.signatures import check
from ahead.sandbox.sefaz.soap import NFE
from ahead.sandbox.sefaz.texts import TEXTS

AHEAD_OF_US = timedelta(minutes=5)
TRIVIAL_CODES = {digit * 8 for digit in "0123456789"} | {"12345678", "23456789", "87654321", "98765432"}
CONTINGENCY = {"6", "7"}
WRONG_DIGEST = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="


def authorise(asked: Asked) -> Answer:
    """Answer a batch of one nota."""
    root = asked.message.root
    if refused := _why_no_batch(asked, root):
        return _batch(asked, refused, words(Refusal(refused)))
    documents = asked.message.documents("NFe")
    if not documents:
        return _batch(asked, "404", words(Refusal("404")))
    document = documents[0].decode()
    nota = etree.fromstring(_with_namespace(document))
    if refused := why_invalid("NFe", nota):
        return _rejected(asked, nota, Refusal("225", detail=refused))
    box = asked.box
    refusal = next(_refusals(asked, nota), None)
    if box.switches.use_up("reject_next"):
        refusal = Refusal(box.switches.reject_cstat, detail=box.switches.reject_reason)
    if refusal is not None:
        return _rejected(asked, nota, refusal)
    return _authorised(asked, nota, document)


def _why_no_batch(asked: Asked, root: etree._Element) -> str:
    if root.tag != f"{{{NFE}}}enviNFe":
        return "215"
    if closed := asked.why_closed():
        return closed
    notas = root.findall(f"{{{NFE}}}NFe")
    if text(root, "indSinc") != "1" and len(notas) == 1:
        return "452"
    return "764" if len(notas) > 1 else ""


def _refusals(asked: Asked, nota: etree._Element) -> Iterator[Refusal]:
    """Yield what speaks against a nota, in the order SEFAZ looks: who, signature, key, date, number, rules."""
    inside = nota[0]
    checked = check(nota, "infNFe", asked.now)
    if checked.refused:
        yield Refusal(checked.refused)
    emitter = text(inside, "emit/CNPJ")
    if checked.cnpj[:BASE] != emitter[:BASE] or not asked.is_of(emitter):
        yield Refusal("213")
    yield from _of_place(asked, inside)
    yield from _of_key(inside)
    yield from _of_date(asked, inside)
    yield from _of_number(asked, inside)
    yield from refusals_of_parties(inside, asked.box.switches)
    yield from refusals_of_amounts(inside)
    yield from refusals_of_taxes(inside, asked.box.switches)


def _of_place(asked: Asked, inside: etree._Element) -> Iterator[Refusal]:
    code, emission = text(inside, "ide/cUF"), text(inside, "ide/tpEmis")
    if not asked.is_for(code):
        yield Refusal("226")
    if asked.is_contingency and emission not in CONTINGENCY:
        yield Refusal("713")
    if not asked.is_contingency and emission in CONTINGENCY:
        yield Refusal("570")


def _of_key(inside: etree._Element) -> Iterator[Refusal]:
    chave = inside.get("Id", "")[3:]
    said = "".join((
        text(inside, "ide/cUF"), text(inside, "ide/dhEmi")[2:7].replace("-", ""), text(inside, "emit/CNPJ"),
        text(inside, "ide/mod"), text(inside, "ide/serie").zfill(3), text(inside, "ide/nNF").zfill(9),
        text(inside, "ide/tpEmis"), text(inside, "ide/cNF"), text(inside, "ide/cDV"),
    ))  # fmt: skip
    if said != chave:
        yield Refusal("502")
    if not has_right_digit(chave):
        yield Refusal("253")
    code = text(inside, "ide/cNF")
    if code in TRIVIAL_CODES or int(code) == int(text(inside, "ide/nNF")):
        yield Refusal("897")


def _of_date(asked: Asked, inside: etree._Element) -> Iterator[Refusal]:
    issued = datetime.fromisoformat(text(inside, "ide/dhEmi"))
    if issued > asked.now + AHEAD_OF_US:
        yield Refusal("703")
    if issued < asked.now - timedelta(days=asked.box.switches.oldest_days):
        yield Refusal("228")


def _of_number(asked: Asked, inside: etree._Element) -> Iterator[Refusal]:
    box, chave = asked.box, inside.get("Id", "")[3:]
    place = text(inside, "emit/CNPJ"), int(text(inside, "ide/serie")), int(text(inside, "ide/nNF"))
    if chave in box.notas:
        yield Refusal("218" if box.is_cancelled(chave) else "204")
    elif place in box.numbers:
        yield Refusal("539")
    elif any(voided.holds(*place) for voided in box.voided):
        yield Refusal("206")


def _rejected(asked: Asked, nota: etree._Element, refusal: Refusal) -> Answer:
    """Answer a rejection, remember it for the page, and count it: who repeats the same is banned."""
    box, inside = asked.box, nota[0]
    chave = inside.get("Id", "")[3:]
    place = text(inside, "emit/CNPJ"), int(text(inside, "ide/serie") or 0), int(text(inside, "ide/nNF") or 0)
    other = box.numbers.get(place, chave)
    if refusal.cstat == box.switches.reject_cstat and refusal.detail == box.switches.reject_reason:
        reason = refusal.detail
    else:
        reason = words(refusal, chave=other, receipt=_receipt(chave))
    box.rejections.append({"at": asked.now.isoformat(), "chave": chave, "cstat": refusal.cstat, "reason": reason})
    del box.rejections[:-200]
    if box.switches.counts_consumption and asked.caller:
        box.consumption.count(asked.caller, "nota", f"{chave}/{refusal.cstat}", asked.now)
    environment = text(inside, "ide/tpAmb") or "2"
    protocol = answers.protocol(environment, chave, refusal.cstat, reason, asked.now)
    answer = _batch(asked, "104", TEXTS["104"], inside=protocol)
    return Answer(refusal.cstat, answer.xml)


def _authorised(asked: Asked, nota: etree._Element, document: str) -> Answer:
    box, inside, now = asked.box, nota[0], asked.now
    chave, environment = inside.get("Id", "")[3:], text(inside, "ide/tpAmb")
    issued = datetime.fromisoformat(text(inside, "ide/dhEmi"))
    late = box.switches.late_after_hours
    cstat = "150" if late and issued < now - timedelta(hours=late) else "100"
    digest = nota.findtext(".//{http://www.w3.org/2000/09/xmldsig#}DigestValue") or ""
    if box.switches.use_up("wrong_digest_next"):
        digest = WRONG_DIGEST
    number = box.next_protocol(chave[:2])
    protocol = answers.protocol(environment, chave, cstat, TEXTS[cstat], now, number=number, digest=digest)
    box.authorise(
        Nota(
            chave=chave,
            cnpj=text(inside, "emit/CNPJ"),
            serie=int(text(inside, "ide/serie")),
            number=int(text(inside, "ide/nNF")),
            name=text(inside, "emit/xNome"),
            recipient=text(inside, "dest/xNome"),
            total=text(inside, "total/ICMSTot/vNF"),
            environment=environment,
            issued_at=issued,
            received_at=now,
            protocol_number=number,
            protocol=protocol,
            xml=document,
        )
    )
    if box.switches.use_up("ask_later_next"):
        receipt = f"<infRec><nRec>{_receipt(chave)}</nRec><tMed>1</tMed></infRec>"
        return _batch(asked, "103", TEXTS["103"], inside=receipt)
    return Answer(cstat, _batch(asked, "104", TEXTS["104"], inside=protocol).xml)


def _batch(asked: Asked, cstat: str, reason: str, *, inside: str = "") -> Answer:
    root = asked.message.root
    environment = text(root, "NFe/infNFe/ide/tpAmb") or "2"
    return answers.batch(environment, text(root, "NFe/infNFe/ide/cUF") or "35", cstat, reason, asked.now, inside=inside)


def _receipt(chave: str) -> str:
    return f"{chave[:2]}1{int(chave[25:34] or 0):012d}"


def _with_namespace(document: str) -> str:
    """Return a nota that stands alone; some programs declare the namespace once, at the batch."""
    head = document[: document.index(">")]
    return document if "xmlns=" in head else document.replace("<NFe", f'<NFe xmlns="{NFE}"', 1)
