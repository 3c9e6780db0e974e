"""What tax rules say and are asked, as values: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ahead.nfe.values import Taxes

ZERO = Decimal("0.00")


class Kind(StrEnum):
    """What a natureza de operação is about."""

    SALE = "sale"
    RETURN = "return"
    OTHER = "other"


class Regime(StrEnum):
    """Which codes the ICMS of an item is written with: CST, or those of the Simples (CSOSN)."""

    NORMAL = "normal"  # CRT 3; CRT 2 as well, whose ICMS is paid outside the Simples
    SIMPLES = "simples"  # CRT 1 and 4


class Destination(StrEnum):
    """Where a rule's goods go, seen from the company."""

    SAME = "same"
    OTHER = "other"
    UF = "uf"


class BuyerKind(StrEnum):
    """Whom a rule's goods are sold to."""

    ANY = "any"
    CONSUMER = "consumer"  # not a contributor of ICMS
    CONTRIBUTOR = "contributor"


class DifalBase(StrEnum):
    """The base of what is due to the UF of destination."""

    SINGLE = "single"  # the value of the operation, which holds the tax already (LC 190/2022)
    BY_UF = "by_uf"  # the value without its own ICMS, with the internal rate put in


class IcmsExclusion(StrEnum):
    """What is taken out of the base of PIS and COFINS (Tema 69 of the STF)."""

    NOTHING = "nothing"
    OWN = "own"  # the ICMS of the operation
    ALL = "all"  # DIFAL and FCP as well


LABELS: Mapping[StrEnum, str] = {
    Kind.SALE: "Venda",
    Kind.RETURN: "Devolução",
    Kind.OTHER: "Outra",
    Regime.NORMAL: "Regime normal (CST)",
    Regime.SIMPLES: "Simples Nacional (CSOSN)",
    Destination.SAME: "mesma UF",
    Destination.OTHER: "outra UF",
    Destination.UF: "uma UF",
    BuyerKind.ANY: "qualquer comprador",
    BuyerKind.CONSUMER: "não contribuinte",
    BuyerKind.CONTRIBUTOR: "contribuinte",
    DifalBase.SINGLE: "Base única, o valor da operação (LC 190/2022)",
    DifalBase.BY_UF: "Base do destino, com a alíquota interna por dentro",
    IcmsExclusion.NOTHING: "Não excluir",
    IcmsExclusion.OWN: "Excluir o ICMS da operação (Tema 69)",
    IcmsExclusion.ALL: "Excluir o ICMS, o DIFAL e o FCP",
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: its CRT (1 Simples, 2 Simples above its limit, 3 regime normal, 4 MEI) and its UF."""

    crt: str
    uf: str

    @property
    def regime(self) -> Regime:
        """Which codes its ICMS is written with."""
        return Regime.SIMPLES if self.crt in {"1", "4"} else Regime.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who receives the goods: `uf` is where they physically arrive. `name` is only told in refusals."""

    uf: str
    is_contributor: bool = False
    is_consumer: bool = True  # buys for own use (indFinal)
    name: str = ""

    @property
    def kind(self) -> BuyerKind:
        """What a rule calls this buyer."""
        return BuyerKind.CONTRIBUTOR if self.is_contributor else BuyerKind.CONSUMER


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """
    One line of a nota before its taxes; money to the cent. `label` is only told in refusals.

    With `holds_ipi` the value is what the buyer pays: an IPI is taken out of it, not added to it.
    """

    product_id: int | None = None
    label: str = ""
    ncm: str
    origem: str = "0"
    cest: str = ""
    amount: Decimal
    freight: Decimal = ZERO
    insurance: Decimal = ZERO
    discount: Decimal = ZERO
    other: Decimal = ZERO
    holds_ipi: bool = False

    @property
    def value(self) -> Decimal:
        """What the line comes to, before taxes that are added to it."""
        return self.amount + self.freight + self.insurance + self.other - self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A tax rule as the choosing and computing see it. Rates are percentages; None is "of the national table"."""

    id: int
    natureza_id: int
    natureza: str = ""
    group_id: int | None = None
    group: str = ""
    origin_uf: str = ""
    destination: Destination
    destination_uf: str = ""
    buyer: BuyerKind = BuyerKind.ANY
    regime: Regime = Regime.NORMAL
    valid_from: date
    valid_until: date | None = None  # the first day it holds no more

    cfop: str
    icms_cst: str = ""
    csosn: str = ""
    icms_reducao: Decimal = ZERO
    icms_aliquota: Decimal | None = None
    fcp_aliquota: Decimal | None = None
    credito_aliquota: Decimal = ZERO
    st_base_percent: Decimal | None = None  # base withheld, in % of the goods; None: no facts are told
    st_aliquota: Decimal = ZERO
    st_fcp_aliquota: Decimal = ZERO
    st_substituto_percent: Decimal = ZERO
    has_difal: bool = True
    difal_base: DifalBase = DifalBase.SINGLE
    destination_aliquota: Decimal | None = None
    ipi_cst: str = ""
    ipi_enquadramento: str = "999"
    ipi_aliquota: Decimal = ZERO
    pis_cst: str
    pis_aliquota: Decimal = ZERO
    cofins_cst: str
    cofins_aliquota: Decimal = ZERO
    icms_exclusion: IcmsExclusion = IcmsExclusion.OWN
    ibs_cbs_cst: str = ""
    cclasstrib: str = ""
    ibs_reducao: Decimal = ZERO
    cbs_reducao: Decimal = ZERO
    burden_percent: Decimal | None = None  # Lei 12.741
    beneficio: str = ""
    information: str = ""

    @property
    def code(self) -> str:
        """The CST or CSOSN of its ICMS."""
        return self.icms_cst or self.csosn


@dataclass(frozen=True, slots=True)
class Facts:
    """What the choice of a rule depends on."""

    natureza_id: int
    group_id: int | None
    origin_uf: str
    destination_uf: str
    buyer: BuyerKind
    regime: Regime
    on: date

    @property
    def is_interstate(self) -> bool:
        """Whether the goods leave the UF."""
        return self.origin_uf != self.destination_uf


@dataclass(frozen=True, slots=True)
class Choice:
    """The rule that applies, and why none that would say more did."""

    rule: Rule
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IbsCbsRates:
    """The rates of IBS and CBS of a day; from 2027 on the price holds them (`is_inside`)."""

    ibs_uf: Decimal
    ibs_mun: Decimal
    cbs: Decimal
    is_inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What the tables say for one line: `internal` and `fcp` of the UF where the goods arrive."""

    internal: Decimal
    fcp: Decimal = ZERO
    interstate: Decimal | None = None  # None within the UF
    ibs_cbs: IbsCbsRates | None = None  # None: the group is not written


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTax:
    """
    The taxes of one line and what else its rule says of the item.

    `because` tells how it came to them, a sentence each: first why this rule, then, from "ICMS" on, each tax by name.
    """

    taxes: Taxes
    cfop: str
    cest: str = ""
    beneficio: str = ""
    information: str = ""
    rule_id: int
    because: tuple[str, ...] = field(default=())
