"""Distribution centres and the stock in each; none of it exists while the store has no centre."""

from collections.abc import Callable, Mapping

from ahead.sandbox.tray import centres, wire
from ahead.sandbox.tray.answers import Answer, Call, created, deleted, invalid, not_found, saved
from ahead.sandbox.tray.bodies import chosen, identifier, scalar, whole_numbers
from ahead.sandbox.tray.checks import Shape, check
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.records import Record, Sellable
from ahead.sandbox.tray.routes.routing import Handler, Route
from ahead.sandbox.tray.store import Store

CENTRES = "/multicd/distribution-centers"
SHAPE = Shape(longest={"name": 200, "state": 2}, whole=("priority",))
STOCK_SHAPE = Shape(longest={}, whole=("stock",), may_be_negative=frozenset({"stock"}))


def _read(_store: Store, centre: Record, name: str) -> str:
    return str(centre.id) if name == "id" else centre.text(name)


LISTING: Listing[Record] = Listing(
    model="DistributionCenter",
    plural="DistributionCenters",
    available=(),
    rows=lambda store: store.centres.values(),
    read=_read,
    write=lambda _store, centre: {"DistributionCenter": wire.centre_entity(centre)},
)


def _with_centres(handle: Handler) -> Handler:
    def guarded(call: Call) -> Answer:
        if not call.store.centres:
            raise not_found()
        return handle(call)

    return guarded


def _centre(call: Call) -> Record:
    centre = call.store.centres.get(call.identifiers["centre_id"])
    if centre is None:
        raise not_found()
    return centre


def _fields(call: Call) -> dict[str, str]:
    fields = chosen(call.wrapped("DistributionCenter"), wire.CENTRE_FIELDS)
    check(fields, SHAPE)
    if "name" in fields and not fields["name"]:
        raise invalid(name="campo obrigatório")
    return {name: value for name, value in fields.items() if value or name not in SHAPE.whole}


def list_centres(call: Call) -> Answer:
    """List the centres: rows and paging, nothing about filters or sorting."""
    answer = answer_list(LISTING, call)
    return Answer({name: answer[name] for name in ("paging", LISTING.plural)})


def read_centre(call: Call) -> Answer:
    """Read a centre."""
    return Answer({"DistributionCenter": wire.centre_entity(_centre(call))})


def create_centre(call: Call) -> Answer:
    """Open a centre."""
    fields = _fields(call)
    if "name" not in fields:
        raise invalid(name="campo obrigatório")
    return created(centres.add(call.store, fields).id)


def update_centre(call: Call) -> Answer:
    """Change a centre; the stock of an inactive one is not shown."""
    centre = _centre(call)
    centre.fields.update(_fields(call))
    centres.resum(call.store)
    return saved(centre.id)


def delete_centre(call: Call) -> Answer:
    """Close a centre."""
    centre = _centre(call)
    centres.remove(call.store, centre)
    return deleted(centre.id)


def _detailed(kind: str, items: Callable[[Store], Mapping[int, Sellable]]) -> Handler:
    """Make the answer that tells the stock of one product or variant in each centre, inactive ones too."""
    key, model = f"{kind.lower()}_id", f"DistributionCenter{kind}"

    def read(call: Call) -> Answer:
        item = items(call.store).get(call.identifiers[key])
        if item is None:
            raise not_found()
        rows = [
            {
                key: str(item.id),
                "stock": str(item.units_by_centre.get(str(centre.id), 0)),
                "distribution_center_id": str(centre.id),
            }
            for centre in call.store.centres.values()
        ]
        return Answer({f"{model}s": [{model: row} for row in rows]})

    return read


def set_stock(call: Call) -> Answer:
    """Write the stock of a product or a variant in one centre."""
    store, centre, body = call.store, _centre(call), call.read_body()
    if isinstance(body, dict) and "DistributionCenterVariant" in body:
        row = call.wrapped("DistributionCenterVariant")
        item: Sellable | None = store.variants.get(identifier(row, "variant_id"))
    else:
        row = call.wrapped("DistributionCenterProduct")
        item = store.products.get(identifier(row, "product_id"))
    if item is None:
        raise invalid(product_id="inexistente")
    stock = {"stock": scalar(row.get("stock"))}
    check(stock, STOCK_SHAPE)
    if not stock["stock"]:
        raise invalid(stock="campo obrigatório")
    centres.place(store, item, int(whole_numbers(stock, ("stock",))["stock"]), centre)
    store.touch(item)
    return saved(centre.id)


ROUTES = tuple(
    Route(method, path, _with_centres(handle), is_list=handle is list_centres)
    for method, path, handle in (
        ("GET", CENTRES, list_centres),
        ("POST", CENTRES, create_centre),
        ("GET", f"{CENTRES}/<int:centre_id>", read_centre),
        ("PUT", f"{CENTRES}/<int:centre_id>", update_centre),
        ("DELETE", f"{CENTRES}/<int:centre_id>", delete_centre),
        ("PUT", f"{CENTRES}/<int:centre_id>/stock", set_stock),
        (
            "GET",
            "/multicd/stock/detailed/product/<int:product_id>",
            _detailed("Product", lambda store: store.products),
        ),
        (
            "GET",
            "/multicd/stock/detailed/variant/<int:variant_id>",
            _detailed("Variant", lambda store: store.variants),
        ),
    )
)
