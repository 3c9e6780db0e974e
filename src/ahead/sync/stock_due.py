"""What must be written of stock: by SKU, or by SKU and distribution centre; and what it would empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ahead.stock.center_operations import judge_centers
from ahead.stock.center_publishing import Emptying, center_plan
from ahead.stock.publishing import StockChange, offered_count, stock_changes, warehouse_names
from ahead.stores.models import Store
from ahead.sync.brake import is_too_much, would_zero
from ahead.sync.explaining import Explanation


@dataclass(frozen=True, slots=True)
class DueStock:
    """The writes of a store, and how many SKUs they would leave without stock: as a whole, and in each centre."""

    changes: Sequence[StockChange]
    emptying: Sequence[Emptying]
    warehouses: str  # that the store sells from, in words

    def braked(self, percent: int) -> Emptying | None:
        """Return where too much would be emptied at once to be sent without asking, if anywhere."""
        return next((one for one in self.emptying if is_too_much(one.zeroed, one.offered, percent=percent)), None)

    def warehouse_of(self, change: StockChange) -> str:
        """Return the Estoque a change belongs to, for the log."""
        return change.center.warehouse if change.center else self.warehouses


def due_stock(store: Store) -> DueStock:
    """Return what must be written; of a store with Multi-CD to each of its centres."""
    if store.is_multicd:
        plan = center_plan(store)
        return DueStock(plan.changes, plan.emptying, "")
    changes = stock_changes(store)
    emptying = Emptying("", would_zero(changes), offered_count(store))
    return DueStock(changes, [emptying], warehouse_names(store))


def still_due(store: Store, changes: Sequence[StockChange]) -> list[StockChange]:
    """Return those of these writes that must be made by now, with the quantities of now."""
    variants = {one.variant_id for one in changes}
    found = center_plan(store, variants).changes if store.is_multicd else stock_changes(store, variants)
    wanted = {key_of(one) for one in changes}
    return [one for one in found if key_of(one) in wanted]


def why_no_stock(store: Store, now: datetime) -> Explanation | None:
    """
    Return why no stock of the store may be written, or None if it may; what a person must do becomes a matter.

    Where stock lies in several centres, a stock written to the product is not what Tray then shows.
    """
    if store.centers_seen_at is None and not store.is_multicd:
        return Explanation(
            "O Tray ainda não disse se a Loja tem centros de distribuição (Multi-CD). O estoque não foi enviado.",
            "us",
            "Nada a fazer: perguntamos de novo na próxima sincronização.",
        )
    matter = judge_centers(store, now=now) if store.is_multicd else None
    return Explanation(matter.text, matter.turn, matter.remedy) if matter else None


def key_of(change: StockChange) -> str:
    """Return what an event of the log about this write is known by."""
    return f"variant:{change.variant_id}" + (f":{change.center.tray_id}" if change.center else "")


def name_of(change: StockChange) -> str:
    """Return what is written, in words."""
    where = f" · {change.center.name}" if change.center else ""
    return f"{change.code} · {change.name}{where}"
