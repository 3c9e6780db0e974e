"""How fresh each flow of each store is now: last time it was in order, what waits since when, how late things are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from ahead.accounts.models import Company
from ahead.catalog.models import Category, Listing, ListingVariant
from ahead.fiscal.models import Nota
from ahead.orders.models import Order
from ahead.stock.models import Balance
from ahead.stores.models import Store
from ahead.sync.models import OrderSighting
from ahead.watch.models import Flow, Freshness
from ahead.watch.rules import Heap


@dataclass(frozen=True, slots=True)
class FlowLine:
    """One flow of a store."""

    flow: str
    label: str
    good_at: datetime | None
    waiting: Heap | None
    p50_seconds: float | None
    p95_seconds: float | None
    samples: int


@dataclass(frozen=True, slots=True)
class StoreFlows:
    """The flows of one store, in the order of a sync."""

    store: Store
    lines: Sequence[FlowLine]

    @property
    def oldest(self) -> Heap | None:
        """What waits longest of all."""
        waiting = [line.waiting for line in self.lines if line.waiting]
        return min(waiting, key=lambda heap: heap.since) if waiting else None


def flows(company: Company, *, store_id: int | None = None) -> list[StoreFlows]:
    """Return how fresh the flows of a company's stores are, or of one of them, by the code of the store."""
    stores = Store.objects.of(company).order_by("code")
    found = list(stores.filter(pk=store_id) if store_id else stores)
    rows = {(row.store_id, row.flow): row for row in Freshness.objects.of(company)}
    good_at = {store: row.good_at for (store, flow), row in rows.items() if flow == Flow.STOCK}
    waiting = _waiting(company, {store.pk: good_at.get(store.pk) for store in found})
    return [StoreFlows(store, [*_lines(store, rows, waiting)]) for store in found]


def _lines(
    store: Store, rows: dict[tuple[int, str], Freshness], waiting: dict[str, dict[int, Heap]]
) -> Iterator[FlowLine]:
    for flow in Flow:
        row = rows.get((store.pk, flow)) or Freshness(flow=flow)
        yield FlowLine(
            flow=str(flow.value),
            label=str(flow.label),
            good_at=row.good_at,
            waiting=waiting[flow].get(store.pk),
            p50_seconds=row.p50_seconds,
            p95_seconds=row.p95_seconds,
            samples=row.samples,
        )


def _waiting(company: Company, stock_told: dict[int, datetime | None]) -> dict[str, dict[int, Heap]]:
    """Return what has not gone over yet, by flow and store: each count stands on an index of what is due."""
    due = OrderSighting.objects.of(company).filter(store__in=list(stock_told)).filter(due__gt="")
    owed = Order.objects.of(company).filter(store__in=list(stock_told), is_acknowledgement_due=True)
    notas = Nota.objects.of(company).filter(
        store__in=list(stock_told), delivery_due_at__isnull=False, state=Nota.State.AUTHORISED
    )
    listings = Listing.objects.of(company).filter(
        store__in=list(stock_told), is_dirty=True, is_managed=True, is_draft=False
    )
    categories = Category.objects.of(company).filter(store__in=list(stock_told), is_dirty=True)
    return {
        Flow.ORDERS: _by_store(due.exclude(due=OrderSighting.Due.CANCEL), "modified_at"),
        Flow.CANCELLATIONS: _by_store(due.filter(due=OrderSighting.Due.CANCEL), "modified_at"),
        Flow.STATUSES: _by_store(owed, "updated_at"),
        Flow.NOTES: _by_store(notas, "authorised_at"),
        Flow.STOCK: _stock(company, stock_told),
        Flow.CATALOGUE: _both(_by_store(listings, "updated_at"), _by_store(categories, "updated_at")),
    }


def _by_store(rows: QuerySet[Any], since: str) -> dict[int, Heap]:
    found = rows.order_by().values_list("store_id").annotate(Count("pk"), Min(since))
    return {store: Heap(count, at) for store, count, at in found if at}


def _both(one: dict[int, Heap], other: dict[int, Heap]) -> dict[int, Heap]:
    return {
        store: Heap(sum(heap.count for heap in heaps), min(heap.since for heap in heaps))
        for store in {*one, *other}
        if (heaps := [part[store] for part in (one, other) if store in part])
    }


def _stock(company: Company, told: dict[int, datetime | None]) -> dict[int, Heap]:
    """Return the SKUs whose free stock changed since the stock of their store was last told whole, by store."""
    known = [at for at in told.values() if at]
    if not known:
        return {}
    moved = Balance.objects.of(company).filter(changed_at__gt=min(known)).order_by()
    changed: dict[int, datetime] = dict(moved.values_list("product_id").annotate(Min("changed_at")))
    sold = ListingVariant.objects.of(company).filter(
        Q(store__in=[store for store, at in told.items() if at]), product_id__in=list(changed), removed_at=None
    )
    since: dict[int, dict[int, datetime]] = defaultdict(dict)
    for store, product in sold.values_list("store_id", "product_id"):
        at = told.get(store)
        if product and at and changed[product] > at:
            since[store][product] = changed[product]
    return {store: Heap(len(products), min(products.values())) for store, products in since.items()}
