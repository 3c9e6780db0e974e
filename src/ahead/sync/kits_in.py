"""The quantities of kits as Tray shows them: they come back after their components were written."""

from __future__ import annotations

from ahead.catalog.models import KitComponent, ListingPublication, ListingVariant
from ahead.stock.publishing import record_read_back
from ahead.sync.exchange import Exchange
from ahead.sync.models import EventKind, SyncEvent


def read_kits_back(exchange: Exchange) -> None:
    """
    Read the kits of the store, fifty in a request, if this run wrote the stock of a component or a kit itself.

    :raises tray.TrayError: if a page cannot be read.
    """
    kits = {
        row.tray_product_id: row
        for row in ListingVariant.objects.of(exchange.company_id)
        .filter(store=exchange.store, listing__is_kit=True, listing__gone_at=None, product__isnull=False)
        .select_related("listing", "published")
        if row.tray_product_id is not None
    }
    if not kits or not _may_have_moved(exchange, kits):
        return
    shown = {  # a list that moves while it is read shows one twice
        kits[found.id]: int(found.stock)
        for found in exchange.tray.products(is_kit=True)
        if found.id in kits and found.stock is not None
    }
    with exchange.write() as now:
        before = {row.pk: row.published.read_back if hasattr(row, "published") else None for row in shown}
        read_back = [(row.pk, units) for row, units in shown.items()]
        record_read_back(exchange.company_id, exchange.store.pk, read_back, now=now)
        exchange.tell(
            exchange.event(
                EventKind.NOTE,
                f"kit:{row.pk}",
                f"{row.listing.title}: o Tray mostra {units}",
                product_id=row.product_id,
                before=before[row.pk],
                after=units,
            )
            for row, units in shown.items()
            if before[row.pk] != units
        )


def _may_have_moved(exchange: Exchange, kits: dict[int, ListingVariant]) -> bool:
    written = SyncEvent.objects.of(exchange.company_id).filter(run=exchange.run, kind=EventKind.STOCK_UPDATED)
    components = KitComponent.objects.of(exchange.company_id).filter(kit__in=[row.product_id for row in kits.values()])
    made = ListingPublication.objects.of(exchange.company_id).filter(
        listing__in=[row.listing_id for row in kits.values()], confirmed_at__gte=exchange.run.started_at
    )
    return components.filter(product__in=written.values("product_id")).exists() or made.exists()
