"""
Rates that the law gives to everybody, with the day each begins.

Interstate: Resolução do Senado 22/1989, and 13/2012 for imported goods. IBS and CBS: LC 214/2025, arts. 343 to 347.
The internal rates and general FCP are those we know for November 2026, and stand for nobody's advice: internal rates to
be confirmed by the company's accountant, who can say others for the company (`StateRate`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ahead.taxes.values import ZERO, IbsCbsRates

UFS = {
    "AC": "Acre",
    "AL": "Alagoas",
    "AM": "Amazonas",
    "AP": "Amapá",
    "BA": "Bahia",
    "CE": "Ceará",
    "DF": "Distrito Federal",
    "ES": "Espírito Santo",
    "GO": "Goiás",
    "MA": "Maranhão",
    "MG": "Minas Gerais",
    "MS": "Mato Grosso do Sul",
    "MT": "Mato Grosso",
    "PA": "Pará",
    "PB": "Paraíba",
    "PE": "Pernambuco",
    "PI": "Piauí",
    "PR": "Paraná",
    "RJ": "Rio de Janeiro",
    "RN": "Rio Grande do Norte",
    "RO": "Rondônia",
    "RR": "Roraima",
    "RS": "Rio Grande do Sul",
    "SC": "Santa Catarina",
    "SE": "Sergipe",
    "SP": "São Paulo",
    "TO": "Tocantins",
}
IMPORTED = frozenset("1238")  # origens that pay 4 % between UFs
INTERSTATE = (Decimal(4), Decimal(7), Decimal(12))
_RICH = frozenset({"MG", "PR", "RJ", "RS", "SC", "SP"})  # South and Southeast, Espírito Santo left out
_KNOWN_FROM = date(2026, 1, 1)
_IBS_CBS_FROM = date(2026, 1, 1)
# From here on PIS and COFINS are no more, prices hold IBS and CBS, and the rate of CBS is not in the law we know.
OPEN_FROM = date(2027, 1, 1)


@dataclass(frozen=True, slots=True)
class StateRateFact:
    """The internal rate of a UF and its general FCP, from one day to before another."""

    uf: str
    internal: Decimal
    fcp: Decimal
    valid_from: date
    valid_until: date | None = None
    is_own: bool = False  # the company's, not the table's


def _of_2026(rates: str) -> tuple[StateRateFact, ...]:
    """Read "RJ 20 2": UF, internal rate, FCP where there is a general one."""
    parts = (entry.split() for entry in rates.split(","))
    return tuple(
        StateRateFact(uf, Decimal(rate), Decimal(fcp[0]) if fcp else ZERO, _KNOWN_FROM) for uf, rate, *fcp in parts
    )


INTERNAL = _of_2026(
    "AC 19, AL 19 1, AM 20, AP 18, BA 20.5, CE 20, DF 20, ES 17, GO 19, MA 23, MG 18, MS 17, MT 17, PA 19, PB 20,"
    "PE 20.5, PI 22.5, PR 19.5, RJ 20 2, RN 20, RO 19.5, RR 20, RS 17, SC 17, SE 19 1, SP 18, TO 20"
)


def interstate_rate(origin_uf: str, destination_uf: str, origem: str) -> Decimal:
    """Return the rate between two UFs: 4 for imported goods, 7 from rich to poorer, otherwise 12."""
    imported, reduced, full = INTERSTATE
    if origem in IMPORTED:
        return imported
    return reduced if origin_uf in _RICH and destination_uf not in _RICH else full


def internal_rates(on: date, own: Iterable[StateRateFact] = ()) -> dict[str, StateRateFact]:
    """Return the rate of each UF on a day: the company's own before the table's, of several the latest."""
    held = [
        fact
        for fact in (*INTERNAL, *own)
        if fact.valid_from <= on and (fact.valid_until is None or on < fact.valid_until)
    ]
    return {fact.uf: fact for fact in sorted(held, key=lambda fact: (fact.is_own, fact.valid_from))}


def carries_ibs_cbs(crt: str, on: date) -> bool:
    """Whether a note of this CRT says IBS and CBS on a day; the Simples has no such group yet (NT 2026.005)."""
    return crt == "3" and on >= _IBS_CBS_FROM


def ibs_cbs_rates(on: date) -> IbsCbsRates | None:
    """Return the national rates of a day; None from 2027 on, where the CBS is not in the law we know."""
    if on >= OPEN_FROM:
        return None
    return IbsCbsRates(Decimal("0.1"), Decimal(0), Decimal("0.9"))


def holds_ibs_cbs_inside(on: date) -> bool:
    """Whether the price of goods holds IBS and CBS on a day (NT 2026.008)."""
    return on >= OPEN_FROM
