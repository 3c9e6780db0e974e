"""
Kits: a parent product whose price and stock are those of its components.

A component is a product of its own; a product that is deleted takes its rows in kits with
it. Of a component with variants, the first variant that has the units is sold.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from ahead.sandbox.tray.moments import CENT, money
from ahead.sandbox.tray.pricing import running_price
from ahead.sandbox.tray.records import Fields, KitRow, Product, Variant

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Store

Component = tuple[Product, int] | tuple[Product, int, str]


def rows_for(components: Sequence[Component]) -> list[Fields]:
    """
    Return the rows of these components; a single one becomes two rows, as Tray demands.

    :raises ValueError: if there are fewer than two units in all.
    """
    if sum(component[1] for component in components) < 2:
        raise ValueError("a kit holds at least two units")
    if len(components) == 1:
        only = _row(components[0])
        return [{**only, "quantity": str(components[0][1] - 1)}, {**only, "quantity": "1"}]
    return [_row(component) for component in components]


def _row(component: Component) -> Fields:
    discount = component[2] if len(component) > 2 else ""
    return {
        "product_id": str(component[0].id),
        "quantity": str(component[1]),
        "price_rule": "2" if discount else "1",
        "discount_type": "%" if discount.endswith("%") else "$",
        "discount_value": money(discount.removesuffix("%") or "0"),
    }


def add_row(store: "Store", parent_id: int, fields: Fields) -> KitRow:
    """Add one component to a kit."""
    row = KitRow(store.take_id("kit"), fields, parent_id=parent_id, product_id=int(fields["product_id"]))
    store.kits[row.id] = row
    store.kits_by_parent.setdefault(parent_id, []).append(row.id)
    return row


def forget(store: "Store", product_id: int) -> None:
    """Remove every row that names a product, as kit or as component."""
    for row in [row for row in store.kits.values() if product_id in {row.parent_id, row.product_id}]:
        del store.kits[row.id]
        siblings = store.kits_by_parent[row.parent_id]
        siblings.remove(row.id)
        if not siblings:
            del store.kits_by_parent[row.parent_id]


def rows_of(store: "Store", item: Product | Variant) -> list[KitRow]:
    """Return the components of a kit; nothing else has any."""
    if isinstance(item, Variant):
        return []
    return [store.kits[row_id] for row_id in store.kits_by_parent.get(item.id, ())]


def row_price(store: "Store", row: KitRow) -> Decimal:
    """Return what one unit of a component costs within the kit, never less than nothing."""
    price = running_price(store, store.products[row.product_id])
    if row.text("price_rule") != "2":
        return price
    discount = Decimal(row.text("discount_value") or "0")
    if row.text("discount_type") == "%":
        discount = price * discount / 100
    return max(price - discount, Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def selling_price(store: "Store", item: Product | Variant) -> Decimal:
    """Return what a customer pays for one unit today."""
    rows = rows_of(store, item)
    if rows:
        return sum((row_price(store, row) * row.quantity for row in rows), Decimal(0))
    return running_price(store, item)


def stock(store: "Store", parent_id: int) -> int:
    """Return how many kits the stock of the components makes; rows of one component add up."""
    needed: Counter[int] = Counter()
    for row in rows_of(store, store.products[parent_id]):
        needed[row.product_id] += row.quantity
    return max(0, min(store.product_stock(product_id) // quantity for product_id, quantity in needed.items()))


def units(store: "Store", item: Product | Variant) -> int:
    """Return how many units can be sold."""
    return stock(store, item.id) if rows_of(store, item) else item.stock


def part(store: "Store", row: KitRow, kits_sold: int) -> Product | Variant:
    """Return what leaves the shelf for a component."""
    variants = [store.variants[variant_id] for variant_id in store.variants_by_product.get(row.product_id, ())]
    if not variants:
        return store.products[row.product_id]
    return next((variant for variant in variants if variant.stock >= row.quantity * kits_sold), variants[0])
