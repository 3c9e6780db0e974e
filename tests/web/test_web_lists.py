"""Every list can be searched, sorted, paged, selected and exported; what it shows is in its address."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from ahead.accounts.models import Company, User
from ahead.catalog.listing_operations import create_listing
from ahead.catalog.models import Product
from ahead.pending.operations import Matter, open_matters
from ahead.stock.models import Warehouse
from ahead.stock.operations import create_warehouse
from ahead.stores.models import Store
from category_making import make_category
from order_making import make_customer, make_order, make_run
from sheet_making import read

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ANA = "ana@padaria.example"
# list, its sheet, name of the boxes, a search that finds one, a sorting, and the column of the sheet that names rows
LISTS = {
    "lojas": ("lojas/", "lojas/planilha/", "loja", "Lua", "-nome", 1),
    "pedidos": ("pedidos/", "pedidos/planilha/", "pedido", "Beatriz", "-numero", 9),
    "produtos": ("produtos/", "produtos/planilha/", "produto", "Bolo", "-descricao", 1),
    "categorias": ("categorias/", "categorias/planilha/", "categoria", "Bolo", "-nome", 1),
    "anuncios": ("produtos-ecommerce/", "produtos-ecommerce/planilha/", "anuncio", "Bolo", "-titulo", 2),
    "clientes": ("clientes/", "clientes/planilha/", "cliente", "Beatriz", "-nome", 0),
    "estoques": ("estoques/", "estoques/planilha/", "estoque", "Balcão", "-nome", 1),
    "pendencias": ("pendencias/", "pendencias/planilha/", "pendencia", "Bolo", "-desde", 3),
    "logs": ("sincronizacao/logs/", "sincronizacao/logs/planilha/", "sincronizacao", "Lua", "-inicio", 2),
    "usuarios": ("membros/", "membros/planilha/", "usuario", "Bia", "-nome", 0),
}


@pytest.fixture
def shop(
    client: Client,
    ana: User,
    bia: User,
    padaria: Company,
    loja: Store,
    deposito: Warehouse,
    make_store: Callable[..., Store],
    make_product: Callable[..., Product],
    now: datetime,
) -> Client:
    """Two of each: one with A, one with B."""
    moon = make_store(padaria, "Loja da Lua")
    for name in ("Avelã", "Bolo"):
        make_category(loja, name)
    balcao = create_warehouse(company=padaria, name="Balcão", by=ANA, now=now)
    products = [make_product(padaria, name=name, on_hand=3) for name in ("Avelã", "Bolo")]
    for product in products:
        balcao.balances.create(company=padaria, product=product, on_hand=1)
        create_listing(company=padaria, store_id=loja.pk, product_ids=[product.pk], by=ANA, now=now)
    people = [make_customer(padaria, now, name="Amanda", document="39053344705")]
    people.append(make_customer(padaria, now, name="Beatriz", document="52998224725"))
    for store, person, at in ((loja, people[0], now), (moon, people[1], now + timedelta(hours=1))):
        make_order(store, at, customer=person)
        make_run(store, at)
    told = [Matter("oversold", f"product:{one.pk}", f"{one.name} foi vendido além.", "Reponha.") for one in products]
    open_matters(padaria.pk, told[:1], now=now)
    open_matters(padaria.pk, told[1:], now=now + timedelta(hours=1))
    client.force_login(ana)
    return client


def rows_of(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(text.splitlines(), delimiter=";"))[1:]


@pytest.mark.parametrize("name", LISTS)
class TestEachList:
    def test_shows_search_sort_boxes_count_and_export(self, shop: Client, name: str) -> None:
        path, sheet, box, *_ = LISTS[name]
        page = shop.get(f"/padaria-sol/{path}").content.decode()
        assert 'type="search"' in page
        assert "?ordem=" in page
        assert page.count('class="select-row"') >= 2
        assert f'name="{box}"' in page
        assert f'href="/padaria-sol/{sheet}?formato=xlsx"' in page
        assert f'href="/padaria-sol/{sheet}?formato=csv"' in page
        assert 'aria-label="Páginas"' in page
        assert "Exportar selecionados" in page

    def test_searches_and_exports_what_was_found(self, shop: Client, name: str) -> None:
        path, sheet, _, search, _, column = LISTS[name]
        page = shop.get(f"/padaria-sol/{path}", {"q": search}).content.decode()
        assert page.count('class="select-row"') == 1
        assert "Tirar este filtro" in page
        found = rows_of(shop.get(f"/padaria-sol/{sheet}", {"q": search}))
        assert found
        assert all(search in row[column] for row in found)

    def test_says_so_when_nothing_is_found(self, shop: Client, name: str) -> None:
        path = LISTS[name][0]
        page = shop.get(f"/padaria-sol/{path}", {"q": "zzzz"}).content.decode()
        assert 'class="select-row"' not in page
        assert "Limpar" in page

    def test_sorts_the_page_and_the_sheet(self, shop: Client, name: str) -> None:
        path, sheet, _, _, sort, column = LISTS[name]
        assert shop.get(f"/padaria-sol/{path}", {"ordem": sort}).status_code == 200
        down = [row[column] for row in rows_of(shop.get(f"/padaria-sol/{sheet}", {"ordem": sort}))]
        up = [row[column] for row in rows_of(shop.get(f"/padaria-sol/{sheet}", {"ordem": sort.removeprefix("-")}))]
        assert len(set(down)) >= 2
        assert list(dict.fromkeys(down)) == list(dict.fromkeys(up))[::-1]

    def test_exports_only_what_is_selected(self, shop: Client, name: str) -> None:
        path, sheet, box, search, _, column = LISTS[name]
        page = shop.get(f"/padaria-sol/{path}", {"q": search}).content.decode()
        chosen = page.split(f'name="{box}" value="')[1].split('"')[0]
        found = rows_of(shop.get(f"/padaria-sol/{sheet}", {box: chosen}))
        assert len({row[column] for row in found}) == 1
        assert search in found[0][column]

    def test_is_the_same_as_xlsx(self, shop: Client, name: str) -> None:
        sheet = LISTS[name][1]
        answer = shop.get(f"/padaria-sol/{sheet}", {"formato": "xlsx"})
        assert answer["Content-Disposition"].endswith('.xlsx"')
        _, found = read(b"".join(answer.streaming_content))
        assert len(found) == len(rows_of(shop.get(f"/padaria-sol/{sheet}")))

    def test_pages_beyond_the_end_show_the_last(self, shop: Client, name: str) -> None:
        assert 'class="select-row"' in shop.get(f"/padaria-sol/{LISTS[name][0]}", {"pagina": "99"}).content.decode()
