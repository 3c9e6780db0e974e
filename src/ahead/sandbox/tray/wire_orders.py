"""Orders, their lines, payments and invoices in Tray's shapes."""

from typing import TYPE_CHECKING, Any

from ahead.sandbox.tray import wire
from ahead.sandbox.tray.customer_fields import ORDER_CUSTOMER_FIELDS, PROFILE_EXTENSIONS
from ahead.sandbox.tray.order_fields import LINE_FIELDS, ORDER_COMPLETE, ORDER_ROW, ORDER_SINGLE
from ahead.sandbox.tray.records import Fields, Order

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Store

INVOICE_FIELDS = ("id", "order_id", "issue_date", "number", "serie", "value", "key", "link", "xml_danfe")
PAYMENT_ROW_FIELDS = (
    "id",
    "order_id",
    "payment_method_id",
    "payment_place",
    "value",
    "note",
    "created",
    "modified",
)


def order_row(store: "Store", order: Order) -> Fields:
    """Return an order as the list shows it: no hour, no customer, no items but their ids."""
    row = _scalars(store, order, ORDER_ROW)
    row["payment_form"] = order.fields.get("payment_method", "")
    row["id_quotation"] = order.fields.get("id_quotation")
    row["OrderStatus"] = wire.status_entity(store, store.statuses[order.status_id])
    row["PickupLocation"] = []
    row["ProductsSold"] = [{"id": line["id"]} for line in order.lines]
    row["Payment"] = []
    row["OrderInvoice"] = _bare_invoices(order)
    row.update(MlOrder=[], OrderTransactions=[], MarketplaceOrder=[], Extensions=[])
    return row


def order_entity(store: "Store", order: Order) -> Fields:
    """Return an order as ``/orders/:id`` shows it."""
    entity = _scalars(store, order, ORDER_SINGLE)
    entity["OrderStatus"] = wire.status_entity(store, store.statuses[order.status_id], wide=True)
    entity["PickupLocation"] = []
    entity["ProductsSold"] = [{"id": line["id"]} for line in order.lines]
    entity["OrderInvoice"] = _bare_invoices(order)
    entity["Payment"] = [{"id": payment["id"]} for payment in order.payments]
    entity.update(MlOrder=[], MarketplaceOrder=[], OrderTransactions=[], Extensions=[])
    entity["payments_notification"] = _notification(store, order)
    entity["CustomerAddress"] = {"id": str(order.address_id)} if order.address_id else []
    _label(store, order, entity)
    entity.update(order.extras.get("single", {}))
    return entity


def order_complete(store: "Store", order: Order) -> Fields:
    """Return everything about an order."""
    entity = _scalars(store, order, ORDER_COMPLETE)
    entity["OrderStatus"] = wire.status_entity(store, store.statuses[order.status_id], wide=True)
    entity["PickupLocation"] = []
    pay = f"https://{store.host}/loja/pagamento.php?loja={store.store_id}&pedido={entity['access_code']}"
    entity["urls"] = {"payment": pay}
    entity["Customer"] = _customer(store, order)
    entity["ProductsSold"] = [{"ProductsSold": line_entity(store, line)} for line in order.lines]
    entity["OrderInvoice"] = _invoices(store, order)
    entity["Payment"] = [{"Payment": {**payment, "unique_number": ""}} for payment in order.payments]
    entity["MlOrder"] = [{"MlOrder": row} for row in order.mercado_livre]
    entity["MarketplaceOrder"] = [{"MarketplaceOrder": row} for row in order.marketplace]
    entity.update(OrderTransactions=[], OrderInvoiceAmount=[], OtherInvoiceAmounts=[], ExtraTabs=[])
    entity["OrderChilds"] = []
    entity["PaymentMethodMessage"] = {"text": "", "text_pag": "", "text_confirm": "", "confirmation": "0"}
    entity["payments_notification"] = _notification(store, order)
    _label(store, order, entity)
    entity.update(order.extras.get("complete", {}))
    return {"Order": entity, "Extensions": [], "User": [], "Confirmation": []}


