"""Why a number is what it is: what lies where, what was promised, and what each store was told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.accounts.models import Company
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.stock import operations, queries, rules
from ahead.stock.models import PublishedStock, Reservation, Warehouse
from ahead.stores.models import Store

ANA = "ana@padaria.example"
MakeProduct = Callable[..., Product]


@pytest.fixture
def balcao(padaria: Company, deposito: Warehouse, now: datetime) -> Warehouse:
    return operations.create_warehouse(company=padaria, name="Balcão", by=ANA, now=now)


@pytest.mark.django_db
class TestWhy:
    @pytest.fixture
    def bread(
        self, padaria: Company, make_product: MakeProduct, deposito: Warehouse, balcao: Warehouse, now: datetime
    ) -> Product:
        made = make_product(padaria, code="P1", on_hand=10)
        operations.move_stock(
            company=padaria, product_id=made.pk, warehouse_id=balcao.pk, quantity=4, kind="entry", by=ANA, now=now
        )
        return made

    def variant(self, store: Store, product: Product, now: datetime, **listing: Any) -> ListingVariant:
        tray_id = 70 + Listing.objects.of(store.company_id).count()
        row = Listing.objects.create(
            company=store.company, store=store, tray_id=tray_id, title="Pão", seen_at=now, **listing
        )
        return ListingVariant.objects.create(
            company=store.company, store=store, listing=row, tray_product_id=tray_id, product=product
        )

    def reserve(self, product: Product, place: Warehouse, order_id: int, quantity: int, now: datetime) -> None:
        Reservation.objects.create(
            company=product.company,
            product=product,
            warehouse=place,
            order_id=order_id,
            item_id=order_id * 10,
            quantity=quantity,
            opened_at=now,
        )
        product.balances.filter(warehouse=place).update(reserved=quantity)

    def test_explains_each_number(
        self,
        bread: Product,
        loja: Store,
        deposito: Warehouse,
        balcao: Warehouse,
        now: datetime,
        django_assert_max_num_queries: Any,
    ) -> None:
        Store.objects.of(loja.company_id).update(safety_stock=3)
        self.reserve(bread, deposito, 17, 2, now)
        told = self.variant(loja, bread, now)
        PublishedStock.objects.create(
            company=loja.company, store=loja, variant=told, confirmed=9, confirmed_at=now, sent=9, sent_at=now
        )
        with django_assert_max_num_queries(6):
            found = queries.why(loja.company, bread.pk)
            first, second = found.warehouses
            [store] = found.stores
            shown = (store.store.name, store.variant.listing.title, [p.name for p in store.warehouses])

        assert (first.warehouse, first.on_hand, first.reserved, first.free) == (deposito, 10, 2, 8)
        assert [(row.order_id, row.quantity) for row in first.reservations] == [(17, 2)]
        assert (second.warehouse, second.on_hand, second.reservations) == (balcao, 4, [])
        assert (found.on_hand, found.reserved, found.free) == (14, 2, 12)
        assert shown == ("Loja do Sol", "Pão", ["Depósito"])
        assert (store.free, store.safety_stock, store.available) == (8, 3, 5)
        assert (store.confirmed, store.confirmed_at, store.differs) == (9, now, True)

    def test_is_at_most_what_lies_free_and_never_below_zero(
        self, bread: Product, loja: Store, deposito: Warehouse, now: datetime
    ) -> None:
        self.reserve(bread, deposito, 17, 15, now)
        self.variant(loja, bread, now)
        [store] = queries.why(loja.company, bread.pk).stores

        assert (store.free, store.available, store.confirmed, store.differs) == (-5, 0, None, True)

    def test_the_newest_of_what_tray_confirmed_and_showed_is_what_is_known(
        self, bread: Product, loja: Store, now: datetime
    ) -> None:
        later = now + timedelta(minutes=5)
        row = PublishedStock(company=loja.company, store=loja, variant=self.variant(loja, bread, now))
        row.confirmed, row.confirmed_at, row.sent, row.sent_at = 7, later, 7, later
        row.read_back, row.read_back_at = 10, now
        row.save()
        [store] = queries.why(loja.company, bread.pk).stores
        assert store.known == queries.Known(7, later, is_seen=False)

        row.confirmed_at = row.read_back_at = later
        row.save()
        [store] = queries.why(loja.company, bread.pk).stores
        assert store.known == queries.Known(10, later, is_seen=True)

    def test_nothing_is_known_of_what_tray_never_answered(self, bread: Product, loja: Store, now: datetime) -> None:
        told = self.variant(loja, bread, now)
        [store] = queries.why(loja.company, bread.pk).stores
        assert (store.known, store.is_open, store.is_in_doubt, store.differs) == (None, False, False, True)

        PublishedStock.objects.create(company=loja.company, store=loja, variant=told, sent=10, sent_at=now)
        [store] = queries.why(loja.company, bread.pk).stores
        assert (store.known, store.is_open, store.differs) == (None, True, True)

    def test_an_open_write_is_sent_again_though_the_number_is_the_one_confirmed(
        self, bread: Product, loja: Store, now: datetime
    ) -> None:
        row = PublishedStock(company=loja.company, store=loja, variant=self.variant(loja, bread, now))
        row.confirmed, row.confirmed_at, row.sent, row.sent_at = 10, now, 8, now + timedelta(minutes=5)
        row.save()
        [store] = queries.why(loja.company, bread.pk).stores
        assert (store.available, store.confirmed, store.is_open, store.differs) == (10, 10, True, True)

    def test_a_number_in_doubt_is_sent_again(self, bread: Product, loja: Store, now: datetime) -> None:
        row = PublishedStock(company=loja.company, store=loja, variant=self.variant(loja, bread, now))
        row.confirmed, row.confirmed_at, row.is_in_doubt = 10, now, True
        row.save()
        [store] = queries.why(loja.company, bread.pk).stores
        assert (store.is_open, store.is_in_doubt, store.differs) == (False, True, True)

    def test_many_products_cost_as_many_queries_as_one(
        self,
        padaria: Company,
        loja: Store,
        make_product: MakeProduct,
        now: datetime,
        django_assert_num_queries: Any,
    ) -> None:
        products = [make_product(padaria, on_hand=number) for number in range(1, 5)]
        for product in products:
            self.variant(loja, product, now)
        with django_assert_num_queries(5):
            queries.explanations(padaria, products[:1])
        with django_assert_num_queries(5):
            found = queries.explanations(padaria, products)
        assert [(one.product, one.on_hand, one.stores[0].available) for one in found] == [
            (product, number, number) for number, product in enumerate(products, 1)
        ]

    def test_says_why_it_is_not_sent(self, bread: Product, loja: Store, now: datetime) -> None:
        self.variant(loja, bread, now, is_kit=True)
        self.variant(loja, bread, now, gone_at=now)
        kit, gone = queries.why(loja.company, bread.pk).stores

        assert "kit" in kit.why_not_sent
        assert "apagado" in gone.why_not_sent
        assert (kit.differs, gone.differs) == (False, False)

    def test_a_store_without_a_warehouse_sells_from_the_first(
        self, bread: Product, make_store: Callable[..., Store], padaria: Company, now: datetime
    ) -> None:
        self.variant(make_store(padaria, "Loja da Lua"), bread, now)
        [store] = queries.why(padaria, bread.pk).stores
        assert ([place.code for place in store.warehouses], store.available) == ([1], 10)

    def test_is_of_the_company_only(self, bread: Product, outra: Company) -> None:
        with pytest.raises(Product.DoesNotExist):
            queries.why(outra, bread.pk)

    @given(st.lists(st.integers(-50, 50), max_size=5), st.integers(0, 20))
    def test_available_is_what_is_left(self, free: list[int], safety: int) -> None:
        left = rules.available(free, safety_stock=safety)
        assert left == max(0, sum(free) - safety)
        assert not rules.differs(confirmed=left, available=left)
        assert rules.differs(confirmed=None, available=left)

    def test_a_write_is_open_until_tray_confirms_it(self, now: datetime) -> None:
        before, after = now - timedelta(seconds=1), now + timedelta(seconds=1)
        for confirmed, confirmed_at, is_open in (
            (None, None, True),
            (9, before, True),
            (9, after, False),
            (5, before, False),
        ):
            found = rules.is_open_write(sent=5, sent_at=now, confirmed=confirmed, confirmed_at=confirmed_at)
            assert found is is_open
        assert not rules.is_open_write(sent=None, sent_at=None, confirmed=None, confirmed_at=None)
