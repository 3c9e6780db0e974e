"""The two stores of the demo at the pretend Tray, and what they sell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ahead.cli.serving import kept_sandbox
from ahead.sandbox.tray import Store, TraySandbox, fill_store

if TYPE_CHECKING:
    from ahead.sandbox.tray.records import Product, Variant

MAIN, OUTLET = "casa-aurora", "aurora-outlet"
_KITS = 10
_STORES = (  # slug, Tray's number, name, products, orders
    (MAIN, 999001, "Casa Aurora", 200, 40),
    (OUTLET, 999002, "Aurora Outlet", 40, 8),
)


@dataclass(frozen=True, slots=True)
class Sold:
    """Something that a store of the demo sells."""

    reference: str
    gtin: str
    name: str
    ncm: str
    brand: str
    weight_g: int
    price: str
    units: int


@dataclass(frozen=True, slots=True)
class SoldKit:
    """A kit that a store of the demo sells; each component with its units and, if it is cheaper there, the discount."""

    reference: str
    name: str
    components: tuple[tuple[str, int, str, str], ...]  # reference, units, "$" or "%", how much


@dataclass(frozen=True, slots=True)
class Shelf:
    """A store of the demo: how to connect to it, and what it sells."""

    slug: str
    name: str
    consumer_key: str
    consumer_secret: str
    sold: tuple[Sold, ...]
    kits: tuple[SoldKit, ...]
    ordered: tuple[str, ...]  # references in orders that wait to be sent, the newest order first


def open_stores(state: Path) -> list[Shelf]:
    """Open the stores, or find them as they were left."""
    if state.exists():
        box = kept_sandbox(state)
    else:
        box = TraySandbox()
        for slug, store_id, name, products, orders in _STORES:
            store = box.add_store(
                slug=slug,
                store_id=store_id,
                name=name,
                cnpj="11.444.777/0001-61",
                consumer_key=f"ck-{slug}",
                consumer_secret=f"cs-{slug}",
                rate_limit_per_minute=None,  # nobody who looks at a demo should wait for Tray's minute
            )
            fill_store(store, products=products, orders=orders, kits=_KITS)
        box.save(state)
    return [_shelf(store) for store in box.stores.values() if store.slug in {MAIN, OUTLET}]


def _shelf(store: Store) -> Shelf:
    simple = [
        product
        for product in store.products.values()
        if product.id not in store.variants_by_product and not product.is_kit
    ]
    sold = [_sold(product, product) for product in simple]
    sold += [_sold(variant, store.products[variant.product_id]) for variant in store.variants.values()]
    waiting = [
        str(line.get("reference", ""))
        for order in reversed(store.orders.values())
        if store.statuses[order.status_id].name == "A ENVIAR"
        for line in order.lines
    ]
    return Shelf(
        slug=store.slug,
        name=store.name,
        consumer_key=store.consumer_key,
        consumer_secret=store.consumer_secret,
        sold=tuple(sold),
        kits=tuple(_kit(store, product) for product in store.products.values() if product.is_kit),
        ordered=tuple(dict.fromkeys(filter(None, waiting))),
    )


def _kit(store: Store, kit: Product) -> SoldKit:
    components: dict[str, tuple[str, int, str, str]] = {}
    for row_id in store.kits_by_parent[kit.id]:
        row = store.kits[row_id]
        reference = store.products[row.product_id].reference
        before = components[reference][1] if reference in components else 0
        fields = row.fields
        units = before + int(fields["quantity"])
        components[reference] = (reference, units, str(fields["discount_type"]), str(fields["discount_value"]))
    return SoldKit(kit.reference, kit.name, tuple(components.values()))


def _sold(item: Product | Variant, product: Product) -> Sold:
    axes = " ".join(str(item.fields[name]) for name in ("value_1", "value_2") if item.fields.get(name))
    return Sold(
        reference=item.text("reference"),
        gtin=item.text("ean"),
        name=f"{product.text('name')} {axes}".strip(),
        ncm=product.text("ncm"),
        brand=product.text("brand"),
        weight_g=int(float(product.text("weight") or 0)),
        price=str(item.price),
        units=item.stock,
    )
