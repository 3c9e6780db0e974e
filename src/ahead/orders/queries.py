"""Reading orders: the list, one with all that belongs to it, and the figures of a day."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet, Sum

from ahead.accounts.models import Company
from ahead.customers.models import Customer
from ahead.customers.names import ids_named, words_named
from ahead.db.paging import COUNTED_UP_TO, Page, paginate
from ahead.lib.brasilia import BRASILIA
from ahead.lib.documents import clean_document, looks_like_document
from ahead.orders.models import Order, OrderDocument, OrderItem
from ahead.pending.models import Kind, PendingMatter
from ahead.stock.models import Reservation

KINDS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Order.Kind.choices]
STATES: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Order.State.choices]
CUSTOMERS_LOOKED_AT = 200  # of those who have the name that is searched

_ORDERS_LOOKED_AT = 200
_ORDERS_OF_CUSTOMERS = 5_000
_CHANNELS_LOOKED_AT = 3_000
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to; empty fields narrow nothing."""

    kind: str = ""
    state: str = ""
    store_id: int | None = None
    search: str = ""
    placed_from: date | None = None
    placed_to: date | None = None  # the day itself is included
    channel: str = ""
    customer_id: int | None = None


def orders(
    company: Company,
    *,
    kind: str = "",
    state: str = "",
    store_id: int | None = None,
    search: str = "",
    placed_from: date | None = None,
    placed_to: date | None = None,
    channel: str = "",
    customer_id: int | None = None,
    sort: str = "-placed_at",
    page: int = 1,
    size: int = 50,
    meant: Meant | None = None,
) -> Page[Order]:
    """
    Return a page of orders; `total` is None beyond 10,000, where counting would cost more than it tells.

    A screen that says when it shows a part of what is meant by `search` gives that part as `meant`.
    """
    wanted = OrderFilter(kind, state, store_id, search, placed_from, placed_to, channel, customer_id)
    found = _narrowed(company, wanted, meant)
    rows = found.select_related("store", "customer").order_by(*_order_of(wanted, sort))
    return paginate(rows, page=page, size=size, counting=found, most=COUNTED_UP_TO)


def _order_of(wanted: OrderFilter, sort: str) -> list[str]:
    """
    Return the columns to sort by: only what an index can answer, for a million orders are not sorted for one page.

    Ties are broken the way each index lies: `orders_recent` holds the later id first, the ones by state and by
    store the earlier; asked the other way round, SQLite reads through every order of the company.
    """
    if sort in {"number", "-number"}:
        return [sort]
    is_narrowed = bool(wanted.state or wanted.store_id)
    if sort == "placed_at":
        return ["placed_at", "-pk" if is_narrowed else "pk"]
    return ["-placed_at", "pk" if is_narrowed else "-pk"]


def orders_for_export(
    company: Company, wanted: OrderFilter, *, ids: Iterable[int] = (), sort: str = ""
) -> Iterator[Order]:
    """Yield every order that matches, or those of `ids` alone, without holding them all."""
    chosen = list(ids)
    found = Order.objects.of(company).filter(pk__in=chosen) if chosen else _narrowed(company, wanted)
    rows: QuerySet[Order] = found.select_related("store", "customer").order_by(*_order_of(wanted, sort))
    return rows.iterator(chunk_size=500)


