"""What a store notifies its application of: one notice per record and scope for everything that changed at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from ahead.sandbox.tray.courier import Courier
from ahead.sandbox.tray.records import Customer, Order, Product, Record, Sellable, Variant
from ahead.sandbox.tray.switches import Switches

SWAP_SECONDS = 1.0
REPEAT_SECONDS = 2.0
_NAMES: dict[type[Record], str] = {Order: "order", Product: "product", Variant: "variant", Customer: "customer"}
_WEIGHT = {"update": 0, "insert": 1, "delete": 2}


@dataclass(frozen=True, slots=True)
class Notice:
    """That something happened to a record; no more than Tray says of it."""

    scope: str
    record_id: int
    act: str


class Bell:
    """
    Gathers what changes while a store is being changed, then hands the notices to the courier.

    Tray says of an order that it vanished: nothing. Price and stock of a product or a variant have
    scopes of their own, which is why what they were last is remembered.
    """

    def __init__(self, random: Random, switches: Switches, courier: Courier, *, key: str, seller_id: int) -> None:
        self.random, self._switches, self._courier = random, switches, courier
        self._key, self._seller_id = key, seller_id
        self._depth = 0
        self._gathered: dict[tuple[str, int], str] = {}
        self._known: dict[tuple[str, int], tuple[str, str]] = {}

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Gather until the outermost block ends; the caller holds the store's lock."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self._let_go()

    def born(self, record: Record) -> None:
        """A record is new."""
        self.learn(record)
        self._gather(_NAMES.get(type(record), ""), record.id, "insert")

    def changed(self, record: Record) -> None:
        """A record changed."""
        scope = _NAMES.get(type(record), "")
        before, now = self._known.get((scope, record.id)), self.learn(record)
        self._gather(scope, record.id, "update")
        for name, was, is_now in zip(("price", "stock"), before or (), now or (), strict=False):
            if was != is_now:
                self._gather(f"{scope}_{name}", record.id, "update")

    def gone(self, record: Record) -> None:
        """A record is no more."""
        scope = _NAMES.get(type(record), "")
        self._known.pop((scope, record.id), None)
        if scope != "order":
            self._gather(scope, record.id, "delete")

    def learn(self, record: Record) -> tuple[str, str] | None:
        """Remember price and stock of a record, without telling anybody."""
        if not isinstance(record, Sellable):
            return None
        known = (record.text("price"), record.text("stock"))
        self._known[_NAMES[type(record)], record.id] = known
        return known

    def _gather(self, scope: str, record_id: int, act: str) -> None:
        if not self._courier.address_of(self._key) or scope not in self._switches.scopes:
            return
        before = self._gathered.get((scope, record_id), "update")
        self._gathered[scope, record_id] = max(before, act, key=_WEIGHT.__getitem__)
        self._let_go()

    def _let_go(self) -> None:
        if self._depth:
            return
        gathered, self._gathered = self._gathered, {}
        for (scope, record_id), act in gathered.items():
            self._ring(Notice(scope, record_id, act))

    def _ring(self, notice: Notice) -> None:
        switches, random = self._switches, self.random
        never, swapped, repeated, late = (random.random() for _ in range(4))  # always four: switches shift no other
        if never < switches.webhook_never:
            return
        wait = late * switches.webhook_late_seconds
        if swapped < switches.webhook_swapped:
            wait += SWAP_SECONDS  # those that come next overtake it
        self._send(notice, wait)
        if repeated < switches.webhook_repeated:
            self._send(notice, wait + late * REPEAT_SECONDS)

    def _send(self, notice: Notice, wait: float) -> None:
        fields = {
            "seller_id": str(self._seller_id),
            "scope_id": str(notice.record_id),
            "scope_name": notice.scope,
            "act": notice.act,
        }
        self._courier.send(self._key, fields, wait=wait, gap=self._switches.webhook_gap_seconds)
