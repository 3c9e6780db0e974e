"""Stores with Multi-CD: no stock out before their centres are mapped to Estoques, then each centre by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ahead.catalog.adoption import ask_adoption
from ahead.catalog.models import Listing, Product
from ahead.pending.models import Kind
from ahead.stock.center_operations import map_centers
from ahead.stock.centers import centers
from ahead.stock.models import Balance, CenterStock, Reservation, Warehouse
from ahead.stock.operations import Opening, count_stock, create_warehouse, set_opening
from ahead.stores.models import Store
from ahead.stores.triggers import Trigger
from ahead.sync import connecting
from ahead.sync.dry_run import run_dry
from ahead.sync.matters import allow_brake
from ahead.sync.models import EventKind, RunState
from ahead.sync.restored import read_all_again
from sync_stage import BY, Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "GET /multicd/distribution-centers"
WRITE = "PUT /multicd/distribution-centers/:id/stock"


@pytest.fixture
def filial(stage: Stage) -> Warehouse:
    return create_warehouse(company=stage.company, name="Filial", by=BY, now=datetime.now(UTC))


@pytest.fixture
def multi(stage: Stage, filial: Warehouse) -> Stage:
    """Two centres opened at Tray since the store was connected, and a day passed."""
    for name in ("CD Capital", "CD Interior"):
        stage.shop.add_distribution_center(name=name)
    a_day_passes(stage)
    return stage


@pytest.fixture
def mug(multi: Stage, filial: Warehouse) -> tuple[Product, Any]:
    """Ten in the depósito, four in the filial; Tray shows fourteen, all of them in the first centre."""
    ours, at_tray = multi.add_product("CAN-350", on_hand=10, at_tray=14, price="39.90")
    set_opening(company=multi.company, rows=[Opening(ours.pk, filial.pk, 4)], by=BY, now=datetime.now(UTC))
    return ours, at_tray


@pytest.fixture
def mapped(multi: Stage, mug: tuple[Product, Any], filial: Warehouse) -> Stage:
    """The centres are mapped, and all is at Tray."""
    multi.sync()
    map_all(multi, multi.warehouse, filial)
    assert multi.sync().state == RunState.CLEAN
    multi.shop.counters.reset()
    return multi


def a_day_passes(stage: Stage) -> None:
    then = datetime.now(UTC) - timedelta(hours=25)
    Store.objects.of(stage.company).filter(pk=stage.store.pk).update(centers_seen_at=then)
    stage.age_sweep(hours=25)


def map_all(stage: Stage, *places: Warehouse | None) -> None:
    mapping = {
        center.pk: place.pk if place else None for center, place in zip(centers(stage.store), places, strict=True)
    }
    map_centers(company=stage.company, store_id=stage.store.pk, mapping=mapping, by=BY, now=datetime.now(UTC))


def count(stage: Stage, product: Product, place: Warehouse, counted: int) -> None:
    count_stock(
        company=stage.company, product_id=product.pk, warehouse_id=place.pk, counted=counted, by=BY,
        now=datetime.now(UTC),
    )  # fmt: skip


def lines(stage: Stage, run: Any) -> list[tuple[str, str, int | None, int | None]]:
    """Return what a run logged of stock: product and centre, Estoque, old, new."""
    found = stage.events(run, EventKind.STOCK_UPDATED)
    return [(one.text.split(" · ")[-1], one.warehouse, one.before, one.after) for one in found]


def reserved(stage: Stage, tray_id: int) -> list[tuple[str, int]]:
    rows = Reservation.objects.of(stage.company).filter(order_id=stage.order(tray_id).pk, state="open")
    return sorted(rows.values_list("warehouse__name", "quantity"))


class TestRefused:
    def test_no_stock_goes_out_and_orders_come_in(self, multi: Stage, mug: tuple[Product, Any]) -> None:
        order = multi.shop.place_order(items=[(mug[1], 2)])
        count(multi, mug[0], multi.warehouse, 3)
        run = multi.sync()
        assert (run.state, run.orders_imported, run.stock_updated) == (RunState.WITH_ERRORS, 1, 0)
        assert multi.order(order.id).state == "open"
        assert [write for write in multi.writes() if "orders" not in write[0]] == []
        error, matter = multi.error(run), multi.matter(Kind.DISTRIBUTION_CENTERS)
        assert "«CD Capital», «CD Interior»" in matter.text
        assert "Mapeie os centros de distribuição da loja a Estoques" in matter.remedy
        assert (error.cause, error.turn, error.remedy) == (matter.text, "you", matter.remedy)
        multi.sync()
        assert len(multi.matters(Kind.DISTRIBUTION_CENTERS)) == 1

    def test_the_dry_run_says_so_too(self, multi: Stage, mug: tuple[Product, Any]) -> None:
        multi.sync()
        multi.store.refresh_from_db()
        run = run_dry(multi.store, by=BY, trigger=Trigger.SIMULATION)
        assert (run.stock_updated, "não seria enviado" in multi.error(run).text) == (0, True)

    def test_one_centre_without_an_estoque_is_enough(self, multi: Stage, mug: tuple[Product, Any]) -> None:
        multi.sync()
        first, _ = centers(multi.store)
        mapping = {first.pk: multi.warehouse.pk}
        map_centers(company=multi.company, store_id=multi.store.pk, mapping=mapping, by=BY, now=datetime.now(UTC))
        assert multi.sync().stock_updated == 0
        assert "«CD Interior»" in multi.matter(Kind.DISTRIBUTION_CENTERS).text

    def test_mapping_heals_it(self, multi: Stage, mug: tuple[Product, Any], filial: Warehouse) -> None:
        multi.sync()
        map_all(multi, multi.warehouse, filial)
        assert multi.matters() == []
        run = multi.sync()
        assert (run.state, lines(multi, run)) == (
            RunState.CLEAN,
            [("CD Capital", "Depósito", None, 10), ("CD Interior", "Filial", None, 4)],
        )
        assert mug[1].units_by_centre == {"611": 10, "612": 4}

    def test_so_does_the_end_of_multicd(self, multi: Stage, mug: tuple[Product, Any]) -> None:
        multi.sync()
        for center in list(multi.shop.centres.values()):
            multi.shop.centres.pop(center.id)
        a_day_passes(multi)
        count(multi, mug[0], multi.warehouse, 3)
        run = multi.sync()
        assert (run.state, multi.matters()) == (RunState.CLEAN, [])
        assert multi.shop.product_stock(mug[1].id) == 3

    def test_what_nobody_could_ask_is_not_written(self, stage: Stage) -> None:
        _, at_tray = stage.add_product("CAN-350", on_hand=30, at_tray=12)
        Store.objects.of(stage.company).update(centers_seen_at=None)
        stage.shop.faults.next(LIST, "500", times=4)
        run = stage.sync()
        assert {"Os centros de distribuição da Loja não puderam ser lidos"} < set(stage.errors(run))
        assert stage.shop.product_stock(at_tray.id) == 12
        assert stage.sync().state == RunState.CLEAN
        assert stage.shop.product_stock(at_tray.id) == 30


class TestNoticing:
    def test_a_plain_store_is_asked_when_it_is_connected_and_once_a_day(self, stage: Stage) -> None:
        assert stage.shop.counters.by_route[LIST] == 1
        stage.sync()
        stage.sync()
        assert stage.shop.counters.by_route[LIST] == 1
        a_day_passes(stage)
        stage.sync()
        stage.sync()
        assert stage.shop.counters.by_route[LIST] == 2

    def test_connecting_sees_the_centres(self, stage: Stage) -> None:
        stage.shop.add_distribution_center(name="CD Capital")
        connecting.finish_connection(
            stage.company, stage.store.pk, code=stage.shop.authorise(), by=BY, now=datetime.now(UTC),
            api_address=stage.store.api_address,
        )  # fmt: skip
        assert [center.name for center in centers(stage.store)] == ["CD Capital"]
        assert stage.matters(Kind.DISTRIBUTION_CENTERS) != []

    def test_so_does_the_test_of_the_connection(self, stage: Stage) -> None:
        stage.shop.add_distribution_center(name="CD Capital")
        assert connecting.check_connection(stage.company, stage.store.pk, now=datetime.now(UTC)).ok
        assert [center.name for center in centers(stage.store)] == ["CD Capital"]

    def test_a_new_centre_stops_the_stock_until_it_is_mapped(self, mapped: Stage, mug: tuple[Product, Any]) -> None:
        mapped.shop.add_distribution_center(name="CD Sul")
        a_day_passes(mapped)
        count(mapped, mug[0], mapped.warehouse, 7)
        assert mapped.sync().stock_updated == 0
        first, second, _third = centers(mapped.store)
        map_all(mapped, first.warehouse, second.warehouse, None)
        assert mapped.sync().stock_updated == 1


class TestMapped:
    def test_unchanged_costs_nothing(self, mapped: Stage) -> None:
        run = mapped.sync()
        assert (run.stock_updated, mapped.writes()) == (0, [])
        assert mapped.shop.counters.total == 1  # the sweep

    def test_one_request_for_each_sku_and_centre_that_changed(
        self, mapped: Stage, mug: tuple[Product, Any], filial: Warehouse
    ) -> None:
        count(mapped, mug[0], filial, 9)
        run = mapped.sync()
        assert lines(mapped, run) == [("CD Interior", "Filial", 4, 9)]
        ((route, center, body),) = mapped.writes()
        assert (route, center) == (WRITE, 612)
        assert body["DistributionCenterProduct"]["stock"] == "9"

    def test_variants_are_written_as_variants(self, multi: Stage, filial: Warehouse) -> None:
        parent = multi.shop.add_product(name="Camiseta", reference="CAM", price="50.00", stock=0)
        shirt = multi.shop.add_variant(product=parent, reference="CAM-P", price="50.00", axes={"Tamanho": "P"}, stock=8)
        ours = multi.add_ours("CAM-P", on_hand=5)
        set_opening(company=multi.company, rows=[Opening(ours.pk, filial.pk, 2)], by=BY, now=datetime.now(UTC))
        multi.sync()
        map_all(multi, multi.warehouse, filial)
        multi.sync()
        assert shirt.units_by_centre == {"611": 5, "612": 2}

    def test_the_safety_stock_is_kept_back_once(self, mapped: Stage, mug: tuple[Product, Any]) -> None:
        Store.objects.of(mapped.company).update(safety_stock=3)
        mapped.sync()
        assert (mug[1].units_by_centre, mug[1].stock) == ({"611": 7, "612": 4}, 11)

    def test_a_centre_that_fails_leaves_the_other_written(
        self, mapped: Stage, mug: tuple[Product, Any], filial: Warehouse
    ) -> None:
        count(mapped, mug[0], mapped.warehouse, 8)
        count(mapped, mug[0], filial, 3)
        mapped.shop.faults.next("/multicd/distribution-centers/611/stock", "500", times=4)
        run = mapped.sync()
        assert lines(mapped, run) == [("CD Interior", "Filial", 4, 3)]
        error = mapped.error(run)
        assert (error.text.split(" · ")[-1], error.before, error.after) == ("CD Capital", 10, 8)
        assert lines(mapped, mapped.sync()) == [("CD Capital", "Depósito", 10, 8)]

    @pytest.mark.parametrize("kind", ["timeout-after-commit", "504"])
    def test_an_answer_that_was_lost_is_asked_for_again(
        self, mapped: Stage, mug: tuple[Product, Any], kind: str
    ) -> None:
        mapped.shop.switches.change({"hang_seconds": 0.0})
        count(mapped, mug[0], mapped.warehouse, 8)
        mapped.shop.faults.next(WRITE, kind, times=4)
        assert mapped.sync().state == RunState.WITH_ERRORS
        count(mapped, mug[0], mapped.warehouse, 10)  # what was confirmed last is right again: for all we know
        run = mapped.sync()
        assert lines(mapped, run) == [("CD Capital", "Depósito", 10, 10)]
        assert mug[1].units_by_centre == {"611": 10, "612": 4}
        assert mapped.sync().stock_updated == 0

    def test_nor_is_it_forgotten_when_the_write_after_it_fails(self, mapped: Stage, mug: tuple[Product, Any]) -> None:
        for counted, kind in ((12, "500-but-done"), (10, "500")):
            count(mapped, mug[0], mapped.warehouse, counted)
            mapped.shop.faults.next(WRITE, kind, times=4)
            assert mapped.sync().state == RunState.WITH_ERRORS
        assert mug[1].units_by_centre == {"611": 12, "612": 4}  # and 10 is what was confirmed last
        assert lines(mapped, mapped.sync()) == [("CD Capital", "Depósito", 10, 10)]
        assert mug[1].units_by_centre == {"611": 10, "612": 4}
        assert mapped.sync().stock_updated == 0

    def test_a_centre_that_is_closed_meanwhile_is_no_product_that_is_gone(
        self, mapped: Stage, mug: tuple[Product, Any], filial: Warehouse
    ) -> None:
        mapped.shop.centres.pop(612)
        count(mapped, mug[0], filial, 3)
        run = mapped.sync()
        assert (run.state, mapped.matters(Kind.LISTING_GONE)) == (RunState.WITH_ERRORS, [])
        again = mapped.sync()
        assert (again.state, [center.name for center in centers(mapped.store)]) == (RunState.CLEAN, ["CD Capital"])

    def test_a_centre_that_is_not_used_is_left_alone(self, multi: Stage, mug: tuple[Product, Any]) -> None:
        multi.sync()
        map_all(multi, None, multi.warehouse)
        run = multi.sync()
        assert (run.state, mug[1].units_by_centre) == (RunState.CLEAN, {"611": 14, "612": 10})

    def test_what_somebody_changed_at_tray_is_put_right(self, mapped: Stage, mug: tuple[Product, Any]) -> None:
        mapped.shop.set_stock(mug[1], 99)
        a_day_passes(mapped)
        run = mapped.sync()
        drift = [one for one in mapped.events(run, EventKind.NOTE) if one.key.startswith("drift:")]
        assert [(one.before, one.after) for one in drift] == [(14, 103)]
        assert mug[1].units_by_centre == {"611": 10, "612": 4}

    def test_the_daily_reading_costs_no_writes_where_the_sum_is_right(self, mapped: Stage) -> None:
        a_day_passes(mapped)
        run = mapped.sync()
        assert (run.stock_updated, mapped.writes(), mapped.events(run, EventKind.NOTE)) == (0, [], [])

    def test_after_a_restore_centres_that_changed_places_are_told_again(
        self, mapped: Stage, mug: tuple[Product, Any]
    ) -> None:
        mug[1].units_by_centre |= {"611": 4, "612": 10}  # written after the backup; the sum is the same
        read_all_again(backup_at=datetime.now(UTC))
        assert mapped.sync().stock_updated == 2
        assert mug[1].units_by_centre == {"611": 10, "612": 4}
        assert mapped.sync().stock_updated == 0

    def test_the_dry_run_lists_each_centre(self, mapped: Stage, mug: tuple[Product, Any], filial: Warehouse) -> None:
        count(mapped, mug[0], filial, 1)
        mapped.store.refresh_from_db()
        run = run_dry(mapped.store, by=BY, trigger=Trigger.SIMULATION)
        assert lines(mapped, run) == [("CD Interior", "Filial", 4, 1)]
        assert mapped.writes() == []


class TestOrders:
    def test_an_order_that_names_a_centre_is_reserved_there_and_costs_one_write(
        self, mapped: Stage, mug: tuple[Product, Any]
    ) -> None:
        order = mapped.shop.place_order(items=[(mug[1], 3)])
        order.fields["dc_id"] = "612"
        mug[1].units_by_centre |= {"611": 10, "612": 1}
        run = mapped.sync()
        assert reserved(mapped, order.id) == [("Filial", 3)]
        assert lines(mapped, run) == [("CD Interior", "Filial", 4, 1)]
        assert_books_balance(mapped.company)

    def test_what_the_named_centre_lacks_comes_from_the_others(self, mapped: Stage, mug: tuple[Product, Any]) -> None:
        order = mapped.shop.place_order(items=[(mug[1], 6)])
        order.fields["dc_id"] = "612"
        mapped.sync()
        assert reserved(mapped, order.id) == [("Depósito", 2), ("Filial", 4)]

    def test_an_order_that_names_none_doubts_them_all(self, mapped: Stage, mug: tuple[Product, Any]) -> None:
        mapped.later(600)
        order = mapped.shop.place_order(items=[(mug[1], 3)])
        run = mapped.sync()
        assert reserved(mapped, order.id) == [("Depósito", 3)]
        assert lines(mapped, run) == [("CD Capital", "Depósito", 10, 7), ("CD Interior", "Filial", 4, 4)]
        assert mug[1].units_by_centre == {"611": 7, "612": 4}

    def test_a_cancelled_order_is_given_back_where_it_was_taken(self, mapped: Stage, mug: tuple[Product, Any]) -> None:
        order = mapped.shop.place_order(items=[(mug[1], 3)])
        mapped.sync()
        mapped.move(order.id, "CANCELADO")
        mapped.sync()
        assert (reserved(mapped, order.id), mug[1].units_by_centre) == ([], {"611": 10, "612": 4})


class TestBringing:
    def test_what_is_brought_lies_where_it_does_at_tray(self, multi: Stage, filial: Warehouse) -> None:
        mug = multi.shop.add_product(name="Caneca", reference="CAN-350", price="39.90", stock=12)
        shirt = multi.shop.add_product(name="Camiseta", reference="CAM", price="59.90", stock=0)
        small = multi.shop.add_variant(product=shirt, reference="CAM-P", price="59.90", axes={"Tamanho": "P"}, stock=3)
        multi.sync()
        mug.units_by_centre |= {"612": 5}
        small.units_by_centre |= {"612": 2}
        listings = Listing.objects.of(multi.company).values_list("pk", flat=True)
        ask_adoption(company=multi.company, listing_ids=list(listings), by=BY, now=datetime.now(UTC))
        run = multi.sync()
        assert Product.objects.of(multi.company).count() == 0
        assert "2 anúncios a trazer" in multi.events(run, EventKind.NOTE)[-1].text
        map_all(multi, multi.warehouse, filial)
        multi.sync()
        rows = Balance.objects.of(multi.company).order_by("product__code", "warehouse__code")
        assert list(rows.values_list("product__code", "warehouse__name", "on_hand")) == [
            ("CAM-P", "Depósito", 3), ("CAM-P", "Filial", 2), ("CAN-350", "Depósito", 12), ("CAN-350", "Filial", 5),
        ]  # fmt: skip
        multi.sync()
        assert (mug.units_by_centre, small.units_by_centre) == ({"611": 12, "612": 5}, {"611": 3, "612": 2})
        assert_books_balance(multi.company)


class TestBrake:
    @pytest.fixture
    def many(self, multi: Stage, filial: Warehouse) -> list[Product]:
        """Twelve products in both centres."""
        made = [multi.add_product(f"SKU-{n:02}", on_hand=5, at_tray=8)[0] for n in range(12)]
        rows = [Opening(product.pk, filial.pk, 3) for product in made]
        set_opening(company=multi.company, rows=rows, by=BY, now=datetime.now(UTC))
        multi.sync()
        map_all(multi, multi.warehouse, filial)
        assert multi.sync().stock_updated == 24  # the first writes of a second centre empty nothing
        return made

    def test_emptying_one_centre_asks_first(self, multi: Stage, many: list[Product], filial: Warehouse) -> None:
        for product in many:
            count(multi, product, filial, 0)
        run = multi.sync()
        matter = multi.matter(Kind.STOCK_BRAKE)
        assert (run.stock_updated, "no centro de distribuição «CD Interior»" in matter.text) == (0, True)
        assert matter.facts["examples"][0].endswith("CD Interior: 3 → 0")
        allow_brake(multi.company, multi.store.pk, kind=Kind.STOCK_BRAKE, by=BY, now=datetime.now(UTC))
        assert multi.sync().stock_updated == 12

    def test_an_empty_estoque_in_front_of_a_full_shop_asks_first(self, multi: Stage, filial: Warehouse) -> None:
        for number in range(12):
            multi.add_product(f"SKU-{number:02}", on_hand=0, at_tray=8)
        multi.sync()
        map_all(multi, multi.warehouse, filial)
        assert multi.sync().stock_updated == 0
        assert multi.matter(Kind.STOCK_BRAKE).facts["zeroed"] == 12
        assert CenterStock.objects.of(multi.company).count() == 0
