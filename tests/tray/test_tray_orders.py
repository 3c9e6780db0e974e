"""Order documents, with every quirk that integrators met."""

import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tray_bodies import (
    Body,
    address_body,
    complete_body,
    customer_body,
    item_body,
    marketplace_body,
    row_body,
)

from ahead.tray import Axis, CompleteOrder, NotFound, Unreadable, fingerprint, read_complete_order
from ahead.tray.order_reading import read_order_row


def complete(**changes: Any) -> CompleteOrder:
    return read_complete_order(complete_body(**changes))


def test_an_ordinary_order_in_full() -> None:
    body = complete_body()
    order = read_complete_order(body)
    assert (order.id, order.status, order.status_id, order.status_type) == (12, "A ENVIAR", 7, "open")
    assert order.placed_at == datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    assert order.modified == datetime(2026, 5, 4, 13, 20, 30, tzinfo=UTC)
    assert (order.total, order.money.computed_total, order.money.remainder) == tuple(map(Decimal, (60, 60, 0)))
    assert (order.payment.method, order.payment.type, order.payment.installments) == ("Pix - Vindi", "pix", 1)
    assert order.payment.payment_date == date(2026, 5, 4)
    assert order.payments[0].value == Decimal("60.00")
    assert (order.customer.kind, order.customer.document) == ("PF", "52998224725")
    assert order.delivery_addresses == order.customer.addresses
    assert order.items[0].line_total == order.money.partial_total == 50
    assert order.marketplace is None
    assert order.raw is body


def test_a_pix_discount_is_a_negative_rate() -> None:
    assert complete().money.payment_method_rate == Decimal("-2.50")


def test_numbers_in_place_of_strings_read_alike() -> None:
    numbers = complete_body(total=60.0, shipment_value=12.5, customer_id=88, id=12, has_invoice=0)
    assert read_complete_order(numbers).money == complete().money


def test_what_a_total_leaves_unexplained_is_named() -> None:
    assert complete(total="59.00").money.remainder == Decimal("-1.00")


def test_quirk_12_a_coupon_as_object_as_string_or_absent() -> None:
    as_object = complete(coupon={"code": "NATAL", "discount": "5.00"}, discount_coupon="NATAL/5.00")
    as_text = complete(coupon=[], discount_coupon="NATAL/5,00")
    only_code = complete(discount_coupon="NATAL/2026-X")
    assert as_object.money.coupon == as_text.money.coupon
    assert as_object.money.computed_total == 55
    assert only_code.money.coupon is not None
    assert (only_code.money.coupon.code, only_code.money.coupon.discount) == ("NATAL/2026-X", Decimal(0))
    assert complete().money.coupon is None


@pytest.mark.parametrize(
    ("name", "original_name", "read"),
    [
        ("Panela (Ref. PAN-1)", "Panela", "Panela"),
        ("Panela (Ref. PAN-1)", "", "Panela"),
        ("Panela (grande)", None, "Panela (grande)"),
    ],
)
def test_quirk_13_the_reference_is_cut_off_the_name(name: str, original_name: object, read: str) -> None:
    assert complete(items=[item_body(name=name, original_name=original_name)]).items[0].name == read


def test_quirk_14_delivery_time_and_shipment_stay_text() -> None:
    assert (complete().delivery_time, complete().shipment) == ("3 a 5", "Sedex - 12")


def test_quirk_15_the_note_is_kept_as_it_is() -> None:
    assert complete().store_note.endswith("R$ 60,00<br/>outra linha")


def test_quirk_16_paid_orders_may_hold_no_payment() -> None:
    order = complete(Payment=[], has_payment="0")
    assert (order.payments, order.payment.payment_date) == ((), date(2026, 5, 4))


@pytest.mark.parametrize(
    ("written", "read"),
    [("open", "open"), ("closed", "closed"), ("canceled", "cancelled"), ("Cancelled", "cancelled"), ("?", "")],
)
def test_quirk_19_cancelled_in_two_spellings(written: str, read: str) -> None:
    assert complete(OrderStatus={"id": "5", "type": written, "status": "CANCELADO"}).status_type == read


def test_quirk_20_no_address_and_several() -> None:
    none = complete(Customer=customer_body(CustomerAddresses=[]))
    assert none.delivery_addresses == ()
    assert none.customer.own_address is not None
    assert (none.customer.own_address.street, none.customer.own_address.recipient) == ("Rua do Porto", "Joana Teste")
    rows = [
        {"CustomerAddress": address_body(id=str(number), type=kind)} for number, kind in [(1, "1"), (2, "0"), (3, "1")]
    ]
    several = complete(Customer=customer_body(CustomerAddresses=rows))
    assert [address.id for address in several.delivery_addresses] == [1, 3]
    nowhere = complete(Customer=customer_body(CustomerAddresses=[], address="", zip_code=""))
    assert nowhere.customer.own_address is None


