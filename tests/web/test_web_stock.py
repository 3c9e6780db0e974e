"""Produtos, Estoques and Clientes on the screen."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ahead.accounts.models import Company, User
from ahead.catalog import queries as catalog
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.customers import queries as customers
from ahead.customers.models import Customer
from ahead.stock import queries as stock
from ahead.stock.models import PublishedStock, Warehouse
from ahead.stock.operations import create_warehouse
from ahead.stores.models import Store
from order_making import make_customer

Enter = Callable[[User], Client]
MakeProduct = Callable[..., Product]


def entry(**changes: Any) -> dict[str, Any]:
    return {"code": "P1", "name": "Pão de forma", "unit": "UN", "weight_g": "500", "cost": "3,20", "price": "7,90"} | (
        changes
    )


class TestProducts:
    def test_are_registered_and_changed(self, enter: Enter, oto: User, padaria: Company) -> None:
        client = enter(oto)

        client.post("/padaria-sol/produtos/novo/", entry())
        [product] = catalog.find_products(padaria, "P1")
        assert str(product.price) == "7.90"
        form = client.get(f"/padaria-sol/produtos/{product.pk}/edicao/").content.decode()
        assert 'value="7,90"' in form

        changes = entry(
            name="Pão integral", reference="SKU-1", model="Forma", length_cm="30", width_cm="12", height_cm=""
        )
        client.post(f"/padaria-sol/produtos/{product.pk}/edicao/", changes)
        again = catalog.product(padaria, product.pk)
        assert (again.name, again.reference, again.model) == ("Pão integral", "SKU-1", "Forma")
        assert (again.length_cm, again.width_cm, again.height_cm) == (30, 12, 0)

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"code": ""}, "obrigatório"),
            ({"code": "1001"}, "Já existe um produto com o código 1001"),
            ({"gtin": "123"}, "O GTIN não é válido"),
            ({"ncm": "12"}, "O NCM deve ter 8 dígitos"),
            ({"cest": "12"}, "O CEST deve ter 7 dígitos"),
            ({"origem": "9"}, "Faça uma escolha válida"),
            ({"price": "caro"}, "número"),
        ],
    )
    def test_are_refused_in_words(
        self, enter: Enter, oto: User, padaria: Company, make_product: MakeProduct, wrong: dict[str, str], words: str
    ) -> None:
        make_product(padaria, code="1001")

        answer = enter(oto).post("/padaria-sol/produtos/novo/", entry(**wrong))

        assert answer.status_code == 422
        assert words in answer.content.decode()

    def test_are_found_filtered_sorted_and_paged(
        self, enter: Enter, bia: User, padaria: Company, make_product: MakeProduct
    ) -> None:
        for number in range(60):
            make_product(padaria, code=f"C{number:03}", on_hand=number)
        client = enter(bia)

        first = client.get("/padaria-sol/produtos/?ordem=-em-maos").content.decode()
        assert first.index("C059") < first.index("C058")
        assert "C001" not in first
        assert "C001" in client.get("/padaria-sol/produtos/?ordem=-em-maos&pagina=2").content.decode()
        found = client.get("/padaria-sol/produtos/?q=C007").content.decode()
        assert "C007" in found
        assert "C008" not in found
        assert "Nenhum produto com estes filtros" in client.get("/padaria-sol/produtos/?q=nada").content.decode()
        assert "C007" in client.get("/padaria-sol/produtos/?pagina=x&situacao=&ordem=nada").content.decode()

    def test_answer_a_search_with_the_list_alone(
        self, enter: Enter, bia: User, padaria: Company, make_product: MakeProduct
    ) -> None:
        make_product(padaria, code="C1")

        answer = enter(bia).get("/padaria-sol/produtos/?q=C1", headers={"HX-Request": "true"})

        assert answer.content.decode().startswith('<div class="stack" id="products">')
        assert answer["Vary"].startswith("HX-Request")

    def test_are_exported_with_the_filters(
        self, enter: Enter, bia: User, padaria: Company, make_product: MakeProduct
    ) -> None:
        make_product(padaria, code="C1", name='=HYPERLINK("x")', on_hand=4, price="7.90")
        make_product(padaria, code="D1")

        answer = enter(bia).get("/padaria-sol/produtos/planilha/?q=C1")

        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
        assert [row["Código AHEAD"] for row in rows] == ["C1"]
        assert rows[0]["Descrição"].startswith("'=")
        assert (rows[0]["Preço"], rows[0]["Em mãos"]) == ("7,90", "4")

    def test_say_why_a_number_is_what_it_is(
        self,
        enter: Enter,
        bia: User,
        padaria: Company,
        loja: Store,
        make_product: MakeProduct,
        now: datetime,
    ) -> None:
        product = make_product(padaria, on_hand=12)
        variant = _listed(product, loja, now)
        PublishedStock.objects.create(
            company=padaria,
            store=loja,
            variant=variant,
            confirmed=9,
            confirmed_at=now,
            sent=9,
            sent_at=now,
            answer="Saved",
        )

        page = enter(bia).get(f"/padaria-sol/produtos/{product.pk}/").content.decode()

        assert "Por que este número?" in page
        assert "<b>12</b> livre em Depósito" in page
        assert '<b class="why__result">12</b> disponível' in page
        assert "a enviar na próxima sincronização" in page
        assert "Saved" in page
        assert "Saldo inicial" in page
        assert "Desfazer o vínculo?" not in page  # who only reads is offered nothing

    def test_are_unlinked_and_put_out_of_use(
        self, enter: Enter, oto: User, padaria: Company, loja: Store, make_product: MakeProduct, now: datetime
    ) -> None:
        product = make_product(padaria)
        variant = _listed(product, loja, now)
        client = enter(oto)

        client.post(reverse("products:unlink", args=["padaria-sol", variant.pk]))
        client.post(reverse("products:deactivate", args=["padaria-sol", product.pk]))

        assert catalog.variant(padaria, variant.pk).product is None
        assert not catalog.product(padaria, product.pk).is_active
        client.post(reverse("products:activate", args=["padaria-sol", product.pk]))
        assert catalog.product(padaria, product.pk).is_active

    def test_are_suggested_while_one_types(
        self, enter: Enter, oto: User, padaria: Company, make_product: MakeProduct
    ) -> None:
        make_product(padaria, code="C1", name="Pão")

        assert '<option value="C1">Pão' in enter(oto).get("/padaria-sol/produtos/opcoes/?product=C").content.decode()


def _listed(product: Product, store: Store, now: datetime) -> ListingVariant:
    own = {"company": store.company, "store": store}
    listing = Listing.objects.create(**own, tray_id=70, title="Pão no Tray", seen_at=now)
    return ListingVariant.objects.create(
        **own, listing=listing, tray_product_id=70, product=product, linked_by="referência", linked_at=now
    )


class TestWarehouses:
    def test_are_registered_and_changed(self, enter: Enter, oto: User, padaria: Company) -> None:
        client = enter(oto)

        client.post("/padaria-sol/estoques/novo/", {"name": "Matriz"})
        [place] = stock.warehouses(padaria)
        client.post(f"/padaria-sol/estoques/{place.pk}/edicao/", {"name": "Sede", "code": "7", "is_active": "on"})

        again = stock.warehouse(padaria, place.pk)
        assert (again.name, again.code, again.is_active) == ("Sede", 7, True)

    def test_are_refused_with_a_taken_code_or_while_a_loja_sells_from_them(
        self, enter: Enter, oto: User, loja: Store, deposito: Warehouse
    ) -> None:
        client = enter(oto)

        taken = client.post("/padaria-sol/estoques/novo/", {"name": "Outro", "code": str(deposito.code)})
        used = client.post(
            f"/padaria-sol/estoques/{deposito.pk}/edicao/", {"name": deposito.name, "code": str(deposito.code)}
        )

        assert (taken.status_code, used.status_code) == (422, 422)
        assert "Já existe um Estoque com o código" in taken.content.decode()
        assert "vende deste Estoque" in used.content.decode()

    def test_show_what_lies_in_them(
        self, enter: Enter, bia: User, padaria: Company, make_product: MakeProduct, deposito: Warehouse
    ) -> None:
        make_product(padaria, code="LA-DENTRO", on_hand=5)
        make_product(padaria, code="LA-FORA")

        page = enter(bia).get(f"/padaria-sol/estoques/{deposito.pk}/").content.decode()

        assert "LA-DENTRO" in page
        assert "LA-FORA" not in page


class TestMovements:
    @pytest.fixture
    def product(self, padaria: Company, deposito: Warehouse, make_product: MakeProduct) -> Product:
        return make_product(padaria, code="C1", on_hand=10)

    def _move(self, client: Client, kind: str, **given: Any) -> Any:
        return client.post(
            f"/padaria-sol/estoques/movimento/?tipo={kind}", {"product": "c1", "reason": "Teste"} | given
        )

    def test_book_entry_exit_count_and_transfer_with_their_reason(
        self, enter: Enter, oto: User, padaria: Company, product: Product, deposito: Warehouse, now: datetime
    ) -> None:
        other = create_warehouse(company=padaria, name="Expedição", by="teste", now=now)
        client, here = enter(oto), {"warehouse": str(deposito.pk)}

        self._move(client, "entrada", quantity="5", **here)
        self._move(client, "saida", quantity="2", **here)
        self._move(client, "contagem", quantity="12", **here)
        self._move(client, "transferencia", quantity="4", target=str(other.pk), **here)

        assert {row.warehouse_id: row.on_hand for row in stock.balances(product)} == {deposito.pk: 8, other.pk: 4}
        ledger = stock.movements(product).rows
        assert sorted(row.quantity for row in ledger) == [-4, -2, -1, 4, 5, 10]
        assert {row.reason for row in ledger if row.kind != "opening"} == {"Teste"}
        assert {row.by for row in ledger if row.kind != "opening"} == {oto.email}

    def test_say_that_a_count_agrees(self, enter: Enter, oto: User, product: Product, deposito: Warehouse) -> None:
        answer = self._move(enter(oto), "contagem", quantity="10", warehouse=str(deposito.pk))

        assert answer.status_code == 302
        assert stock.movements(product).total == 1

    @pytest.mark.parametrize(
        ("kind", "wrong", "words"),
        [
            ("saida", {"quantity": "11"}, "não é possível retirar 11"),
            ("entrada", {"quantity": "0"}, "maior ou igual a 1"),
            ("entrada", {"quantity": "1", "reason": ""}, "obrigatório"),
            ("entrada", {"quantity": "1", "product": "nada"}, "Nenhum produto ativo"),
            ("entrada", {"quantity": "1", "product": "pão"}, "Há mais de um produto assim"),
            ("entrada", {"quantity": "1", "warehouse": "9999"}, "válida"),
            ("transferencia", {"quantity": "1"}, "obrigatório"),
        ],
    )
    def test_are_refused_in_words(
        self,
        enter: Enter,
        oto: User,
        padaria: Company,
        product: Product,
        deposito: Warehouse,
        make_product: MakeProduct,
        kind: str,
        wrong: dict[str, str],
        words: str,
    ) -> None:
        for code in ("C2", "C3"):
            make_product(padaria, code=code, name="Pão francês")

        answer = self._move(enter(oto), kind, **({"warehouse": str(deposito.pk)} | wrong))

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert stock.movements(product).total == 1

    def test_of_an_unknown_kind_do_not_exist(self, enter: Enter, oto: User, padaria: Company) -> None:
        assert enter(oto).get("/padaria-sol/estoques/movimento/?tipo=magia").status_code == 404

    def test_begin_with_the_product_one_came_from(
        self, enter: Enter, oto: User, product: Product, deposito: Warehouse
    ) -> None:
        page = enter(oto).get("/padaria-sol/estoques/movimento/?tipo=saida&produto=C1").content.decode()

        assert 'value="C1"' in page
        assert "Depósito tem <strong>10</strong>" in page


class TestCustomers:
    @pytest.fixture
    def joana(self, padaria: Company, now: datetime) -> Customer:
        return make_customer(padaria, now, name="Joana <b>Prado</b>")

    def test_are_listed_and_found_by_document(
        self, enter: Enter, bia: User, joana: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = enter(bia)

        assert "390.533.447-05" in client.get("/padaria-sol/clientes/?q=390.533.447-05").content.decode()
        assert "clientes têm este nome" not in client.get("/padaria-sol/clientes/?q=joana").content.decode()
        monkeypatch.setattr(customers, "NAMED_UP_TO", 1)
        make_customer(joana.company, joana.created_at, name="Joana Lima", document="")
        assert "Mais de 1 clientes têm este nome" in client.get("/padaria-sol/clientes/?q=joana").content.decode()
        assert "Nenhum cliente assim" in client.get("/padaria-sol/clientes/?q=ninguém").content.decode()

    def test_have_a_page_with_their_orders_and_nothing_unescaped(
        self, enter: Enter, bia: User, joana: Customer
    ) -> None:
        page = enter(bia).get(f"/padaria-sol/clientes/{joana.pk}/").content.decode()

        assert "Nenhum pedido deste cliente" in page
        assert "<b>Prado" not in page

    def test_of_another_company_do_not_exist(self, enter: Enter, caio: User, joana: Customer) -> None:
        assert enter(caio).get(f"/doces-lua/clientes/{joana.pk}/").status_code == 404
