"""What a person corrected of a buyer or a delivery stays, whatever the store goes on saying."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.customers.correcting import CannotCorrect, DocumentTaken
from ahead.customers.models import Customer
from ahead.customers.names import ids_named
from ahead.lib.corrected import corrections
from ahead.orders.correcting import (
    CannotCorrectDelivery,
    correct_buyer,
    correct_delivery,
    merge_buyers,
    take_buyer_of_tray,
    take_delivery_of_tray,
)
from ahead.orders.models import Order
from ahead.pending.models import Kind
from sync_stage import BY, Stage

WRONG, RIGHT, OTHER = "52998224725", "39053344705", "11144477735"


def test_what_was_corrected_stays_and_what_tray_says_is_kept_beside_it(stage: Stage) -> None:
    placed = _sell(stage, name="Maria Exemplo", neighborhood="Centro")
    buyer = _buyer(stage, placed)
    correct_buyer(stage.company, buyer.pk, {"name": "Maria da Silva", "district": "Vila Nova"}, by=BY, now=_now())

    _say(stage, placed, name="Maria E.", neighborhood="Centro", email="nova@exemplo.test")

    buyer.refresh_from_db()
    assert (buyer.name, buyer.district, buyer.email) == ("Maria da Silva", "Vila Nova", "nova@exemplo.test")
    kept = corrections(buyer.corrections)
    assert {name: one.said for name, one in kept.items()} == {"name": "Maria E.", "district": "Centro"}
    assert {one.by for one in kept.values()} == {BY}


def test_a_correction_is_none_any_more_once_tray_says_the_same(stage: Stage) -> None:
    placed = _sell(stage, name="Maria Exemplo")
    buyer = _buyer(stage, placed)
    correct_buyer(stage.company, buyer.pk, {"name": "Maria da Silva"}, by=BY, now=_now())

    _say(stage, placed, name="Maria da Silva")
    buyer.refresh_from_db()
    assert buyer.corrections == {}

    _say(stage, placed, name="Maria da Silva Souza")
    buyer.refresh_from_db()
    assert buyer.name == "Maria da Silva Souza"


def test_is_found_by_the_name_it_has_now(stage: Stage) -> None:
    """As Tray said it first, as a person corrected it, as Tray says it now."""

    def found(name: str) -> bool:
        return buyer.pk in ids_named(stage.company, name, limit=10)

    placed = _sell(stage, name="Zuleica Quixote")
    buyer = _buyer(stage, placed)
    assert found("zul quix")
    correct_buyer(stage.company, buyer.pk, {"name": "Zuleica Ávila"}, by=BY, now=_now())
    assert found("avila zuleica")
    _say(stage, placed, name="Zuleica Ávila")  # that, and then
    _say(stage, placed, name="Zuleica Prado")
    assert found("prado")
    assert not found("quixote")
    assert not found("avila")
    _say(stage, placed, email="zu@exemplo.test")
    assert found("zu@exemplo.test")


def test_what_tray_says_may_be_used_again(stage: Stage) -> None:
    placed = _sell(stage, name="Maria Exemplo", city="Marília", state="SP")
    buyer = _buyer(stage, placed)
    correct_buyer(stage.company, buyer.pk, {"city": "Salvador", "uf": "BA"}, by=BY, now=_now())

    take_buyer_of_tray(stage.company, buyer.pk, ["city"], by=BY, now=_now())

    buyer.refresh_from_db()
    assert (buyer.city, buyer.uf, buyer.corrections) == ("Marília", "SP", {})


def test_a_document_that_was_missing_is_completed_once_and_asked_for_no_more(stage: Stage) -> None:
    placed = _sell(stage, cpf="")
    buyer = _buyer(stage, placed)
    assert stage.matters(Kind.ORDER_DOCUMENT)

    correct_buyer(stage.company, buyer.pk, {"document": "390.533.447-05"}, by=BY, now=_now())
    assert stage.matters(Kind.ORDER_DOCUMENT) == []
    _say(stage, placed, cpf="")

    assert stage.matters(Kind.ORDER_DOCUMENT) == []
    assert _documents(stage) == [RIGHT]
    assert _buyer(stage, placed).pk == buyer.pk


def test_the_wrong_document_that_tray_goes_on_sending_leads_to_the_same_customer(stage: Stage) -> None:
    placed = _sell(stage, cpf=WRONG)
    buyer = _buyer(stage, placed)
    correct_buyer(stage.company, buyer.pk, {"document": RIGHT}, by=BY, now=_now())

    _say(stage, placed, email="nova@exemplo.test")
    again = _sell(stage, customer=stage.shop.customers[stage.shop.orders[placed].customer_id])

    assert _documents(stage) == [RIGHT]
    assert _buyer(stage, again).pk == buyer.pk
    owner = _sell(stage, cpf="529.982.247-25", email="dono@exemplo.test", name="Dono do CPF")
    assert _buyer(stage, owner).pk != buyer.pk, "the document itself is somebody else's, under another Tray id"
    assert _documents(stage) == sorted([RIGHT, WRONG])


def test_a_document_of_another_customer_is_refused_and_two_that_are_one_are_made_one(stage: Stage) -> None:
    first, second = _sell(stage, cpf=WRONG), _sell(stage, cpf=RIGHT, email="outra@exemplo.test")
    gone, into = _buyer(stage, first), _buyer(stage, second)

    with pytest.raises(DocumentTaken) as refused:
        correct_buyer(stage.company, gone.pk, {"document": RIGHT}, by=BY, now=_now())
    assert refused.value.other == into
    gone.refresh_from_db()
    assert gone.document == WRONG

    merge_buyers(stage.company, gone.pk, into.pk, by=BY, now=_now())
    assert {_buyer(stage, first).pk, _buyer(stage, second).pk} == {into.pk}

    _say(stage, first, email="nova@exemplo.test")
    assert _documents(stage) == [RIGHT], "the document of the one that went leads to the one that stayed"
    assert _buyer(stage, first).pk == into.pk


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ({"document": "111.111.111-11"}, "document"),
        ({"city": "Marilha", "uf": "SP"}, "city"),
        ({"uf": "XX"}, "uf"),
        ({"postal_code": "123"}, "postal_code"),
        ({"email": "maria"}, "email"),
        ({"name": " "}, "name"),
        ({"indicador_ie": "1", "inscricao_estadual": ""}, "inscricao_estadual"),
        ({"indicador_ie": "2"}, "indicador_ie"),
    ],
)
def test_what_no_nota_could_say_is_refused_by_its_field(stage: Stage, written: dict[str, str], column: str) -> None:
    buyer = _buyer(stage, _sell(stage))

    with pytest.raises(CannotCorrect) as refused:
        correct_buyer(stage.company, buyer.pk, written, by=BY, now=_now())

    assert list(refused.value.problems) == [column]
    before = buyer.updated_at
    buyer.refresh_from_db()
    assert (buyer.updated_at, buyer.corrections) == (before, {})


def test_the_delivery_of_one_order_stays_as_it_was_corrected(stage: Stage) -> None:
    placed = _sell(stage, address="Rua das Flores", neighborhood="")
    order = stage.order(placed)
    correct_delivery(stage.company, order.pk, {"street": "Rua das Rosas", "district": "Centro"}, by=BY, now=_now())

    _say(stage, placed, email="nova@exemplo.test")
    order.refresh_from_db()
    assert (order.street, order.district) == ("Rua das Rosas", "Centro")
    assert _buyer(stage, placed).street == "Rua das Flores", "only of the order"

    take_delivery_of_tray(stage.company, order.pk, ["street"], by=BY, now=_now())
    order.refresh_from_db()
    assert (order.street, list(order.corrections)) == ("Rua das Flores", ["district"])


def test_an_address_that_was_missing_is_completed_and_asked_for_no_more(stage: Stage) -> None:
    stage.add_product("PAO-220")
    placed = stage.shop.odd_order("no-address").id
    stage.sync()
    assert stage.matters(Kind.ORDER_ADDRESS)
    given = {"street": "Rua Chile", "city": "salvador", "uf": "ba", "postal_code": "40020-000"}

    correct_delivery(stage.company, stage.order(placed).pk, given, by=BY, now=_now())
    assert stage.matters(Kind.ORDER_ADDRESS) == []
    _say(stage, placed, email="nova@exemplo.test")

    assert stage.matters(Kind.ORDER_ADDRESS) == []
    assert (stage.order(placed).uf, stage.order(placed).postal_code) == ("BA", "40020000")


def test_the_delivery_of_an_order_with_a_nota_is_left_as_the_nota_says(stage: Stage) -> None:
    order = stage.order(_sell(stage))
    Order.objects.of(stage.company).filter(pk=order.pk).update(state="invoiced")

    with pytest.raises(CannotCorrectDelivery, match="já tem nota"):
        correct_delivery(stage.company, order.pk, {"street": "Rua das Rosas"}, by=BY, now=_now())


def test_a_customer_of_another_company_cannot_be_corrected(stage: Stage, outra: Company) -> None:
    buyer = _buyer(stage, _sell(stage))

    with pytest.raises(Customer.DoesNotExist):
        correct_buyer(outra, buyer.pk, {"name": "Outra"}, by=BY, now=_now())


def _now() -> datetime:
    return datetime.now(UTC)


def _sell(stage: Stage, *, customer: Any = None, **person: str) -> int:
    """Sell one loaf at Tray to somebody, sync, and return the order's id there."""
    if not stage.shop.products:
        stage.add_product("PAO-220")
    given = {
        "name": "Maria Exemplo", "type": "0", "email": "maria@exemplo.test", "address": "Rua das Flores",
        "number": "5", "neighborhood": "Centro", "city": "Marília", "state": "SP", "zip_code": "17500-000",
        "cpf": WRONG, **person,
    }  # fmt: skip
    product = next(iter(stage.shop.products.values()))
    placed = stage.shop.place_order(items=[(product, 1)], customer=customer or given)
    stage.sync()
    return placed.id


def _say(stage: Stage, placed: int, **fields: str) -> None:
    """Have the store say something else of who bought, and sync."""
    stage.later()
    stage.shop.customers[stage.shop.orders[placed].customer_id].fields.update(fields)
    stage.shop.edit_order(placed, customer_note=f"mudou {fields}")
    stage.sync()


def _buyer(stage: Stage, placed: int) -> Customer:
    customer = stage.order(placed).customer
    assert customer is not None
    return customer


def _documents(stage: Stage) -> list[str]:
    return sorted(Customer.objects.of(stage.company).values_list("document", flat=True))
