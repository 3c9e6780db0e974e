"""Notas looked up by what people know of them, a buyer with few orders or with very many."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from ahead.accounts.models import Company
from ahead.customers.models import Customer
from ahead.fiscal import queries
from ahead.fiscal.models import Nota
from ahead.fiscal.queries import NotaFilter
from ahead.stores.models import Store
from nota_rows import make_nota
from order_making import make_customer, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[0, 1, 5_000], ids=["asked anew", "at the edge", "looked up once"])
def _how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_LOOKED_UP_ONCE", request.param)


def _nota(loja: Store, now: datetime, customer: Customer) -> Nota:
    order = make_order(loja, now, customer=customer)
    return make_nota(order, now, recipient_document=customer.document, total=Decimal("10.00"))


@pytest.mark.usefixtures("_how")
@pytest.mark.parametrize("text", ["helena souza", "SOUZA", "helena@exemplo", "390.533.447-05", "39053344705"])
def test_all_notas_of_a_buyer_are_listed_and_added_up(padaria: Company, loja: Store, now: datetime, text: str) -> None:
    helena = make_customer(padaria, now, name="Helena Souza", email="helena@exemplo.test")
    other = make_customer(padaria, now, name="Bruno Dias", document="52998224725")
    hers = {_nota(loja, now, helena).pk for _ in range(2)}
    _nota(loja, now, other)
    wanted = NotaFilter(search=text)

    page = queries.notas(padaria, wanted)

    assert {nota.pk for nota in page.rows} == hers
    assert page.total == 2
    totals = queries.totals(padaria, wanted)
    assert (totals.notas, totals.amount) == (2, Decimal("20.00"))


@pytest.mark.usefixtures("_how")
@pytest.mark.parametrize("text", ["zebedeu", "helenasouza", "11144477735", "@"])
def test_what_nobody_has_finds_nothing(padaria: Company, loja: Store, now: datetime, text: str) -> None:
    _nota(loja, now, make_customer(padaria, now, name="Helena Souza"))
    assert queries.notas(padaria, NotaFilter(search=text)).rows == []
