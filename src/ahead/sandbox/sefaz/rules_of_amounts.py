"""What the pretend SEFAZ asks of a nota: that items, totals and payments add up, to the cent."""

from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from ahead.sandbox.sefaz.reading import every, number, text, total
from ahead.sandbox.sefaz.records import Refusal

CENT = Decimal("0.01")
SUMS = (
    ("vBC", "531", "imposto/ICMS/*/vBC"),
    ("vICMS", "532", "imposto/ICMS/*/vICMS"),
    ("vFrete", "535", "prod/vFrete"),
    ("vSeg", "536", "prod/vSeg"),
    ("vDesc", "537", "prod/vDesc"),
    ("vIPI", "538", "imposto/IPI/*/vIPI"),
    ("vPIS", "602", "imposto/PIS/*/vPIS"),
    ("vCOFINS", "603", "imposto/COFINS/*/vCOFINS"),
    ("vOutro", "604", "prod/vOutro"),
    ("vFCPUFDest", "798", "imposto/ICMSUFDest/vFCPUFDest"),
    ("vICMSUFDest", "799", "imposto/ICMSUFDest/vICMSUFDest"),
    ("vICMSUFRemet", "800", "imposto/ICMSUFDest/vICMSUFRemet"),
)
ADDED = ("vProd", "vST", "vFCPST", "vFrete", "vSeg", "vOutro", "vII", "vIPI", "vIPIDevol")
TAKEN_AWAY = ("vDesc", "vICMSDeson")


def refusals_of_amounts(nota: etree._Element) -> Iterator[Refusal]:
    """Yield what does not add up in a nota (`infNFe`)."""
    yield from _items(nota)
    items = every(nota, "det")
    counted = [item for item in items if text(item, "prod/indTot") == "1"]
    if _differ(number(nota, "total/ICMSTot/vProd"), total(counted, "prod/vProd")):
        yield Refusal("564")
    for tag, cstat, path in SUMS:
        if _differ(number(nota, f"total/ICMSTot/{tag}"), total(items, path)):
            yield Refusal(cstat)
    yield from _total(nota)
    yield from _payments(nota)


def _items(nota: etree._Element) -> Iterator[Refusal]:
    for place, item in enumerate(every(nota, "det"), start=1):
        amount = number(item, "prod/vProd")
        if _differ(amount, number(item, "prod/qCom") * number(item, "prod/vUnCom")):
            yield Refusal("629", place)
        if _differ(amount, number(item, "prod/qTrib") * number(item, "prod/vUnTrib")):
            yield Refusal("630", place)
        taxed = number(item, "imposto/ICMS/ICMS00/vBC") * number(item, "imposto/ICMS/ICMS00/pICMS") / 100
        if _differ(number(item, "imposto/ICMS/ICMS00/vICMS"), taxed):
            yield Refusal("528", place)


def _total(nota: etree._Element) -> Iterator[Refusal]:
    place = "total/ICMSTot"
    expected = sum((number(nota, f"{place}/{tag}") for tag in ADDED), Decimal(0))
    expected -= sum((number(nota, f"{place}/{tag}") for tag in TAKEN_AWAY), Decimal(0))
    if _differ(number(nota, f"{place}/vNF"), expected):
        yield Refusal("610")


def _payments(nota: etree._Element) -> Iterator[Refusal]:
    payments = every(nota, "pag/detPag")
    if any(text(payment, "tPag") == "90" for payment in payments):
        return  # nothing is paid
    paid, due = total(payments, "vPag"), number(nota, "total/ICMSTot/vNF")
    if paid < due - CENT:
        yield Refusal("865")
    if paid > due + CENT and not number(nota, "pag/vTroco"):
        yield Refusal("866")


def _differ(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) > CENT
