"""What the nota of an order says: lines, amounts to the cent, buyer, payment and marketplace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ahead.accounts.models import Company
from ahead.fiscal import rules
from ahead.fiscal.addresses import buyer_address, delivery_place, emitter_address
from ahead.fiscal.channels import row_for
from ahead.fiscal.models import Intermediary, Issuer
from ahead.fiscal.refusing import CannotBuild
from ahead.fiscal.sharing import Share, lines_of, shares_of, without
from ahead.nfe import values as nfe
from ahead.orders.models import Order, OrderMarketplace
from ahead.taxes.rules import Untaxable
from ahead.taxes.table import TaxTable
from ahead.taxes.values import Buyer, LineTax, TaxLine

ZERO = Decimal(0)
_WEIGHED_IN_GRAMS = Decimal(1000)
_LONGEST_EMAIL = 60


@dataclass(frozen=True, slots=True)
class Draft:
    """A nota before it has its number: who issues, and what was looked up once for many."""

    company: Company
    issuer: Issuer
    taxes: TaxTable
    intermediaries: Sequence[Intermediary]


@dataclass(frozen=True, slots=True)
class Numbered:
    """What makes a nota this one and no other."""

    serie: int
    number: int
    code: str
    issued_at: datetime
    emission: nfe.Emission = nfe.Emission.NORMAL


def build_sale(draft: Draft, order: Order, numbered: Numbered) -> nfe.NotaFiscal:
    """
    Return the nota of a sale. The order comes with its customer, items, components, payments and marketplace.

    :raises CannotBuild: if the order lacks what the nota must say.
    :raises taxes.rules.NoRule, NoRate, LacksFact: if the taxes of a line cannot be told.
    """
    recipient = recipient_of(order)
    delivery = delivery_place(order)
    destination_uf = delivery.address.uf if delivery else recipient.address.uf
    through = _marketplace(order)
    natureza_id = _natureza(draft.issuer)
    buyer = buyer_of(recipient, destination_uf)
    items = [
        item_of(draft, order, place, share, buyer, natureza_id=natureza_id)
        for place, share in enumerate(shares_of(order), start=1)
    ]
    return nfe.NotaFiscal(
        environment=nfe.Environment(draft.issuer.environment),
        serie=numbered.serie,
        number=numbered.number,
        code=numbered.code,
        issued_at=numbered.issued_at,
        emission=numbered.emission,
        contingency=contingency_of(draft.issuer, numbered.emission),
        natureza=draft.taxes.naturezas[natureza_id],
        destination="1" if destination_uf == draft.issuer.uf else "2",
        presence="2" if order.kind == Order.Kind.PEW else "9",
        through_intermediary=through is not None,
        is_final_consumer=recipient.indicador_ie != "1",
        emitter=emitter(draft),
        recipient=recipient,
        delivery=delivery,
        items=tuple(item for item, _ in items),
        volumes=_volumes(order),
        payments=_payments(draft, order, through),
        intermediary=_intermediary(draft, order, through) if through is not None else None,
        information=_information(draft.issuer, order, [tax for _, tax in items]),
        order_number=str(order.marketplace_number or order.number)[:60],
        technician=technician_of(draft.issuer),
    )


def emitter(draft: Draft) -> nfe.Emitter:
    """
    Return who issues.

    :raises CannotBuild: if the fiscal set-up lacks something.
    """
    issuer, company = draft.issuer, draft.company
    if not company.legal_name or not issuer.uf or not issuer.municipality_code:
        raise CannotBuild(
            "A configuração fiscal da empresa está incompleta.",
            remedy="Complete razão social e endereço em Fiscal, Configuração fiscal.",
        )
    return nfe.Emitter(
        cnpj=company.cnpj,
        legal_name=company.legal_name[:60],
        trade_name=company.name[:60],
        inscricao_estadual=issuer.inscricao_estadual,
        inscricao_municipal=issuer.inscricao_municipal,
        cnae=issuer.cnae if issuer.inscricao_municipal else "",
        crt=issuer.crt,
        address=emitter_address(issuer),
    )


def buyer_of(recipient: nfe.Recipient, uf: str) -> Buyer:
    """Return the buyer as tax rules see one; `uf` is where the goods are."""
    return Buyer(
        uf=uf,
        is_contributor=recipient.indicador_ie in {"1", "2"},  # no DIFAL for one whom the UF spares an IE (cStat 695)
        is_consumer=recipient.indicador_ie != "1",
        name=recipient.name,
    )


def item_of(
    draft: Draft, order: Order, place: int, share: Share, buyer: Buyer, *, natureza_id: int
) -> tuple[nfe.Item, LineTax]:
    """
    Return a line as the nota writes it, and how its taxes came to be.

    :raises taxes.rules.NoRule, NoRate, LacksFact: if its taxes cannot be told.
    """
    line, product = share.line, share.line.product
    asked = TaxLine(
        product_id=product.pk,
        label=product.name,
        ncm=product.ncm,
        origem=product.origem,
        cest=product.cest,
        amount=line.amount,
        freight=share.freight,
        discount=share.discount,
        other=share.other,
        holds_ipi=True,
    )
    try:
        tax = draft.taxes.tax(asked, buyer, natureza_id=natureza_id)
    except Untaxable as refusal:
        refusal.product_id = product.pk
        raise
    share = without(share, tax.taxes.ipi.valor if tax.taxes.ipi else ZERO)
    line = share.line
    item = nfe.Item(
        code=product.code,
        gtin=product.gtin,
        description=product.name[:120],
        ncm=product.ncm,
        cest=tax.cest,
        beneficio=tax.beneficio,
        cfop=tax.cfop,
        unit=product.unit,
        quantity=Decimal(line.quantity),
        unit_price=(line.amount / line.quantity).quantize(Decimal("1e-10")).normalize(),
        amount=line.amount,
        freight=share.freight,
        discount=share.discount,
        other=share.other,
        order_number=str(order.number)[:15],
        order_item=place,
        note=f"Kit {line.kit.code}"[:500] if line.kit and line.kit != product else "",
        taxes=tax.taxes,
    )
    return item, tax


def _natureza(issuer: Issuer) -> int:
    if issuer.natureza_id is None:
        raise CannotBuild(
            "A natureza de operação das vendas não foi escolhida.",
            remedy="Escolha-a em Fiscal, Configuração fiscal.",
        )
    return issuer.natureza_id


def recipient_of(order: Order) -> nfe.Recipient:
    """
    Return who buys.

    :raises CannotBuild: if the order has no buyer with a valid document, or no usable address.
    """
    customer = order.customer
    if customer is None or not customer.document:
        raise CannotBuild(
            f"O cliente do pedido {order.number} não tem CPF/CNPJ válido.",
            remedy="Complete o documento no cadastro do cliente (Editar), ou no Tray, e gere a nota de novo.",
        )
    is_company = len(customer.document) == 14
    indicador, inscricao = rules.indicador_ie(
        is_company=is_company, inscricao_estadual=customer.inscricao_estadual, chosen=customer.indicador_ie
    )
    return nfe.Recipient(
        document=customer.document,
        name=((customer.legal_name if is_company else "") or customer.name)[:60],
        indicador_ie=indicador,
        inscricao_estadual=inscricao,
        email=customer.email if len(customer.email) <= _LONGEST_EMAIL else "",  # half an address is none
        address=buyer_address(order),
    )


def _volumes(order: Order) -> nfe.Volumes:
    grams = sum(line.product.weight_g * line.quantity for line in lines_of(order))
    weight = (Decimal(grams) / _WEIGHED_IN_GRAMS).quantize(Decimal("0.001"))
    return nfe.Volumes(net_weight_kg=weight, gross_weight_kg=weight)


# ── payment and marketplace ────────────────────────────────────────────────────────────────────────────────


def _marketplace(order: Order) -> OrderMarketplace | None:
    return getattr(order, "marketplace", None)


def _row_of(draft: Draft, order: Order, through: OrderMarketplace) -> Intermediary | None:
    return row_for(draft.intermediaries, through.name, order.store_id)


def _intermediary(draft: Draft, order: Order, through: OrderMarketplace) -> nfe.Intermediary:
    row = _row_of(draft, order, through)
    cnpj = (row.cnpj if row else "") or through.document
    seller_id = (row.seller_id if row else "") or through.seller_id or through.seller_name
    if not cnpj or not seller_id:
        missing = "o CNPJ" if not cnpj else "a identificação do vendedor"
        raise CannotBuild(
            f"Falta {missing} do marketplace «{through.name}» para a nota do pedido {order.number}.",
            remedy="Complete em Fiscal, Intermediadores. Vale para todos os pedidos deste canal.",
        )
    return nfe.Intermediary(cnpj=cnpj, seller_id=seller_id[:60])


def _payments(draft: Draft, order: Order, through: OrderMarketplace | None) -> tuple[nfe.Payment, ...]:
    row = _row_of(draft, order, through) if through else None
    institution = ((row.payment_cnpj if row else "") or through.payment_document) if through else ""
    rows = [(rules.payment_kind("", one.method), one.method, one.amount) for one in order.payments.all()]
    if len(rows) < 2 or sum((amount for _, _, amount in rows), ZERO) != order.total:
        kind = rules.payment_kind(order.payment_kind, order.payment_method)
        rows = [(kind, order.payment_method, order.total)]
    return tuple(
        nfe.Payment(
            kind=kind,
            amount=amount,
            description=(method or "Outro meio")[:60] if kind == rules.OTHER_PAYMENT else "",
            institution=institution,
        )
        for kind, method, amount in rows
    )


# ── words ──────────────────────────────────────────────────────────────────────────────────────────────────


def _information(issuer: Issuer, order: Order, taxes: Sequence[LineTax]) -> str:
    """Return infCpl: the template of the set-up, and what the tax rules ask to say. No line breaks (cStat 297)."""
    through = _marketplace(order)
    facts = {
        "pedido": str(order.number),
        "pedido_tray": str(order.tray_id or ""),
        "marketplace": through.name if through else "",
        "numero_marketplace": order.marketplace_number,
        "canal": order.point_sale,
    }
    said = [rules.fill_template(issuer.information, facts)]
    if through and "{marketplace}" not in issuer.information:
        said.append(f"Venda por {through.name}, pedido {order.marketplace_number or through.order_number}")
    said.extend(dict.fromkeys(tax.information for tax in taxes))
    return rules.one_line("; ".join(one for one in said if one))[:5000]


def contingency_of(issuer: Issuer, emission: nfe.Emission) -> nfe.Contingency | None:
    """Return since when, and why, SEFAZ is reached another way; None where it is not."""
    if emission == nfe.Emission.NORMAL or issuer.contingency_since is None:
        return None
    since = rules.local_time(issuer.contingency_since, issuer.uf)
    return nfe.Contingency(since=since, reason=issuer.contingency_reason)


def technician_of(issuer: Issuer) -> nfe.ResponsibleTechnician | None:
    """Return the software house of a set-up, where it is told."""
    if not issuer.technician_cnpj:
        return None
    return nfe.ResponsibleTechnician(
        cnpj=issuer.technician_cnpj,
        contact=issuer.technician_contact,
        email=issuer.technician_email,
        phone=issuer.technician_phone,
        csrt_id=issuer.csrt_id,
        csrt=issuer.csrt,
    )
