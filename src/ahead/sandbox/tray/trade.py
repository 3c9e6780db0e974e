"""Orders: lines, totals, stock, statuses. The only place that writes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ahead.sandbox.tray import centres, kits
from ahead.sandbox.tray.bodies import scalar
from ahead.sandbox.tray.defaults import MARKETPLACES, PAYMENT_METHODS, UNPAID_STATUSES, PaymentMethod
from ahead.sandbox.tray.moments import day, money, stamp
from ahead.sandbox.tray.order_fields import ORDER_AMOUNTS
from ahead.sandbox.tray.records import Customer, Fields, Order, Product, Status, Variant
from ahead.sandbox.tray.wire import axes

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Item, Store

MERCADO_LIVRE_STAGES = {
    "status_frete_ml": "ready_to_ship",
    "substatus_frete_ml": "invoice_pending",
    "shipping_status": "ready_to_ship",
    "shipping_substatus": "invoice_pending",
}


@dataclass(slots=True)
class Terms:
    """On what terms an order arrives."""

    status: Status
    marketplace: str | None = None
    shipment_value: Decimal = Decimal(0)
    payment: str = "pix"
    overrides: Fields = field(default_factory=dict)
    moment: datetime | None = None


def place_order(store: "Store", items: "Sequence[Item]", customer: Customer, terms: Terms) -> Order:
    """Store a new order and lower the stock for it."""
    order = Order(store.take_id("order"), {}, status_id=terms.status.id, customer_id=customer.id)
    method = PAYMENT_METHODS.get(terms.marketplace or terms.payment) or PAYMENT_METHODS["pix"]
    moment = terms.moment or store.now
    order.address_id = delivery_address(store, customer)
    for sold in items:
        add_sold(store, order, sold[0], sold[1], sold[2] if len(sold) > 2 else None)
    order.fields.update(_first_fields(store, order, method, moment))
    order.fields["shipment_value"] = money(terms.shipment_value)
    if terms.marketplace:
        _from_marketplace(store, order, terms.marketplace, moment)
    _apply(order, terms.overrides)
    settle(order, keep_total="total" in terms.overrides)
    if not terms.status.is_cancelled and terms.status.name not in UNPAID_STATUSES:
        _pay(store, order, method, moment)
    if "modified" not in terms.overrides:
        order.fields["modified"] = stamp(moment)
    store.orders[order.id] = order
    store.bell.born(order)
    _bought(customer, moment)
    hold_stock(store, order, held=not terms.status.is_cancelled)
    store.revision += 1
    return order


def _bought(customer: Customer, moment: datetime) -> None:
    customer.fields["total_orders"] = str(int(customer.text("total_orders") or 0) + 1)
    customer.fields["last_purchase"] = customer.fields["last_visit"] = day(moment)


def delivery_address(store: "Store", customer: Customer) -> int:
    """Return the id of the first delivery address, 0 if there is none."""
    for address_id in store.addresses_by_customer.get(customer.id, ()):
        if store.addresses[address_id].fields.get("type", "1") == "1":
            return address_id
    return 0


def add_sold(
    store: "Store", order: Order, item: Product | Variant, quantity: int, price: Decimal | str | None = None
) -> list[Fields]:
    """
    Append what is sold, at today's price unless one is given: a kit as `kit_lines` says, anything else as one line.

    A component costs what its row says, whatever price was given for the kit.
    """
    rows = kits.rows_of(store, item)
    if price is None or (rows and not Decimal(str(price))):
        price = kits.selling_price(store, item)
    if not rows:
        return [add_line(store, order, item, quantity, price)]
    parts = [(row, kits.part(store, row, quantity), row.quantity * quantity) for row in rows]
    lines = []
    if store.switches.kit_lines != "components":
        lines.append(add_line(store, order, item, quantity, price))
    if store.switches.kit_lines != "parent":
        lines += [
            add_line(store, order, part, units, kits.row_price(store, row), product_kit_id=str(item.id))
            for row, part, units in parts
        ]
    if store.switches.kit_lines == "both":
        lines[0].update(beside_components=True, moves=[])
    elif store.switches.kit_lines == "parent":
        lines[0]["moves"] = [{**_ids(part), "quantity": str(units)} for _, part, units in parts]
    return lines


def _ids(item: Product | Variant) -> dict[str, str]:
    if isinstance(item, Variant):
        return {"product_id": str(item.product_id), "variant_id": str(item.id)}
    return {"product_id": str(item.id), "variant_id": "0"}


def add_line(
    store: "Store",
    order: Order,
    item: Product | Variant,
    quantity: int,
    price: Decimal | str,
    **fields: str,
) -> Fields:
    """Append a line to an order; the caller settles the total and moves the stock."""
    product = store.products[item.product_id] if isinstance(item, Variant) else item
    original = product.name
    line: Fields = {
        "id": str(store.take_id("line")),
        "order_id": str(order.id),
        **_ids(item),
        "quantity": str(quantity),
        "name": f"{original} (Ref. {item.reference})" if item.reference else original,
        "original_name": original,
        "reference": item.reference,
        "ean": item.ean,
        "ncm": product.text("ncm"),
        "price": money(price),
        "original_price": money(max(item.price, Decimal(str(price)))),
        "brand": product.text("brand"),
        "Sku": axes(item.fields),
        "category_id": int(product.text("category_id") or 0),
        "slug": product.text("slug"),
    }
    for size in ("weight", "length", "width", "height"):
        line[size] = str(item.fields.get(size) or product.fields.get(size, "0"))
    line.update(fields)
    order.lines.append(line)
    return line


def _first_fields(store: "Store", order: Order, method: PaymentMethod, moment: datetime) -> Fields:
    text = stamp(moment)
    return {
        "date": text[:10],
        "hour": text[11:],
        "shipment": "Correios Sedex",
        "payment_method_id": method.id,
        "payment_method": method.name,
        "payment_method_type": method.kind,
        "session_id": f"s{order.id}{store.slug}",
        "access_code": f"{(store.store_id * 7919 + order.id * 104729) % 16**9:015X}",
        "estimated_delivery_date": day(moment + timedelta(days=9)),
        "taxes": "0.00",
        "discount": "0.00",
        "payment_method_rate": "0.00",
        "interest": "0.00",
    }


def _from_marketplace(store: "Store", order: Order, name: str, moment: datetime) -> None:
    place, shipment, document, responsible = MARKETPLACES[name]
    number = str(2_000_000_000_000_000 + store.store_id * 10_000 + order.id)
    shipping = str(44_000_000_000 + order.id)
    text = stamp(moment)
    order.fields.update(point_sale=place, shipment=shipment, store_note=f"Pedido {name}")
    row = {
        "id": str(store.take_id("marketplace")),
        "order_id": str(order.id),
        "marketplace_name": name,
        "marketplace_seller_name": store.slug.upper(),
        "marketplace_seller_id": str(store.store_id),
        "marketplace_document": document,
        "payment_responsible_document": responsible,
        "marketplace_order_id": number,
        "marketplace_shipping_id": shipping,
        "marketplace_shipping_type": "xd_drop_off",
        "marketplace_internal_status": "paid",
        "marketplace_printing_available": "0",
        "created": text,
        "updated": text,
    }
    order.marketplace.append(row)
    if name == "Mercado Livre":
        order.mercado_livre.extend(_mercado_livre_row(order, line, row, moment) for line in order.lines)


def _mercado_livre_row(order: Order, line: Fields, row: Fields, moment: datetime) -> Fields:
    return {
        "id": str(1_919_000_000 + int(line["id"])),
        "created": row["created"],
        "updated": row["updated"],
        "pedido_id": str(order.id),
        "cliente_id": str(order.customer_id),
        "codigo": row["marketplace_order_id"],
        "item_id": f"MLB{1_000_000_000 + int(line['product_id'])}",
        "item_quantity": line["quantity"],
        "item_title": line["original_name"],
        "user_id": row["marketplace_seller_id"],
        "nickname": row["marketplace_seller_name"],
        "mercado_envio": "me2",
        "shipment_id": row["marketplace_shipping_id"],
        "pack_id": "",
        "ml_coleta": "1",
        "romaneio_id": "0",
        "invoice_data_id": "",
        "service_id": "151515",
        "logistic_type": "xd_drop_off",
        "messages_locked_by": "",
        "date_delivered": "0000-00-00",
        "estimated_delivery_time": day(moment + timedelta(days=5)),
        "estimated_handling_limit": day(moment + timedelta(days=1)),
        "shipping_option_id": "3133133133",
        "pickup_id": "",
        "code": row["marketplace_order_id"],
        "order_id": str(order.id),
        "ml_collect": "1",
        "shipping_mode": "me2",
        **MERCADO_LIVRE_STAGES,
    }


def _pay(store: "Store", order: Order, method: PaymentMethod, moment: datetime) -> None:
    order.fields.setdefault("payment_date", day(moment))
    order.fields.setdefault("has_payment", "1")
    if order.fields["has_payment"] == "0":
        return
    add_payment(store, order, {"payment_method_id": method.id, "method": method.method}, moment)


def add_payment(store: "Store", order: Order, fields: dict[str, str], moment: datetime) -> Fields:
    """Append a payment row to an order; it is for the whole total unless a value is given."""
    text = stamp(moment)
    payment = {
        "created": text,
        "modified": text,
        "id": str(store.take_id("payment")),
        "order_id": str(order.id),
        "payment_method_id": order.text("payment_method_id"),
        "method": order.text("payment_method"),
        "payment_place": "",
        "value": order.text("total"),
        "date": text[:10],
        "note": "",
        **fields,
    }
    order.payments.append(payment)
    return payment


def _apply(order: Order, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name == "coupon":
            coupon = {"code": str(value["code"]), "discount": money(value["discount"])}
            order.fields["coupon"] = coupon
            order.fields["discount_coupon"] = f"{coupon['code']}/{coupon['discount']}"
        elif isinstance(value, (dict, list)):
            order.extras.setdefault("complete", {})[name] = value
        elif value is None:
            order.fields[name] = None
        else:
            order.fields[name] = money(value) if name in ORDER_AMOUNTS else scalar(value)


def settle(order: Order, *, keep_total: bool = False) -> None:
    """
    Bring the totals of an order in line with its lines.

    total = partial_total - discount - coupon + shipment_value + payment_method_rate + taxes + interest
    """
    fields = order.fields
    counted = [line for line in order.lines if not line.get("beside_components")]
    partial = sum((Decimal(line["price"]) * int(line["quantity"]) for line in counted), Decimal(0))
    fields["partial_total"] = money(partial)
    if keep_total:
        return
    coupon = Decimal(fields["coupon"]["discount"]) if "coupon" in fields else Decimal(0)
    charges = ("shipment_value", "payment_method_rate", "taxes", "interest")
    added = sum((Decimal(fields.get(name, "0")) for name in charges), Decimal(0))
    fields["total"] = money(partial - Decimal(fields.get("discount", "0")) - coupon + added)


def edit_order(store: "Store", order: Order, fields: Fields) -> Order:
    """Set raw fields of an order; the total follows unless it is given."""
    _apply(order, fields)
    settle(order, keep_total="total" in fields)
    if "modified" in fields:
        store.bell.changed(order)
        store.revision += 1
    else:
        store.touch(order)
    return order


def move_order(store: "Store", order: Order, status: Status) -> Order:
    """Move an order to a status; a cancelled one gives its stock back, once."""
    order.status_id = status.id
    hold_stock(store, order, held=not status.is_cancelled)
    store.touch(order)
    return order


def hold_stock(store: "Store", order: Order, *, held: bool) -> None:
    """Take the stock of an order, or give it back, unless a switch of the store forbids it."""
    if held == order.holds_stock:
        return
    switches = store.switches
    if not (switches.order_lowers_stock if held else switches.cancel_restores_stock):
        return
    order.holds_stock = held
    for line in order.lines:
        shift_stock(store, line, -1 if held else 1)


def shift_stock(store: "Store", line: Fields, direction: int) -> None:
    """Move the stock behind one line, of a kit that of its components; what was deleted meanwhile is left alone."""
    for moved in line.get("moves", [line]):
        variant_id, product_id = int(moved["variant_id"]), int(moved["product_id"])
        item = store.variants.get(variant_id) if variant_id else store.products.get(product_id)
        if item is not None:
            units = int(moved["quantity"])
            if direction < 0:
                moved["taken_from"] = centres.take(store, item, units)
            else:
                centres.give_back(store, item, units, moved.pop("taken_from", ""))
            store.touch(item)
