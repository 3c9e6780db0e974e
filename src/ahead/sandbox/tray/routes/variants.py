"""Variants: written with type_n and value_n, read with Sku."""

from ahead.sandbox.tray import catalogue, wire
from ahead.sandbox.tray.answers import Answer, Call, created, deleted, invalid, not_found, saved
from ahead.sandbox.tray.bodies import amounts, chosen, identifier, whole_numbers
from ahead.sandbox.tray.defaults import VARIANT_FIELDS
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.records import Fields, Variant
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store

AXES = ("type_1", "value_1", "type_2", "value_2")
WRITABLE = (
    "ean",
    "order",
    "price",
    "cost_price",
    "promotional_price",
    "start_promotion",
    "end_promotion",
    "stock",
    "minimum_stock",
    "reference",
    "weight",
    "length",
    "width",
    "height",
    "available",
    *AXES,
)
WHOLE = ("stock", "minimum_stock", "weight", "length", "width", "height")


def _read(_store: Store, variant: Variant, name: str) -> str:
    if name == "id":
        return str(variant.id)
    if name == "product_id":
        return str(variant.product_id)
    return str(variant.fields.get(name, VARIANT_FIELDS.get(name, "")))


LISTING: Listing[Variant] = Listing(
    model="Variant",
    plural="Variants",
    available=(
        "id",
        "product_id",
        "ean",
        "price",
        "promotional_price",
        "stock",
        "minimum_stock",
        "value_1",
        "reference",
        "value_2",
        "type_1",
        "type_2",
        "modified",
    ),
    rows=lambda store: store.variants.values(),
    read=_read,
    write=lambda _store, variant: {"Variant": wire.variant_entity(variant)},
    days=frozenset({"modified"}),
    sorts=frozenset({"id", "modified", "reference", "product_id"}),
)


def _variant(call: Call) -> Variant:
    variant = call.store.variants.get(call.identifiers["variant_id"])
    if variant is None:
        raise not_found()
    return variant


def list_variants(call: Call) -> Answer:
    """List variants."""
    return Answer(answer_list(LISTING, call))


def read_variant(call: Call) -> Answer:
    """Read a variant."""
    return Answer({"Variant": wire.variant_entity(_variant(call))})


def create_variant(call: Call) -> Answer:
    """Add a variant; the second axis needs both its name and its value."""
    body = call.wrapped("Variant")
    fields = _fields(body)
    if missing := [name for name in ("type_1", "value_1") if not fields.get(name)]:
        raise invalid(**dict.fromkeys(missing, "campo obrigatório"))
    if bool(fields.get("type_2")) != bool(fields.get("value_2")):
        raise invalid(type_2="type_2 e value_2 andam juntos")
    product = call.store.products.get(identifier(body, "product_id"))
    if product is None:
        raise invalid(product_id="inexistente")
    return created(catalogue.add_variant(call.store, product, fields).id)


def update_variant(call: Call) -> Answer:
    """Change some fields of a variant."""
    variant = _variant(call)
    variant.fields.update(_fields(call.wrapped("Variant")))
    call.store.touch(variant)
    product = call.store.products.get(variant.product_id)
    if product is not None:
        call.store.touch(product)
    return saved(variant.id)


def delete_variant(call: Call) -> Answer:
    """Remove a variant."""
    variant = _variant(call)
    catalogue.delete_variant(call.store, variant)
    return deleted(variant.id)


def _fields(body: Fields) -> Fields:
    return whole_numbers(amounts(chosen(body, WRITABLE), catalogue.PRICES), WHOLE)


ROUTES = (
    Route("GET", "/products/variants", list_variants, is_list=True),
    Route("POST", "/products/variants", create_variant),
    Route("GET", "/products/variants/<int:variant_id>", read_variant),
    Route("PUT", "/products/variants/<int:variant_id>", update_variant),
    Route("DELETE", "/products/variants/<int:variant_id>", delete_variant),
)