def ids_by_number(company: Company, numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the number and the id of each of these orders that there is."""
    return list(Order.objects.of(company).filter(number__in=list(numbers)).values_list("number", "pk"))


def numbers_by_id(company: Company, ids: Iterable[int]) -> dict[int, int]:
    """Return the number of each of these orders that there is, by its id."""
    return dict(Order.objects.of(company).filter(pk__in=set(ids)).values_list("pk", "number"))


def order_ids(company: Company, wanted: OrderFilter, *, limit: int) -> list[int]:
    """Return the orders that match, the oldest first, up to `limit`."""
    return list(_narrowed(company, wanted).order_by("pk").values_list("pk", flat=True)[:limit])


def _narrowed(company: Company, wanted: OrderFilter, meant: Meant | None = None) -> QuerySet[Order]:
    exact = {
        "kind": wanted.kind,
        "state": wanted.state,
        "store_id": wanted.store_id,
        "point_sale": wanted.channel,
        "customer_id": wanted.customer_id,
        "placed_at__gte": _start_of(wanted.placed_from),
        "placed_at__lt": _start_of(wanted.placed_to + timedelta(days=1)) if wanted.placed_to else None,
    }
    found: QuerySet[Order] = Order.objects.of(company).filter(**{name: value for name, value in exact.items() if value})
    if wanted.search.strip():
        found = found.filter(Q(pk__in=meant.ids) if meant else _all_meant(company, wanted.search))
    return found


def _start_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, tzinfo=BRASILIA) if day else None


@dataclass(frozen=True, slots=True)
class Meant:
    """The orders a person means by what was typed. `is_part`: more customers have that name than were looked at."""

    ids: list[int]
    is_part: bool = False


def meant_by(company: Company, text: str) -> Meant:
    """
    Return the orders meant by `text`: a number of ours, Tray's or the marketplace's, a document, a name, an e-mail.

    Each reading is asked by its own index and only ids are put together: one OR over all of them would read
    every order of the company.
    """
    numbered = _ids_by_number(company, text)
    return Meant(sorted(numbered)) if numbered else _orders_of_customers(company, text)


def all_meant_by(company: Company, text: str) -> QuerySet[Order]:
    """Return every order meant by `text`: what leaves in a file, is added up, or has all done to it, is no part."""
    found: QuerySet[Order] = Order.objects.of(company).filter(_all_meant(company, text))
    return found


def _all_meant(company: Company, text: str) -> Q:
    if numbered := _ids_by_number(company, text):
        return Q(pk__in=numbered)
    return Q(customer__in=_ids_by_document(company, text) or words_named(company, text).values("customer_id"))


def _ids_by_document(company: Company, text: str) -> list[int]:
    bare = clean_document(text)
    if not looks_like_document(bare):
        return []
    return list(Customer.objects.of(company).filter(document=bare).values_list("pk", flat=True))


def _ids_by_number(company: Company, text: str) -> set[int]:
    mine = Order.objects.of(company)
    ids = set(_first(mine.filter(marketplace_number__in={text.strip(), text.strip().upper()})))
    bare = clean_document(text)
    if bare.isdecimal() and int(bare) <= _LARGEST_ID:
        ids |= set(_first(mine.filter(number=int(bare)))) | set(_first(mine.filter(tray_id=int(bare))))
    return ids


def _first(found: QuerySet[Order]) -> list[int]:
    return list(found.order_by().values_list("pk", flat=True)[:_ORDERS_LOOKED_AT])


def _orders_of_customers(company: Company, text: str) -> Meant:
    """Go by way of the customers: asked for orders of one company and these customers, SQLite reads them all."""
    mine = Customer.objects.of(company)
    meant = _ids_by_document(company, text) or ids_named(company, text, limit=CUSTOMERS_LOOKED_AT + 1)
    orders = mine.filter(pk__in=meant[:CUSTOMERS_LOOKED_AT], orders__isnull=False).order_by()
    ids = list(orders.values_list("orders__pk", flat=True)[:_ORDERS_OF_CUSTOMERS])
    return Meant(ids, is_part=len(meant) > CUSTOMERS_LOOKED_AT)


def channels(company: Company) -> list[str]:
    """Return the sales channels that the latest orders came from, by name."""
    latest = Order.objects.of(company).order_by("-placed_at", "-pk").values_list("point_sale", flat=True)
    return sorted({channel for channel in latest[:_CHANNELS_LOOKED_AT] if channel})


def order(company: Company, order_id: int) -> Order:
    """
    Return one order with its items, payments and marketplace.

    :raises Order.DoesNotExist: if there is none, or it is another company's.
    """
    one: Order = (
        Order.objects.of(company)
        .select_related("store", "customer", "marketplace")
        .prefetch_related("items__product", "items__variant", "items__kit", "items__components__product", "payments")
        .get(pk=order_id)
    )
    return one


def document(order: Order) -> dict[str, Any]:
    """Return the order as Tray sent it last; empty for one that was entered here."""
    held = OrderDocument.objects.of(order.company_id).filter(order=order).values_list("body", flat=True).first()
    if held is None:
        return {}
    content: dict[str, Any] = json.loads(zlib.decompress(held))
    return content


def reservations(order: Order) -> list[Reservation]:
    """Return what was ever reserved for an order, the open ones first."""
    rows = Reservation.objects.of(order.company_id).filter(order_id=order.pk).select_related("product", "warehouse")
    return sorted(rows, key=lambda row: (row.state != Reservation.State.OPEN, row.pk))


class MoneyLine(NamedTuple):
    """One line of the money of an order; the lines add up to its total."""

    label: str
    amount: Decimal
    note: str


def money_lines(order: Order) -> list[MoneyLine]:
    """Return what an order's total is made of, to the cent; lines of nothing are left out but the first."""
    rate = "desconto da forma de pagamento" if order.payment_rate < 0 else ""
    lines = [
        MoneyLine("Itens", order.items_total, ""),
        MoneyLine("Desconto", -order.discount, ""),
        MoneyLine("Cupom", -order.coupon_discount, order.coupon_code),
        MoneyLine("Frete", order.shipping, order.shipping_method),
        MoneyLine("Taxa do pagamento", order.payment_rate, rate),
        MoneyLine("Impostos", order.taxes, ""),
        MoneyLine("Juros", order.interest, ""),
        MoneyLine("Outros", order.remainder, "diferença que o Tray não explica"),
    ]
    return [line for place, line in enumerate(lines) if line.amount or place == 0]


def orders_of(company: Company, ids: Iterable[int]) -> list[Order]:
    """Return the orders of the company among these ids, by number."""
    rows = Order.objects.of(company).filter(pk__in=list(ids)).select_related("store", "customer")
    return list(rows.order_by("number"))


def orders_waiting_for(company: Company, variant_id: int, *, limit: int = 50) -> list[Order]:
    """Return the held orders that wait for a thing sold at Tray to be linked to a product, oldest first."""
    lines = OrderItem.objects.of(company).filter(variant_id=variant_id, product=None, counts=True)
    waiting = lines.values("order_id")
    return list(
        Order.objects.of(company)
        .filter(pk__in=waiting, state=Order.State.HELD)
        .select_related("store", "customer")
        .order_by("placed_at", "pk")[:limit]
    )


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line of a held order for which nothing is reserved: no product of ours is behind it yet."""

    item_id: int
    tray_order_id: int
    listing_id: int
    variant_id: int
    quantity: int
    center_tray_id: int | None  # the distribution centre the order leaves from, of a Multi-CD store


def waiting_lines(company_id: int, store_id: int, *, listing_id: int | None = None) -> list[WaitingLine]:
    """
    Return the lines of a store's held orders that take goods as soon as they are linked: of one listing, or of all.

    A part of a divided order that nobody accepted takes none: its parent has them.
    """
    parts = PendingMatter.objects.of(company_id).filter(kind=Kind.CHILD_ORDER, resolved_at=None, order_id__isnull=False)
    lines = OrderItem.objects.of(company_id).filter(
        variant__store_id=store_id, product=None, counts=True, order__state=Order.State.HELD
    )
    if listing_id is not None:
        lines = lines.filter(variant__listing_id=listing_id)
    fields = ("pk", "order__tray_id", "variant__listing_id", "variant_id", "quantity", "order__center_tray_id")
    return [WaitingLine(*row) for row in lines.exclude(order__in=parts.values("order_id")).values_list(*fields)]


@dataclass(frozen=True, slots=True)
class Day:
    """The orders of one day."""

    hours: list[int]  # how many were placed in each of its 24 hours
    orders: int
    total: Decimal
    yesterday: int  # placed yesterday up to the same time of day


def day(company: Company, *, now: datetime) -> Day:
    """Return the orders placed today (Brasília), by hour, and how many there were yesterday by this time."""
    start = _start_of(now.astimezone(BRASILIA).date()) or now
    hours = [start + timedelta(hours=hour) for hour in range(25)]
    counts: dict[str, Any] = {
        f"hour_{hour}": Count("pk", filter=Q(placed_at__gte=hours[hour], placed_at__lt=hours[hour + 1]))
        for hour in range(24)
    }
    standing = Order.objects.of(company).exclude(state=Order.State.CANCELLED)
    today = standing.filter(placed_at__gte=hours[0], placed_at__lt=hours[24])
    found = today.aggregate(**counts, value=Sum("total"))
    before = standing.filter(placed_at__gte=start - timedelta(days=1), placed_at__lt=now - timedelta(days=1))
    by_hour = [found[f"hour_{hour}"] for hour in range(24)]
    return Day(by_hour, sum(by_hour), found["value"] or Decimal(0), before.count())


def held_count(company: Company) -> int:
    """Return how many orders are held, counted up to 10,000."""
    held: QuerySet[Order] = Order.objects.of(company).filter(state=Order.State.HELD)
    return min(held.order_by()[: COUNTED_UP_TO + 1].count(), COUNTED_UP_TO)
