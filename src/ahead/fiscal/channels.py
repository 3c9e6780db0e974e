"""The marketplaces that orders came through, and what notas still lack of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from ahead.accounts.models import Company
from ahead.fiscal.models import Intermediary
from ahead.lib.wording import plain_name
from ahead.orders.models import OrderMarketplace

_LOOKED_BACK = timedelta(days=90)
CNPJ = "o CNPJ do intermediador"
SELLER = "a identificação do vendedor"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the orders of one Loja that came through a marketplace say of it themselves."""

    name: str
    store_id: int | None
    orders: int
    without_document: int
    without_seller: int
    document: str
    seller_id: str
    payment_document: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A marketplace: what was completed here, what its orders say, and what is missing for their notas."""

    name: str
    orders: int
    rows: tuple[Intermediary, ...]
    missing: tuple[str, ...]
    document: str
    seller_id: str
    payment_document: str


def row_for(rows: Iterable[Intermediary], name: str, store_id: int | None) -> Intermediary | None:
    """Return what was completed of a marketplace: for the Loja first, else for all of them."""
    same = [row for row in rows if plain_name(row.channel) == plain_name(name)]
    own = next((row for row in same if row.store_id == store_id), None)
    return own or next((row for row in same if row.store_id is None), None)


def missing_of(seen: Seen, row: Intermediary | None) -> Iterator[str]:
    """Yield what neither the orders nor a person told of a marketplace."""
    if seen.without_document and not (row and row.cnpj):
        yield CNPJ
    if seen.without_seller and not (row and row.seller_id):
        yield SELLER


def channels(company: Company, *, now: datetime) -> Sequence[Channel]:
    """Return the marketplaces of the last 90 days, and those completed here; what lacks something comes first."""
    rows = list(Intermediary.objects.of(company).select_related("store"))
    groups: dict[str, list[Seen]] = defaultdict(list)
    for seen in _seen(company, since=now - _LOOKED_BACK):
        groups[plain_name(seen.name)].append(seen)
    known = {plain_name(row.channel): row.channel for row in rows}
    found = [_channel(groups[name][0].name if name in groups else known[name], groups[name], rows)
             for name in {**dict.fromkeys(groups), **dict.fromkeys(known)}]  # fmt: skip
    return sorted(found, key=lambda one: (not one.missing, one.name.lower()))


def _channel(name: str, groups: Sequence[Seen], rows: Collection[Intermediary]) -> Channel:
    same = tuple(row for row in rows if plain_name(row.channel) == plain_name(name))
    missing = (text for seen in groups for text in missing_of(seen, row_for(same, name, seen.store_id)))
    return Channel(
        name=name,
        orders=sum(seen.orders for seen in groups),
        rows=same,
        missing=tuple(dict.fromkeys(missing)),
        document=_first(seen.document for seen in groups),
        seller_id=_first(seen.seller_id for seen in groups),
        payment_document=_first(seen.payment_document for seen in groups),
    )


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _seen(company: Company, *, since: datetime) -> Iterator[Seen]:
    no_seller = Q(seller_id="", seller_name="")
    found = (
        OrderMarketplace.objects.of(company)
        .filter(order__placed_at__gte=since)
        .values("name", "order__store_id")
        .annotate(
            orders=Count("pk"),
            without_document=Count("pk", filter=Q(document="")),
            without_seller=Count("pk", filter=no_seller),
            said_document=Max("document"),
            said_seller=Max("seller_id"),
            said_payment=Max("payment_document"),
        )
        .order_by("name", "order__store_id")
    )
    for one in found:
        yield Seen(
            name=one["name"],
            store_id=one["order__store_id"],
            orders=one["orders"],
            without_document=one["without_document"],
            without_seller=one["without_seller"],
            document=one["said_document"],
            seller_id=one["said_seller"],
            payment_document=one["said_payment"],
        )
