"""From the order documents Tray sends to typed values."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from ahead.tray import reading
from ahead.tray.customer_reading import read_customer
from ahead.tray.errors import Unreadable
from ahead.tray.order_parts import (
    payment_method,
    read_invoice,
    read_item,
    read_marketplace,
    read_money,
    read_payment,
    read_pickup,
    read_registered_payment,
    read_sale,
)
from ahead.tray.reading import (
    Document,
    day,
    entities,
    entity,
    flag,
    identity,
    moment,
    money,
    text,
)
from ahead.tray.requirement import required_entity, required_id
from ahead.tray.values import (
    CompleteOrder,
    Customer,
    Marketplace,
    OrderDetail,
    OrderRow,
    OrderStatus,
    StatusType,
)

# What an order is, as lists and `/complete` both tell it; a status or an invoice that we write changes none of it.
_CONTENT = (
    "id", "date", "customer_id", "partial_total", "taxes", "discount", "point_sale", "shipment", "shipment_value",
    "shipment_date", "discount_coupon", "coupon", "payment_method_rate", "value_1", "session_id", "total",
    "payment_date", "access_code", "shipment_integrator", "interest", "id_quotation", "estimated_delivery_date",
    "external_code", "has_payment", "has_shipment", "total_comission_user", "total_comission", "is_traceable",
)  # fmt: skip
_CREATED_FROM = re.compile(r"\s*Criado a partir do pedido:\s*(\d+)", re.IGNORECASE)
_PARENT_IN_CODE = re.compile(r"(\d+)-\d+$")
_STATUS_TYPES: dict[str, StatusType] = {
    "open": "open",
    "closed": "closed",
    "canceled": "cancelled",
    "cancelled": "cancelled",
}


def read_status(row: Document, where: str = "OrderStatus") -> OrderStatus:
    """
    Read one of the store's order statuses.

    :raises Unreadable: if it has no id.
    """
    return OrderStatus(
        id=required_id(row, "id", where),
        name=text(row.get("status")),
        type=_status_type(row),
        description=text(row.get("description")),
        background=text(row.get("background")),
        is_shown=flag(row.get("show_backoffice")),
    )


def read_order_row(row: Document, where: str = "Order") -> OrderRow:
    """
    Read an order as lists show it.

    :raises Unreadable: if it has no id.
    """
    status = entity(row.get("OrderStatus"), "OrderStatus")
    note = text(row.get("store_note"))
    return OrderRow(
        id=required_id(row, "id", where),
        status=_status_name(row, status),
        status_id=identity(status.get("id")),
        status_type=_status_type(status),
        modified=moment(row.get("modified")),
        date=day(row.get("date")),
        total=money(row.get("total")),
        customer_id=identity(row.get("customer_id")),
        point_sale=text(row.get("point_sale")),
        payment_method=payment_method(row),
        has_payment=flag(row.get("has_payment")),
        has_invoice=_has_invoice(row),
        store_note=note,
        dc_id=identity(row.get("dc_id")),
        external_code=text(row.get("external_code")),
        session_id=text(row.get("session_id")),
        parent_order_id=_parent_in_note(note),
        fingerprint=fingerprint(row),
    )


def read_order(row: Document, where: str = "Order") -> OrderDetail:
    """
    Read an order as `/orders/:id` shows it.

    :raises Unreadable: if it has no id.
    """
    status = entity(row.get("OrderStatus"), "OrderStatus")
    return OrderDetail(
        id=required_id(row, "id", where),
        status=_status_name(row, status),
        status_id=identity(status.get("id")),
        status_type=_status_type(status),
        placed_at=_placed_at(row, None),
        modified=moment(row.get("modified")),
        total=money(row.get("total")),
        customer_id=identity(row.get("customer_id")),
        customer_address_id=identity(entity(row.get("CustomerAddress"), "CustomerAddress").get("id")),
        point_sale=text(row.get("point_sale")),
        payment_method=payment_method(row),
        has_invoice=_has_invoice(row),
        store_note=text(row.get("store_note")),
        sending_code=text(row.get("sending_code")),
        tracking_url=text(row.get("tracking_url")),
    )


def read_complete_order(raw: Mapping[str, Any]) -> CompleteOrder:
    """
    Read an order as `/orders/:id/complete` shows it; also reads a stored `raw` again.

    :raises NotFound: if the document holds an empty order.
    :raises Unreadable: if an id, the customer or a needed amount is missing or nonsense.
    """
    order = required_entity(raw, "Order")
    status = entity(order.get("OrderStatus"), "OrderStatus")
    marketplace = read_marketplace(order)
    note, external_code = text(order.get("store_note")), text(order.get("external_code"))
    is_child = _is_child(order, note)
    children = entities(order.get("OrderChilds"), "OrderChild")
    pickups = entities(order.get("PickupLocation"), "PickupLocation")
    return CompleteOrder(
        id=required_id(order, "id", "Order"),
        status=_status_name(order, status),
        status_id=identity(status.get("id")),
        status_type=_status_type(status),
        placed_at=_placed_at(order, marketplace),
        modified=moment(order.get("modified")),
        money=read_money(order),
        shipment=text(order.get("shipment")),
        shipment_integrator=text(order.get("shipment_integrator")),
        delivery_time=text(order.get("delivery_time")),
        estimated_delivery=day(order.get("estimated_delivery_date")),
        sending_code=text(order.get("sending_code")),
        tracking_url=text(order.get("tracking_url")),
        point_sale=text(order.get("point_sale")),
        session_id=text(order.get("session_id")),
        external_code=external_code,
        access_code=text(order.get("access_code")),
        store_note=note,
        customer_note=text(order.get("customer_note")),
        payment=read_payment(order),
        customer=_read_buyer(order),
        items=tuple(
            read_item(row, f"Order.ProductsSold[{position}]")
            for position, row in enumerate(entities(order.get("ProductsSold"), "ProductsSold"))
        ),
        payments=tuple(read_registered_payment(row) for row in entities(order.get("Payment"), "Payment")),
        marketplace=marketplace,
        mercado_livre=tuple(read_sale(row) for row in entities(order.get("MlOrder"), "MlOrder")),
        invoices=tuple(read_invoice(row) for row in entities(order.get("OrderInvoice"), "OrderInvoice")),
        has_invoice=_has_invoice(order),
        pickup=read_pickup(pickups[0]) if pickups else None,
        dc_id=identity(order.get("dc_id")),
        is_child_order=is_child,
        parent_order_id=_parent(note, external_code) if is_child else None,
        has_children=bool(children),
        child_order_ids=tuple(filter(None, (identity(row.get("id")) for row in children))),
        fingerprint=fingerprint(order),
        raw=raw,
    )


def is_sorted_as_asked(page: Document, rows: Sequence[OrderRow], *, field: str, way: str) -> bool:
    """Return whether Tray echoes the sort it was asked for, and the rows really lie in it."""
    echo = entity(page.get("sort"), "sort")
    if {str(name).rpartition(".")[2]: text(value).lower() for name, value in echo.items()} != {field: way}:
        return False
    keys = [row.modified if field == "modified" else row.id for row in rows]
    if way == "desc":
        keys.reverse()
    return (
        all(
            one is not None and other is not None and one <= other  # type: ignore[operator]
            for one, other in pairwise(keys)
        )
        and None not in keys
    )


def order_row_of(order: CompleteOrder) -> OrderRow:
    """
    Return what a list would show of an order that was read whole.

    :raises Unreadable: if it has no id.
    """
    return read_order_row(required_entity(order.raw, "Order"))


def fingerprint(row: Document) -> str:
    """
    Return a short hash of an order that a status or an invoice written by ourselves does not change.

    It is the same whether a list shows the order or `/orders/:id/complete` does.
    """
    kept = {name: _canonical(row[name]) for name in _CONTENT if name in row}
    kept["payment"] = payment_method(row)
    kept["sold"] = [text(line.get("id")) for line in entities(row.get("ProductsSold"), "ProductsSold")] or ""
    written = json.dumps({k: v for k, v in kept.items() if v != ""}, sort_keys=True, separators=(",", ":"))
    return blake2b(written.encode(), digest_size=8).hexdigest()


def _canonical(value: object) -> object:
    """Return the value with 7 and "7" alike, and with null, "", [] and {} alike."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {name: _canonical(inner) for name, inner in value.items()} or ""
    if isinstance(value, list):
        return [_canonical(inner) for inner in value] or ""
    return text(value)


