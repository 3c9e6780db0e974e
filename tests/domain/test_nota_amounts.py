"""What a nota comes to is what the buyer paid, whatever the order charges and takes off."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ahead.catalog.models import Product
from ahead.fiscal.models import NotaXml
from ahead.fiscal.preparing import Workshop, open_workshop, prepare_sale
from ahead.fiscal.returning import prepare_return
from ahead.fiscal.sharing import Charged, charged
from ahead.nfe.reading import read_nota
from ahead.stores.models import Store
from ahead.taxes.models import TaxRule
from fiscal_making import authorise, make_sale

BY = "oto@padaria.example"
ZERO = Decimal(0)
cents = st.integers(0, 50_000).map(lambda whole: Decimal(whole).scaleb(-2))
signed = st.integers(-50_000, 50_000).map(lambda whole: Decimal(whole).scaleb(-2))


@given(cents, signed, st.lists(signed, max_size=5), cents)
def test_goods_freight_discount_and_additions_come_to_the_total(
    goods: Decimal, freight: Decimal, additions: list[Decimal], total: Decimal
) -> None:
    found = charged(goods=goods, freight=freight, additions=additions, total=total)

    assert found is not None
    assert goods + found.freight + found.other - found.discount == total
    assert min(found.freight, found.other, found.discount) >= 0
    assert found.discount <= goods


@given(cents, cents)
def test_what_needs_no_change_stays_as_it_is(goods: Decimal, freight: Decimal) -> None:
    assume(goods >= 1)
    found = charged(goods=goods, freight=freight, additions=[Decimal(-1)], total=goods + freight - 1)
    assert found == Charged(freight, Decimal(1), ZERO)


def test_nothing_makes_a_negative_total() -> None:
    assert charged(goods=Decimal(10), freight=ZERO, additions=[], total=Decimal(-1)) is None


@pytest.mark.parametrize(
    ("taken", "freight", "discount", "other"),
    [
        ({"coupon_discount": Decimal(35)}, "20.00", "20.00", "0.00"),
        ({"discount": Decimal(-5)}, "35.00", "0.00", "5.00"),
    ],
)
def test_a_coupon_for_the_freight_and_a_negative_discount(
    workshop: Workshop, loja: Store, bread: Product, now: datetime, taken: Any, freight: str, discount: str, other: str
) -> None:
    order = make_sale(loja, now, [(bread, 2, "10.00")], shipping=Decimal(35), **taken)

    nota = prepare_sale(workshop, order.pk, by=BY, now=now)

    signed_xml = bytes(NotaXml.objects.of(loja.company).get(nota=nota).signed)
    assert (nota.total, read_nota(signed_xml).total) == (order.total, order.total)
    sums = signed_xml.decode().split("<ICMSTot>")[1]
    assert f"<vFrete>{freight}</vFrete>" in sums
    assert f"<vDesc>{discount}</vDesc>" in sums
    assert f"<vOutro>{other}</vOutro>" in sums


@pytest.mark.parametrize("rate", ["10", "3.25", "15"])
@pytest.mark.parametrize(
    ("price", "more"),
    [("39.90", {}), ("0.05", {}), ("19.99", {"shipping": Decimal("7.77"), "discount": Decimal("39.98")})],
)
def test_ipi_is_taken_out_of_what_the_buyer_paid(
    workshop: Workshop, loja: Store, bread: Product, now: datetime, rate: str, price: str, more: dict[str, Decimal]
) -> None:
    TaxRule.objects.of(loja.company).update(ipi_cst="50", ipi_aliquota=rate)
    order = make_sale(loja, now, [(bread, 2, price)], **more)

    nota = prepare_sale(open_workshop(loja.company, now=now), order.pk, by=BY, now=now)

    said = read_nota(bytes(NotaXml.objects.of(loja.company).get(nota=nota).signed))
    assert (nota.total, said.total) == (order.total, order.total)


def test_what_comes_back_has_its_ipi_in_what_was_paid_as_well(
    workshop: Workshop, loja: Store, bread: Product, now: datetime
) -> None:
    TaxRule.objects.of(loja.company).update(ipi_cst="50", ipi_aliquota="10")
    sale = authorise(loja.company, make_sale(loja, now, [(bread, 3, "39.90")]), now)

    back = prepare_return(open_workshop(loja.company, now=now), sale.pk, {1: 2}, by=BY, now=now)

    assert (sale.total, back.total) == (Decimal("119.70"), Decimal("79.80"))
