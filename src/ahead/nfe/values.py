"""
What a nota says, as values: the writer makes XML of it, the tax rules of `fiscal` fill the taxes in.

Money and quantities are `Decimal`; money has two places. Percentages are percentages (18 means 18 %). Empty text and
None mean that the tag is left out. Names are those of the manual (MOC 7.0, annex I) in whole words; tags live in the
writer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Environment(StrEnum):
    """`tpAmb`: where a nota counts, and where it is a rehearsal."""

    PRODUCTION = "1"
    HOMOLOGATION = "2"


class Purpose(StrEnum):
    """`finNFe`: what the nota is for."""

    NORMAL = "1"
    RETURN = "4"


class Emission(StrEnum):
    """`tpEmis`: the way it was issued; it is part of the key."""

    NORMAL = "1"
    SVC_AN = "6"
    SVC_RS = "7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address in Brazil; `municipality_code` is IBGE's, of seven digits."""

    street: str
    number: str
    complement: str = ""
    district: str
    municipality_code: str
    municipality: str
    uf: str
    postal_code: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    """Who issues; `crt` is 1 Simples, 2 Simples above its limit, 3 regime normal, 4 MEI."""

    cnpj: str
    legal_name: str
    trade_name: str = ""
    inscricao_estadual: str = ""
    inscricao_municipal: str = ""
    cnae: str = ""
    crt: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who buys; `indicador_ie` is 1 contributor, 2 exempt, 9 not a contributor."""

    document: str  # CPF or CNPJ, clean
    name: str
    indicador_ie: str = "9"
    inscricao_estadual: str = ""
    email: str = ""
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPlace:
    """Where the goods go when that is not the buyer's own address."""

    document: str
    name: str = ""
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Icms:
    """
    ICMS of an item. Exactly one of `cst` (regime normal) and `csosn` (Simples) is filled.

    The writer picks the group by it, and writes only what belongs to that group.
    """

    origem: str = "0"
    cst: str = ""
    csosn: str = ""
    modalidade_base: str = "3"  # 3: value of the operation
    base: Decimal = ZERO
    reducao: Decimal = ZERO  # % by which the base is reduced
    aliquota: Decimal = ZERO
    valor: Decimal = ZERO
    fcp_base: Decimal = ZERO
    fcp_aliquota: Decimal = ZERO
    fcp_valor: Decimal = ZERO
    credito_aliquota: Decimal = ZERO  # CSOSN 101, 201, 900: credit that Simples hands on
    credito_valor: Decimal = ZERO
    desonerado_valor: Decimal = ZERO
    desonerado_motivo: str = ""
    desonerado_deduz: bool = False  # indDeduzDeson: whether the buyer pays that much less
    # deferred in part (CST 51)
    operacao_valor: Decimal = ZERO
    diferimento: Decimal = ZERO  # %
    diferido_valor: Decimal = ZERO
    # withheld before, by substitution (CST 60, CSOSN 500)
    st_retido_base: Decimal = ZERO
    st_retido_aliquota: Decimal = ZERO
    st_substituto_valor: Decimal = ZERO
    st_retido_valor: Decimal = ZERO
    fcp_st_retido_base: Decimal = ZERO
    fcp_st_retido_aliquota: Decimal = ZERO
    fcp_st_retido_valor: Decimal = ZERO
    # what it would be without substitution, where the UF asks for it (CST 60, CSOSN 500, final consumers)
    efetivo_reducao: Decimal = ZERO
    efetivo_base: Decimal = ZERO
    efetivo_aliquota: Decimal = ZERO
    efetivo_valor: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class IcmsDestination:
    """`ICMSUFDest`: DIFAL and FCP due to the UF where a final consumer who is no contributor receives the goods."""

    base: Decimal
    fcp_base: Decimal = ZERO
    fcp_aliquota: Decimal = ZERO
    fcp_valor: Decimal = ZERO
    aliquota_interna: Decimal
    aliquota_interestadual: Decimal
    valor_destino: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ipi:
    """IPI of an item; taxed CST (00, 49, 50, 99) or not (01-05, 51-55)."""

    cst: str
    enquadramento: str = "999"
    base: Decimal = ZERO
    aliquota: Decimal = ZERO
    valor: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """PIS or COFINS of an item: CST 01, 02 by rate, 04-09 not taxed, 49-99 other."""

    cst: str
    base: Decimal = ZERO
    aliquota: Decimal = ZERO
    valor: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class IbsCbs:
    """IBS and CBS of an item (NT 2025.002), for CST that carry `gIBSCBS`; others have only CST and cClassTrib."""

    cst: str
    classificacao: str  # cClassTrib, six digits
    is_taxed: bool = True  # whether gIBSCBS is written
    base: Decimal = ZERO
    ibs_uf_aliquota: Decimal = ZERO
    ibs_uf_reducao: Decimal = ZERO  # pRedAliq, %
    ibs_uf_efetiva: Decimal = ZERO  # pAliqEfet; written when there is a reduction
    ibs_uf_valor: Decimal = ZERO
    ibs_mun_aliquota: Decimal = ZERO
    ibs_mun_reducao: Decimal = ZERO
    ibs_mun_efetiva: Decimal = ZERO
    ibs_mun_valor: Decimal = ZERO
    ibs_valor: Decimal = ZERO
    cbs_aliquota: Decimal = ZERO
    cbs_reducao: Decimal = ZERO
    cbs_efetiva: Decimal = ZERO
    cbs_valor: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxes:
    """The taxes of one item. `total` is vTotTrib, the approximate taxes of Lei 12.741, where it is told."""

    icms: Icms
    destination: IcmsDestination | None = None
    ipi: Ipi | None = None
    pis: Contribution
    cofins: Contribution
    ibs_cbs: IbsCbs | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line. `gtin` empty is written SEM GTIN; `amount` = quantity x unit price, to the cent."""

    code: str
    gtin: str = ""
    description: str
    ncm: str
    cest: str = ""
    beneficio: str = ""  # cBenef
    cfop: str
    unit: str
    quantity: Decimal
    unit_price: Decimal  # up to ten places, so that quantity x price gives the amount
    amount: Decimal
    freight: Decimal = ZERO
    insurance: Decimal = ZERO
    discount: Decimal = ZERO
    other: Decimal = ZERO
    order_number: str = ""  # xPed, up to 15
    order_item: int | None = None  # nItemPed
    note: str = ""  # infAdProd
    reference: str = ""  # DFeReferenciado: chave of the nota that this line returns
    reference_item: int | None = None  # and its line there
    returned_percent: Decimal | None = None  # of a devolução with IPI
    returned_ipi: Decimal = ZERO
    taxes: Taxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """
    One way of paying. `kind` is tPag (17 Pix, 03 card, 15 boleto, 90 none …); 99 asks for a `description`.

    The card group is written when there is an institution; `integration` 2: not integrated with the issuer's program.
    """

    kind: str
    amount: Decimal
    is_deferred: bool = False  # indPag 1
    description: str = ""
    institution: str = ""  # CNPJ of who processes the payment
    integration: str = "2"
    brand: str = ""
    authorisation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intermediary:
    """The platform a sale came through, and who the seller is there (`infIntermed`)."""

    cnpj: str
    seller_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Who takes the goods, as far as it is known."""

    document: str = ""
    name: str = ""
    inscricao_estadual: str = ""
    address: str = ""
    municipality: str = ""
    uf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """Parcels: how many, and what they weigh in kilograms."""

    quantity: int = 1
    kind: str = "VOLUME"
    net_weight_kg: Decimal = ZERO
    gross_weight_kg: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsibleTechnician:
    """The software house (`infRespTec`); the CSRT and its id where the UF issues one."""

    cnpj: str
    contact: str
    email: str
    phone: str
    csrt_id: str = ""
    csrt: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contingency:
    """Since when, and why, SEFAZ is reached another way (15 to 256 characters)."""

    since: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotaFiscal:
    """A nota as it is to be written: everything but its key's check digit and the signature."""

    environment: Environment
    serie: int
    number: int
    code: str  # cNF, eight digits, drawn at random once
    issued_at: datetime  # with its offset: the emitter's own
    leaves_at: datetime | None = None
    emission: Emission = Emission.NORMAL
    contingency: Contingency | None = None
    purpose: Purpose = Purpose.NORMAL
    is_entry: bool = False  # tpNF 0: an entry, as of a devolução
    natureza: str
    destination: str = "1"  # idDest: 1 in the UF, 2 another UF
    presence: str = "2"  # indPres: 2 internet
    through_intermediary: bool | None = None  # indIntermed; None where presence asks for none
    is_final_consumer: bool = True
    references: tuple[str, ...] = ()  # chaves of notas this one refers to
    emitter: Emitter
    recipient: Recipient
    delivery: DeliveryPlace | None = None
    items: tuple[Item, ...]
    freight_mode: str = "0"  # modFrete: 0 emitter, 1 recipient, 9 none
    carrier: Carrier | None = None
    volumes: Volumes | None = None
    payments: tuple[Payment, ...]
    change: Decimal = ZERO  # vTroco
    intermediary: Intermediary | None = None
    information: str = ""  # infCpl
    tax_authority_information: str = ""  # infAdFisco
    order_number: str = ""  # compra/xPed
    authorised_to_download: tuple[str, ...] = ()  # autXML: CPF or CNPJ
    technician: ResponsibleTechnician | None = None
    software: str = "AHEAD Ecommerce 0.1"  # verProc, up to 20