def _status_name(order: Document, status: Document) -> str:
    return text(order.get("status")) or text(status.get("status"))


def _status_type(status: Document) -> StatusType:
    return _STATUS_TYPES.get(text(status.get("type")).lower(), "")


def _has_invoice(order: Document) -> bool:
    return flag(order.get("has_invoice")) or bool(entities(order.get("OrderInvoice"), "OrderInvoice"))


def _placed_at(order: Document, marketplace: Marketplace | None) -> datetime | None:
    """Date and hour; without an hour the marketplace's time, and noon as the last resort."""
    on, at = day(order.get("date")), reading.hour(order.get("hour"))
    if on is not None and at is not None:
        return reading.moment_of(on, at)
    if marketplace is not None and marketplace.created is not None:
        return marketplace.created
    return None if on is None else reading.moment_of(on, time(12))


def _read_buyer(order: Document) -> Customer:
    buyer = entity(order.get("Customer"), "Customer")
    if not buyer:
        raise Unreadable("Order.Customer")
    if identity(buyer.get("id")) is None:
        buyer = buyer | {"id": order.get("customer_id")}
    return read_customer(buyer, "Order.Customer")


def _is_child(order: Document, note: str) -> bool:
    centre = entity(order.get("DistributionCenter"), "DistributionCenter")
    return text(centre.get("type")) == "child_order" or _parent_in_note(note) is not None


def _parent_in_note(note: str) -> int | None:
    found = _CREATED_FROM.match(note)
    return identity(found.group(1)) if found else None


def _parent(note: str, external_code: str) -> int | None:
    found = _PARENT_IN_CODE.search(external_code)
    return _parent_in_note(note) or (identity(found.group(1)) if found else None)
