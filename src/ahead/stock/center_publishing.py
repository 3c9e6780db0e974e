"""What each distribution centre of a store should be told of its stock, and what it answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Case, F, Q, Value, When

from ahead.db.updating import in_batches
from ahead.stock import rules
from ahead.stock.centers import centers, written_centers
from ahead.stock.models import Balance, CenterStock
from ahead.stock.publishing import CenterAt, StockChange, open_write, sellable
from ahead.stores.models import Store


@dataclass(frozen=True, slots=True)
class Emptying:
    """How many SKUs some writes would leave without stock, of those that a place shows with stock, or may show so."""

    place: str  # a centre; "" the store as a whole
    zeroed: int
    offered: int


@dataclass(frozen=True, slots=True)
class CenterPlan:
    """What must be written to the centres of a store, and what that would empty."""

    changes: list[StockChange]
    emptying: list[Emptying]


class _Told(NamedTuple):
    confirmed: int | None
    is_unsure: bool  # in doubt, or sent and never answered: only a new write makes sure

    def is_due(self, available: int) -> bool:
        return self.is_unsure or rules.differs(confirmed=self.confirmed, available=available)


class _Sku(NamedTuple):
    variant_id: int
    product_id: int
    tray_product_id: int
    tray_variant_id: int
    code: str
    name: str
    safety_stock: int | None
    shown: int | None  # in all centres together, when it was last read


_UNTOLD = _Told(None, is_unsure=False)


def center_plan(store: Store, variant_ids: Collection[int] | None = None) -> CenterPlan:
    """
    Return every SKU and centre that must be written, in the order of the AHEAD codes, then of the centres.

    With `variant_ids`, of these alone, and what that would empty of them.
    The safety stock is kept back once, from the centre with most of the SKU (`rules.spread`).
    """
    places = written_centers(store)
    skus = list(_skus(store, variant_ids))
    products = None if variant_ids is None else {sku.product_id for sku in skus}
    free, told = _free(store, places, products), _told(places, variant_ids)
    changes: list[StockChange] = []
    known_zeroed, known_offered = [0] * len(places), [0] * len(places)
    zeroed = offered = 0
    for sku in skus:
        safety = store.safety_stock if sku.safety_stock is None else sku.safety_stock
        units = [free.get((sku.product_id, place.warehouse_id), 0) for place in places]
        wanted = rules.spread(units, safety_stock=safety)
        before = [told.get((place.pk, sku.variant_id), _UNTOLD) for place in places]
        for index, (place, one, available) in enumerate(zip(places, before, wanted, strict=True)):
            known_offered[index] += bool(one.confirmed)
            known_zeroed[index] += bool(one.confirmed) and available == 0
            if one.is_due(available):
                changes.append(StockChange(*sku[:6], one.confirmed, available, place))
        shown = _shown(sku, before)
        offered += shown != 0
        zeroed += shown != 0 and not any(wanted)
    of_centers = zip(places, known_zeroed, known_offered, strict=True)
    emptying = [Emptying("", zeroed, offered), *(Emptying(place.name, *figures) for place, *figures in of_centers)]
    return CenterPlan(changes, emptying)


def _shown(sku: _Sku, before: Sequence[_Told]) -> int | None:
    """Return what Tray shows of a SKU: what its centres confirmed, or else what was read; None: unknown."""
    confirmed = [one.confirmed for one in before]
    known = [units for units in confirmed if units is not None]
    return sum(known) if len(known) == len(confirmed) else sku.shown


def _skus(store: Store, variant_ids: Collection[int] | None) -> Iterator[_Sku]:
    fields = ("pk", "product_id", "tray_product_id", "tray_variant_id", "product__code", "product__name")
    rows = sellable(store, variant_ids).order_by("product__code", "pk")
    for row in rows.values_list(*fields, "safety_stock", "published__confirmed"):
        yield _Sku(*row)


def _free(store: Store, places: Sequence[CenterAt], product_ids: Collection[int] | None) -> dict[tuple[int, int], int]:
    rows = Balance.objects.of(store.company_id).filter(warehouse_id__in=[place.warehouse_id for place in places])
    if product_ids is not None:
        rows = rows.filter(product_id__in=product_ids)
    figures = rows.annotate(free=F("on_hand") - F("reserved")).values_list("product_id", "warehouse_id", "free")
    return {(product, place): units for product, place, units in figures}


def _told(places: Sequence[CenterAt], variant_ids: Collection[int] | None) -> dict[tuple[int, int], _Told]:
    # decided by the database: to read two instants of each row costs more than all else
    is_unsure = Case(When(Q(is_in_doubt=True) | open_write(), then=Value(True)), default=Value(False))
    rows = CenterStock.objects.across_companies().filter(center_id__in=[place.pk for place in places])
    if variant_ids is not None:
        rows = rows.filter(variant_id__in=variant_ids)
    facts = rows.annotate(is_unsure=is_unsure).values_list("center_id", "variant_id", "confirmed", "is_unsure")
    return {(center, variant): _Told(confirmed, unsure) for center, variant, confirmed, unsure in facts}


def center_drifts(store: Store, shown: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """
    Return of which variants Tray shows something else than its centres confirmed, as (variant, confirmed, shown).

    Tray shows the sum of the active centres: nobody knows which of them moved, so all are doubted and written anew.
    Where one of them is not AHEAD's business the sum tells nothing.
    """
    active = [center for center in centers(store) if center.is_sold_from]
    if not active or not all(center.is_written for center in active):
        return []
    drifts: list[tuple[int, int, int]] = []
    for some in in_batches(shown):
        confirmed = _confirmed(store, [center.pk for center in active], [variant for variant, _ in some])
        drifts += [
            (variant, sum(known), units)
            for variant, units in some
            if len(known := confirmed.get(variant, [])) == len(active) and sum(known) != units
        ]
    rows = CenterStock.objects.of(store.company_id).filter(center_id__in=[center.pk for center in active])
    for moved in in_batches(drifts):
        rows.filter(variant_id__in=[variant for variant, *_ in moved]).update(is_in_doubt=True)
    return drifts


def _confirmed(store: Store, center_ids: Sequence[int], variant_ids: Sequence[int]) -> dict[int, list[int]]:
    rows = CenterStock.objects.of(store.company_id).filter(
        center_id__in=center_ids, variant_id__in=variant_ids, confirmed__isnull=False
    )
    found: dict[int, list[int]] = {}
    for variant, units in rows.values_list("variant_id", "confirmed"):
        found.setdefault(variant, []).append(units or 0)
    return found
