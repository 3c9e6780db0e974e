"""What pending matters are about, as their keys say it: of each kind one matter is open about one thing."""

from __future__ import annotations

CERTIFICATE = "certificate"  # the one a company signs with
CERTIFICATE_EXPIRY = "expiry"


def store_key(store_id: int) -> str:
    """Return the key of a matter about a Loja."""
    return f"store:{store_id}"


def order_key(order_id: int) -> str:
    """Return the key of a matter about an order."""
    return f"order:{order_id}"


def nota_key(nota_id: int) -> str:
    """Return the key of a matter about a nota."""
    return f"nota:{nota_id}"


def serie_key(environment: str, serie: int) -> str:
    """Return the key of a matter about the numbers of a série."""
    return f"serie:{environment}:{serie}"


def product_key(product_id: int) -> str:
    """Return the key of a matter about a product of ours."""
    return f"product:{product_id}"


def variant_key(variant_id: int) -> str:
    """Return the key of a matter about a thing that Tray sells."""
    return f"variant:{variant_id}"


def listing_key(listing_id: int) -> str:
    """Return the key of a matter about a Produto Ecommerce; the log of a sync calls it so as well."""
    return f"listing:{listing_id}"


def category_key(category_id: int) -> str:
    """Return the key of a matter about a category; the log of a sync calls it so as well."""
    return f"category:{category_id}"
