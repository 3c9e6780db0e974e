"""From an order to the nota it has: every cent accounted for, or a refusal that says where to mend what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ahead.catalog.models import Product
from ahead.fiscal.eventing import request_cancellation
from ahead.fiscal.models import Nota, NotaEvent, NotaXml, NumberSeries
from ahead.fiscal.preparing import Workshop, open_workshop, prepare_sale
from ahead.fiscal.refusing import CannotBuild
from ahead.fiscal.returning import CannotReturn, prepare_return
from ahead.fiscal.set_up import IssuerFields, save_issuer, set_next_number
from ahead.nfe.reading import read_nota
from ahead.nfe.signing import verify
from ahead.orders.invoicing import CannotInvoice
from ahead.orders.models import Order
from ahead.stores.models import Store
from fiscal_making import authorise, make_buyer, make_sale, set_up_issuer, trust

BY = "oto@padaria.example"
MakeProduct = Callable[..., Product]


def test_a_nota_takes_the_next_number_and_keeps_the_bytes_it_signed(
    workshop: Workshop, loja: Store, bread: Product, now: datetime
) -> None:
    order = make_sale(loja, now, [(bread, 2, "52.40")], shipping=Decimal("9.90"), discount=Decimal("4.80"))

    nota = prepare_sale(workshop, order.pk, by=BY, now=now)

    xml = NotaXml.objects.of(loja.company).get(nota=nota)
    verify(bytes(xml.signed))
    said = read_nota(bytes(xml.signed))
    assert (said.number, said.serie, said.chave) == (100, 1, nota.chave_de_acesso)
    assert (said.total, nota.total, order.total) == (Decimal("109.90"),) * 3
    assert said.recipient_uf == "BA"
    assert said.items[0].cfop == "6108"
    order.refresh_from_db()
    assert order.state == Order.State.INVOICING
    assert NumberSeries.objects.of(loja.company).get(environment="1").next_number == 101


def test_what_cannot_be_built_takes_no_number_and_leaves_the_order_open(
    workshop: Workshop, loja: Store, make_product: MakeProduct, now: datetime
) -> None:
    nameless = make_product(loja.company, name="Sem NCM", on_hand=5)
    order = make_sale(loja, now, [(nameless, 1, "10.00")])

    with pytest.raises(Exception, match="NCM"):
        prepare_sale(workshop, order.pk, by=BY, now=now)

    order.refresh_from_db()
    assert order.state == Order.State.OPEN
    assert not Nota.objects.of(loja.company).exists()
    assert NumberSeries.objects.of(loja.company).get(environment="1").next_number == 100


def test_an_order_has_one_nota_however_often_it_is_asked_for(
    workshop: Workshop, loja: Store, bread: Product, now: datetime
) -> None:
    order = make_sale(loja, now, [(bread, 1, "10.00")])
    prepare_sale(workshop, order.pk, by=BY, now=now)

    with pytest.raises(CannotInvoice, match="já está na SEFAZ"):
        prepare_sale(workshop, order.pk, by=BY, now=now)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"city": "Salvadorr"}, "não conhece o município «Salvadorr»"),
        ({"district": ""}, "bairro"),
        ({"document": ""}, "CPF/CNPJ"),
    ],
)
def test_a_buyer_who_lacks_something_is_named_with_the_remedy(
    workshop: Workshop, loja: Store, bread: Product, now: datetime, wrong: dict[str, str], said: str
) -> None:
    buyer = make_buyer(loja.company, now, **wrong)
    order = make_sale(loja, now, [(bread, 1, "10.00")], customer=buyer)

    with pytest.raises(CannotBuild, match=said) as caught:
        prepare_sale(workshop, order.pk, by=BY, now=now)

    assert caught.value.remedy


def test_a_marketplace_is_named_as_intermediary_with_who_processed_the_payment(
    workshop: Workshop, loja: Store, bread: Product, now: datetime
) -> None:
    order = make_sale(loja, now, [(bread, 1, "10.00")], marketplace=True)

    nota = prepare_sale(workshop, order.pk, by=BY, now=now)

    xml = bytes(NotaXml.objects.of(loja.company).get(nota=nota).signed).decode()
    assert "<indIntermed>1</indIntermed>" in xml
    assert "<infIntermed><CNPJ>03007331000141</CNPJ><idCadIntTran>LOJADOSOL</idCadIntTran></infIntermed>" in xml
    assert "<CNPJ>10573521000191</CNPJ>" in xml
    assert "<tPag>17</tPag>" in xml


def test_goods_that_go_elsewhere_are_taxed_where_they_arrive(
    workshop: Workshop, loja: Store, bread: Product, now: datetime
) -> None:
    order = make_sale(
        loja,
        now,
        [(bread, 1, "100.00")],
        street="Av. Paulista",
        street_number="1000",
        district="Bela Vista",
        city="São Paulo",
        uf="SP",
        postal_code="01310100",
    )

    nota = prepare_sale(workshop, order.pk, by=BY, now=now)

    said = read_nota(bytes(NotaXml.objects.of(loja.company).get(nota=nota).signed))
    assert said.items[0].cfop == "5102"


@pytest.mark.parametrize(("day", "by_line"), [(13, False), (14, True)])
def test_a_devolucao_names_its_sale_by_line_from_the_day_the_note_says(
    loja: Store, make_product: MakeProduct, now: datetime, settings: Any, day: int, *, by_line: bool
) -> None:
    trust(settings)
    set_up_issuer(loja.company, now)
    bread = make_product(loja.company, ncm="19059090", on_hand=9)
    sale = authorise(loja.company, make_sale(loja, now, [(bread, 2, "10.00")]), now)
    later = datetime(2026, 12, day, 15, tzinfo=UTC)

    back = prepare_return(open_workshop(loja.company, now=later), sale.pk, {1: 1}, by="oto", now=later)

    signed = bytes(back.xmls.get().signed).decode()
    named = f"<DFeReferenciado><chaveAcesso>{sale.chave_de_acesso}</chaveAcesso><nItem>1</nItem></DFeReferenciado>"
    assert (named in signed, "<NFref>" in signed) == (by_line, not by_line)


def test_an_address_that_is_too_long_for_the_nota_is_left_out_whole(
    workshop: Workshop, loja: Store, bread: Product, now: datetime
) -> None:
    buyer = make_buyer(loja.company, now, email="a" * 45 + "@comprador.exemplo.com.br")
    order = make_sale(loja, now, [(bread, 1, "100.00")], customer=buyer)

    nota = prepare_sale(workshop, order.pk, by=BY, now=now)

    recipient = bytes(NotaXml.objects.of(loja.company).get(nota=nota).signed).split(b"<dest>")[1].split(b"</dest>")[0]
    assert b"<email>" not in recipient


def test_an_order_is_rehearsed_in_homologacao_as_often_as_one_likes_and_then_issued(
    loja: Store, bread: Product, now: datetime, settings: Any
) -> None:
    trust(settings)
    set_up_issuer(loja.company, now, environment="2")
    order = make_sale(loja, now, [(bread, 1, "10.00")])

    rehearsed = [authorise(loja.company, order, now) for _ in range(2)]

    order.refresh_from_db()
    assert ([nota.number for nota in rehearsed], order.state) == ([100, 101], Order.State.OPEN)
    save_issuer(loja.company, IssuerFields(environment="1"), by=BY, now=now)
    set_next_number(loja.company, environment="1", serie=1, next_number=7, by=BY, now=now)
    assert authorise(loja.company, order, now).number == 7
    order.refresh_from_db()
    assert order.state == Order.State.INVOICED


def test_nothing_comes_back_while_the_cancelamento_of_the_sale_is_under_way(
    workshop: Workshop, loja: Store, bread: Product, now: datetime
) -> None:
    sale = authorise(loja.company, make_sale(loja, now, [(bread, 2, "10.00")]), now)
    asked = request_cancellation(loja.company, sale.pk, reason="Cliente desistiu da compra", by=BY, now=now)

    with pytest.raises(CannotReturn, match="cancelamento"):
        prepare_return(workshop, sale.pk, {1: 1}, by=BY, now=now)

    asked.state = NotaEvent.State.REJECTED
    asked.save()
    assert prepare_return(workshop, sale.pk, {1: 1}, by=BY, now=now).references == sale
