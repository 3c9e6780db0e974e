"""The rules most shops begin with, for selling on what they bought: a proposal that the accountant confirms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ahead.lib.errors import Refused
from ahead.taxes.national import OPEN_FROM
from ahead.taxes.rules import regime_of
from ahead.taxes.values import BuyerKind, Destination, Kind, Regime, Rule

CRTS = {
    "1": "1 · Simples Nacional",
    "2": "2 · Simples Nacional, acima do sublimite",
    "3": "3 · Regime normal",
    "4": "4 · MEI",
}


class NoDefaults(Refused):
    """There are no defaults for what was asked; the message says why."""


@dataclass(frozen=True, slots=True)
class NaturezaDraft:
    """A natureza to begin with."""

    name: str
    kind: Kind
    is_entry: bool = False


SALE = NaturezaDraft("Venda de mercadoria", Kind.SALE)
RETURN = NaturezaDraft("Devolução de venda de mercadoria", Kind.RETURN, is_entry=True)
NATUREZAS = (SALE, RETURN)
WITHHELD_GROUP = "Mercadoria com ST retida"
WITHHELD_NOTE = "ICMS pago antes, por substituição tributária. Ponha aqui os NCM ou produtos que você compra assim."


@dataclass(frozen=True, slots=True)
class _Contributions:
    """CST and rates of PIS and COFINS: of what is sold, and of what comes back."""

    sale: str
    back: str
    pis: Decimal = Decimal(0)
    cofins: Decimal = Decimal(0)
    pis_back: Decimal = Decimal(0)
    cofins_back: Decimal = Decimal(0)


_NON_CUMULATIVE = _Contributions(
    "01", "50", Decimal("1.65"), Decimal("7.6"), Decimal("1.65"), Decimal("7.6")
)  # what comes back is a credit
_CUMULATIVE = _Contributions("01", "98", Decimal("0.65"), Decimal(3))
_SIMPLES = _Contributions("49", "98")


def default_rules(*, crt: str, is_cumulative: bool, valid_from: date) -> tuple[Rule, ...]:
    """
    Return the rules to begin with, named after their natureza and group; they have no ids yet.

    :raises NoDefaults: if the CRT is unknown, or there are none for the day.
    """
    if crt not in CRTS:
        raise NoDefaults("Escolha o regime tributário (CRT) da empresa.")
    if crt == "3" and valid_from >= OPEN_FROM:
        raise NoDefaults(
            "Para o regime normal não há padrões a partir de 2027: o PIS e a COFINS deixam de existir e a alíquota da "
            "CBS depende de lei que não conhecemos. Crie as regras com o contador da empresa."
        )
    # PIS and COFINS of the regime normal end with 2026: better no rule than an old one
    until = OPEN_FROM if crt == "3" else None
    return tuple(replace(rule, valid_from=valid_from, valid_until=until) for rule in _rules(crt, is_cumulative))


def _rules(crt: str, is_cumulative: bool) -> Iterator[Rule]:
    is_normal = regime_of(crt) is Regime.NORMAL
    of_shops = _CUMULATIVE if is_cumulative else _NON_CUMULATIVE
    contributions = of_shops if crt == "3" else _SIMPLES
    taxed, withheld = ("00", "60") if is_normal else ("102", "500")
    # Withheld ICMS holds within the UF: sold to another, regime normal taxes the goods, the Simples has it paid.
    away = (taxed, "6108", "2202") if is_normal else (withheld, "6404", "2411")
    same, other = Destination.SAME, Destination.OTHER
    to_all, consumer, contributor = BuyerKind.ANY, BuyerKind.CONSUMER, BuyerKind.CONTRIBUTOR
    of_mei = (  # it may use no other CFOPs, for no buyer (`codes.MEI_CFOPS`)
        ("", same, to_all, taxed, "5102", "1202"),
        ("", other, to_all, taxed, "6102", "2202"),
    )
    of_shop = (
        ("", same, to_all, taxed, "5102", "1202"),
        ("", other, contributor, taxed, "6102", "2202"),
        ("", other, consumer, taxed, "6108", "2202"),
        (WITHHELD_GROUP, same, to_all, withheld, "5405", "1411"),
        (WITHHELD_GROUP, other, contributor, withheld, "6404", "2411"),
        (WITHHELD_GROUP, other, consumer, *away),
    )
    for group, destination, buyer, code, cfop, cfop_back in of_mei if crt == "4" else of_shop:
        sale = Rule(
            id=0,
            natureza_id=0,
            natureza=SALE.name,
            group=group,
            destination=destination,
            buyer=buyer,
            regime=regime_of(crt),
            valid_from=date.min,
            cfop=cfop,
            icms_cst=code if is_normal else "",
            csosn="" if is_normal else code,
            pis_cst=contributions.sale,
            pis_aliquota=contributions.pis,
            cofins_cst=contributions.sale,
            cofins_aliquota=contributions.cofins,
            ibs_cbs_cst="000" if crt == "3" else "",
            cclasstrib="000001" if crt == "3" else "",
        )
        yield sale
        yield replace(
            sale,
            natureza=RETURN.name,
            cfop=cfop_back,
            pis_cst=contributions.back,
            pis_aliquota=contributions.pis_back,
            cofins_cst=contributions.back,
            cofins_aliquota=contributions.cofins_back,
            has_difal=False,  # ICMSUFDest is undue in an entry (cStat 695); what was paid is claimed back in the books
        )
