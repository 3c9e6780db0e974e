"""What the stores may sell of what they offer, and what lies where they sell from: for lists and forms."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ahead.accounts.models import Company
from ahead.catalog.models import ListingVariant
from ahead.stock import rules
from ahead.stock.kits import kits_in_stores
from ahead.stock.models import Balance, Warehouse
from ahead.stock.reservations import sales_warehouses_by_store


def available_of(company: Company, variants: Sequence[ListingVariant]) -> dict[int, int]:
    """
    Return how many its store may sell of each variant, by variant; of a kit, how many can be assembled there.

    What has no product is left out. The variants have their products and stores; the queries are a fixed number.
    """
    ours = [one for one in variants if one.product is not None]
    sells_from = sales_warehouses_by_store(company.pk)
    kits = {one.product.pk for one in ours if one.product and one.product.is_kit}
    stores = {one.store_id: one.store for one in ours if one.product_id in kits}
    assembled = kits_in_stores(company, kits, list(stores.values()), sells_from=sells_from)
    free = _free(company, {one.product_id for one in ours if one.product_id is not None} - kits)
    found = {}
    for one in ours:
        key = (one.product_id or 0, one.store_id)
        if one.product_id in kits:
            found[one.pk] = assembled[key].available if key in assembled else 0
        else:
            own = [place.pk for place in sells_from.get(one.store_id) or sells_from[None]]
            safety = one.store.safety_stock if one.safety_stock is None else one.safety_stock
            found[one.pk] = rules.available((free.get((key[0], place), 0) for place in own), safety_stock=safety)
    return found


def _free(company: Company, product_ids: Collection[int]) -> dict[tuple[int, int], int]:
    rows = Balance.objects.of(company).filter(product__in=product_ids)
    figures = rows.values_list("product_id", "warehouse_id", "on_hand", "reserved")
    return {(product, place): on_hand - reserved for product, place, on_hand, reserved in figures}


def first_warehouse(company: Company, store_id: int) -> Warehouse | None:
    """Return the warehouse a store reserves from first, if the company has any."""
    sells_from = sales_warehouses_by_store(company.pk)
    return next(iter(sells_from.get(store_id) or sells_from[None]), None)


def on_hand_in(warehouse: Warehouse, product_ids: Collection[int]) -> dict[int, int]:
    """Return how many of each product lie in a warehouse; nothing for one that never was there."""
    rows = Balance.objects.of(warehouse.company_id).filter(warehouse=warehouse, product__in=product_ids)
    return dict(rows.values_list("product_id", "on_hand"))
