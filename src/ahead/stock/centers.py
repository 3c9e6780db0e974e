"""The distribution centres of stores with Multi-CD: reading them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from ahead.stock.models import DistributionCenter
from ahead.stock.publishing import CenterAt
from ahead.stores.models import Store


def centers(store: Store) -> list[DistributionCenter]:
    """Return the centres of a store with their warehouses, in Tray's order; those that are gone are left out."""
    return centers_by_store(store.company_id, [store.pk])[store.pk]


def centers_by_store(company_id: int, store_ids: Collection[int]) -> dict[int, list[DistributionCenter]]:
    """Return the centres of each of these stores, as `centers` does, in one query."""
    rows = DistributionCenter.objects.of(company_id).filter(store_id__in=store_ids, is_gone=False)
    found: dict[int, list[DistributionCenter]] = defaultdict(list)
    for row in rows.select_related("warehouse").order_by("priority", "tray_id"):
        found[row.store_id].append(row)
    return found


def open_centers(store: Store) -> list[DistributionCenter]:
    """Return the centres of which somebody must say which Estoque they are."""
    return [center for center in centers(store) if center.is_open]


def written_centers(store: Store) -> list[CenterAt]:
    """Return the centres whose stock AHEAD writes, in Tray's order."""
    return [
        CenterAt(center.pk, center.tray_id, center.name, center.warehouse.pk, center.warehouse.name)
        for center in centers(store)
        if center.is_written and center.warehouse is not None
    ]


def warehouses_of_centers(store: Store) -> dict[int, int]:
    """Return the warehouse each written centre stands for, by the centre's id at Tray; none without Multi-CD."""
    if not store.is_multicd:
        return {}
    return {center.tray_id: center.warehouse_id for center in written_centers(store)}


def moved_centers(store: Store, named: Collection[int | None]) -> set[int] | None:
    """Return the centres whose stock orders moved that name these, by Tray's id; None: nobody knows which."""
    if not store.is_multicd:
        return set()
    return None if None in named else {tray_id for tray_id in named if tray_id is not None}
