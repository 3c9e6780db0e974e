"""Orders: list, read, create, change, cancel, lines."""

from decimal import Decimal
from typing import Any

from ahead.sandbox.tray import crowd, trade, wire_orders
from ahead.sandbox.tray.answers import Answer, Call, created, invalid, not_found, saved
from ahead.sandbox.tray.bodies import amounts, chosen, identifier, scalar, whole_numbers
from ahead.sandbox.tray.customer_fields import PLACE_FIELDS, WRITABLE_CUSTOMER_FIELDS
from ahead.sandbox.tray.defaults import AWAITING_PAYMENT, CANCELLED
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.order_fields import ORDER_AMOUNTS, ORDER_ROW, WRITABLE_ORDER_FIELDS
from ahead.sandbox.tray.records import Customer, Fields, Order, Product, Variant
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store

AVAILABLE = (
    "id",
    "status",
    "partner_id",
    "session_id",
    "sending_code",
    "customer_id",
    "shipment",
    "point_sale",
    "payment_form",
    "access_code",
    "external_code",
    "has_payment",
    "has_invoice",
    "has_shipment",
    "with_statuses",
    "printed",
    "payment_method_id",
    "store_note",
    "discount_coupon",
    "dc_id",
    "modified",
    "date",
    "shipment_date",
    "payment_date",
)
CREATED_FIELDS = (
    "point_sale",
    "session_id",
    "shipment",
    "store_note",
    "customer_note",
    "external_code",
    "partner_id",
    "discount",
    "taxes",
    "payment_method_id",
    "payment_method",
)


def _read(store: Store, order: Order, name: str) -> str:
    if name == "id":
        return str(order.id)
    if name == "status":
        return store.statuses[order.status_id].name
    if name == "customer_id":
        return str(order.customer_id)
    if name == "payment_form":
        name = "payment_method"
    return str(order.fields.get(name, ORDER_ROW.get(name) or ""))


LISTING: Listing[Order] = Listing(
    model="Order",
    plural="Orders",
    available=AVAILABLE,
    rows=lambda store: store.orders.values(),
    read=_read,
    write=lambda store, order: {"Order": wire_orders.order_row(store, order)},
    days=frozenset({"modified", "date", "shipment_date", "payment_date"}),
    ignored=frozenset({"with_statuses"}),
    sorts=frozenset({"id", "modified", "date"}),
)


def _order(call: Call) -> Order:
    order = call.store.orders.get(call.identifiers["order_id"])
    if order is None:
        raise not_found()
    return order


def list_orders(call: Call) -> Answer:
    """List orders."""
    return Answer(answer_list(LISTING, call))


def read_order(call: Call) -> Answer:
    """Read an order; its items are ids only."""
    return Answer({"Order": wire_orders.order_entity(call.store, _order(call))})


def read_complete_order(call: Call) -> Answer:
    """Read everything about an order."""
    return Answer(wire_orders.order_complete(call.store, _order(call)))


def create_order(call: Call) -> Answer:
    """Take an order in; the same session_id twice makes two orders, as at Tray."""
    store, body = call.store, call.wrapped("Order")
    rows = body.get("ProductsSold")
    if not isinstance(rows, list) or not rows:
        raise invalid(ProductsSold="campo obrigatório")
    items = [_sold(store, row.get("ProductsSold", row)) for row in rows]
    fields: Fields = amounts(chosen(body, CREATED_FIELDS), ("discount", "taxes"))
    if payment := scalar(body.get("payment_form")):
        fields["payment_method"] = payment
    status = store.statuses.get(identifier(body, "status_id") or AWAITING_PAYMENT)
    if status is None:
        raise invalid(status_id="inexistente")
    freight = amounts({"shipment_value": scalar(body.get("shipment_value"))}, ("shipment_value",))
    customer = _customer(store, body)
    terms = trade.Terms(status, None, Decimal(freight["shipment_value"]), "bank_billet", fields)
    order = trade.place_order(store, items, customer, terms)
    order.marketplace.extend(_marketplace(order, body.get("MarketplaceOrder")))
    return created(order.id)


def _sold(store: Store, row: Fields) -> tuple[Product | Variant, int, Decimal]:
    item = _sellable(store, row)
    values = amounts({"price": scalar(row.get("price")) or str(item.price)}, ("price",))
    quantity = whole_numbers({"quantity": scalar(row.get("quantity")) or "1"}, ("quantity",))
    return item, int(quantity["quantity"]), Decimal(values["price"])


