"""Forms that were open while somebody else wrote: nothing is set back, and what two people changed is asked about."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from company_whole import whole_company
from django.test import Client
from lxml import html

from ahead.accounts.models import Company, User
from ahead.catalog import kit_operations, listing_operations, operations
from ahead.catalog.bulk_listings import ListingWrite, VariantWrite, write_listings, write_variant_prices
from ahead.catalog.kit_rules import Component
from ahead.catalog.models import Category, Listing, Product
from ahead.customers.models import Customer
from ahead.stock.models import Movement
from ahead.stores.models import Store
from fiscal_making import trust

pytestmark = pytest.mark.django_db

Enter = Callable[[User], Client]
MakeProduct = Callable[..., Product]
HERE = "/padaria-sol/produtos-ecommerce/"
BY: dict[str, Any] = {"by": "ana@padaria.example"}
CHANGING = (
    *(
        "lojas/{store_id}/edicao/",
        "lojas/{store_id}/status/",
        "lojas/{store_id}/agenda/",
        "clientes/{customer_id}/edicao/",
    ),
    *("categorias/{category_id}/edicao/", "produtos/{product_id}/edicao/", "produtos-ecommerce/{listing_id}/edicao/"),
    *("produtos-ecommerce/{listing_id}/variacoes/", "estoques/{warehouse_id}/edicao/", "pedidos/{order_id}/entrega/"),
    *("fiscal/configuracao/", "fiscal/intermediadores/{intermediary_id}/", "tributos/regras/{rule_id}/edicao/"),
    *("tributos/grupos/{group_id}/", "tributos/naturezas/{natureza_id}/"),
)


def form_of(answer: Any) -> dict[str, list[str]]:
    """What a browser sends of the form of a page that changes something, if nobody touches it."""
    page = html.fromstring(answer.content.decode())
    [form] = [one for one in page.forms if any(name.endswith("vistos") for name in one.fields)]
    sent: dict[str, list[str]] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    return sent


@pytest.mark.parametrize("address", CHANGING)
def test_what_a_page_says_it_showed_is_what_it_sends(
    address: str,
    enter: Enter,
    ana: User,
    staff: User,
    loja: Store,
    make_product: MakeProduct,
    now: datetime,
    settings: Any,
) -> None:
    trust(settings)
    ids = whole_company(loja, make_product, staff, now)
    answer = enter(staff if address.startswith("lojas") and "agenda" not in address else ana).get(
        f"/{loja.company.slug}/" + address.format(**ids)
    )
    assert answer.status_code == 200
    sent = form_of(answer)
    for place in [name for name in sent if name.endswith("vistos")]:
        said = json.loads(sent[place][0])
        assert said
        for name, was in said.items():
            if name in {"specifications", "components"}:
                continue
            there = sent.get(place.removesuffix("vistos") + name, [])
            assert (sorted(there) if isinstance(was, list) else "".join(there).strip()) == was, name


@pytest.mark.parametrize(
    "address", ["produtos/novo/", "categorias/nova/", "estoques/novo/", "tributos/naturezas/nova/"]
)
def test_of_what_is_new_nothing_was_seen(address: str, enter: Enter, ana: User, loja: Store) -> None:
    answer = enter(ana).get(f"/{loja.company.slug}/{address}")

    assert answer.status_code == 200
    assert 'name="vistos"' not in answer.content.decode()


class TestListing:
    def priced(self, listing: Listing, price: str, now: datetime) -> None:
        """Give a listing another price, as a sheet does."""
        before = {"price": Listing.objects.of(listing.company_id).get(pk=listing.pk).price}
        write = ListingWrite(listing.pk, before, {"price": Decimal(price)}, listing.store_id, None)
        write_listings(company=listing.company, writes=[write], now=now, **BY)

    def test_a_price_that_changed_meanwhile_stays(self, oto_in: Client, listing: Listing, now: datetime) -> None:
        self.priced(listing, "39.90", now)
        address = f"{HERE}{listing.pk}/edicao/"
        open_form = form_of(oto_in.get(address))
        assert open_form["price"] == ["39,90"]
        self.priced(listing, "43.89", now)

        assert oto_in.post(address, {**open_form, "title": "Camisa"}).status_code == 302
        listing.refresh_from_db()
        assert (listing.title, listing.price) == ("Camisa", Decimal("43.89"))

    def test_what_two_changed_is_refused_once_with_both(self, oto_in: Client, listing: Listing, now: datetime) -> None:
        self.priced(listing, "39.90", now)
        address = f"{HERE}{listing.pk}/edicao/"
        open_form = form_of(oto_in.get(address))
        self.priced(listing, "43.89", now)

        refused = oto_in.post(address, {**open_form, "price": "35,00", "title": "Camisa"})
        listing.refresh_from_db()
        assert refused.status_code == 422
        assert "Preço nesta loja (R$) mudou para «43,89»" in refused.content.decode()
        assert "você escreveu «35,00»" in refused.content.decode()
        assert (listing.title, listing.price) == ("Camiseta", Decimal("43.89"))
        again = form_of(refused)
        assert (again["price"], again["title"]) == (["35,00"], ["Camisa"])
        assert oto_in.post(address, again).status_code == 302
        listing.refresh_from_db()
        assert (listing.title, listing.price) == ("Camisa", Decimal("35.00"))

    def test_the_same_change_twice_is_none(self, oto_in: Client, listing: Listing, now: datetime) -> None:
        address = f"{HERE}{listing.pk}/edicao/"
        open_form = form_of(oto_in.get(address))
        self.priced(listing, "43.89", now)

        assert oto_in.post(address, {**open_form, "price": "43,89"}).status_code == 302

    def test_boxes_choices_and_lines_follow_too(
        self, oto_in: Client, listing: Listing, roupas: Category, now: datetime
    ) -> None:
        address = f"{HERE}{listing.pk}/edicao/"
        open_form = form_of(oto_in.get(address))
        promo = Category.objects.create(
            company=listing.company, store=listing.store, code=2, name="Promoções", parent=roupas,
            created_at=now, updated_at=now,
        )  # fmt: skip
        listing_operations.update_listing(
            company=listing.company, listing_id=listing.pk, is_draft=False, is_visible=False, is_virtual=True,
            additional_categories=[promo.pk], specifications=[("Tecido", "Algodão")], now=now, **BY,
        )  # fmt: skip

        assert oto_in.post(address, {**open_form, "title": "Camisa"}).status_code == 302
        listing.refresh_from_db()
        assert (listing.title, listing.is_visible, listing.is_virtual) == ("Camisa", False, True)
        assert listing.additional_categories.get().category == promo
        assert list(listing.specifications.values_list("name", "value")) == [("Tecido", "Algodão")]
        refused = oto_in.post(address, {**open_form, "caracteristica": ["Gola"], "valor": ["Redonda"]})
        assert refused.status_code == 422
        assert "As características mudaram" in refused.content.decode()
        assert form_of(refused)["valor"][0] == "Redonda"

    @pytest.mark.parametrize("said", ["", "{", "[]", "[" * 100_000, "{}", '{"prices":1}'])
    def test_what_a_page_cannot_have_said_breaks_nothing(
        self, oto_in: Client, listing: Listing, now: datetime, said: str
    ) -> None:
        self.priced(listing, "39.90", now)
        address = f"{HERE}{listing.pk}/edicao/"
        open_form = form_of(oto_in.get(address))

        assert oto_in.post(address, {**open_form, "vistos": said, "price": "35,00"}).status_code == 302
        listing.refresh_from_db()
        assert listing.price == Decimal("35.00")


class TestVariants:
    @pytest.fixture
    def varied(self, oto_in: Client, listing: Listing) -> Listing:
        sent = {"axis_1": "Cor", "values_1": "Preta, Branca", "makes_products": "on"}
        oto_in.post(f"{HERE}{listing.pk}/variacoes/combinacoes/", sent)
        listing.refresh_from_db()
        return listing

    def test_a_price_that_changed_meanwhile_stays(self, oto_in: Client, varied: Listing, now: datetime) -> None:
        address = f"{HERE}{varied.pk}/variacoes/"
        open_form = form_of(oto_in.get(address))
        first, second = varied.variants.order_by("position")
        write = VariantWrite(first.pk, {"price": None}, {"price": Decimal("43.89")})
        write_variant_prices(company=varied.company, writes=[write], now=now, **BY)

        assert oto_in.post(address, {**open_form, f"v{second.pk}-price": "51,00"}).status_code == 302
        assert [one.price for one in varied.variants.order_by("position")] == [Decimal("43.89"), Decimal("51.00")]
        refused = oto_in.post(address, {**open_form, f"v{first.pk}-price": "40,00"})
        assert refused.status_code == 422
        assert "mudou para «43,89»" in refused.content.decode()

    def test_a_count_beside_a_product_that_was_replaced_meanwhile_is_refused(
        self, oto_in: Client, varied: Listing, make_product: MakeProduct
    ) -> None:
        address = f"{HERE}{varied.pk}/variacoes/"
        open_form = form_of(oto_in.get(address))
        other = make_product(varied.company)
        first = varied.variants.order_by("position")[0]
        oto_in.post(address, {**open_form, f"v{first.pk}-product": other.code})
        before = Movement.objects.of(varied.company_id).count()

        refused = oto_in.post(address, {**open_form, f"v{first.pk}-counted": "5"})
        assert refused.status_code == 422
        assert form_of(refused)[f"v{first.pk}-product"] == [other.code]
        assert Movement.objects.of(varied.company_id).count() == before


class TestOthers:
    def test_a_product_keeps_the_price_and_the_components_of_meanwhile(
        self, oto_in: Client, padaria: Company, make_product: MakeProduct, now: datetime
    ) -> None:
        cup, plate = make_product(padaria, code="XIC"), make_product(padaria, code="PIR")
        kit = make_product(padaria, code="KIT", name="Kit", is_kit=True, weight_g=900)
        who = {"company": padaria, "product_id": kit.pk, "now": now, **BY}
        kit_operations.set_components(components=[Component(cup.pk, 2)], **who)
        address = f"/padaria-sol/produtos/{kit.pk}/edicao/"
        open_form = form_of(oto_in.get(address))
        operations.update_product(price=Decimal("43.89"), weight_g=350, **who)
        kit_operations.set_components(components=[Component(cup.pk, 2), Component(plate.pk, 1)], **who)

        assert oto_in.post(address, {**open_form, "name": "Kit Café"}).status_code == 302
        kit.refresh_from_db()
        assert (kit.name, kit.price, kit.weight_g) == ("Kit Café", Decimal("43.89"), 350)
        assert kit.components.count() == 2
        refused = oto_in.post(address, {**open_form, "weight_g": "1 kg", "kit-quantity": ["3", "", ""]})
        assert refused.status_code == 422
        assert "Peso mudou para «350 g»" in refused.content.decode()
        assert "Os componentes mudaram" in refused.content.decode()
        assert form_of(refused)["kit-quantity"][0] == "3"

    def test_a_customer_is_not_corrected_back_to_what_tray_said_before(
        self, enter: Enter, oto: User, loja: Store, make_product: MakeProduct, staff: User, now: datetime, settings: Any
    ) -> None:
        trust(settings)
        ids = whole_company(loja, make_product, staff, now)
        address = f"/{loja.company.slug}/clientes/{ids['customer_id']}/edicao/"
        open_form = form_of(enter(oto).get(address))
        rows = Customer.objects.of(loja.company).filter(pk=ids["customer_id"])
        rows.update(district="Savassi")

        assert enter(oto).post(address, {**open_form, "complement": "Fundos"}).status_code == 302
        one = rows.get()
        assert (one.complement, one.district) == ("Fundos", "Savassi")
        assert "district" not in one.corrections