def _scalars(store: "Store", order: Order, shape: dict[str, str | None]) -> Fields:
    fields = order.fields
    scalars: dict[str, Any] = {name: fields.get(name, default) for name, default in shape.items()}
    scalars["status"] = store.statuses[order.status_id].name
    scalars["id"] = str(order.id)
    scalars["customer_id"] = str(order.customer_id)
    if "coupon" in fields:
        scalars["coupon"] = fields["coupon"]
    return scalars


def _notification(store: "Store", order: Order) -> dict[str, str]:
    query = f"loja={store.store_id}&gateway=5&codigoAcesso={order.text('access_code')}&notification=true"
    return {"notification": f"https://{store.host}/loja/retorno_pagamento.php?{query}"}


def _label(store: "Store", order: Order, entity: Fields) -> None:
    if order.marketplace:
        url = f"https://{store.host}?store_id={store.store_id}&id={order.id}"
        entity["ShippingLabel"] = {"application": "App de Etiquetas", "url": url}


def _customer(store: "Store", order: Order) -> Fields:
    customer = store.customers[order.customer_id]
    entity = wire.filled(ORDER_CUSTOMER_FIELDS, customer.fields)
    entity["id"] = str(customer.id)
    entity["token"] = f"{customer.id:016X}"
    entity["Extensions"] = PROFILE_EXTENSIONS
    entity["CustomerAddresses"] = [
        {"CustomerAddress": wire.address_entity(store.addresses[address_id])}
        for address_id in store.addresses_by_customer.get(customer.id, ())
    ]
    entity.update(order.extras.get("customer", {}))
    return entity


def line_entity(store: "Store", line: Fields) -> Fields:
    """Return a line of an order in full."""
    entity: Fields = {name: line.get(name, default) for name, default in LINE_FIELDS.items()}
    category = store.categories.get(line.get("category_id", 0))
    entity["Sku"] = line.get("Sku", [])
    entity["ProductSoldImage"] = [wire.picture(store, f"{line['product_id']}_1_demo.jpg")]
    entity["Category"] = (
        [{"id": str(category.id), "name": category.text("name"), "main_category": "1"}] if category else []
    )
    entity.update(BoughtTogether=[], ProductSoldPackage=[], ProductSoldCard=[], Discount=[])
    entity["url"] = wire.link(store, f"loja/{line.get('slug', '')}")
    entity["Stock"] = {"id": "1", "name": "Loja"}
    return entity


def _bare_invoices(order: Order) -> list[Fields]:
    return [{"id": invoice["id"], "link": invoice["link"]} for invoice in order.invoices]


def _invoices(store: "Store", order: Order) -> list[Fields]:
    if store.switches.order_invoice_bare:
        return _bare_invoices(order)
    return [{"OrderInvoice": invoice_entity(invoice)} for invoice in order.invoices]


def invoice_entity(invoice: Fields) -> Fields:
    """Return an invoice without its CFOPs."""
    return {name: invoice[name] for name in INVOICE_FIELDS}


def invoice_with_cfops(invoice: Fields) -> Fields:
    """Return an invoice as the orders' own route shows it: the CFOPs are a sibling."""
    cfops = [{**row, "order_invoice_id": invoice["id"]} for row in invoice["ProductCfop"]]
    return {"OrderInvoice": invoice_entity(invoice), "ProductCfop": cfops}


def invoice_row(invoice: Fields) -> Fields:
    """Return an invoice as the list of all shows it: the CFOPs are inside."""
    row = invoice_entity(invoice)
    row.update(created=invoice["created"], updated=invoice["updated"], ProductCfop=invoice["ProductCfop"])
    return row


def payment_row(payment: Fields) -> Fields:
    """Return a payment as the list shows it."""
    return {name: payment[name] for name in PAYMENT_ROW_FIELDS}
