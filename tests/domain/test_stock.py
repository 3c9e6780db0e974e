"""The stock ledger: what lies where always is the sum of what moved, and says why."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.stock import operations, queries, rules
from ahead.stock.models import Balance, Movement, PublishedStock, Reservation, Warehouse
from ahead.stores.models import Store

ANA = "ana@padaria.example"
MakeProduct = Callable[..., Product]


@pytest.fixture
def balcao(padaria: Company, deposito: Warehouse, now: datetime) -> Warehouse:
    return operations.create_warehouse(company=padaria, name="Balcão", by=ANA, now=now)


def move(product: Product, place: Warehouse, quantity: int, kind: str, now: datetime) -> Movement:
    return operations.move_stock(
        company=product.company,
        product_id=product.pk,
        warehouse_id=place.pk,
        quantity=quantity,
        kind=kind,
        reason="teste",
        by=ANA,
        now=now,
    )


def count(product: Product, place: Warehouse, counted: int, now: datetime) -> Movement | None:
    return operations.count_stock(
        company=product.company, product_id=product.pk, warehouse_id=place.pk, counted=counted, by=ANA, now=now
    )


def transfer(product: Product, source: Warehouse, target: Warehouse, quantity: int, now: datetime) -> None:
    operations.transfer_stock(
        company=product.company,
        product_id=product.pk,
        from_warehouse_id=source.pk,
        to_warehouse_id=target.pk,
        quantity=quantity,
        by=ANA,
        now=now,
    )


def check_ledger(company: Company) -> None:
    """Each balance is the sum of its movements, and each movement says what lay there after it."""
    for balance in Balance.objects.of(company):
        ledger = Movement.objects.of(company).filter(product=balance.product_id, warehouse=balance.warehouse_id)
        assert balance.on_hand == (ledger.aggregate(sum=Sum("quantity"))["sum"] or 0)
        lying = 0
        for movement in ledger.order_by("pk"):
            lying += movement.quantity
            assert movement.on_hand_after == lying


@pytest.mark.django_db
class TestWarehouses:
    def test_are_numbered_per_company(
        self, padaria: Company, outra: Company, deposito: Warehouse, now: datetime
    ) -> None:
        def make(company: Company, **fields: Any) -> int:
            return operations.create_warehouse(company=company, name="E", by=ANA, now=now, **fields).code

        assert [deposito.code, make(padaria), make(outra), make(padaria, code=9), make(padaria)] == [
            1, 2, 1, 9, 10,
        ]  # fmt: skip
        with pytest.raises(operations.CodeTaken):
            make(padaria, code=9)
        assert [place.code for place in queries.warehouses(padaria)] == [1, 2, 9, 10]

    def test_stay_in_use_while_a_store_sells_from_them(
        self, loja: Store, deposito: Warehouse, balcao: Warehouse, padaria: Company, now: datetime
    ) -> None:
        def retire(place: Warehouse) -> Warehouse:
            return operations.update_warehouse(company=padaria, warehouse_id=place.pk, is_active=False, by=ANA, now=now)

        with pytest.raises(rules.WrongWarehouse, match="Loja do Sol"):
            retire(deposito)
        assert not retire(balcao).is_active
        assert queries.warehouses(padaria, active=True) == [deposito]

    def test_are_of_the_company_only(
        self, outra: Company, deposito: Warehouse, make_product: MakeProduct, now: datetime
    ) -> None:
        theirs = make_product(outra)
        with pytest.raises(Warehouse.DoesNotExist):
            move(theirs, deposito, 1, "entry", now)
        with pytest.raises(Warehouse.DoesNotExist):
            queries.warehouse(outra, deposito.pk)
        with pytest.raises(rules.WrongMovement):
            operations.set_opening(company=outra, rows=[operations.Opening(theirs.pk, deposito.pk, 1)], by="x", now=now)


@pytest.mark.django_db
class TestMovements:
    def test_are_booked_with_what_lies_there_after(
        self, padaria: Company, make_product: MakeProduct, deposito: Warehouse, now: datetime
    ) -> None:
        bread = make_product(padaria, on_hand=10)
        assert move(bread, deposito, 5, "entry", now).on_hand_after == 15
        assert move(bread, deposito, -15, "exit", now).on_hand_after == 0

        page = queries.movements(bread)
        assert [(row.kind, row.quantity) for row in page.rows] == [("exit", -15), ("entry", 5), ("opening", 10)]
        check_ledger(padaria)

    @pytest.mark.parametrize(
        ("kind", "quantity"),
        [("entry", 0), ("entry", -1), ("return", -1), ("exit", 1), ("exit", -11), ("sale", 2), ("entry", 10**10)],
    )
    def test_that_cannot_be_are_refused(
        self,
        padaria: Company,
        make_product: MakeProduct,
        deposito: Warehouse,
        now: datetime,
        kind: str,
        quantity: int,
    ) -> None:
        bread = make_product(padaria, on_hand=10)
        with pytest.raises(rules.WrongMovement):
            move(bread, deposito, quantity, kind, now)
        assert queries.movements(bread).total == 1

    def test_a_count_books_the_difference(
        self, padaria: Company, make_product: MakeProduct, deposito: Warehouse, now: datetime
    ) -> None:
        bread = make_product(padaria, on_hand=10)
        booked = count(bread, deposito, 7, now)

        assert booked is not None
        assert (booked.quantity, booked.on_hand_after) == (-3, 7)
        assert count(bread, deposito, 7, now) is None
        told = Event.objects.of(padaria).filter(name="stock.product.counted").order_by("pk")
        assert [event.facts["counted"] for event in told] == [7, 7]
        with pytest.raises(rules.WrongMovement):
            count(bread, deposito, -1, now)
        check_ledger(padaria)

    def test_a_transfer_leaves_and_enters(
        self, padaria: Company, make_product: MakeProduct, deposito: Warehouse, balcao: Warehouse, now: datetime
    ) -> None:
        bread = make_product(padaria, on_hand=10)
        transfer(bread, deposito, balcao, 4, now)
        assert [(b.warehouse.name, b.on_hand) for b in queries.balances(bread)] == [
            ("Depósito", 6),
            ("Balcão", 4),
        ]
        for source, target, quantity in ((balcao, deposito, 5), (balcao, balcao, 1), (deposito, balcao, 0)):
            with pytest.raises(rules.WrongMovement):
                transfer(bread, source, target, quantity, now)
        check_ledger(padaria)

    def test_do_not_touch_what_is_reserved(
        self, padaria: Company, make_product: MakeProduct, deposito: Warehouse, now: datetime
    ) -> None:
        bread = make_product(padaria, on_hand=10)
        bread.balances.update(reserved=4)
        move(bread, deposito, -8, "exit", now)
        balance = bread.balances.get()
        assert (balance.on_hand, balance.reserved) == (2, 4)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        history=st.lists(
            st.tuples(
                st.sampled_from(["entry", "exit", "count", "transfer", "back"]),
                st.integers(-3, 12),
                st.integers(0, 1),
            ),
            max_size=12,
        )
    )
    def test_always_add_up(
        self,
        padaria: Company,
        make_product: MakeProduct,
        deposito: Warehouse,
        balcao: Warehouse,
        now: datetime,
        history: list[tuple[str, int, int]],
    ) -> None:
        bread = make_product(padaria, on_hand=10)
        for does, quantity, at in history:
            place, other = (deposito, balcao) if at else (balcao, deposito)
            try:
                if does in {"entry", "exit"}:
                    move(bread, place, quantity if does == "entry" else -quantity, does, now)
                elif does == "count":
                    count(bread, place, quantity, now)
                else:
                    transfer(bread, place, other, quantity, now)
            except rules.WrongMovement:
                continue
        check_ledger(padaria)
        assert all(balance.on_hand >= 0 for balance in bread.balances.all())


@pytest.mark.django_db
class TestOpening:
    def test_books_many_in_few_queries(
        self,
        padaria: Company,
        make_product: MakeProduct,
        deposito: Warehouse,
        now: datetime,
        django_assert_max_num_queries: Any,
    ) -> None:
        rows = [operations.Opening(make_product(padaria).pk, deposito.pk, number) for number in range(30)]
        with django_assert_max_num_queries(14):
            assert operations.set_opening(company=padaria, rows=rows, by=ANA, now=now) == 29
        check_ledger(padaria)
        assert Balance.objects.of(padaria).count() == 30

    def test_comes_first_or_not_at_all(
        self, padaria: Company, make_product: MakeProduct, deposito: Warehouse, now: datetime
    ) -> None:
        bread = make_product(padaria, on_hand=10)
        row = operations.Opening(bread.pk, deposito.pk, 5)
        with pytest.raises(operations.AlreadyOpened):
            operations.set_opening(company=padaria, rows=[row], by=ANA, now=now)
        fresh = operations.Opening(make_product(padaria).pk, deposito.pk, 5)
        for wrong in ([fresh, fresh], [operations.Opening(fresh.product_id, deposito.pk, -1)]):
            with pytest.raises(rules.WrongMovement):
                operations.set_opening(company=padaria, rows=wrong, by=ANA, now=now)


@pytest.mark.django_db(transaction=True)
def test_movements_at_the_same_moment_lose_nothing(
    padaria: Company, make_product: MakeProduct, deposito: Warehouse, balcao: Warehouse, now: datetime
) -> None:
    bread = make_product(padaria, on_hand=100)
    start = threading.Barrier(4)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            start.wait(timeout=30)
            for _ in range(5):
                if number % 2:
                    transfer(bread, deposito, balcao, 2, now)
                else:
                    move(bread, deposito, -1, "exit", now)
                    transfer(bread, deposito, balcao, 1, now)
        except BaseException as error:  # noqa: BLE001 (checked below)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert errors == []
    assert [balance.on_hand for balance in queries.balances(bread)] == [100 - 20 - 10 - 10, 30]
    check_ledger(padaria)


@pytest.mark.django_db
class TestWhy:
    @pytest.fixture
    def bread(
        self, padaria: Company, make_product: MakeProduct, deposito: Warehouse, balcao: Warehouse, now: datetime
    ) -> Product:
        made = make_product(padaria, code="P1", on_hand=10)
        move(made, balcao, 4, "entry", now)
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
