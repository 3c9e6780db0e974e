"""How companies stand, read for many of them at once in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from ahead.fiscal.models import DigitalCertificate, Issuer, Nota
from ahead.lib.brasilia import BRASILIA
from ahead.orders.models import Order
from ahead.pending.models import Kind, PendingMatter
from ahead.stores.models import Store
from ahead.sync.models import OrderSighting
from ahead.watch.models import Flow, Freshness, Look
from ahead.watch.rules import CompanyFacts, Heap, StoreFacts
from ahead.webhooks.models import Notice

_AWAY_AFTER = timedelta(minutes=2)
Place = tuple[int, int | None]  # company, store

_COLUMNS = {
    "id": "pk",
    "company_id": "company_id",
    "code": "code",
    "name": "name",
    "connection": "connection",
    "connected_at": "connected_at",
    "is_paused": "is_paused",
    "syncs_by_itself": "syncs_by_itself",
    "interval_minutes": "sync_interval_minutes",
    "requests_per_day": "requests_per_day",
    "next_sync_at": "agenda__next_sync_at",
    "asked": "agenda__asked",
    "taken": "agenda__taken",
    "asked_at": "agenda__asked_at",
    "failures": "agenda__failures",
    "lease_until": "agenda__lease_until",
    "token_ends_at": "token__refresh_expires_at",
    "budget_day": "budget__day",
    "used_today": "budget__used_today",
}


def facts_of(company_ids: Collection[int], *, now: datetime) -> dict[int, CompanyFacts]:
    """Return how each of these companies stands."""
    heaps = _Heaps(company_ids)
    stores: dict[int, list[StoreFacts]] = defaultdict(list)
    rows = Store.objects.across_companies().filter(company_id__in=company_ids).order_by("company_id", "code")
    for row in rows.values_list(*_COLUMNS.values()):
        facts = dict(zip(_COLUMNS, row, strict=True))
        stores[facts["company_id"]].append(_store(facts, heaps, now))
    certificates = _certificates(company_ids)
    return {
        company_id: CompanyFacts(
            stores=tuple(stores[company_id]),
            held=heaps.held.get((company_id, None)),
            rejected=heaps.rejected.get(company_id),
            unknown=heaps.unknown.get(company_id),
            certificate=certificates.get(company_id, ("", None))[0],
            certificate_ends_at=certificates.get(company_id, ("", None))[1],
        )
        for company_id in company_ids
    }


def away_since(*, now: datetime, after: timedelta = _AWAY_AFTER) -> datetime | None:
    """Return since when nobody has looked, or None if somebody did not longer ago than that, or nobody ever has."""
    last = Look.objects.values_list("looked_at", flat=True).first()
    return last if last and now - last > after else None


class _Heaps:
    """What waits of each company, by store where it is of one."""

    def __init__(self, company_ids: Collection[int]) -> None:
        orders = Order.objects.across_companies().filter(company_id__in=company_ids, state=Order.State.HELD)
        self.held = _heaps(orders, "imported_at")
        due = OrderSighting.objects.across_companies().filter(company_id__in=company_ids).filter(due__gt="")
        self.waiting = _heaps(due, "modified_at")
        told = Notice.objects.across_companies().filter(company_id__in=company_ids, arrived__gt=F("settled"))
        self.notices = _heaps(told, "first_at")
        notas = Nota.objects.across_companies().filter(company_id__in=company_ids)
        self.rejected = _by_company(notas.filter(state=Nota.State.REJECTED), "updated_at")
        silent = [Nota.State.UNKNOWN, Nota.State.SENDING]
        self.unknown = _by_company(notas.filter(state__in=silent, due_at__isnull=False), "issued_at")
        owed = notas.filter(delivery_due_at__isnull=False, state=Nota.State.AUTHORISED, store__isnull=False)
        matters = PendingMatter.objects.across_companies().filter(
            company_id__in=company_ids, resolved_at=None, dismissed_at=None
        )
        # what Tray refused for good is not due any more: a matter asks for it. What is tried again may have one, too
        refused = matters.filter(kind=Kind.NOTA_UNDELIVERED)
        self.undelivered = _put_together(_heaps(owed, "authorised_at"), _heaps(refused, "opened_at"))
        gone = Q(kind__in=[Kind.STORE_REAUTHORISE, Kind.STORE_BLOCKED])
        self.disconnected = _heaps(matters.filter(gone), "opened_at")
        self.good_at: dict[int, datetime | None] = {}
        self.passed: dict[int, dict[str, datetime]] = defaultdict(dict)
        fresh = Freshness.objects.across_companies().filter(company_id__in=company_ids)
        for store, flow, good_at, passed_at in fresh.values_list("store_id", "flow", "good_at", "passed_at"):
            if flow == Flow.ORDERS:
                self.good_at[store] = good_at
            if passed_at:
                self.passed[store][flow] = passed_at


def _heaps(rows: QuerySet[Any], since: str) -> dict[Place, Heap]:
    found = rows.order_by().values_list("company_id", "store_id").annotate(Count("pk"), Min(since))
    return {(company, store): Heap(count, at) for company, store, count, at in found if at}


def _by_company(rows: QuerySet[Any], since: str) -> dict[int, Heap]:
    found = rows.order_by().values_list("company_id").annotate(Count("pk"), Min(since))
    return {company: Heap(count, at) for company, count, at in found if at}


def _put_together(owed: dict[Place, Heap], refused: dict[Place, Heap]) -> dict[Place, Heap]:
    """Put two readings of the same heap together: the larger count, the older instant."""
    return {place: _joined(owed.get(place), refused.get(place)) for place in {*owed, *refused}}


def _joined(one: Heap | None, other: Heap | None) -> Heap:
    both = [heap for heap in (one, other) if heap]
    return Heap(max(heap.count for heap in both), min(heap.since for heap in both))


def _certificates(company_ids: Iterable[int]) -> dict[int, tuple[str, datetime]]:
    """Return the certificate of each company that issues notas, and when it ends."""
    issuing = Issuer.objects.across_companies().filter(company_id__in=company_ids).values("company_id")
    current = DigitalCertificate.objects.across_companies().filter(is_current=True, company_id__in=issuing)
    return {
        company: (name, ends_at) for company, name, ends_at in current.values_list("company_id", "name", "not_after")
    }


def _store(row: dict[str, Any], heaps: _Heaps, now: datetime) -> StoreFacts:
    place = row["company_id"], row["id"]
    disconnected = heaps.disconnected.get(place)
    is_today = row["budget_day"] == now.astimezone(BRASILIA).date()
    is_connected = row["connection"] == "connected"
    return StoreFacts(
        id=row["id"],
        code=row["code"],
        name=row["name"],
        connection=row["connection"],
        is_paused=row["is_paused"],
        syncs_by_itself=row["syncs_by_itself"],
        interval_minutes=row["interval_minutes"],
        next_sync_at=row["next_sync_at"],
        asked_at=row["asked_at"] if (row["asked"] or 0) > (row["taken"] or 0) else None,
        is_in_hand=row["lease_until"] is not None and row["lease_until"] > now,
        failures=row["failures"] or 0,
        good_at=heaps.good_at.get(row["id"]),
        passed=heaps.passed[row["id"]],
        disconnected_since=disconnected.since if disconnected else None,
        token_ends_at=row["token_ends_at"] if is_connected else None,
        requests_used=(row["used_today"] or 0) if is_today else 0,
        requests_per_day=row["requests_per_day"],
        waiting=_since_connected(heaps.waiting.get(place), row["connected_at"]),
        notices=heaps.notices.get(place),
        held=heaps.held.get(place),
        undelivered=heaps.undelivered.get(place),
    )


def _since_connected(heap: Heap | None, connected_at: datetime | None) -> Heap | None:
    """Orders that are older than the connection wait since then: before it nobody could take them in."""
    if heap is None or connected_at is None:
        return heap
    return Heap(heap.count, max(heap.since, connected_at))