@pytest.mark.parametrize(
    ("written", "read"), [("Brasil", "BRA"), ("BRA", "BRA"), ("", "BRA"), (None, "BRA"), ("Chile", "CHILE")]
)
def test_quirk_21_country_in_every_spelling_and_zip_with_dash(written: object, read: str) -> None:
    rows = [address_body(country=written)]
    address = complete(Customer=customer_body(CustomerAddresses=rows)).customer.addresses[0]
    assert (address.country, address.zip_code) == (read, "11010000")


@pytest.mark.parametrize(
    ("kind", "cpf", "cnpj", "read"),
    [
        ("0", "52998224725", "", "PF"),
        ("1", "", "12.ABC.345/01DE-35", "PJ"),
        ("0", "", "11222333000181", "PJ"),
        ("1", "52998224725", "", "PF"),
        ("1", "52998224725", "11222333000181", "PJ"),
        ("", "", "", "PF"),
    ],
)
def test_the_kind_of_buyer_follows_the_documents(kind: str, cpf: str, cnpj: str, read: str) -> None:
    buyer = complete(Customer=customer_body(type=kind, cpf=cpf, cnpj=cnpj, company_name="Forja LTDA")).customer
    assert buyer.kind == read
    assert buyer.legal_name == ("Forja LTDA" if read == "PJ" else "Joana Teste")


def test_quirk_23_one_axis_two_axes_none() -> None:
    one = [{"type": "Cor", "value": "Preta"}]
    two = [*one, {"type": "Tamanho", "value": "P"}]
    items = complete(items=[item_body(Sku=one), item_body(Sku=two), item_body(Sku=[])]).items
    assert [len(item.axes) for item in items] == [1, 2, 0]
    assert items[1].axes[1] == Axis(type="Tamanho", value="P")


def test_quirk_24_a_foreign_reference_is_kept() -> None:
    assert complete(items=[item_body(reference="45145[160151]")]).items[0].reference == "45145[160151]"


def test_quirk_25_kit_components_name_their_kit() -> None:
    items = complete(items=[item_body(product_kit_id="110"), item_body(variant_id="7")]).items
    assert [(item.kit_parent_id, item.variant_id) for item in items] == [(110, None), (None, 7)]


def test_quirk_11_invoices_wrapped_and_bare() -> None:
    wrapped = complete(
        OrderInvoice=[{"OrderInvoice": {"id": "1", "number": "9", "key": "3526 0511", "value": "60.00"}}]
    )
    bare = complete(OrderInvoice=[{"id": "1", "link": "https://x.example/9.pdf"}])
    assert wrapped.invoices[0].key == "35260511"
    assert bare.invoices[0].link == "https://x.example/9.pdf"
    assert wrapped.has_invoice is bare.has_invoice is True


def test_quirk_31_the_hour_may_be_missing() -> None:
    market = [{"MarketplaceOrder": marketplace_body()}]
    assert complete(hour="").placed_at == datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
    assert complete(hour="", MarketplaceOrder=market).placed_at == datetime(2026, 5, 4, 2, 10, tzinfo=UTC)
    assert complete(hour="", date="0000-00-00").placed_at is None


def test_the_marketplace_documents_come_without_punctuation() -> None:
    market = complete(MarketplaceOrder=[{"MarketplaceOrder": marketplace_body()}]).marketplace
    assert market is not None
    assert (market.document, market.payment_document) == ("03007331000141", "10573521000191")
    assert (market.order_id, market.shipping_id, market.name) == ("2000009", "4400", "Mercado Livre")


def test_mercado_livre_sales() -> None:
    sale = {"id": "1", "codigo": "2000009", "item_id": "MLB1", "item_quantity": "2", "pack_id": "77"}
    (read,) = complete(MlOrder=[{"MlOrder": sale}]).mercado_livre
    assert (read.code, read.item_id, read.quantity, read.pack_id) == ("2000009", "MLB1", Decimal(2), "77")


def test_a_pickup_point() -> None:
    pickup = complete(PickupLocation=[{"shipping_id": "3", "code": "AG1", "name": "Agência"}]).pickup
    assert pickup is not None
    assert (pickup.id, pickup.name) == ("3", "Agência")


def test_quirk_33_child_orders_are_marked() -> None:
    by_note = complete(store_note="Criado a partir do pedido: 6990\n\nCD ref: Interior", external_code="LOJA__6990-1")
    by_centre = complete(DistributionCenter={"type": "child_order", "group_id": "2"}, external_code="LOJA__6990-1")
    parent = complete(OrderChilds=[{"OrderChild": {"id": "7005"}}, {"id": "7006"}])
    ordinary = complete(external_code="PEDIDO-55-1")
    assert (by_note.is_child_order, by_note.parent_order_id) == (True, 6990)
    assert (by_centre.is_child_order, by_centre.parent_order_id) == (True, 6990)
    assert (parent.has_children, parent.child_order_ids) == (True, (7005, 7006))
    assert (ordinary.is_child_order, ordinary.parent_order_id, ordinary.has_children) == (False, None, False)


