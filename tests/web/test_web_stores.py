"""Lojas: registration, statuses, schedule, pause, connection."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from django.test import Client
from django.urls import reverse

from ahead.accounts.models import Company, User
from ahead.sandbox.tray import Store as TrayStore
from ahead.sandbox.tray import TraySandbox, serve
from ahead.stock.models import Warehouse
from ahead.stock.operations import create_warehouse
from ahead.stores import queries
from ahead.stores.models import StatusRole, Store

Enter = Callable[[User], Client]
MakeStore = Callable[..., Store]

FIELDS = (
    "Status Buscar Pedido",
    "Status Atualizar Pedido",
    "Status Buscar Pedido Cancelado",
    "Status Atualizar Pedido Cancelado",
    "Status PE ao Faturar Nota",
)


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Loja Nova",
        "address": "https://www.lojanova.com.br",
        "consumer_key": "chave-muito-secreta",
        "consumer_secret": "segredo-muito-secreto",
        "import_from": "2026-11-01",
        "safety_stock": "3",
        "brake_percent": "25",
        "sync_interval_minutes": "20",
        **changes,
    }


class TestRegistration:
    def test_makes_a_loja_with_all_its_fields(
        self, enter: Enter, staff: User, padaria: Company, deposito: Warehouse, now: Any
    ) -> None:
        second = create_warehouse(company=padaria, name="Expedição", by="teste", now=now)
        places = {"warehouses": [str(deposito.pk), str(second.pk)], "first_warehouse": str(second.pk)}

        answer = enter(staff).post("/padaria-sol/lojas/nova/", entry(**places))

        [store] = queries.stores(padaria)
        assert answer["Location"] == f"/padaria-sol/lojas/{store.pk}/"
        assert (store.name, store.safety_stock, store.brake_percent) == ("Loja Nova", 3, 25)
        assert (store.consumer_key, store.consumer_secret) == ("chave-muito-secreta", "segredo-muito-secreto")
        assert [row.warehouse_id for row in store.sales_warehouses.all()] == [second.pk, deposito.pk]

    def test_marks_what_is_required(self, enter: Enter, staff: User, padaria: Company) -> None:
        page = enter(staff).get("/padaria-sol/lojas/nova/").content.decode()

        for label in ("Nome", "Endereço da loja", "Consumer Key", "Consumer Secret", "Buscar pedidos a partir de"):
            assert re.search(rf"{label} <span class=\"field__required\"", page), label

    @pytest.mark.parametrize(
        ("wrong", "field", "words"),
        [
            ({"name": ""}, "name", "obrigatório"),
            ({"consumer_secret": ""}, "consumer_secret", "obrigatório"),
            ({"address": "https://usuario@loja.com.br"}, "address", "usuário nem senha"),
            ({"address": "loja com espaço"}, "address", "Informe o endereço da loja"),
            ({"code": "1"}, "code", "Já existe uma Loja com o código 1"),
            ({"brake_percent": "0"}, "brake_percent", "maior ou igual a 1"),
            ({"import_from": "ontem"}, "import_from", "data válida"),
        ],
    )
    def test_says_by_the_field_what_is_wrong(
        self, enter: Enter, staff: User, loja: Store, wrong: dict[str, str], field: str, words: str
    ) -> None:
        answer = enter(staff).post("/padaria-sol/lojas/nova/", entry(**wrong))

        page = answer.content.decode()
        assert answer.status_code == 422
        assert re.search(rf'id="id_{field}_error".*?{words}', page, re.DOTALL)
        assert len(queries.stores(loja.company)) == 1

    def test_gives_no_secret_back_with_what_was_wrong(self, enter: Enter, staff: User, padaria: Company) -> None:
        page = enter(staff).post("/padaria-sol/lojas/nova/", entry(name="")).content.decode()

        assert "muito-secret" not in page


class TestChange:
    def test_keeps_credentials_that_are_left_blank(self, enter: Enter, staff: User, loja: Store) -> None:
        changed = entry(
            name="Outro nome",
            address=loja.address,
            consumer_key="",
            consumer_secret="",
            code=str(loja.code),
            requests_per_minute="100",
            requests_per_day="9000",
        )

        answer = enter(staff).post(f"/padaria-sol/lojas/{loja.pk}/edicao/", changed)

        again = queries.store(loja.company, loja.pk)
        assert answer.status_code == 302
        assert (again.name, again.requests_per_day) == ("Outro nome", 9000)
        assert (again.consumer_key, again.consumer_secret) == (loja.consumer_key, loja.consumer_secret)
        assert again.connection == "connected"

    def test_asks_for_a_new_connection_after_another_address(self, enter: Enter, staff: User, loja: Store) -> None:
        changed = entry(code="1", requests_per_minute="100", requests_per_day="9000", consumer_key="")

        page = enter(staff).post(f"/padaria-sol/lojas/{loja.pk}/edicao/", changed, follow=True).content.decode()

        assert "conecte de novo" in page
        assert "Precisa conectar de novo" in page

    @pytest.mark.parametrize("page", ["", "edicao/", "status/", "agenda/", "conexao/"])
    def test_shows_no_secret_on_any_page(self, enter: Enter, staff: User, loja: Store, page: str) -> None:
        text = enter(staff).get(f"/padaria-sol/lojas/{loja.pk}/{page}").content.decode()

        assert loja.consumer_key not in text
        assert loja.consumer_secret not in text


class TestStatuses:
    def test_have_the_five_fields_with_the_store_s_own_list(self, enter: Enter, staff: User, loja: Store) -> None:
        page = enter(staff).get(f"/padaria-sol/lojas/{loja.pk}/status/").content.decode()

        for label in FIELDS:
            assert f">{label}" in page
        assert page.count("A ENVIAR VINDI (aberto)") == len(FIELDS)
        assert len(re.findall(r'type="checkbox" name="(?:import|cancelled)"', page)) == 14

    def test_are_chosen(self, enter: Enter, staff: User, loja: Store) -> None:
        ids = {status.tray_id: str(status.pk) for status in queries.statuses(loja)}
        chosen = {"import": [ids[1]], "update": ids[901], "cancelled": [ids[5], ids[64]], "invoiced": ids[17]}

        answer = enter(staff).post(f"/padaria-sol/lojas/{loja.pk}/status/", chosen)

        found = {role: [row.tray_id for row in rows] for role, rows in queries.chosen(loja).items()}
        assert answer.status_code == 302
        assert found[StatusRole.IMPORT] == [1]
        assert sorted(found[StatusRole.CANCELLED]) == [5, 64]
        assert (found[StatusRole.INVOICED], found[StatusRole.UPDATE_CANCELLED]) == ([17], [])

    def test_name_what_cancels_at_tray_and_is_in_no_field(self, enter: Enter, staff: User, loja: Store) -> None:
        ids = {status.tray_id: str(status.pk) for status in queries.statuses(loja)}
        address, client = f"/padaria-sol/lojas/{loja.pk}/status/", enter(staff)
        assert queries.unchosen_cancelling(loja)
        assert "Há status de cancelamento em nenhum campo" in client.get(address).content.decode()
        rows = [status for status in queries.statuses(loja) if status.kind.startswith("cancel")]

        client.post(address, {"import": [ids[1]], "cancelled": [str(status.pk) for status in rows]})

        assert queries.unchosen_cancelling(loja) == []
        assert "Há status de cancelamento em nenhum campo" not in client.get(address).content.decode()

    def test_are_refused_when_they_do_not_go_together(self, enter: Enter, staff: User, loja: Store) -> None:
        one = str(queries.statuses(loja)[0].pk)

        both = enter(staff).post(f"/padaria-sol/lojas/{loja.pk}/status/", {"import": [one], "cancelled": [one]})
        none = enter(staff).post(f"/padaria-sol/lojas/{loja.pk}/status/", {})

        assert (both.status_code, none.status_code) == (422, 422)
        assert "não pode estar em Status Buscar Pedido e" in both.content.decode()

    def test_of_another_store_cannot_be_chosen(
        self, enter: Enter, staff: User, loja: Store, make_store: MakeStore
    ) -> None:
        foreign = str(queries.statuses(make_store(loja.company, name="Outra"))[0].pk)

        answer = enter(staff).post(f"/padaria-sol/lojas/{loja.pk}/status/", {"import": [foreign]})

        assert answer.status_code == 422


class TestRest:
    def test_an_owner_pauses_resumes_and_changes_the_schedule(self, enter: Enter, ana: User, loja: Store) -> None:
        client = enter(ana)

        client.post(f"/padaria-sol/lojas/{loja.pk}/pausa/")
        assert queries.store(loja.company, loja.pk).is_paused
        client.post(f"/padaria-sol/lojas/{loja.pk}/retomada/")
        client.post(f"/padaria-sol/lojas/{loja.pk}/agenda/", {"interval_minutes": "45"})

        again = queries.store(loja.company, loja.pk)
        assert (again.is_paused, again.syncs_by_itself, again.sync_interval_minutes) == (False, False, 45)

    def test_a_schedule_out_of_bounds_is_refused(self, enter: Enter, ana: User, loja: Store) -> None:
        answer = enter(ana).post(f"/padaria-sol/lojas/{loja.pk}/agenda/", {"interval_minutes": "0"})

        assert answer.status_code == 422

    def test_the_page_says_what_is_missing_and_keeps_the_trail(
        self, enter: Enter, staff: User, padaria: Company
    ) -> None:
        client = enter(staff)
        page = client.post("/padaria-sol/lojas/nova/", entry(), follow=True).content.decode()

        assert "Conecte a Loja ao Tray." in page
        assert "Loja «Loja Nova» registrada" in page


class TestConnection:
    @pytest.fixture
    def box(self) -> TraySandbox:
        return TraySandbox(seed=5)

    @pytest.fixture
    def tray(self, box: TraySandbox) -> Iterator[str]:
        with serve(box.app) as address:
            yield address

    @pytest.fixture
    def pretend(self, box: TraySandbox) -> TrayStore:
        return box.add_store(slug="sol", consumer_key="chave-do-sol", consumer_secret="segredo-do-sol")

    @pytest.fixture
    def store(self, enter: Enter, staff: User, padaria: Company, tray: str, pretend: TrayStore) -> Store:
        keys = {"consumer_key": pretend.consumer_key, "consumer_secret": pretend.consumer_secret}
        enter(staff).post("/padaria-sol/lojas/nova/", entry(address=f"{tray}/lojas/sol", **keys))
        return queries.stores(padaria)[0]

    def _begin(self, client: Client, store: Store) -> str:
        """Press the button, and return the plain link to Tray that the page then shows."""
        page = client.post(reverse("stores:connection", args=["padaria-sol", store.pk])).content.decode()
        found = re.search(r'href="([^"]+auth\.php[^"]+)"', page)
        assert found is not None
        return html.unescape(found[1])

    def _authorise(self, link: str) -> str:
        """Agree at Tray as the merchant does, and return where it sends the browser."""
        back = httpx2.post(link, follow_redirects=False).headers["Location"]
        return back.removeprefix("http://testserver")

    def test_goes_to_tray_and_back(self, enter: Enter, ana: User, store: Store, pretend: TrayStore) -> None:
        client = enter(ana)

        page = client.get(self._authorise(self._begin(client, store)), follow=True).content.decode()

        again = queries.store(store.company, store.pk)
        assert "conectada ao Tray" in page
        assert (again.connection, again.tray_store_id) == ("connected", pretend.store_id)
        assert queries.statuses(again)
        assert pretend.consumer_secret not in page

    def test_is_tested_with_a_fragment_or_a_page(self, enter: Enter, ana: User, store: Store) -> None:
        client = enter(ana)
        client.get(self._authorise(self._begin(client, store)))
        address = reverse("stores:test", args=["padaria-sol", store.pk])

        fragment = client.post(address, headers={"HX-Request": "true"}).content.decode()
        page = client.post(address).content.decode()

        assert "A conexão funciona" in fragment
        assert "<html" not in fragment
        assert "A conexão funciona" in page
        assert "<html" in page

    def test_that_somebody_else_began_is_not_taken(self, enter: Enter, ana: User, staff: User, store: Store) -> None:
        back = self._authorise(self._begin(enter(staff), store))

        answer = enter(ana).get(back)

        assert answer.status_code == 422
        assert "não foi começada por você" in answer.content.decode()
        assert queries.store(store.company, store.pk).connection == "never"

    def test_works_once_only(self, enter: Enter, ana: User, store: Store) -> None:
        client = enter(ana)
        back = self._authorise(self._begin(client, store))

        assert client.get(back).status_code == 302
        assert client.get(back).status_code == 422

    def test_to_a_foreign_address_is_refused(self, enter: Enter, ana: User, store: Store) -> None:
        client = enter(ana)
        nonce = parse_qs(urlsplit(self._begin(client, store)).query)["callback"][0].partition("nonce=")[2]
        address = reverse("stores:connection_return", args=["padaria-sol", store.pk])

        answer = client.get(address, {"nonce": nonce, "code": "a" * 64, "api_address": "https://thief.example/web_api"})

        assert answer.status_code == 422
        assert "não é o da loja" in answer.content.decode()

    def test_that_was_not_granted_says_so(self, enter: Enter, ana: User, store: Store) -> None:
        client = enter(ana)
        nonce = parse_qs(urlsplit(self._begin(client, store)).query)["callback"][0].partition("nonce=")[2]

        answer = client.get(reverse("stores:connection_return", args=["padaria-sol", store.pk]), {"nonce": nonce})

        assert answer.status_code == 422
        assert "não autorizou" in answer.content.decode()
