"""Keeping what drifted: what Tray was read to show against what it had confirmed, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, Sum

from ahead.catalog.models import ListingVariant
from ahead.orders.models import Order
from ahead.stock.models import PublishedStock, Reservation
from ahead.stock.publishing import available_of, sellable
from ahead.sync.drift_causes import DriftFacts, likely_cause
from ahead.sync.exchange import Exchange
from ahead.sync.models import OrderSighting, StockDrift, StockReading

KEPT_AT_ONCE = 400
LATELY = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Told:
    """What was known of a variant before it was read back: that is written over by the reading."""

    confirmed_at: datetime | None
    sent: int | None
    is_unanswered: bool
    is_in_doubt: bool


def told_of(company_id: int, variant_ids: Collection[int]) -> dict[int, Told]:
    """Return what is known of these variants; call it before the reading is recorded."""
    rows = PublishedStock.objects.of(company_id).filter(variant_id__in=variant_ids)
    return {
        row.variant_id: Told(row.confirmed_at, row.sent, row.is_open, row.is_in_doubt)
        for row in rows.only("variant_id", "confirmed", "confirmed_at", "sent", "sent_at", "is_in_doubt")
    }


def begin_reading(exchange: Exchange, began: datetime) -> StockReading:
    """Note that a store's whole stock is being read; a reading that was broken off stays without an end."""
    with exchange.write():
        reading: StockReading = StockReading.objects.create(
            company_id=exchange.company_id, store=exchange.store, began_at=began
        )
    return reading


def keep_drifts(
    exchange: Exchange,
    reading: StockReading,
    drifts: Sequence[tuple[int, int, int]],
    told: dict[int, Told],
    titles: dict[int, str],
) -> None:
    """Keep the drifts of a page, as (variant, confirmed, shown), with their likely causes; in its transaction."""
    wanted = [drift for drift in drifts if drift[0] in titles]
    if not wanted:
        return
    ids = [variant for variant, *_ in wanted]
    available = _available(exchange, ids)
    products = dict(ListingVariant.objects.of(exchange.company_id).filter(pk__in=ids).values_list("pk", "product_id"))
    coming = _is_order_coming(exchange)
    now = exchange.now()
    rows = []
    for variant, confirmed, shown in wanted:
        known = told.get(variant, Told(None, None, is_unanswered=False, is_in_doubt=False))
        facts = DriftFacts(
            shown=shown,
            confirmed=confirmed,
            available=available.get(variant, 0),
            sent=known.sent,
            is_unanswered=known.is_unanswered,
            is_in_doubt=known.is_in_doubt,
            reserved_since=_reserved_since(exchange, products.get(variant), known.confirmed_at),
            is_order_coming=coming,
        )
        rows.append(
            StockDrift(
                company_id=exchange.company_id,
                reading=reading,
                variant_id=variant,
                product_id=products.get(variant),
                title=titles[variant][:200],
                shown=shown,
                confirmed=confirmed,
                available=facts.available,
                cause=likely_cause(facts),
                found_at=now,
            )
        )
    StockDrift.objects.bulk_create(rows, ignore_conflicts=True, batch_size=KEPT_AT_ONCE)


def _available(exchange: Exchange, ids: Sequence[int]) -> dict[int, int]:
    if not exchange.store.is_multicd:
        return available_of(exchange.store, ids)
    return dict(sellable(exchange.store).filter(pk__in=ids).values_list("pk", "available"))


def _is_order_coming(exchange: Exchange) -> bool:
    """Whether Tray had orders lately that are not here, to be read or to be paid: it lowers its stock for them."""
    ours = Order.objects.of(exchange.company_id).filter(store=exchange.store, tray_id=OuterRef("tray_id"))
    rows = OrderSighting.objects.of(exchange.company_id).filter(
        store=exchange.store, is_gone=False, modified_at__gte=exchange.now() - LATELY
    )
    return rows.exclude(status_id__in=exchange.plan.dead_ids).filter(~Exists(ours)).exists()


def _reserved_since(exchange: Exchange, product_id: int | None, since: datetime | None) -> int:
    if product_id is None or since is None:
        return 0
    rows = Reservation.objects.of(exchange.company_id).filter(product_id=product_id, opened_at__gte=since)
    return rows.aggregate(units=Sum("quantity"))["units"] or 0


def end_reading(exchange: Exchange, reading: StockReading, *, compared: int) -> None:
    """Note in the transaction of the reading's end how many SKUs were compared, and how many drifted."""
    reading.ended_at, reading.compared, reading.drifted = exchange.now(), compared, reading.drifts.count()
    reading.save(update_fields=["ended_at", "compared", "drifted"])


def settle_drifts(exchange: Exchange) -> None:
    """Settle the drifts whose quantity Tray has confirmed since as what is available, or showed so from the first."""
    open_drifts = StockDrift.objects.of(exchange.company_id).filter(reading__store=exchange.store, settled_at=None)
    ids = list(open_drifts.values_list("variant_id", flat=True).distinct()[:KEPT_AT_ONCE])
    if not ids:
        return
    available = _available(exchange, ids)
    sure = PublishedStock.objects.of(exchange.company_id).filter(variant_id__in=ids, is_in_doubt=False)
    answered = sure.filter(Q(sent_at=None) | Q(confirmed_at__gte=F("sent_at")) | Q(sent=F("confirmed")))
    confirmed = dict(answered.values_list("variant_id", "confirmed"))
    with exchange.write() as now:
        for variant in ids:
            if variant in confirmed and confirmed[variant] == available.get(variant):
                open_drifts.filter(variant_id=variant).update(settled_at=now, settled_with=confirmed[variant])