def _sellable(store: Store, row: Fields) -> Product | Variant:
    variant_id, product_id = identifier(row, "variant_id"), identifier(row, "product_id")
    if variant_id:
        variant = store.variants.get(variant_id)
        if variant is None or product_id not in {0, variant.product_id}:
            raise invalid(variant_id="inexistente")
        return variant
    if product_id not in store.products:
        raise invalid(product_id="inexistente")
    return store.products[product_id]


def _customer(store: Store, body: Fields) -> Customer:
    known = store.customers.get(identifier(body, "customer_id"))
    if known is not None:
        return known
    given = body.get("Customer")
    if not isinstance(given, dict):
        raise invalid(Customer="campo obrigatório")
    fields: Fields = chosen(given, (*WRITABLE_CUSTOMER_FIELDS, *PLACE_FIELDS))
    if not fields.get("name"):
        raise invalid(name="campo obrigatório")
    fields["gender"] = {"M": "0", "F": "1"}.get(fields.get("gender", ""), fields.get("gender", ""))
    addresses = given.get("CustomerAddress", body.get("CustomerAddress"))
    if isinstance(addresses, (dict, list)):
        fields["CustomerAddress"] = addresses
    return crowd.buyer(store, fields)


def _marketplace(order: Order, rows: Any) -> list[Fields]:
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list):
        return []
    stamped = order.fields["modified"]
    return [
        {
            **{name: scalar(value) for name, value in row.get("MarketplaceOrder", row).items()},
            "order_id": str(order.id),
            "created": stamped,
            "updated": stamped,
        }
        for row in rows
    ]


def update_order(call: Call) -> Answer:
    """Change some fields; a status by its id only."""
    store, order, body = call.store, _order(call), call.wrapped("Order")
    fields = amounts(
        chosen(body, WRITABLE_ORDER_FIELDS), [name for name in ORDER_AMOUNTS if name in WRITABLE_ORDER_FIELDS]
    )
    status = None
    if "status_id" in body:
        status = store.statuses.get(identifier(body, "status_id"))
        if status is None:
            raise invalid(status_id="inexistente")
    order.fields.update(fields)
    if fields.keys() & set(ORDER_AMOUNTS):
        trade.settle(order)
    if status is not None:
        trade.move_order(store, order, status)
    store.touch(order)
    return saved(order.id)


def cancel_order(call: Call) -> Answer:
    """Cancel an order."""
    order = _order(call)
    trade.move_order(call.store, order, call.store.statuses[CANCELLED])
    return saved(order.id)


def include_product(call: Call) -> Answer:
    """Add a line to an order."""
    store, order = call.store, _order(call)
    item, quantity, price = _sold(store, call.wrapped("ProductsSold"))
    lines = trade.add_sold(store, order, item, quantity, price)
    if order.holds_stock:
        for line in lines:
            trade.shift_stock(store, line, -1)
    trade.settle(order)
    store.touch(order)
    return _success(order, 201)


def exclude_product(call: Call) -> Answer:
    """Take the lines of a product out of an order, of a kit those of its components too."""
    store, order = call.store, _order(call)
    product_id = str(call.identifiers["product_id"])
    gone = [line for line in order.lines if product_id in {line["product_id"], line.get("product_kit_id")}]
    if not gone:
        raise not_found()
    order.lines = [line for line in order.lines if line not in gone]
    if order.holds_stock:
        for line in gone:
            trade.shift_stock(store, line, 1)
    trade.settle(order)
    store.touch(order)
    return _success(order, 200)


def _success(order: Order, code: int) -> Answer:
    return Answer({"message": "Success", "id": str(order.id), "code": code}, code, order.id)


ROUTES = (
    Route("GET", "/orders", list_orders, is_list=True),
    Route("POST", "/orders", create_order),
    Route("GET", "/orders/<int:order_id>", read_order),
    Route("PUT", "/orders/<int:order_id>", update_order),
    Route("GET", "/orders/<int:order_id>/complete", read_complete_order),
    Route("PUT", "/orders/cancel/<int:order_id>", cancel_order),
    Route("POST", "/orders/includeProduct/<int:order_id>", include_product),
    Route("PUT", "/orders/excludeProduct/<int:order_id>/<int:product_id>", exclude_product),
)
