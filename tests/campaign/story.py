"""Lets the plan happen: customers at Tray, people in AHEAD, the agenda; everything at its time, nothing waited for."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ahead.catalog.models import ListingVariant
from ahead.catalog.operations import create_product, link_variant
from ahead.fiscal import pressing
from ahead.fiscal.models import Nota
from ahead.jobs.asking import ask_sync
from ahead.jobs.notas import send_notas
from ahead.lib.errors import Refused
from ahead.orders.models import Order
from ahead.pending.models import PendingMatter
from ahead.sandbox.tray.records import Order as TrayOrder
from ahead.stock.operations import Opening, count_stock, move_stock, set_opening
from ahead.stores.models import StoreAgenda
from ahead.stores.triggers import Trigger
from campaign.plan import Fate, Line, PlannedOrder, StockMove
from campaign.world import BY, NCM, OneShop, World

Place = tuple[int, int]  # shop, id at Tray
_AFTER_NOTA = {Fate.CANCELLED_AFTER, Fate.EDITED_AFTER}
_BEFORE_NOTA = {Fate.CANCELLED_BEFORE, Fate.EDITED_BEFORE}
_PRESS_EVERY, _LOOK_EVERY = 5.0, 1.0
_LONGEST_TAIL = 10.0  # seconds after the last order
STRANGER_UNITS = 200


@dataclass
class Told:
    """What really happened, for who judges it afterwards."""

    planned: dict[Place, PlannedOrder] = field(default_factory=dict)
    paid_at: dict[Place, datetime] = field(default_factory=dict)
    edited: set[Place] = field(default_factory=set)
    cancelled: dict[Place, datetime] = field(default_factory=dict)
    moved: Counter[int] = field(default_factory=Counter)  # by our product, what people booked
    acts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Story:
    """One telling of the plan."""

    def __init__(self, world: World, *, agenda_every: float) -> None:
        self.world, self.told = world, Told()
        self._agenda_every = agenda_every
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._noticed: set[Place] = set()
        self._began = 0.0

    def tell(self) -> None:
        """Let all of it happen; what follows upon a nota may come after the last order."""
        plan = self.world.plan
        for planned in plan.orders:
            self._at(planned.at, lambda planned=planned: self._place(planned))  # type: ignore[misc]
        for move in plan.moves:
            self._at(move.at, lambda move=move: self._move(move))  # type: ignore[misc]
        self._at(plan.seconds * 0.5, self.link_strangers)
        for share in (0.2, 0.4, 0.7):
            self._at(plan.seconds * share, self._press_sync_twice)
        self._began = time.monotonic()
        until = plan.seconds + min(plan.seconds, _LONGEST_TAIL)
        self._every(self._agenda_every, self.let_agenda_come, until=until)
        self._every(_PRESS_EVERY, self.press, until=until)
        self._every(_LOOK_EVERY, self.look, until=until)
        self._go_through()

    def _at(self, when: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._due, (when, next(self._numbers), do))

    def _soon(self, after: float, do: Callable[[], None]) -> None:
        self._at(time.monotonic() - self._began + after, do)

    def _every(self, seconds: float, do: Callable[[], None], *, until: float) -> None:
        when = seconds
        while when < until:
            self._at(when, do)
            when += seconds

    def _go_through(self) -> None:
        while self._due:
            when, _, do = heapq.heappop(self._due)
            time.sleep(max(0.0, self._began + when - time.monotonic()))
            do()

    def finish(self) -> None:
        """Let what still follows upon notas happen; call it until nothing is left to follow."""
        self.look()
        self._go_through()

    # ── at Tray ───────────────────────────────────────────────────────────────────────────────────────────

    def _place(self, planned: PlannedOrder) -> None:
        one = self.world.shops[planned.shop]
        items = [(self._item(one, line), line.units) for line in planned.lines]
        customer = self.world.account(planned.shop, planned.buyer, is_other=planned.is_other_account)
        status = "AGUARDANDO PAGAMENTO" if planned.pays_after else planned.status
        order = one.shop.place_order(items=items, customer=customer, status=status, shipment_value="15.90")
        place = (planned.shop, order.id)
        self.told.planned[place] = planned
        self.told.acts["order placed"] += 1
        if planned.pays_after:
            self._soon(planned.pays_after, lambda: self._pay(place))
        else:
            self._paid(place)

    @staticmethod
    def _item(one: OneShop, line: Line) -> Any:
        return {"sku": one.skus, "kit": one.kits, "stranger": one.strangers}[line.kind][line.number]

    def _pay(self, place: Place) -> None:
        self._shop(place).set_order_status(place[1], self.told.planned[place].status)
        self.told.acts["paid later"] += 1
        self._paid(place)

    def _paid(self, place: Place) -> None:
        self.told.paid_at[place] = datetime.now(UTC)
        planned = self.told.planned[place]
        if planned.fate not in {*_AFTER_NOTA, Fate.STAYS} and not planned.meets_fate_inside:
            self._soon(planned.fate_after, lambda: self._meet_fate(place))

    def _meet_fate(self, place: Place) -> None:
        fate = self.told.planned[place].fate
        if fate in {Fate.CANCELLED_BEFORE, Fate.CANCELLED_AFTER}:
            self._shop(place).cancel_order(place[1])
            self.told.cancelled[place] = datetime.now(UTC)
        else:
            self._edit(place)
        self.told.acts[fate.value] += 1

    def _edit(self, place: Place) -> None:
        shop = self._shop(place)
        order = shop.orders[place[1]]
        with shop.changing():
            if line := _plain_line(order):
                line["quantity"] = str(int(line["quantity"]) + 1)
            shop.edit_order(order.id, shipment_value="19.90")
        self.told.edited.add(place)

    def _shop(self, place: Place) -> Any:
        return self.world.shops[place[0]].shop

    # ── people in AHEAD ───────────────────────────────────────────────────────────────────────────────────

    def _move(self, move: StockMove) -> None:
        now = datetime.now(UTC)
        product_id = self.world.sku_ids[move.sku]
        where: dict[str, Any] = {"company": self.world.company, "product_id": product_id, "by": BY, "now": now}
        where["warehouse_id"] = self.world.warehouse.pk
        with suppress(Refused):
            if move.kind == "count":
                movement = count_stock(counted=move.units, **where)
            else:
                units = move.units if move.kind == "entry" else -move.units
                movement = move_stock(quantity=units, kind=move.kind, **where)
            if movement is not None:
                self.told.moved[product_id] += movement.quantity
                self.told.acts["stock moved in AHEAD"] += 1

    def link_strangers(self) -> None:
        """Do with each unknown SKU what the matter says: make it a product, and link it."""
        company = self.world.company
        open_ones = PendingMatter.objects.of(company).filter(kind="unknown_sku", resolved_at=None)
        for variant_id in list(open_ones.values_list("facts__variant_id", flat=True)):
            variant = ListingVariant.objects.of(company).get(pk=variant_id)
            key = self._stranger_of(variant.store_id, variant.tray_product_id or 0)
            if key not in self.world.stranger_ids:
                self.world.stranger_ids[key] = self._adopt(*key)
            if variant.product_id is not None:
                continue  # the next sync closes the matter
            link_variant(
                company=company, variant_id=variant.pk, product_id=self.world.stranger_ids[key], by=BY,
                now=datetime.now(UTC),
            )  # fmt: skip
            self.told.acts["unknown SKU linked"] += 1

    def _stranger_of(self, store_id: int, tray_product_id: int) -> tuple[int, int]:
        place = next(place for place, one in enumerate(self.world.shops) if one.store.pk == store_id)
        ids = [product.id for product in self.world.shops[place].strangers]
        return place, ids.index(tray_product_id)

    def _adopt(self, place: int, number: int) -> int:
        now = datetime.now(UTC)
        product = create_product(
            company=self.world.company, code=f"N{place}{number}", name=f"Novidade {place} {number}", ncm=NCM,
            weight_g=350, length_cm=12, width_cm=9, height_cm=9, by=BY, now=now,
        )  # fmt: skip
        opening = Opening(product.pk, self.world.warehouse.pk, STRANGER_UNITS)
        set_opening(company=self.world.company, rows=[opening], by=BY, now=now)
        return product.pk

    def press(self) -> None:
        """Press *Gerar Notas* for every order that is to have one, and is ready for it."""
        company = self.world.company
        rows = Order.objects.of(company).filter(state=Order.State.OPEN, tray_id__isnull=False)
        chosen = [pk for pk, *place in rows.values_list("pk", "store_id", "tray_id") if self._wants_nota(*place)]
        if not chosen:
            return
        with suppress(Refused):
            pressing.press(company, chosen, by=BY, now=datetime.now(UTC))
            send_notas(company.pk)
            self.told.acts["Gerar Notas pressed"] += 1

    def _wants_nota(self, store_id: int, tray_id: int) -> bool:
        place = self._place_of(store_id, tray_id)
        planned = self.told.planned.get(place)
        if planned is None or not planned.wants_nota:
            return False
        return planned.fate != Fate.EDITED_BEFORE or place in self.told.edited

    def _place_of(self, store_id: int, tray_id: int) -> Place:
        return next(place for place, one in enumerate(self.world.shops) if one.store.pk == store_id), tray_id

    def look(self) -> None:
        """Let what follows upon an order's coming in, or upon its nota, follow."""
        company = self.world.company
        notas = Nota.objects.of(company).filter(state=Nota.State.AUTHORISED)
        for place in notas.values_list("order__store_id", "order__tray_id"):
            self._follow(place, _AFTER_NOTA)
        for place in Order.objects.of(company).values_list("store_id", "tray_id"):
            self._follow(place, _BEFORE_NOTA)

    def _follow(self, place: tuple[int, int], fates: set[Fate]) -> None:
        place = self._place_of(*place)
        planned = self.told.planned[place]
        is_waited_for = planned.meets_fate_inside or planned.fate in _AFTER_NOTA
        if planned.fate in fates and is_waited_for and place not in self._noticed:
            self._noticed.add(place)
            self._soon(planned.fate_after, lambda: self._meet_fate(place))

    def _press_sync_twice(self) -> None:
        """Two people press *Sincronizar* of one Loja at once: at most one run comes of it."""
        for one in self.world.shops:
            numbers: list[int] = []
            presses = [threading.Thread(target=self._press_sync, args=(one, numbers)) for _ in range(2)]
            for press in presses:
                press.start()
            for press in presses:
                press.join()
            self.told.acts["Sincronizar pressed by two at once"] += 1
            if len(numbers) > 1:
                self.told.wrong.append(f"two presses at once made the runs {numbers} of {one.slug}")

    def _press_sync(self, one: OneShop, numbers: list[int]) -> None:
        from django.db import connection

        asked = ask_sync(company=self.world.company, store_id=one.store.pk, by=BY, trigger=Trigger.BUTTON)
        if asked.number is not None:
            numbers.append(asked.number)
        connection.close()

    def press_sync(self) -> None:
        """Press *Sincronizar* of each Loja."""
        for one in self.world.shops:
            ask_sync(company=self.world.company, store_id=one.store.pk, by=BY, trigger=Trigger.BUTTON)

    def let_agenda_come(self) -> None:
        """The quarter of an hour between two syncs passes faster here."""
        StoreAgenda.objects.of(self.world.company).update(next_sync_at=datetime.now(UTC))


def _plain_line(order: TrayOrder) -> dict[str, Any] | None:
    """Return a line that is neither a kit nor a part of one."""
    for line in order.lines:
        if line["reference"].startswith("SKU-") and not line.get("product_kit_id"):
            return line
    return None
