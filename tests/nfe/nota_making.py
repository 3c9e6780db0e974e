"""Notas to write, sign and read, made of a few facts each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ahead.nfe.values import (
    Address,
    Carrier,
    Contribution,
    DeliveryPlace,
    Emitter,
    Environment,
    IbsCbs,
    Icms,
    IcmsDestination,
    Intermediary,
    Ipi,
    Item,
    NotaFiscal,
    Payment,
    Purpose,
    Recipient,
    ResponsibleTechnician,
    Taxes,
    Volumes,
)

BRASILIA = timezone(timedelta(hours=-3))
ISSUED_AT = datetime(2026, 11, 24, 15, 7, 9, tzinfo=BRASILIA)
CNPJ = "11222333000181"
CNPJ_WITH_LETTERS = "12ABC34501DE35"  # the example of Receita Federal
CHAVE_RETURNED = "35261111222333000181550010000012341731945680"


def d(text: str) -> Decimal:
    return Decimal(text)


SAO_PAULO = Address(
    street="Rua do Forno",
    number="77",
    district="Centro",
    municipality_code="3550308",
    municipality="São Paulo",
    uf="SP",
    postal_code="01001000",
    phone="1133334444",
)
SALVADOR = Address(
    street="Avenida do Mar",
    number="1200",
    complement="Ap. 301, bloco B",
    district="Barra",
    municipality_code="2927408",
    municipality="Salvador",
    uf="BA",
    postal_code="40140000",
    phone="71988887777",
)
BAKERY = Emitter(
    cnpj=CNPJ,
    legal_name="Padaria do Sol Comércio de Pães Ltda",
    trade_name="Padaria do Sol",
    inscricao_estadual="110042490114",
    inscricao_municipal="12345678",
    cnae="4721102",
    crt="3",
    address=SAO_PAULO,
)
SMALL_BAKERY = replace(BAKERY, crt="1", inscricao_municipal="", cnae="")
LIA = Recipient(document="52998224725", name="Lia Moraes & Filhos", email="lia@exemplo.com.br", address=SALVADOR)
NEIGHBOUR = Recipient(document="52998224725", name="João Conceição", address=replace(SAO_PAULO, number="78", phone=""))
CAFE = Recipient(
    document="19131243000197",
    name="Café da Lua Ltda",
    indicador_ie="1",
    inscricao_estadual="149626224113",
    address=replace(SAO_PAULO, street="Rua da Lua", number="S/N"),
)
NO_CONTRIBUTION = Contribution(cst="49")


def contribution(base: str, rate: str, amount: str) -> Contribution:
    return Contribution(cst="01", base=d(base), aliquota=d(rate), valor=d(amount))


def ibs_cbs(base: str, ibs: str, cbs: str) -> IbsCbs:
    return IbsCbs(
        cst="000",
        classificacao="000001",
        base=d(base),
        ibs_uf_aliquota=d("0.1"),
        ibs_uf_valor=d(ibs),
        ibs_valor=d(ibs),
        cbs_aliquota=d("0.9"),
        cbs_valor=d(cbs),
    )


def simples(icms: Icms | None = None) -> Taxes:
    return Taxes(icms=icms or Icms(csosn="102"), pis=NO_CONTRIBUTION, cofins=NO_CONTRIBUTION)


IN_STATE = Taxes(
    icms=Icms(cst="00", base=d("104.80"), aliquota=d("18"), valor=d("18.86")),
    pis=contribution("85.94", "1.65", "1.42"),
    cofins=contribution("85.94", "7.60", "6.53"),
    ibs_cbs=ibs_cbs("77.99", "0.08", "0.70"),
    total=d("33.12"),
)
INTERSTATE = Taxes(
    icms=Icms(cst="00", base=d("104.80"), aliquota=d("7"), valor=d("7.34")),
    destination=IcmsDestination(
        base=d("104.80"),
        fcp_base=d("104.80"),
        fcp_aliquota=d("2"),
        fcp_valor=d("2.10"),
        aliquota_interna=d("20.5"),
        aliquota_interestadual=d("7"),
        valor_destino=d("14.15"),
    ),
    pis=contribution("97.46", "1.65", "1.61"),
    cofins=contribution("97.46", "7.60", "7.41"),
    ibs_cbs=ibs_cbs("72.19", "0.07", "0.65"),
)


def item(**changes: Any) -> Item:
    facts: dict[str, Any] = {
        "code": "PAO-01",
        "gtin": "7891000315507",
        "description": "Pão de fermentação natural 900 g",
        "ncm": "19059090",
        "cfop": "5102",
        "unit": "UN",
        "quantity": d("4"),
        "unit_price": d("24.95"),
        "amount": d("99.80"),
        "freight": d("10.00"),
        "discount": d("5.00"),
        "taxes": IN_STATE,
    }
    return Item(**{**facts, **changes})


def nota(**changes: Any) -> NotaFiscal:
    """Return a nota of a regime normal company, sold in its own shop to a person in its own UF."""
    facts: dict[str, Any] = {
        "environment": Environment.PRODUCTION,
        "serie": 1,
        "number": 1234,
        "code": "73194568",
        "issued_at": ISSUED_AT,
        "natureza": "Venda de mercadoria",
        "through_intermediary": False,
        "emitter": BAKERY,
        "recipient": NEIGHBOUR,
        "items": (item(),),
        "payments": (Payment(kind="17", amount=d("104.80")),),
    }
    return NotaFiscal(**{**facts, **changes})


def interstate(**changes: Any) -> NotaFiscal:
    """Return a nota to a consumer of another UF, with DIFAL and FCP."""
    facts: dict[str, Any] = {
        "destination": "2",
        "recipient": LIA,
        "items": (item(cfop="6108", taxes=INTERSTATE),),
        "carrier": Carrier(
            document="19131243000197",
            name="Transportes da Lua",
            inscricao_estadual="149626224113",
            address="Rua da Lua, 12",
            municipality="São Paulo",
            uf="SP",
        ),
        "volumes": Volumes(quantity=2, net_weight_kg=d("3.6"), gross_weight_kg=d("3.912")),
        "information": "Pedido 889; entrega até as 18h",
        "order_number": "889",
    }
    return nota(**{**facts, **changes})


def kit() -> NotaFiscal:
    """Return a nota of a kit: a line for each component, with its share of the kit's price."""
    parts = [("PAO-01", "33.34", "19059090"), ("GELEIA-02", "33.33", "20079910"), ("CAFE-03", "33.33", "09012100")]
    items = tuple(
        item(
            code=code,
            gtin="",
            description=f"Componente {code} <do kit>",
            ncm=ncm,
            quantity=d("3"),
            unit_price=(d(amount) / 3).quantize(d("1e-10")),
            amount=d(amount),
            freight=d("0.00"),
            discount=d("0.00"),
            order_number="KIT-CAFE",
            order_item=place,
            note="Kit café da manhã",
            taxes=simples(),
        )
        for place, (code, amount, ncm) in enumerate(parts, start=1)
    )
    payment = Payment(kind="03", amount=d("100.00"), institution="10573521000191", brand="01", authorisation="A1B2C3")
    return nota(emitter=SMALL_BAKERY, items=items, payments=(payment,))


