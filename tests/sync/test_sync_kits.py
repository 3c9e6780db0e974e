"""Kits in orders: however Tray shows them, what leaves the shelf is reserved once, and the sums stay true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ahead.catalog.kit_operations import set_components
from ahead.catalog.kit_rules import Component
from ahead.catalog.models import FormerTrayId, ListingVariant, Product
from ahead.catalog.operations import create_product, update_product
from ahead.orders.models import ItemComponent, OrderItem
from ahead.orders.operations import CannotEnter, cancel_order, enter_order
from ahead.orders.releasing import CannotAccept
from ahead.pending.models import Kind
from ahead.stock.models import Reservation
from ahead.sync.matters import accept_kits_as_they_came, link_and_release, try_again
from ahead.sync.models import RunState
from sync_stage import BY, Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)
CUP, PLATE = "XIC", "PIR"


@dataclass
class Kitchen:
    """Cups and plates on both sides, and the kit of two cups and a plate."""

    stage: Stage
    cup: Product
    plate: Product
    kit: Product
    at_tray: Any

    def compose(self, *parts: tuple[Product, int], kit: Product | None = None) -> None:
        asked = [Component(product.pk, units) for product, units in parts]
        kit_id = (kit or self.kit).pk
        set_components(company=self.stage.company, product_id=kit_id, components=asked, by=BY, now=datetime.now(UTC))

    def sell(self, *items: tuple[Any, int], lines: str = "components") -> int:
        self.stage.shop.switches.kit_lines = lines
        placed: int = self.stage.shop.place_order(items=list(items)).id
        return placed

    def lines(self, tray_id: int) -> Sequence[OrderItem]:
        return list(self.stage.order(tray_id).items.select_related("kit", "product"))

    def taken(self, tray_id: int) -> list[tuple[str, int, Decimal]]:
        rows = ItemComponent.objects.of(self.stage.company).filter(item__order=self.stage.order(tray_id))
        return list(rows.order_by("pk").values_list("product__reference", "quantity", "amount"))


def new_kit(stage: Stage, reference: str) -> Product:
    return create_product(
        company=stage.company, code=f"C-{reference}", name="Kit", reference=reference, is_kit=True, by=BY,
        now=datetime.now(UTC),
    )  # fmt: skip


@pytest.fixture
def kitchen(stage: Stage) -> Kitchen:
    (cup, cup_at_tray), (plate, plate_at_tray) = stage.add_product(CUP, price="19.90"), stage.add_product(PLATE)
    for product, price in ((cup, "19.90"), (plate, "10.00")):
        update_product(company=stage.company, product_id=product.pk, price=price, by=BY, now=datetime.now(UTC))
    at_tray = stage.shop.add_kit(name="Kit Café", reference="KIT", components=[(cup_at_tray, 2), (plate_at_tray, 1)])
    kitchen = Kitchen(stage, cup, plate, new_kit(stage, "KIT"), at_tray)
    kitchen.compose((cup, 2), (plate, 1))
    stage.sync()
    return kitchen


@pytest.mark.parametrize("lines", ["components", "parent", "both"])
def test_a_kit_takes_its_components_however_tray_shows_it(kitchen: Kitchen, lines: str) -> None:
    stage = kitchen.stage
    sold = kitchen.sell((kitchen.at_tray, 3), (stage.sold(0), 4), lines=lines)
    run = stage.sync()

    assert (run.state, stage.matters(), stage.order(sold).state) == (RunState.CLEAN, [], "open")
    by_product: dict[str, int] = {}
    for reference, units in stage.reserved(sold):
        by_product[reference] = by_product.get(reference, 0) + units
    assert by_product == {CUP: 10, PLATE: 3}
    counted = [line for line in kitchen.lines(sold) if line.counts]
    assert sum(line.quantity * line.unit_price for line in counted) == stage.order(sold).items_total
    assert [line.kit == kitchen.kit for line in kitchen.lines(sold)][-1] is False
    assert any(line.kit == kitchen.kit for line in counted)
    assert stage.order(sold).remainder == 0
    assert_books_balance(stage.company)
    # Tray moved the components' stock as we did: what it shows is what we have
    assert [stage.shop.product_stock(stage.sold(place).id) for place in (0, 1)] == [90, 97]
    assert stage.sync().stock_updated == 0


def test_beside_its_components_the_kit_is_kept_and_does_not_count(kitchen: Kitchen) -> None:
    sold = kitchen.sell((kitchen.at_tray, 1), lines="both")
    kitchen.stage.sync()
    assert [(line.reference, line.counts) for line in kitchen.lines(sold)] == [
        ("KIT", False), (CUP, True), (PLATE, True),
    ]  # fmt: skip
    assert kitchen.taken(sold) == []


def test_where_only_the_kit_s_price_gives_the_sum_the_kit_counts(kitchen: Kitchen) -> None:
    stage = kitchen.stage
    sold = kitchen.sell((kitchen.at_tray, 1), lines="both")

    def cheaper(lines: list[dict[str, Any]]) -> None:
        lines[1]["price"] = "18.00"

    stage.edit_lines(sold, cheaper)
    stage.shop.orders[sold].fields.update(partial_total="49.80", total="49.80")
    stage.sync()
    assert [line.counts for line in kitchen.lines(sold)] == [True, False, False]
    assert stage.matters() == []
    assert [(reference, units) for reference, units, _ in kitchen.taken(sold)] == [(CUP, 2), (PLATE, 1)]


def test_a_kit_in_one_line_is_taken_apart_to_the_cent_and_stays_so(kitchen: Kitchen) -> None:
    stage = kitchen.stage
    sold = kitchen.sell((kitchen.at_tray, 3, "33.33"), lines="parent")
    stage.sync()
    assert kitchen.taken(sold) == [(CUP, 6, Decimal("79.91")), (PLATE, 3, Decimal("20.08"))]
    before = list(Reservation.objects.of(stage.company).values_list("pk", flat=True))

    kitchen.compose((kitchen.cup, 1), (kitchen.plate, 5))
    stage.move(sold, "A ENVIAR VINDI")
    stage.sync()

    assert kitchen.taken(sold) == [(CUP, 6, Decimal("79.91")), (PLATE, 3, Decimal("20.08"))]
    assert list(Reservation.objects.of(stage.company).values_list("pk", flat=True)) == before

    stage.edit_lines(sold, lambda lines: lines[0].update(quantity="2"))
    stage.sync()
    assert [(reference, units) for reference, units, _ in kitchen.taken(sold)] == [(CUP, 4), (PLATE, 2)]
    assert sum(amount for _, _, amount in kitchen.taken(sold)) == Decimal("66.66")
    assert stage.reserved(sold) == [(PLATE, 2), (CUP, 4)]
    assert_books_balance(stage.company)


def test_kits_and_lines_that_share_a_component_reserve_it_exactly(kitchen: Kitchen) -> None:
    stage = kitchen.stage
    pair_at_tray = stage.shop.add_kit(name="Par", reference="PAR", components=[(stage.sold(0), 2)])
    pair = new_kit(stage, "PAR")
    kitchen.compose((kitchen.cup, 2), kit=pair)
    sold = kitchen.sell(
        (kitchen.at_tray, 2), (pair_at_tray, 3), (stage.sold(0), 1), (kitchen.at_tray, 1), lines="parent"
    )
    stage.sync()
    assert stage.reserved(sold) == [(PLATE, 1), (PLATE, 2), (CUP, 1), (CUP, 2), (CUP, 4), (CUP, 6)]
    assert (stage.balance(kitchen.cup), stage.balance(kitchen.plate)) == ((100, 13), (100, 3))

    cancel_order(stage.company, stage.order(sold).pk, by=BY, now=datetime.now(UTC), why="teste")
    stage.move(sold, "CANCELADO")
    stage.sync()
    assert (stage.balance(kitchen.cup), stage.balance(kitchen.plate)) == ((100, 0), (100, 0))
    assert stage.shop.product_stock(stage.sold(0).id) == 100
    assert_books_balance(stage.company)


def test_a_cancelled_kit_gives_its_components_back_at_tray_too(kitchen: Kitchen) -> None:
    stage = kitchen.stage
    sold = kitchen.sell((kitchen.at_tray, 2), lines="parent")
    stage.sync()
    stage.shop.set_stock(stage.sold(0), 96)  # as it does when a sync wrote it
    stage.move(sold, "CANCELADO")
    stage.sync()
    assert [stage.shop.product_stock(stage.sold(place).id) for place in (0, 1)] == [100, 100]


class TestADifferentComposition:
    @pytest.fixture
    def held(self, kitchen: Kitchen) -> int:
        kitchen.compose((kitchen.cup, 1), (kitchen.plate, 1))
        sold = kitchen.sell((kitchen.at_tray, 2))
        kitchen.stage.sync()
        return sold

    def test_holds_the_order_and_says_what_differs(self, kitchen: Kitchen, held: int) -> None:
        stage = kitchen.stage
        matter = stage.matter(Kind.KIT_DIFFERS)
        assert stage.order(held).state == "held"
        assert "C-KIT · Kit veio com 4 × C-XIC, 2 × C-PIR; no AHEAD, um kit é 1 × C-XIC, 1 × C-PIR" in matter.text
        assert "aceite como veio" in matter.remedy
        assert matter.facts["product_id"] == kitchen.kit.pk
        assert stage.sync().state == RunState.CLEAN
        assert stage.order(held).state == "held"

    def test_mended_here_it_goes_on_by_itself(self, kitchen: Kitchen, held: int) -> None:
        stage = kitchen.stage
        kitchen.compose((kitchen.cup, 2), (kitchen.plate, 1))
        stage.sync()
        assert (stage.order(held).state, stage.matters()) == ("open", [])
        assert stage.reserved(held) == [(PLATE, 2), (CUP, 4)]

    def test_corrected_at_tray_unnoticed_it_goes_on_once_it_is_read_again(self, kitchen: Kitchen, held: int) -> None:
        stage = kitchen.stage
        with stage.shop.changing():  # neither the order's instant of change nor its total tells
            cups, _ = stage.shop.orders[held].lines
            cups.update(quantity="2", price=str(Decimal(cups["price"]) * 2))
        stage.sync()
        assert stage.order(held).state == "held"

        assert "será lido de novo" in try_again(
            stage.company, stage.matter(Kind.KIT_DIFFERS).pk, by=BY, now=datetime.now(UTC)
        )
        stage.sync()

        assert (stage.order(held).state, stage.matters()) == ("open", [])
        assert stage.reserved(held) == [(PLATE, 2), (CUP, 2)]

    def test_accepted_it_goes_on_and_stays_so_until_its_lines_change(self, kitchen: Kitchen, held: int) -> None:
        stage = kitchen.stage
        order = accept_kits_as_they_came(stage.company, stage.order(held).pk, by=BY, now=datetime.now(UTC))
        assert (order.state, stage.matters(), order.is_acknowledgement_due) == ("open", [], True)
        assert stage.reserved(held) == [(PLATE, 2), (CUP, 4)]
        stage.move(held, "A ENVIAR VINDI")
        stage.sync()
        assert (stage.order(held).state, stage.matters()) == ("open", [])

    def test_an_order_that_was_fine_stays_so_when_the_kit_changes(self, kitchen: Kitchen) -> None:
        stage = kitchen.stage
        sold = kitchen.sell((kitchen.at_tray, 2))
        stage.sync()
        kitchen.compose((kitchen.cup, 1), (kitchen.plate, 1))
        stage.move(sold, "A ENVIAR VINDI")
        stage.sync()
        assert (stage.order(sold).state, stage.matters()) == ("open", [])

    @pytest.mark.parametrize("lines", ["components", "parent"])
    def test_what_was_sold_under_a_former_id_is_as_the_kit_was_then(self, kitchen: Kitchen, lines: str) -> None:
        stage = kitchen.stage
        sold = kitchen.sell((kitchen.at_tray, 2), lines=lines)
        variant = ListingVariant.objects.of(stage.company).get(product=kitchen.kit)
        variant.listing.tray_id = variant.tray_product_id = 9_999
        variant.listing.save()
        variant.save()
        FormerTrayId.objects.create(
            company=stage.company, store=stage.store, listing=variant.listing, tray_id=kitchen.at_tray.id,
            components=[[kitchen.cup.pk, 2], [kitchen.plate.pk, 1]], until=datetime.now(UTC),
        )  # fmt: skip
        kitchen.compose((kitchen.cup, 1), (kitchen.plate, 5))
        stage.sync()
        assert (stage.order(sold).state, stage.matters()) == ("open", [])
        assert stage.reserved(sold) == [(PLATE, 2), (CUP, 4)]
        assert all(line.kit == kitchen.kit for line in kitchen.lines(sold))


class TestAnUnknownKit:
    def test_is_no_obstacle_when_its_components_are_listed(self, kitchen: Kitchen) -> None:
        stage = kitchen.stage
        stranger = stage.shop.add_kit(name="Outro", reference="OUTRO", components=[(stage.sold(0), 3)])
        sold = kitchen.sell((stranger, 1))
        stage.sync()
        assert (stage.order(sold).state, [line.kit for line in kitchen.lines(sold)]) == ("open", [None, None])
        assert stage.reserved(sold) == [(CUP, 1), (CUP, 2)]

    def test_in_one_line_holds_the_order_until_it_is_linked_to_a_kit(self, kitchen: Kitchen) -> None:
        stage = kitchen.stage
        stranger = stage.shop.add_kit(name="Outro", reference="OUTRO", components=[(stage.sold(0), 3)])
        stage.age_sweep(days=2)
        sold = kitchen.sell((stranger, 2), lines="parent")
        stage.sync()
        matter = stage.matter(Kind.UNKNOWN_SKU)
        assert (stage.order(sold).state, stage.reserved(sold)) == ("held", [])
        ours = new_kit(stage, "TRIO")
        kitchen.compose((kitchen.cup, 3), kit=ours)

        variant_id = matter.facts["variant_id"]
        released = link_and_release(stage.company, variant_id, product_id=ours.pk, by=BY, now=datetime.now(UTC))

        assert [order.state for order in released] == ["open"]
        assert (stage.reserved(sold), stage.matters()) == ([(CUP, 6)], [])
        assert stage.sync().state == RunState.CLEAN

    def test_without_components_here_it_is_told_so_and_goes_on_once_it_has_some(self, kitchen: Kitchen) -> None:
        stage = kitchen.stage
        stranger = stage.shop.add_kit(name="Outro", reference="OUTRO", components=[(stage.sold(0), 3)])
        ours = new_kit(stage, "OUTRO")
        sold = kitchen.sell((stranger, 2), lines="parent")
        stage.sync()
        assert "não tem componentes no AHEAD" in stage.matter(Kind.KIT_DIFFERS).text
        assert (stage.order(sold).state, stage.reserved(sold)) == ("held", [])
        with pytest.raises(CannotAccept, match="não tem componentes"):
            accept_kits_as_they_came(stage.company, stage.order(sold).pk, by=BY, now=datetime.now(UTC))

        kitchen.compose((kitchen.cup, 3), kit=ours)
        stage.sync()
        assert (stage.order(sold).state, stage.reserved(sold), stage.matters()) == ("open", [(CUP, 6)], [])


def test_a_kit_in_an_order_that_is_entered_here_takes_its_components(kitchen: Kitchen, now: datetime) -> None:
    stage = kitchen.stage
    kitchen.sell((stage.sold(0), 1))
    stage.sync()
    (bought,) = stage.orders()
    facts: Any = {"customer_id": bought.customer_id, "by": BY, "now": now}
    order = enter_order(stage.company, items=[(kitchen.kit.pk, 2, Decimal("45.00"))], **facts)
    rows = Reservation.objects.of(stage.company).filter(order_id=order.pk)
    assert sorted(rows.values_list("product__reference", "quantity")) == [(PLATE, 2), (CUP, 4)]
    with pytest.raises(CannotEnter, match="componentes"):
        enter_order(stage.company, items=[(new_kit(stage, "VAZIO").pk, 1, Decimal(1))], **facts)
