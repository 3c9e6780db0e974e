"""Editar a customer and a delivery, through the screens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from ahead.accounts.models import User
from ahead.catalog.models import Product
from ahead.customers.models import Customer
from ahead.fiscal.models import Nota
from ahead.fiscal.preparing import open_workshop, prepare_sale
from ahead.fiscal.sending import Reply, claim
from ahead.fiscal.taking_in import take_in
from ahead.nfe.answers import Answer
from ahead.orders.correcting import correct_buyer, correct_delivery
from ahead.orders.models import Order
from ahead.stores.models import Store
from fiscal_making import make_sale, set_up_issuer, trust
from order_making import make_customer

FIELDS = (
    "document", "name", "legal_name", "indicador_ie", "inscricao_estadual", "email", "phone", "mobile", "street",
    "number", "complement", "district", "city", "uf", "postal_code",
)  # fmt: skip


@pytest.fixture
def sold(loja: Store, make_product: Callable[..., Product], now: datetime, settings: Any) -> Order:
    trust(settings)
    set_up_issuer(loja.company, now)
    return make_sale(loja, now, [(make_product(loja.company, ncm="19059090", on_hand=50), 1, "10.00")])


@pytest.fixture
def buyer(sold: Order) -> Customer:
    assert sold.customer is not None
    return sold.customer


@pytest.fixture
def oto_at(client: Client, oto: User) -> Client:
    client.force_login(oto)
    return client


def _form(customer: Customer, **changes: str) -> dict[str, str]:
    return {name: getattr(customer, name) for name in FIELDS} | changes


def _reject(order: Order, cstat: str, now: datetime) -> Nota:
    nota = prepare_sale(open_workshop(order.company, now=now), order.pk, by="oto", now=now)
    errand = claim(nota.company_id, nota.pk, holder="teste", now=now)
    assert errand is not None
    return take_in(nota.company_id, Reply(errand, answer=Answer(cstat=cstat, reason="Rejeicao")), now=now)


def test_a_customer_is_corrected_and_who_did_it_is_told(oto_at: Client, buyer: Customer) -> None:
    address = f"/padaria-sol/clientes/{buyer.pk}/edicao/"
    assert "Mariana Siqueira" in oto_at.get(address).content.decode()

    answer = oto_at.post(address, _form(buyer, district="Pelourinho"))

    assert answer.status_code == 302
    buyer.refresh_from_db()
    assert buyer.district == "Pelourinho"
    shown = oto_at.get(f"/padaria-sol/clientes/{buyer.pk}/").content.decode()
    assert "Corrigido: Bairro." in shown
    beside = oto_at.get(address).content.decode()
    assert "No Tray:" in beside
    assert "Centro" in beside

    oto_at.post(f"/padaria-sol/clientes/{buyer.pk}/do-tray/", {"campo": "district"})
    buyer.refresh_from_db()
    assert (buyer.district, buyer.corrections) == ("Centro", {})


def test_what_is_wrong_is_said_by_its_field_and_what_was_typed_stays(oto_at: Client, buyer: Customer) -> None:
    typed = _form(buyer, city="Salvadorr", postal_code="40020-000")
    answer = oto_at.post(f"/padaria-sol/clientes/{buyer.pk}/edicao/", typed)

    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "O IBGE não conhece «Salvadorr» em BA" in shown
    assert 'value="Salvadorr"' in shown


def test_a_document_of_another_customer_is_a_question_with_both_named(
    oto_at: Client, buyer: Customer, sold: Order, now: datetime
) -> None:
    other = make_customer(sold.company, now, name="Mariana S.", document="52998224725")
    answer = oto_at.post(f"/padaria-sol/clientes/{buyer.pk}/edicao/", _form(buyer, document="529.982.247-25"))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert f"/padaria-sol/clientes/{other.pk}/" in shown
    merging = f"/padaria-sol/clientes/{buyer.pk}/juntar/{other.pk}/"
    assert merging in shown
    asked = oto_at.get(merging).content.decode()
    assert "1 pedido passa" in asked
    assert "Os nomes não têm nada em comum" not in asked
    stranger = make_customer(sold.company, now, name="Otto Braga", document="")
    asked = oto_at.get(f"/padaria-sol/clientes/{buyer.pk}/juntar/{stranger.pk}/").content.decode()
    assert "Os nomes não têm nada em comum" in asked
    stranger.delete()
    assert Customer.objects.of(sold.company).count() == 2, "nothing is merged by looking"

    oto_at.post(merging)

    sold.refresh_from_db()
    assert (sold.customer_id, Customer.objects.of(sold.company).count()) == (other.pk, 1)


@pytest.mark.parametrize(
    ("cstat", "leads_to", "field"),
    [
        ("233", "clientes/{customer}/edicao/", "inscricao_estadual"),
        ("208", "clientes/{customer}/edicao/", "document"),
        ("275", "clientes/{customer}/edicao/", "city"),
        ("278", "pedidos/{order}/entrega/", "city"),
    ],
)
def test_editar_e_reenviar_leads_to_the_field_that_was_rejected_and_back_to_gerar_notas(
    oto_at: Client, sold: Order, now: datetime, cstat: str, leads_to: str, field: str
) -> None:
    nota = _reject(sold, cstat, now)
    where = "/padaria-sol/" + leads_to.format(customer=sold.customer_id, order=sold.pk)

    shown = oto_at.get(f"/padaria-sol/notas/{nota.pk}/").content.decode()

    address = f"{where}?campo={field}&amp;nota={nota.pk}"
    assert address in shown
    form = oto_at.get(address.replace("&amp;", "&")).content.decode()
    assert "autofocus" in form[form.index(f'name="{field}"') :].split(">")[0]
    row = sold if "entrega" in where else sold.customer
    typed = {name: getattr(row, name, "") for name in (*FIELDS, "recipient", "street_number")}
    answer = oto_at.post(address.replace("&amp;", "&"), typed)
    assert (answer.status_code, answer["Location"]) == (302, f"/padaria-sol/pedidos/notas/?pedido={sold.pk}")


def test_a_rejected_product_leads_to_the_product(oto_at: Client, sold: Order, now: datetime) -> None:
    nota = _reject(sold, "778", now)
    item = sold.items.get()

    shown = oto_at.get(f"/padaria-sol/notas/{nota.pk}/").content.decode()

    assert f"/padaria-sol/produtos/{item.product_id}/edicao/#id_ncm" in shown


def test_the_next_nota_says_what_was_corrected(sold: Order, now: datetime) -> None:
    company, customer_id = sold.company, sold.customer_id or 0
    first = _reject(sold, "233", now)
    correct_buyer(company, customer_id, {"name": "Mariana Corrigida", "city": "Feira de Santana"}, by="oto", now=now)
    correct_delivery(company, sold.pk, {"street": "Rua do Porto", "street_number": "9"}, by="oto", now=now)

    again = prepare_sale(open_workshop(company, now=now), sold.pk, by="oto", now=now)

    signed = bytes(again.xmls.get(version=2).signed).decode()
    assert (again.pk, again.recipient) == (first.pk, "Mariana Corrigida")
    assert "<cMun>2910800</cMun>" in signed
    assert "<xLgr>Rua do Porto</xLgr>" in signed


def test_a_contributor_is_written_as_one_and_one_who_is_not_is_not(sold: Order, now: datetime) -> None:
    company, customer_id = sold.company, sold.customer_id or 0
    given = {"document": "11222333000181", "inscricao_estadual": "110.042.490.114"}
    correct_buyer(company, customer_id, given, by="oto", now=now)
    correct_buyer(company, customer_id, {"indicador_ie": "9"}, by="oto", now=now)

    nota = prepare_sale(open_workshop(company, now=now), sold.pk, by="oto", now=now)

    signed = bytes(nota.xmls.get().signed).decode()
    assert "<indIEDest>9</indIEDest>" in signed
    assert "<IE>110042490114</IE></dest>" not in signed


def test_the_delivery_page_says_why_it_may_not_be_changed(oto_at: Client, sold: Order) -> None:
    Order.objects.of(sold.company).filter(pk=sold.pk).update(state="invoiced")

    assert "já tem nota" in oto_at.get(f"/padaria-sol/pedidos/{sold.pk}/entrega/").content.decode()


def test_a_reader_corrects_nothing(client: Client, bia: User, buyer: Customer) -> None:
    client.force_login(bia)

    assert client.get(f"/padaria-sol/clientes/{buyer.pk}/").status_code == 200
    assert client.get(f"/padaria-sol/clientes/{buyer.pk}/edicao/").status_code == 403
    assert client.post(f"/padaria-sol/clientes/{buyer.pk}/do-tray/", {"campo": "name"}).status_code == 403
