"""The promises, judged from outside once all is quiet: the database by plain SQL beside what Tray and SEFAZ hold."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ahead.sandbox.tray.moments import BRASILIA
from ahead.sandbox.tray.records import Order as TrayOrder
from campaign import books
from campaign.books import HeldOrder, money, rows
from campaign.plan import Line
from campaign.story import Place, Told
from campaign.tray_faults import Door
from campaign.world import World

Wrong = Iterator[str]
CANCELLED = {5, 64}  # at Tray
FRESH = timedelta(seconds=75)  # the minute, and what is in flight at its end
_RUNS = """
SELECT number, started_at, finished_at, tray_total, held_total, state FROM sync_syncrun
WHERE store_id = %s AND NOT is_dry ORDER BY number
"""


def overtaken(world: World, told: Told) -> list[Place]:
    """Return the orders that were cancelled at Tray just as a status of them was on its way there."""
    statuses = {place: world.shops[place[0]].shop.orders[place[1]].status_id for place in told.cancelled}
    return [place for place, status in statuses.items() if status not in CANCELLED]


class Judge:
    """Knows both sides, and says what is wrong between them; nothing if all promises hold."""

    def __init__(self, world: World, told: Told, door: Door) -> None:
        self.world, self.told, self.door = world, told, door
        self.held = books.held_orders(world)
        self.by_place = {order.place: order for order in self.held}
        self.at_tray: dict[Place, TrayOrder] = {
            (place, order.id): order for place, one in enumerate(world.shops) for order in one.shop.orders.values()
        }
        self.changed = books.orders_with("order_changed")

    def verdict(self) -> list[str]:
        """Return all that is wrong."""
        parts: Iterable[Wrong] = (
            self._lost_or_doubled(), self._written_over(), self._states(), self._money(), self._customers(),
            self._stock(), self._reservations(), self._at_tray(), self._kits(), self._books_balance(), self._runs(),
            self._limits(),
        )  # fmt: skip
        return [*self.told.wrong, *itertools.chain.from_iterable(parts)]

    # ── orders ────────────────────────────────────────────────────────────────────────────────────────────

    def _lost_or_doubled(self) -> Wrong:
        for place, times in Counter(order.place for order in self.held).items():
            if times > 1:
                yield f"order {place} is held {times} times"
        for place, order in self.at_tray.items():
            if place not in self.by_place and not self._is_cancelled(order):
                yield f"order {place} is lost"
        for place in self.by_place.keys() - self.at_tray.keys():
            yield f"order {place} is held, and Tray has none"
        numbers = [number for (number,) in rows("SELECT number FROM orders_order ORDER BY number")]
        if numbers != list(range(1, len(numbers) + 1)):
            yield "the numbers of orders have gaps or doubles"

    def _written_over(self) -> Wrong:
        """A status is written on what Tray showed within the last minute: Tray knows no «only if it is still so»."""
        for place in overtaken(self.world, self.told):
            cancelled_at = self.told.cancelled[place]
            later = [at for at in self.door.put[self.world.shops[place[0]].slug, place[1]] if at > cancelled_at]
            if not later or min(later) - cancelled_at > FRESH:
                yield f"order {place} was cancelled at {cancelled_at}, and written over at {later}"

    def _states(self) -> Wrong:
        matters = {order_id for _, order_id, _ in books.open_matters()}
        for place, order in self.at_tray.items():
            held = self.by_place.get(place)
            if held is None:
                continue
            if self._is_cancelled(order):
                yield from self._cancelled(place, held)
            elif held.state not in {"open", "invoiced"} and not (held.state == "held" and held.pk in matters):
                yield f"order {place} is {held.state} here and alive at Tray, and no matter says why"
            elif self.told.planned[place].wants_nota and held.state != "invoiced":
                yield f"order {place} was to have a nota and is {held.state}"
            if held.is_acknowledgement_due:
                yield f"order {place} still owes Tray a status"
            wanted = {"open": "A ENVIAR - SINCRONIZADO", "invoiced": "FATURADO"}.get(held.state)
            shown = self.world.shops[place[0]].shop.statuses[order.status_id].name
            if wanted and not self._is_cancelled(order) and shown != wanted and held.pk not in self.changed:
                yield f"order {place} is {held.state} here and «{shown}» at Tray"

    def _cancelled(self, place: Place, held: HeldOrder) -> Wrong:
        has_nota = books.one("SELECT COUNT(*) FROM fiscal_nota WHERE order_id = %s AND state = 'authorised'", held.pk)
        if has_nota and held.pk not in self.changed:
            yield f"order {place} was cancelled after its nota, and nobody is asked what to do"
        if not has_nota and held.state != "cancelled":
            yield f"order {place} is cancelled at Tray and {held.state} here"

    def _money(self) -> Wrong:
        for held in self.held:
            order = self.at_tray.get(held.place)
            if order is None:
                continue
            if held.explained + held.remainder != held.total:
                yield f"order {held.place}: its parts do not make its total"
            if held.remainder or held.lines != money(self._partial(held, order)):
                yield f"order {held.place}: lines {held.lines}, remainder {held.remainder}"
            if held.total != money(order.total) and not self._is_settled(held):
                yield f"order {held.place}: {held.total} here, {order.total} at Tray"
            text = f"{order.fields['date']} {order.fields['hour']}"
            placed = datetime.fromisoformat(text).replace(tzinfo=BRASILIA).astimezone(UTC)
            if placed != held.placed_at:
                yield f"order {held.place}: placed at {held.placed_at} here, {placed} at Tray"

    def _partial(self, held: HeldOrder, order: TrayOrder) -> Decimal:
        """What the lines come to: Tray's sum, unless ours had to stay as it was."""
        return held.lines if self._is_settled(held) else Decimal(order.text("partial_total"))

    def _is_settled(self, held: HeldOrder) -> bool:
        """Whether Tray's order may differ from ours: it has its nota, or is cancelled, and was edited besides."""
        if held.place not in self.told.edited:
            return False
        return held.state == "cancelled" or held.pk in self.changed

    def _customers(self) -> Wrong:
        sql = "SELECT document, COUNT(*) FROM customers_customer WHERE document <> '' GROUP BY document"
        documents = dict(rows(sql))
        for document, times in documents.items():
            if times > 1:
                yield f"the CPF {document} is {times} customers"
        for held in self.held:
            person = self.world.people[self.told.planned[held.place].buyer]
            if held.document != person["cpf"]:
                yield f"order {held.place} belongs to {held.document}, and {person['cpf']} bought it"

    # ── stock ─────────────────────────────────────────────────────────────────────────────────────────────

    def _stock(self) -> Wrong:
        moved = dict(rows("SELECT product_id, SUM(quantity) FROM stock_movement GROUP BY product_id"))
        promised = dict(
            rows("SELECT product_id, SUM(quantity) FROM stock_reservation WHERE state = 'open' GROUP BY product_id")
        )
        left: Counter[int] = Counter()
        for units in books.sold().values():
            left.update(units)
        first = dict(zip(self.world.sku_ids, self.world.plan.on_hand, strict=True))
        for product_id, on_hand, reserved in rows("SELECT product_id, on_hand, reserved FROM stock_balance"):
            if on_hand != (moved.get(product_id) or 0):
                yield f"product {product_id}: {on_hand} on hand, movements come to {moved.get(product_id)}"
            if reserved != (promised.get(product_id) or 0):
                yield f"product {product_id}: {reserved} reserved, reservations come to {promised.get(product_id)}"
            if product_id in first:
                expected = first[product_id] + self.told.moved[product_id] - left[product_id]
                if on_hand != expected:
                    yield f"product {product_id}: {on_hand} on hand, and {expected} by what was opened, moved and sold"

    def _reservations(self) -> Wrong:
        open_ones, sold = books.reserved(state="open"), books.sold()
        consumed, released = books.reserved(state="consumed"), books.reserved(state="released")
        for held in self.held:
            wanted, at_hand = self._units(held), open_ones.get(held.pk, Counter())
            if held.state in {"open", "held"} and at_hand != wanted:
                yield f"order {held.place} is {held.state}: {dict(at_hand)} reserved, {dict(wanted)} wanted"
            if held.state in {"invoiced", "cancelled"} and at_hand:
                yield f"order {held.place} is {held.state} and still has {dict(at_hand)} reserved"
            left = sold.get(held.pk, Counter())
            if held.state == "invoiced" and not (left == consumed.get(held.pk, Counter()) == wanted):
                yield f"order {held.place} is invoiced: {dict(left)} left, {dict(wanted)} were sold"
            if held.state == "cancelled" and (left or consumed.get(held.pk)):
                yield f"order {held.place} is cancelled, and goods left for it"
            if held.state == "cancelled" and not released.get(held.pk) and self._was_reserved(held):
                yield f"order {held.place} is cancelled, and gave nothing back"

    def _was_reserved(self, held: HeldOrder) -> bool:
        return all(line.kind != "stranger" for line in self.told.planned[held.place].lines)

    def _units(self, held: HeldOrder) -> Counter[int]:
        """Return what an order takes off the shelf, by our products."""
        if self._is_settled(held):
            return self._planned_units(held.place)
        order, found = self.at_tray[held.place], Counter[int]()
        for line in order.lines:
            kind, *numbers = line["reference"].split("-")
            name = {"SKU": "sku", "KIT": "kit", "EXT": "stranger"}[kind]
            found.update(self._taken(held.place[0], Line(name, int(numbers[-1]), int(line["quantity"]))))
        return found

    def _planned_units(self, place: Place) -> Counter[int]:
        found: Counter[int] = Counter()
        for line in self.told.planned[place].lines:
            found.update(self._taken(place[0], line))
        return found

    def _taken(self, shop: int, line: Line) -> dict[int, int]:
        if line.kind == "sku":
            return {self.world.sku_ids[line.number]: line.units}
        if line.kind == "kit":
            parts = self.world.plan.kits[line.number]
            return {self.world.sku_ids[part.sku]: part.units * line.units for part in parts}
        product_id = self.world.stranger_ids.get((shop, line.number))
        return {} if product_id is None else {product_id: line.units}

    def _at_tray(self) -> Wrong:
        """What Tray shows of each SKU is what may be sold."""
        available = books.available()
        for place, one in enumerate(self.world.shops):
            known = dict(zip((product.id for product in one.skus), self.world.sku_ids, strict=True))
            known |= {
                product.id: self.world.stranger_ids[place, number]
                for number, product in enumerate(one.strangers)
                if (place, number) in self.world.stranger_ids
            }
            for tray_id, product_id in known.items():
                shown = one.shop.product_stock(tray_id)
                if shown != available.get(product_id, 0):
                    name = one.shop.products[tray_id].reference
                    yield f"{one.slug} shows {shown} of {name}, {available.get(product_id, 0)} may be sold"

    def _kits(self) -> Wrong:
        from ahead.stock.kits import kits_in_stores

        available = books.available()
        stores = [one.store for one in self.world.shops]
        said = kits_in_stores(self.world.company, self.world.kit_ids, stores)
        for number, (kit_id, parts) in enumerate(zip(self.world.kit_ids, self.world.plan.kits, strict=True)):
            expected = min(available.get(self.world.sku_ids[part.sku], 0) // part.units for part in parts)
            for one in self.world.shops:
                shown = one.shop.product_stock(one.kits[number].id)
                ours = said[kit_id, one.store.pk].available
                if not shown == ours == expected:
                    yield f"kit {number}: {shown} at {one.slug}, {ours} here, {expected} by its components"

    # ── runs and limits ───────────────────────────────────────────────────────────────────────────────────

    def _books_balance(self) -> Wrong:
        for place, one in enumerate(self.world.shops):
            sql = "SELECT tray_id FROM sync_ordersighting WHERE store_id = %s AND NOT is_gone"
            seen = {tray_id for (tray_id,) in rows(sql, one.store.pk)}
            there = {tray_id for found, tray_id in self.at_tray if found == place}
            if seen != there:
                yield f"{one.slug}: seen and not there {seen - there}, there and not seen {there - seen}"
            sql = "SELECT COUNT(*) FROM sync_ordersighting WHERE store_id = %s AND due <> ''"
            if due := books.one(sql, one.store.pk):
                yield f"{one.slug}: {due} orders are still due"
            theirs, ours, state = rows(_RUNS, one.store.pk)[-1][3:]
            if theirs != ours or state != "clean":
                yield f"{one.slug}: the last run is {state}, Tray says {theirs} and we hold {ours}"

    def _runs(self) -> Wrong:
        for one in self.world.shops:
            runs = [row[:3] for row in rows(_RUNS, one.store.pk)]
            for (number, _, end), (_, start, _) in itertools.pairwise(runs):
                if end is None or books.instant(end) > books.instant(start):
                    yield f"{one.slug}: run {number} was not over when the next one began"
        twice = rows("SELECT order_id, COUNT(*) FROM sync_syncevent WHERE kind = 'order_imported' GROUP BY order_id")
        for order_id, times in twice:
            if times > 1 and order_id is not None:
                yield f"order {order_id} was imported {times} times by the log"

    def _limits(self) -> Wrong:
        for one in self.world.shops:
            counters, switches = one.shop.counters, one.shop.switches
            ours = counters.by_answer[429] - one.faults.injected["429"]
            most: Any = max(counters.by_minute.values(), default=0)
            if ours or most > (switches.rate_limit_per_minute or 0):
                yield f"{one.slug}: {ours} times over the limit, {most} requests in a minute"
            if max(counters.by_day.values(), default=0) > (switches.daily_limit or 0):
                yield f"{one.slug}: the quota of the day is overspent"

    @staticmethod
    def _is_cancelled(order: TrayOrder) -> bool:
        return order.status_id in CANCELLED
