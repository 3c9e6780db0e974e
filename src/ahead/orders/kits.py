"""Kits in orders: which kit a line is or belongs to, what it consists of, and what is said where Tray differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ahead.catalog.kit_queries import compositions
from ahead.catalog.models import FormerTrayId, ListingVariant, Product
from ahead.orders import kit_rules
from ahead.orders.kit_rules import Sold, Taken, Units
from ahead.orders.models import ItemComponent, Order, OrderItem
from ahead.orders.rules import Finding
from ahead.stock.publishing import variants_of

BATCH = 400


@dataclass
class KitBook:
    """What we know of the kits in some orders of one store."""

    kits: set[int] = field(default_factory=set)  # products of ours
    by_tray_id: dict[int, int] = field(default_factory=dict)  # today's id or a former one -> product
    current: dict[int, Units] = field(default_factory=dict)  # by product
    former: dict[int, Units] = field(default_factory=dict)  # by the former id at Tray
    prices: dict[tuple[int, int], Decimal] = field(default_factory=dict)  # of one unit in the kit
    products: dict[int, Product] = field(default_factory=dict)

    def kit_of(self, tray_id: int | None) -> int | None:
        """Return the kit of ours that Tray sells, or sold, under this id."""
        return None if tray_id is None else self.by_tray_id.get(tray_id)

    def kit_of_line(self, line: Sold) -> int | None:
        """Return the kit that a line is, or is a part of."""
        if line.is_component:
            return self.kit_of(line.kit_tray_id)
        return line.product_id if line.product_id in self.kits else None

    def parts(self, kit_id: int, tray_id: int) -> Units:
        """Return what one kit consists of that is sold under this id; nothing if that is unknown."""
        return self.former.get(tray_id) or self.current.get(kit_id, {})

    def explode(self, kit_id: int, line: Sold) -> list[Taken]:
        """Return what a line that is a kit takes of each component; nothing if that is unknown."""
        parts = self.parts(kit_id, line.tray_product_id)
        prices = {one: self._price(kit_id, one) for one in parts}
        return kit_rules.exploded(parts, prices, kits=line.quantity, amount=line.amount) if parts else []

    def _price(self, kit_id: int, product_id: int) -> Decimal:
        found = self.prices.get((kit_id, product_id))
        return self.products[product_id].price if found is None else found


def book_of(company_id: int, store_id: int | None, lines: Iterable[Sold]) -> KitBook:
    """Return what we know of the kits in these lines; one query where there are none."""
    lines = list(lines)
    book = KitBook()
    if ids := {line.product_id for line in lines if line.product_id is not None}:
        kits = Product.objects.of(company_id).filter(pk__in=ids, is_kit=True)
        book.kits = set(kits.values_list("pk", flat=True))
    sold_as = {line.kit_tray_id for line in lines if line.kit_tray_id is not None}
    sold_as |= {line.tray_product_id for line in lines if line.product_id in book.kits}
    if store_id is not None and sold_as:
        _look_up(company_id, store_id, sold_as, book)
    if known := book.kits | set(book.by_tray_id.values()):
        _fill(company_id, known, book)
    return book


def _look_up(company_id: int, store_id: int, tray_ids: Collection[int], book: KitBook) -> None:
    variants = ListingVariant.objects.of(company_id).filter(store_id=store_id, product__is_kit=True)
    former = FormerTrayId.objects.of(company_id).filter(store_id=store_id, tray_id__in=tray_ids)
    listings: dict[int, list[int]] = defaultdict(list)
    for row in former:
        listings[row.listing_id].append(row.tray_id)
        book.former[row.tray_id] = {line[0]: line[1] for line in row.components}
    for listing_id, product_id in variants.filter(listing_id__in=listings).values_list("listing_id", "product_id"):
        book.by_tray_id |= dict.fromkeys(listings[listing_id], product_id or 0)
    today = variants.filter(tray_product_id__in=tray_ids).values_list("tray_product_id", "product_id")
    book.by_tray_id |= {tray_id or 0: product_id or 0 for tray_id, product_id in today}


def _fill(company_id: int, kits: Collection[int], book: KitBook) -> None:
    for kit_id, one in compositions(company_id, kits).items():
        book.current[kit_id] = {part.product.pk: part.quantity for part in one.parts}
        book.prices |= {(kit_id, part.product.pk): part.unit_price for part in one.parts}
        book.products |= {part.product.pk: part.product for part in one.parts}
    named = {*kits, *(product_id for units in book.former.values() for product_id in units)}
    book.products |= Product.objects.of(company_id).in_bulk(list(named - book.products.keys()))


def finding(tray_id: int | None, lines: Sequence[Sold], book: KitBook, *, composed: bool = False) -> Finding | None:
    """
    Return what to say of an order whose kits we know otherwise than Tray, or of which we do not know the components.

    With `composed`, what its lines that are kits consist of is known already, whatever is known of the kits today.
    """
    empty = [] if composed else _without_components(lines, book)
    came = kit_rules.came(lines).items()
    known = [(one, kit_id, units) for one, units in came if (kit_id := book.kit_of(one)) is not None]
    others = [(kit_id, text) for one, kit_id, units in known if (text := _differs(one, kit_id, units, book))]
    if not empty and not others:
        return None
    texts = [f"O kit {book.products[kit_id]} não tem componentes no AHEAD." for kit_id in empty]
    texts += [text for _, text in others]
    goes_on = "a próxima sincronização libera o pedido."
    remedy = f"Informe os componentes do kit no cadastro do produto; {goes_on}"
    if not empty:
        remedy = f"Se o Tray está certo, corrija os componentes do kit no AHEAD; {goes_on} Ou aceite como veio."
    facts = {"product_id": [*empty, *(kit_id for kit_id, _ in others)][0], "is_empty": bool(empty)}
    return Finding("kit_differs", f"Pedido {tray_id} do Tray. {' '.join(texts)}", remedy, holds=True, facts=facts)


def _without_components(lines: Sequence[Sold], book: KitBook) -> list[int]:
    whole = [line for line in lines if line.counts and not line.is_component]
    kits = {line.product_id for line in whole if not book.parts(line.product_id or 0, line.tray_product_id)}
    return sorted(book.kits & kits)


def _differs(kit_tray_id: int, kit_id: int, units: Units | None, book: KitBook) -> str:
    """Return how what came of a kit differs from each way in which we know it; nothing if it does not."""
    if units is None:
        return ""
    known = [one for one in (book.former.get(kit_tray_id), book.current.get(kit_id)) if one]
    if not known or any(kit_rules.is_made_of(units, one) for one in known):
        return ""
    ours, theirs = _said(known[0], book), _said(units, book)
    return f"O kit {book.products[kit_id]} veio com {theirs}; no AHEAD, um kit é {ours}."


def _said(units: Units, book: KitBook) -> str:
    return ", ".join(f"{number} × {_code(one, book)}" for one, number in units.items())


def _code(product_id: int, book: KitBook) -> str:
    product = book.products.get(product_id)
    return product.code if product else str(product_id)


def sold_of(item: OrderItem) -> Sold:
    """Return a line that we hold as the rules see it."""
    return Sold(
        tray_product_id=item.tray_product_id or 0,
        kit_tray_id=item.tray_kit_id,
        product_id=item.product_id,
        quantity=item.quantity,
        amount=item.unit_price * item.quantity,
        counts=item.counts,
    )


@dataclass(frozen=True, slots=True)
class Was:
    """A line as it was before it was brought up to date."""

    product_id: int | None
    quantity: int
    is_kit: bool


def was(item: OrderItem) -> Was:
    """Return what a line is now, to be compared later."""
    return Was(item.product_id, item.quantity, is_kit_line(item))


def is_kit_line(item: OrderItem) -> bool:
    """Whether a line is a kit, and not a part of one."""
    return item.kit_id is not None and item.kit_id == item.product_id


def settle_components(
    company_id: int, items: Sequence[OrderItem], book: KitBook, before: Mapping[int, Was]
) -> set[int]:
    """
    Make the components of each line that is a kit what the line takes; return the products it takes other units of.

    What a line consisted of when it came in stays, whatever becomes of the kit: only its number may change.
    Afterwards `item.components.all()` costs no query.
    """
    concerned = [item for item in items if is_kit_line(item) or (item.pk in before and before[item.pk].is_kit)]
    for item in items:
        _remember(item, [])
    if not concerned:
        return set()
    held: dict[int, list[ItemComponent]] = defaultdict(list)
    rows = ItemComponent.objects.of(company_id).filter(item__in=[item for item in concerned if item.pk in before])
    for row in rows.order_by("pk"):
        held[row.item_id].append(row)
    made: list[ItemComponent] = []
    dropped: list[int] = []
    moved: set[int] = set()
    for item in concerned:
        taken = _taken(item, held[item.pk], book, before.get(item.pk))
        there = [_as_taken(row) for row in held[item.pk]]
        if taken == there:
            _remember(item, held[item.pk])
            continue
        fresh = [ItemComponent(company_id=company_id, item=item, **_columns(one)) for one in taken]
        made += fresh
        dropped += [row.pk for row in held[item.pk]]
        moved |= {one.product_id for one in {*taken} ^ {*there}}
        _remember(item, fresh)
    ItemComponent.objects.of(company_id).filter(pk__in=dropped).delete()
    ItemComponent.objects.bulk_create(made, batch_size=BATCH)
    return moved


def _taken(item: OrderItem, held: Sequence[ItemComponent], book: KitBook, before: Was | None) -> list[Taken]:
    if not item.counts or not is_kit_line(item):
        return []
    line = sold_of(item)
    if held and before is not None and before.product_id == item.product_id:
        there = [_as_taken(row) for row in held]
        same = kit_rules.resized(there, before=before.quantity, kits=line.quantity, amount=line.amount)
        if same is not None:
            return same
    return book.explode(item.product_id or 0, line)


def _as_taken(row: ItemComponent) -> Taken:
    return Taken(row.product_id, row.quantity, row.amount)


def _columns(one: Taken) -> dict[str, object]:
    return {"product_id": one.product_id, "quantity": one.quantity, "amount": one.amount}


def _remember(item: OrderItem, rows: list[ItemComponent]) -> None:
    item._prefetched_objects_cache = {"components": rows}  # type: ignore[attr-defined]  # noqa: SLF001


def compose(company_id: int, store_id: int | None, orders: Sequence[Order]) -> tuple[KitBook, set[int]]:
    """
    Work out the kits in orders that we hold, now that more is known of them.

    Return what is known of these kits, and the products that the orders take other units of. Expects prefetched items.
    """
    items = [item for order in orders for item in order.items.all()]
    book = book_of(company_id, store_id, map(sold_of, items))
    before = {item.pk: was(item) for item in items}
    for item in items:
        if not is_kit_line(item):
            item.kit_id = book.kit_of_line(sold_of(item))
    OrderItem.objects.of(company_id).bulk_update(items, ["kit"], batch_size=BATCH)
    return book, settle_components(company_id, items, book, before)


def variants_in(company_id: int, order_ids: Collection[int]) -> set[int]:
    """Return what is sold in these orders: the variants of the lines, and those of what their kits consist of."""
    lines = OrderItem.objects.of(company_id).filter(order_id__in=order_ids, variant__isnull=False)
    parts = ItemComponent.objects.of(company_id).filter(item__order_id__in=order_ids)
    taken = parts.filter(item__order__store__isnull=False).values_list("item__order__store_id", "product_id")
    found: set[int] = set(lines.values_list("variant_id", flat=True))
    return found | variants_of(company_id, set(taken))
