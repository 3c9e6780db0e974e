"""Adding and removing products, variants, brands and categories."""

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ahead.sandbox.tray import centres, kits
from ahead.sandbox.tray.bodies import scalar
from ahead.sandbox.tray.moments import money, stamp
from ahead.sandbox.tray.records import Fields, Product, Record, Variant

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Store

STEP = "›"
PRICES = ("price", "cost_price", "promotional_price")


def slug_of(name: str) -> str:
    """Return a name as it stands in an address of the shop."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def add_product(store: "Store", fields: Fields) -> Product:
    """Add a product; a brand or category named in it is made if it does not exist."""
    now = stamp(store.now)
    stored = {**fields_of(fields), "created": now, "modified": now}
    stored.setdefault("slug", slug_of(stored.get("name", "")))
    category = stored.pop("category", "")
    if category:
        stored["category_id"] = str(category_at(store, category).id)
    product = Product(store.take_id("product"), stored)
    set_brand(store, product)
    store.products[product.id] = product
    centres.place(store, product, product.stock)
    store.bell.born(product)
    return product


def add_variant(store: "Store", product: Product, fields: Fields) -> Variant:
    """Add a variant to a product."""
    stored = {**fields_of(fields), "modified": stamp(store.now)}
    variant = Variant(store.take_id("variant"), stored, product_id=product.id)
    store.variants[variant.id] = variant
    centres.place(store, variant, variant.stock)
    store.bell.born(variant)
    store.variants_by_product.setdefault(product.id, []).append(variant.id)
    store.touch(product)
    return variant


def add_kit(store: "Store", fields: Fields, components: "Sequence[kits.Component]") -> Product:
    """
    Add a kit with its rows.

    :raises ValueError: if it would hold fewer than two units, which Tray cannot write down.
    """
    rows = kits.rows_for(components)
    parent = add_product(store, {"price": "0.00", **fields, "is_kit": "1"})
    for row in rows:
        kits.add_row(store, parent.id, row)
    return parent


def delete_product(store: "Store", product: Product) -> None:
    """Remove a product with its variants, its rows if it is a kit, and the rows that name it in kits."""
    kits.forget(store, product.id)
    for variant_id in store.variants_by_product.pop(product.id, []):
        store.bell.gone(store.variants.pop(variant_id))
    store.bell.gone(store.products.pop(product.id))


def delete_variant(store: "Store", variant: Variant) -> None:
    """Remove one variant."""
    store.bell.gone(store.variants.pop(variant.id))
    siblings = store.variants_by_product[variant.product_id]
    siblings.remove(variant.id)
    if not siblings:
        del store.variants_by_product[variant.product_id]
    if variant.product_id in store.products:
        store.touch(store.products[variant.product_id])


def set_brand(store: "Store", product: Product) -> None:
    """Give a product the id of the brand it names, making the brand if it is new."""
    if name := product.text("brand"):
        product.fields["brand_id"] = str(brand_named(store, name).id)


def brand_named(store: "Store", name: str) -> Record:
    """Return the brand of that name, making it if it is new."""
    for brand in store.brands.values():
        if brand.text("brand").casefold() == name.casefold():
            return brand
    brand = Record(store.take_id("brand"), {"brand": name, "slug": slug_of(name)})
    store.brands[brand.id] = brand
    return brand


def category_at(store: "Store", path: str) -> Record:
    """Return the category of that path ("Cozinha › Canecas"), making what is new of it."""
    root, *below = path.split(STEP)
    category = _category_named(store, root.strip(), "")
    for name in below:
        category = _category_named(store, name.strip(), str(category.id))
    return category


def _category_named(store: "Store", name: str, parent_id: str) -> Record:
    for category in store.categories.values():
        if (category.text("name").casefold(), category.text("parent_id")) == (name.casefold(), parent_id):
            return category
    category = Record(store.take_id("category"), {"name": name, "slug": slug_of(name), "parent_id": parent_id})
    store.categories[category.id] = category
    return category


def delete_category(store: "Store", category: Record) -> None:
    """Remove a category: its children move to the root, its products have none or one related category less."""
    del store.categories[category.id]
    gone = str(category.id)
    for child in store.categories.values():
        if child.text("parent_id") == gone:
            child.fields["parent_id"] = ""
    for product in store.products.values():
        if product.text("category_id") == gone:
            product.fields["category_id"] = ""
            store.touch(product)
        if related := product.fields.get("related_categories"):
            product.fields["related_categories"] = [other for other in related if other != gone]


def add_property(store: "Store", name: str, values: Sequence[str]) -> Record:
    """Add a property with its values."""
    number = store.take_id("property")
    fields = {"name": name, "position": str(len(store.properties) + 1), "display": "1", "active_display": "1"}
    row = Record(number, {**fields, "values": []})
    store.properties[number] = row
    for value in values:
        _value_of(store, row, value)
    return row


def _value_of(store: "Store", row: Record, value: str) -> None:
    if value not in [known["name"] for known in row.fields["values"]]:
        row.fields["values"].append({"id": str(store.take_id("property_value")), "name": value})


def describe(store: "Store", product: Product, row: Record, value: str) -> None:
    """Give a product a value of a property, once."""
    _value_of(store, row, value)
    described = {"property_id": str(row.id), "value": value}
    if described not in product.properties:
        product.properties.append(described)
    store.touch(product)


def delete_property(store: "Store", row: Record) -> None:
    """Remove a property, from the products too."""
    del store.properties[row.id]
    for product in store.products.values():
        product.properties = [kept for kept in product.properties if kept["property_id"] != str(row.id)]


def fields_of(values: dict[str, Any]) -> Fields:
    """Return Python values as Tray stores them; nested ones stay as they are."""
    fields = {name: value if isinstance(value, (dict, list)) else scalar(value) for name, value in values.items()}
    for name in PRICES:
        if fields.get(name):
            fields[name] = money(fields[name])
    return fields
