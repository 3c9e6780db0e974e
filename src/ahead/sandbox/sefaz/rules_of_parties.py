"""What the pretend SEFAZ asks of a nota: of who sells and buys, the operation, the intermediary, the goods."""

from collections.abc import Iterator

from lxml import etree

from ahead.sandbox.sefaz.keys import is_cnpj, is_cpf, is_gtin
from ahead.sandbox.sefaz.reading import every, one, text
from ahead.sandbox.sefaz.records import Refusal
from ahead.sandbox.sefaz.switches import Switches

REHEARSAL_NAME = "NF-E EMITIDA EM AMBIENTE DE HOMOLOGACAO - SEM VALOR FISCAL"
ASKS_FOR_INTERMEDIARY, REFUSES_INTERMEDIARY = {"2", "3", "4", "9"}, {"0", "1", "5"}
IN_STATE, INTERSTATE = "1", "2"
NO_CONTRIBUTOR, EXEMPT, CONTRIBUTOR = "9", "2", "1"


def refusals_of_parties(nota: etree._Element, switches: Switches) -> Iterator[Refusal]:
    """Yield what speaks against the parties and the goods of a nota (`infNFe`)."""
    yield from _parties(nota)
    yield from _contributor(nota)
    yield from _places(nota)
    yield from _intermediary(nota)
    yield from _operations(nota)
    yield from _goods(nota, switches)
    if switches.technician_required and one(nota, "infRespTec") is None:
        yield Refusal("972")


def _parties(nota: etree._Element) -> Iterator[Refusal]:
    if not is_cnpj(text(nota, "emit/CNPJ")):
        yield Refusal("207")
    if one(nota, "dest") is None:
        yield Refusal("719")
        return
    cnpj, cpf = text(nota, "dest/CNPJ"), text(nota, "dest/CPF")
    if cnpj and not is_cnpj(cnpj):
        yield Refusal("208")
    if cpf and not is_cpf(cpf):
        yield Refusal("237")
    if text(nota, "ide/tpAmb") == "2" and text(nota, "dest/xNome") != REHEARSAL_NAME:
        yield Refusal("598")


def _contributor(nota: etree._Element) -> Iterator[Refusal]:
    kind, registration = text(nota, "dest/indIEDest"), text(nota, "dest/IE")
    if kind == CONTRIBUTOR and not registration:
        yield Refusal("728")
    if kind == EXEMPT and registration:
        yield Refusal("791")
    if kind == NO_CONTRIBUTOR and text(nota, "ide/indFinal") == "0" and text(nota, "ide/idDest") != "3":
        yield Refusal("696")


def _places(nota: etree._Element) -> Iterator[Refusal]:
    if one(nota, "entrega") is not None or one(nota, "retirada") is not None:
        return  # the goods go elsewhere than the buyer lives
    same = text(nota, "emit/enderEmit/UF") == text(nota, "dest/enderDest/UF")
    destination, presence = text(nota, "ide/idDest"), text(nota, "ide/indPres")
    if destination == INTERSTATE and same:
        yield Refusal("772")
    if destination == IN_STATE and not same and presence != "1":
        yield Refusal("773")


def _intermediary(nota: etree._Element) -> Iterator[Refusal]:
    presence, told = text(nota, "ide/indPres"), text(nota, "ide/indIntermed")
    if presence in ASKS_FOR_INTERMEDIARY and not told:
        yield Refusal("434")
    if presence in REFUSES_INTERMEDIARY and told:
        yield Refusal("435")
    if told == "1" and one(nota, "infIntermed") is None:
        yield Refusal("436")


def _operations(nota: etree._Element) -> Iterator[Refusal]:
    goes_out, destination = text(nota, "ide/tpNF") == "1", text(nota, "ide/idDest")
    for place, item in enumerate(every(nota, "det"), start=1):
        first = text(item, "prod/CFOP")[:1]
        if goes_out and first in {"1", "2", "3"}:
            yield Refusal("518", place)
        if not goes_out and first in {"5", "6", "7"}:
            yield Refusal("519", place)
        if first in {"2", "6"} and destination != INTERSTATE:
            yield Refusal("732", place)
        if first in {"1", "5"} and destination != IN_STATE:
            yield Refusal("733", place)
    if text(nota, "ide/finNFe") == "4":
        yield from _return(nota)


def _return(nota: etree._Element) -> Iterator[Refusal]:
    if not every(nota, "ide/NFref") and not every(nota, "det/DFeReferenciado"):
        yield Refusal("321")
    if any(text(payment, "tPag") != "90" for payment in every(nota, "pag/detPag")):
        yield Refusal("871")


def _goods(nota: etree._Element, switches: Switches) -> Iterator[Refusal]:
    unknown = set(switches.unknown_ncms.split())
    for place, item in enumerate(every(nota, "det"), start=1):
        if text(item, "prod/NCM") in unknown:
            yield Refusal("778", place)
        for tag, cstat in (("cEAN", "611"), ("cEANTrib", "612")):
            gtin = text(item, f"prod/{tag}")
            if gtin and gtin != "SEM GTIN" and not is_gtin(gtin):
                yield Refusal(cstat, place)
