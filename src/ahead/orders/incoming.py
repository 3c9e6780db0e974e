"""An order as it arrives, already in our terms: what a channel must say for us to take it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from ahead.catalog.offered import Offered


@dataclass(frozen=True, slots=True)
class IncomingAddress:
    """Where the goods go."""

    recipient: str = ""
    street: str = ""
    number: str = ""
    complement: str = ""
    district: str = ""
    city: str = ""
    uf: str = ""
    postal_code: str = ""

    def is_usable(self) -> bool:
        """Whether a parcel could be sent there."""
        return bool(self.street and self.city and len(self.uf) == 2)


@dataclass(frozen=True, slots=True)
class IncomingCustomer:
    """Who buys."""

    tray_id: int | None
    is_company: bool
    name: str
    legal_name: str
    document: str  # clean; as the channel gave it, valid or not
    inscricao_estadual: str
    email: str
    phone: str
    mobile: str
    address: IncomingAddress


@dataclass(frozen=True, slots=True)
class IncomingItem:
    """One line."""

    tray_item_id: int
    offered: Offered
    kit_tray_id: int | None
    ncm: str
    quantity: int
    unit_price: Decimal
    original_price: Decimal


@dataclass(frozen=True, slots=True)
class IncomingPayment:
    """One payment the channel lists."""

    tray_id: int | None
    method: str
    amount: Decimal
    paid_on: date | None


@dataclass(frozen=True, slots=True)
class IncomingMarketplace:
    """What the marketplace says of the order."""

    name: str
    order_number: str
    seller_id: str
    seller_name: str
    document: str
    payment_document: str
    shipping_id: str
    shipping_type: str
    internal_status: str


@dataclass(frozen=True, slots=True)
class IncomingOrder:
    """One order, whole. Money in BRL to the cent."""

    tray_id: int
    status_id: int | None
    status: str
    modified_at: datetime | None
    placed_at: datetime
    fingerprint: str
    customer: IncomingCustomer
    delivery: IncomingAddress | None
    items: tuple[IncomingItem, ...]
    payments: tuple[IncomingPayment, ...]
    marketplace: IncomingMarketplace | None
    point_sale: str
    shipping_method: str
    delivery_time: str
    payment_method: str
    payment_kind: str
    installments: int
    paid_on: date | None
    customer_note: str
    items_total: Decimal
    discount: Decimal
    coupon_discount: Decimal
    coupon_code: str
    shipping: Decimal
    payment_rate: Decimal
    taxes: Decimal
    interest: Decimal
    total: Decimal
    is_child: bool
    parent_tray_id: int | None
    document: bytes = field(repr=False)  # the JSON as received, compressed
    center_tray_id: int | None = None  # the distribution centre it leaves from
