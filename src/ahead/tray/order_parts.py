"""From the parts of an order document to typed values: money, items, payments, marketplace, invoices."""

import re
from decimal import Decimal

from ahead.tray import reading
from ahead.tray.reading import (
    Document,
    day,
    digits,
    entities,
    entity,
    flag,
    identity,
    integer,
    moment,
    money,
    text,
)
from ahead.tray.requirement import amount, required_id
from ahead.tray.values import (
    Axis,
    Coupon,
    Marketplace,
    MercadoLivreSale,
    OrderInvoice,
    OrderItem,
    OrderMoney,
    OrderPayment,
    Payment,
    PickupPoint,
)

_REFERENCE_SUFFIX = re.compile(r"\s*\(Ref\.[^()]*\)\s*$")


def payment_method(order: Document) -> str:
    """Return the name of the payment: detail and list call it differently."""
    return text(order.get("payment_method")) or text(order.get("payment_form"))


def read_money(order: Document) -> OrderMoney:
    """
    Read the parts of the total.

    :raises Unreadable: if one is nonsense, or the total is missing.
    """
    return OrderMoney(
        partial_total=amount(order, "partial_total", "Order"),
        discount=amount(order, "discount", "Order"),
        coupon=_read_coupon(order),
        shipment_value=amount(order, "shipment_value", "Order"),
        payment_method_rate=amount(order, "payment_method_rate", "Order"),
        taxes=amount(order, "taxes", "Order"),
        interest=amount(order, "interest", "Order"),
        progressive_discount=amount(order, "progressive_discount", "Order"),
        cart_discount=amount(order, "cart_additional_values_discount", "Order"),
        cart_increase=amount(order, "cart_additional_values_increase", "Order"),
        total=amount(order, "total", "Order", required=True),
    )


def _read_coupon(order: Document) -> Coupon | None:
    """Read `coupon`, an object; else `discount_coupon`, "code/value" in one string."""
    if coupon := entity(order.get("coupon"), "coupon"):
        return Coupon(code=text(coupon.get("code")), discount=amount(coupon, "discount", "Order.coupon"))
    written = text(order.get("discount_coupon"))
    if not written:
        return None
    code, slash, value = written.rpartition("/")
    discount = money(value) if slash else None
    if discount is None:
        return Coupon(code=written, discount=Decimal(0))
    return Coupon(code=code.strip(), discount=discount)


def read_payment(order: Document) -> Payment:
    """Read how the buyer chose to pay."""
    return Payment(
        method_id=identity(order.get("payment_method_id")),
        method=payment_method(order),
        type=text(order.get("payment_method_type")),
        installments=integer(order.get("installment")) or 1,
        payment_date=day(order.get("payment_date")),
    )


def read_item(row: Document, where: str) -> OrderItem:
    """
    Read a line.

    :raises Unreadable: if its id, price or quantity is missing or nonsense.
    """
    name = text(row.get("original_name")) or _REFERENCE_SUFFIX.sub("", text(row.get("name")))
    price = amount(row, "price", where, required=True)
    original_price = money(row.get("original_price"))
    return OrderItem(
        id=required_id(row, "id", where),
        product_id=identity(row.get("product_id")),
        variant_id=identity(row.get("variant_id")),
        kit_parent_id=identity(row.get("product_kit_id")),
        quantity=amount(row, "quantity", where, required=True),
        name=name,
        reference=text(row.get("reference")),
        ean=digits(row.get("ean")),
        ncm=digits(row.get("ncm")),
        price=price,
        original_price=price if original_price is None else original_price,
        weight_g=integer(row.get("weight")),
        brand=text(row.get("brand")),
        is_gift=flag(row.get("is_giveaway")),
        axes=read_axes(row),
    )


def read_axes(row: Document) -> tuple[Axis, ...]:
    """Read the one or two axes of a variant."""
    return tuple(
        Axis(type=text(axis.get("type")), value=text(axis.get("value"))) for axis in entities(row.get("Sku"), "Sku")
    )


def read_registered_payment(row: Document) -> OrderPayment:
    """Read a payment registered for the order."""
    return OrderPayment(
        id=identity(row.get("id")),
        method_id=identity(row.get("payment_method_id")),
        method=text(row.get("method")),
        place=text(row.get("payment_place")),
        value=money(row.get("value")),
        date=day(row.get("date")),
        note=text(row.get("note")),
    )


def read_marketplace(order: Document) -> Marketplace | None:
    """Read the marketplace the order came through, if any."""
    row = entity(order.get("MarketplaceOrder"), "MarketplaceOrder")
    if not row:
        return None
    return Marketplace(
        name=text(row.get("marketplace_name")),
        seller_name=text(row.get("marketplace_seller_name")),
        seller_id=text(row.get("marketplace_seller_id")),
        document=reading.document(row.get("marketplace_document")),
        payment_document=reading.document(row.get("payment_responsible_document")),
        order_id=text(row.get("marketplace_order_id")),
        shipping_id=text(row.get("marketplace_shipping_id")),
        shipping_type=text(row.get("marketplace_shipping_type")),
        internal_status=text(row.get("marketplace_internal_status")),
        created=moment(row.get("created")),
        updated=moment(row.get("updated")),
    )


def read_sale(row: Document) -> MercadoLivreSale:
    """Read a Mercado Livre sale."""
    return MercadoLivreSale(
        id=identity(row.get("id")),
        code=text(row.get("codigo")) or text(row.get("code")),
        item_id=text(row.get("item_id")),
        item_title=text(row.get("item_title")),
        quantity=money(row.get("item_quantity")),
        pack_id=text(row.get("pack_id")),
        shipment_id=text(row.get("shipment_id")),
        logistic_type=text(row.get("logistic_type")),
        shipping_mode=text(row.get("shipping_mode")),
        shipping_status=text(row.get("shipping_status")),
        shipping_substatus=text(row.get("shipping_substatus")),
    )


def read_invoice(row: Document) -> OrderInvoice:
    """Read an invoice, full or only its link."""
    return OrderInvoice(
        id=identity(row.get("id")),
        number=text(row.get("number")),
        serie=text(row.get("serie")),
        key=digits(row.get("key")),
        value=money(row.get("value")),
        issue_date=day(row.get("issue_date")),
        link=text(row.get("link")),
        xml=text(row.get("xml_danfe")),
    )


def read_pickup(row: Document) -> PickupPoint:
    """Read a pickup point."""
    return PickupPoint(
        id=text(row.get("id")) or text(row.get("shipping_id")),
        code=text(row.get("code")),
        name=text(row.get("name")),
    )
