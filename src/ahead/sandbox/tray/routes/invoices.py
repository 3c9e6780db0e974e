"""Invoices of orders: the body may be flat or inside OrderInvoice."""

from typing import Any

from ahead.sandbox.tray import wire_orders
from ahead.sandbox.tray.answers import Answer, Call, created, invalid, not_found, saved
from ahead.sandbox.tray.bodies import amounts, chosen, scalar
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.moments import stamp
from ahead.sandbox.tray.records import Fields, Order
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store

WRITABLE = ("issue_date", "number", "serie", "value", "key", "link", "xml_danfe")
REQUIRED = ("issue_date", "number", "serie", "value", "key")


def _all(store: Store) -> list[Fields]:
    rows = [invoice for order in store.orders.values() for invoice in order.invoices]
    return sorted(rows, key=lambda invoice: int(invoice["id"]))


LISTING: Listing[Fields] = Listing(
    model="OrderInvoice",
    plural="OrderInvoices",
    available=(),
    rows=_all,
    read=lambda _store, invoice, name: str(invoice[name]),
    write=lambda _store, invoice: {"OrderInvoice": wire_orders.invoice_row(invoice)},
    newest_first=True,
)


def _order(call: Call) -> Order:
    order = call.store.orders.get(call.identifiers["order_id"])
    if order is None:
        raise not_found()
    return order


def _invoice(call: Call) -> tuple[Order, Fields]:
    order = _order(call)
    for invoice in order.invoices:
        if invoice["id"] == str(call.identifiers["invoice_id"]):
            return order, invoice
    raise not_found()


def list_invoices(call: Call) -> Answer:
    """List the invoices of the store, newest first, without filters."""
    return Answer(answer_list(LISTING, call))


def read_invoices(call: Call) -> Answer:
    """Read the invoices of an order."""
    rows = [wire_orders.invoice_with_cfops(invoice) for invoice in _order(call).invoices]
    return Answer({"OrderInvoices": rows})


def read_invoice(call: Call) -> Answer:
    """Read one invoice; it comes as a list too."""
    return Answer({"OrderInvoices": [wire_orders.invoice_with_cfops(_invoice(call)[1])]})


def create_invoice(call: Call) -> Answer:
    """Attach an invoice to an order; its status stays."""
    store, order, body = call.store, _order(call), _body(call)
    fields = _fields(body)
    if missing := [name for name in REQUIRED if not fields.get(name)]:
        raise invalid(**dict.fromkeys(missing, "campo obrigatório"))
    _refuse_repeated(store, fields, None)
    now = stamp(store.now)
    invoice: Fields = {**dict.fromkeys(WRITABLE, ""), **fields, "created": now, "updated": now}
    invoice |= {"id": str(store.take_id("invoice")), "order_id": str(order.id), "ProductCfop": _cfops(body)}
    order.invoices.append(invoice)
    order.fields["has_invoice"] = "1"
    store.touch(order)
    return created(int(invoice["id"]))


def update_invoice(call: Call) -> Answer:
    """Change an invoice."""
    store, body = call.store, _body(call)
    order, invoice = _invoice(call)
    fields = _fields(body)
    _refuse_repeated(store, fields, invoice["id"])
    invoice.update(fields, updated=stamp(store.now))
    if "ProductCfop" in body:
        invoice["ProductCfop"] = _cfops(body)
    store.touch(order)
    return saved(int(invoice["id"]))


def _body(call: Call) -> dict[str, Any]:
    body = call.read_body()
    inner = body.get("OrderInvoice", body) if isinstance(body, dict) else None
    if not isinstance(inner, dict) or "Invoice" in inner:
        raise invalid(OrderInvoice="campo obrigatório")
    return inner


def _fields(body: dict[str, Any]) -> dict[str, str]:
    return amounts(chosen(body, WRITABLE), ("value",))


def _cfops(body: dict[str, Any]) -> list[Fields]:
    rows = body.get("ProductCfop")
    if not isinstance(rows, list):
        return []
    names = ("product_id", "variation_id", "cfop")
    return [{name: scalar(row.get(name, "0")) for name in names} for row in rows if isinstance(row, dict)]


def _refuse_repeated(store: Store, fields: dict[str, str], own_id: str | None) -> None:
    for order in store.orders.values():
        for invoice in order.invoices:
            if invoice["id"] == own_id:
                continue
            if fields.get("key") and invoice["key"] == fields["key"]:
                raise invalid(key="nota já cadastrada")
            if _number(invoice) == _number(fields):
                raise invalid(number="nota já cadastrada")


def _number(fields: Fields) -> tuple[str, str] | None:
    return (fields["number"], fields["serie"]) if "number" in fields and "serie" in fields else None


ROUTES = (
    Route("GET", "/orders/invoices", list_invoices, is_list=True),
    Route("GET", "/orders/<int:order_id>/invoices", read_invoices),
    Route("POST", "/orders/<int:order_id>/invoices", create_invoice),
    Route("GET", "/orders/<int:order_id>/invoices/<int:invoice_id>", read_invoice),
    Route("PUT", "/orders/<int:order_id>/invoices/<int:invoice_id>", update_invoice),
)
