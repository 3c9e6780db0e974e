"""Categorias on the screen: the tree, moving in it, the form, taking out, and who may."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.test import Client

from ahead.accounts.models import Company, User
from ahead.catalog.models import Category, Listing
from ahead.pending import queries as pending
from ahead.pending.operations import Matter, open_matters
from ahead.stores.models import Store
from category_making import Make, dirty, drawn, make_category, make_listing, synced

Enter = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
PLACE = "/padaria-sol/categorias/"


@pytest.fixture
def make(loja: Store) -> Make:
    return partial(make_category, loja)


@pytest.fixture
def client(enter: Enter, oto: User) -> Client:
    """Oto, who operates the shop."""
    return enter(oto)


def text_of(answer: Any) -> str:
    found: str = answer.content.decode()
    return found


def order_of(page: str) -> list[str]:
    return re.findall(r'<a href="/padaria-sol/categorias/\d+/">([^<]+)</a>', page)


class TestTree:
    def test_shows_the_categories_of_a_loja_in_their_order(
        self, client: Client, make: Make, loja: Store, padaria: Company, make_store: Callable[..., Store]
    ) -> None:
        moon = make_store(padaria, "Loja da Lua")
        make_category(moon, "Luas")
        make("Pães")
        bebidas = make("Bebidas")
        make_listing(loja, make("Cafés", bebidas))

        first = text_of(client.get(PLACE))
        assert order_of(first) == ["Pães", "Bebidas", "Cafés"]
        assert "Não sincronizada" in first
        assert f'data-depth="2" data-above="{bebidas.pk}"' in first
        assert order_of(text_of(client.get(f"{PLACE}loja/{moon.pk}/"))) == ["Luas"]
        assert client.get(f"{PLACE}?loja={moon.pk}")["Location"] == f"{PLACE}loja/{moon.pk}/"

    def test_says_what_must_be_sent_and_offers_to(self, client: Client, make: Make, loja: Store, now: datetime) -> None:
        rows = [make("Pães"), make("Cafés"), make("Velha")]
        synced(*rows)
        page = text_of(client.get(PLACE))
        assert "Sincronizada" in page
        assert "Envie ao Tray com Sincronizar" not in page

        client.post(f"{PLACE}{rows[2].pk}/exclusao/")
        client.post(f"{PLACE}{rows[1].pk}/passo/", {"passo": "subir"})

        page = text_of(client.get(PLACE))
        assert "2 categorias ainda não estão no Tray como aqui" in page
        assert "A apagar no Tray: Velha." in page
        assert f'action="/padaria-sol/sincronizacao/{loja.pk}/execucoes/"' in page

    def test_a_search_makes_a_list_of_it(self, client: Client, make: Make) -> None:
        make("Cafés", make("Bebidas"))
        make("Pães")

        page = text_of(client.get(f"{PLACE}?q=cafes"))

        assert order_of(page) == ["Cafés"]
        assert "em Bebidas" in page
        assert 'name="passo"' not in page
        assert order_of(text_of(client.get(f"{PLACE}?ordem=-nome"))) == ["Pães", "Cafés", "Bebidas"]
        assert order_of(text_of(client.get(f"{PLACE}?situacao=gone"))) == []

    def test_is_exported(self, client: Client, make: Make, loja: Store) -> None:
        make("Cafés", make("Bebidas"))

        answer = client.get(f"{PLACE}loja/{loja.pk}/planilha/")

        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
        assert [(row["Categoria"], row["Fica em"], row["Situação"]) for row in rows] == [
            ("Bebidas", "", "Não sincronizada"),
            ("Cafés", "Bebidas", "Não sincronizada"),
        ]

    def test_says_the_next_step_where_there_is_nothing(
        self, client: Client, enter: Enter, bia: User, padaria: Company
    ) -> None:
        assert "Nenhuma Loja ainda" in text_of(client.get(PLACE))
        assert "Nenhuma Loja ainda" in text_of(client.get(f"{PLACE}nova/"))
        assert client.get(f"{PLACE}planilha/").status_code == 404

    def test_an_empty_loja_says_who_can_begin(self, client: Client, enter: Enter, bia: User, loja: Store) -> None:
        assert f'href="{PLACE}nova/?store_id={loja.pk}"' in text_of(client.get(PLACE))
        assert "Peça a um operador" in text_of(enter(bia).get(PLACE))

    def test_a_reader_looks_and_no_more(self, enter: Enter, bia: User, make: Make) -> None:
        one = make("Cafés")
        client = enter(bia)

        page = text_of(client.get(PLACE)) + text_of(client.get(f"{PLACE}{one.pk}/"))

        assert "Cafés" in page
        for word in ("passo", "Novo Registro", "Excluir", "Editar", "data-place-url", "execucoes"):
            assert word not in page


class TestMoving:
    def test_by_buttons_without_a_script(self, client: Client, make: Make, loja: Store) -> None:
        make("Pães")
        cafes = make("Cafés")

        answer = client.post(f"{PLACE}{cafes.pk}/passo/", {"passo": "subir"}, follow=True)

        assert answer.redirect_chain == [(f"{PLACE}loja/{loja.pk}/", 302)]
        assert "«Cafés» é a 1ª de 2 no primeiro nível." in text_of(answer)
        assert drawn(loja) == ["1 Cafés", "2 Pães"]

    def test_htmx_gets_the_tree_and_what_a_screen_reader_says(self, client: Client, make: Make) -> None:
        make("Bebidas")
        cafes = make("Cafés")

        answer = client.post(f"{PLACE}{cafes.pk}/passo/", {"passo": "dentro"}, headers=HTMX)

        page = text_of(answer)
        assert page.startswith('<div class="stack" id="categories">')
        assert '<div id="told" hx-swap-oob="innerHTML">«Cafés» é a 1ª de 1 em «Bebidas».</div>' in page
        assert order_of(page) == ["Bebidas", "Cafés"]

    def test_by_dropping(self, client: Client, make: Make, loja: Store) -> None:
        paes, cafes, doces = make("Pães"), make("Cafés"), make("Doces")

        client.post(f"{PLACE}{doces.pk}/lugar/", {"acima": "", "antes": str(paes.pk)}, headers=HTMX)
        assert drawn(loja) == ["1 Doces", "2 Pães", "3 Cafés"]
        client.post(f"{PLACE}{doces.pk}/lugar/", {"acima": str(cafes.pk), "antes": ""}, headers=HTMX)
        assert drawn(loja) == ["2 Pães", "3 Cafés", "1 - Doces"]

    @pytest.mark.parametrize(
        ("path", "data", "words"),
        [
            ("passo", {"passo": "subir"}, "já é a primeira"),
            ("passo", {"passo": "voar"}, "Escolha para onde mover"),
            ("lugar", {"acima": "{own}"}, "dentro dela mesma"),
            ("lugar", {"acima": "99999"}, "não tem essa categoria"),
        ],
    )
    def test_what_cannot_be_is_said_in_words(
        self, client: Client, make: Make, path: str, data: dict[str, str], words: str
    ) -> None:
        one = make("Cafés")
        filled = {name: value.format(own=one.pk) for name, value in data.items()}

        answer = client.post(f"{PLACE}{one.pk}/{path}/", filled, headers=HTMX)

        assert answer.status_code == 422
        assert words in text_of(answer)
        assert 'class="toast' in text_of(answer)
        assert words in text_of(client.post(f"{PLACE}{one.pk}/{path}/", filled, follow=True))


class TestForm:
    def test_registers_a_category_and_says_to_sync(self, client: Client, make: Make, loja: Store) -> None:
        above = make("Bebidas")
        form = text_of(client.get(f"{PLACE}nova/?store_id={loja.pk}&acima={above.pk}"))
        assert f'<option value="{above.pk}" selected>Bebidas</option>' in form

        entry = {"store_id": loja.pk, "name": "Cafés em grão", "parent_id": above.pk, "code": "", "keywords": "café"}
        answer = client.post(f"{PLACE}nova/", entry, follow=True)

        made = Category.objects.of(loja.company).get(name="Cafés em grão")
        assert (made.parent_id, made.code, made.slug, made.keywords) == (above.pk, 2, "cafes-em-grao", "café")
        page = text_of(answer)
        assert "Não sincronizada" in page
        assert "Envie ao Tray com Sincronizar." in page
        assert f'action="/padaria-sol/sincronizacao/{loja.pk}/execucoes/"' in page
        assert "ainda não tem" in page

    def test_offers_the_categories_of_the_chosen_loja(
        self, client: Client, make: Make, padaria: Company, make_store: Callable[..., Store]
    ) -> None:
        moon = make_store(padaria, "Loja da Lua")
        make("Bebidas")
        make_category(moon, "Luas")

        page = text_of(client.get(f"{PLACE}nova/?store_id={moon.pk}", headers=HTMX))

        assert "Luas" in page
        assert "Bebidas" not in page

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"name": ""}, "obrigatório"),
            ({"name": "CAFES"}, "Já existe a categoria «Cafés»"),
            ({"slug": "Com Espaço"}, "hífens"),
            ({"code": "0"}, "maior ou igual a 1"),
            ({"parent_id": "999999"}, "Faça uma escolha válida"),
            ({"store_id": "999999"}, "Faça uma escolha válida"),
        ],
    )
    def test_says_what_does_not_do(
        self, client: Client, make: Make, loja: Store, wrong: dict[str, str], words: str
    ) -> None:
        make("Cafés")

        answer = client.post(f"{PLACE}nova/", {"store_id": loja.pk, "name": "Pães", **wrong})

        assert answer.status_code == 422
        assert words in text_of(answer)
        assert drawn(loja) == ["1 Cafés"]

    def test_changes_a_category(self, client: Client, make: Make, loja: Store) -> None:
        one, other = make("Cafés"), make("Pães")
        synced(one, other)
        form = text_of(client.get(f"{PLACE}{one.pk}/edicao/"))
        assert 'value="Cafés"' in form
        assert 'value="cafes"' in form
        assert f'<option value="{one.pk}"' not in form

        client.post(f"{PLACE}{one.pk}/edicao/", {"name": "Cafés finos", "code": "1", "slug": "cafes"})
        assert dirty(loja) == {"Cafés finos"}
        refused = client.post(f"{PLACE}{one.pk}/edicao/", {"name": "Pães", "code": "1"})
        assert refused.status_code == 422
        assert "Já existe a categoria «Pães»" in text_of(refused)


class TestPage:
    def test_shows_how_it_stands_at_tray(self, client: Client, make: Make, loja: Store, now: datetime) -> None:
        one = make("Cafés", make("Bebidas"))
        facts = {"tray_id": 4711, "confirmed": {"name": "Cafés"}, "confirmed_at": now, "problem": "Nome recusado"}
        Category.objects.of(loja.company).filter(pk=one.pk).update(**facts)

        page = text_of(client.get(f"{PLACE}{one.pk}/"))

        for words in ("4711", "Nome recusado", "Com problema", "O que o Tray confirmou", "criada", ">Bebidas</a>"):
            assert words in page
        assert "Histórico de Categoria" in text_of(client.get(f"/padaria-sol/historico/categoria/{one.pk}/"))

    def test_a_refusal_of_tray_leads_here_and_ends_with_it(
        self, client: Client, make: Make, loja: Store, now: datetime
    ) -> None:
        one = make("Cafés")
        facts = {"category_id": one.pk}
        told = Matter("category_refused", f"category:{one.pk}", "Recusada.", "Corrija.", loja.pk, facts=facts)
        open_matters(loja.company_id, [told], now=now)
        [matter] = pending.matters(loja.company).rows
        page = text_of(client.get(f"/padaria-sol/pendencias/{matter.pk}/"))
        assert f'href="{PLACE}{one.pk}/"' in page

        client.post(f"{PLACE}{one.pk}/exclusao/")

        assert not pending.matters(loja.company).rows

    def test_one_deleted_at_tray_can_be_made_anew(self, client: Client, make: Make, loja: Store, now: datetime) -> None:
        one = make("Cafés")
        synced(one)
        assert client.post(f"{PLACE}{one.pk}/recriacao/").status_code == 422
        Category.objects.of(loja.company).filter(pk=one.pk).update(gone_at=now)
        page = text_of(client.get(f"{PLACE}{one.pk}/"))
        assert "Apagada no Tray" in page
        assert "Nova subcategoria" not in page

        answer = client.post(f"{PLACE}{one.pk}/recriacao/", follow=True)

        assert "A próxima sincronização cria a categoria de novo" in text_of(answer)
        one.refresh_from_db()
        assert (one.gone_at, one.tray_id) == (None, None)


class TestTakingOut:
    def test_asks_what_becomes_of_the_products(self, client: Client, make: Make, loja: Store) -> None:
        old, new = make("Velha"), make("Nova")
        listing = make_listing(loja, old)
        page = text_of(client.get(f"{PLACE}{old.pk}/"))
        assert "O que fazer com os produtos dela" in page
        assert "1 produto tem esta como categoria principal." in page
        assert "categoria adicional" not in page
        assert "As subcategorias dela" not in page
        assert "1 produto publicado deixa de ser enviado ao Tray" in page

        refused = client.post(f"{PLACE}{old.pk}/exclusao/", {"move_to": ""})
        assert refused.status_code == 422
        assert "Escolha o que fazer com os produtos" in text_of(refused)

        told = text_of(client.post(f"{PLACE}{old.pk}/exclusao/", {"move_to": new.pk}, follow=True))
        assert "Categoria «Velha» excluída. 1 produto passou para «Nova»." in told
        listing.refresh_from_db()
        assert listing.category_id == new.pk

    def test_products_may_stay_without_and_it_says_so(self, client: Client, make: Make, loja: Store) -> None:
        old = make("Velha")
        synced(old)
        make_listing(loja, old)

        told = text_of(client.post(f"{PLACE}{old.pk}/exclusao/", {"move_to": "sem"}, follow=True))

        assert "1 produto publicado ficou sem categoria" in told
        assert "Ela é apagada no Tray na próxima sincronização." in told
        assert Listing.objects.of(loja.company).get().category_id is None
        assert order_of(told) == []
        assert client.get(f"{PLACE}{old.pk}/").status_code == 404

    def test_an_empty_one_just_goes(self, client: Client, make: Make, loja: Store) -> None:
        old = make("Velha")
        assert "Nenhum produto está nela." in text_of(client.get(f"{PLACE}{old.pk}/"))

        told = text_of(client.post(f"{PLACE}{old.pk}/exclusao/", follow=True))

        assert "Categoria «Velha» excluída." in told
        assert "apagada no Tray" not in told

    def test_what_is_refused_is_said_on_its_page(self, client: Client, make: Make) -> None:
        above = make("Bebidas")
        make("Cafés", above)
        make("Cafés")
        assert "As subcategorias dela passam a ficar no primeiro nível." in text_of(client.get(f"{PLACE}{above.pk}/"))

        answer = client.post(f"{PLACE}{above.pk}/exclusao/")

        assert answer.status_code == 422
        assert "ficaria ao lado de outra de mesmo nome" in text_of(answer)
