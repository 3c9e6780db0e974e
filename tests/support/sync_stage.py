"""A stage for syncs: a company with a Loja that is connected, over a real socket, to a store of the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ahead.accounts.models import Company
from ahead.catalog.models import Product
from ahead.catalog.operations import create_product
from ahead.orders.models import Order
from ahead.pending.models import PendingMatter
from ahead.sandbox.tray import TraySandbox, trade
from ahead.stock.models import Balance, Movement, Reservation, Warehouse
from ahead.stock.operations import Opening, set_opening
from ahead.stores.models import StatusRole, Store
from ahead.stores.operations import choose_statuses, register_store
from ahead.stores.triggers import Trigger
from ahead.sync.connecting import finish_connection
from ahead.sync.models import EventKind, OrderSighting, SweepState, SyncEvent, SyncRun
from ahead.sync.runner import run_sync

BY = "ana@padaria.example"


@dataclass
class Stage:
    """Both sides of a sync, and what tests ask of them."""

    box: TraySandbox
    address: str
    company: Company
    warehouse: Warehouse
    shop: Any = None  # the sandbox's store
    store: Store = None  # type: ignore[assignment]  # the Loja
    ahead: timedelta = timedelta(0)  # how far Tray's clock is ahead of ours

    def open_store(self, slug: str = "padaria", store_id: int = 999001, **switches: Any) -> Stage:
        """Open a store at Tray, register it as a Loja and connect it; the sandbox's own limit is off."""
        switches = {"rate_limit_per_minute": None, **switches}
        keys = {"consumer_key": f"ck-{slug}", "consumer_secret": f"cs-{slug}"}
        self.shop = self.box.add_store(
            slug=slug, store_id=store_id, name=slug.title(), cnpj="11222333000181", **keys, **switches
        )
        now = datetime.now(UTC)
        self.store = register_store(
            company=self.company,
            name=f"Loja {slug}",
            address=f"{self.address}/lojas/{slug}",
            warehouses=[self.warehouse.pk],
            import_from=(now - timedelta(days=20)).date(),
            by=BY,
            now=now,
            **keys,
        )
        # against a server of our own: no minute to wait for
        Store.objects.of(self.company).filter(pk=self.store.pk).update(requests_per_minute=60_000)
        finish_connection(
            self.company,
            self.store.pk,
            code=self.shop.authorise(),
            api_address=f"{self.address}/lojas/{slug}/web_api",
            by=BY,
            now=now,
        )
        self.choose(
            {
                StatusRole.IMPORT: ["A ENVIAR", "A ENVIAR VINDI"],
                StatusRole.UPDATE: ["A ENVIAR - SINCRONIZADO"],
                StatusRole.CANCELLED: ["CANCELADO", "CANCELADO AUT"],
            }
        )
        return self

    def choose(self, choices: dict[StatusRole, list[str]]) -> None:
        """Choose statuses of the Loja by their names."""
        rows = dict(self.store.statuses.values_list("name", "pk"))
        by_row = {role: [rows[name] for name in names] for role, names in choices.items()}
        choose_statuses(company=self.company, store_id=self.store.pk, choices=by_row, by=BY, now=datetime.now(UTC))
        self.store.refresh_from_db()

    def add_product(
        self, reference: str, *, on_hand: int = 100, at_tray: int | None = None, gtin: str = "", price: str = "10.00"
    ) -> tuple[Product, Any]:
        """Make a product on both sides, with the same reference."""
        ours = self.add_ours(reference, on_hand=on_hand, gtin=gtin)
        units = on_hand if at_tray is None else at_tray
        theirs = self.shop.add_product(
            name=f"Produto {reference}", reference=reference, ean=gtin, price=Decimal(price), stock=units
        )
        return ours, theirs

    def sold(self, place: int) -> Any:
        """Return the product at this place of Tray's list."""
        return list(self.shop.products.values())[place]

    def add_ours(self, reference: str, *, on_hand: int = 100, gtin: str = "") -> Product:
        """Make a product of ours."""
        now = datetime.now(UTC)
        product = create_product(
            company=self.company, code=f"C-{reference}", name=f"Produto {reference}", reference=reference,
            gtin=gtin, weight_g=350, length_cm=12, width_cm=9, height_cm=9, by=BY, now=now,
        )  # fmt: skip
        if on_hand:
            opening = Opening(product_id=product.pk, warehouse_id=self.warehouse.pk, quantity=on_hand)
            set_opening(company=self.company, rows=[opening], by=BY, now=now)
        return product

    def sync(
        self,
        *,
        asked: int = 0,
        holder: str = "teste",
        trigger: Trigger = Trigger.COMMAND,
        listener: Callable[[SyncRun], None] | None = None,
    ) -> SyncRun:
        """Sync once and return the run."""
        asked_by = BY if trigger == Trigger.COMMAND else ""
        run_sync(
            store_id=self.store.pk, asked=asked, trigger=trigger, holder=holder, asked_by=asked_by, listener=listener
        )
        run = SyncRun.objects.of(self.company).filter(store=self.store).order_by("-number").first()
        assert run is not None
        return run

    def later(self, seconds: float = 20) -> None:
        """Let Tray's clock be ahead by so many seconds more: what changes there now has a newer instant."""
        self.ahead += timedelta(seconds=seconds)
        self.box.clock = lambda: datetime.now(UTC) + self.ahead

    def edit_lines(self, tray_id: int, change: Callable[[list[dict[str, Any]]], Any]) -> None:
        """Change the lines of an order at Tray, as the merchant would; its totals follow."""
        self.later()
        order = self.shop.orders[tray_id]
        with self.shop.changing():
            change(order.lines)
            if all(str(line["quantity"]).isdigit() for line in order.lines):
                trade.settle(order)
            self.shop.touch(order)

    def move(self, tray_id: int, status: str) -> None:
        """Move an order at Tray to another status, a little later."""
        self.later()
        self.shop.set_order_status(tray_id, status)

    def matter(self, kind: str) -> PendingMatter:
        """Return the one open matter of a kind."""
        (found,) = self.matters(kind)
        return found

    def error(self, run: SyncRun) -> SyncEvent:
        """Return the one line of a run's list of errors."""
        (found,) = self.events(run, EventKind.ERROR)
        return found

    def reserved(self, tray_id: int) -> list[tuple[str, int]]:
        """Return what is reserved for an order: the product's reference, and units."""
        rows = Reservation.objects.of(self.company).filter(order_id=self.order(tray_id).pk, state="open")
        return sorted(rows.values_list("product__reference", "quantity"))

    def order(self, tray_id: int) -> Order:
        """Return our order of a Tray order."""
        return Order.objects.of(self.company).get(store=self.store, tray_id=tray_id)

    def orders(self) -> list[Order]:
        """Return all our orders of the Loja."""
        return list(Order.objects.of(self.company).filter(store=self.store).order_by("tray_id"))

    def events(self, run: SyncRun, kind: EventKind) -> list[SyncEvent]:
        """Return what a run logged of one kind."""
        return list(SyncEvent.objects.of(self.company).filter(run=run, kind=kind))

    def errors(self, run: SyncRun) -> list[str]:
        """Return the texts of a run's list of errors."""
        return [event.text for event in self.events(run, EventKind.ERROR)]

    def matters(self, kind: str = "") -> list[PendingMatter]:
        """Return the open matters."""
        found = PendingMatter.objects.of(self.company).filter(resolved_at=None)
        return list(found.filter(kind=kind) if kind else found)

    def balance(self, product: Product) -> tuple[int, int]:
        """Return what is on hand and what is reserved of a product."""
        row = Balance.objects.of(self.company).get(product=product, warehouse=self.warehouse)
        return row.on_hand, row.reserved

    def writes(self, prefix: str = "PUT") -> list[tuple[str, int, dict[str, Any]]]:
        """Return what was written at Tray."""
        return [write for write in self.shop.counters.writes if write[0].startswith(prefix)]

    def age_sweep(self, **past: float) -> None:
        """Let the last full sweep, and the last reading of the catalogue, lie so far back."""
        then = datetime.now(UTC) - timedelta(**past)
        SweepState.objects.of(self.company).filter(store=self.store).update(swept_fully_at=then, catalogue_read_at=then)

    def due(self) -> int:
        """Return how many sightings still have something due."""
        return OrderSighting.objects.of(self.company).filter(store=self.store).exclude(due="").count()


def assert_books_balance(company: Company) -> None:
    """Hold the promises of the stock: sum of movements = on hand, sum of open reservations = reserved."""
    for balance in Balance.objects.of(company):
        moved = sum(
            Movement.objects.of(company)
            .filter(product_id=balance.product_id, warehouse_id=balance.warehouse_id)
            .values_list("quantity", flat=True)
        )
        promised = sum(
            Reservation.objects.of(company)
            .filter(product_id=balance.product_id, warehouse_id=balance.warehouse_id, state="open")
            .values_list("quantity", flat=True)
        )
        assert (balance.on_hand, balance.reserved) == (moved, promised)


def assert_complete(stage: Stage, orders: list[int]) -> None:
    """Nothing lost, nothing doubled, both sides agree."""
    assert [order.tray_id for order in stage.orders()] == orders
    assert {stage.shop.orders[tray_id].status_id for tray_id in orders} == {901}
    assert {order.number for order in stage.orders()} == set(range(1, len(orders) + 1))
    assert stage.due() == 0
    assert next(iter(stage.shop.products.values())).stock == 100 - len(orders)
    assert_books_balance(stage.company)
