"""What a row of the sweep asks for: a pure decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ahead.orders.rules import StatusPlan

_CLOCKS_DIFFER = timedelta(seconds=10)  # Tray's and ours; if by more, an echo costs one reading


@dataclass(frozen=True, slots=True)
class Row:
    """An order as a list page shows it."""

    tray_id: int
    modified_at: datetime
    placed_on: date | None
    status_id: int | None
    status: str
    fingerprint: str
    has_invoice: bool = False
    total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The same order as the sweep saw it before."""

    modified_at: datetime
    status_id: int | None
    fingerprint: str
    due: str
    seen_at: datetime
    has_invoice: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The same order as we hold it."""

    state: str
    acknowledged_status_id: int | None
    acknowledged_at: datetime | None


def is_unchanged(row: Row, seen: Seen | None) -> bool:
    """Whether the row says nothing that was not seen before."""
    return seen is not None and (seen.modified_at, seen.status_id, seen.fingerprint, seen.has_invoice) == (
        row.modified_at,
        row.status_id,
        row.fingerprint,
        row.has_invoice,
    )


def what_is_due(row: Row, seen: Seen | None, held: Held | None, *, plan: StatusPlan, import_from: date) -> str:
    """
    Return what must be done about a row that changed: "read", "cancel", "stock" or "" (nothing).

    A new order is read if its status is to be imported, or shows that we had it before a restore. One we hold is
    read again whenever it changed, but for the echo of what we wrote ourselves, a status or a nota: same content, and
    the status it had then. One that is cancelled before we took it in asks for nothing but a look at the stock it gave
    back.
    """
    is_old = row.placed_on is not None and row.placed_on < import_from
    if row.status_id in plan.cancelled_ids:
        if seen is not None and seen.status_id in plan.dead_ids and not seen.due:
            return ""
        return "cancel" if held is not None else "" if is_old else "stock"
    if held is None:
        is_wanted = row.status_id in plan.import_ids or _was_taken_in(row, plan)
        return "read" if is_wanted and not is_old else ""
    return "" if seen is not None and _is_echo(row, seen, held) else "read"


def _was_taken_in(row: Row, plan: StatusPlan) -> bool:
    """Whether an order that is not here was here before a backup was restored: it carries what we set then."""
    if plan.lost_since is None or row.modified_at < plan.lost_since:
        return False
    return row.has_invoice or (row.status_id is not None and row.status_id in {plan.update_id, plan.invoiced_id})


def _is_echo(row: Row, seen: Seen, held: Held) -> bool:
    """
    Whether the row differs from what was seen only because we wrote a status, or a nota, since.

    A write has one echo, at about its own instant. What changes later is read again, though the row may look the
    same: it shows neither customer nor address, nor what a line was swapped for.
    """
    return (
        held.acknowledged_at is not None
        and seen.seen_at <= held.acknowledged_at
        and row.modified_at <= held.acknowledged_at + _CLOCKS_DIFFER
        and row.status_id == held.acknowledged_status_id
        and not seen.due
        and seen.fingerprint == row.fingerprint
    )
