"""Products, their links to what a store lists, and finding them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.catalog import operations, queries, rules
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.stock.operations import Opening, create_warehouse, set_opening
from ahead.stores.models import Store

ANA = "ana@padaria.example"
pytestmark = pytest.mark.django_db

MakeProduct = Callable[..., Product]


@pytest.fixture
def make_variant(now: datetime) -> Callable[..., ListingVariant]:
    def make(store: Store, tray_id: int, *, title: str = "Item", **fields: Any) -> ListingVariant:
        listing_fields = {name: fields.pop(name) for name in ("is_kit", "gone_at") if name in fields}
        listing = Listing.objects.create(
            company=store.company, store=store, tray_id=tray_id, title=title, seen_at=now, **listing_fields
        )
        return ListingVariant.objects.create(
            company=store.company, store=store, listing=listing, tray_product_id=tray_id, **fields
        )

    return make


class TestProducts:
    def test_are_kept_tidy(self, make_product: MakeProduct, padaria: Company) -> None:
        made = make_product(
            padaria,
            code=" P1 ",
            name="  Pão   de mel ",
            gtin="789.1000-315507",
            ncm="1905.90.90",
            origem=" 1",
            cest="17.062.00",
            unit="un",
            price="12.5",
            cost=Decimal("3.10"),
        )

        assert (made.code, made.name, made.gtin) == ("P1", "Pão de mel", "7891000315507")
        assert (made.origem, made.cest) == ("1", "1706200")
        assert (made.ncm, made.unit, made.price) == ("19059090", "UN", Decimal("12.50"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": " "},
            {"gtin": "7891000315508"},
            {"ncm": "1905"},
            {"origem": "9"},
            {"origem": ""},
            {"cest": "170620"},
            {"unit": ""},
            {"price": "-0.01"},
            {"price": "1.005"},
            {"cost": "NaN"},
            {"price": "99999999999"},
            {"weight_g": -1},
            {"length_cm": -1},
            {"height_cm": 10_001},
            {"model": "x" * 151},
            {"code": "x" * 31},
        ],
    )
    def test_refuse_what_is_wrong(self, make_product: MakeProduct, padaria: Company, wrong: dict[str, Any]) -> None:
        with pytest.raises(rules.WrongProduct):
            make_product(padaria, **{"code": "P1", **wrong})

    def test_have_codes_and_references_of_their_own_within_a_company(
        self, make_product: MakeProduct, padaria: Company, outra: Company, now: datetime
    ) -> None:
        first = make_product(padaria, code="P1", reference="SKU-1")
        make_product(outra, code="P1", reference="SKU-1")
        for taken in ({"code": "P1"}, {"code": "P2", "reference": "SKU-1"}):
            with pytest.raises(operations.ProductTaken):
                make_product(padaria, **taken)
        second = make_product(padaria, code="P2")
        with pytest.raises(operations.ProductTaken):
            operations.update_product(company=padaria, product_id=second.pk, reference="SKU-1", by=ANA, now=now)
        operations.update_product(company=padaria, product_id=first.pk, code="P1", by=ANA, now=now)

    def test_tell_what_changed(self, make_product: MakeProduct, padaria: Company, now: datetime) -> None:
        made = make_product(padaria, code="P1", price="10")
        operations.update_product(company=padaria, product_id=made.pk, price="11.90", code="P1", by=ANA, now=now)
        event = Event.objects.of(padaria).get(name="catalog.product.changed")

        assert event.facts == {"before": {"price": "10.00"}, "after": {"price": "11.90"}}

    def test_are_of_the_company_only(
        self, make_product: MakeProduct, padaria: Company, outra: Company, now: datetime
    ) -> None:
        made = make_product(padaria)
        with pytest.raises(Product.DoesNotExist):
            queries.product(outra, made.pk)
        with pytest.raises(Product.DoesNotExist):
            operations.set_active(company=outra, product_id=made.pk, active=False, by="x", now=now)


class TestList:
    def test_sums_the_stock_in_two_queries(
        self,
        make_product: MakeProduct,
        make_variant: Callable[..., ListingVariant],
        padaria: Company,
        loja: Store,
        now: datetime,
        django_assert_max_num_queries: Any,
    ) -> None:
        made = [make_product(padaria, code=f"P{number}", on_hand=number) for number in range(1, 8)]
        shop = create_warehouse(company=padaria, name="Balcão", by=ANA, now=now)
        set_opening(company=padaria, rows=[Opening(made[0].pk, shop.pk, 30)], by=ANA, now=now)
        made[0].balances.update(reserved=2)
        for tray_id in (71, 72):
            make_variant(loja, tray_id, product=made[0])

        with django_assert_max_num_queries(2):
            page = queries.products(padaria, size=5)
        first = page.rows[0]

        assert (page.total, page.pages, len(page.rows), page.has_next) == (7, 2, 5, True)
        assert (first.product.code, first.on_hand, first.reserved, first.available) == ("P1", 31, 4, 27)
        assert [row.listings for row in page.rows] == [2, 0, 0, 0, 0]
        assert [row.on_hand for row in queries.products(padaria, page=9, size=5).rows] == [6, 7]
        here = queries.products(padaria, warehouse_id=shop.pk)
        assert [(row.product, row.on_hand, row.reserved) for row in here.rows] == [(made[0], 30, 2)]

    def test_filters_and_sorts(
        self,
        make_product: MakeProduct,
        make_variant: Callable[..., ListingVariant],
        padaria: Company,
        outra: Company,
        loja: Store,
        now: datetime,
    ) -> None:
        bread = make_product(padaria, code="A1", name="Pão francês", reference="FR-10", on_hand=1)
        cake = make_product(padaria, code="B2", name="BOLO DE FUBÁ", gtin="7891000315507", on_hand=9)
        make_product(outra, code="A1", name="Pão de lá")
        make_variant(loja, 71, product=cake)
        operations.set_active(company=padaria, product_id=bread.pk, active=False, by=ANA, now=now)

        def found(**filters: Any) -> list[Product]:
            return [row.product for row in queries.products(padaria, **filters).rows]

        assert found(search="fr-1") == found(search="PÃO fran") == found(search="a1") == [bread]
        assert found(search="7891000315507") == found(search="fubá bolo") == [cake]
        assert found(search="Pão bolo") == []
        assert found(active=True) == found(linked=True) == [cake]
        assert found(active=False) == found(linked=False) == [bread]
        assert found(sort="-available") == found(sort="-code") == [cake, bread]
        assert found(sort="; DROP TABLE") == [bread, cake]

    def test_finds_the_best_first(self, make_product: MakeProduct, padaria: Company) -> None:
        longer = make_product(padaria, code="100", name="Farinha 10 kg")
        exact = make_product(padaria, code="10", name="Fermento")
        named = make_product(padaria, code="77", name="Caixa 10 unidades")
        by_reference = make_product(padaria, code="88", reference="10", name="Zimbro")

        assert queries.find_products(padaria, "10") == [exact, by_reference, longer, named]
        assert queries.find_products(padaria, "10", limit=1) == [exact]
        assert queries.find_products(padaria, "  ") == []


class TestLinks:
    def test_are_made_and_undone(
        self,
        make_product: MakeProduct,
        make_variant: Callable[..., ListingVariant],
        padaria: Company,
        loja: Store,
        now: datetime,
        django_assert_max_num_queries: Any,
    ) -> None:
        product, variant = make_product(padaria), make_variant(loja, 71, title="Pão de mel")
        linked = operations.link_variant(company=padaria, variant_id=variant.pk, product_id=product.pk, by=ANA, now=now)

        assert (linked.product, linked.linked_by, linked.linked_at) == (product, ANA, now)
        with django_assert_max_num_queries(1):
            assert [(v.listing.title, v.store.name) for v in queries.listing_variants(product)] == [
                ("Pão de mel", "Loja do Sol")
            ]
        operations.unlink_variant(company=padaria, variant_id=variant.pk, by=ANA, now=now)
        variant.refresh_from_db()
        assert (variant.product, variant.linked_by) == (None, "")
        told = Event.objects.of(padaria).filter(subject_kind="product", subject_id=product.pk)
        assert [event.name for event in told.order_by("pk")][-2:] == [
            "catalog.variant.linked",
            "catalog.variant.unlinked",
        ]

    def test_refuse_what_cannot_be(
        self,
        make_product: MakeProduct,
        make_variant: Callable[..., ListingVariant],
        padaria: Company,
        outra: Company,
        loja: Store,
        now: datetime,
    ) -> None:
        product, theirs = make_product(padaria), make_product(outra)
        variant, kit = make_variant(loja, 71), make_variant(loja, 72, is_kit=True)

        def link(company: Company, variant: ListingVariant, product: Product) -> None:
            operations.link_variant(company=company, variant_id=variant.pk, product_id=product.pk, by=ANA, now=now)

        with pytest.raises(Product.DoesNotExist):
            link(padaria, variant, theirs)
        with pytest.raises(ListingVariant.DoesNotExist):
            link(outra, variant, theirs)
        with pytest.raises(operations.CannotLink, match="kit"):
            link(padaria, kit, product)
        operations.set_active(company=padaria, product_id=product.pk, active=False, by=ANA, now=now)
        with pytest.raises(operations.CannotLink, match="desativado"):
            link(padaria, variant, product)

    def test_suggestions_come_by_reference_then_gtin_then_name(
        self,
        make_product: MakeProduct,
        make_variant: Callable[..., ListingVariant],
        padaria: Company,
        outra: Company,
        loja: Store,
    ) -> None:
        same = make_product(padaria, code="3", reference="PM-1", name="Qualquer")
        by_gtin = make_product(padaria, code="4", gtin="7891000315507", name="Outro")
        named = make_product(padaria, code="5", name="Pão de mel recheado")
        make_product(padaria, code="6", name="Bolo recheado")
        make_product(outra, code="7", reference="PM-1")
        variant = make_variant(loja, 71, title="Pão de Mel Recheado Artesanal", reference="pm-1", gtin="7891000315507")

        assert queries.suggestions(variant)[:3] == [same, by_gtin, named]
