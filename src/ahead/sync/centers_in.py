"""The distribution centres of a store: read when it is connected and once a day. Most stores have none."""

from __future__ import annotations

from datetime import datetime, timedelta

from ahead import tray
from ahead.stock.center_operations import SeenCenter, keep_centers
from ahead.stores.models import Store
from ahead.sync.exchange import Exchange

EVERY = timedelta(hours=24)


def is_due(store: Store, now: datetime) -> bool:
    """Whether the centres should be read again."""
    return store.centers_seen_at is None or now - store.centers_seen_at >= EVERY


def centers_of(client: tray.Tray) -> list[SeenCenter]:
    """
    Return the centres of a store; none of them: it has no Multi-CD.

    :raises tray.TrayError: if Tray does not tell.
    """
    try:
        found = client.distribution_centers()
    except (tray.NotFound, tray.MethodNotAllowed):
        return []
    return [SeenCenter(one.id, one.name, one.is_active, one.priority or 0) for one in found]


def read_centers(exchange: Exchange) -> None:
    """Read the centres of the store; if that fails all else goes on, with what was known of them."""
    try:
        seen = centers_of(exchange.tray)
    except tray.TrayError as error:
        exchange.end_if_hopeless(error)
        with exchange.write():
            text = "Os centros de distribuição da Loja não puderam ser lidos"
            exchange.tell([exchange.error("centers", text, error)])
        return
    with exchange.write() as now:
        keep_centers(exchange.store, seen, now=now)


def have_centers_read(exchange: Exchange) -> None:
    """Have the centres read by the next run: Tray does not know one of them any more."""
    Store.objects.of(exchange.company_id).filter(pk=exchange.store.pk).update(centers_seen_at=None)
