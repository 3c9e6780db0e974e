"""What Tray gives back by itself: the stock of orders that were cancelled or deleted before we took them in.

Tray lowers its own stock when an order is placed, and raises it when that order ends. If we wrote the quantity in
between, it then shows more than there is. An order we hold says what was in it; one we never took in is read once.

A status of ours that reaches an order just as it was cancelled opens it again, and Tray takes the goods once more. If
we wrote the quantity between the two, it shows less than there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ahead import tray
from ahead.catalog.models import ListingVariant
from ahead.catalog.offered import TrayIds
from ahead.db.tenancy import TenantQuerySet
from ahead.orders.kits import variants_in
from ahead.stock.models import CenterStock, PublishedStock
from ahead.stock.publishing import CLOCKS_DIFFER, doubt
from ahead.sync.exchange import Exchange
from ahead.sync.models import OrderSighting, SweepState
from ahead.sync.readers import Outcome


def doubt_what_came_back(exchange: Exchange, state: SweepState) -> None:
    """Read each order that ended before we took it in, and doubt the stock that Tray shows of what was in it."""
    ended = _ended(exchange)
    to_read = [tray_id for tray_id, ended_at in ended if not is_read_since(ended_at, state)]
    if len(to_read) < len(ended):
        with exchange.write():
            _due(exchange).exclude(tray_id__in=to_read).update(due=OrderSighting.Due.NOTHING)
    for outcome in exchange.ask_each(to_read, lambda tray_id: lines_of(exchange.tray, tray_id)):
        _take_note(exchange, outcome)


def doubt_what_was_taken_again(exchange: Exchange, written: Mapping[int, int], now: datetime) -> None:
    """
    Doubt the stock of orders whose status we wrote, where we told Tray a quantity since we last looked at the order.

    `written` has our order by Tray's id. In the transaction that notes the statuses.
    """
    rows = OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, tray_id__in=list(written))
    looked_at = exchange.looked_at
    since = [max(seen_at, looked_at) if looked_at else seen_at for seen_at in rows.values_list("seen_at", flat=True)]
    if not since:
        return
    told = {"variant_id__in": variants_in(exchange.company_id, list(written.values())), "sent_at__gte": min(since)}
    doubted: set[int] = set()
    for rows_told in (PublishedStock.objects.of(exchange.company_id), CenterStock.objects.of(exchange.company_id)):
        doubted |= set(rows_told.filter(**told).values_list("variant_id", flat=True))
    doubt(exchange.company_id, doubted, moved_at=now)


def orders_to_read(exchange: Exchange, state: SweepState) -> list[int]:
    """Return the orders to be read; what ended before the stock was last read whole is in what was read."""
    return [tray_id for tray_id, ended_at in _ended(exchange) if not is_read_since(ended_at, state)]


def _ended(exchange: Exchange) -> list[tuple[int, datetime]]:
    return list(_due(exchange).order_by("tray_id").values_list("tray_id", "modified_at"))


def _due(exchange: Exchange) -> TenantQuerySet[OrderSighting]:
    return OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, due=OrderSighting.Due.STOCK)


def is_read_since(ended_at: datetime, state: SweepState) -> bool:
    """Whether the whole stock was read after that instant."""
    return state.stock_read_at is not None and ended_at < state.stock_read_at - CLOCKS_DIFFER


def lines_of(client: tray.Tray, tray_id: int) -> list[TrayIds]:
    """
    Return what was sold in an order.

    :raises tray.TrayError: if it cannot be read.
    """
    return [(item.product_id or 0, item.variant_id or 0) for item in client.complete_order(tray_id).items]


def doubt_lines(exchange: Exchange, lines: Sequence[TrayIds]) -> None:
    """Doubt the stock that Tray shows of these things."""
    rows = ListingVariant.objects.of(exchange.company_id).filter(
        store=exchange.store, tray_product_id__in={product for product, _ in lines}
    )
    sold = set(lines)
    doubt(
        exchange.company_id,
        [pk for pk, *ids in rows.values_list("pk", "tray_product_id", "tray_variant_id") if tuple(ids) in sold],
        moved_at=exchange.now(),
        centers=None if exchange.store.is_multicd else (),
    )


def have_stock_read(exchange: Exchange) -> None:
    """Have the catalogue read before stock is next written: something came back, and nobody can say what."""
    SweepState.objects.of(exchange.company_id).filter(store=exchange.store).update(catalogue_read_at=None)


def _take_note(exchange: Exchange, outcome: Outcome[int, list[TrayIds]]) -> None:
    rows = OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, tray_id=outcome.ask)
    with exchange.write():
        if outcome.answer is not None:
            doubt_lines(exchange, outcome.answer)
        elif isinstance(outcome.error, (tray.NotFound, tray.Unreadable)):
            have_stock_read(exchange)
        elif outcome.error is not None:
            what = f"Estoque devolvido pelo pedido {outcome.ask} do Tray"
            exchange.tell([exchange.error(f"stock:{outcome.ask}", what, outcome.error)])
            return
        rows.update(due=OrderSighting.Due.NOTHING, is_gone=isinstance(outcome.error, tray.NotFound))
