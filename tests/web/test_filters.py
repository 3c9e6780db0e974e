"""A filter that cannot be read widens nothing: no list, no file and no press is of more than was asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import User
from ahead.fiscal.models import Press
from ahead.stores.models import Store
from category_making import make_category
from order_making import make_order

# Of every list: its address, and what of its filters cannot be read.
LISTS = {
    "pedidos/": [
        "loja=99",
        "loja=x",
        "desde=2026-02-31",
        "ate=ontem",
        "ate=9999-12-31",
        "desde=&desde=2026-11-01",
        "estado=held&estado=",
        "estado=aberto",
        "tipo=PWE",
        "q=a%00b",
    ],
    "notas/": ["loja=99", "desde=ontem", "ate=2026-13-01", "estado=boa", "tray=sim", "q=%00"],
    "sincronizacao/notas/": ["loja=99", "tray=sim"],
    "sincronizacao/logs/": ["loja=99", "estado=x", "origem=x", "desde=x", "ate=x"],
    "sincronizacao/": ["loja=x"],
    "sincronizacao/cota/": ["loja=x"],
    "sincronizacao/conferencia/": ["loja=x", "mes=2026-13", "mes=9999-12", "mes=0001-01", "loja=1&loja="],
    "pendencias/": ["loja=99", "tipo=x", "vez=x", "situacao=x"],
    "alertas/": ["loja=99", "tipo=x", "situacao=x"],
    "alertas/frescor/": ["loja=99"],
    "lojas/": ["conexao=x", "pausa=x"],
    "categorias/": ["situacao=x", "loja=x"],
    "produtos/": ["situacao=x", "vinculo=x", "kit=x", "fiscal=x", "estoque=99"],
    "produtos-ecommerce/": ["loja=99", "categoria=99", "situacao=x", "tipo=x"],
    "produtos-ecommerce/trazer-do-tray/": ["loja=99", "loja=x"],
    "planilhas/": ["tipo=x", "situacao=x"],
    "estoques/": ["situacao=x"],
    "clientes/": ["q=%00"],
    "historico/": ["de=x", "acao=%27", "desde=x", "ate=x"],
    "membros/": ["papel=x"],
    "tributos/regras/": ["natureza=99", "grupo=99", "regime=x", "comprador=x", "situacao=x"],
    "tributos/grupos/": ["q=%00"],
}
# Of what takes all that match, or a selection: files and presses.
TAKING = [
    "pedidos/planilha/?loja=99",
    "pedidos/planilha/?pedido=x",
    "pedidos/notas/?pedido=x",
    "pedidos/notas/?geracao=x",
    "pedidos/notas/todos/?desde=ontem",
    "notas/planilha/?estado=boa",
    "notas/zip/?desde=ontem",
    "notas/reenvio/todas/?loja=99",
    "sincronizacao/notas/planilha/?nota=1&nota=x",
    "sincronizacao/logs/planilha/?loja=99",
    "sincronizacao/conferencia/planilha/?loja=x",
    "sincronizacao/conferencia/planilha/?mes=2026-13",
    "sincronizacao/conferencia/planilha/?dia=ontem",
    "sincronizacao/conferencia/planilha/?abertas=sim",
    "pendencias/planilha/?loja=99",
    "alertas/planilha/?loja=99",
    "lojas/planilha/?conexao=x",
    "categorias/planilha/?situacao=x",
    "produtos/planilha/?produto=",
    "produtos/edicao-em-lote/?estoque=99",
    "produtos-ecommerce/planilha/?categoria=99",
    "produtos-ecommerce/edicao-em-lote/?loja=99",
    "produtos-ecommerce/edicao-em-lote/?anuncio=x",
    "planilhas/planilha/?situacao=x",
    "estoques/planilha/?estoque=x",
    "clientes/planilha/?cliente=1&cliente=x",
    "historico/planilha/?desde=x",
    "membros/planilha/?papel=x",
    "tributos/regras/planilha/?regra=x",
]


@pytest.fixture
def ana_in(enter: Callable[[User], Client], ana: User, loja: Store) -> Client:
    return enter(ana)


@pytest.mark.parametrize("address", [f"{path}?{odd}" for path, all_odd in LISTS.items() for odd in all_odd] + TAKING)
def test_what_cannot_be_read_shows_and_takes_nothing_and_says_so(ana_in: Client, loja: Store, address: str) -> None:
    make_order(loja, timezone.now())

    answer = ana_in.get(f"/padaria-sol/{address}")

    assert answer.status_code == 400
    assert "Não entendemos um filtro" in answer.content.decode()
    whole = ana_in.get(f"/padaria-sol/{address.split('?', maxsplit=1)[0]}")
    assert whole.status_code in {200, 302}
    whole.close()


def test_it_is_named_as_on_the_screen(ana_in: Client) -> None:
    page = ana_in.get("/padaria-sol/pedidos/?q=pão&desde=2026-02-31").content.decode()

    assert "Em «Desde» está" in page
    assert "2026-02-31" in page


def test_nothing_is_done_to_all_instead(ana_in: Client, loja: Store) -> None:
    make_order(loja, timezone.now())

    assert ana_in.post("/padaria-sol/pedidos/notas/todos/?desde=31/02/2026", {"vistos": "1"}).status_code == 400
    assert ana_in.post(f"/padaria-sol/produtos-ecommerce/trazer-do-tray/?loja={loja.pk}0&todos=1").status_code == 400
    assert not Press.objects.of(loja.company_id).exists()


def test_a_part_of_a_page_goes_to_where_there_is_room_to_say_it(ana_in: Client) -> None:
    part = ana_in.get("/padaria-sol/pedidos/?loja=99", headers={"HX-Request": "true"})

    assert part["HX-Redirect"] == "/padaria-sol/pedidos/?loja=99"


def test_a_category_of_the_loja_that_was_chosen_before_matches_nothing_in_this_one(
    ana_in: Client, loja: Store, make_store: Callable[..., Store]
) -> None:
    category = make_category(make_store(loja.company, "Segunda Loja"), "Pães")

    page = ana_in.get(f"/padaria-sol/produtos-ecommerce/?loja={loja.pk}&categoria={category.pk}")

    assert page.status_code == 200
    assert "Nenhum" in page.content.decode()
