"""What the admin API tells about a store."""

from typing import TYPE_CHECKING, Any

from ahead.sandbox.tray import kits
from ahead.sandbox.tray.moments import money

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Store


def store(shop: "Store") -> dict[str, Any]:
    """Describe a store; a pretend secret is no secret."""
    counters = shop.counters
    return {
        "slug": shop.slug,
        "store_id": shop.store_id,
        "name": shop.name,
        "cnpj": shop.cnpj,
        "consumer_key": shop.consumer_key,
        "consumer_secret": shop.consumer_secret,
        "path": shop.path,
        "products": len(shop.products),
        "kits": len(shop.kits_by_parent),
        "variants": len(shop.variants),
        "orders": len(shop.orders),
        "requests": counters.total,
        "requests_today": counters.today(shop.now),
        "switches": shop.switches.as_mapping(),
    }


def orders(shop: "Store") -> list[dict[str, Any]]:
    """List the orders of a store, newest first."""
    return [
        {
            "id": order.id,
            "status": shop.statuses[order.status_id].name,
            "cancelled": shop.statuses[order.status_id].is_cancelled,
            "date": order.text("date"),
            "hour": order.text("hour"),
            "modified": order.text("modified"),
            "total": order.text("total"),
            "point_sale": order.text("point_sale") or "LOJA VIRTUAL",
            "customer": shop.customers[order.customer_id].name,
            "has_invoice": order.fields.get("has_invoice", "0"),
        }
        for order in reversed(shop.orders.values())
    ]


def products(shop: "Store") -> list[dict[str, Any]]:
    """List the products of a store with their stock."""
    return [
        {
            "id": product.id,
            "name": product.name,
            "reference": product.reference,
            "ean": product.ean,
            "price": money(kits.selling_price(shop, product)),
            "is_kit": product.is_kit,
            "stock": shop.product_stock(product.id),
            "variants": [
                {
                    "id": variant_id,
                    "reference": shop.variants[variant_id].reference,
                    "ean": shop.variants[variant_id].ean,
                    "price": shop.variants[variant_id].text("price"),
                    "stock": shop.variant_stock(variant_id),
                }
                for variant_id in shop.variants_by_product.get(product.id, ())
            ],
        }
        for product in shop.products.values()
    ]


def faults(shop: "Store") -> dict[str, Any]:
    """Tell which faults wait and which struck."""
    return {
        "planned": [
            {"route": planned.pattern, "kind": planned.kind, "times": planned.times, "after": planned.after}
            for planned in shop.faults.planned
        ],
        "rates": [
            {"route": likely.pattern, "kind": likely.kind, "probability": likely.probability}
            for likely in shop.faults.likely
        ],
        "struck": [list(strike) for strike in shop.faults.struck],
    }
