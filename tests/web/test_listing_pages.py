"""The screens of the Produtos Ecommerce: filled in, looked at, varied, illustrated and ended by people."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from ahead.accounts.models import Company, User
from ahead.catalog import listing_operations as operations
from ahead.catalog.listing_rules import MOST_VARIANTS
from ahead.catalog.models import Category, Listing, ListingPublication, Product
from ahead.stock.models import Balance, Movement, Warehouse
from ahead.stores.models import Store
from ahead.web.listing_variants import moved

pytestmark = pytest.mark.django_db

Enter = Callable[[User], Client]
HERE = "/padaria-sol/produtos-ecommerce/"


def entry(roupas: Category | None = None, **changes: Any) -> dict[str, Any]:
    """What the form of a listing sends."""
    sent = {"title": "Camiseta", "reference": "CB", "availability_days": "", "is_visible": "on"}
    return {**sent, "category_id": roupas.pk if roupas else "", **changes}


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


class TestFillingIn:
    def test_a_new_one_begins_as_a_draft_and_says_what_it_lacks(
        self, oto_in: Client, padaria: Company, loja: Store, camiseta: Product
    ) -> None:
        answer = oto_in.post(f"{HERE}novo/", {"store": loja.pk, "products": "cam\n"}, follow=True)
        page = answer.content.decode()
        one = Listing.objects.of(padaria).get()

        assert one.is_draft
        assert "começado, como rascunho" in page
        assert f'href="{HERE}{one.pk}/edicao/#id_category_id">Escolha a categoria.' in page

    @pytest.mark.parametrize(
        ("products", "words"), [("nada", "Nenhum produto ativo"), ("", "obrigatório"), ("Camiseta", "mais de um")]
    )
    def test_a_product_that_is_not_known_is_told(
        self,
        oto_in: Client,
        padaria: Company,
        loja: Store,
        camiseta: Product,
        make_product: Callable[..., Product],
        products: str,
        words: str,
    ) -> None:
        make_product(padaria, code="CAM-2", name="Camiseta longa")
        answer = oto_in.post(f"{HERE}novo/", {"store": loja.pk, "products": products})

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Listing.objects.of(padaria).exists()

    def test_every_field_is_kept(self, oto_in: Client, listing: Listing, roupas: Category, padaria: Company) -> None:
        promo = Category.objects.create(
            company=padaria, store=listing.store, code=2, name="Promoções", parent=roupas,
            created_at=roupas.created_at, updated_at=roupas.updated_at,
        )  # fmt: skip
        sent = entry(
            roupas,
            title="Camiseta básica",
            additional_categories=[promo.pk],
            price="59,90",
            promotional_price="39,90",
            promotion_starts_on="2026-12-01",
            promotion_ends_on="2026-12-24",
            description="<p onclick='x()'>Boa</p>",
            availability="Imediata",
            availability_days="2",
            keywords="camiseta, algodão",
            caracteristica=["Tecido", "", "Gola"],
            valor=["Algodão", "", "Redonda"],
        )
        answer = oto_in.post(f"{HERE}{listing.pk}/edicao/", sent, follow=True)
        page = answer.content.decode()
        listing.refresh_from_db()

        assert answer.redirect_chain, page
        assert (listing.price, listing.promotional_price) == (Decimal("59.90"), Decimal("39.90"))
        assert (listing.description, listing.availability_days, listing.is_visible) == ("<p>Boa</p>", 2, True)
        assert list(listing.specifications.values_list("name", "value")) == [("Tecido", "Algodão"), ("Gola", "Redonda")]
        assert listing.additional_categories.get().category == promo
        assert "Não sincronizado" in page
        assert f'action="/padaria-sol/sincronizacao/{listing.store_id}/execucoes/"' in page
        form = page_of(oto_in, f"{HERE}{listing.pk}/edicao/")
        assert 'value="59,90"' in form
        assert 'value="2026-12-24"' in form
        assert "Roupas › Promoções</option>" in form

    def test_what_lacks_something_is_refused_with_the_way_there_or_kept_as_a_draft(
        self, oto_in: Client, listing: Listing, roupas: Category, camiseta: Product
    ) -> None:
        Product.objects.of(listing.company_id).update(weight_g=0)
        address = f"{HERE}{listing.pk}/edicao/"

        refused = oto_in.post(address, entry(roupas, title="Outro"))
        assert refused.status_code == 422
        assert f'/padaria-sol/produtos/{camiseta.pk}/edicao/">O produto CAM não tem peso' in refused.content.decode()
        assert 'value="Outro"' in refused.content.decode()
        assert oto_in.post(address, entry(title="Outro", rascunho="1")).status_code == 302
        listing.refresh_from_db()
        assert (listing.is_draft, listing.title, listing.category) == (True, "Outro", None)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"title": ""}, "obrigatório"),
            ({"category_id": "999"}, "Faça uma escolha válida"),
            ({"promotional_price": "10"}, "A promoção pede as duas datas"),
            ({"caracteristica": "Tecido", "valor": ""}, "Cada característica pede"),
            ({"description": "x" * 5000}, "o Tray aceita até 4.800"),
        ],
    )
    def test_wrong_fields_are_told_in_words(
        self, oto_in: Client, listing: Listing, roupas: Category, changes: dict[str, str], words: str
    ) -> None:
        answer = oto_in.post(f"{HERE}{listing.pk}/edicao/", entry(roupas, **changes))

        assert answer.status_code == 422
        assert words in answer.content.decode()

    def test_another_of_the_same_product_is_warned_of(
        self, oto_in: Client, listing: Listing, camiseta: Product
    ) -> None:
        sent = {"store": listing.store_id, "products": camiseta.code}
        page = oto_in.post(f"{HERE}novo/", sent, follow=True).content.decode()

        assert "já anuncia o produto em «Camiseta»" in page

    def test_a_reader_only_looks(self, enter: Enter, bia: User, listing: Listing) -> None:
        client = enter(bia)
        page = page_of(client, f"{HERE}{listing.pk}/")

        assert "Camiseta" in page
        assert "Apagar" not in page
        assert "Sincronizar</button>" not in page
        assert "/edicao/" not in page
        assert client.post(f"{HERE}{listing.pk}/edicao/", entry()).status_code == 403


class TestLooking:
    @pytest.mark.parametrize(
        ("facts", "state", "words"),
        [
            ({}, "unsynced", "Crie-o lá com"),
            ({"is_draft": True}, "draft", "Rascunho"),
            ({"tray_id": 9}, "changed", "Há mudanças a enviar"),
            ({"tray_id": 9, "is_dirty": False}, "synced", "Sincronizado"),
            ({"tray_id": 9, "removed_at": 1}, "removed", "Não apagar"),
            ({"tray_id": 9, "gone_at": 1}, "gone", "foi apagado no Tray"),
            ({"tray_id": 9, "is_managed": False}, "tray_only", "foi feito no Tray"),
        ],
    )
    def test_each_state_is_told_and_filtered_by(
        self, oto_in: Client, listing: Listing, now: datetime, facts: dict[str, Any], state: str, words: str
    ) -> None:
        given = {name: now if name.endswith("_at") else value for name, value in facts.items()}
        Listing.objects.of(listing.company_id).filter(pk=listing.pk).update(**given)

        assert words in page_of(oto_in, f"{HERE}{listing.pk}/")
        for asked in ("draft", "unsynced", "changed", "synced", "problem", "removed", "gone", "tray_only"):
            shown = f"{HERE}{listing.pk}/" in page_of(oto_in, f"{HERE}?situacao={asked}")
            assert shown == (asked == state), asked

    def test_what_tray_said_is_shown_with_its_problem(self, oto_in: Client, listing: Listing, now: datetime) -> None:
        told = {"confirmed": {"fields": {"name": "x"}, "images": []}, "confirmed_at": now, "sent_at": now}
        sent = {"fields": {"name": "x"}, "images": ["https://img.example/a.jpg"]}
        rows = ListingPublication.objects.of(listing.company_id).filter(listing=listing)
        rows.update(**told, sent=sent, problem="Categoria inexistente")
        page = page_of(oto_in, f"{HERE}{listing.pk}/")

        assert "O Tray não aceitou este anúncio" in page
        assert "Categoria inexistente" in page
        assert re.search(r"<dt>Imagens</dt><dd><span class=\"ink-attention\">enviado", page)
        assert f"{HERE}{listing.pk}/" in page_of(oto_in, f"{HERE}?situacao=problem")

    def test_the_list_shows_price_stock_and_kind(self, oto_in: Client, listing: Listing, roupas: Category) -> None:
        page = page_of(oto_in, HERE)

        assert "R$ 49,90" in page.replace("\xa0", " ")
        assert 'data-label="Disponível">7<' in page
        for query in ("q=CAM", "q=cb", f"categoria={roupas.pk}", "tipo=simples", f"loja={listing.store_id}"):
            assert f"{HERE}{listing.pk}/" in page_of(oto_in, f"{HERE}?{query}"), query
        for query in ("q=nada", "tipo=kits", "tipo=variacoes"):
            assert f"{HERE}{listing.pk}/" not in page_of(oto_in, f"{HERE}?{query}"), query

    def test_the_list_asks_no_more_for_more_rows(
        self,
        oto_in: Client,
        listing: Listing,
        make_product: Callable[..., Product],
        now: datetime,
        django_assert_max_num_queries: Any,
    ) -> None:
        company = listing.company
        for _ in range(12):
            product = make_product(company, price=3)
            operations.create_listing(
                company=company, store_id=listing.store_id, product_ids=[product.pk], by="x", now=now
            )
        with django_assert_max_num_queries(18):
            page_of(oto_in, HERE)


class TestVarying:
    @pytest.fixture
    def varied(self, oto_in: Client, listing: Listing) -> Listing:
        """With a black and a white one."""
        answer = oto_in.post(
            f"{HERE}{listing.pk}/variacoes/combinacoes/",
            {"axis_1": "Cor", "values_1": "Preta, Branca", "makes_products": "on"},
        )
        assert answer.status_code == 302
        listing.refresh_from_db()
        return listing

    def row(self, listing: Listing, **changes: str) -> dict[str, Any]:
        """What the page sends of all rows, in their order; `changes` are of the first."""
        sent: dict[str, Any] = {"variante": []}
        for place, one in enumerate(listing.variants.order_by("position")):
            assert one.product
            facts = {"value_1": one.value_1, "product": one.product.code, "reference": one.reference, "gtin": ""}
            facts |= {"counted": "0", "counted_before": "0", **(changes if place == 0 else {})}
            sent["variante"].append(one.pk)
            sent |= {f"v{one.pk}-{name}": value for name, value in facts.items()}
        return sent

    def test_combinations_are_made_and_shown(self, oto_in: Client, varied: Listing) -> None:
        page = page_of(oto_in, f"{HERE}{varied.pk}/variacoes/")

        assert "CAM-PRETA" in page
        assert "CAM-BRANCA" in page
        refused = oto_in.post(f"{HERE}{varied.pk}/variacoes/combinacoes/", {"axis_1": "Cor", "values_1": ","})
        assert refused.status_code == 422
        assert "Informe do que as variações diferem" in refused.content.decode()

    def test_rows_are_changed_counted_and_moved_at_once(
        self, oto_in: Client, varied: Listing, deposito: Warehouse
    ) -> None:
        sent = self.row(varied, price="59,90", safety_stock="2", counted="9", gtin="7891000315507")
        first, second = sent["variante"]
        answer = oto_in.post(f"{HERE}{varied.pk}/variacoes/", {**sent, "mover": f"{first}:1"}, follow=True)

        assert "1 contagem lançada" in answer.content.decode()
        rows = list(varied.variants.order_by("position"))
        assert [one.pk for one in rows] == [second, first]
        assert rows[1].product is not None
        assert (rows[1].price, rows[1].safety_stock, rows[1].product.gtin) == (Decimal("59.90"), 2, "7891000315507")
        assert Balance.objects.of(varied.company_id).get(product=rows[1].product, warehouse=deposito).on_hand == 9
        assert 'value="9"' in page_of(oto_in, f"{HERE}{varied.pk}/variacoes/")
        assert "7 disponível" in page_of(oto_in, f"{HERE}{varied.pk}/variacoes/")  # 9 - 2

    def test_as_many_as_may_be_are_saved_at_once(self, oto_in: Client, listing: Listing) -> None:
        numbers = [str(number) for number in range(MOST_VARIANTS // 10)]
        for some in (numbers[:1], numbers):  # what the listing had before it had variations counts as one of the first
            facts = {"axis_1": "Número", "values_1": ",".join(some), "axis_2": "Cor", "values_2": "A,B,C,D,E,F,G,H,I,J"}
            oto_in.post(f"{HERE}{listing.pk}/variacoes/combinacoes/", {**facts, "makes_products": "on"})
        page = oto_in.get(f"{HERE}{listing.pk}/variacoes/")
        sent: dict[str, Any] = {
            "variante": [row.variant.pk for row in page.context["rows"]],
            "csrfmiddlewaretoken": "x",
        }
        for row in page.context["rows"]:
            sent |= {bound.html_name: bound.value() or "" for bound in row.form}
        first = f"v{sent['variante'][0]}"
        answer = oto_in.post(f"{HERE}{listing.pk}/variacoes/", {**sent, f"{first}-price": "59,90"})

        assert len(sent["variante"]) == MOST_VARIANTS
        assert answer.status_code == 302
        assert listing.variants.filter(price=Decimal("59.90")).count() == 1

    def test_stock_that_nobody_counted_is_not_written(self, oto_in: Client, varied: Listing) -> None:
        before = Movement.objects.of(varied.company_id).count()
        one = varied.variants.order_by("position")[0]
        Balance.objects.create(
            company_id=varied.company_id, product=one.product, warehouse=Warehouse.objects.of(varied.company_id)[0],
            on_hand=4, reserved=0,
        )  # fmt: skip
        oto_in.post(f"{HERE}{varied.pk}/variacoes/", self.row(varied))

        assert Movement.objects.of(varied.company_id).count() == before

    def test_a_count_beside_a_product_that_is_replaced_is_refused(
        self, oto_in: Client, varied: Listing, make_product: Callable[..., Product], deposito: Warehouse
    ) -> None:
        other = make_product(varied.company, on_hand=7)
        first = varied.variants.order_by("position")[0]
        before = Movement.objects.of(varied.company_id).count()
        address = f"{HERE}{varied.pk}/variacoes/"

        answer = oto_in.post(address, self.row(varied, product=other.code, counted="7"))
        assert answer.status_code == 422
        assert "Grave o produto primeiro, e conte depois." in answer.content.decode()
        assert f'value="{other.code}"' in answer.content.decode()
        assert varied.variants.get(pk=first.pk).product == first.product
        assert oto_in.post(address, self.row(varied, product=other.code)).status_code == 302
        assert varied.variants.get(pk=first.pk).product == other
        assert Movement.objects.of(varied.company_id).count() == before

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"gtin": "1"}, "O GTIN não é válido"),
            ({"price": "caro"}, "número"),
            ({"product": "nada"}, "Nenhum produto ativo"),
            ({"product": "CAM-BRANCA"}, "duas variações"),
        ],
    )
    def test_a_wrong_row_keeps_what_was_typed(
        self, oto_in: Client, varied: Listing, changes: dict[str, str], words: str
    ) -> None:
        answer = oto_in.post(f"{HERE}{varied.pk}/variacoes/", self.row(varied, reference="MINHA", **changes))

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert 'value="MINHA"' in answer.content.decode()

    def test_one_is_added_and_one_removed(self, oto_in: Client, varied: Listing) -> None:
        address = f"{HERE}{varied.pk}/variacoes/"
        oto_in.post(f"{address}nova/", {"nova-product": "CAM", "nova-value_1": "Azul"})
        assert list(varied.variants.order_by("position").values_list("value_1", flat=True))[-1] == "Azul"
        added = varied.variants.get(value_1="Azul")
        answer = oto_in.post(f"{address}{added.pk}/remocao/", follow=True)
        assert "Variação removida." in answer.content.decode()
        assert varied.variants.count() == 2
        refused = oto_in.post(f"{address}nova/", {"nova-product": "nada", "nova-value_1": "Azul"})
        assert refused.status_code == 422

    def test_moving_stops_at_the_ends(self) -> None:
        assert moved([1, 2, 3], "2:-1") == [2, 1, 3]
        assert moved([1, 2, 3], "3:1") == [1, 2, 3]
        assert moved([1, 2, 3], "9:1") == moved([1, 2, 3], "1:7") == [1, 2, 3]


class TestEnding:
    def test_one_that_is_not_at_tray_goes_at_once(self, oto_in: Client, listing: Listing) -> None:
        answer = oto_in.post(f"{HERE}{listing.pk}/exclusao/", follow=True)

        assert "«Camiseta» apagado." in answer.content.decode()
        assert oto_in.get(f"{HERE}{listing.pk}/").status_code == 404

    def test_one_at_tray_is_asked_about_kept_and_left(self, oto_in: Client, listing: Listing) -> None:
        Listing.objects.of(listing.company_id).filter(pk=listing.pk).update(tray_id=9)
        assert "Apagar também no Tray?" in page_of(oto_in, f"{HERE}{listing.pk}/")

        said = oto_in.post(f"{HERE}{listing.pk}/exclusao/", follow=True).content.decode()
        assert "será apagado no Tray na próxima sincronização" in said
        assert "fica no Tray" in oto_in.post(f"{HERE}{listing.pk}/permanencia/", follow=True).content.decode()
        said = oto_in.post(f"{HERE}{listing.pk}/entrega-a-loja/", follow=True).content.decode()
        assert "deixou de cuidar" in said
        assert "só foi visto no Tray" in oto_in.post(f"{HERE}{listing.pk}/exclusao/", follow=True).content.decode()
