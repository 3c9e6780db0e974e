"""What Tray answers, as frozen values: money in reais (Decimal), weights in grams, instants in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

Row = TypeVar("Row")
StatusType = Literal["open", "closed", "cancelled", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """An access token (3 hours) and its refresh token (30 days, dead once used); `repr` shows neither."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime
    store_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatus:
    """One of the store's own order statuses; `name` is free text of the merchant."""

    id: int
    name: str
    type: StatusType
    description: str
    background: str
    is_shown: bool

    @property
    def is_cancelled(self) -> bool:
        """Whether orders in this status are cancelled."""
        return self.type == "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Where a page lies: `total` counts rows of all pages, `limit` is the page size Tray really used."""

    total: int
    page: int
    limit: int
    max_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """One page of a list; `filters_applied` is false when Tray echoed none of the filters it was sent."""

    rows: tuple[Row, ...]
    paging: Paging
    filters_applied: bool

    @property
    def is_last(self) -> bool:
        """Whether no page follows this one."""
        return not self.rows or self.paging.page * self.paging.limit >= self.paging.total


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """
    An order as lists show it: no hour, customer, address or items.

    `fingerprint` is a short hash of the row without what changes when a status is set (and without the
    merchant's log), so that the echo of one's own write can be told from an edit.
    """

    id: int
    status: str
    status_id: int | None
    status_type: StatusType
    modified: datetime | None
    date: date | None
    total: Decimal | None
    customer_id: int | None
    point_sale: str
    payment_method: str
    has_payment: bool
    has_invoice: bool
    store_note: str
    dc_id: int | None
    external_code: str
    session_id: str
    parent_order_id: int | None
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPage(Page[OrderRow]):
    """A page of orders; `sorted_as_asked`: Tray's `sort` echo and the rows themselves both agree."""

    sorted_as_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetail:
    """An order read without `/complete`: chiefly for the delivery address it names."""

    id: int
    status: str
    status_id: int | None
    status_type: StatusType
    placed_at: datetime | None
    modified: datetime | None
    total: Decimal | None
    customer_id: int | None
    customer_address_id: int | None
    point_sale: str
    payment_method: str
    has_invoice: bool
    store_note: str
    sending_code: str
    tracking_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A discount coupon; `discount` is 0 when Tray named only the code."""

    code: str
    discount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoney:
    """The parts of a total; `payment_method_rate` > 0 is a surcharge, < 0 a payment discount (Pix)."""

    partial_total: Decimal
    discount: Decimal
    coupon: Coupon | None
    shipment_value: Decimal
    payment_method_rate: Decimal
    taxes: Decimal
    interest: Decimal
    progressive_discount: Decimal
    cart_discount: Decimal
    cart_increase: Decimal
    total: Decimal

    @property
    def computed_total(self) -> Decimal:
        """partial_total − discount − coupon + shipment + payment rate + taxes + interest."""
        coupon = self.coupon.discount if self.coupon else Decimal(0)
        plus = self.shipment_value + self.payment_method_rate + self.taxes + self.interest
        return self.partial_total - self.discount - coupon + plus

    @property
    def remainder(self) -> Decimal:
        """What the known parts leave unexplained of the total; 0.00 for an ordinary order."""
        return self.total - self.computed_total


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A Brazilian address; `zip_code` digits only, `country` "BRA" for Brazil and for nothing."""

    id: int | None
    type: Literal["delivery", "billing", ""]
    recipient: str
    street: str
    number: str
    complement: str
    district: str
    city: str
    state: str
    zip_code: str
    country: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A buyer; documents without punctuation, phones digits only, for a PJ `legal_name` is the company."""

    id: int
    kind: Literal["PF", "PJ"]
    name: str
    legal_name: str
    cpf: str
    cnpj: str
    rg: str
    ie: str
    email: str
    phone: str
    cellphone: str
    birth_date: date | None
    modified: datetime | None
    own_address: Address | None
    addresses: tuple[Address, ...]

    @property
    def document(self) -> str:
        """The CPF or CNPJ that goes with the kind."""
        return self.cnpj if self.kind == "PJ" else self.cpf


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of a variant: ("Cor", "Preta")."""

    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """A line; `price` is net of the item discount, `kit_parent_id` the Tray product of its kit."""

    id: int
    product_id: int | None
    variant_id: int | None
    kit_parent_id: int | None
    quantity: Decimal
    name: str
    reference: str
    ean: str
    ncm: str
    price: Decimal
    original_price: Decimal
    weight_g: int | None
    brand: str
    is_gift: bool
    axes: tuple[Axis, ...]

    @property
    def line_total(self) -> Decimal:
        """Price times quantity."""
        return self.price * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPayment:
    """One payment registered for an order; a paid order may have none."""

    id: int | None
    method_id: int | None
    method: str
    place: str
    value: Decimal | None
    date: date | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How the buyer chose to pay; `type` is pix, credit_card, bank_billet, …"""

    method_id: int | None
    method: str
    type: str
    installments: int
    payment_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marketplace:
    """The marketplace an order came through; both documents feed the NF-e intermediary group."""

    name: str
    seller_name: str
    seller_id: str
    document: str
    payment_document: str
    order_id: str
    shipping_id: str
    shipping_type: str
    internal_status: str
    created: datetime | None
    updated: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MercadoLivreSale:
    """One Mercado Livre sale of an order; `pack_id` groups the sales of one cart."""

    id: int | None
    code: str
    item_id: str
    item_title: str
    quantity: Decimal | None
    pack_id: str
    shipment_id: str
    logistic_type: str
    shipping_mode: str
    shipping_status: str
    shipping_substatus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInvoice:
    """A note Tray already holds for an order; `xml` is "" where Tray shows only a link."""

    id: int | None
    number: str
    serie: str
    key: str
    value: Decimal | None
    issue_date: date | None
    link: str
    xml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupPoint:
    """A shop or agency where the buyer collects the goods."""

    id: str
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteOrder:
    """
    Everything Tray knows of an order; `raw` is the document as received, to be read again some day.

    `fingerprint` is the one its row in a list has, if it still is what the list showed.
    """

    id: int
    status: str
    status_id: int | None
    status_type: StatusType
    placed_at: datetime | None
    modified: datetime | None
    money: OrderMoney
    shipment: str
    shipment_integrator: str
    delivery_time: str
    estimated_delivery: date | None
    sending_code: str
    tracking_url: str
    point_sale: str
    session_id: str
    external_code: str
    access_code: str
    store_note: str
    customer_note: str
    payment: Payment
    customer: Customer
    items: tuple[OrderItem, ...]
    payments: tuple[OrderPayment, ...]
    marketplace: Marketplace | None
    mercado_livre: tuple[MercadoLivreSale, ...]
    invoices: tuple[OrderInvoice, ...]
    has_invoice: bool
    pickup: PickupPoint | None
    dc_id: int | None
    is_child_order: bool
    parent_order_id: int | None
    has_children: bool
    child_order_ids: tuple[int, ...]
    fingerprint: str
    raw: Mapping[str, Any] = field(repr=False, compare=False, hash=False)

    @property
    def total(self) -> Decimal:
        """What the buyer pays, in reais."""
        return self.money.total

    @property
    def delivery_addresses(self) -> tuple[Address, ...]:
        """The addresses for delivery; among several, `Tray.order(id).customer_address_id` chooses."""
        return tuple(address for address in self.customer.addresses if address.type == "delivery")
