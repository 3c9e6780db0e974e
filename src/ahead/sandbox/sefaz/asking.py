"""NFeStatusServico4, NFeConsultaProtocolo4 and CadConsultaCadastro4: what only looks."""

from ahead.sandbox.sefaz import answers
from ahead.sandbox.sefaz.answers import Answer, words
from ahead.sandbox.sefaz.asked import UF_CODES, Asked
from ahead.sandbox.sefaz.keys import has_right_digit
from ahead.sandbox.sefaz.reading import text
from ahead.sandbox.sefaz.records import Refusal
from ahead.sandbox.sefaz.soap import NFE
from ahead.sandbox.sefaz.texts import TEXTS

MONTH, CODE = slice(2, 6), slice(35, 43)
NOT_REGISTERED = {"CNPJ": "259", "CPF": "264", "IE": "261"}


def status(asked: Asked) -> Answer:
    """Answer whether the service works."""
    root = asked.message.root
    return answers.status(text(root, "tpAmb") or "2", text(root, "cUF") or "35", asked.why_closed() or "107", asked.now)


def query(asked: Asked) -> Answer:
    """Answer what is known of a nota, with its events."""
    box, root = asked.box, asked.message.root
    chave, environment = text(root, "chNFe"), text(root, "tpAmb") or "2"
    if box.switches.counts_consumption and asked.caller and not asked.why_closed():
        box.consumption.count(asked.caller, "query", chave, asked.now)
    nota = box.notas.get(chave)
    is_elsewhere = nota is not None and nota.environment != environment  # the environments know nothing of each other
    cstat = asked.why_closed() or ("217" if is_elsewhere else _known(asked, chave))
    if cstat not in {"100", "101", "150"} or nota is None:
        reason = words(Refusal(cstat), chave=_same_number(asked, chave))
        return answers.query(environment, chave, cstat, reason, asked.now)
    inside = nota.protocol + "".join(
        f'<procEventoNFe xmlns="{NFE}" versao="1.00">{event.document}{event.answer}</procEventoNFe>'
        for event in box.events.get(chave, [])
    )
    return answers.query(nota.environment, chave, cstat, TEXTS[cstat], asked.now, inside=inside)


def _known(asked: Asked, chave: str) -> str:
    if not has_right_digit(chave):
        return "236"
    if not asked.is_for(chave[:2]):
        return "226"
    nota = asked.box.notas.get(chave)
    if nota is None:
        return _why_unknown(chave, _same_number(asked, chave))
    if asked.box.is_cancelled(chave):
        return "101"
    return "150" if "<cStat>150</cStat>" in nota.protocol else "100"


def _same_number(asked: Asked, chave: str) -> str:
    """Return the key that has the number a key names, empty if none has."""
    if not has_right_digit(chave):
        return ""
    return asked.box.numbers.get((chave[6:20], int(chave[22:25]), int(chave[25:34])), "")


def _why_unknown(chave: str, other: str) -> str:
    """Return the code for a key nobody has: is its number free, or taken by a key that differs, and where."""
    if not other:
        return "217"
    if chave[CODE] != other[CODE]:
        return "562"
    return "561" if chave[MONTH] != other[MONTH] else "613"


def registration(asked: Asked) -> Answer:
    """Answer what the cadastro of a UF holds of a document."""
    asked_for = asked.message.root[0]
    uf = text(asked_for, "UF")
    tag = next(tag for tag in ("CNPJ", "CPF", "IE") if text(asked_for, tag) or tag == "IE")
    document = text(asked_for, tag)
    found = asked.box.contributors.get((uf, document), [])
    cstat = NOT_REGISTERED[tag]
    if found:
        cstat = "111" if len(found) == 1 else "112"
    return answers.registration(uf, UF_CODES.get(uf, "35"), tag, document, cstat, asked.now, found)
