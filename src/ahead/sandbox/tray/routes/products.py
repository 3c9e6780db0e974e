"""Products: list, read, create, change, delete. Reading needs no token, as at Tray."""

from typing import Any

from ahead.sandbox.tray import catalogue, centres, kits, pictures, wire
from ahead.sandbox.tray.answers import Answer, Call, created, deleted, invalid, not_found, saved
from ahead.sandbox.tray.bodies import amounts, chosen, scalar, whole_numbers
from ahead.sandbox.tray.checks import Shape, check
from ahead.sandbox.tray.defaults import PRODUCT_DETAIL_FIELDS, PRODUCT_FIELDS
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.moments import ZERO_DATE, money
from ahead.sandbox.tray.records import Fields, Product
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store

AVAILABLE = (
    "id", "name", "category_id", "ean", "available", "price", "brand", "model", "hot", "quantity_sold",
    "release", "free_shipping", "weight", "image", "release_date", "stock", "promotion", "reference",
    "has_buy_together", "has_free_gift", "has_description", "brand_id", "additional_button", "virtual_product",
    "has_ean", "is_kit", "has_title", "has_meta_description", "has_keywords", "has_variations", "has_brand",
    "has_model", "has_dimension", "has_weight", "property_name", "property_id", "property_value",
    "property_value_id", "activation_date", "deactivation_date", "show_properties", "kit_has_variation",
    "modified", "created", "price_range", "current_price_range", "date_range", "date_range_deactivation",
    "current_price",
)  # fmt: skip
# What these would select is documented nowhere, so they select nothing and are not echoed.
UNEXPLAINED = frozenset(
    {
        "promotion",
        "has_free_gift",
        "has_meta_description",
        "has_keywords",
        "has_dimension",
        "property_name",
        "property_id",
        "property_value",
        "property_value_id",
        "show_properties",
        "kit_has_variation",
        "price_range",
        "current_price_range",
        "date_range",
        "date_range_deactivation",
    }
)
PRESENCE = {
    "has_ean": "ean",
    "has_title": "title",
    "has_description": "description",
    "has_brand": "brand",
    "has_model": "model",
    "has_weight": "weight",
}
WRITABLE = (
    "name",
    "ean",
    "ncm",
    "description",
    "description_small",
    "title",
    "price",
    "cost_price",
    "promotional_price",
    "start_promotion",
    "end_promotion",
    "brand",
    "model",
    "weight",
    "length",
    "width",
    "height",
    "stock",
    "minimum_stock",
    "category_id",
    "available",
    "availability",
    "availability_days",
    "reference",
    "release_date",
    "virtual_product",
    "warranty",
    "is_kit",
    "hot",
    "release",
    "free_shipping",
    "additional_message",
)
WHOLE = ("stock", "minimum_stock", "weight", "length", "width", "height")
SHAPE = Shape(
    longest={
        "name": 200,
        "ean": 120,
        "ncm": 8,
        "description": 4800,
        "description_small": 500,
        "brand": 120,
        "model": 150,
        "reference": 120,
    },
    amounts=(*catalogue.PRICES, "ipi_value"),
    whole=(*WHOLE, "availability_days"),
    days=("start_promotion", "end_promotion", "release_date"),
    may_be_negative=frozenset({"stock"}),
)


def _read(store: Store, product: Product, name: str) -> str:
    if name == "id":
        return str(product.id)
    if name == "stock":
        return str(store.product_stock(product.id))
    if name == "has_variations":
        return "1" if product.id in store.variants_by_product else "0"
    if name in PRESENCE:
        return "1" if product.text(PRESENCE[name]) not in {"", "0"} else "0"
    if name == "current_price":
        return money(kits.selling_price(store, product))
    return str(product.fields.get(name, PRODUCT_FIELDS.get(name, PRODUCT_DETAIL_FIELDS.get(name, ""))))


LISTING: Listing[Product] = Listing(
    model="Product",
    plural="Products",
    available=AVAILABLE,
    rows=lambda store: store.products.values(),
    read=_read,
    write=lambda store, product: {"Product": wire.product_row(store, product)},
    days=frozenset({"modified", "created", "release_date", "activation_date", "deactivation_date"}),
    ignored=UNEXPLAINED,
    sorts=frozenset({"id", "name", "modified", "created", "reference"}),
)


def _product(call: Call) -> Product:
    product = call.store.products.get(call.identifiers["product_id"])
    if product is None:
        raise not_found()
    return product


def list_products(call: Call) -> Answer:
    """List products."""
    return Answer(answer_list(LISTING, call))


def read_product(call: Call) -> Answer:
    """Read a product."""
    return Answer({"Product": wire.product_entity(call.store, _product(call))})


def _fields(store: Store, body: Fields) -> Fields:
    values = chosen(body, (*WRITABLE, "ipi_value"))
    check(values, SHAPE)
    fields: Fields = whole_numbers(amounts(values, catalogue.PRICES), WHOLE)
    for day in ("start_promotion", "end_promotion"):
        if fields.get(day) == "":
            fields[day] = ZERO_DATE
    if "ipi_value" in fields:
        fields["ipi"] = fields.pop("ipi_value")
    if isinstance(body.get("related_categories"), list):
        fields["related_categories"] = [scalar(category_id) for category_id in body["related_categories"]]
    _check_categories(store, fields)
    if isinstance(body.get("metatag"), list):
        fields["metatag"] = [_metatag(row) for row in body["metatag"] if isinstance(row, dict)]
    return fields


def _metatag(row: dict[str, Any]) -> dict[str, str]:
    return chosen(row, ("type", "content"))


def _check_categories(store: Store, fields: Fields) -> None:
    known = {str(category_id) for category_id in store.categories}
    if fields.get("category_id") == "0":
        fields["category_id"] = ""
    if fields.get("category_id", "") not in {"", *known}:
        raise invalid(category_id="inexistente")
    if not known.issuperset(fields.get("related_categories", ())):
        raise invalid(related_categories="inexistente")


def create_product(call: Call) -> Answer:
    """Add a product; a brand it names is made if it is new. A kit has no price of its own."""
    body = call.wrapped("Product")
    fields, slots = _fields(call.store, body), pictures.sent(body)
    if missing := [name for name in ("name", "price") if not fields.get(name)]:
        raise invalid(**dict.fromkeys(missing, "campo obrigatório"))
    if fields.get("is_kit") == "1":
        fields["price"] = money(0)
    product = catalogue.add_product(call.store, fields)
    product.pictures = pictures.applied([], slots)
    return created(product.id)


def update_product(call: Call) -> Answer:
    """Change some fields of a product; what is a kit stays one, without a price of its own."""
    product, body = _product(call), call.wrapped("Product")
    fields, slots = _fields(call.store, body), pictures.sent(body)
    fields.pop("is_kit", None)
    if product.is_kit:
        fields.pop("price", None)
    if "stock" in fields:
        centres.place(call.store, product, int(fields.pop("stock")))
    product.pictures = pictures.applied(product.pictures, slots)
    product.fields.update(fields)
    if "brand" in fields:
        catalogue.set_brand(call.store, product)
    call.store.touch(product)
    return saved(product.id)


def delete_product(call: Call) -> Answer:
    """Remove a product with its variants."""
    product = _product(call)
    catalogue.delete_product(call.store, product)
    return deleted(product.id)


ROUTES = (
    Route("GET", "/products", list_products, public=True, is_list=True),
    Route("POST", "/products", create_product),
    Route("GET", "/products/<int:product_id>", read_product, public=True),
    Route("PUT", "/products/<int:product_id>", update_product),
    Route("DELETE", "/products/<int:product_id>", delete_product),
)
