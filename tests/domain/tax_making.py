"""Tax rules, lines and buyers for the tests of the taxes, made of what a test gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from ahead.accounts.models import Company
from ahead.taxes.table import TaxTable
from ahead.taxes.values import Buyer, Destination, Issuer, Rates, Regime, Rule, TaxLine

TODAY = date(2026, 11, 24)
NORMAL_SP = Issuer("3", "SP")
SIMPLES_SP = Issuer("1", "SP")
CONSUMER_BA = Buyer(uf="BA")
CONSUMER_SP = Buyer(uf="SP")
CONTRIBUTOR_BA = Buyer(uf="BA", is_contributor=True, is_consumer=False)

OF_NORMAL = Rule(
    id=1,
    natureza_id=1,
    natureza="Venda",
    destination=Destination.OTHER,
    regime=Regime.NORMAL,
    valid_from=date(2026, 1, 1),
    cfop="6108",
    icms_cst="00",
    pis_cst="01",
    pis_aliquota=Decimal("1.65"),
    cofins_cst="01",
    cofins_aliquota=Decimal("7.6"),
    ibs_cbs_cst="000",
    cclasstrib="000001",
)
OF_SIMPLES = replace(
    OF_NORMAL,
    regime=Regime.SIMPLES,
    icms_cst="",
    csosn="102",
    pis_cst="49",
    pis_aliquota=Decimal(0),
    cofins_cst="49",
    cofins_aliquota=Decimal(0),
    ibs_cbs_cst="",
    cclasstrib="",
)
TO_BA = Rates(internal=Decimal("20.5"), interstate=Decimal(7))


def rule(**said: Any) -> Rule:
    """A rule of the regime normal for consumers of another UF, but for what is said."""
    return replace(OF_NORMAL, **said)


def line(amount: str = "104.80", **said: Any) -> TaxLine:
    """A line of a product that lacks nothing."""
    given: dict[str, Any] = {"ncm": "19059090", "label": "1001 · Pão de mel", "amount": Decimal(amount), **said}
    return TaxLine(**given)


def table_of(company: Company, issuer: Issuer = NORMAL_SP, on: date = TODAY) -> TaxTable:
    """The tax table of a company, of the regime normal in São Paulo unless another is given."""
    return TaxTable.of(company, issuer=issuer, on=on)
