"""Devolução: an entry nota of our own for goods that a buyer sent back, whole or in part; stock is back once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from ahead.accounts.models import Company
from ahead.catalog.models import Product
from ahead.fiscal import rules
from ahead.fiscal.addresses import delivery_place
from ahead.fiscal.building import (
    Draft,
    Numbered,
    buyer_of,
    contingency_of,
    emitter,
    item_of,
    recipient_of,
    technician_of,
)
from ahead.fiscal.journal import note, note_asked
from ahead.fiscal.models import Environment, Nota, NotaEvent
from ahead.fiscal.numbering import keep_number, take_number
from ahead.fiscal.preparing import Workshop, emission_of, fill, make_due, sign_checked, store_xml, with_details
from ahead.fiscal.refusing import CannotBuild
from ahead.fiscal.sharing import Share, shares_of
from ahead.lib.errors import Refused
from ahead.lib.money import to_cents
from ahead.nfe import values as nfe
from ahead.nfe.chave import draw_code
from ahead.orders.invoicing import lock_order
from ahead.orders.models import Order

_LIVE = [Nota.State.SIGNED, Nota.State.SENDING, Nota.State.UNKNOWN, Nota.State.AUTHORISED]
_NO_PAYMENT = "90"


class CannotReturn(Refused):
    """The goods may not come back so; the message says why."""


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """A line of a sale: how many units were sold, and how many came back or are about to."""

    place: int
    product: Product
    sold: int
    returned: int

    @property
    def left(self) -> int:
        """How many may still come back."""
        return self.sold - self.returned


def returnable(company: Company, sale: Nota) -> Sequence[ReturnableLine]:
    """Return the lines of a sale with what may still come back of each."""
    order = with_details(Order.objects.of(company)).get(pk=sale.order_id)
    back = _returned(sale)
    return [
        ReturnableLine(place, share.line.product, share.line.quantity, back[str(place)])
        for place, share in enumerate(shares_of(order), start=1)
    ]


def _returned(sale: Nota) -> Counter[str]:
    rows = Nota.objects.of(sale.company_id).filter(references=sale, kind=Nota.Kind.RETURN, state__in=_LIVE)
    back: Counter[str] = Counter()
    for units in rows.values_list("returned", flat=True):
        back.update(units)
    return back


@transaction.atomic
def prepare_return(workshop: Workshop, nota_id: int, units: Mapping[int, int], *, by: str, now: datetime) -> Nota:
    """
    Make the devolução of a sale ready to be sent: `units` of each line, by its place.

    The goods are back once it is authorised. One that was rejected is made anew under its own number, unless it was
    given up.

    :raises CannotReturn: if the nota is no authorised sale or its cancelamento is under way, or more would come back
        than was sold.
    :raises Refused: if the nota cannot be built (`CannotBuild`, those of `taxes.rules`); no number is taken.
    :raises Nota.DoesNotExist: if it is not the company's.
    """
    company, issuer = workshop.company, workshop.issuer
    order_id = Nota.objects.of(company).values_list("order_id", flat=True).get(pk=nota_id)
    lock_order(company.pk, order_id)
    sale = Nota.objects.of(company).select_for_update(of=("self",)).get(pk=nota_id)
    wanted = {place: count for place, count in units.items() if count}
    _check(company, sale, wanted)
    order = with_details(Order.objects.of(company)).get(pk=order_id)
    nota = _rejected(sale) or _new(workshop, sale, order, by=by, now=now)
    numbered = Numbered(
        serie=nota.serie,
        number=keep_number(company.pk, nota.number, environment=nota.environment, serie=nota.serie),
        code=nota.code,
        issued_at=rules.local_time(now, issuer.uf),
        emission=emission_of(issuer),
    )
    document = _build(workshop.draft, order, sale, wanted, numbered)
    signed = sign_checked(document, workshop.certificate, what=f"devolução da nota {sale}")
    nota.returned = {str(place): count for place, count in wanted.items()}
    fill(nota, document, order)
    make_due(nota, now=now)
    nota.save()
    store_xml(nota, signed, now=now)
    note(nota, f"Devolução {nota} da nota {sale} assinada.", by=by, now=now)
    note_asked(sale, "return", f"Devolução pedida: nota de entrada {nota}.", by=by, now=now)
    return nota


def _new(workshop: Workshop, sale: Nota, order: Order, *, by: str, now: datetime) -> Nota:
    serie = workshop.issuer.serie
    number = take_number(sale.company_id, environment=sale.environment, serie=serie)
    return Nota(
        company_id=sale.company_id,
        kind=Nota.Kind.RETURN,
        environment=sale.environment,
        serie=serie,
        number=number,
        code=draw_code(number),
        order=order,
        store_id=order.store_id,
        references=sale,
        created_at=now,
        created_by=by,
        version=0,
    )


def _rejected(sale: Nota) -> Nota | None:
    rows = Nota.objects.of(sale.company_id).select_for_update(of=("self",))
    return rows.filter(references=sale, kind=Nota.Kind.RETURN, state=Nota.State.REJECTED, given_up_at=None).first()


def _check(company: Company, sale: Nota, wanted: Mapping[int, int]) -> None:
    if sale.kind != Nota.Kind.SALE or sale.state != Nota.State.AUTHORISED:
        raise CannotReturn("Só de uma nota de venda autorizada se faz devolução.")
    if sale.environment != Environment.PRODUCTION:
        raise CannotReturn("A nota é de homologação: não há mercadoria a devolver.")
    if _waits_for_cancellation(sale):
        raise CannotReturn(
            "O cancelamento desta nota está com a SEFAZ. Espere a resposta: cancelada a nota, a mercadoria já volta."
        )
    if not wanted:
        raise CannotReturn("Informe a quantidade devolvida de ao menos um item.")
    lines = {line.place: line for line in returnable(company, sale)}
    for place, count in wanted.items():
        line = lines.get(place)
        if line is None or not 0 < count <= line.left:
            name = line.product.name if line else f"item {place}"
            left = line.left if line else 0
            raise CannotReturn(f"De «{name}» podem voltar até {left}, e não {count}.")


def _waits_for_cancellation(sale: Nota) -> bool:
    """Whether SEFAZ may cancel a sale, or have cancelled it: its goods would be back twice."""
    asked = NotaEvent.objects.of(sale.company_id).filter(nota=sale, kind=NotaEvent.Kind.CANCELLATION)
    return asked.filter(state__in=[NotaEvent.State.SIGNED, NotaEvent.State.UNKNOWN]).exists()


def goods_back(order: Order, nota: Nota) -> dict[int, int]:
    """Return the units of each product that come back with a devolução."""
    back: Counter[int] = Counter()
    for place, share in enumerate(shares_of(order), start=1):
        back[share.line.product.pk] += nota.returned.get(str(place), 0)
    return {product: units for product, units in back.items() if units}


def _build(draft: Draft, order: Order, sale: Nota, wanted: Mapping[int, int], numbered: Numbered) -> nfe.NotaFiscal:
    natureza_id = draft.issuer.return_natureza_id
    if natureza_id is None:
        raise CannotBuild(
            "A natureza de operação das devoluções não foi escolhida.",
            remedy="Escolha-a em Fiscal, Configuração fiscal.",
        )
    recipient = recipient_of(order)
    elsewhere = delivery_place(order)
    uf = elsewhere.address.uf if elsewhere else recipient.address.uf
    back = _returned(sale)
    buyer = buyer_of(recipient, uf)
    by_line = numbered.issued_at.date() >= rules.ITEM_REFERENCES_FROM
    items = []
    for place, share in enumerate(shares_of(order), start=1):
        if place in wanted:
            portion = _portion(share, back[str(place)], wanted[place])
            item, _ = item_of(draft, order, place, portion, buyer, natureza_id=natureza_id)
            if by_line:
                item = replace(item, reference=sale.chave_de_acesso, reference_item=place)
            items.append(item)
    return nfe.NotaFiscal(
        environment=nfe.Environment(sale.environment),
        serie=numbered.serie,
        number=numbered.number,
        code=numbered.code,
        issued_at=numbered.issued_at,
        emission=numbered.emission,
        contingency=contingency_of(draft.issuer, numbered.emission),
        purpose=nfe.Purpose.RETURN,
        is_entry=True,
        natureza=draft.taxes.naturezas[natureza_id],
        destination="1" if uf == draft.issuer.uf else "2",
        presence="0",
        is_final_consumer=recipient.indicador_ie != "1",
        references=() if by_line else (sale.chave_de_acesso,),
        emitter=emitter(draft),
        recipient=recipient,
        items=tuple(items),
        freight_mode="9",
        payments=(nfe.Payment(kind=_NO_PAYMENT, amount=Decimal(0)),),
        information=f"Devolução de mercadoria da nota {sale.number}, série {sale.serie}, pedido {order.number}",
        technician=technician_of(draft.issuer),
    )


def _portion(share: Share, before: int, units: int) -> Share:
    """Return the part of a line that comes back after `before` units: parts of several returns add up to the cent."""
    sold = share.line.quantity

    def part(amount: Decimal) -> Decimal:
        upto = [to_cents(amount * count / sold) for count in (before, before + units)]
        return upto[1] - upto[0]

    line = replace(share.line, quantity=units, amount=part(share.line.amount))
    return Share(line, part(share.freight), part(share.discount), part(share.other))
