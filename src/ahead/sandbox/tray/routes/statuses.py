"""Order statuses."""

from ahead.sandbox.tray import wire
from ahead.sandbox.tray.answers import Answer, Call, created, deleted, invalid, not_found, saved
from ahead.sandbox.tray.bodies import chosen
from ahead.sandbox.tray.defaults import BUILT_IN_STATUSES
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.records import Status
from ahead.sandbox.tray.routes.routing import Route

WRITABLE = ("status", "description", "background", "default", "type")
LISTING: Listing[Status] = Listing(
    model="OrderStatus",
    plural="OrderStatuses",
    available=(),
    rows=lambda store: store.statuses.values(),
    read=lambda _store, status, name: status.text(name),
    write=lambda store, status: {"OrderStatus": wire.status_entity(store, status)},
)


def _status(call: Call) -> Status:
    status = call.store.statuses.get(call.identifiers["status_id"])
    if status is None:
        raise not_found()
    return status


def list_statuses(call: Call) -> Answer:
    """List the statuses."""
    return Answer(answer_list(LISTING, call))


def read_status(call: Call) -> Answer:
    """Read one status: three fields."""
    entity = wire.status_entity(call.store, _status(call))
    return Answer({"OrderStatus": {name: entity[name] for name in ("status", "id", "default")}})


def create_status(call: Call) -> Answer:
    """Add a status of the merchant's own."""
    fields = {"default": "1", "type": "open", **chosen(call.wrapped("OrderStatus"), WRITABLE)}
    if not fields.get("status"):
        raise invalid(status="campo obrigatório")
    status = Status(call.store.take_id("status"), fields)
    call.store.statuses[status.id] = status
    return created(status.id)


def update_status(call: Call) -> Answer:
    """Change a status of the merchant's own."""
    status = _own_status(call)
    status.fields.update(chosen(call.wrapped("OrderStatus"), WRITABLE))
    return saved(status.id)


def delete_status(call: Call) -> Answer:
    """Remove a status of the merchant's own that no order has."""
    status = _own_status(call)
    if any(order.status_id == status.id for order in call.store.orders.values()):
        raise invalid(status="em uso por pedidos")
    del call.store.statuses[status.id]
    return deleted(status.id)


def _own_status(call: Call) -> Status:
    status = _status(call)
    if status.id in BUILT_IN_STATUSES:
        raise invalid(status="status padrão não pode ser alterado")
    return status


ROUTES = (
    Route("GET", "/orders/statuses", list_statuses, is_list=True),
    Route("POST", "/orders/statuses", create_status),
    Route("GET", "/orders/statuses/<int:status_id>", read_status),
    Route("PUT", "/orders/statuses/<int:status_id>", update_status),
    Route("DELETE", "/orders/statuses/<int:status_id>", delete_status),
)
