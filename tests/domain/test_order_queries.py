"""Lists and counts of orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.catalog.models import Product
from ahead.orders import queries
from ahead.orders.models import Order
from ahead.stores.models import Store
from order_making import make_customer, make_order, make_unknown

MakeProduct = Callable[..., Product]


def numbers(company: Company, **wanted: Any) -> list[int]:
    return [order.number for order in queries.orders(company, **wanted).rows]


def test_lists_the_latest_first_and_nobody_elses(
    padaria: Company, outra: Company, loja: Store, make_store: Callable[..., Store], now: datetime
) -> None:
    old = make_order(loja, now, placed_at=now - timedelta(days=2))
    new = make_order(loja, now)
    make_order(make_store(outra, name="Loja da Lua"), now)
    page = queries.orders(padaria)
    assert [order.pk for order in page.rows] == [new.pk, old.pk]
    assert page.total == 2
    assert numbers(padaria, sort="placed_at") == [old.number, new.number]
    assert numbers(padaria, sort="total; drop table") == [new.number, old.number]


def test_narrows_by_each_filter(padaria: Company, loja: Store, now: datetime) -> None:
    held = make_order(loja, now, state="held", point_sale="MAGALU")
    entered = make_order(loja, now - timedelta(days=3), kind="PED", placed_at=now - timedelta(days=3))
    assert numbers(padaria, kind="PED") == [entered.number]
    assert numbers(padaria, state="held") == [held.number]
    assert numbers(padaria, channel="MAGALU") == [held.number]
    assert numbers(padaria, store_id=loja.pk + 1) == []
    assert queries.channels(padaria) == ["MAGALU"]
    today = date(2026, 11, 24)
    assert numbers(padaria, placed_from=today, placed_to=today) == [held.number]
    assert numbers(padaria, placed_to=today - timedelta(days=1)) == [entered.number]


def test_a_day_is_a_day_of_brasilia(padaria: Company, loja: Store, now: datetime) -> None:
    late = make_order(loja, now, placed_at=now.replace(hour=2, minute=59))  # 23:59 of the day before
    assert numbers(padaria, placed_from=date(2026, 11, 23), placed_to=date(2026, 11, 23)) == [late.number]


@pytest.mark.parametrize(
    "text",
    [
        "4711",
        "990001",
        "2000-77",
        "390.533.447-05",
        "39053344705",
        "mariana",
        "SIQUEIRA",
        "Mari@example.com",
        "mari@ex",
    ],
)
def test_finds_an_order_by_what_people_know_of_it(padaria: Company, loja: Store, now: datetime, text: str) -> None:
    buyer = make_customer(padaria, now, email="mari@example.com")
    wanted = make_order(
        loja, now, number=4711, tray_id=990001, marketplace_number="2000-77", customer=buyer, state="open"
    )
    make_order(loja, now)
    assert numbers(padaria, search=text) == [wanted.number]


def test_finds_names_with_accents_whatever_their_case(padaria: Company, loja: Store, now: datetime) -> None:
    wanted = make_order(loja, now, customer=make_customer(padaria, now, name="JOÃO DA CONCEIÇÃO"))
    assert numbers(padaria, search="joão conceição") == [wanted.number]
    assert numbers(padaria, search="conceicao joao") == [wanted.number]
    assert numbers(padaria, search="joão pereira") == []


def test_says_when_more_people_have_a_name_than_it_looks_at(
    padaria: Company, loja: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CUSTOMERS_LOOKED_AT", 2)
    for number in range(3):
        make_order(loja, now, customer=make_customer(padaria, now, name=f"Maria {number} Rosa", document=""))
    shown = queries.meant_by(padaria, "maria")
    assert queries.orders(padaria, search="maria", meant=shown).total == 2
    wanted = queries.OrderFilter(search="maria")
    assert len(list(queries.orders_for_export(padaria, wanted))) == 3, "a file is whole"
    assert len(queries.order_ids(padaria, wanted, limit=9)) == 3, "and so is what is done to all that match"
    assert queries.orders(padaria, search="maria").total == 3
    assert queries.meant_by(padaria, "maria").is_part
    assert not queries.meant_by(padaria, "maria 1").is_part
    known = make_order(loja, now, marketplace_number="MARIA")
    assert numbers(padaria, search="maria") == [known.number]
    assert queries.meant_by(padaria, "maria") == queries.Meant([known.pk])


def test_a_number_too_long_for_any_id_finds_nothing(padaria: Company, loja: Store, now: datetime) -> None:
    make_order(loja, now)
    assert numbers(padaria, search="9" * 40) == []


def test_counts_up_to_ten_thousand_and_then_says_so(padaria: Company, loja: Store, now: datetime) -> None:
    Order.objects.bulk_create(
        Order(
            company=padaria,
            kind="PEW",
            number=number,
            store=loja,
            tray_id=number,
            state="open",
            placed_at=now - timedelta(seconds=number),
            imported_at=now,
            updated_at=now,
        )
        for number in range(10_001)
    )
    page = queries.orders(padaria, page=3)
    assert page.total is None
    assert [order.number for order in page.rows] == list(range(100, 150))
    assert page.has_next
    assert queries.orders(padaria, search="77").total == 1


def test_a_page_costs_the_same_queries_however_many_rows(
    padaria: Company, loja: Store, now: datetime, django_assert_num_queries: Any
) -> None:
    for document in ("39053344705", "52998224725", "15350946056"):
        make_order(loja, now, customer=make_customer(padaria, now, document=document))
    with django_assert_num_queries(2):
        assert [(order.store.name, order.customer.name) for order in queries.orders(padaria).rows]  # type: ignore[union-attr]


def test_one_order_comes_with_all_that_belongs_to_it(
    padaria: Company, outra: Company, loja: Store, make_product: MakeProduct, now: datetime
) -> None:
    made = make_order(loja, now, products=[make_product(padaria)])
    order = queries.order(padaria, made.pk)
    assert [item.product.code for item in order.items.all() if item.product] == ["1001"]
    assert queries.document(order) == {"Order": {"id": str(made.tray_id)}}
    with pytest.raises(Order.DoesNotExist):
        queries.order(outra, made.pk)


def test_the_money_lines_add_up_to_the_total(loja: Store, now: datetime) -> None:
    order = make_order(
        loja,
        now,
        items_total=Decimal("119.60"),
        discount=Decimal("5.00"),
        coupon_discount=Decimal("1.50"),
        shipping=Decimal("18.50"),
        payment_rate=Decimal("-2.10"),
        remainder=Decimal("0.01"),
        total=Decimal("129.51"),
    )
    lines = queries.money_lines(order)
    assert sum(line.amount for line in lines) == order.total
    assert [line.label for line in lines] == ["Itens", "Desconto", "Cupom", "Frete", "Taxa do pagamento", "Outros"]


def test_the_day_is_counted_by_hour_without_what_was_cancelled(padaria: Company, loja: Store, now: datetime) -> None:
    make_order(loja, now, total=Decimal("10.00"))  # 12:00 in Brasília
    make_order(loja, now, placed_at=now.replace(hour=3), total=Decimal("5.50"))  # 00:00
    make_order(loja, now, placed_at=now.replace(hour=2))  # yesterday
    make_order(loja, now, state="cancelled")
    day = queries.day(padaria, now=now)
    assert (day.hours[0], day.hours[12], day.orders) == (1, 1, 2)
    assert day.total == Decimal("15.50")
    assert day.yesterday == 0


def test_says_which_orders_wait_for_a_thing_sold_at_tray(padaria: Company, loja: Store, now: datetime) -> None:
    held = make_order(loja, now, state="held")
    done = make_order(loja, now)
    variant, _ = make_unknown(loja, now, held, done)
    assert queries.orders_waiting_for(padaria, variant.pk) == [held]
    assert queries.held_count(padaria) == 1


def test_exports_what_is_selected_or_all_that_match(
    padaria: Company, outra: Company, loja: Store, now: datetime
) -> None:
    one, two = make_order(loja, now), make_order(loja, now, state="held")
    everything = queries.orders_for_export(padaria, queries.OrderFilter())
    assert {order.pk for order in everything} == {one.pk, two.pk}
    assert list(queries.orders_for_export(padaria, queries.OrderFilter(state="held"))) == [two]
    assert list(queries.orders_for_export(padaria, queries.OrderFilter(), ids=[one.pk])) == [one]
    assert list(queries.orders_for_export(outra, queries.OrderFilter(), ids=[one.pk])) == []
