"""Odd orders, each with what the user sees of it: the order's state, what is pending, the line in the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ahead.customers.models import Customer
from ahead.orders.releasing import accept_child_order
from ahead.pending.models import Kind
from ahead.sync.connection import plan_of
from ahead.sync.matters import accept_child, try_again
from ahead.sync.models import OrderSighting, RunState
from sync_stage import BY, Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_without_address_is_open_and_asks_for_it(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("no-address")

    run = shelf.sync()

    assert (run.state, shelf.order(placed.id).state) == (RunState.CLEAN, "open")
    matter = shelf.matter(Kind.ORDER_ADDRESS)
    assert matter.order_id == shelf.order(placed.id).pk
    assert "sem endereço de entrega completo" in matter.text
    assert "Complete o endereço no pedido" in matter.remedy
    assert matter.turn == "you"


def test_an_address_that_comes_later_closes_the_matter(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("no-address")
    shelf.sync()
    shelf.later()
    customer = shelf.shop.customers[shelf.shop.orders[placed.id].customer_id]
    customer.fields.update(address="Rua das Flores", number="12", city="Marília", state="SP", zip_code="17500-000")
    shelf.shop.edit_order(placed.id, customer_note="endereço informado")

    shelf.sync()

    assert shelf.matters(Kind.ORDER_ADDRESS) == []
    assert (shelf.order(placed.id).street, shelf.order(placed.id).postal_code) == ("Rua das Flores", "17500000")


def test_without_a_list_of_addresses_the_customers_own_is_used(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("inline-address")
    shelf.sync()
    customer = shelf.shop.customers[shelf.shop.orders[placed.id].customer_id]
    assert shelf.order(placed.id).street == customer.fields["address"]
    assert shelf.matters() == []


def test_of_two_delivery_addresses_the_one_of_the_order_is_taken_for_one_request_more(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("two-addresses")

    shelf.sync()

    order = shelf.order(placed.id)
    chosen = shelf.shop.addresses[shelf.shop.orders[placed.id].address_id]
    assert (order.recipient, order.street) == ("Escritório", chosen.fields["address"])
    routes = shelf.shop.counters.by_route
    assert (routes["GET /orders/:id/complete"], routes["GET /orders/:id"]) == (1, 1)


def test_of_two_delivery_addresses_neither_is_guessed_where_the_order_names_none_of_them(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("two-addresses")
    shelf.shop.orders[placed.id].address_id = 987654

    shelf.sync()

    assert shelf.matter(Kind.ORDER_ADDRESS).order_id == shelf.order(placed.id).pk
    assert (shelf.order(placed.id).street, shelf.order(placed.id).postal_code) == ("", "")


def test_a_punctuated_cpf_is_the_same_document(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("punctuated-cpf")
    shelf.sync()
    customer = shelf.order(placed.id).customer
    assert customer is not None
    assert (len(customer.document), customer.document.isdigit()) == (11, True)
    assert shelf.matters() == []


@pytest.mark.parametrize(
    ("cpf", "words"), [("", "veio sem CPF/CNPJ"), ("123.456.789-00", "tem o documento 12345678900, que não é válido")]
)
def test_a_missing_or_wrong_cpf_asks_for_it_and_the_order_goes_on(shelf: Stage, cpf: str, words: str) -> None:
    product = next(iter(shelf.shop.products.values()))
    placed = shelf.shop.place_order(items=[(product, 1)], customer={**_person(shelf), "cpf": cpf})

    run = shelf.sync()

    assert (run.state, shelf.order(placed.id).state, run.statuses_written) == (RunState.CLEAN, "open", 1)
    matter = shelf.matter(Kind.ORDER_DOCUMENT)
    assert words in matter.text
    assert "Complete o documento no cadastro do cliente" in matter.remedy
    assert [customer.document for customer in Customer.objects.of(shelf.company)] == [""]


def _person(stage: Stage) -> dict[str, Any]:
    return {
        "name": "Maria Exemplo", "type": "0", "email": "maria@exemplo.test", "address": "Rua das Flores",
        "number": "5", "neighborhood": "Centro", "city": "Marília", "state": "SP", "zip_code": "17500-000",
    }  # fmt: skip


def test_a_cpf_that_comes_later_heals_and_makes_no_second_customer(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("missing-cpf")
    shelf.sync()
    shelf.later()
    shelf.shop.customers[shelf.shop.orders[placed.id].customer_id].fields["cpf"] = "52998224725"
    shelf.shop.edit_order(placed.id, customer_note="cpf informado")

    shelf.sync()

    assert shelf.matters() == []
    assert [customer.document for customer in Customer.objects.of(shelf.company)] == ["52998224725"]


def test_a_total_that_does_not_add_up_is_booked_as_remainder_and_flagged(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("total-off")

    run = shelf.sync()

    order = shelf.order(placed.id)
    assert (order.state, order.remainder, order.total) == ("open", Decimal("1.23"), placed.total)
    matter = shelf.matter(Kind.ORDER_TOTAL)
    assert "não fecha: as partes somam R$ 55,80 e o Tray diz R$ 57,03" in matter.text
    assert "ficou registrada em «Outros»" in matter.remedy
    assert (run.state, run.orders_imported, run.statuses_written) == (RunState.CLEAN, 1, 1)


def test_a_total_that_is_mended_at_tray_closes_its_matter(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("total-off")
    shelf.sync()
    shelf.later()
    shelf.shop.edit_order(placed.id, discount=Decimal(0))

    shelf.sync()

    assert shelf.order(placed.id).remainder == 0
    assert shelf.matters() == []


@pytest.mark.parametrize("kind", ["zero-dates", "company", "pix-discount", "odd-shapes"])
def test_orders_that_are_only_unusual_come_in_without_a_word(shelf: Stage, kind: str) -> None:
    placed = shelf.shop.odd_order(kind)
    run = shelf.sync()
    order = shelf.order(placed.id)
    assert (run.state, order.state, order.remainder, order.total) == (RunState.CLEAN, "open", 0, placed.total)
    assert shelf.matters() == []


def test_zero_dates_are_no_dates(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("zero-dates")
    shelf.sync()
    assert shelf.order(placed.id).paid_on is None


def test_a_company_buyer_keeps_cnpj_legal_name_and_ie(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("company")
    shelf.sync()
    customer = shelf.order(placed.id).customer
    fields = shelf.shop.customers[shelf.shop.orders[placed.id].customer_id].fields
    assert customer is not None
    assert (customer.kind, customer.legal_name) == (Customer.Kind.COMPANY, fields["company_name"])
    assert (len(customer.document), customer.document.isdigit()) == (14, True)
    assert customer.inscricao_estadual.upper() == fields["state_inscription"].upper()


def test_a_pix_discount_is_a_negative_payment_rate(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("pix-discount")
    shelf.sync()
    order = shelf.order(placed.id)
    assert order.payment_rate < 0
    assert order.total == order.items_total + order.shipping + order.payment_rate


def test_a_coupon_is_kept_with_its_code(shelf: Stage) -> None:
    product = next(iter(shelf.shop.products.values()))
    coupon = {"code": "BEMVINDO", "discount": Decimal("5.00")}
    placed = shelf.shop.place_order(items=[(product, 2)], coupon=coupon)
    shelf.sync()
    order = shelf.order(placed.id)
    assert (order.coupon_code, order.coupon_discount, order.remainder) == ("BEMVINDO", Decimal("5.00"), 0)
    assert order.total == Decimal("74.80")


def test_a_part_of_a_divided_order_is_held_and_promises_nothing_until_it_is_accepted(shelf: Stage) -> None:
    child = shelf.shop.odd_order("multicd-child")

    run = shelf.sync()

    order = shelf.order(child.id)
    assert (order.state, run.orders_held, run.state) == ("held", 1, RunState.WITH_ERRORS)
    assert shelf.reserved(child.id) == []  # the parent promises these goods already
    matter = shelf.matter(Kind.CHILD_ORDER)
    assert f"uma parte do pedido {child.id - 1}" in matter.text
    assert "aceite-a" in matter.remedy
    assert shelf.error(run).turn == "you"
    assert shelf.shop.orders[child.id].status_id == 1

    accept_child(shelf.company, order.pk, BY, datetime.now(UTC))
    assert shelf.order(child.id).state == "open"
    assert shelf.reserved(child.id) == [("CAN-350", 1)]
    assert shelf.matters() == []

    shelf.sync()
    assert shelf.shop.orders[child.id].status_id == 901
    assert_books_balance(shelf.company)


def test_an_accepted_part_stays_accepted_when_it_changes(shelf: Stage) -> None:
    child = shelf.shop.odd_order("multicd-child")
    shelf.sync()
    accept_child_order(shelf.company, shelf.order(child.id).pk, by=BY, now=datetime.now(UTC), plan=plan_of(shelf.store))
    shelf.edit_lines(child.id, lambda lines: lines[0].update(quantity="3"))

    run = shelf.sync()

    assert (shelf.order(child.id).state, run.state) == ("open", RunState.CLEAN)
    assert shelf.reserved(child.id) == [("CAN-350", 3)]


def test_an_order_without_items_is_held_until_they_come(shelf: Stage) -> None:
    product = next(iter(shelf.shop.products.values()))
    placed = shelf.shop.place_order(items=[(product, 1)])
    lines = list(shelf.shop.orders[placed.id].lines)
    shelf.shop.orders[placed.id].lines.clear()

    run = shelf.sync()

    assert (shelf.order(placed.id).state, run.state) == ("held", RunState.WITH_ERRORS)
    assert "sem nenhum item" in shelf.matter(Kind.ORDER_TOTAL).text
    error = shelf.error(run)
    assert "sem nenhum item" in error.cause
    assert error.text == "Pedido 1 retido"

    shelf.edit_lines(placed.id, lambda rows: rows.extend(lines))
    run = shelf.sync()
    assert (shelf.order(placed.id).state, run.state) == ("open", RunState.CLEAN)
    assert shelf.matters() == []
    assert shelf.reserved(placed.id) == [("CAN-350", 1)]


def test_a_status_that_regresses_holds_the_order_and_it_goes_on_when_it_returns(shelf: Stage) -> None:
    product = next(iter(shelf.shop.products.values()))
    placed = shelf.shop.place_order(items=[(product, 2)])
    shelf.sync()
    shelf.move(placed.id, "AGUARDANDO PAGAMENTO")

    run = shelf.sync()

    assert (shelf.order(placed.id).state, run.orders_held) == ("held", 1)
    assert "voltou para «AGUARDANDO PAGAMENTO»" in shelf.matter(Kind.STATUS_REGRESSED).text
    assert "Confira o pagamento" in shelf.matter(Kind.STATUS_REGRESSED).remedy
    assert shelf.reserved(placed.id) == [("CAN-350", 2)]  # still promised: it may be paid after all

    shelf.move(placed.id, "A ENVIAR")
    run = shelf.sync()
    assert (shelf.order(placed.id).state, run.state, shelf.matters()) == ("open", RunState.CLEAN, [])
    assert shelf.shop.orders[placed.id].status_id == 901


def test_an_order_that_returns_to_the_very_status_that_we_wrote_goes_on_too(shelf: Stage) -> None:
    product = next(iter(shelf.shop.products.values()))
    placed = shelf.shop.place_order(items=[(product, 1)])
    shelf.sync()
    shelf.sync()  # the echo of our own status is behind us
    shelf.move(placed.id, "AGUARDANDO PAGAMENTO")
    shelf.sync()
    shelf.move(placed.id, "A ENVIAR - SINCRONIZADO")

    shelf.sync()

    assert (shelf.order(placed.id).state, shelf.matters()) == ("open", [])


def test_an_order_not_seen_before_in_a_waiting_status_is_not_imported(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("status-regressed")
    run = shelf.sync()
    assert (shelf.orders(), run.state, run.tray_total, run.held_total) == ([], RunState.CLEAN, 1, 1)
    shelf.move(placed.id, "A ENVIAR")
    shelf.sync()
    assert shelf.order(placed.id).state == "open"


def test_the_same_order_twice_in_a_page_is_one(shelf: Stage) -> None:
    shelf.shop.place_orders(5, status="A ENVIAR")
    shelf.shop.faults.next("GET /orders", "duplicate-row")
    run = shelf.sync()
    assert (len(shelf.orders()), run.orders_imported, run.state) == (5, 5, RunState.CLEAN)
    assert_books_balance(shelf.company)


@pytest.mark.parametrize("is_sorted", [True, False])
def test_a_total_that_moves_while_pages_are_read_loses_nothing(shelf: Stage, is_sorted: bool) -> None:
    shelf.shop.switches.change({"sort_supported": is_sorted})
    shelf.shop.place_orders(120, status="A ENVIAR")
    shelf.shop.faults.next("GET /orders", "total-moves", after=1)
    run = shelf.sync()
    assert (len(shelf.orders()), run.orders_imported) == (120, 120)
    assert (run.tray_total, run.held_total) == (120, 120)


def test_a_store_that_cannot_sort_is_read_whole_each_time_and_finds_every_change(shelf: Stage) -> None:
    shelf.shop.switches.change({"sort_supported": False})
    placed = shelf.shop.place_orders(60, status="A ENVIAR")
    shelf.sync()
    shelf.later()
    shelf.shop.cancel_order(placed[3].id)

    run = shelf.sync()

    assert (run.orders_cancelled, shelf.order(placed[3].id).state) == (1, "cancelled")
    assert (run.tray_total, run.held_total) == (60, 60)


def test_two_lines_of_one_product_reserve_for_both(shelf: Stage) -> None:
    product = shelf.sold(0)
    placed = shelf.shop.place_order(items=[(product, 2), (product, 3)])
    shelf.sync()
    assert shelf.reserved(placed.id) == [("CAN-350", 2), ("CAN-350", 3)]
    assert_books_balance(shelf.company)


def test_a_kit_comes_in_as_its_components(shelf: Stage) -> None:
    placed = shelf.shop.odd_order("kit")
    run = shelf.sync()
    items = list(shelf.order(placed.id).items.all())
    assert (run.state, [item.tray_kit_id is not None for item in items]) == (RunState.CLEAN, [True, True])
    assert shelf.reserved(placed.id) == [("CAN-350", 1), ("COPO-200", 2)]


def test_what_the_marketplace_says_is_kept(shelf: Stage) -> None:
    placed = shelf.shop.place_order(items=[(shelf.sold(0), 1)], marketplace="Mercado Livre")
    shelf.sync()
    order = shelf.order(placed.id)
    said = shelf.shop.orders[placed.id].marketplace[0]
    assert (order.point_sale, order.marketplace_number) == ("MERCADO LIVRE", said["marketplace_order_id"])
    assert (order.marketplace.name, order.marketplace.document) == ("Mercado Livre", said["marketplace_document"])
    assert order.marketplace.payment_document == said["payment_responsible_document"]
    assert order.marketplace.shipping_id == said["marketplace_shipping_id"]


def test_an_order_older_than_the_first_day_is_seen_and_left_alone(shelf: Stage) -> None:
    before = shelf.store.import_from - timedelta(days=3)
    shelf.shop.place_order(items=[(shelf.sold(0), 1)], date=before.isoformat())
    run = shelf.sync()
    assert (shelf.orders(), run.state, run.tray_total, run.held_total) == ([], RunState.CLEAN, 1, 1)


def test_an_order_without_a_changed_date_is_read_once(shelf: Stage) -> None:
    placed = shelf.shop.place_order(items=[(shelf.sold(0), 1)])
    shelf.sync()
    shelf.shop.orders[placed.id].fields["modified"] = "0000-00-00 00:00:00"
    sightings = OrderSighting.objects.of(shelf.company).filter(store=shelf.store)
    assert shelf.sync().state == RunState.CLEAN
    assert sightings.exclude(due="").count() == 0


def test_an_order_that_cannot_be_read_is_reported_and_comes_in_once_it_can(shelf: Stage) -> None:
    good = shelf.shop.place_order(items=[(shelf.sold(0), 1)])
    bad = shelf.shop.place_order(items=[(shelf.sold(1), 1)])
    shelf.edit_lines(bad.id, lambda lines: lines[0].update(quantity="1.5"))

    run = shelf.sync()

    assert ([order.tray_id for order in shelf.orders()], run.state) == ([good.id], RunState.WITH_ERRORS)
    error = shelf.error(run)
    assert (error.turn, "quantity" in error.cause) == ("tray", True)
    assert "confira os campos citados" in error.remedy
    assert f"O pedido {bad.id} do Tray" in shelf.matter(Kind.ORDER_UNREADABLE).text
    assert "será lido de novo" in try_again(
        shelf.company, shelf.matter(Kind.ORDER_UNREADABLE).pk, BY, datetime.now(UTC)
    )

    shelf.edit_lines(bad.id, lambda lines: lines[0].update(quantity="2"))
    assert shelf.sync().state == RunState.CLEAN
    assert (shelf.order(bad.id).state, shelf.matters()) == ("open", [])


def test_an_unreadable_order_that_is_cancelled_meanwhile_asks_nothing_any_more(shelf: Stage) -> None:
    bad = shelf.shop.place_order(items=[(shelf.sold(1), 1)])
    shelf.edit_lines(bad.id, lambda lines: lines[0].update(quantity="0"))
    shelf.sync()
    shelf.move(bad.id, "CANCELADO")
    assert shelf.sync().state == RunState.CLEAN
    assert (shelf.orders(), shelf.matters()) == ([], [])
