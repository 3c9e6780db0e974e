"""Catalogue, customers and statuses in Tray's shapes."""

from typing import TYPE_CHECKING, Any
from zlib import crc32

from ahead.sandbox.tray import kits
from ahead.sandbox.tray.customer_fields import CUSTOMER_FIELDS, CUSTOMER_ROW_FIELDS
from ahead.sandbox.tray.defaults import (
    ADDRESS_FIELDS,
    CATEGORY_FIELDS,
    PRODUCT_DETAIL_FIELDS,
    PRODUCT_FIELDS,
    VARIANT_FIELDS,
)
from ahead.sandbox.tray.moments import money
from ahead.sandbox.tray.records import Address, Customer, Fields, KitRow, Product, Record, Sellable, Status, Variant

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Store

CENTRE_FIELDS = ("name", "zip_code", "address", "city", "state", "priority", "active")
IMAGE_HOST = "images.tcdn.test/img/img_prod"


def filled(defaults: dict[str, Any], fields: Fields) -> Fields:
    """Return the fields a shape has, each with its value or its default."""
    return {name: fields.get(name, default) for name, default in defaults.items()}


def link(store: "Store", path: str) -> dict[str, str]:
    """Return an address of the shop in both schemes."""
    return {"http": f"http://{store.host}/{path}", "https": f"https://{store.host}/{path}"}


def picture(store: "Store", name: str) -> dict[str, Any]:
    """Return one image with its thumbnails."""
    base = f"{IMAGE_HOST}/{store.store_id}"
    sizes = {size: _both(f"{base}/{size}_{name}") for size in ("30", "90", "180")}
    return {**_both(f"{base}/{name}"), "thumbs": sizes}


def pictures(store: "Store", item: Sellable) -> list[dict[str, Any]]:
    """Return the pictures of a product or a variant; the name tells what each was fetched from."""
    return [
        picture(store, f"{item.id}_{place}_{crc32(address.encode()):08x}.{address.rpartition('.')[2]}")
        for place, address in enumerate(item.pictures, start=1)
    ]


def _properties(store: "Store", product: Product) -> dict[str, list[str]] | list[Any]:
    described: dict[str, list[str]] = {}
    for row in product.properties:
        described.setdefault(store.properties[int(row["property_id"])].text("name"), []).append(row["value"])
    return described or []


def _both(path: str) -> dict[str, str]:
    return {"http": f"http://{path}", "https": f"https://{path}"}


def status_entity(store: "Store", status: Status, *, wide: bool = False) -> Fields:
    """Return a status; `wide` adds what only orders show."""
    kind = status.text("type")
    entity = {
        "status": status.name,
        "id": str(status.id),
        "default": status.fields.get("default", "1"),
        "type": store.switches.cancelled_type if status.is_cancelled else kind,
        "show_backoffice": "1",
        "allow_edit_order": "0",
        "description": status.text("description"),
        "show_status_central": "",
        "background": status.text("background"),
    }
    if wide:
        entity["display_name"] = ""
        entity["font_color"] = ""
    return entity


def product_row(store: "Store", product: Product) -> Fields:
    """Return a product as the list shows it."""
    row = filled(PRODUCT_FIELDS, product.fields)
    variants = store.variants_by_product.get(product.id, ())
    row["id"] = str(product.id)
    row["stock"] = str(store.product_stock(product.id))
    row["has_variation"] = "1" if variants else "0"
    row["Variant"] = [{"id": str(variant_id)} for variant_id in variants]
    row["url"] = link(store, f"loja/{product.text('slug')}")
    row["shortcut"] = product.text("slug")
    row["upon_request"] = "0" if product.price or product.is_kit else "1"
    row["payment_option_details"] = [_billet(product)]
    row["ProductImage"] = pictures(store, product)
    row["Properties"] = _properties(store, product)
    if row["category_id"]:
        row["all_categories"] = [row["category_id"], *row["related_categories"]]
    return row


def _billet(product: Product) -> dict[str, str]:
    return {
        "display_name": "Boleto - Vindi",
        "type": "bank_billet",
        "plots": "1",
        "value": product.text("price"),
        "tax": "0.00",
    }


def product_entity(store: "Store", product: Product) -> Fields:
    """Return a product as the single answer shows it."""
    entity = product_row(store, product)
    entity.update(filled(PRODUCT_DETAIL_FIELDS, product.fields))
    category = store.categories.get(int(entity["category_id"] or 0))
    entity["category_name"] = category.text("name") if category else ""
    entity["current_price"] = money(kits.selling_price(store, product))
    return entity


