"""The warehouses a store sells from."""

from __future__ import annotations

from collections.abc import Sequence

from ahead.lib.errors import Refused
from ahead.stores.models import Store
from ahead.stores.queries import active_warehouses


class UnknownWarehouse(Refused):
    """A warehouse that was chosen is not one of this company's, or is not in use."""


def sell_from(store: Store, warehouses: Sequence[int]) -> bool:
    """
    Let a store sell from these warehouses, reserving from the first one first; return whether that was new.

    :raises UnknownWarehouse: if one is not an active warehouse of the company.
    """
    wanted = list(dict.fromkeys(warehouses))
    before = list(store.sales_warehouses.values_list("warehouse_id", flat=True).order_by("priority", "pk"))
    if wanted == before:
        return False
    choice = store.sales_warehouses.model
    known = active_warehouses().filter(company=store.company_id, pk__in=wanted)
    if known.count() != len(wanted):
        raise UnknownWarehouse("Um dos Estoques escolhidos não existe ou não está ativo.")
    store.sales_warehouses.exclude(warehouse_id__in=wanted).delete()
    choice.objects.bulk_create(
        [
            choice(company_id=store.company_id, store=store, warehouse_id=pk, priority=position)
            for position, pk in enumerate(wanted)
        ],
        update_conflicts=True,
        unique_fields=["store", "warehouse"],
        update_fields=["priority"],
    )
    return True
