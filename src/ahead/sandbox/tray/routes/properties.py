"""Properties of the shop, such as Material, and the values products have of them."""

from typing import Any

from ahead.sandbox.tray import catalogue, wire
from ahead.sandbox.tray.answers import Answer, Call, created, created_without_id, deleted, invalid, not_found
from ahead.sandbox.tray.bodies import identifier, scalar
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.records import Fields, Record
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store

LONGEST_VALUE = 100


def _read(_store: Store, row: Record, name: str) -> str:
    return str(row.id) if name == "id" else row.text(name)


LISTING: Listing[Record] = Listing(
    model="Property",
    plural="Properties",
    available=("id", "name", "position", "display", "active_display"),
    rows=lambda store: store.properties.values(),
    read=_read,
    write=lambda store, row: {"Property": wire.property_entity(store, row)},
    sorts=frozenset({"id", "name", "position"}),
    standing={"active_display": ("Property.active_display 1", lambda value: value == "1")},
)


def list_properties(call: Call) -> Answer:
    """List properties, the shown ones unless asked otherwise."""
    return Answer(answer_list(LISTING, call))


def create_property(call: Call) -> Answer:
    """Add a property with its values."""
    body = call.wrapped("Property")
    name = scalar(body.get("name"))
    if not name:
        raise invalid(name="campo obrigatório")
    rows = body.get("PropertyValues", [])
    values = [_value(row.get("name") if isinstance(row, dict) else None) for row in rows] if rows else []
    return created(catalogue.add_property(call.store, name, values).id)


def delete_property(call: Call) -> Answer:
    """Remove a property, from the products too."""
    row = call.store.properties.get(call.identifiers["property_id"])
    if row is None:
        raise not_found()
    catalogue.delete_property(call.store, row)
    return deleted(row.id)


def describe_product(call: Call) -> Answer:
    """
    Give a product values of properties, beside those it has; a value new to a property becomes one of its values.

    All rows are taken or none.
    """
    store, product = call.store, call.store.products.get(call.identifiers["product_id"])
    if product is None:
        raise not_found()
    body = call.read_body()
    if not isinstance(body, list) or not body:
        raise invalid(Property="envie a lista de características")
    for row, value in [_described(store, row) for row in body]:
        catalogue.describe(store, product, row, value)
    return created_without_id()


def _described(store: Store, row: Any) -> tuple[Record, str]:
    fields: Fields = row if isinstance(row, dict) else {}
    known = store.properties.get(identifier(fields, "property_id"))
    if known is None:
        raise invalid(property_id="inexistente")
    return known, _value(fields.get("value"))


def _value(value: Any) -> str:
    text = scalar(value)
    if not text or len(text) > LONGEST_VALUE:
        raise invalid(value=f"no máximo {LONGEST_VALUE} caracteres" if text else "campo obrigatório")
    return text


ROUTES = (
    Route("GET", "/products/properties", list_properties, is_list=True),
    Route("POST", "/properties", create_property),
    Route("DELETE", "/properties/<int:property_id>", delete_property),
    Route("POST", "/products/<int:product_id>/properties", describe_product),
)
