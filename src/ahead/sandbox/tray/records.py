"""The things a store holds; scalar fields are kept as the strings Tray emits."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Fields = dict[str, Any]


@dataclass(slots=True)
class Record:
    """One row: an id and the fields that differ from the defaults of its kind."""

    id: int
    fields: Fields

    def text(self, name: str) -> str:
        """Return a field as text, empty if it was never set."""
        return str(self.fields.get(name, ""))


@dataclass(slots=True)
class Status(Record):
    """An order status of the store."""

    @property
    def name(self) -> str:
        return self.text("status")

    @property
    def is_cancelled(self) -> bool:
        return self.text("type") in {"canceled", "cancelled"}


@dataclass(slots=True)
class Sellable(Record):
    """
    What a product and a variant have in common.

    `pictures` are the addresses the pictures came from, in the order of their slots;
    `units_by_centre` is empty unless the store has distribution centres.
    """

    pictures: list[str] = field(default_factory=list)
    units_by_centre: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.text("name")

    @property
    def reference(self) -> str:
        return self.text("reference")

    @property
    def ean(self) -> str:
        return self.text("ean")

    @property
    def price(self) -> Decimal:
        return Decimal(self.text("price") or "0")

    @property
    def stock(self) -> int:
        """The stock of this very row; a product with variants keeps it in them."""
        return int(self.text("stock") or "0")


@dataclass(slots=True)
class Product(Sellable):
    """A product; `properties` are rows of property_id and value."""

    properties: list[Fields] = field(default_factory=list)

    @property
    def is_kit(self) -> bool:
        return self.text("is_kit") == "1"


@dataclass(slots=True)
class Variant(Sellable):
    """A variant of a product, with one or two axes."""

    product_id: int = 0


@dataclass(slots=True)
class KitRow(Record):
    """One component of a kit: how many of it go into one kit, and at what price."""

    parent_id: int = 0
    product_id: int = 0

    @property
    def quantity(self) -> int:
        return int(self.text("quantity"))


@dataclass(slots=True)
class Address(Record):
    """An address of a customer."""

    customer_id: int = 0


@dataclass(slots=True)
class Customer(Record):
    """A customer."""

    @property
    def name(self) -> str:
        return self.text("name")


@dataclass(slots=True)
class Order(Record):
    """An order with its lines, payments, invoices and marketplace rows."""

    status_id: int = 0
    customer_id: int = 0
    address_id: int = 0
    lines: list[Fields] = field(default_factory=list)
    payments: list[Fields] = field(default_factory=list)
    invoices: list[Fields] = field(default_factory=list)
    marketplace: list[Fields] = field(default_factory=list)
    mercado_livre: list[Fields] = field(default_factory=list)
    extras: Fields = field(default_factory=dict)
    holds_stock: bool = False

    @property
    def total(self) -> Decimal:
        return Decimal(self.text("total") or "0")
