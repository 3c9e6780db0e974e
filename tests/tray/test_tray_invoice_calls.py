"""Invoices of orders: what is sent, in which form, and what is made of every answer."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tray_shop import Shop
from tray_stage import Stage, reply, saved

from ahead.tray import InvalidRequest, Invoice, NotFound, OutcomeUnknown, ProductCfop, TrayUnreachable, Unreadable

KEY = "35261111222333000181550010000001231000001234"
INVOICE = Invoice(
    key=KEY,
    number="123",
    serie="1",
    issue_date=date(2026, 11, 23),
    value=Decimal("99.80"),
    xml="<nfeProc>ação</nfeProc>",
    cfops=(ProductCfop(product_id=101, cfop="5102"), ProductCfop(product_id=102, variant_id=7, cfop="5405")),
)
OTHER = replace(INVOICE, key=KEY.replace("3", "4"), number="124")
FLAT = {
    "issue_date": "2026-11-23",
    "number": "123",
    "serie": "1",
    "value": "99.80",
    "key": KEY,
    "link": "",
    "xml_danfe": "<nfeProc>ação</nfeProc>",
    "ProductCfop": [
        {"product_id": "101", "variation_id": "0", "cfop": "5102"},
        {"product_id": "102", "variation_id": "7", "cfop": "5405"},
    ],
}
PATH = "/orders/7003/invoices"
CREATED = {"message": "Created", "id": "123", "code": 201}


def created() -> httpx2.Response:
    return reply(CREATED, 201)


def refused(*causes: str, status: int = 400) -> httpx2.Response:
    return reply({"code": status, "causes": list(causes)}, status)


def order_of(shop: Shop) -> Any:
    product = shop.store.add_product(name="Panela", reference="PAN-1", price="25.00", stock=10)
    return shop.store.place_order(items=[(product, 1)])


def test_an_invoice_is_attached_found_and_changed(shop: Shop) -> None:
    order = order_of(shop)
    assert shop.tray.order_invoices(order.id) == ()
    assert shop.tray.complete_order(order.id).has_invoice is False

    invoice_id = shop.tray.create_invoice(order.id, INVOICE)

    assert invoice_id is not None
    (found,) = shop.tray.order_invoices(order.id)
    assert (found.id, found.key, found.number, found.serie) == (invoice_id, KEY, "123", "1")
    assert (found.value, found.issue_date, found.xml) == (INVOICE.value, INVOICE.issue_date, INVOICE.xml)
    assert order.invoices[0]["ProductCfop"] == FLAT["ProductCfop"]
    assert shop.tray.complete_order(order.id).has_invoice is True

    shop.tray.update_invoice(order.id, invoice_id, OTHER)
    assert [(one.id, one.key) for one in shop.tray.order_invoices(order.id)] == [(invoice_id, OTHER.key)]
    with pytest.raises(NotFound):
        shop.tray.update_invoice(order.id, invoice_id + 1, INVOICE)
    with pytest.raises(NotFound):
        shop.tray.create_invoice(order.id + 1, INVOICE)


def test_an_invoice_does_not_change_the_fingerprint_of_its_order(shop: Shop) -> None:
    order = order_of(shop)

    def row() -> Any:
        return next(shop.tray.orders(modified_from=shop.today, modified_to=shop.today))

    before = row()
    shop.tray.create_invoice(order.id, INVOICE)
    after = row()
    assert (before.has_invoice, after.has_invoice) == (False, True)
    assert after.fingerprint == before.fingerprint


def test_a_key_is_used_once(shop: Shop) -> None:
    order = order_of(shop)
    shop.tray.create_invoice(order.id, INVOICE)
    sent = shop.tray.requests_sent
    with pytest.raises(InvalidRequest, match="nota já cadastrada"):
        shop.tray.create_invoice(order.id, INVOICE)
    assert shop.tray.requests_sent - sent == 1  # the form is known to work: the refusal is about the invoice
    assert len(order.invoices) == 1


@pytest.mark.parametrize("kind", ["timeout-after-commit", "500-but-done", "500"])
def test_a_post_without_an_answer_is_not_repeated(shop: Shop, kind: str) -> None:
    order = order_of(shop)
    shop.store.faults.next("POST /orders/:id/invoices", kind)
    shop.store.switches.hang_seconds = 0.01
    with pytest.raises(OutcomeUnknown):
        shop.tray.create_invoice(order.id, INVOICE)
    assert len(order.invoices) == (0 if kind == "500" else 1)
    assert len(shop.tray.order_invoices(order.id)) == len(order.invoices)


def test_it_is_sent_flat(stage: Stage) -> None:
    stage.on(f"POST {PATH}", created()).on(f"PUT {PATH}/123", saved())
    assert stage.tray.create_invoice(7003, INVOICE) == 123
    stage.tray.update_invoice(7003, 123, INVOICE)
    assert [stage.script.sent(0), stage.script.sent(1)] == [FLAT, FLAT]


def test_after_a_400_it_is_sent_wrapped_and_that_is_remembered(stage: Stage) -> None:
    stage.on(f"POST {PATH}", refused("OrderInvoice: campo obrigatório"), created())
    stage.tray.create_invoice(7003, INVOICE)
    stage.tray.create_invoice(7003, INVOICE)
    assert [stage.script.sent(place) for place in range(3)] == [FLAT, {"OrderInvoice": FLAT}, {"OrderInvoice": FLAT}]
    assert len(stage.script.seen) == 3


def test_what_both_forms_are_refused_for_is_told(stage: Stage) -> None:
    stage.on(f"POST {PATH}", refused("key: nota já cadastrada"), refused("OrderInvoice: inesperado"))
    with pytest.raises(InvalidRequest) as told:
        stage.tray.create_invoice(7003, INVOICE)
    assert told.value.causes == ("key: nota já cadastrada", "OrderInvoice: inesperado")
    assert len(stage.script.seen) == 2


def test_another_refusal_than_400_is_not_sent_again(stage: Stage) -> None:
    stage.on(f"POST {PATH}", refused("value: inválido", status=422))
    with pytest.raises(InvalidRequest):
        stage.tray.create_invoice(7003, INVOICE)
    assert len(stage.script.seen) == 1


def test_a_wrapped_form_without_an_answer_is_in_doubt(stage: Stage) -> None:
    stage.on(f"POST {PATH}", refused("OrderInvoice"), httpx2.ReadTimeout("silence"))
    with pytest.raises(OutcomeUnknown):
        stage.tray.create_invoice(7003, INVOICE)
    assert len(stage.script.seen) == 2


def test_what_never_left_is_not_in_doubt(stage: Stage) -> None:
    stage.on(f"POST {PATH}", httpx2.ConnectError("refused"))
    with pytest.raises(TrayUnreachable):
        stage.tray.create_invoice(7003, INVOICE)


@pytest.mark.parametrize(
    ("body", "status"), [({"OrderInvoices": []}, 200), ([], 200), ({"OrderInvoices": {}}, 200), ({"code": 404}, 404)]
)
def test_an_order_without_invoices(stage: Stage, body: object, status: int) -> None:
    stage.on(f"GET {PATH}", reply(body, status))
    assert stage.tray.order_invoices(7003) == ()


@pytest.mark.parametrize(
    "row",
    [
        {"OrderInvoice": {"id": "123", "key": KEY}, "ProductCfop": [{"product_id": "101", "cfop": "5102"}]},
        {"OrderInvoice": {"id": "123", "key": KEY, "ProductCfop": [{"product_id": "101", "cfop": "5102"}]}},
        {"id": 123, "key": f"{KEY[:4]} {KEY[4:]}", "link": "https://x.example/9.pdf"},
    ],
    ids=["beside", "inside", "bare"],
)
def test_every_shape_of_an_invoice_is_read(stage: Stage, row: dict[str, object]) -> None:
    stage.on(f"GET {PATH}", reply({"OrderInvoices": [row]}))
    assert [(one.id, one.key) for one in stage.tray.order_invoices(7003)] == [(123, KEY)]


def test_an_answer_about_something_else_is_not_read_as_no_invoice(stage: Stage) -> None:
    stage.on(f"GET {PATH}", reply({"message": "manutenção"}))
    with pytest.raises(Unreadable):
        stage.tray.order_invoices(7003)
