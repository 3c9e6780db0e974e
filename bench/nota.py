"""A nota of three items to measure with: interstate, with DIFAL, FCP, IBS and CBS, sold on a marketplace."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from ahead.nfe.values import (
    Address,
    Contribution,
    Emitter,
    Environment,
    IbsCbs,
    Icms,
    IcmsDestination,
    Intermediary,
    Item,
    NotaFiscal,
    Payment,
    Recipient,
    Taxes,
    Volumes,
)

CNPJ = "11222333000181"
_FROM = Address(
    street="Rua do Forno",
    number="77",
    district="Centro",
    municipality_code="3550308",
    municipality="São Paulo",
    uf="SP",
    postal_code="01001000",
)
_TO = replace(_FROM, municipality_code="2927408", municipality="Salvador", uf="BA", postal_code="40140000")
_TAXES = Taxes(
    icms=Icms(cst="00", base=Decimal("104.80"), aliquota=Decimal(7), valor=Decimal("7.34")),
    destination=IcmsDestination(
        base=Decimal("104.80"),
        fcp_base=Decimal("104.80"),
        fcp_aliquota=Decimal(2),
        fcp_valor=Decimal("2.10"),
        aliquota_interna=Decimal("20.5"),
        aliquota_interestadual=Decimal(7),
        valor_destino=Decimal("14.15"),
    ),
    pis=Contribution(cst="01", base=Decimal("97.46"), aliquota=Decimal("1.65"), valor=Decimal("1.61")),
    cofins=Contribution(cst="01", base=Decimal("97.46"), aliquota=Decimal("7.6"), valor=Decimal("7.41")),
    ibs_cbs=IbsCbs(
        cst="000",
        classificacao="000001",
        base=Decimal("72.19"),
        ibs_uf_aliquota=Decimal("0.1"),
        ibs_uf_valor=Decimal("0.07"),
        ibs_valor=Decimal("0.07"),
        cbs_aliquota=Decimal("0.9"),
        cbs_valor=Decimal("0.65"),
    ),
)
_ITEM = Item(
    code="PAO-01",
    gtin="7891000315507",
    description="Pão de fermentação natural 900 g",
    ncm="19059090",
    cfop="6108",
    unit="UN",
    quantity=Decimal(4),
    unit_price=Decimal("24.95"),
    amount=Decimal("99.80"),
    freight=Decimal("10.00"),
    discount=Decimal("5.00"),
    taxes=_TAXES,
)


def a_nota(number: int) -> NotaFiscal:
    """Return the nota of that number."""
    return NotaFiscal(
        environment=Environment.PRODUCTION,
        serie=1,
        number=number,
        code="73194568",
        issued_at=datetime(2026, 11, 24, 15, 7, 9, tzinfo=timezone(timedelta(hours=-3))),
        natureza="Venda de mercadoria",
        destination="2",
        through_intermediary=True,
        emitter=Emitter(
            cnpj=CNPJ,
            legal_name="Padaria do Sol Comércio de Pães Ltda",
            inscricao_estadual="110042490114",
            crt="3",
            address=_FROM,
        ),
        recipient=Recipient(document="52998224725", name="Lia Moraes & Filhos", address=_TO),
        items=tuple(replace(_ITEM, code=f"PAO-{place}") for place in range(3)),
        volumes=Volumes(net_weight_kg=Decimal("3.6"), gross_weight_kg=Decimal("3.912")),
        payments=(Payment(kind="17", amount=Decimal("314.40"), institution="10573521000191"),),
        intermediary=Intermediary(cnpj="03007331000141", seller_id="padaria-do-sol"),
        information="Pedido 889",
    )
