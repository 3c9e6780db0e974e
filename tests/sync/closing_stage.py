"""A day that is over, on a stage: orders placed yesterday, and what the closing of that day says of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from ahead.orders.models import Order, OrderDocument
from ahead.sync.closings import open_days
from ahead.sync.models import DayClosing, DayDifference, OrderSighting
from sync_stage import Stage

LISTS = "GET /orders"


def yesterday() -> date:
    """Return the last day that is surely over, for every clock and grace."""
    return (datetime.now(UTC) - timedelta(hours=3, minutes=20)).date() - timedelta(days=1)


def place(stage: Stage, product: Any, count: int = 1, **fields: Any) -> list[int]:
    """Place orders yesterday at noon, and return their ids."""
    day = fields.pop("day", yesterday())
    then = f"{day.isoformat()} 12:00:00"
    fields = {"date": day.isoformat(), "hour": "12:00:00", "modified": then, **fields}
    return [stage.shop.place_order(items=[(product, 1)], **fields).id for _ in range(count)]


def first_day_is_over(stage: Stage) -> None:
    """Let yesterday be the day that the store was first synced on."""
    open_days(stage.store, now=datetime.now(UTC) - timedelta(days=1))


def closing(stage: Stage, day: date | None = None) -> DayClosing:
    """Return the closing of a day."""
    return DayClosing.objects.of(stage.company).get(store=stage.store, day=day or yesterday())


def differences(stage: Stage, *, is_open: bool | None = True) -> list[tuple[str, int]]:
    """Return what differs yesterday, by kind and id; `is_open` None: whatever became of it."""
    rows = DayDifference.objects.of(stage.company).filter(closing=closing(stage))
    if is_open is not None:
        rows = rows.filter(settled_at__isnull=is_open)
    return sorted(rows.values_list("kind", "tray_id"))


def difference(stage: Stage) -> DayDifference:
    """Return the one open difference of yesterday."""
    return DayDifference.objects.of(stage.company).get(closing=closing(stage), settled_at=None)


def forget(stage: Stage, tray_id: int) -> None:
    """Let an order be as if no sweep had ever shown it: the loss that a closing must find."""
    order = Order.objects.of(stage.company).get(store=stage.store, tray_id=tray_id)
    OrderDocument.objects.of(stage.company).filter(order=order).delete()
    order.delete()
    OrderSighting.objects.of(stage.company).filter(store=stage.store, tray_id=tray_id).delete()


def ask_again(stage: Stage) -> None:
    """Have Tray's list of yesterday read at the next sync."""
    DayClosing.objects.of(stage.company).filter(store=stage.store, day=yesterday()).update(is_read_due=True)