def variant_entity(store: "Store", variant: Variant) -> Fields:
    """Return a variant."""
    entity = filled(VARIANT_FIELDS, variant.fields)
    entity["id"] = str(variant.id)
    entity["product_id"] = str(variant.product_id)
    entity["Sku"] = axes(variant.fields)
    entity["VariantImage"] = pictures(store, variant)
    return entity


def axes(fields: Fields) -> list[dict[str, str]]:
    """Return the one or two axes of a variant, as it is read."""
    return [
        {"type": str(fields[f"type_{n}"]), "value": str(fields[f"value_{n}"])}
        for n in (1, 2)
        if fields.get(f"type_{n}")
    ]


def kit_row(store: "Store", row: KitRow) -> Fields:
    """Return one component of a kit; its price is what one unit costs within the kit."""
    return {
        "id": str(row.id),
        "product_parent_id": str(row.parent_id),
        "product_id": str(row.product_id),
        "quantity": row.text("quantity"),
        "price": money(kits.row_price(store, row)),
        "price_rule": row.text("price_rule"),
        "discount_type": row.text("discount_type"),
        "discount_value": row.text("discount_value"),
        "brand": "",
        "warranty": "",
        "availability_days": "0",
        "ProductVariantKit": [],
    }


def brand_entity(brand: Record) -> Fields:
    """Return a brand."""
    return {"id": str(brand.id), "slug": brand.text("slug"), "brand": brand.text("brand")}


def category_row(category: Record) -> Fields:
    """Return a category as the list shows it."""
    return {
        "id": str(category.id),
        "parent_id": category.text("parent_id"),
        "name": category.text("name"),
        "description": category.text("description"),
        "small_description": category.text("small_description"),
        "Images": [],
    }


def category_entity(store: "Store", category: Record) -> Fields:
    """Return a category as the single answer shows it."""
    entity = filled(CATEGORY_FIELDS, category.fields)
    entity.update(id=str(category.id), link=link(store, category.text("slug")), Images=[])
    return entity


def centre_entity(centre: Record) -> Fields:
    """Return a distribution centre."""
    return {"id": str(centre.id), **{name: centre.text(name) for name in CENTRE_FIELDS}}


def property_entity(store: "Store", row: Record) -> Fields:
    """Return a property with its values."""
    has_product = any(
        described["property_id"] == str(row.id)
        for product in store.products.values()
        for described in product.properties
    )
    return {
        "id": str(row.id),
        "active_display": row.text("active_display"),
        "name": row.text("name"),
        "position": row.text("position"),
        "display": row.text("display"),
        "has_product": "1" if has_product else "0",
        "PropertyValues": [
            {**value, "property_id": str(row.id), "image": {"http": "", "https": ""}} for value in row.fields["values"]
        ],
    }


def category_branch(store: "Store", category: Record, used: frozenset[str] | None = None) -> Fields:
    """Return a category with its children, as the tree shows it; what is below has a product for it too."""
    if used is None:
        used = frozenset(product.text("category_id") for product in store.products.values())
    children = [
        category_branch(store, child, used)
        for child in store.categories.values()
        if child.text("parent_id") == str(category.id)
    ]
    has_product = str(category.id) in used or any(child["Category"]["has_product"] == "1" for child in children)
    return {
        "Category": {
            "slug": category.text("slug"),
            **{name: value for name, value in category_row(category).items() if name != "Images"},
            "title": category.text("title"),
            "link": link(store, category.text("slug")),
            "images": [],
            "has_product": "1" if has_product else "0",
            "children": children or None,
        }
    }


def customer_row(store: "Store", customer: Customer) -> Fields:
    """Return a customer as the list shows it."""
    entity = customer_entity(store, customer)
    return {name: entity[name] for name in (*CUSTOMER_ROW_FIELDS, "CustomerAddress")}


def customer_entity(store: "Store", customer: Customer) -> Fields:
    """Return a customer as the single answer shows it."""
    entity = filled(CUSTOMER_FIELDS, customer.fields)
    entity["id"] = str(customer.id)
    entity["token"] = f"{customer.id:016X}"
    entity["CustomerAddress"] = [{"id": str(a)} for a in store.addresses_by_customer.get(customer.id, ())]
    return entity


def address_entity(address: Address) -> Fields:
    """Return an address."""
    entity = filled(ADDRESS_FIELDS, address.fields)
    entity["id"] = str(address.id)
    entity["customer_id"] = str(address.customer_id)
    return entity
