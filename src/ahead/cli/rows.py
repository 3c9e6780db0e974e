"""What the database holds, as rows of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ahead.catalog.queries import ProductRow
from ahead.customers.queries import CustomerRow
from ahead.stock.queries import Explanation, InStore, InWarehouse

if TYPE_CHECKING:
    from ahead.orders.models import Order, OrderItem
    from ahead.pending.models import PendingMatter

Row = dict[str, Any]


def _store(store: Any) -> Row | None:
    return {"code": store.code, "name": store.name} if store else None


def order_row(order: Order) -> Row:
    """Return an order with its items."""
    customer = order.customer
    return {
        "number": order.number,
        "kind": order.kind,
        "state": order.state,
        "store": _store(order.store),
        "tray_id": order.tray_id,
        "tray_status": order.tray_status,
        "placed_at": order.placed_at,
        "imported_at": order.imported_at,
        "updated_at": order.updated_at,
        "cancelled_at": order.cancelled_at,
        "channel": order.point_sale,
        "marketplace_number": order.marketplace_number,
        "customer": {"name": customer.name, "document": customer.document} if customer else None,
        "items_total": order.items_total,
        "discount": order.discount,
        "coupon_discount": order.coupon_discount,
        "shipping": order.shipping,
        "payment_rate": order.payment_rate,
        "taxes": order.taxes,
        "interest": order.interest,
        "remainder": order.remainder,
        "total": order.total,
        "payment_method": order.payment_method,
        "shipping_method": order.shipping_method,
        "delivery": {
            "recipient": order.recipient,
            "street": order.street,
            "number": order.street_number,
            "complement": order.complement,
            "district": order.district,
            "city": order.city,
            "uf": order.uf,
            "postal_code": order.postal_code,
        },
        "items": [_item(item) for item in order.items.all()],
    }


def _item(item: OrderItem) -> Row:
    return {
        "product_code": item.product.code if item.product else None,
        "reference": item.reference,
        "gtin": item.gtin,
        "description": item.description,
        "axes": item.axes,
        "quantity": item.quantity,
        "unit_price": item.unit_price,
        "counts": item.counts,
        "kit_code": item.kit.code if item.kit else None,
        "components": [
            {"product_code": part.product.code, "quantity": part.quantity, "amount": part.amount}
            for part in item.components.all()
        ],
    }


def stock_row(why: Explanation) -> Row:
    """Return the stock of a product: per Estoque, and what each Loja was told."""
    return {
        "code": why.product.code,
        "reference": why.product.reference,
        "name": why.product.name,
        "on_hand": why.on_hand,
        "reserved": why.reserved,
        "free": why.free,
        "kits": why.kit.available if why.kit else None,
        "warehouses": [_in_warehouse(place) for place in why.warehouses],
        "stores": [_in_store(place) for place in why.stores],
    }


def _in_warehouse(place: InWarehouse) -> Row:
    return {
        "code": place.warehouse.code,
        "name": place.warehouse.name,
        "on_hand": place.on_hand,
        "reserved": place.reserved,
        "free": place.free,
    }


def _in_store(place: InStore) -> Row:
    return {
        "code": place.store.code,
        "name": place.store.name,
        "tray_product_id": place.variant.tray_product_id,
        "tray_variant_id": place.variant.tray_variant_id,
        "safety_stock": place.safety_stock,
        "available": place.available,
        "confirmed": place.confirmed,
        "confirmed_at": place.confirmed_at,
        "sent": place.sent,
        "sent_at": place.sent_at,
        "is_open": place.is_open,
        "differs": place.differs,
        "why_not_sent": place.why_not_sent,
        "centers": [
            {
                "tray_id": one.center.tray_id,
                "name": one.center.name,
                "warehouse": one.center.warehouse.name if one.center.warehouse else None,
                "available": one.available,
                "confirmed": one.confirmed,
                "confirmed_at": one.confirmed_at,
                "is_open": one.is_open,
                "differs": one.differs and not place.why_not_sent,
            }
            for one in place.centers
        ],
        "components": [
            {"product_code": part.product.code, "quantity": part.quantity, "available": part.available}
            for part in (place.kit.parts if place.kit else [])
        ],
    }


def customer_row(row: CustomerRow) -> Row:
    """Return a customer."""
    customer = row.customer
    return {
        "name": customer.name,
        "legal_name": customer.legal_name,
        "kind": customer.kind,
        "document": customer.document,
        "inscricao_estadual": customer.inscricao_estadual,
        "email": customer.email,
        "phone": customer.phone,
        "mobile": customer.mobile,
        "city": customer.city,
        "uf": customer.uf,
        "orders_count": row.orders_count,
        "last_order_at": row.last_order_at,
    }


def product_row(row: ProductRow) -> Row:
    """Return a product."""
    product = row.product
    return {
        "code": product.code,
        "reference": product.reference,
        "gtin": product.gtin,
        "name": product.name,
        "ncm": product.ncm,
        "origem": product.origem,
        "cest": product.cest,
        "unit": product.unit,
        "brand": product.brand,
        "weight_g": product.weight_g,
        "cost": product.cost,
        "price": product.price,
        "is_active": product.is_active,
        "is_kit": product.is_kit,
        "on_hand": row.on_hand,
        "reserved": row.reserved,
        "available": row.available,
        "listings": row.listings,
    }


def matter_row(matter: PendingMatter) -> Row:
    """Return a pending matter."""
    return {
        "id": matter.pk,
        "kind": matter.kind,
        "store": _store(matter.store),
        "text": matter.text,
        "remedy": matter.remedy,
        "turn": matter.turn,
        "opened_at": matter.opened_at,
        "last_seen_at": matter.last_seen_at,
    }
