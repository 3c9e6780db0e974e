"""The stock of what is taken over: what Tray shows, and what it had taken off already for orders that wait here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ahead.catalog.adoption import Adopted
from ahead.catalog.models import KitComponent
from ahead.orders.queries import WaitingLine, waiting_lines
from ahead.stock.centers import warehouses_of_centers
from ahead.stock.models import Movement
from ahead.stock.operations import Opening, move_stock, set_opening
from ahead.stock.publishing import record_read_back
from ahead.stock.reservations import sales_warehouses
from ahead.sync.exchange import Exchange
from ahead.sync.models import OrderSighting
from ahead.sync.orders_in import let_go_on

_WHY = "O Tray já tinha tirado do saldo dele, para pedidos que esperavam aqui"
Lying = Mapping[int, Sequence[tuple[int, int]]]  # by variant at Tray: centre at Tray, units


@dataclass
class Shelf:
    """
    What lies on the shelf beyond what Tray shows: what it took off for orders that wait for these very products.

    Once their products are known these orders reserve it. Of an order that came, ended or changed while Tray was read
    nobody can say what the reading knows of it. So what counts was waiting before anything was read, and waits still
    when it was looked at afterwards: one unit too few is a sale that is lost, one too many is sold twice.
    """

    exchange: Exchange
    _before: dict[int, WaitingLine] = field(init=False)  # by line
    _awaited: set[int] = field(init=False)  # listings
    _opened: set[int] = field(default_factory=set)  # products whose stock is what Tray showed since
    _looked_at: float = field(init=False)  # monotonic

    def __post_init__(self) -> None:
        lines = waiting_lines(self.exchange.company_id, self.exchange.store.pk)
        self._before = {line.item_id: line for line in lines}
        self._awaited = {line.listing_id for line in lines}
        self._looked_at = time.monotonic()

    def look_again(self, listing_id: int, *, read_at: float) -> None:
        """
        See what became of the orders that wait for a listing, if that is not known since it was read.

        :raises RunEnds, tray.TrayError: if Tray does not tell.
        """
        is_awaited = listing_id in self._awaited
        if is_awaited and self._looked_at <= read_at and self.exchange.look_again is not None:
            self._looked_at = time.monotonic()
            self.exchange.look_again()

    def waiting(self, listing_id: int) -> list[tuple[WaitingLine, int]]:
        """Return the lines that wait for a listing, and the units that each surely waited for all the time."""
        exchange = self.exchange
        lines = [
            line
            for line in waiting_lines(exchange.company_id, exchange.store.pk, listing_id=listing_id)
            if line.item_id in self._before
        ]
        seen = OrderSighting.objects.of(exchange.company_id).filter(
            store=exchange.store, tray_id__in={line.tray_order_id for line in lines}, due=OrderSighting.Due.NOTHING
        )
        settled = set(seen.values_list("tray_id", flat=True))
        return [
            (line, min(line.quantity, self._before[line.item_id].quantity))
            for line in lines
            if line.tray_order_id in settled
        ]

    def open_stock(
        self, adopted: Adopted, lying: Lying, waiting: Sequence[tuple[WaitingLine, int]], *, by: str, now: datetime
    ) -> int:
        """
        Book what lies there of products that AHEAD did not know: without it the next stock out would empty the shop.

        The orders that wait for them go on in the same transaction: nobody is offered what they take. Return how many
        units of theirs were booked beyond what Tray shows.
        """
        exchange = self.exchange
        places = sales_warehouses(exchange.company_id, exchange.store.pk)
        made = [(product.pk, units) for product, units in adopted.made if not product.is_kit]
        if exchange.store.is_multicd:
            rows = self._lying_by_center(adopted, [product for product, _ in made], lying)
        else:
            rows = [Opening(product, places[0], units) for product, units in made if places]
        if rows:
            set_opening(company=exchange.store.company, rows=rows, by=by, now=now)
        self._opened |= {product for product, _ in made}
        if not adopted.listing.is_kit:
            record_read_back(exchange.company_id, exchange.store.pk, adopted.shown, now=now)
        taken = self._taken(adopted, waiting, places)
        for (product, place), units in sorted(taken.items()):
            move_stock(
                company=exchange.store.company, product_id=product, warehouse_id=place, quantity=units,
                kind=Movement.Kind.OPENING, reason=_WHY, by=by, now=now,
            )  # fmt: skip
        if waiting:
            exchange.tell(let_go_on(exchange, now))
        return taken.total()

    def _lying_by_center(self, adopted: Adopted, made: Iterable[int], lying: Lying) -> list[Opening]:
        places = warehouses_of_centers(self.exchange.store)
        variants = {variant.product_id: variant.tray_variant_id or 0 for variant in adopted.listing.variants.all()}
        return [
            Opening(product, places[center], units)
            for product in made
            for center, units in lying.get(variants[product], ())
            if center in places
        ]

    def _taken(
        self, adopted: Adopted, waiting: Sequence[tuple[WaitingLine, int]], places: Sequence[int]
    ) -> Counter[tuple[int, int]]:
        """Return the units that Tray took of what was opened here, by product and Estoque: of a kit, its components."""
        taken: Counter[tuple[int, int]] = Counter()
        if not (waiting and places):
            return taken
        by_center = warehouses_of_centers(self.exchange.store)
        products = {variant.pk: variant.product_id or 0 for variant in adopted.listing.variants.all()}
        parts = KitComponent.objects.of(self.exchange.company_id).filter(kit__in=products.values())
        composed = list(parts.values_list("kit_id", "product_id", "quantity"))
        for line, units in waiting:
            sold = products.get(line.variant_id, 0)
            of_kit = [(part, quantity) for kit, part, quantity in composed if kit == sold]
            for product, quantity in of_kit or [(sold, 1)]:
                if product in self._opened:
                    taken[product, by_center.get(line.center_tray_id or 0, places[0])] += quantity * units
        return taken
