"""The pure decisions: money, what a row asks for, allocation, the brake, going back and coming back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.catalog.offered import Offered
from ahead.orders import rules
from ahead.orders.incoming import IncomingAddress, IncomingCustomer, IncomingItem, IncomingOrder
from ahead.orders.rules import StatusPlan
from ahead.stock.allocation import allocate, available
from ahead.stock.publishing import StockChange
from ahead.sync.brake import is_too_much, would_zero
from ahead.sync.deciding import Held, Row, Seen, is_unchanged, what_is_due

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
PLAN = StatusPlan(import_ids=frozenset({1, 211}), cancelled_ids=frozenset({5}), update_id=901, update_cancelled_id=902)
ADDRESS = IncomingAddress(street="Rua A", city="Marília", uf="SP")
CUSTOMER = IncomingCustomer(
    tray_id=1, is_company=False, name="Maria", legal_name="", document="52998224725", inscricao_estadual="",
    email="", phone="", mobile="", address=ADDRESS,
)  # fmt: skip


def item(price: Decimal, quantity: int = 1) -> IncomingItem:
    """A line of an order."""
    return IncomingItem(
        tray_item_id=1, offered=Offered(101, 0, "Caneca", "CAN", ""), kit_tray_id=None, ncm="",
        quantity=quantity, unit_price=price, original_price=price,
    )  # fmt: skip


ORDER = IncomingOrder(
    tray_id=7001, status_id=1, status="A ENVIAR", modified_at=NOW, placed_at=NOW, fingerprint="", customer=CUSTOMER,
    delivery=ADDRESS, items=(item(Decimal("10.00")),), payments=(), marketplace=None, point_sale="", shipping_method="",
    delivery_time="", payment_method="", payment_kind="", installments=1, paid_on=None, customer_note="",
    items_total=Decimal("10.00"), discount=Decimal(0), coupon_discount=Decimal(0), coupon_code="", shipping=Decimal(0),
    payment_rate=Decimal(0), taxes=Decimal(0), interest=Decimal(0), total=Decimal("10.00"), is_child=False,
    parent_tray_id=None, document=b"",
)  # fmt: skip
cents = st.decimals(min_value=Decimal("-99999.99"), max_value=Decimal("99999.99"), places=2)


# --- money


@given(parts=st.lists(cents, min_size=7, max_size=7), extra=cents)
def test_the_remainder_closes_every_total_to_the_cent(parts: list[Decimal], extra: Decimal) -> None:
    items, discount, coupon, shipping, rate, taxes, interest = parts
    total = items - discount - coupon + shipping + rate + taxes + interest + extra
    order = replace(
        ORDER, items_total=items, discount=discount, coupon_discount=coupon, shipping=shipping, payment_rate=rate,
        taxes=taxes, interest=interest, total=total,
    )  # fmt: skip
    assert rules.unexplained(order) == extra


@given(lines=st.lists(st.tuples(cents, st.integers(1, 999)), min_size=1, max_size=30))
def test_lines_add_up_exactly(lines: list[tuple[Decimal, int]]) -> None:
    order = replace(ORDER, items=tuple(item(price, quantity) for price, quantity in lines))
    assert rules.lines_total(order) == sum((price * quantity for price, quantity in lines), Decimal(0))


def test_tray_s_own_examples_add_up() -> None:
    money = {"items_total": Decimal("35999.00"), "discount": Decimal("8999.75"), "shipping": Decimal("28.35")}
    assert rules.unexplained(replace(ORDER, **money, total=Decimal("27027.60"))) == 0
    money = {"items_total": Decimal("59900.00"), "shipping": Decimal("38.91"), "payment_rate": Decimal("2996.95")}
    assert rules.unexplained(replace(ORDER, **money, total=Decimal("62935.86"))) == 0


def test_amounts_are_written_as_people_write_them() -> None:
    order = replace(ORDER, items=(item(Decimal("1234.50")),), items_total=Decimal("1234.50"), total=Decimal("1240.00"))
    (found,) = rules.findings(order, is_accepted_child=False, has_document=True, has_address=True)
    assert "as partes somam R$ 1.234,50 e o Tray diz R$ 1.240,00" in found.text
    assert not found.holds


def test_a_sum_of_items_that_differs_is_told_too() -> None:
    order = replace(ORDER, items=(item(Decimal("9.00")),))
    (found,) = rules.findings(order, is_accepted_child=False, has_document=True, has_address=True)
    assert "os itens somam R$ 9,00 e o Tray diz R$ 10,00" in found.text


# --- going back and coming back


@pytest.mark.parametrize(
    ("status", "is_waiting"),
    [
        ("AGUARDANDO PAGAMENTO", True),
        ("Compra em análise", True),
        ("PENDENTE", True),
        ("EM MONITORAMENTO", True),
        ("AGUARDANDO ENVIO", False),
        ("A ENVIAR", False),
        ("ENVIADO", False),
        ("FINALIZADO", False),
    ],
)
def test_which_statuses_wait_for_payment(status: str, *, is_waiting: bool) -> None:
    assert rules.is_waiting_status(status) is is_waiting


def test_a_waiting_name_that_the_merchant_chose_is_no_going_back() -> None:
    order = replace(ORDER, status_id=901, status="AGUARDANDO FATURAMENTO")
    assert rules.regress(order, active_ids=PLAN.active_ids) is None
    found = rules.regress(replace(order, status_id=33), active_ids=PLAN.active_ids)
    assert found is not None
    assert found.holds


@pytest.mark.parametrize(
    ("state", "by_tray", "now", "is_back"),
    [
        ("cancelled", True, 1, True),
        ("cancelled", True, 901, True),
        ("cancelled", True, 4, False),  # it waits for payment
        ("cancelled", False, 211, False),  # a person cancelled it here
        ("invoiced", True, 1, False),
    ],
)
def test_when_a_cancelled_order_is_alive_again(state: str, now: int, *, by_tray: bool, is_back: bool) -> None:
    found = rules.returns_from_cancellation(
        state=state, is_cancelled_by_tray=by_tray, status_id=now, active_ids=PLAN.active_ids
    )
    assert found is is_back


def test_a_status_is_owed_only_where_it_changes_something() -> None:
    assert PLAN.must_acknowledge(1)
    assert not PLAN.must_acknowledge(901)
    assert not PLAN.must_acknowledge(4)
    assert not replace(PLAN, import_ids=frozenset({1, 901})).must_acknowledge(901)
    assert not replace(PLAN, update_id=None).must_acknowledge(1)
    assert PLAN.must_acknowledge_cancelled(5)
    assert not PLAN.must_acknowledge_cancelled(902)
    assert not replace(PLAN, update_cancelled_id=None).must_acknowledge_cancelled(5)
    assert replace(PLAN, update_cancelled_id=None).dead_ids == {5}
    assert replace(PLAN, update_id=None).active_ids == {1, 211}


# --- what a row asks for

ROW = Row(7001, NOW, date(2026, 11, 24), 1, "A ENVIAR", "f")
SEEN = Seen(NOW - timedelta(hours=1), 1, "f", "", NOW - timedelta(hours=1))
WROTE = Held("open", 901, NOW)


def due(row: Row, seen: Seen | None, held: Held | None) -> str:
    """Return what is due about a row."""
    return what_is_due(row, seen, held, plan=PLAN, import_from=date(2026, 11, 1))


@pytest.mark.parametrize(
    ("row", "held", "what"),
    [
        (ROW, None, "read"),
        (replace(ROW, status_id=2), None, ""),
        (replace(ROW, status_id=5), None, "stock"),
        (replace(ROW, status_id=5, placed_on=date(2026, 10, 31)), None, ""),
        (replace(ROW, placed_on=date(2026, 10, 31)), None, ""),
        (replace(ROW, placed_on=None), None, "read"),
        (replace(ROW, status_id=5), WROTE, "cancel"),
        (replace(ROW, status_id=5), Held("held", None, None), "cancel"),
        (replace(ROW, status_id=5), Held("cancelled", None, None), "cancel"),
        (replace(ROW, status_id=2), WROTE, "read"),
        (replace(ROW, status_id=None), WROTE, "read"),
    ],
)
def test_what_a_row_asks_for(row: Row, held: Held | None, what: str) -> None:
    assert due(row, SEEN, held) == what


def test_a_cancellation_asks_once_whoever_holds_the_order() -> None:
    dead, cancelled = replace(ROW, status_id=5), replace(SEEN, status_id=5)
    for held in (None, WROTE, Held("cancelled", None, None)):
        assert due(dead, cancelled, held) == ""
        assert due(dead, replace(cancelled, due="stock"), held)
        assert due(dead, None, held)
    assert due(dead, replace(SEEN, status_id=902), Held("cancelled", None, None)) == ""


def test_the_echo_of_our_own_status_asks_for_nothing_once() -> None:
    echo = replace(ROW, status_id=901)
    assert due(echo, SEEN, WROTE) == ""
    assert due(echo, replace(SEEN, seen_at=NOW + timedelta(seconds=1)), WROTE) == "read"
    assert due(replace(echo, modified_at=NOW + timedelta(minutes=1)), SEEN, WROTE) == "read"
    assert due(replace(echo, fingerprint="g"), SEEN, WROTE) == "read"
    assert due(echo, replace(SEEN, due="read"), WROTE) == "read"
    assert due(echo, None, WROTE) == "read"


def test_the_echo_of_our_own_nota_asks_for_nothing_and_that_of_another_is_read() -> None:
    echo = replace(ROW, status_id=901, has_invoice=True)
    assert due(echo, replace(SEEN, status_id=901), WROTE) == ""
    assert due(replace(echo, modified_at=NOW + timedelta(minutes=1)), replace(SEEN, status_id=901), WROTE) == "read"


def test_a_row_is_unchanged_if_instant_status_content_and_nota_are() -> None:
    seen = replace(SEEN, modified_at=NOW)
    assert is_unchanged(ROW, seen)
    assert not is_unchanged(replace(ROW, has_invoice=True), seen)
    assert not is_unchanged(ROW, None)
    assert not is_unchanged(replace(ROW, fingerprint="g"), seen)
    assert not is_unchanged(replace(ROW, status_id=2), seen)
    assert not is_unchanged(ROW, SEEN)


# --- allocation

places = st.lists(st.integers(-50, 200), min_size=1, max_size=8).map(lambda units: list(enumerate(units, start=1)))


@given(quantity=st.integers(1, 500), free=places)
def test_what_is_wanted_is_promised_exactly(quantity: int, free: list[tuple[int, int]]) -> None:
    promised = allocate(quantity, free)
    assert sum(units for _, units in promised) == quantity
    assert all(units > 0 for _, units in promised)
    assert len({warehouse for warehouse, _ in promised}) == len(promised)


@given(quantity=st.integers(1, 500), free=places)
def test_nothing_is_oversold_that_lies_free_somewhere(quantity: int, free: list[tuple[int, int]]) -> None:
    there = dict(free)
    beyond = sum(max(units - max(there[warehouse], 0), 0) for warehouse, units in allocate(quantity, free))
    assert beyond == max(quantity - sum(max(units, 0) for units in there.values()), 0)


@given(quantity=st.integers(1, 100), free=places)
def test_one_parcel_where_one_warehouse_can_give_all_and_the_first_of_them(
    quantity: int, free: list[tuple[int, int]]
) -> None:
    can = [warehouse for warehouse, units in free if units >= quantity]
    if can:
        assert allocate(quantity, free) == [(can[0], quantity)]


@pytest.mark.parametrize(("quantity", "free"), [(0, [(1, 5)]), (-1, [(1, 5)]), (1, [])])
def test_nothing_can_be_promised_of_nothing(quantity: int, free: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="needs a positive quantity"):
        allocate(quantity, free)


@given(free=st.integers(-100, 100), safety=st.integers(0, 100))
def test_what_is_offered_is_never_negative(free: int, safety: int) -> None:
    assert available(free, safety_stock=safety) == max(0, free - safety)


# --- the brake


def change(confirmed: int | None, now: int) -> StockChange:
    """A SKU whose quantity goes from what Tray confirmed to another."""
    return StockChange(1, 1, 1, 0, "C", "N", confirmed, now)


def test_what_tray_may_show_with_stock_counts_as_shown() -> None:
    assert would_zero([change(5, 0), change(None, 0), change(0, 0), change(5, 1), change(-1, 0)]) == 3


@given(zeroed=st.integers(0, 200), offered=st.integers(1, 200), percent=st.integers(0, 100))
def test_the_brake_needs_ten_and_more_than_its_percentage(zeroed: int, offered: int, percent: int) -> None:
    emptied = would_zero([change(1, 0)] * zeroed)
    assert is_too_much(emptied, offered, percent=percent) is (zeroed >= 10 and zeroed > offered * percent / 100)
