"""What the pretend SEFAZ asks of a nota: regime against CST, DIFAL where it is due, the rates of IBS and CBS."""

from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from ahead.sandbox.sefaz.reading import every, number, one, text
from ahead.sandbox.sefaz.records import Refusal
from ahead.sandbox.sefaz.rules_of_amounts import CENT
from ahead.sandbox.sefaz.switches import Switches

SIMPLES = {"1", "4"}  # CRT: Simples and MEI
TAXED = {"00", "10", "20", "51", "70", "90"}
RATES_OF_2026 = (
    ("gIBSUF/pIBSUF", Decimal("0.1"), "1026"),
    ("gIBSMun/pIBSMun", Decimal(0), "1036"),
    ("gCBS/pCBS", Decimal("0.9"), "1037"),
)


def refusals_of_taxes(nota: etree._Element, switches: Switches) -> Iterator[Refusal]:
    """Yield what speaks against the taxes of a nota (`infNFe`)."""
    regime, year = text(nota, "emit/CRT"), text(nota, "ide/dhEmi")[:4]
    needs_difal = _needs_difal(nota)
    for place, item in enumerate(every(nota, "det"), start=1):
        for cstat in _of_item(item, regime):
            yield Refusal(cstat, place)
        for cstat in _of_difal(item, needs_difal=needs_difal and regime not in SIMPLES):
            yield Refusal(cstat, place)
        if year == "2026":
            yield from (Refusal(cstat, place) for cstat in _of_rates(item))
        if switches.ibs_cbs_required and regime not in SIMPLES and one(item, "imposto/IBSCBS") is None:
            yield Refusal("1115", place)


def _needs_difal(nota: etree._Element) -> bool:
    """Whether goods go to a final consumer of another UF who is no contributor."""
    asked = {"ide/tpNF": "1", "ide/idDest": "2", "ide/indFinal": "1", "dest/indIEDest": "9", "ide/finNFe": "1"}
    return all(text(nota, path) == value for path, value in asked.items())


def _of_item(item: etree._Element, regime: str) -> Iterator[str]:
    if regime in SIMPLES and text(item, "imposto/ICMS/*/CST"):
        yield "590"
    if regime not in SIMPLES and text(item, "imposto/ICMS/*/CSOSN"):
        yield "591"


def _of_difal(item: etree._Element, *, needs_difal: bool) -> Iterator[str]:
    group = one(item, "imposto/ICMSUFDest")
    if group is None:
        if needs_difal and text(item, "imposto/ICMS/*/CST") in TAXED:
            yield "694"
        return
    if not needs_difal:
        yield "695"
        return
    points = number(group, "pICMSUFDest") - number(group, "pICMSInter")
    due = number(group, "vBCUFDest") * points / 100 * number(group, "pICMSInterPart") / 100
    if abs(number(group, "vICMSUFDest") - max(due, Decimal(0))) > CENT:
        yield "815"


def _of_rates(item: etree._Element) -> Iterator[str]:
    group = one(item, "imposto/IBSCBS/gIBSCBS")
    if group is None:
        return
    for path, rate, cstat in RATES_OF_2026:
        if one(group, path) is not None and number(group, path) != rate:
            yield cstat
