"""Distribution centres: what is kept of them, which Estoque each is, and what each may offer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.accounts.models import Company
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.pending.models import Kind, PendingMatter
from ahead.stock import operations, queries, rules
from ahead.stock.allocation import allocate
from ahead.stock.center_operations import SeenCenter, WrongMapping, keep_centers, map_centers
from ahead.stock.center_publishing import Emptying, center_drifts, center_plan
from ahead.stock.centers import centers, open_centers
from ahead.stock.models import CenterStock, DistributionCenter, PublishedStock, SalesWarehouse, Warehouse
from ahead.stock.publishing import Told, available_of, doubt, record_sending, record_told
from ahead.stores.models import Store
from ahead.stores.operations import WrongStore, update_store

ANA = "ana@padaria.example"
CAPITAL, INTERIOR = SeenCenter(611, "CD Capital", True, 1), SeenCenter(612, "CD Interior", True, 2)


class TestRules:
    @given(st.lists(st.integers(-50, 50), min_size=1, max_size=6), st.integers(0, 80))
    def test_places_offer_together_what_one_with_all_of_it_would(self, free: list[int], safety: int) -> None:
        offered = rules.spread(free, safety_stock=safety)
        assert sum(offered) == rules.available(free, safety_stock=safety)
        assert all(0 <= one <= max(units, 0) for one, units in zip(offered, free, strict=True))

    @pytest.mark.parametrize(
        ("free", "safety", "offered"),
        [
            ([10, 4], 0, [10, 4]),
            ([10, 4], 3, [7, 4]),
            ([4, 10], 12, [2, 0]),
            ([5, 5], 1, [5, 4]),
            ([10, -2], 1, [7, 0]),
            ([3, 2], 9, [0, 0]),
        ],
    )
    def test_what_is_kept_back_is_taken_from_the_largest(
        self, free: list[int], safety: int, offered: list[int]
    ) -> None:
        assert rules.spread(free, safety_stock=safety) == offered

    @pytest.mark.parametrize(
        ("quantity", "named", "promised"),
        [
            (5, None, [(1, 5)]),
            (5, 2, [(2, 3), (1, 2)]),
            (3, 2, [(2, 3)]),
            (5, 3, [(1, 5)]),  # nothing lies there: one that can give all
            (20, 2, [(2, 13), (1, 7)]),  # what is missing was sold by the one that was named
            (5, 9, [(1, 5)]),
        ],
    )
    def test_the_named_place_gives_first(
        self, quantity: int, named: int | None, promised: list[tuple[int, int]]
    ) -> None:
        assert allocate(quantity, [(1, 7), (2, 3), (3, 0)], named=named) == promised


@pytest.fixture
def filial(padaria: Company, deposito: Warehouse, now: datetime) -> Warehouse:
    return operations.create_warehouse(company=padaria, name="Filial", by=ANA, now=now)


@pytest.fixture
def multi(loja: Store, now: datetime) -> Store:
    """A store that turned out to have two centres."""
    keep_centers(loja, [CAPITAL, INTERIOR], now=now)
    return loja


@pytest.fixture
def place(multi: Store, deposito: Warehouse, filial: Warehouse, now: datetime) -> Callable[..., None]:
    """Say which Estoque each centre is, in the order of the centres; nothing of one that is left out."""

    def place(*warehouses: Warehouse | None, only: int | None = None) -> None:
        mine = [one for one in centers(multi) if only in {None, one.tray_id}]
        mapping = {one.pk: at.pk if at else None for one, at in zip(mine, warehouses, strict=True)}
        map_centers(company=multi.company, store_id=multi.pk, mapping=mapping, by=ANA, now=now)

    return place


def sold_from(store: Store) -> list[str]:
    rows = SalesWarehouse.objects.of(store.company_id).filter(store=store).order_by("priority")
    return list(rows.values_list("warehouse__name", flat=True))


def asked(store: Store) -> list[str]:
    rows = PendingMatter.objects.of(store.company_id).filter(kind=Kind.DISTRIBUTION_CENTERS, resolved_at=None)
    return [row.text for row in rows]


@pytest.mark.django_db
class TestMapping:
    def test_a_store_without_centres_is_seen_to_be_plain(self, loja: Store, now: datetime) -> None:
        keep_centers(loja, [], now=now)
        loja.refresh_from_db()
        assert (loja.is_multicd, loja.centers_seen_at, asked(loja)) == (False, now, [])

    def test_centres_are_kept_and_asked_about(self, multi: Store) -> None:
        multi.refresh_from_db()
        assert multi.is_multicd
        assert [(one.tray_id, one.name, one.is_active) for one in centers(multi)] == [
            (611, "CD Capital", True),
            (612, "CD Interior", True),
        ]
        (text,) = asked(multi)
        assert "«CD Capital», «CD Interior»" in text

    def test_a_mapped_store_is_asked_nothing_and_sells_from_the_estoques_of_its_centres(
        self, multi: Store, place: Callable[..., None], deposito: Warehouse, filial: Warehouse
    ) -> None:
        place(filial, deposito)
        assert (open_centers(multi), asked(multi), sold_from(multi)) == ([], [], ["Filial", "Depósito"])
        place(deposito, filial)  # they change places
        assert sold_from(multi) == ["Depósito", "Filial"]

    def test_half_a_mapping_leaves_the_question_open(
        self, multi: Store, place: Callable[..., None], deposito: Warehouse
    ) -> None:
        place(deposito, only=611)
        (text,) = asked(multi)
        assert "«CD Interior»" in text
        assert "Capital" not in text

    def test_a_centre_that_is_not_used_is_none_of_ahead_s_business(
        self, multi: Store, place: Callable[..., None], filial: Warehouse
    ) -> None:
        place(None, filial)
        assert (asked(multi), sold_from(multi)) == ([], ["Filial"])

    def test_one_estoque_is_never_two_centres(
        self, multi: Store, place: Callable[..., None], deposito: Warehouse
    ) -> None:
        with pytest.raises(WrongMapping, match="seria vendido duas vezes"):
            place(deposito, deposito)
        assert [one.warehouse for one in centers(multi)] == [None, None]

    def test_one_centre_at_least_is_used(self, place: Callable[..., None]) -> None:
        with pytest.raises(WrongMapping, match="Ao menos um centro"):
            place(None, None)

    def test_an_estoque_of_another_company_is_refused(
        self, place: Callable[..., None], outra: Company, now: datetime, filial: Warehouse
    ) -> None:
        theirs = operations.create_warehouse(company=outra, name="Deles", by=ANA, now=now)
        with pytest.raises(WrongMapping, match="não existe ou não está ativo"):
            place(theirs, filial)

    def test_a_centre_of_another_store_is_refused(self, multi: Store, deposito: Warehouse, now: datetime) -> None:
        with pytest.raises(WrongMapping, match="não existe mais"):
            map_centers(company=multi.company, store_id=multi.pk, mapping={9999: deposito.pk}, by=ANA, now=now)

    def test_a_new_centre_is_asked_about_and_one_that_is_gone_is_not(
        self, multi: Store, place: Callable[..., None], deposito: Warehouse, filial: Warehouse, now: datetime
    ) -> None:
        place(deposito, filial)
        keep_centers(multi, [CAPITAL, SeenCenter(613, "CD Sul", True, 3)], now=now)
        (text,) = asked(multi)
        assert "«CD Sul»" in text
        assert sold_from(multi) == ["Depósito"]
        keep_centers(multi, [CAPITAL, INTERIOR], now=now)
        assert (asked(multi), sold_from(multi)) == ([], ["Depósito", "Filial"])

    def test_an_inactive_centre_needs_no_estoque(self, multi: Store, now: datetime) -> None:
        keep_centers(
            multi, [SeenCenter(611, "CD Capital", False, 1), SeenCenter(612, "CD Interior", False, 2)], now=now
        )
        assert asked(multi) == []

    def test_the_store_s_own_choice_of_estoques_follows_the_centres(
        self, multi: Store, place: Callable[..., None], deposito: Warehouse, filial: Warehouse, who: dict[str, Any]
    ) -> None:
        place(deposito, filial)
        with pytest.raises(WrongStore, match="seguem os centros"):
            update_store(store_id=multi.pk, warehouses=[deposito.pk], **who)
        update_store(store_id=multi.pk, warehouses=[filial.pk, deposito.pk], name="Outra", **who)
        assert sold_from(multi) == ["Depósito", "Filial"]


@pytest.mark.django_db
class TestPlan:
    @pytest.fixture
    def bread(
        self, padaria: Company, make_product: Callable[..., Product], deposito: Warehouse, filial: Warehouse,
        now: datetime,
    ) -> Product:  # fmt: skip
        made = make_product(padaria, code="P1", on_hand=10)
        operations.move_stock(
            company=padaria, product_id=made.pk, warehouse_id=filial.pk, quantity=4, kind="entry", by=ANA, now=now
        )
        return made

    @pytest.fixture
    def sold(
        self, multi: Store, bread: Product, place: Callable[..., None], deposito: Warehouse, filial: Warehouse,
        now: datetime,
    ) -> ListingVariant:  # fmt: skip
        place(deposito, filial)
        row = Listing.objects.create(company=multi.company, store=multi, tray_id=70, title="Pão", seen_at=now)
        return ListingVariant.objects.create(
            company=multi.company, store=multi, listing=row, tray_product_id=70, tray_variant_id=0, product=bread
        )

    def changes(self, store: Store) -> list[tuple[str, str, int | None, int]]:
        return [
            (one.center.name, one.center.warehouse, one.confirmed, one.available)
            for one in center_plan(store).changes
            if one.center
        ]

    def write(self, store: Store, now: datetime, *, confirmed: bool = True) -> None:
        found = center_plan(store).changes
        record_sending(store.company_id, store.pk, found, now=now)
        told = [Told(one.variant_id, one.available, confirmed, "", one.center_id) for one in found]
        record_told(store.company_id, store.pk, told, now=now + timedelta(seconds=1))

    def test_each_centre_gets_what_its_estoque_has(self, multi: Store, sold: ListingVariant, now: datetime) -> None:
        assert self.changes(multi) == [("CD Capital", "Depósito", None, 10), ("CD Interior", "Filial", None, 4)]
        self.write(multi, now)
        assert self.changes(multi) == []

    def test_only_the_centre_that_changed_is_written(
        self, multi: Store, sold: ListingVariant, bread: Product, filial: Warehouse, now: datetime
    ) -> None:
        self.write(multi, now)
        operations.count_stock(
            company=multi.company, product_id=bread.pk, warehouse_id=filial.pk, counted=6, by=ANA, now=now
        )
        assert self.changes(multi) == [("CD Interior", "Filial", 4, 6)]

    def test_the_safety_stock_is_kept_back_once(self, multi: Store, sold: ListingVariant) -> None:
        Store.objects.of(multi.company_id).update(safety_stock=3)
        multi.refresh_from_db()
        assert [units for *_, units in self.changes(multi)] == [7, 4]
        ListingVariant.objects.of(multi.company_id).update(safety_stock=8)
        assert [units for *_, units in self.changes(multi)] == [2, 4]

    def test_what_was_not_confirmed_is_written_again(self, multi: Store, sold: ListingVariant, now: datetime) -> None:
        self.write(multi, now)
        operations.count_stock(
            company=multi.company, product_id=sold.product_id or 0, warehouse_id=centers(multi)[0].warehouse_id or 0,
            counted=8, by=ANA, now=now,
        )  # fmt: skip
        self.write(multi, now + timedelta(minutes=1), confirmed=False)
        operations.count_stock(
            company=multi.company, product_id=sold.product_id or 0, warehouse_id=centers(multi)[0].warehouse_id or 0,
            counted=10, by=ANA, now=now,
        )  # fmt: skip
        assert self.changes(multi) == [("CD Capital", "Depósito", 10, 10)]

    @pytest.mark.parametrize(("named", "doubted"), [(None, [611, 612]), ({612}, [612]), ((), []), ({999}, [])])
    def test_what_an_order_moved_is_doubted_where_it_did(
        self, multi: Store, sold: ListingVariant, now: datetime, named: Any, doubted: list[int]
    ) -> None:
        self.write(multi, now)
        doubt(multi.company_id, [sold.pk], moved_at=now + timedelta(hours=1), centers=named)
        assert [one.center.tray_id for one in center_plan(multi).changes if one.center] == doubted

    def test_what_moved_before_it_was_written_is_not_doubted(
        self, multi: Store, sold: ListingVariant, now: datetime
    ) -> None:
        self.write(multi, now)
        doubt(multi.company_id, [sold.pk], moved_at=now - timedelta(hours=1))
        assert self.changes(multi) == []

    def test_a_sum_that_differs_is_written_anew_in_each_centre(
        self, multi: Store, sold: ListingVariant, now: datetime
    ) -> None:
        self.write(multi, now)
        assert center_drifts(multi, [(sold.pk, 14)]) == []
        assert self.changes(multi) == []
        assert center_drifts(multi, [(sold.pk, 13)]) == [(sold.pk, 14, 13)]
        assert len(self.changes(multi)) == 2

    def test_beside_a_centre_that_is_not_used_the_sum_tells_nothing(
        self, multi: Store, sold: ListingVariant, place: Callable[..., None], deposito: Warehouse, now: datetime
    ) -> None:
        place(deposito, None)
        self.write(multi, now)
        assert center_drifts(multi, [(sold.pk, 99)]) == []
        assert self.changes(multi) == []

    def test_a_centre_that_was_left_alone_is_written_anew(
        self, multi: Store, sold: ListingVariant, place: Callable[..., None], deposito: Warehouse, filial: Warehouse,
        now: datetime,
    ) -> None:  # fmt: skip
        self.write(multi, now)
        place(deposito, None)
        place(deposito, filial)
        assert self.changes(multi) == [("CD Interior", "Filial", 4, 4)]

    def test_a_centre_that_becomes_another_estoque_is_written_where_it_differs(
        self, multi: Store, sold: ListingVariant, place: Callable[..., None], deposito: Warehouse, filial: Warehouse,
        now: datetime,
    ) -> None:  # fmt: skip
        self.write(multi, now)
        place(filial, deposito)
        assert self.changes(multi) == [("CD Capital", "Filial", 10, 4), ("CD Interior", "Depósito", 4, 10)]

    def test_what_a_run_would_empty_is_counted_for_the_store_and_for_each_centre(
        self, multi: Store, sold: ListingVariant, bread: Product, deposito: Warehouse, filial: Warehouse, now: datetime
    ) -> None:
        PublishedStock.objects.create(company=multi.company, store=multi, variant=sold, confirmed=14, confirmed_at=now)
        assert center_plan(multi).emptying == [
            Emptying("", 0, 1), Emptying("CD Capital", 0, 0), Emptying("CD Interior", 0, 0)
        ]  # fmt: skip
        self.write(multi, now)
        for place in (filial, deposito):
            operations.count_stock(
                company=multi.company, product_id=bread.pk, warehouse_id=place.pk, counted=0, by=ANA, now=now
            )
            figures = [(one.zeroed, one.offered) for one in center_plan(multi).emptying]
            assert figures == ([(0, 1), (0, 1), (1, 1)] if place == filial else [(1, 1), (1, 1), (1, 1)])

    def test_what_is_made_at_tray_comes_without_stock(self, multi: Store, sold: ListingVariant) -> None:
        assert available_of(multi, [sold.pk]) == {sold.pk: 0}

    def test_a_store_that_is_plain_again_doubts_what_was_confirmed(
        self, multi: Store, sold: ListingVariant, now: datetime
    ) -> None:
        PublishedStock.objects.create(company=multi.company, store=multi, variant=sold, confirmed=14, confirmed_at=now)
        keep_centers(multi, [], now=now)
        assert PublishedStock.objects.of(multi.company_id).get().is_in_doubt
        assert (multi.is_multicd, asked(multi), centers(multi)) == (False, [], [])

    def test_why_says_it_by_centre_in_a_fixed_number_of_queries(
        self, multi: Store, sold: ListingVariant, bread: Product, now: datetime, django_assert_max_num_queries: Any
    ) -> None:
        self.write(multi, now)
        with django_assert_max_num_queries(8):
            (line,) = queries.why(multi.company, bread.pk).stores
        assert [(one.center.name, one.free, one.available, one.confirmed) for one in line.centers] == [
            ("CD Capital", 10, 10, 10),
            ("CD Interior", 4, 4, 4),
        ]
        assert (line.available, line.confirmed, line.differs, line.known and line.known.quantity) == (14, 14, False, 14)
        CenterStock.objects.of(multi.company_id).filter(center__tray_id=612).update(confirmed=3)
        (line,) = queries.why(multi.company, bread.pk).stores
        assert (line.confirmed, line.differs) == (13, True)

    def test_why_says_that_nothing_is_sent_while_a_centre_has_no_estoque(
        self, multi: Store, sold: ListingVariant, bread: Product
    ) -> None:
        DistributionCenter.objects.of(multi.company_id).filter(tray_id=612).update(warehouse=None)
        (line,) = queries.why(multi.company, bread.pk).stores
        assert (line.why_not_sent[:10], line.differs) == ("Falta dize", False)
