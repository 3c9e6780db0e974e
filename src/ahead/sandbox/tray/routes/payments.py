"""Payments of orders, and the ways to pay the store offers."""

from ahead.sandbox.tray import trade, wire_orders
from ahead.sandbox.tray.answers import Answer, Call, created, invalid, not_found
from ahead.sandbox.tray.bodies import amounts, chosen, identifier
from ahead.sandbox.tray.defaults import PAYMENT_METHODS
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.moments import stamp
from ahead.sandbox.tray.records import Fields, Order
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store

WRITABLE = ("payment_method_id", "method", "value", "date", "note")


def _all(store: Store) -> list[Fields]:
    rows = [payment for order in store.orders.values() for payment in order.payments]
    return sorted(rows, key=lambda payment: int(payment["id"]))


LISTING: Listing[Fields] = Listing(
    model="Payment",
    plural="Payments",
    available=("id", "order_id", "created", "modified"),
    rows=_all,
    read=lambda _store, payment, name: str(payment[name]),
    write=lambda _store, payment: {"Payment": wire_orders.payment_row(payment)},
    days=frozenset({"created", "modified"}),
)


def _payment(call: Call) -> tuple[Order, Fields]:
    for order in call.store.orders.values():
        for payment in order.payments:
            if payment["id"] == str(call.identifiers["payment_id"]):
                return order, payment
    raise not_found()


def list_payments(call: Call) -> Answer:
    """List payments."""
    return Answer(answer_list(LISTING, call))


def read_payment(call: Call) -> Answer:
    """Read a payment."""
    return Answer({"Payment": _payment(call)[1]})


def create_payment(call: Call) -> Answer:
    """Book a payment for an order."""
    store, body = call.store, call.wrapped("Payment")
    order = store.orders.get(identifier(body, "order_id"))
    if order is None:
        raise invalid(order_id="inexistente")
    payment = trade.add_payment(store, order, amounts(chosen(body, WRITABLE), ("value",)), store.now)
    order.fields.update(has_payment="1", payment_date=payment["date"])
    store.touch(order)
    return created(int(payment["id"]))


def update_payment(call: Call) -> Answer:
    """Change a payment; this section of Tray writes its answers in lower case."""
    order, payment = _payment(call)
    fields = amounts(chosen(call.wrapped("Payment"), WRITABLE), ("value",))
    payment.update(fields, modified=stamp(call.store.now))
    call.store.touch(order)
    return _lower("saved", payment)


def delete_payment(call: Call) -> Answer:
    """Remove a payment."""
    order, payment = _payment(call)
    order.payments.remove(payment)
    if not order.payments:
        order.fields["has_payment"] = "0"
    call.store.touch(order)
    return _lower("deleted", payment)


def _lower(message: str, payment: Fields) -> Answer:
    return Answer({"message": message, "id": payment["id"], "code": 200}, 200, int(payment["id"]))


def list_methods(_call: Call) -> Answer:
    """List the ways to pay that are switched on."""
    methods = [
        {
            "PaymentMethod": {
                "id": method.id,
                "name": method.name,
                "type": method.kind,
                "text": "",
                "card": "1" if method.kind == "credit_card" else "0",
                "active": "1",
            }
        }
        for method in PAYMENT_METHODS.values()
    ]
    return Answer({"PaymentMethods": methods})


ROUTES = (
    Route("GET", "/payments", list_payments, is_list=True),
    Route("POST", "/payments", create_payment),
    Route("GET", "/payments/<int:payment_id>", read_payment),
    Route("PUT", "/payments/<int:payment_id>", update_payment),
    Route("DELETE", "/payments/<int:payment_id>", delete_payment),
    Route("GET", "/payments/methods/1", list_methods),
    Route("GET", "/payments/methods/1/active", list_methods),
)