def withheld(icms: Icms) -> Taxes:
    return replace(IN_STATE, icms=icms)


ST_60 = Icms(
    cst="60",
    st_retido_base=d("120.00"),
    st_retido_aliquota=d("18"),
    st_substituto_valor=d("12.00"),
    st_retido_valor=d("9.60"),
    fcp_st_retido_base=d("120.00"),
    fcp_st_retido_aliquota=d("2"),
    fcp_st_retido_valor=d("2.40"),
)


def returned() -> NotaFiscal:
    """Return the entry nota of goods that a consumer sends back, with IPI."""
    taxes = replace(
        INTERSTATE, ipi=Ipi(cst="49", base=d("0"), aliquota=d("0"), valor=d("0")), destination=None, total=None
    )
    line = item(cfop="2202", taxes=taxes, returned_percent=d("100"), returned_ipi=d("5.24"))
    return interstate(
        number=1300,
        purpose=Purpose.RETURN,
        is_entry=True,
        natureza="Devolução de venda",
        presence="0",
        through_intermediary=None,
        references=(CHAVE_RETURNED,),
        items=(replace(line, reference=CHAVE_RETURNED, reference_item=1),),
        payments=(Payment(kind="90", amount=d("0.00")),),
        freight_mode="9",
        carrier=None,
        volumes=None,
    )


def marketplace() -> NotaFiscal:
    """Return a nota sold on a platform of others, delivered elsewhere, with all that may be told."""
    return interstate(
        through_intermediary=True,
        intermediary=Intermediary(cnpj="03007331000141", seller_id="padaria-do-sol"),
        delivery=DeliveryPlace(document="52998224725", name="Portaria", address=replace(SALVADOR, number="1201")),
        payments=(
            Payment(kind="03", amount=d("60.00"), institution="10573521000191", brand="02", authorisation="998877"),
            Payment(kind="99", amount=d("44.80"), is_deferred=True, description="Saldo da plataforma"),
        ),
        tax_authority_information="Base legal: LC 190/2022",
        authorised_to_download=("19131243000197", "52998224725"),
        technician=ResponsibleTechnician(
            cnpj="19131243000197",
            contact="Suporte AHEAD",
            email="suporte@ahead.example",
            phone="1133330000",
            csrt_id="01",
            csrt="G8063VRTNDMO886SFNK5LDUDEI24XJ22YIPO",
        ),
    )


FIXTURES: dict[str, NotaFiscal] = {
    "regime-normal-in-state": nota(),
    "interstate-difal-fcp": interstate(),
    "simples-102": nota(emitter=SMALL_BAKERY, items=(item(taxes=simples()),)),
    "simples-500": nota(
        emitter=SMALL_BAKERY, items=(item(cfop="5405", cest="1704700", taxes=simples(Icms(csosn="500"))),)
    ),
    "st-withheld-60": nota(items=(item(cfop="5405", cest="1704700", taxes=withheld(ST_60)),)),
    "kit": kit(),
    "marketplace": marketplace(),
    "own-shop-homologation": interstate(environment=Environment.HOMOLOGATION),
    "company-buyer": nota(recipient=CAFE, is_final_consumer=False),
    "alphanumeric-cnpj": nota(emitter=replace(BAKERY, cnpj=CNPJ_WITH_LETTERS)),
    "return": returned(),
}
