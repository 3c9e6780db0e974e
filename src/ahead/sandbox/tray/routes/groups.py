"""Brands and categories."""

from typing import Any

from ahead.sandbox.tray import catalogue, wire
from ahead.sandbox.tray.answers import Answer, Call, created, deleted, invalid, not_found, saved
from ahead.sandbox.tray.bodies import chosen
from ahead.sandbox.tray.catalogue import slug_of
from ahead.sandbox.tray.checks import Shape, check
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.records import Fields, Record
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store

CATEGORY_WRITABLE = (
    "name",
    "parent_id",
    "description",
    "slug",
    "order",
    "title",
    "small_description",
    "has_acceptance_term",
    "acceptance_term",
)
CATEGORY_SHAPE = Shape(longest={"name": 255, "slug": 255, "title": 255}, whole=("order",))
METATAG_SHAPE = Shape(longest={"keywords": 256, "description": 256})


def _read(_store: Store, record: Record, name: str) -> str:
    return str(record.id) if name == "id" else record.text(name)


BRANDS: Listing[Record] = Listing(
    model="Brand",
    plural="Brands",
    available=("id", "brand"),
    rows=lambda store: store.brands.values(),
    read=_read,
    write=lambda _store, brand: {"Brand": wire.brand_entity(brand)},
    sorts=frozenset({"id", "brand"}),
)
CATEGORIES: Listing[Record] = Listing(
    model="Category",
    plural="Categories",
    available=("id", "name", "parent_id"),
    rows=lambda store: store.categories.values(),
    read=_read,
    write=lambda _store, category: {"Category": wire.category_row(category)},
    sorts=frozenset({"id", "name"}),
)


def _brand(call: Call) -> Record:
    brand = call.store.brands.get(call.identifiers["brand_id"])
    if brand is None:
        raise not_found()
    return brand


def _category(call: Call) -> Record:
    category = call.store.categories.get(call.identifiers["category_id"])
    if category is None:
        raise not_found()
    return category


def list_brands(call: Call) -> Answer:
    """List brands."""
    return Answer(answer_list(BRANDS, call))


def read_brand(call: Call) -> Answer:
    """Read a brand."""
    return Answer({"Brand": wire.brand_entity(_brand(call))})


def create_brand(call: Call) -> Answer:
    """Add a brand; its field is `brand`, not `name`."""
    fields = chosen(call.wrapped("Brand"), ("brand", "slug"))
    if not fields.get("brand"):
        raise invalid(brand="campo obrigatório")
    brand = Record(call.store.take_id("brand"), {"slug": slug_of(fields["brand"]), **fields})
    call.store.brands[brand.id] = brand
    return created(brand.id)


def update_brand(call: Call) -> Answer:
    """Change a brand."""
    brand, body = _brand(call), call.wrapped("Brand")
    if "name" in body:
        raise invalid(brand="campo obrigatório")
    brand.fields.update(chosen(body, ("brand", "slug")))
    return saved(brand.id)


def delete_brand(call: Call) -> Answer:
    """Remove a brand."""
    brand = _brand(call)
    del call.store.brands[brand.id]
    return deleted(brand.id)


def list_categories(call: Call) -> Answer:
    """List categories."""
    return Answer(answer_list(CATEGORIES, call))


def read_category(call: Call) -> Answer:
    """Read a category."""
    return Answer({"Category": wire.category_entity(call.store, _category(call))})


def read_tree(call: Call) -> Answer:
    """Read the whole tree of categories."""
    roots = [row for row in call.store.categories.values() if row.text("parent_id") in {"", "0"}]
    return Answer({"Category": [wire.category_branch(call.store, root) for root in roots]})


def read_branch(call: Call) -> Answer:
    """Read one category with all below it."""
    return Answer({"Category": [wire.category_branch(call.store, _category(call))]})


def create_category(call: Call) -> Answer:
    """Add a category; parent_id makes it a subcategory."""
    fields = _category_fields(call)
    if not fields.get("name"):
        raise invalid(name="campo obrigatório")
    category = Record(call.store.take_id("category"), {"slug": slug_of(fields["name"]), **fields})
    call.store.categories[category.id] = category
    return created(category.id)


def update_category(call: Call) -> Answer:
    """Change a category; Tray answers as if it had made one."""
    category = _category(call)
    category.fields.update(_category_fields(call, category))
    return Answer({"message": "Created", "id": str(category.id), "code": 201}, 201, category.id)


def delete_category(call: Call) -> Answer:
    """Remove a category; its children move to the root, and its products have none."""
    category = _category(call)
    catalogue.delete_category(call.store, category)
    return deleted(category.id)


def _category_fields(call: Call, itself: Record | None = None) -> Fields:
    """Return the fields of a body; metatag and property are kept, and shown nowhere, as at Tray."""
    body = call.wrapped("Category")
    fields: Fields = chosen(body, CATEGORY_WRITABLE)
    check(fields, CATEGORY_SHAPE)
    if fields.get("parent_id") == "0":
        fields["parent_id"] = ""
    _check_parent(call.store, fields.get("parent_id", ""), itself)
    if isinstance(body.get("metatag"), dict):
        fields["metatag"] = _metatag(body["metatag"])
    if isinstance(body.get("property"), list):
        fields["property"] = [str(name) for name in body["property"]]
    return fields


def _metatag(given: dict[str, Any]) -> dict[str, str]:
    metatag = chosen(given, METATAG_SHAPE.longest)
    check(metatag, METATAG_SHAPE)
    return metatag


def _check_parent(store: Store, parent_id: str, itself: Record | None) -> None:
    while parent_id:
        above = store.categories.get(int(parent_id)) if parent_id.isdigit() else None
        if above is None:
            raise invalid(parent_id="inexistente")
        if above is itself:
            raise invalid(parent_id="uma categoria não fica abaixo de si mesma")
        parent_id = above.text("parent_id")


ROUTES = (
    *(
        route
        for base in ("/products/brands", "/brands")
        for route in (
            Route("GET", base, list_brands, is_list=True),
            Route("POST", base, create_brand),
            Route("GET", f"{base}/<int:brand_id>", read_brand),
            Route("PUT", f"{base}/<int:brand_id>", update_brand),
            Route("DELETE", f"{base}/<int:brand_id>", delete_brand),
        )
    ),
    Route("GET", "/categories", list_categories, is_list=True),
    Route("POST", "/categories", create_category),
    Route("GET", "/categories/<int:category_id>", read_category),
    Route("PUT", "/categories/<int:category_id>", update_category),
    Route("DELETE", "/categories/<int:category_id>", delete_category),
    Route("GET", "/categories/tree", read_tree),
    Route("GET", "/categories/tree/<int:category_id>", read_branch),
)
