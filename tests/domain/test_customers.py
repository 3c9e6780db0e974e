"""The list of customers, and pages of lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.customers import queries
from ahead.customers.models import Customer, CustomerWord
from ahead.customers.names import ids_named, keep_words
from ahead.db.paging import paginate
from ahead.orders.models import Order
from order_making import make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def customers(padaria: Company, outra: Company, now: datetime) -> list[Customer]:
    def make(company: Company, name: str, document: str, **fields: Any) -> Customer:
        return make_customer(company, now, name=name, document=document, **fields)

    made = [
        make(padaria, "Érica Souza", "52998224725", email="erica@example.com"),
        make(padaria, "Bruno Dias", "11144477735"),
        make(padaria, "Carla", "11222333000181", legal_name="Cafés Carla Ltda"),
    ]
    make(outra, "Bruno Alheio", "52998224725")
    for number, (customer, days) in enumerate([(made[0], 1), (made[0], 5), (made[1], 3)], start=1):
        placed = now - timedelta(days=days)
        Order.objects.create(
            company=padaria,
            kind="PED",
            number=number,
            customer=customer,
            state="open",
            placed_at=placed,
            imported_at=now,
            updated_at=now,
        )
    return made


def test_are_listed_with_their_orders_in_two_queries(
    customers: list[Customer], padaria: Company, now: datetime, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(2):
        page = queries.customers(padaria, sort="-orders_count")
    assert page.total == 3
    assert [(row.customer.name, row.orders_count) for row in page.rows] == [
        ("Érica Souza", 2),
        ("Bruno Dias", 1),
        ("Carla", 0),
    ]
    assert [row.last_order_at for row in page.rows] == [
        now - timedelta(days=1),
        now - timedelta(days=3),
        None,
    ]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("bruno", ["Bruno Dias"]),
        ("ÉRICA", ["Érica Souza"]),
        ("souza éri", ["Érica Souza"]),
        ("529.982", ["Érica Souza"]),
        ("11.222.333/0001-81", ["Carla"]),
        ("cafés", ["Carla"]),
        ("CAFES car", ["Carla"]),
        ("erica sou", ["Érica Souza"]),
        ("ouza", []),
        ("bruno souza", []),
        ("1114", ["Bruno Dias"]),
        ("-", []),
        ("erica@", ["Érica Souza"]),
        ("ERICA@Example.com ", ["Érica Souza"]),
        ("souza erica@", ["Érica Souza"]),
        ("bruno erica@", []),
        ("@example.com", []),
        ("ninguém", []),
    ],
)
def test_are_found(customers: list[Customer], padaria: Company, search: str, names: list[str]) -> None:
    assert [row.customer.name for row in queries.customers(padaria, search=search).rows] == names


def test_a_name_that_many_have_is_shown_in_part_and_exported_whole(
    padaria: Company, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "NAMED_UP_TO", 2)
    for number in range(3):
        make_customer(padaria, now, name=f"Maria {number} Rosa", document="")
    assert queries.customers(padaria, search="maria").total == 2
    assert queries.is_name_of_too_many(padaria, "maria")
    assert queries.customers(padaria, search="maria", is_whole=True).total == 3
    assert not queries.is_name_of_too_many(padaria, "maria 1")


def test_a_name_that_changes_is_found_by_its_new_words_alone(padaria: Company, now: datetime) -> None:
    customer = make_customer(padaria, now, name="Ana D'Ávila", legal_name="Ávila Doces ME", email="Ana@avila.example")
    customer.name, customer.legal_name, customer.email = "Ana Prado", "Ávila Doces Ltda", "Prado@avila.example"
    keep_words(padaria.pk, [customer])
    words = CustomerWord.objects.of(padaria).values_list("word", flat=True)
    assert sorted(words) == ["@prado@avila.example", "ana", "avila", "doces", "ltda", "prado"]


def test_the_rarest_word_is_asked_first(
    padaria: Company, outra: Company, now: datetime, django_assert_num_queries: Any
) -> None:
    """Whatever the order they are typed in, and nobody else's customers."""
    for number in range(4):
        make_customer(padaria, now, name=f"Maria Lima {number}", document="")
    rare = make_customer(padaria, now, name="Maria Zuleica Lima", document="")
    make_customer(outra, now, name="Maria Zuleica Lima", document="")
    for text in ("maria zul", "Zuleica Lima Maria", "lima zuleica"):
        with django_assert_num_queries(len(text.split()) + 1):
            assert ids_named(padaria, text, limit=10) == [rare.pk]
    twice = make_customer(padaria, now, name="Zu Zuleide Zuleika", document="")
    assert sorted(ids_named(padaria, "zu", limit=2)) == [rare.pk, twice.pk]
    assert len(ids_named(padaria, "maria", limit=3)) == 3
    assert ids_named(padaria, "...", limit=3) == []


def test_sort_by_the_last_order(customers: list[Customer], padaria: Company) -> None:
    for sort, last in (("-last_order_at", "Érica Souza"), ("last_order_at", "Bruno Dias")):
        rows = queries.customers(padaria, sort=sort).rows
        assert rows[0].customer.name == last
        assert rows[-1].customer.name == "Carla"


def test_are_of_the_company_only(customers: list[Customer], outra: Company) -> None:
    with pytest.raises(Customer.DoesNotExist):
        queries.customer(outra, customers[0].pk)
    assert [row.customer.name for row in queries.customers(outra).rows] == ["Bruno Alheio"]


class TestPages:
    def page(self, padaria: Company, number: int, *, is_counted: bool = True) -> tuple[Any, ...]:
        rows = Customer.objects.of(padaria).order_by("document")
        page = paginate(rows, page=number, size=2, most=None if is_counted else 1)
        return len(page.rows), page.number, page.pages, page.total, page.has_previous, page.has_next

    def test_a_number_beyond_the_ends_gives_the_nearest(self, customers: list[Customer], padaria: Company) -> None:
        assert self.page(padaria, 1) == self.page(padaria, -3) == (2, 1, 2, 3, False, True)
        assert self.page(padaria, 2) == self.page(padaria, 99) == (1, 2, 2, 3, True, False)

    def test_an_empty_list_has_one_page(self, padaria: Company) -> None:
        assert self.page(padaria, 4) == (0, 1, 1, 0, False, False)

    def test_a_list_too_long_to_count_knows_whether_it_goes_on(
        self, customers: list[Customer], padaria: Company
    ) -> None:
        assert self.page(padaria, 1, is_counted=False) == (2, 1, 2, None, False, True)
        assert self.page(padaria, 2, is_counted=False) == (1, 2, 2, 3, True, False)
        assert self.page(padaria, 9, is_counted=False) == self.page(padaria, 1, is_counted=False)
