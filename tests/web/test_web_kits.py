"""Kits on the screen: registered with their components, shown, explained, and told apart in orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from ahead.accounts.models import Company, User
from ahead.catalog import kit_queries
from ahead.catalog import queries as catalog
from ahead.catalog.kit_operations import set_components
from ahead.catalog.kit_rules import Component
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.orders.models import ItemComponent, Order
from ahead.pending.models import PendingMatter
from ahead.pending.operations import Matter, open_matters
from ahead.stock.models import Warehouse
from ahead.stores.models import Store
from order_making import make_order

Enter = Callable[[User], Client]
MakeProduct = Callable[..., Product]


@pytest.fixture
def cup(padaria: Company, make_product: MakeProduct) -> Product:
    return make_product(padaria, code="XIC", name="Xícara", price="19.90", weight_g=350, on_hand=9)


@pytest.fixture
def plate(padaria: Company, make_product: MakeProduct) -> Product:
    return make_product(padaria, code="PIR", name="Pires", price="10.00", weight_g=200, on_hand=4)


@pytest.fixture
def kit(padaria: Company, make_product: MakeProduct, cup: Product, plate: Product, now: datetime) -> Product:
    made = make_product(padaria, code="KIT", name="Kit Café", is_kit=True)
    parts = [Component(cup.pk, 2), Component(plate.pk, 1, "2", "%", Decimal(10))]
    set_components(company=padaria, product_id=made.pk, components=parts, by="teste", now=now)
    return made


def entry(*rows: tuple[str, str, str, str], **fields: Any) -> dict[str, Any]:
    columns = list(zip(*rows, strict=True)) or [()] * 4
    names = ("kit-product", "kit-quantity", "kit-price", "kit-discount")
    given = {"code": "KIT-1", "name": "Kit Café", "unit": "UN", "cost": "0", "price": "0", "is_kit": "sim", **fields}
    return given | {name: list(column) for name, column in zip(names, columns, strict=True)}


class TestTheForm:
    def test_registers_a_kit_with_its_components_in_their_order(
        self, enter: Enter, oto: User, padaria: Company, cup: Product, plate: Product
    ) -> None:
        client = enter(oto)
        rows = [("PIR", "1", "%", "10"), ("XIC", "2", "", ""), ("", "", "", "")]
        client.post("/padaria-sol/produtos/novo/", entry(*rows, weight_g="0,9 kg", length_cm="30"))
        [made] = catalog.find_products(padaria, "KIT-1")
        parts = kit_queries.composition(made).parts
        assert (made.is_kit, made.weight_g, made.length_cm) == (True, 900, 30)
        assert [(part.product, part.quantity, part.unit_price) for part in parts] == [
            (plate, 1, Decimal("9.00")), (cup, 2, Decimal("19.90")),
        ]  # fmt: skip

        form = client.get(f"/padaria-sol/produtos/{made.pk}/edicao/").content.decode()
        assert 'value="10,00"' in form
        assert "R$\xa048,80" in form
        client.post(f"/padaria-sol/produtos/{made.pk}/edicao/", entry(("xic", "3", "", "")))
        assert [part.quantity for part in kit_queries.composition(made).parts] == [3]

    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            ([], "precisa de componentes"),
            ([("NADA", "1", "", "")], "Nenhum produto ativo"),
            ([("XIC", "duas", "", "")], "Informe quantas unidades"),
            ([("XIC", "2", "$", "muito")], "Informe o desconto"),
            ([("XIC", "2", "%", "120")], "não pode passar de 100%"),
            ([("XIC", "1", "", "")], "é o próprio produto"),
            ([("KIT", "1", "", ""), ("XIC", "1", "", "")], "um kit não entra em outro"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(
        self, enter: Enter, oto: User, padaria: Company, kit: Product, rows: list[tuple[str, str, str, str]], words: str
    ) -> None:
        answer = enter(oto).post("/padaria-sol/produtos/novo/", entry(*rows))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert all(f'value="{row[0]}"' in page for row in rows)
        assert not catalog.find_products(padaria, "KIT-1")

    def test_says_what_the_components_come_to_before_they_are_saved(
        self, enter: Enter, oto: User, cup: Product, plate: Product
    ) -> None:
        asked = entry(("XIC", "2", "$", "19.90"), ("PIR", "1", "", ""))
        shown = enter(oto).get("/padaria-sol/produtos/kit/", asked).content.decode()
        assert "R$\xa010,00" in shown
        assert "900\xa0g" in shown
        assert "O desconto de XIC cobre o preço inteiro" in shown

    def test_warns_that_tray_cannot_change_a_kit(
        self, enter: Enter, oto: User, padaria: Company, loja: Store, kit: Product, now: datetime
    ) -> None:
        def offer(tray_id: int, *, is_managed: bool) -> None:
            row = Listing.objects.create(
                company=padaria, store=loja, tray_id=tray_id, title="Kit", is_kit=True, is_managed=is_managed
            )
            ListingVariant.objects.create(
                company=padaria, store=loja, listing=row, tray_product_id=tray_id, product=kit
            )

        client, address = enter(oto), f"/padaria-sol/produtos/{kit.pk}/edicao/"
        assert "já está no Tray" not in client.get(address).content.decode()
        offer(71, is_managed=True)
        page = client.get(address).content.decode()
        assert "cria o kit de novo na Loja Loja do Sol" in page
        assert "Pedidos em aberto continuam como entraram" in page
        Listing.objects.of(padaria).update(is_managed=False)
        assert "mude-os também lá" in client.get(address).content.decode()

    def test_a_weight_without_a_unit_that_can_be_meant_is_asked_again(self, enter: Enter, oto: User) -> None:
        answer = enter(oto).post("/padaria-sol/produtos/novo/", entry(weight_g="1.200 kg", is_kit="nao"))
        assert answer.status_code == 422
        assert "pode ser lido de dois modos" in answer.content.decode()


class TestThePages:
    def test_of_a_kit_says_what_can_be_assembled_and_what_limits_it(
        self, enter: Enter, bia: User, loja: Store, kit: Product, now: datetime
    ) -> None:
        Store.objects.of(kit.company_id).update(safety_stock=1)
        row = Listing.objects.create(company=kit.company, store=loja, tray_id=71, title="Kit", is_kit=True)
        ListingVariant.objects.create(company=kit.company, store=loja, listing=row, tray_product_id=71, product=kit)
        page = enter(bia).get(f"/padaria-sol/produtos/{kit.pk}/").content.decode()
        assert "Dá para montar" in page
        assert "quem limita: XIC" in page  # 9 cups are enough for 4 kits, and so are 4 plates
        assert "3\xa0kits" in page or "3 kits" in page  # in the store, one plate less
        assert "Movimentar estoque" not in page
        assert "Livro de movimentos" not in page

    def test_of_a_component_says_in_which_kits_it_is_and_why_it_stays(
        self, enter: Enter, oto: User, kit: Product, cup: Product
    ) -> None:
        client = enter(oto)
        assert "Faz parte de" in client.get(f"/padaria-sol/produtos/{cup.pk}/").content.decode()
        answer = client.post(f"/padaria-sol/produtos/{cup.pk}/desativacao/", follow=True)
        assert "é componente de: KIT · Kit Café" in answer.content.decode()
        assert catalog.product(cup.company, cup.pk).is_active

    def test_the_list_tells_kits_and_narrows_to_them(self, enter: Enter, bia: User, kit: Product) -> None:
        client = enter(bia)
        only = client.get("/padaria-sol/produtos/?kit=sim").content.decode()
        assert "Kit Café" in only
        assert "Xícara" not in only
        assert "4 kits" in only
        assert "Kit Café" not in client.get("/padaria-sol/produtos/?kit=nao").content.decode()

    def test_stock_of_a_kit_is_refused_with_what_to_do(
        self, enter: Enter, oto: User, deposito: Warehouse, kit: Product
    ) -> None:
        given = {"product": "KIT", "warehouse": deposito.pk, "quantity": "3", "reason": "compra"}
        answer = enter(oto).post("/padaria-sol/estoques/movimento/?tipo=entrada", given)
        assert answer.status_code == 422
        assert "Movimente os componentes" in answer.content.decode()


class TestOrders:
    @pytest.fixture
    def order(self, loja: Store, kit: Product, cup: Product, plate: Product, now: datetime) -> Order:
        made = make_order(loja, now, products=[kit, cup])
        whole, single = made.items.all()
        whole.kit = kit
        whole.save()
        single.counts, single.tray_kit_id, single.kit = False, 71, kit
        single.save()
        for product, units, amount in ((cup, 4, "16.00"), (plate, 2, "4.00")):
            ItemComponent.objects.create(
                company=made.company, item=whole, product=product, quantity=units, amount=Decimal(amount)
            )
        return made

    def test_show_what_a_kit_takes_and_what_does_not_count(self, enter: Enter, bia: User, order: Order) -> None:
        page = enter(bia).get(f"/padaria-sol/pedidos/{order.pk}/").content.decode()
        assert "4 × " in page
        assert "PIR · Pires" in page
        assert "não conta" in page

    def test_that_came_otherwise_are_accepted_with_one_press(
        self, enter: Enter, oto: User, order: Order, kit: Product, now: datetime
    ) -> None:
        Order.objects.of(order.company).update(state="held", fingerprint="f1")
        facts = {"product_id": kit.pk, "is_empty": False}
        key = f"order:{order.pk}"
        matter = Matter("kit_differs", key, "Veio diferente.", "Aceite.", order.store_id, order.pk, facts=facts)
        open_matters(order.company_id, [matter], now=now)
        asked = PendingMatter.objects.of(order.company_id).get(key=key)
        client, address = enter(oto), f"/padaria-sol/pendencias/{asked.pk}/"
        page = client.get(address).content.decode()
        assert "Aceitar como veio" in page
        assert f"/padaria-sol/produtos/{kit.pk}/edicao/" in page

        answer = client.post(f"{address}aceite-kit/", follow=True)

        assert "aceito como veio" in answer.content.decode()
        order.refresh_from_db()
        assert (order.state, order.kits_accepted_for) == ("open", "f1")
