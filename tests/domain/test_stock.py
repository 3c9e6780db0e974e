"""The stock ledger: what lies where always is the sum of what moved, and says why."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.catalog.models import Product
from ahead.stock import operations, queries, rules
from ahead.stock.models import Balance, Movement, Warehouse
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
            start.wait(timeout=120)
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
        thread.join(timeout=120)

    assert errors == []
    assert [balance.on_hand for balance in queries.balances(bread)] == [100 - 20 - 10 - 10, 30]
    check_ledger(padaria)
