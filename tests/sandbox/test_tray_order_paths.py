"""Orders: money, stock, creating, changing, cancelling, lines."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tray_caller import Caller, Clock

from ahead.sandbox.tray import Store, TraySandbox
from ahead.sandbox.tray.records import Product, Variant

NEW_ORDER: dict[str, Any] = {
    "point_sale": "PARTICULAR",
    "session_id": "erp-000123",
    "shipment": "Sedex",
    "shipment_value": "10.44",
    "payment_form": "Boleto - Vindi",
    "Customer": {
        "type": "0",
        "name": "Maria Exemplo da Silva",
        "cpf": "52998224725",
        "email": "maria@exemplo.test",
        "gender": "F",
        "CustomerAddress": [
            {
                "address": "Rua das Flores",
                "zip_code": "17500000",
                "number": "55",
                "neighborhood": "Centro",
                "city": "Marília",
                "state": "SP",
                "country": "BRA",
                "type": "1",
            }
        ],
    },
}


def formula(order: dict[str, Any]) -> Decimal:
    """Return the total the contract's formula gives."""
    discount = Decimal(order["discount"]) + Decimal(order.get("coupon", {}).get("discount", "0"))
    charges = ("shipment_value", "payment_method_rate", "taxes", "interest")
    return Decimal(order["partial_total"]) - discount + sum(Decimal(order[name]) for name in charges)


amounts = st.decimals(min_value=0, max_value=500, places=2)


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.tuples(amounts, st.integers(1, 9)), min_size=1, max_size=4),
    fields=st.fixed_dictionaries(
        {"discount": amounts, "taxes": amounts, "interest": amounts},
        optional={
            "payment_method_rate": st.decimals(min_value=-500, max_value=500, places=2),
            "coupon": st.builds(lambda amount: {"code": "natal", "discount": amount}, amounts),
        },
    ),
    freight=amounts,
)
def test_the_total_obeys_the_formula_to_the_cent(
    lines: list[tuple[Decimal, int]], fields: dict[str, Any], freight: Decimal
) -> None:
    store = TraySandbox().add_store(slug="padaria")
    items = [
        (store.add_product(name=f"P{n}", reference=f"R{n}", price=price), quantity)
        for n, (price, quantity) in enumerate(lines)
    ]
    order = store.place_order(items=items, shipment_value=freight, **fields)
    expected = sum((price * quantity for price, quantity in lines), Decimal(0))
    assert Decimal(order.fields["partial_total"]) == expected
    assert order.total == formula(order.fields)
    store.edit_order(order.id, taxes="1.11", discount="0.50")
    assert order.total == formula(order.fields)


def test_random_orders_obey_the_formula_and_have_valid_people(store: Store, api: Caller, mug: Product) -> None:
    store.place_orders(300)
    for order in store.orders.values():
        assert formula(order.fields) == order.total
        assert Decimal(order.fields["partial_total"]) == sum(
            Decimal(line["price"]) * int(line["quantity"]) for line in order.lines
        )
    rates = {order.fields["payment_method_type"] for order in store.orders.values()}
    assert rates == {"pix", "credit_card", "bank_billet", "other"}
    places = {order.text("point_sale") for order in store.orders.values()}
    assert {"MERCADO LIVRE", "MAGAZINE LUIZA"} < places
    assert any(Decimal(order.fields["payment_method_rate"]) < 0 for order in store.orders.values())


def test_the_same_seed_makes_the_same_orders(clock: Clock) -> None:
    def made() -> list[dict[str, Any]]:
        store = TraySandbox(seed=3, clock=clock).add_store(slug="padaria")
        store.add_product(name="Caneca", reference="CAN", price="39.90", stock=900)
        return [order.fields for order in store.place_orders(40, days=3)]

    assert made() == made()


def test_an_order_lowers_the_stock_and_a_cancellation_gives_it_back_once(
    api: Caller, store: Store, mug: Product, shirt: Variant
) -> None:
    order = store.place_order(items=[(mug, 2), (shirt, 3)])
    assert (store.product_stock(mug.id), store.variant_stock(shirt.id)) == (118, 17)
    assert store.product_stock(shirt.product_id) == 32
    assert api.put(f"/orders/cancel/{order.id}") == {"message": "Saved", "id": "7001", "code": 200}
    api.put(f"/orders/{order.id}", {"Order": {"status_id": 64}})
    assert (store.product_stock(mug.id), store.variant_stock(shirt.id)) == (120, 20)
    entity = api.get(f"/orders/{order.id}/complete")["Order"]
    assert (entity["status"], entity["OrderStatus"]["type"]) == ("CANCELADO AUT", "canceled")
    store.set_order_status(order.id, "A ENVIAR")
    assert store.product_stock(mug.id) == 118


def test_switches_keep_the_stock_still(store: Store, mug: Product) -> None:
    store.switches.cancel_restores_stock = False
    store.cancel_order(store.place_order(items=[(mug, 2)]).id)
    assert store.product_stock(mug.id) == 118
    store.switches.order_lowers_stock = False
    store.place_order(items=[(mug, 2)])
    assert store.product_stock(mug.id) == 118


def test_a_cancelled_order_never_takes_stock(store: Store, mug: Product) -> None:
    order = store.place_order(items=[(mug, 2)], status="CANCELADO")
    assert store.product_stock(mug.id) == 120
    assert order.payments == []


