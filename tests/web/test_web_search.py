"""The search of the top bar, and lists as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.catalog.listing_operations import create_listing
from ahead.catalog.models import Product
from ahead.customers.queries import customers
from ahead.stock.models import Warehouse
from ahead.stores.models import Store
from ahead.web.streaming import every_row
from category_making import make_category
from order_making import make_customer, make_order

pytestmark = pytest.mark.database

MakeProduct = Callable[..., Product]


@pytest.fixture
def reader(client: Client, bia: User) -> Client:
    client.force_login(bia)
    return client


@pytest.fixture
def rows(reader: Client) -> Callable[[str], list[list[str]]]:
    """Read a file of the bakery's as a spreadsheet does."""

    def read(address: str) -> list[list[str]]:
        answer = reader.get(f"/padaria-sol/{address}")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")), delimiter=";"))

    return read


class TestSearching:
    @pytest.mark.parametrize(
        ("text", "finds"),
        [
            ("4711", "order"),
            ("880022", "order"),
            ("mlb-77", "order"),
            ("Mariana", "order"),
            ("Mariana", "customer"),
            ("390.533.447-05", "customer"),
            ("CX-9", "product"),
            ("caneca az", "product"),
            ("7891000315507", "product"),
        ],
    )
    def test_finds_what_a_person_means(
        self, reader: Client, padaria: Company, loja: Store, make_product: MakeProduct, text: str, finds: str
    ) -> None:
        now = timezone.now()
        customer = make_customer(padaria, now)
        order = make_order(loja, now, number=4711, tray_id=880022, marketplace_number="MLB-77", customer=customer)
        product = make_product(padaria, name="Caneca azul", reference="CX-9", gtin="7891000315507")
        address = {
            "order": f"/padaria-sol/pedidos/{order.pk}/",
            "customer": f"/padaria-sol/clientes/{customer.pk}/",
            "product": f"/padaria-sol/produtos/{product.pk}/",
        }[finds]

        assert f'href="{address}"' in reader.get("/padaria-sol/busca/", {"q": text}).content.decode()

    @pytest.mark.parametrize(("text", "finds"), [("florida", "listing"), ("Xícaras", "category")])
    def test_finds_what_a_store_offers(
        self, reader: Client, padaria: Company, loja: Store, make_product: MakeProduct, text: str, finds: str
    ) -> None:
        category = make_category(loja, "Xícaras")
        product = make_product(padaria, name="Caneca", code="C")
        listing = create_listing(
            company=padaria, store_id=loja.pk, product_ids=[product.pk], title="Caneca florida", by="ana",
            now=timezone.now(),
        )  # fmt: skip
        address = {
            "listing": f"/padaria-sol/produtos-ecommerce/{listing.pk}/",
            "category": f"/padaria-sol/categorias/{category.pk}/",
        }[finds]

        assert f'href="{address}"' in reader.get("/padaria-sol/busca/", {"q": text}).content.decode()

    def test_shows_nothing_of_another_company(self, reader: Client, outra: Company, make_product: MakeProduct) -> None:
        make_product(outra, name="Caneca azul")
        make_customer(outra, timezone.now())

        for text in ("caneca", "Mariana"):
            page = reader.get("/padaria-sol/busca/", {"q": text}).content.decode()
            assert "Nada encontrado" in page

    @pytest.mark.parametrize("text", ["", "   ", "x" * 300, "9" * 150, "<b>%'\\"])
    def test_takes_odd_texts_in_good_part(self, reader: Client, padaria: Company, text: str) -> None:
        answer = reader.get("/padaria-sol/busca/", {"q": text})

        assert answer.status_code == 200
        assert "<b>%" not in answer.content.decode()

    def test_is_where_the_search_of_the_bar_leads(self, reader: Client, padaria: Company) -> None:
        page = reader.get("/padaria-sol/").content.decode()

        assert page.count('role="search" action="/padaria-sol/busca/"') == 2
        assert 'href="/padaria-sol/produtos/?q=caneca%20azul"' not in page

    def test_leads_on_to_the_lists(self, reader: Client, padaria: Company, make_product: MakeProduct) -> None:
        make_product(padaria, name="Caneca azul")
        page = reader.get("/padaria-sol/busca/", {"q": "caneca azul"}).content.decode()

        assert 'href="/padaria-sol/produtos/?q=caneca%20azul"' in page


class TestFiles:
    def test_of_customers_have_those_that_match(
        self, rows: Callable[[str], list[list[str]]], padaria: Company, outra: Company, loja: Store
    ) -> None:
        now = timezone.now()
        mariana = make_customer(padaria, now, city="Ilhéus", uf="BA")
        bruno = make_customer(padaria, now, name="Bruno Dias", document="11144477735", email="=cmd()")
        make_customer(outra, now, name="Alheio")
        make_order(loja, now, customer=mariana)

        header, *found = rows("clientes/planilha/?ordem=-nome")
        assert [(row[0], row[header.index("Pedidos")]) for row in found] == [
            ("Mariana Siqueira", "1"),
            ("Bruno Dias", "0"),
        ]
        assert found[0][header.index("Cidade")] == "Ilhéus"
        assert found[1][header.index("E-mail")] == "'=cmd()"
        assert [row[0] for row in rows("clientes/planilha/?q=mariana")[1:]] == ["Mariana Siqueira"]
        assert [row[0] for row in rows(f"clientes/planilha/?cliente={bruno.pk}")[1:]] == ["Bruno Dias"]

    def test_of_warehouses_have_what_lies_there(
        self, rows: Callable[[str], list[list[str]]], padaria: Company, deposito: Warehouse, make_product: MakeProduct
    ) -> None:
        one = make_product(padaria, name="Caneca azul", on_hand=7)
        make_product(padaria, name="Prato", on_hand=2)

        assert ["1", "Depósito", one.code, "Caneca azul", "", "7", "0", "7"] in rows("estoques/planilha/")
        assert len(rows("estoques/planilha/")) == 3
        assert [row[3] for row in rows(f"estoques/{deposito.pk}/planilha/?q=prato")[1:]] == ["Prato"]

    def test_of_products_have_the_selected_alone(
        self, rows: Callable[[str], list[list[str]]], padaria: Company, make_product: MakeProduct
    ) -> None:
        one, two = make_product(padaria), make_product(padaria)
        make_product(padaria)

        found = rows(f"produtos/planilha/?produto={one.pk}&produto={two.pk}")[1:]
        assert [row[0] for row in found] == [one.code, two.code]

    @pytest.mark.parametrize("size", [3, 7, 50])
    def test_have_every_row_of_a_long_list(self, padaria: Company, size: int) -> None:
        for number in range(7):
            make_customer(padaria, timezone.now(), name=f"Pessoa {number}", document="")

        found = every_row(lambda number: customers(padaria, page=number, size=size))
        assert [row.customer.name for row in found] == [f"Pessoa {number}" for number in range(7)]
