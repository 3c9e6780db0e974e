"""The answers of the pretend SEFAZ, written as text."""

from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from ahead.sandbox.sefaz.records import Contributor, Refusal
from ahead.sandbox.sefaz.soap import NFE
from ahead.sandbox.sefaz.texts import TEXTS

VERSION = "AHEAD_SANDBOX_1"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, and the code that says what became of what was asked."""

    cstat: str
    xml: str


def words(refusal: Refusal, *, chave: str = "", receipt: str = "") -> str:
    """Return the text of a refusal: the manual's, which line, and what exactly."""
    said = TEXTS.get(refusal.cstat, "Rejeicao").format(chave=chave, receipt=receipt)
    item = f" [nItem:{refusal.item}]" if refusal.item else ""
    detail = f" [{refusal.detail[:150]}]" if refusal.detail else ""
    return f"{said}{item}{detail}"[:255]


def status(environment: str, uf_code: str, cstat: str, now: datetime) -> Answer:
    """Return whether the service works."""
    return Answer(
        cstat,
        f'<retConsStatServ xmlns="{NFE}" versao="4.00"><tpAmb>{environment}</tpAmb><verAplic>{VERSION}</verAplic>'
        f"<cStat>{cstat}</cStat><xMotivo>{TEXTS[cstat]}</xMotivo><cUF>{uf_code}</cUF>"
        f"<dhRecbto>{now.isoformat()}</dhRecbto><tMed>1</tMed></retConsStatServ>",
    )


def batch(environment: str, uf_code: str, cstat: str, reason: str, now: datetime, *, inside: str = "") -> Answer:
    """Return what became of a batch; `inside` is a protocol or a receipt."""
    return Answer(
        cstat,
        f'<retEnviNFe xmlns="{NFE}" versao="4.00"><tpAmb>{environment}</tpAmb><verAplic>{VERSION}</verAplic>'
        f"<cStat>{cstat}</cStat><xMotivo>{escape(reason)}</xMotivo><cUF>{uf_code}</cUF>"
        f"<dhRecbto>{now.isoformat()}</dhRecbto>{inside}</retEnviNFe>",
    )


def protocol(
    environment: str, chave: str, cstat: str, reason: str, now: datetime, *, number: str = "", digest: str = ""
) -> str:
    """Return `protNFe` of a nota that was authorised or rejected; it gets its namespace from what is around it."""
    identifier = f' Id="ID{number}"' if number else ""
    told = f"<nProt>{number}</nProt><digVal>{digest}</digVal>" if number else ""
    return (
        f'<protNFe versao="4.00"><infProt{identifier}><tpAmb>{environment}</tpAmb><verAplic>{VERSION}</verAplic>'
        f"<chNFe>{chave}</chNFe><dhRecbto>{now.isoformat()}</dhRecbto>{told}"
        f"<cStat>{cstat}</cStat><xMotivo>{escape(reason)}</xMotivo></infProt></protNFe>"
    )


def query(environment: str, chave: str, cstat: str, reason: str, now: datetime, *, inside: str = "") -> Answer:
    """Return what is known of a nota."""
    return Answer(
        cstat,
        f'<retConsSitNFe xmlns="{NFE}" versao="4.00"><tpAmb>{environment}</tpAmb><verAplic>{VERSION}</verAplic>'
        f"<cStat>{cstat}</cStat><xMotivo>{escape(reason)}</xMotivo><cUF>{chave[:2]}</cUF>"
        f"<dhRecbto>{now.isoformat()}</dhRecbto><chNFe>{chave}</chNFe>{inside}</retConsSitNFe>",
    )


def events(environment: str, organ: str, lote: str, cstat: str, reason: str, *, inside: str = "") -> str:
    """Return what became of a batch of events."""
    return (
        f'<retEnvEvento xmlns="{NFE}" versao="1.00"><idLote>{lote}</idLote><tpAmb>{environment}</tpAmb>'
        f"<verAplic>{VERSION}</verAplic><cOrgao>{organ}</cOrgao><cStat>{cstat}</cStat>"
        f"<xMotivo>{escape(reason)}</xMotivo>{inside}</retEnvEvento>"
    )


def event(
    environment: str, chave: str, kind: str, sequence: str, cstat: str, reason: str, now: datetime, *, number: str = ""
) -> str:
    """Return `retEvento` of one event."""
    identifier, told = (f' Id="ID{number}"', f"<nProt>{number}</nProt>") if number else ("", "")
    about = f"<chNFe>{chave}</chNFe><tpEvento>{kind}</tpEvento><nSeqEvento>{sequence}</nSeqEvento>" if chave else ""
    return (
        f'<retEvento versao="1.00"><infEvento{identifier}><tpAmb>{environment}</tpAmb><verAplic>{VERSION}</verAplic>'
        f"<cOrgao>{chave[:2] or '91'}</cOrgao><cStat>{cstat}</cStat><xMotivo>{escape(reason)}</xMotivo>{about}"
        f"<dhRegEvento>{now.isoformat()}</dhRegEvento>{told}</infEvento></retEvento>"
    )


def inutilisation(asked: dict[str, str], cstat: str, reason: str, now: datetime, *, number: str = "") -> Answer:
    """Return what became of a request to void numbers; `asked` are its own tags."""
    identifier, told = (f' Id="ID{number}"', f"<nProt>{number}</nProt>") if number else ("", "")
    order = ("ano", "CNPJ", "mod", "serie", "nNFIni", "nNFFin")
    about = "".join(f"<{tag}>{escape(asked[tag])}</{tag}>" for tag in order if asked.get(tag))
    return Answer(
        cstat,
        f'<retInutNFe xmlns="{NFE}" versao="4.00"><infInut{identifier}><tpAmb>{asked.get("tpAmb", "2")}</tpAmb>'
        f"<verAplic>{VERSION}</verAplic><cStat>{cstat}</cStat><xMotivo>{escape(reason)}</xMotivo>"
        f"<cUF>{asked.get('cUF', '35')}</cUF>{about}<dhRecbto>{now.isoformat()}</dhRecbto>{told}"
        "</infInut></retInutNFe>",
    )


def registration(
    uf: str, uf_code: str, tag: str, document: str, cstat: str, now: datetime, found: list[Contributor]
) -> Answer:
    """Return what the cadastro of a UF holds."""
    rows = "".join(_contributor(row) for row in found)
    return Answer(
        cstat,
        f'<retConsCad xmlns="{NFE}" versao="2.00"><infCons><verAplic>{VERSION}</verAplic><cStat>{cstat}</cStat>'
        f"<xMotivo>{TEXTS[cstat]}</xMotivo><UF>{uf}</UF><{tag}>{document}</{tag}><dhCons>{now.isoformat()}</dhCons>"
        f"<cUF>{uf_code}</cUF>{rows}</infCons></retConsCad>",
    )


def _contributor(row: Contributor) -> str:
    tag = "CNPJ" if len(row.document) == 14 else "CPF"
    return (
        f"<infCad><IE>{row.inscricao_estadual}</IE><{tag}>{row.document}</{tag}><UF>{row.uf}</UF>"
        f"<cSit>{int(row.is_active)}</cSit><indCredNFe>1</indCredNFe><indCredCTe>0</indCredCTe>"
        f"<xNome>{escape(row.name)}</xNome></infCad>"
    )