def test_put_merges(api: Caller, store: Store, mug: Product) -> None:
    order = store.place_order(items=[(mug, 1)], shipment_value="10.00")
    shipped = {"status_id": "4", "sending_code": "BR123456789BR", "sending_date": "2026-11-24"}
    assert api.put(f"/orders/{order.id}", {"Order": shipped})["message"] == "Saved"
    api.put(f"/orders/{order.id}", {"Order": {"discount": "4.90", "status": "FINALIZADO"}})
    entity = api.get(f"/orders/{order.id}")["Order"]
    assert entity["status"] == "ENVIADO", "a status is changed by its id only"
    assert entity["sending_code"] == "BR123456789BR"
    assert (entity["discount"], entity["total"]) == ("4.90", "45.00")


def test_an_unknown_status_is_refused_and_nothing_changes(api: Caller, store: Store, mug: Product) -> None:
    order = store.place_order(items=[(mug, 1)])
    body = {"Order": {"status_id": "12345", "sending_code": "X"}}
    assert api.call("PUT", f"/orders/{order.id}", body).status_code == 400
    assert order.text("sending_code") == ""


def test_an_order_is_created(api: Caller, store: Store, shirt: Variant) -> None:
    line = {"product_id": shirt.product_id, "variant_id": shirt.id, "price": "49.90", "quantity": 2}
    market = [{"marketplace_name": "Mercado Livre", "marketplace_order_id": "2000001234567890"}]
    body = {"Order": {**NEW_ORDER, "ProductsSold": [line], "MarketplaceOrder": market}}
    assert api.post("/orders", body) == {"message": "Created", "id": "7001", "code": 201}
    entity = api.get("/orders/7001/complete")["Order"]
    assert (entity["status"], entity["has_payment"]) == ("AGUARDANDO PAGAMENTO", "0")
    assert (entity["partial_total"], entity["total"]) == ("99.80", "110.24")
    assert entity["payment_method"] == "Boleto - Vindi"
    address = entity["Customer"]["CustomerAddresses"][0]["CustomerAddress"]
    assert (address["country"], address["zip_code"]) == ("Brasil", "17500-000")
    assert entity["Customer"]["gender"] == "1"
    sold = entity["ProductsSold"][0]["ProductsSold"]
    assert (sold["price"], sold["original_price"]) == ("49.90", "59.90")
    assert entity["MarketplaceOrder"][0]["MarketplaceOrder"]["marketplace_order_id"] == "2000001234567890"
    assert store.variant_stock(shirt.id) == 18
    found = api.get("/orders", session_id="erp-000123")
    assert found["paging"]["total"] == 1


def test_creating_is_not_idempotent_but_the_customer_is_one(api: Caller, mug: Product) -> None:
    body = {"Order": {**NEW_ORDER, "ProductsSold": [{"product_id": str(mug.id), "quantity": "1"}]}}
    api.post("/orders", body)
    api.post("/orders", body)
    assert api.get("/orders", session_id="erp-000123")["paging"]["total"] == 2
    assert api.get("/customers")["paging"]["total"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"ProductsSold": []},
        {"ProductsSold": [{"product_id": 999}]},
        {"ProductsSold": [{"product_id": 101, "variant_id": 5}]},
        {"ProductsSold": [{"product_id": 101}], "Customer": None},
        {"ProductsSold": [{"product_id": 101}], "Customer": {"name": ""}},
        {"ProductsSold": [{"product_id": 101}], "status_id": 777},
    ],
)
def test_an_order_that_cannot_be(api: Caller, store: Store, mug: Product, change: dict[str, Any]) -> None:
    assert api.call("POST", "/orders", {"Order": {**NEW_ORDER, **change}}).status_code == 400
    assert store.orders == {}
    assert store.product_stock(mug.id) == 120


def test_lines_go_in_and_out(api: Caller, store: Store, mug: Product, shirt: Variant) -> None:
    order = store.place_order(items=[(mug, 1)], shipment_value="10.00")
    body = {"ProductsSold": {"product_id": str(shirt.product_id), "variant_id": str(shirt.id), "quantity": "2"}}
    assert api.post(f"/orders/includeProduct/{order.id}", body)["message"] == "Success"
    assert (order.fields["total"], store.variant_stock(shirt.id)) == ("169.70", 18)
    answer = api.put(f"/orders/excludeProduct/{order.id}/{shirt.product_id}")
    assert answer == {"message": "Success", "id": str(order.id), "code": 200}
    assert (order.fields["total"], store.variant_stock(shirt.id)) == ("49.90", 20)
    assert api.call("PUT", f"/orders/excludeProduct/{order.id}/{shirt.product_id}").status_code == 404


def test_paid_is_not_a_flag(store: Store, mug: Product) -> None:
    paid = store.place_order(items=[(mug, 1)], status="FINALIZADO", has_payment="0")
    assert paid.payments == []
    assert paid.fields["payment_date"] == "2026-11-23"
    unpaid = store.place_order(items=[(mug, 1)], status="AGUARDANDO PAGAMENTO")
    assert unpaid.text("payment_date") == ""


def test_a_status_of_ones_own(api: Caller, store: Store, mug: Product) -> None:
    made = api.post("/orders/statuses", {"OrderStatus": {"status": "NO ERP", "background": "#F0A818"}})
    assert made["id"] == "902"
    api.put("/orders/statuses/902", {"OrderStatus": {"description": "Já importado"}})
    assert store.status("no erp").text("description") == "Já importado"
    assert api.call("PUT", "/orders/statuses/1", {"OrderStatus": {"status": "X"}}).status_code == 400
    order = store.place_order(items=[(mug, 1)], status="NO ERP")
    assert api.call("DELETE", "/orders/statuses/902").status_code == 400
    store.set_order_status(order.id, "A ENVIAR")
    assert api.call("DELETE", "/orders/statuses/902").get_json()["message"] == "Deleted"
    assert api.call("POST", "/orders/statuses", {"OrderStatus": {"name": "X"}}).status_code == 400
