"""From Tray's words to ours: one complete order becomes an incoming order."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from decimal import Decimal

from ahead import tray
from ahead.catalog.offered import Offered
from ahead.lib.documents import clean_document
from ahead.lib.money import to_cents
from ahead.orders.incoming import (
    IncomingAddress,
    IncomingCustomer,
    IncomingItem,
    IncomingMarketplace,
    IncomingOrder,
    IncomingPayment,
)

_UF = {
    "ACRE": "AC", "ALAGOAS": "AL", "AMAPA": "AP", "AMAZONAS": "AM", "BAHIA": "BA", "CEARA": "CE",
    "DISTRITO FEDERAL": "DF", "ESPIRITO SANTO": "ES", "GOIAS": "GO", "MARANHAO": "MA", "MATO GROSSO": "MT",
    "MATO GROSSO DO SUL": "MS", "MINAS GERAIS": "MG", "PARA": "PA", "PARAIBA": "PB", "PARANA": "PR",
    "PERNAMBUCO": "PE", "PIAUI": "PI", "RIO DE JANEIRO": "RJ", "RIO GRANDE DO NORTE": "RN",
    "RIO GRANDE DO SUL": "RS", "RONDONIA": "RO", "RORAIMA": "RR", "SANTA CATARINA": "SC", "SAO PAULO": "SP",
    "SERGIPE": "SE", "TOCANTINS": "TO",
}  # fmt: skip
_PLAIN = str.maketrans("ÁÀÂÃÉÊÍÓÔÕÚÇ", "AAAAEEIOOOUC")


def to_incoming(order: tray.CompleteOrder, *, address_id: int | None = None) -> IncomingOrder:
    """
    Return the order in our terms. `address_id` names the delivery address where Tray lists several.

    :raises tray.Unreadable: if a line has no product, or a quantity that is not a whole positive number.
    """
    money, coupon = order.money, order.money.coupon
    return IncomingOrder(
        tray_id=order.id,
        status_id=order.status_id,
        status=order.status,
        modified_at=order.modified,
        placed_at=_placed_at(order),
        center_tray_id=order.dc_id,
        fingerprint=order.fingerprint,
        customer=_customer(order.customer),
        delivery=_delivery(order, address_id),
        items=tuple(_item(order, item) for item in order.items),
        payments=tuple(
            IncomingPayment(one.id, one.method, to_cents(one.value or Decimal(0)), one.date) for one in order.payments
        ),
        marketplace=_marketplace(order.marketplace),
        point_sale=order.point_sale[:80],
        shipping_method=order.shipment[:120],
        delivery_time=order.delivery_time[:40],
        payment_method=order.payment.method[:120],
        payment_kind=order.payment.type[:40],
        installments=max(order.payment.installments, 1),
        paid_on=order.payment.payment_date,
        customer_note=order.customer_note,
        items_total=to_cents(money.partial_total),
        discount=to_cents(money.discount),
        coupon_discount=to_cents(coupon.discount if coupon else Decimal(0)),
        coupon_code=(coupon.code if coupon else "")[:60],
        shipping=to_cents(money.shipment_value),
        payment_rate=to_cents(money.payment_method_rate),
        taxes=to_cents(money.taxes),
        interest=to_cents(money.interest),
        total=to_cents(money.total),
        is_child=order.is_child_order,
        parent_tray_id=order.parent_order_id,
        document=zlib.compress(json.dumps(order.raw, ensure_ascii=False, separators=(",", ":")).encode(), 1),
    )


def _placed_at(order: tray.CompleteOrder) -> datetime:
    if found := order.placed_at or order.modified:
        return found
    raise tray.Unreadable("Order.date", path=f"/orders/{order.id}/complete")


def _customer(customer: tray.Customer) -> IncomingCustomer:
    return IncomingCustomer(
        tray_id=customer.id or None,
        is_company=customer.kind == "PJ",
        name=customer.name[:300],
        legal_name=customer.legal_name[:300],
        document=clean_document(customer.document),
        inscricao_estadual=customer.ie[:20],
        email=customer.email[:200],
        phone=customer.phone[:30],
        mobile=customer.cellphone[:30],
        address=_address(customer.own_address) if customer.own_address else IncomingAddress(),
    )


def _delivery(order: tray.CompleteOrder, address_id: int | None) -> IncomingAddress | None:
    """The one Tray names among several, or none; else the only one for delivery; else the customer's own."""
    addresses = order.delivery_addresses
    if len(addresses) > 1:
        chosen = next((address for address in order.customer.addresses if address.id == address_id), None)
    else:
        chosen = addresses[0] if addresses else order.customer.own_address
    if chosen is None:
        return None
    address = _address(chosen)
    return address if address.recipient else _named(address, order.customer.name)


def _named(address: IncomingAddress, name: str) -> IncomingAddress:
    return IncomingAddress(
        recipient=name[:300],
        street=address.street,
        number=address.number,
        complement=address.complement,
        district=address.district,
        city=address.city,
        uf=address.uf,
        postal_code=address.postal_code,
    )


def _address(address: tray.Address) -> IncomingAddress:
    return IncomingAddress(
        recipient=address.recipient[:300],
        street=address.street[:200],
        number=address.number[:60],
        complement=address.complement[:120],
        district=address.district[:120],
        city=address.city[:200],
        uf=_uf(address.state),
        postal_code=address.zip_code[:8],
    )


def _uf(state: str) -> str:
    """Return the two letters of a state, whether Tray gave them or the whole name."""
    plain = state.strip().upper().translate(_PLAIN)
    return plain if len(plain) == 2 else _UF.get(plain, "")


def _item(order: tray.CompleteOrder, item: tray.OrderItem) -> IncomingItem:
    where = f"Order.ProductsSold[{item.id}]"
    path = f"/orders/{order.id}/complete"
    if item.product_id is None:
        raise tray.Unreadable(f"{where}.product_id", path=path)
    if item.quantity <= 0 or item.quantity != item.quantity.to_integral_value():
        raise tray.Unreadable(f"{where}.quantity={item.quantity}", path=path)
    return IncomingItem(
        tray_item_id=item.id,
        offered=Offered(
            tray_product_id=item.product_id,
            tray_variant_id=item.variant_id or 0,
            title=item.name,
            reference=item.reference[:120],
            gtin=item.ean[:14],
            axes=axes_text(item.axes),
            values=tuple(axis.value for axis in item.axes),
        ),
        kit_tray_id=item.kit_parent_id,
        ncm=item.ncm[:8],
        quantity=int(item.quantity),
        unit_price=to_cents(item.price),
        original_price=to_cents(item.original_price),
    )


def axes_text(axes: tuple[tray.Axis, ...]) -> str:
    """Return the axes of a variant as people read them: "Cor: Preta · Tamanho: P"."""
    return " · ".join(f"{axis.type}: {axis.value}" for axis in axes)[:200]


def _marketplace(found: tray.Marketplace | None) -> IncomingMarketplace | None:
    if found is None:
        return None
    return IncomingMarketplace(
        name=found.name[:120],
        order_number=found.order_id[:60],
        seller_id=found.seller_id[:60],
        seller_name=found.seller_name[:120],
        document=clean_document(found.document)[:14],
        payment_document=clean_document(found.payment_document)[:14],
        shipping_id=found.shipping_id[:60],
        shipping_type=found.shipping_type[:60],
        internal_status=found.internal_status[:60],
    )
