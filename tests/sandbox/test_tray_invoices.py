"""Invoices and payments of orders."""

from typing import Any

import pytest
from tray_caller import Caller

from ahead.sandbox.tray import Store
from ahead.sandbox.tray.records import Order, Product

KEY = "35261111222333000181550010000001231000001234"
INVOICE: dict[str, Any] = {
    "issue_date": "2026-11-23",
    "number": "123",
    "serie": "1",
    "value": "99.80",
    "key": KEY,
    "link": "https://loja.test/danfe/123.pdf",
    "xml_danfe": "<nfeProc/>",
    "ProductCfop": [{"product_id": "101", "variation_id": "0", "cfop": "5102"}],
}


@pytest.fixture
def order(store: Store, mug: Product) -> Order:
    return store.place_order(items=[(mug, 2)])


@pytest.mark.parametrize("body", [INVOICE, {"OrderInvoice": INVOICE}], ids=["flat", "wrapped"])
def test_an_invoice_is_attached(api: Caller, order: Order, body: dict[str, Any]) -> None:
    assert api.get(f"/orders/{order.id}/invoices") == {"OrderInvoices": []}
    assert api.post(f"/orders/{order.id}/invoices", body) == {"message": "Created", "id": "123", "code": 201}
    row = api.get(f"/orders/{order.id}/invoices")["OrderInvoices"][0]
    assert row["OrderInvoice"]["key"] == KEY
    assert row["ProductCfop"] == [{"product_id": "101", "variation_id": "0", "cfop": "5102", "order_invoice_id": "123"}]
    assert api.get(f"/orders/{order.id}/invoices/123")["OrderInvoices"] == [row]
    entity = api.get(f"/orders/{order.id}/complete")["Order"]
    assert (entity["has_invoice"], entity["status"]) == ("1", "A ENVIAR")
    assert entity["OrderInvoice"][0]["OrderInvoice"]["xml_danfe"] == "<nfeProc/>"
    assert api.get("/orders", has_invoice="1")["paging"]["total"] == 1
    inside = api.get("/orders/invoices")
    assert inside["sort"] == [{"id": "desc"}]
    assert inside["OrderInvoices"][0]["OrderInvoice"]["ProductCfop"] == INVOICE["ProductCfop"]


def test_an_invoice_as_a_form(api: Caller, order: Order) -> None:
    form = {name: value for name, value in INVOICE.items() if isinstance(value, str)}
    form |= {f"ProductCfop[0][{name}]": value for name, value in INVOICE["ProductCfop"][0].items()}
    answer = api.client.post(
        f"{api.base}/orders/{order.id}/invoices", query_string={"access_token": api.token}, data=form
    )
    assert answer.status_code == 201
    assert order.invoices[0]["ProductCfop"] == INVOICE["ProductCfop"]


@pytest.mark.parametrize(
    "body",
    [{"Invoice": INVOICE}, {**INVOICE, "key": ""}, {"number": "5"}, [INVOICE]],
    ids=["wrong wrapper", "no key", "too little", "list"],
)
def test_an_invoice_that_is_refused(api: Caller, order: Order, body: Any) -> None:
    assert api.call("POST", f"/orders/{order.id}/invoices", body).status_code == 400
    assert order.fields.get("has_invoice", "0") == "0"


def test_a_key_or_number_is_used_once(api: Caller, store: Store, order: Order, mug: Product) -> None:
    other = store.place_order(items=[(mug, 1)])
    api.post(f"/orders/{order.id}/invoices", INVOICE)
    again = api.call("POST", f"/orders/{other.id}/invoices", {**INVOICE, "number": "124"})
    assert again.get_json()["causes"] == ["key: nota já cadastrada"]
    again = api.call("POST", f"/orders/{other.id}/invoices", {**INVOICE, "key": KEY.replace("3", "4")})
    assert again.get_json()["causes"] == ["number: nota já cadastrada"]


def test_an_invoice_is_changed(api: Caller, order: Order) -> None:
    api.post(f"/orders/{order.id}/invoices", INVOICE)
    assert api.put(f"/orders/{order.id}/invoices/123", {**INVOICE, "value": "98.00"})["message"] == "Saved"
    assert order.invoices[0]["value"] == "98.00"
    assert api.call("PUT", f"/orders/{order.id}/invoices/9", INVOICE).status_code == 404


def test_invoices_can_come_bare(api: Caller, store: Store, order: Order) -> None:
    store.switches.order_invoice_bare = True
    api.post(f"/orders/{order.id}/invoices", INVOICE)
    entity = api.get(f"/orders/{order.id}/complete")["Order"]
    assert entity["OrderInvoice"] == [{"id": "123", "link": "https://loja.test/danfe/123.pdf"}]


def test_payments(api: Caller, store: Store, mug: Product) -> None:
    order = store.place_order(items=[(mug, 1)], status="AGUARDANDO PAGAMENTO")
    body = {"Payment": {"order_id": str(order.id), "method": "Boleto", "value": "39.9", "note": "baixa manual"}}
    made = api.post("/payments", body)["id"]
    assert api.get(f"/payments/{made}")["Payment"]["value"] == "39.90"
    assert api.get("/payments", order_id=order.id)["paging"]["total"] == 1
    assert order.fields["has_payment"] == "1"
    assert api.put(f"/payments/{made}", {"Payment": {"note": "conferido"}})["message"] == "saved"
    assert api.call("DELETE", f"/payments/{made}").get_json()["message"] == "deleted"
    assert order.fields["has_payment"] == "0"
