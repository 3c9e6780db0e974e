"""Reading notices: what is to be looked at, and how an address stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db.models import Count, F, Max, Min

from ahead.db.tenancy import TenantQuerySet
from ahead.stores.models import Store
from ahead.webhooks.models import Application, Notice, StrangerCount
from ahead.webhooks.rules import is_ripe


@dataclass(frozen=True, slots=True)
class Pending:
    """A notice to be looked at, as it stood when it was read."""

    pk: int
    scope: str
    scope_id: int
    act: str
    arrived: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things of a store are to be looked at, and since when."""

    company_id: int
    store_id: int
    count: int
    oldest_at: datetime
    newest_at: datetime

    def is_ripe(self, now: datetime) -> bool:
        """Whether it is time to look at them."""
        return is_ripe(self.oldest_at, self.newest_at, now)


@dataclass(frozen=True, slots=True)
class AddressStanding:
    """How the address of a Loja's application stands."""

    secret: str
    renewed_at: datetime
    former_until: datetime | None  # until when the former address is good as well
    last_at: datetime | None  # last notification of this Loja, if it was of late
    strangers_today: int
    strangers_last_id: int | None


def pending_notices(company_id: int, store_id: int, scopes: Iterable[str]) -> list[Pending]:
    """Return what of a store is to be looked at, in these scopes, the longest waiting first."""
    rows = _unsettled(Notice.objects.of(company_id)).filter(store_id=store_id, scope__in=list(scopes))
    facts = rows.order_by("first_at", "pk").values_list(
        "pk", "scope", "scope_id", "act", "arrived", "first_at", "last_at"
    )
    return [Pending(*row) for row in facts]


def waiting_stores() -> list[Waiting]:
    """Return the stores that have anything to be looked at, the longest waiting first: for the tick and for metrics."""
    rows = _unsettled(Notice.objects.across_companies()).order_by().values("company_id", "store_id")
    found = rows.annotate(count=Count("pk"), oldest_at=Min("first_at"), newest_at=Max("last_at"))
    return [Waiting(**row) for row in found.order_by("oldest_at")]


def address_standing(store: Store, *, now: datetime) -> AddressStanding | None:
    """Return how the address of a Loja's application stands, or None if there is none yet."""
    row = Application.objects.filter(key_digest=sha256(store.consumer_key.encode()).hexdigest()).first()
    if row is None:
        return None
    mine = Notice.objects.of(store.company_id).filter(store=store)
    strangers = StrangerCount.objects.filter(application=row).order_by("-day").first()
    is_recent = strangers is not None and (now - strangers.last_at).total_seconds() < 24 * 60 * 60
    return AddressStanding(
        secret=row.secret,
        renewed_at=row.renewed_at,
        former_until=row.former_until if row.former_until and row.former_until > now else None,
        last_at=mine.aggregate(last=Max("last_at"))["last"],
        strangers_today=strangers.count if strangers and is_recent else 0,
        strangers_last_id=strangers.last_seller_id if strangers and is_recent else None,
    )


def _unsettled(rows: TenantQuerySet[Notice]) -> TenantQuerySet[Notice]:
    found: TenantQuerySet[Notice] = rows.filter(arrived__gt=F("settled"))
    return found
