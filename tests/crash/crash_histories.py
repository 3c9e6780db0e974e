"""Random histories of a shop: whatever customers, merchant and Tray do, in whatever order, the books stay true."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crash_books import assert_ledgers
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ahead.catalog.models import ListingVariant, Product
from ahead.catalog.operations import link_variant, unlink_variant
from ahead.orders.models import Order
from ahead.orders.operations import cancel_order
from ahead.stock.models import Balance, PublishedStock
from ahead.stock.operations import count_stock, move_stock
from ahead.stock.publishing import sellable, stock_changes
from ahead.stores.triggers import Trigger
from ahead.sync.dry_run import run_dry
from ahead.sync.models import EventKind, OrderSighting, RunState, SweepState, SyncEvent, SyncRun
from sync_stage import BY, Stage

IMPORTED = ("A ENVIAR", "A ENVIAR VINDI")
WAITING = "AGUARDANDO PAGAMENTO"
FAULTS = (
    "500",
    "504",
    "html-200",
    "empty",
    "500-but-done",
    "timeout-after-commit",
    "401/1000",
    "429",
    "duplicate-row",
    "total-moves",
)
ROUTES = ("GET /orders", "GET /orders/*", "PUT /orders/*", "PUT /products/*", "*")
_ORDER_KINDS = (
    EventKind.ORDER_IMPORTED,
    EventKind.ORDER_HELD,
    EventKind.ORDER_UPDATED,
    EventKind.ORDER_CANCELLED,
    EventKind.STOCK_UPDATED,
    EventKind.STATUS_WRITTEN,
)
picks = st.integers(0, 30)
quantities = st.integers(1, 4)
lines = st.lists(st.tuples(picks, quantities), min_size=1, max_size=3)


class Histories(RuleBasedStateMachine):
    """
    A shop of four known products, two variants, and two things that are no product of ours.

    It begins with a few orders taken in, so that most of what happens then changes something.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        for index in range(4):
            stage.add_product(f"SKU-{index}", on_hand=20 + index, at_tray=20 + index if index % 2 else 3)
        shirt = stage.shop.add_product(name="Camiseta", reference="CAM", price=Decimal(59), stock=0)
        for size in ("P", "G"):
            stage.shop.add_variant(
                product=shirt, reference=f"CAM-{size}", price=Decimal(59), stock=5, axes={"Tamanho": size}
            )
            stage.add_ours(f"CAM-{size}", on_hand=9)
        for index in range(2):
            self._offer(f"EXT-{index}")
        self.refused: set[int] = set()  # orders that a person cancelled here
        self.deleted = 0  # at Tray since the last undisturbed sync
        self.edited: set[str] = set()  # things in orders that were edited before we took them in
        for at in range(4):
            self.place_order(basket=[(at, 1 + at % 2), (2 * at, 1)], status=IMPORTED[at % 2])
        self.sync()

    # ── what happens at Tray ──────────────────────────────────────────────────────────────────────────────

    @rule(basket=lines, status=st.sampled_from([*IMPORTED, *IMPORTED, WAITING, "ENVIADO"]))
    def place_order(self, basket: list[tuple[int, int]], status: str) -> None:
        """The same thing twice in a basket makes two lines of it."""
        shelf = self._shelf()
        self.stage.shop.place_order(items=[(shelf[at % len(shelf)], units) for at, units in basket], status=status)

    @precondition(lambda self: self.stage.shop.orders)
    @rule(at=picks, units=quantities)
    def edit_quantity(self, at: int, units: int) -> None:
        order = self._order_at_tray(at)
        self._note_edit(order, order.lines[-1])
        with self.stage.shop.changing():
            order.lines[-1]["quantity"] = str(units)
        self.stage.shop.edit_order(order.id)

    @precondition(lambda self: self.stage.shop.orders)
    @rule(at=picks)
    def drop_line(self, at: int) -> None:
        order = self._order_at_tray(at)
        if len(order.lines) > 1:
            self._note_edit(order, order.lines[0])
            with self.stage.shop.changing():
                order.lines.pop(0)
            self.stage.shop.edit_order(order.id)

    @precondition(lambda self: self.stage.shop.orders)
    @rule(at=picks, status=st.sampled_from([*IMPORTED, WAITING, "CANCELADO", "CANCELADO", "CANCELADO AUT", "ENVIADO"]))
    def move(self, at: int, status: str) -> None:
        """Cancelled, alive again, waiting for payment again, sent."""
        self.stage.shop.set_order_status(self._order_at_tray(at).id, status)

    @precondition(lambda self: self.stage.shop.orders)
    @rule(at=picks)
    def delete_order(self, at: int) -> None:
        self.stage.shop.delete_order(self._order_at_tray(at).id)
        self.deleted += 1

    @rule(at=st.integers(2, 4))
    def offer(self, at: int) -> None:
        if f"EXT-{at}" not in {product.reference for product in self.stage.shop.products.values()}:
            self._offer(f"EXT-{at}")

    # ── what people do here ───────────────────────────────────────────────────────────────────────────────

    @rule(at=st.integers(0, 4), on_hand=st.integers(0, 12))
    def create_product(self, at: int, on_hand: int) -> None:
        if not Product.objects.of(self.stage.company).filter(reference=f"EXT-{at}").exists():
            self.stage.add_ours(f"EXT-{at}", on_hand=on_hand)

    @rule(at=picks, product=picks)
    def link(self, at: int, product: int) -> None:
        unlinked = ListingVariant.objects.of(self.stage.company).filter(product=None, listing__has_variants=False)
        if rows := list(unlinked.order_by("pk")):
            self._link(rows[at % len(rows)], self._product(product))

    @rule(at=picks)
    def unlink(self, at: int) -> None:
        linked = ListingVariant.objects.of(self.stage.company).filter(product__isnull=False)
        if rows := list(linked.order_by("pk")):
            row = rows[at % len(rows)]
            unlink_variant(company=self.stage.company, variant_id=row.pk, by=BY, now=datetime.now(UTC))

    @rule(at=picks)
    def cancel_here(self, at: int) -> None:
        alive = Order.objects.of(self.stage.company).filter(state__in=[Order.State.OPEN, Order.State.HELD])
        if rows := list(alive.order_by("pk")):
            order = rows[at % len(rows)]
            cancel_order(self.stage.company, order.pk, by=BY, now=datetime.now(UTC), why="o cliente desistiu")
            self.refused.add(order.tray_id or 0)

    @rule(at=picks, counted=st.integers(0, 30))
    def count(self, at: int, counted: int) -> None:
        count_stock(**self._place(at), counted=counted, by=BY, now=datetime.now(UTC))

    @rule(at=picks, units=st.integers(1, 9))
    def enter(self, at: int, units: int) -> None:
        move_stock(**self._place(at), quantity=units, kind="entry", by=BY, now=datetime.now(UTC))

    # ── both at once: what is available stays what it was, while Tray's own stock moves ───────────────────

    @rule(at=picks, units=quantities)
    def sell_what_arrives(self, at: int, units: int) -> None:
        thing = self._shelf()[at % len(self._shelf())]
        self._move_as_sold(self.stage.shop.place_order(items=[(thing, units)], status=IMPORTED[0]), 1)

    @precondition(lambda self: self.stage.shop.orders)
    @rule(at=picks)
    def lose_what_comes_back(self, at: int) -> None:
        order = self._order_at_tray(at)
        self.stage.shop.set_order_status(order.id, "CANCELADO")
        self._move_as_sold(order, -1)

    # ── what we do ────────────────────────────────────────────────────────────────────────────────────────

    @rule()
    def sync(self) -> None:
        run = self.stage.sync()
        assert run.state in {RunState.CLEAN, RunState.WITH_ERRORS}, self.stage.errors(run)
        self.assert_settled(run)

    @rule(kind=st.sampled_from(FAULTS), route=st.sampled_from(ROUTES), after=st.integers(0, 4), times=st.integers(1, 2))
    def sync_with_a_fault(self, kind: str, route: str, after: int, times: int) -> None:
        self.stage.shop.faults.next(route, kind, times=times, after=after)
        self.stage.sync()
        self.stage.shop.faults.clear()

    @rule()
    def sync_after_a_dry_run(self) -> None:
        """What it says would be done is what is done then, and it does nothing itself."""
        before = self._everything()
        dry = run_dry(self.stage.store, by=BY, trigger=Trigger.SIMULATION)
        assert self._everything() == before
        catalogue_read_at = self._catalogue_read_at()
        said = self._log(dry)
        run = self.stage.sync()
        if self._catalogue_read_at() == catalogue_read_at:
            assert said == self._log(run)
        self.assert_settled(run)

    @invariant()
    def books_balance(self) -> None:
        assert_ledgers(self.stage)

    def teardown(self) -> None:
        self.sync()
        self.sync()

    # ── what holds after a sync that nothing disturbed ────────────────────────────────────────────────────

    def assert_settled(self, run: SyncRun) -> None:
        """Everything is in, nothing twice, nothing owed, and Tray shows what is available."""
        stage, company = self.stage, self.stage.company
        assert_ledgers(stage)
        assert stage.due() == 0
        assert run.tray_total == len(stage.shop.orders)
        # what was deleted at Tray is known as such once it was asked for by its id, which is after the count
        assert 0 <= (run.held_total or 0) - run.tray_total <= self.deleted
        self.deleted = 0
        seen = OrderSighting.objects.of(company).filter(is_gone=False).values_list("tray_id", flat=True)
        assert set(seen) == set(stage.shop.orders)
        assert not Order.objects.of(company).filter(is_acknowledgement_due=True).exists()
        numbers = sorted(Order.objects.of(company).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        for order in stage.shop.orders.values():
            self._assert_taken_in(order)
        self._assert_published()

    def _assert_taken_in(self, order: Any) -> None:
        shop = self.stage.shop
        status = shop.statuses[order.status_id]
        ours = Order.objects.of(self.stage.company).filter(tray_id=order.id).first()
        if status.name in IMPORTED:
            assert ours is not None, "an order to be imported is here"
            assert ours.state == Order.State.HELD or order.id in self.refused, "what is taken in is acknowledged"
        if ours is None:
            return
        if status.is_cancelled:
            assert ours.state == Order.State.CANCELLED
        if ours.state == Order.State.CANCELLED:
            # alive again it is only in a status that is imported; what else becomes of it a person decides
            assert status.name not in IMPORTED or order.id in self.refused
            return
        lines = Counter((line["reference"], int(line["quantity"])) for line in order.lines)
        assert Counter(ours.items.values_list("reference", "quantity")) == lines
        assert (ours.total, ours.tray_status) == (order.total, status.name)
        is_known = not ours.items.filter(product=None).exists()
        assert (ours.state == Order.State.OPEN) == (is_known and status.name != WAITING)

    def _assert_published(self) -> None:
        """
        Tray shows what is available; less, where it holds something for an order that we do not.

        Never more: that would be sold twice. (An edit that we cannot see moves no stock at this Tray.)
        """
        shop = self.stage.shop
        assert stock_changes(self.stage.store) == []
        held_there_only = self.edited | {
            line["reference"] for order in self._not_ours() if order.holds_stock for line in order.lines
        }
        for row in sellable(self.stage.store):
            item = shop.variants[row.tray_variant_id] if row.tray_variant_id else shop.products[row.tray_product_id]
            assert item.stock <= row.available, row.reference
            assert item.stock == row.available or row.reference in held_there_only, row.reference

    def _not_ours(self) -> list[Any]:
        alive = Order.objects.of(self.stage.company).exclude(state=Order.State.CANCELLED)
        ours = set(alive.values_list("tray_id", flat=True))
        return [order for order in self.stage.shop.orders.values() if order.id not in ours]

    def _note_edit(self, order: Any, line: dict[str, str]) -> None:
        if order in self._not_ours():
            self.edited.add(line["reference"])

    def _move_as_sold(self, order: Any, direction: int) -> None:
        for line in order.lines:
            product = Product.objects.of(self.stage.company).filter(reference=line["reference"]).first()
            if product is None:
                continue
            free = Balance.objects.of(self.stage.company).get(product=product).on_hand
            units = direction * int(line["quantity"])
            if free + units >= 0:
                move_stock(
                    company=self.stage.company,
                    product_id=product.pk,
                    warehouse_id=self.stage.warehouse.pk,
                    quantity=units,
                    kind="entry" if direction > 0 else "exit",
                    by=BY,
                    now=datetime.now(UTC),
                )

    def _catalogue_read_at(self) -> datetime | None:
        return SweepState.objects.of(self.stage.company).values_list("catalogue_read_at", flat=True).first()

    # ── finding things ────────────────────────────────────────────────────────────────────────────────────

    def _offer(self, reference: str) -> None:
        self.stage.shop.add_product(name=f"Novidade {reference}", reference=reference, price=Decimal(31), stock=7)

    def _shelf(self) -> list[Any]:
        shop = self.stage.shop
        simple = [product for product in shop.products.values() if product.id not in shop.variants_by_product]
        return [*simple, *shop.variants.values()]

    def _order_at_tray(self, at: int) -> Any:
        orders = list(self.stage.shop.orders.values())
        return orders[at % len(orders)]

    def _product(self, at: int) -> Product:
        products = list(Product.objects.of(self.stage.company).order_by("pk"))
        return products[at % len(products)]

    def _link(self, row: ListingVariant, product: Product) -> None:
        link_variant(company=self.stage.company, variant_id=row.pk, product_id=product.pk, by=BY, now=datetime.now(UTC))

    def _place(self, at: int) -> dict[str, Any]:
        product_id = self._product(at).pk
        return {"company": self.stage.company, "product_id": product_id, "warehouse_id": self.stage.warehouse.pk}

    def _everything(self) -> list[Any]:
        company = self.stage.company
        models: tuple[Any, ...] = (Order, Balance, PublishedStock, OrderSighting, ListingVariant)
        return [list(model.objects.of(company).order_by("pk").values()) for model in models] + [self.stage.writes()]

    def _log(self, run: SyncRun) -> set[tuple[str, str, int | None]]:
        events = SyncEvent.objects.of(self.stage.company).filter(run=run, kind__in=_ORDER_KINDS)
        return set(events.values_list("kind", "key", "after"))
