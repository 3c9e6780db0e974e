"""Why a store with Multi-CD shows what it does of a SKU, centre by centre."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ahead.accounts.models import Company
from ahead.catalog.models import ListingVariant
from ahead.stock import rules
from ahead.stock.centers import centers_by_store
from ahead.stock.models import CenterStock, DistributionCenter


@dataclass(frozen=True)
class InCenter:
    """How the quantity of a SKU in one centre comes about, and what Tray was told of it."""

    center: DistributionCenter
    free: int  # in its warehouse
    available: int  # less its part of the safety stock
    told: CenterStock | None

    @property
    def confirmed(self) -> int | None:
        """What Tray last confirmed; None when that is unknown."""
        return self.told.confirmed if self.told else None

    @property
    def confirmed_at(self) -> datetime | None:
        """When Tray last confirmed it."""
        return self.told.confirmed_at if self.told else None

    @property
    def sent(self) -> int | None:
        """What was last sent to Tray."""
        return self.told.sent if self.told else None

    @property
    def sent_at(self) -> datetime | None:
        """When it was last sent."""
        return self.told.sent_at if self.told else None

    @property
    def answer(self) -> str:
        """What Tray answered to it."""
        return self.told.answer if self.told else ""

    @property
    def is_open(self) -> bool:
        """Whether the last write was not confirmed."""
        return self.told is not None and self.told.is_open

    @property
    def is_in_doubt(self) -> bool:
        """Whether Tray may show something else: it moved its stock for an order, or an earlier write had no answer."""
        return self.told is not None and self.told.is_in_doubt

    @property
    def differs(self) -> bool:
        """Whether the next sync sends it."""
        if not self.center.is_written:
            return False
        is_unsure = self.is_open or self.is_in_doubt
        return is_unsure or rules.differs(confirmed=self.confirmed, available=self.available)


def in_centers(
    company: Company, variants: Sequence[ListingVariant], free: Mapping[tuple[int, int], int]
) -> dict[int, list[InCenter]]:
    """
    Return what each centre of their stores may offer of these variants, by variant, in two queries.

    `free` is what lies free, by product and warehouse. A centre that Tray does not sell from is left out.
    """
    known = centers_by_store(company.pk, {variant.store_id for variant in variants})
    rows = CenterStock.objects.of(company).filter(variant_id__in=[variant.pk for variant in variants])
    told = {(row.variant_id, row.center_id): row for row in rows}
    found: dict[int, list[InCenter]] = defaultdict(list)
    for variant in variants:
        places = [center for center in known[variant.store_id] if center.is_sold_from]
        written = [center for center in places if center.is_written]
        safety = variant.store.safety_stock if variant.safety_stock is None else variant.safety_stock
        lying = {one.pk: free.get((variant.product_id or 0, one.warehouse_id or 0), 0) for one in written}
        wanted = dict(zip(lying, rules.spread(list(lying.values()), safety_stock=safety), strict=True))
        found[variant.pk] = [
            InCenter(one, lying.get(one.pk, 0), wanted.get(one.pk, 0), told.get((variant.pk, one.pk))) for one in places
        ]
    return found
