"""The lines of orders: made, brought up to date and taken away so that they are what the channel says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

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


def settle_items(
    company_id: int, orders: Sequence[tuple[Order, IncomingOrder, bool]], matches: dict[TrayIds, Match], book: KitBook
) -> set[int]:
    """
    Make the items of each order equal to what came in; lines keep their row by Tray's own line id.

    What a line that is a kit consists of is settled with it: see `settle_components`.

    Return the variants of which an order takes another number of units than before. Afterwards
    `order.items.all()` costs no query.
    """
    old = _old_items(company_id, [order.pk for order, _, is_new in orders if not is_new])
    before_all = {row.pk: was(row) for rows in old.values() for row in rows}
    made: list[OrderItem] = []
    kept: list[OrderItem] = []
    dropped: list[int] = []
    settled: dict[int, list[OrderItem]] = {}
    moved: set[int] = set()
    for order, incoming, _ in orders:
        before: dict[int | None, list[OrderItem]] = defaultdict(list)
        units_before = _units(old[order.pk])
        for row in old[order.pk]:
            before[row.tray_item_id].append(row)
        lines = settled[order.pk] = []
        counts = counted(incoming)
        for position, line in enumerate(incoming.items, start=1):
            same = before[line.tray_item_id]
            item = same.pop(0) if same else None
            (made if item is None else kept).append(
                item := item or OrderItem(company_id=company_id, order=order, tray_item_id=line.tray_item_id)
            )
            _copy(item, line, position, matches[line.offered.tray_product_id, line.offered.tray_variant_id])
            item.counts = counts[position - 1]
            _name_kit(item, book, before_all.get(item.pk))
            lines.append(item)
        dropped += [row.pk for rest in before.values() for row in rest]
        moved |= {variant for variant, _ in units_before.items() ^ _units(lines).items()}
    _write(company_id, made, kept, dropped)
    taken = settle_components(company_id, [*made, *kept], book, before_all)
    moved |= variants_of(company_id, {(order.store_id or 0, pk) for order, _, _ in orders for pk in taken})
    for order, _, _ in orders:
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


def _old_items(company_id: int, order_ids: list[int]) -> dict[int, list[OrderItem]]:
    old: dict[int, list[OrderItem]] = defaultdict(list)
    if order_ids:
        for item in OrderItem.objects.of(company_id).filter(order_id__in=order_ids).order_by("position"):
            old[item.order_id].append(item)
    return old


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