@pytest.mark.parametrize("wrapping", [lambda o: o, lambda o: {"Order": [{"Order": o["Order"]}]}, lambda o: o["Order"]])
def test_an_order_wrapped_in_a_list_or_bare(wrapping: Any) -> None:
    assert read_complete_order(wrapping(complete_body())).id == 12


@pytest.mark.parametrize("empty", [{"Order": []}, {"Order": {}}, {}])
def test_an_empty_order_is_not_found(empty: Body) -> None:
    with pytest.raises(NotFound):
        read_complete_order(empty)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": ""}, "Order.id"),
        ({"id": "0"}, "Order.id"),
        ({"total": ""}, "Order.total"),
        ({"total": "a combinar"}, "Order.total"),
        ({"discount": "1,234"}, "Order.discount"),
        ({"Customer": []}, "Order.Customer"),
        ({"Customer": customer_body(id=""), "customer_id": "0"}, "Order.Customer.id"),
        ({"items": [item_body(), item_body(price=None)]}, "Order.ProductsSold[1].price"),
        ({"items": [item_body(quantity="dois")]}, "Order.ProductsSold[0].quantity"),
        ({"items": [item_body(id=None)]}, "Order.ProductsSold[0].id"),
    ],
)
def test_what_an_importer_may_not_guess_is_named_by_its_path(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(Unreadable) as caught:
        complete(**changes)
    assert caught.value.problems == (problem,)


def test_a_document_about_something_else_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_complete_order({"Product": {"id": "3"}})


NEEDED = {"id", "total", "Customer", "ProductsSold", "partial_total", "discount", "coupon", "discount_coupon"}
NEEDED |= {"shipment_value", "payment_method_rate", "taxes", "interest"}
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "0", 0, [], {}, "x", "0000-00-00", [[]], [None], {"a": []}, True, 1.5]
)


@given(st.dictionaries(st.sampled_from(sorted(complete_body()["Order"].keys() - NEEDED)), ODD))
def test_odd_fields_never_crash_what_does_not_need_them(changes: dict[str, Any]) -> None:
    assert complete(**changes).id == 12


@given(st.sets(st.sampled_from(sorted(complete_body()["Order"].keys() - {"id", "total", "Customer"}))))
def test_missing_fields_never_crash_what_does_not_need_them(missing: set[str]) -> None:
    body = complete_body()
    for name in missing:
        del body["Order"][name]
    assert read_complete_order(body).id == 12


def test_quirk_9_the_payment_is_named_differently_in_lists() -> None:
    assert read_order_row(row_body()).payment_method == complete().payment.method


def test_a_row_survives_a_json_round_trip_of_its_raw_document() -> None:
    order = complete()
    assert read_complete_order(json.loads(json.dumps(order.raw))) == order


class TestFingerprint:
    def test_an_echo_of_our_own_status_or_invoice_does_not_change_it(self) -> None:
        echo = row_body(
            status="SINCRONIZADO",
            OrderStatus={"id": "901", "status": "SINCRONIZADO"},
            modified="2026-05-04 11:00:00",
            store_note="mais uma linha",
            printed="1",
            sending_code="BR1",
            has_invoice="1",
            OrderInvoice=[{"id": "5", "link": ""}],
        )
        assert fingerprint(echo) == fingerprint(row_body())

    @pytest.mark.parametrize("change", [{"total": "61.00"}, {"has_payment": "0"}, {"ProductsSold": [{"id": "902"}]}])
    def test_a_real_edit_changes_it(self, change: Body) -> None:
        assert fingerprint(row_body(**change)) != fingerprint(row_body())

    def test_the_kind_of_scalar_and_of_nothing_does_not_matter(self) -> None:
        other = row_body(customer_id=88, id_quotation="", OrderInvoice={}, MlOrder=None, extra="")
        assert fingerprint(other) == fingerprint(row_body())

    def test_it_is_stable_between_releases(self) -> None:
        assert fingerprint({"id": "1", "total": "2.00"}) == "cd8ab6474aea61c2"


def test_reading_a_complete_order_is_fast() -> None:
    content = json.dumps(complete_body(items=[item_body(id=str(number)) for number in range(1, 4)])).encode()
    rounds, best = 200, 1.0
    for _ in range(5):
        start = time.process_time()
        for _ in range(rounds):
            read_complete_order(json.loads(content))
        best = min(best, (time.process_time() - start) / rounds)
    assert best < 0.0004
