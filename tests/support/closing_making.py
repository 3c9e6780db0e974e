"""Closings of days, as rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from ahead.stores.models import Store
from ahead.sync.models import DayClosing, DayDifference


def make_closing(store: Store, day: date, now: datetime, **fields: Any) -> DayClosing:
    """Make the closing of a day that was checked and balances."""
    counts = {"tray_orders": 12, "held_orders": 12, "tray_total": "480.00", "held_total": "480.00"}
    facts = {"state": "balanced", "read_at": now, "compared_at": now, **counts, **fields}
    made: DayClosing = DayClosing.objects.of(store.company_id).update_or_create(
        store=store, day=day, defaults={"company_id": store.company_id, **facts}
    )[0]
    return made


def make_difference(closing: DayClosing, now: datetime, **fields: Any) -> DayDifference:
    """Make an open difference of a day, and have the day say so."""
    facts = {
        "kind": "cancelled_here", "tray_id": 7001, "at_tray": "«A ENVIAR»", "here": "cancelado", "turn": "you",
        "cause": "O pedido foi cancelado no AHEAD e continua valendo no Tray.", "remedy": "Cancele-o também no Tray.",
        "found_at": now - timedelta(hours=2), **fields,
    }  # fmt: skip
    made: DayDifference = DayDifference.objects.create(company_id=closing.company_id, closing=closing, **facts)
    closing.differences_open = closing.differences.filter(settled_at=None).count()
    closing.differences_settled = closing.differences.exclude(settled_at=None).count()
    closing.state = "differences" if closing.differences_open else "repaired"
    closing.save()
    return made
