"""The lines of orders: made, brought up to date and taken away so that they are what the channel says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import F

from ahead.catalog.matching import Match
from ahead.catalog.offered import TrayIds
from ahead.orders.incoming import IncomingItem, IncomingOrder
from ahead.orders.kit_rules import counted
from ahead.orders.kits import KitBook, Was, settle_components, sold_of, was
from ahead.orders.models import Order, OrderItem
from ahead.stock.publishing import variants_of

BATCH = 400
_PARKED = 100_000
_FIELDS = (
    "position",
    "tray_product_id",
    "tray_variant_id",
    "tray_kit_id",
    "variant",
    "product",
    "matched_by",
    "kit",
    "counts",
    "description",
    "reference",
    "gtin",
    "ncm",
    "axes",
    "quantity",
    "unit_price",
    "original_price",
)


@dataclass(frozen=True, slots=True)
class Settled:
    """An order, what came in of it, the match of each line, and the lines we hold of it."""

    order: Order
    incoming: IncomingOrder
    matches: Sequence[Match]
    before: Sequence[OrderItem]


def lines_held(company_id: int, order_ids: Collection[int]) -> dict[int, list[OrderItem]]:
    """Return the lines we hold of each of these orders."""
    held: dict[int, list[OrderItem]] = defaultdict(list)
    if order_ids:
        for item in OrderItem.objects.of(company_id).filter(order_id__in=order_ids).order_by("position"):
            held[item.order_id].append(item)
    return held


def matches_of(incoming: IncomingOrder, before: Sequence[OrderItem], matches: Mapping[TrayIds, Match]) -> list[Match]:
    """
    Return the match of each line that came: of a line that we hold and that sells the same still, the one it has.

    A link that is undone or changed is for orders that come later.
    """
    found = []
    for line, item in zip(incoming.items, _kept(incoming, before), strict=True):
        ids = line.offered.tray_product_id, line.offered.tray_variant_id
        match = matches[ids]
        is_same = item is not None and (item.tray_product_id, item.tray_variant_id) == ids
        if item is not None and is_same and item.product_id is not None:
            match = replace(match, product_id=item.product_id, by=item.matched_by)
        found.append(match)
    return found


def _kept(incoming: IncomingOrder, before: Sequence[OrderItem]) -> list[OrderItem | None]:
    """Return the row of each line that came, by Tray's own line id; None for a new line."""
    rows: dict[int | None, list[OrderItem]] = defaultdict(list)
    for row in before:
        rows[row.tray_item_id].append(row)
    return [rows[line.tray_item_id].pop(0) if rows[line.tray_item_id] else None for line in incoming.items]


def settle_items(company_id: int, orders: Sequence[Settled], book: KitBook) -> set[int]:
    """
    Make the items of each order equal to what came in; lines keep their row by Tray's own line id.

    What a line that is a kit consists of is settled with it: see `settle_components`.

    Return the variants of which an order takes another number of units than before. Afterwards
    `order.items.all()` costs no query.
    """
    before_all = {row.pk: was(row) for one in orders for row in one.before}
    made: list[OrderItem] = []
    kept: list[OrderItem] = []
    dropped: list[int] = []
    settled: dict[int, list[OrderItem]] = {}
    moved: set[int] = set()
    for one in orders:
        order, incoming = one.order, one.incoming
        units_before = _units(one.before)
        rows = _kept(incoming, one.before)
        lines = settled[order.pk] = []
        came = zip(incoming.items, rows, one.matches, counted(incoming), strict=True)
        for position, (line, row, match, counts) in enumerate(came, start=1):
            item = row or OrderItem(company_id=company_id, order=order, tray_item_id=line.tray_item_id)
            (made if row is None else kept).append(item)
            _copy(item, line, position, match)
            item.counts = counts
            _name_kit(item, book, before_all.get(item.pk))
            lines.append(item)
        still = {row.pk for row in rows if row is not None}
        dropped += [row.pk for row in one.before if row.pk not in still]
        moved |= {variant for variant, _ in units_before.items() ^ _units(lines).items()}
    _write(company_id, made, kept, dropped)
    taken = settle_components(company_id, [*made, *kept], book, before_all)
    moved |= variants_of(company_id, {(one.order.store_id or 0, pk) for one in orders for pk in taken})
    for order in (one.order for one in orders):
        order._prefetched_objects_cache = {"items": settled[order.pk]}  # type: ignore[attr-defined]  # noqa: SLF001
    return moved


def _name_kit(item: OrderItem, book: KitBook, before: Was | None) -> None:
    """Say which kit a line is or belongs to; one that came in as a kit stays one while it is the same product."""
    is_still = before is not None and before.is_kit and before.product_id == item.product_id
    item.kit_id = item.product_id if is_still else book.kit_of_line(sold_of(item))


def _units(items: Sequence[OrderItem]) -> Counter[int]:
    units: Counter[int] = Counter()
    for item in items:
        if item.variant_id is not None:
            units[item.variant_id] += item.quantity
    return units


def _write(company_id: int, made: list[OrderItem], kept: list[OrderItem], dropped: list[int]) -> None:
    rows = OrderItem.objects.of(company_id)
    if dropped:
        rows.filter(pk__in=dropped).delete()
    if kept:
        # a position is unique in its order: park all of them out of the way before lines change places
        rows.filter(pk__in=[item.pk for item in kept]).update(position=F("position") + _PARKED)
        rows.bulk_update(kept, _FIELDS, batch_size=100)
    OrderItem.objects.bulk_create(made, batch_size=BATCH)


def _copy(item: OrderItem, line: IncomingItem, position: int, match: Match) -> None:
    item.position = position
    item.tray_product_id = line.offered.tray_product_id
    item.tray_variant_id = line.offered.tray_variant_id
    item.tray_kit_id = line.kit_tray_id
    item.variant_id = match.variant_id
    item.product_id = match.product_id
    item.matched_by = match.by
    item.description = line.offered.title[:300]
    item.reference = line.offered.reference[:120]
    item.gtin = line.offered.gtin[:14]
    item.ncm = line.ncm[:8]
    item.axes = line.offered.axes[:200]
    item.quantity = line.quantity
    item.unit_price = line.unit_price
    item.original_price = line.original_price
