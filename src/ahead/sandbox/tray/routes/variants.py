"""Variants: written with type_n and value_n, read with Sku."""

from ahead.sandbox.tray import catalogue, centres, pictures, wire
from ahead.sandbox.tray.answers import Answer, Call, created, deleted, invalid, not_found, saved
from ahead.sandbox.tray.bodies import amounts, chosen, identifier, whole_numbers
from ahead.sandbox.tray.checks import Shape, check
from ahead.sandbox.tray.defaults import VARIANT_FIELDS
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.moments import ZERO_DATE
from ahead.sandbox.tray.records import Fields, Product, Variant
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
SHAPE = Shape(
    longest={"ean": 120, "reference": 120},
    amounts=catalogue.PRICES,
    whole=(*WHOLE, "order"),
    days=("start_promotion", "end_promotion"),
    may_be_negative=frozenset({"stock"}),
)


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
    write=lambda store, variant: {"Variant": wire.variant_entity(store, variant)},
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
    return Answer({"Variant": wire.variant_entity(call.store, _variant(call))})


def create_variant(call: Call) -> Answer:
    """
    Add a variant; the second axis needs both its name and its value.

    A combination that is there already, and a body with Sku, are answered Created with an id
    under which nothing is stored: the store "dedupes variant ids".
    """
    store, body = call.store, call.wrapped("Variant")
    fields, slots = _fields(body), pictures.sent(body)
    product = store.products.get(identifier(body, "product_id"))
    if product is None or product.is_kit:
        raise invalid(product_id="inexistente" if product is None else "um kit não tem variações")
    if "Sku" in body and "type_1" not in fields:
        return created(store.take_id("variant"))
    _check_axes(store, product, fields)
    if _is_taken(store, product, fields):
        return created(store.take_id("variant"))
    variant = catalogue.add_variant(store, product, fields)
    variant.pictures = pictures.applied([], slots)
    return created(variant.id)


def _check_axes(store: Store, product: Product, fields: Fields, itself: Variant | None = None) -> None:
    if missing := [name for name in ("type_1", "value_1") if not fields.get(name)]:
        raise invalid(**dict.fromkeys(missing, "campo obrigatório"))
    if bool(fields.get("type_2")) != bool(fields.get("value_2")):
        raise invalid(type_2="type_2 e value_2 andam juntos")
    if fields.get("type_2", "").casefold() == fields["type_1"].casefold():
        raise invalid(type_2="repete type_1")
    siblings = _siblings(store, product, itself)
    if siblings and _axes(siblings[0].fields).keys() != _axes(fields).keys():
        raise invalid(type_1="as variações de um produto usam os mesmos tipos")


def _siblings(store: Store, product: Product, itself: Variant | None) -> list[Variant]:
    siblings = (store.variants[variant_id] for variant_id in store.variants_by_product.get(product.id, ()))
    return [sibling for sibling in siblings if sibling is not itself]


def _axes(fields: Fields) -> dict[str, str]:
    """Return the axes for comparing: which comes first, and in what case, makes no difference."""
    return {row["type"].casefold(): row["value"].casefold() for row in wire.axes(fields)}


def _is_taken(store: Store, product: Product, fields: Fields, itself: Variant | None = None) -> bool:
    return any(_axes(sibling.fields) == _axes(fields) for sibling in _siblings(store, product, itself))


def update_variant(call: Call) -> Answer:
    """Change some fields of a variant; its axes stay like those of its siblings, and its combination its own."""
    store, variant, body = call.store, _variant(call), call.wrapped("Variant")
    fields, slots = _fields(body), pictures.sent(body)
    product = store.products[variant.product_id]
    if fields.keys() & set(AXES):
        after = {**variant.fields, **fields}
        _check_axes(store, product, after, variant)
        if _is_taken(store, product, after, variant):
            raise invalid(value_1="combinação já existente")
    if "stock" in fields:
        centres.place(store, variant, int(fields.pop("stock")))
    variant.fields.update(fields)
    variant.pictures = pictures.applied(variant.pictures, slots)
    store.touch(variant)
    store.touch(product)
    return saved(variant.id)


def delete_variant(call: Call) -> Answer:
    """Remove a variant."""
    variant = _variant(call)
    catalogue.delete_variant(call.store, variant)
    return deleted(variant.id)


def _fields(body: Fields) -> Fields:
    if body.keys() & {"type_3", "value_3"}:
        raise invalid(type_3="no máximo duas variações por produto")
    values = chosen(body, WRITABLE)
    check(values, SHAPE)
    for day in SHAPE.days:
        if values.get(day) == "":
            values[day] = ZERO_DATE
    return whole_numbers(amounts(values, catalogue.PRICES), WHOLE)


ROUTES = (
    Route("GET", "/products/variants", list_variants, is_list=True),
    Route("POST", "/products/variants", create_variant),
    Route("GET", "/products/variants/<int:variant_id>", read_variant),
    Route("PUT", "/products/variants/<int:variant_id>", update_variant),
    Route("DELETE", "/products/variants/<int:variant_id>", delete_variant),
)
