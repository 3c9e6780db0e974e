"""What can be assembled of kits: they have no stock, it follows from their components'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import F, Sum

from ahead.accounts.models import Company
from ahead.catalog.kit_queries import Composition, compositions
from ahead.catalog.models import ListingVariant, Product
from ahead.stock import rules
from ahead.stock.models import Balance, Warehouse
from ahead.stock.reservations import sales_warehouses_by_store
from ahead.stores.models import Store

KitAt = tuple[int, int]  # kit, store


@dataclass(frozen=True)
class PartInStore:
    """A component of a kit in one store: what it may sell of it, and how many kits that is enough for."""

    product: Product
    quantity: int  # units in one kit
    free: int
    safety_stock: int

    @property
    def available(self) -> int:
        """What the store may sell of it."""
        return rules.available([self.free], safety_stock=self.safety_stock)

    @property
    def kits(self) -> int:
        """For how many kits that is enough."""
        return self.available // self.quantity


@dataclass(frozen=True)
class KitInStore:
    """What can be assembled of a kit from what one store may sell."""

    parts: list[PartInStore]

    @property
    def available(self) -> int:
        """How many can be assembled."""
        return rules.assembled((part.available, part.quantity) for part in self.parts)

    @property
    def limits(self) -> list[PartInStore]:
        """The components of which there is least: with more of these, more could be assembled."""
        return [part for part in self.parts if part.kits == self.available]


def kits_in_stores(
    company: Company,
    kit_ids: Collection[int],
    stores: Collection[Store],
    *,
    sells_from: Mapping[int | None, list[Warehouse]] | None = None,
) -> dict[KitAt, KitInStore]:
    """
    Return what can be assembled of each kit in each of these stores, in a fixed number of queries.

    By the same warehouses and safety stocks as the components are published with: the SKU's own where it has one, the
    store's otherwise; of a component that a store sells by several variants, the highest counts.
    """
    found = compositions(company.pk, kit_ids)
    if not found or not stores:
        return {}
    products = {part.product.pk for one in found.values() for part in one.parts}
    lying = _free(company.pk, products)
    places = sells_from if sells_from is not None else sales_warehouses_by_store(company.pk)
    safety = _safety_stocks(company.pk, products, stores)
    kits: dict[KitAt, KitInStore] = {}
    for store in stores:
        own = [place.pk for place in places.get(store.pk) or places[None]]
        for kit_id, one in found.items():
            parts = [
                PartInStore(
                    product=part.product,
                    quantity=part.quantity,
                    free=sum(lying[part.product.pk, place] for place in own),
                    safety_stock=safety.get((store.pk, part.product.pk), store.safety_stock),
                )
                for part in one.parts
            ]
            kits[kit_id, store.pk] = KitInStore(parts)
    return kits


def kits_in_hand(company: Company, kit_ids: Collection[int]) -> dict[int, KitInStore]:
    """Return what can be assembled of each kit from what lies free in all warehouses of the company together."""
    found = compositions(company.pk, kit_ids)
    products = {part.product.pk for one in found.values() for part in one.parts}
    free: dict[int, int] = defaultdict(int)
    for (product_id, _), units in _free(company.pk, products).items():
        free[product_id] += units
    return {kit_id: _in_hand(one, free) for kit_id, one in found.items()}


def _in_hand(one: Composition, free: Mapping[int, int]) -> KitInStore:
    return KitInStore([PartInStore(part.product, part.quantity, free[part.product.pk], 0) for part in one.parts])


def _free(company_id: int, product_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Return what lies free of these products, by product and warehouse."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    rows = Balance.objects.of(company_id).filter(product_id__in=list(product_ids))
    summed = rows.order_by().values("product_id", "warehouse_id").annotate(free=Sum(F("on_hand") - F("reserved")))
    for product_id, warehouse_id, free in summed.values_list("product_id", "warehouse_id", "free"):
        found[product_id, warehouse_id] = free
    return found


def _safety_stocks(
    company_id: int, product_ids: Iterable[int], stores: Collection[Store]
) -> dict[tuple[int, int], int]:
    """Return the safety stock of each component that a store sells by itself, by store and product."""
    of_store = {store.pk: store.safety_stock for store in stores}
    rows = ListingVariant.objects.of(company_id).filter(
        store__in=stores, product_id__in=list(product_ids), removed_at=None, listing__gone_at=None
    )
    found: dict[tuple[int, int], int] = {}
    for store_id, product_id, own in rows.values_list("store_id", "product_id", "safety_stock"):
        key = (store_id, product_id or 0)
        found[key] = max(found.get(key, 0), of_store[store_id] if own is None else own)
    return found
