"""Kits in orders, by random histories: what is reserved is exactly what the orders take, come what may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ahead.accounts.models import Company
from ahead.catalog.kit_operations import set_components
from ahead.catalog.kit_rules import Component
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.catalog.offered import Offered
from ahead.lib.money import ZERO
from ahead.orders import kit_rules
from ahead.orders.incoming import IncomingAddress, IncomingCustomer, IncomingItem, IncomingOrder
from ahead.orders.kit_rules import Sold
from ahead.orders.models import ItemComponent, Order
from ahead.orders.operations import cancel_order
from ahead.orders.receiving import receive_orders
from ahead.orders.rules import StatusPlan
from ahead.stock.models import Balance, Movement, Reservation
from ahead.stores.models import Store

PLAN = StatusPlan(import_ids=frozenset({1}), cancelled_ids=frozenset({5}))
PRICES = [Decimal("19.90"), Decimal("10.00"), Decimal("3.33"), Decimal("0.07")]
Line = tuple[bool, int, int]  # is a kit, which, units

lines = st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(1, 5)), min_size=1, max_size=5)
kits = st.dictionaries(st.integers(0, 3), st.integers(1, 4), min_size=1).filter(lambda one: sum(one.values()) > 1)
actions = st.one_of(
    st.tuples(st.just("place"), lines, st.sampled_from(["parent", "components", "both", "dear parts"])),
    st.tuples(st.just("edit"), st.integers(0, 9), st.integers(1, 6)),
    st.tuples(st.just("again"), st.integers(0, 9)),
    st.tuples(st.just("recompose"), st.integers(0, 3), kits),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
)


@dataclass
class Placed:
    """An order at Tray: what was put into it, and of what each kit consisted by then."""

    tray_id: int
    lines: list[tuple[bool, int, int, dict[int, int]]]
    shown: str  # what Tray lists of a kit; with dear parts it lists both, and only the kits give the sum
    version: int = 0
    is_cancelled: bool = False

    def takes(self) -> Counter[int]:
        """Return what leaves the shelf, by product."""
        taken: Counter[int] = Counter()
        for _, _, units, composition in self.lines:
            for product, number in composition.items():
                taken[product] += units * number
        return taken


class World:
    """Four products and four kits of them, sold in one store."""

    def __init__(self, store: Store, make_product: Callable[..., Product], now: datetime) -> None:
        self.store, self.now = store, now
        company = store.company
        self.products = [make_product(company, on_hand=20 + at, price=price) for at, price in enumerate(PRICES)]
        self.kits = [make_product(company, is_kit=True) for _ in range(4)]
        for at, product in enumerate([*self.products, *self.kits]):
            listing = Listing.objects.create(
                company=company, store=store, tray_id=100 + at, title=product.name, is_kit=product.is_kit
            )
            ListingVariant.objects.create(
                company=company, store=store, listing=listing, tray_product_id=100 + at, product=product
            )
        self.compositions: list[dict[int, int]] = [{}, {}, {}, {}]
        for at in range(4):
            self.compose(at, {at: 2, (at + 1) % 4: 1})
        self.placed: list[Placed] = []

    def compose(self, at: int, composition: dict[int, int]) -> None:
        asked = [Component(self.products[product].pk, units) for product, units in composition.items()]
        set_components(
            company=self.store.company, product_id=self.kits[at].pk, components=asked, by="teste", now=self.now
        )
        self.compositions[at] = composition

    def recompose(self, at: int, composition: dict[int, int]) -> None:
        """Compose a kit otherwise; then every order is seen once more, as it was."""
        self.compose(at, composition)
        for order in self.placed:
            self.receive(order)

    def place(self, wanted: Sequence[Line], shown: str) -> None:
        sold = [(is_kit, at, units, self.compositions[at] if is_kit else {at: 1}) for is_kit, at, units in wanted]
        order = Placed(9_000 + len(self.placed), sold, shown)
        self.placed.append(order)
        self.receive(order)

    def edit(self, at: int, units: int) -> None:
        if order := self._order(at):
            is_kit, which, _, composition = order.lines[-1]
            order.lines[-1] = (is_kit, which, units, composition)
            order.version += 1
            self.receive(order)

    def again(self, at: int) -> None:
        if order := self._order(at):
            self.receive(order)

    def cancel(self, at: int) -> None:
        if (order := self._order(at)) and not order.is_cancelled:
            ours = Order.objects.of(self.store.company).get(tray_id=order.tray_id)
            cancel_order(self.store.company, ours.pk, by="teste", now=self.now, why="teste")
            order.is_cancelled = True

    def _order(self, at: int) -> Placed | None:
        return self.placed[at % len(self.placed)] if self.placed else None

    def receive(self, order: Placed) -> None:
        """Take it in as Tray shows it now."""
        items: list[IncomingItem] = []
        for number, (is_kit, at, units, composition) in enumerate(order.lines):
            price = sum((PRICES[one] * count for one, count in composition.items()), ZERO)
            if not is_kit or order.shown != "components":
                items.append(self._item(1_000 * number, 104 + at if is_kit else 100 + at, None, units, price))
            if is_kit and order.shown != "parent":
                dear = Decimal(1) if order.shown == "dear parts" else ZERO
                items += [
                    self._item(1_000 * number + 1 + one, 100 + one, 104 + at, units * count, PRICES[one] + dear)
                    for one, count in composition.items()
                ]
        total = sum((units * PRICES[one] * n for _, _, units, kit in order.lines for one, n in kit.items()), ZERO)
        receive_orders(self.store, [self._incoming(order, items, total)], plan=PLAN, by="teste", now=self.now)

    def _item(self, line: int, tray_id: int, kit: int | None, units: int, price: Decimal) -> IncomingItem:
        offered = Offered(tray_id, 0, title=f"Item {tray_id}", reference="", gtin="")
        return IncomingItem(line, offered, kit, "", units, price, price)

    def _incoming(self, order: Placed, items: list[IncomingItem], total: Decimal) -> IncomingOrder:
        address = IncomingAddress("Ana", "Rua A", "1", "", "Centro", "Santos", "SP", "11010000")
        customer = IncomingCustomer(7, False, "Ana", "", "39053344705", "", "", "", "", address)
        texts = ("point_sale", "shipping_method", "delivery_time", "payment_method", "payment_kind", "customer_note")
        nothing = ("discount", "coupon_discount", "shipping", "payment_rate", "taxes", "interest")
        return IncomingOrder(
            tray_id=order.tray_id, status_id=1, status="A ENVIAR", modified_at=self.now, placed_at=self.now,
            fingerprint=f"v{order.version}", customer=customer, delivery=address, items=tuple(items), payments=(),
            marketplace=None, installments=1, paid_on=None, items_total=total, coupon_code="", total=total,
            is_child=False, parent_tray_id=None, document=b"", **dict.fromkeys(texts, ""),
            **dict.fromkeys(nothing, ZERO),
        )  # fmt: skip

    def assert_books(self) -> None:
        """Each order has reserved what it takes and nothing else; the balances are the sums of both ledgers."""
        company = self.store.company
        numbers = {product.pk: at for at, product in enumerate(self.products)}
        opened = Reservation.objects.of(company).filter(state="open")
        for order in self.placed:
            ours = Order.objects.of(company).get(tray_id=order.tray_id)
            held: Counter[int] = Counter()
            for product_id, units in opened.filter(order_id=ours.pk).values_list("product_id", "quantity"):
                held[numbers[product_id]] += units
            assert held == (Counter() if order.is_cancelled else order.takes())
            self._assert_amounts(ours)
        for balance in Balance.objects.of(company):
            moved = Movement.objects.of(company).filter(product=balance.product_id).aggregate(sum=Sum("quantity"))
            promised = opened.filter(product=balance.product_id).aggregate(sum=Sum("quantity"))
            assert (balance.on_hand, balance.reserved) == (moved["sum"] or 0, promised["sum"] or 0)

    def _assert_amounts(self, order: Order) -> None:
        counted = [item for item in order.items.all() if item.counts]
        assert sum((item.quantity * item.unit_price for item in counted), ZERO) == order.items_total
        for item in order.items.all():
            parts = ItemComponent.objects.of(order.company_id).filter(item=item)
            if parts:
                assert sum(part.amount for part in parts) == item.quantity * item.unit_price


@pytest.mark.django_db
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(actions, min_size=2, max_size=10))
def test_every_order_reserves_what_it_takes(
    padaria: Company, loja: Store, make_product: Any, now: datetime, history: list[Any]
) -> None:
    with transaction.atomic():
        world = World(loja, make_product, now)
        for name, *given_to in history:
            getattr(world, name)(*given_to)
            world.assert_books()
        transaction.set_rollback(True)


amounts = st.integers(0, 10_000).map(lambda cents: Decimal(cents) / 100)


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([None, 1, 2, 3]), amounts), max_size=8), amounts)
def test_either_a_kit_counts_or_its_components(rows: list[tuple[int, int | None, Decimal]], total: Decimal) -> None:
    sold = [Sold(tray_id, kit, None, 1, amount) for tray_id, kit, amount in rows]
    counts = kit_rules.counting(sold, total)
    for kit in {line.kit_tray_id for line in sold if line.is_component}:
        whole = [
            chosen
            for line, chosen in zip(sold, counts, strict=True)
            if not line.is_component and line.tray_product_id == kit
        ]
        parts = [
            chosen for line, chosen in zip(sold, counts, strict=True) if line.is_component and line.kit_tray_id == kit
        ]
        if whole:
            assert len(set(whole)) == len(set(parts)) == 1
            assert whole[0] != parts[0]
        else:
            assert all(parts)


@given(st.dictionaries(st.integers(1, 5), st.integers(1, 9), min_size=1), st.integers(1, 9))
def test_a_number_of_kits_is_made_of_the_kit(composition: dict[int, int], number: int) -> None:
    came = {product: units * number for product, units in composition.items()}
    assert kit_rules.is_made_of(came, composition)
    first = min(came)
    assert not kit_rules.is_made_of({**came, 9: 1}, composition)
    assert not kit_rules.is_made_of(
        {product: units for product, units in came.items() if product != first}, composition
    )
    if len(came) > 1:
        assert not kit_rules.is_made_of({**came, first: came[first] + 1}, composition)


@given(
    st.dictionaries(st.integers(1, 5), st.integers(1, 9), min_size=1), st.integers(1, 9), st.integers(1, 9), amounts,
    st.data(),
)  # fmt: skip
def test_what_a_line_takes_adds_up_and_follows_its_number(
    composition: dict[int, int], kits_before: int, kits_now: int, amount: Decimal, data: st.DataObject
) -> None:
    prices = {product: data.draw(amounts) for product in composition}
    taken = kit_rules.exploded(composition, prices, kits=kits_before, amount=amount)
    assert sum(one.amount for one in taken) == amount
    assert {one.product_id: one.quantity for one in taken} == {k: v * kits_before for k, v in composition.items()}
    assert kit_rules.resized(taken, before=kits_before, kits=kits_before, amount=amount) == taken
    more = kit_rules.resized(taken, before=kits_before, kits=kits_now, amount=amount + 1)
    assert more is not None
    assert sum(one.amount for one in more) == amount + 1
    assert {one.product_id: one.quantity for one in more} == {k: v * kits_now for k, v in composition.items()}
