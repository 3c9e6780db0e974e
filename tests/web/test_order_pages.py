"""The list of orders, one order, and a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.catalog.models import Product
from ahead.fiscal import queries as nota_queries
from ahead.orders import queries
from ahead.orders.models import Order
from ahead.stores.models import Store
from nota_rows import make_nota
from order_making import make_customer, make_order, make_unknown

pytestmark = pytest.mark.database

MakeProduct = Callable[..., Product]


@pytest.fixture
def operator(client: Client, oto: User) -> Client:
    client.force_login(oto)
    return client


def test_filters_stay_in_the_address_and_the_pew_filter_is_one_press(operator: Client, loja: Store) -> None:
    web = make_order(loja, timezone.now())
    typed = make_order(loja, timezone.now(), kind="PED")
    page = operator.get("/padaria-sol/pedidos/").content.decode()
    assert "Filtrar Pedidos" in page
    assert 'href="?tipo=PEW"' in page
    only_web = operator.get("/padaria-sol/pedidos/?tipo=PEW").content.decode()
    assert f"PEW {web.number}" in only_web
    assert f"PED {typed.number}" not in only_web


def test_a_filter_answers_in_place(operator: Client, loja: Store) -> None:
    make_order(loja, timezone.now())
    part = operator.get("/padaria-sol/pedidos/?estado=open", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div class="stack" id="lista">')


@pytest.mark.parametrize("address", ["?pagina=-3", "?ordem=total&pagina=999999999", "?canal=NENHUM"])
def test_odd_addresses_are_taken_in_good_part(operator: Client, loja: Store, address: str) -> None:
    make_order(loja, timezone.now())
    assert operator.get(f"/padaria-sol/pedidos/{address}").status_code == 200


@pytest.mark.parametrize("where", ["pedidos", "notas"])
def test_of_a_list_too_long_to_count_no_number_is_said_that_is_not_so(
    operator: Client, loja: Store, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (queries, nota_queries):
        monkeypatch.setattr(module, "COUNTED_UP_TO", 50)
    orders = [make_order(loja, timezone.now()) for _ in range(52)]
    for order in orders:
        make_nota(order, timezone.now())
    page = operator.get(f"/padaria-sol/{where}/").content.decode()
    assert "1–50 de mais de 50 " in page
    assert f"51 {where}" not in page
    assert "51–52 de 52 " in operator.get(f"/padaria-sol/{where}/?pagina=2").content.decode()


def test_a_search_of_any_length_narrows_the_list(operator: Client, loja: Store) -> None:
    """It is what Gerar Notas and the file take, too: what is too long to be anybody's is not everybody's."""
    make_order(loja, timezone.now())
    page = operator.get("/padaria-sol/pedidos/", {"q": "zebra " * 60}).content.decode()
    assert "Nenhum pedido com estes filtros" in page


def test_says_when_more_people_have_a_name_than_it_shows(
    operator: Client, loja: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CUSTOMERS_LOOKED_AT", 1)
    for name in ("Maria Rosa", "Maria Lima"):
        make_order(loja, timezone.now(), customer=make_customer(loja.company, timezone.now(), name=name, document=""))
    page = operator.get("/padaria-sol/pedidos/?q=maria").content.decode()
    assert "Mais de 1 clientes têm este nome" in page
    assert "têm este nome" not in operator.get("/padaria-sol/pedidos/?q=maria+lima").content.decode()


def test_says_what_to_do_when_there_is_nothing(operator: Client) -> None:
    assert "Nenhum pedido ainda" in operator.get("/padaria-sol/pedidos/").content.decode()
    assert "Limpar filtros" in operator.get("/padaria-sol/pedidos/?estado=held").content.decode()


def test_exports_the_selected_or_all_that_match(operator: Client, loja: Store) -> None:
    one = make_order(loja, timezone.now(), total=Decimal("1234.50"))
    two = make_order(loja, timezone.now(), state="held")
    selected = operator.get(f"/padaria-sol/pedidos/planilha/?pedido={one.pk}").getvalue().decode()
    assert f"PEW;{one.number};" in selected
    assert "1234,50" in selected
    assert f"PEW;{two.number};" not in selected
    matching = operator.get("/padaria-sol/pedidos/planilha/?estado=held").getvalue().decode()
    assert f"PEW;{two.number};" in matching
    assert f"PEW;{one.number};" not in matching


def test_the_page_of_an_order_shows_its_matters_and_the_way_to_link(
    operator: Client, padaria: Company, loja: Store, make_product: MakeProduct
) -> None:
    now = timezone.now()
    first = make_order(loja, now, state="held")
    order = make_order(loja, now, products=[make_product(padaria)], state="held", total=Decimal("59.91"))
    _, matter = make_unknown(loja, now, first, order)
    page = operator.get(f"/padaria-sol/pedidos/{order.pk}/").content.decode()
    assert "sem vínculo" in page
    assert page.count(f'href="/padaria-sol/pendencias/{matter.pk}/"') == 2
    assert "Pedido como o Tray enviou" in page
    assert "R$\u00a059,91" in page


def test_the_page_costs_the_same_queries_however_many_items(
    operator: Client, padaria: Company, loja: Store, make_product: MakeProduct, django_assert_max_num_queries: Any
) -> None:
    order = make_order(loja, timezone.now(), products=[make_product(padaria) for _ in range(12)])
    with django_assert_max_num_queries(18):
        operator.get(f"/padaria-sol/pedidos/{order.pk}/")


def test_cancels_once_and_refuses_in_place_the_second_time(operator: Client, padaria: Company, loja: Store) -> None:
    order = make_order(loja, timezone.now())
    address = f"/padaria-sol/pedidos/{order.pk}/cancelamento/"
    page = operator.post(address, {"why": "cliente desistiu"}, follow=True).content.decode()
    assert "cancelado. As reservas voltaram" in page
    assert "cliente desistiu" in page
    again = operator.post(address)
    assert again.status_code == 422
    assert "já está cancelado" in again.content.decode()


def test_a_stranger_and_a_reader_change_nothing(
    client: Client, loja: Store, caio: User, bia: User, padaria: Company
) -> None:
    order = make_order(loja, timezone.now())
    client.force_login(caio)
    assert client.get(f"/doces-lua/pedidos/{order.pk}/").status_code == 404
    assert client.post(f"/doces-lua/pedidos/{order.pk}/cancelamento/").status_code == 404
    client.force_login(bia)
    assert client.post(f"/padaria-sol/pedidos/{order.pk}/cancelamento/").status_code == 403
    assert client.get("/padaria-sol/pedidos/novo/").status_code == 403
    assert Order.objects.of(padaria).get(pk=order.pk).state == "open"


def test_enters_a_pedido_by_code_and_document_without_any_script(
    operator: Client, padaria: Company, make_product: MakeProduct
) -> None:
    make_customer(padaria, timezone.now() - timedelta(days=1))
    make_product(padaria, code="1001", on_hand=10, price=Decimal("19.90"))
    make_product(padaria, code="10010", on_hand=10)
    typed = {
        "cliente": "390.533.447-05",
        "produto": ["1001", "10010", ""],
        "quantidade": ["3", "", ""],
        "preco": ["", "1.234,50", ""],
    }
    answer = operator.post("/padaria-sol/pedidos/novo/", typed)
    order = Order.objects.of(padaria).get()
    assert answer.headers["Location"] == f"/padaria-sol/pedidos/{order.pk}/"
    assert (order.kind, order.total) == ("PED", Decimal("1294.20"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"cliente": "", "produto": ["1001"]}, "Diga o cliente"),
        ({"cliente": "ninguém", "produto": ["1001"]}, "Nenhum cliente encontrado"),
        ({"cliente": "Siqueira", "produto": ["9999"]}, "Produto não encontrado"),
        ({"cliente": "Siqueira", "produto": ["Produto"]}, "Mais de um produto serve"),
        ({"cliente": "Siqueira", "produto": ["1001"], "quantidade": ["0"]}, "A quantidade é um número inteiro"),
        ({"cliente": "Siqueira", "produto": ["1001"], "preco": ["doze"]}, "O preço não pôde ser lido"),
        ({"cliente": "Siqueira", "produto": [""]}, "ao menos um item"),
    ],
)
def test_says_beside_the_field_what_is_wrong(
    operator: Client, padaria: Company, make_product: MakeProduct, typed: dict[str, Any], said: str
) -> None:
    make_customer(padaria, timezone.now())
    make_product(padaria, code="1001")
    make_product(padaria, code="1002")
    answer = operator.post("/padaria-sol/pedidos/novo/", typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Order.objects.of(padaria).exists()


def test_offers_the_customers_that_may_be_meant(operator: Client, padaria: Company, make_product: MakeProduct) -> None:
    one = make_customer(padaria, timezone.now())
    make_customer(padaria, timezone.now(), name="Pedro Siqueira", document="52998224725")
    make_product(padaria, code="1001", on_hand=5)
    answer = operator.post("/padaria-sol/pedidos/novo/", {"cliente": "siqueira", "produto": ["1001"]})
    assert answer.status_code == 422
    assert "Pedro Siqueira" in answer.content.decode()
    chosen = {"cliente": "siqueira", "cliente_id": str(one.pk), "produto": ["1001"]}
    assert operator.post("/padaria-sol/pedidos/novo/", chosen).status_code == 302


def test_offers_choices_while_one_types(operator: Client, padaria: Company, make_product: MakeProduct) -> None:
    make_customer(padaria, timezone.now())
    make_product(padaria, code="1001", name="Caneca")
    customers = operator.get("/padaria-sol/pedidos/novo/clientes/?cliente=mari").content.decode()
    assert '<option value="39053344705">Mariana Siqueira</option>' in customers
    products = operator.get("/padaria-sol/pedidos/novo/produtos/?produto=can").content.decode()
    assert '<option value="1001">Caneca</option>' in products
    assert 'name="produto"' in operator.get("/padaria-sol/pedidos/novo/linha/").content.decode()
