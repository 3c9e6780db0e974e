"""A store and what it sells, as frozen values: money in reais (Decimal), weights in grams, sizes in cm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ahead.tray.values import Axis
from ahead.tray.writing import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreInfo:
    """A store as `/info` describes it; `cnpj` without punctuation."""

    id: int | None
    name: str
    company_name: str
    cnpj: str
    city: str
    state: str
    email: str
    address: str
    secure_address: str
    internal_status: str

    @property
    def is_active(self) -> bool:
        """Whether Tray calls the store active."""
        return self.internal_status.casefold() in {"ativa", "ativo", "active"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metatags:
    """What a product tells search engines; "" for nothing."""

    keywords: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """
    A product of the store; the stock of one with variants lives in its variants.

    From `title` on, None means that the answer did not say, as lists leave out what a single product tells; ""
    and () mean that it said "nothing". `properties` are pairs of name and value, a name once for each value.
    """

    id: int
    name: str
    reference: str
    ean: str
    ncm: str
    price: Decimal | None
    cost_price: Decimal | None
    promotional_price: Decimal | None
    promotion_start: date | None
    promotion_end: date | None
    stock: Decimal | None
    brand: str
    model: str
    weight_g: int | None
    length_cm: Decimal | None
    width_cm: Decimal | None
    height_cm: Decimal | None
    category_id: int | None
    is_available: bool
    is_kit: bool
    has_variants: bool
    variant_ids: tuple[int, ...]
    images: tuple[str, ...]
    address: str
    modified: datetime | None
    title: str | None
    description: str | None
    description_small: str | None
    warranty: str | None
    availability: str | None
    availability_days: int | None
    additional_message: str | None
    related_category_ids: tuple[int, ...] | None
    properties: tuple[tuple[str, str], ...] | None
    metatags: Metatags | None
    ipi: Decimal | None
    is_upon_request: bool | None
    is_virtual: bool | None
    release_on: date | None
    minimum_stock: Decimal | None
    current_price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A sellable combination of a product with one or two axes."""

    id: int
    product_id: int | None
    reference: str
    ean: str
    price: Decimal | None
    cost_price: Decimal | None
    promotional_price: Decimal | None
    promotion_start: date | None
    promotion_end: date | None
    stock: Decimal | None
    weight_g: int | None
    is_available: bool
    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KitRow:
    """
    A component of a kit: how many of a product are in it.

    `price_rule` is "1" for the store's price and "2" for one with a discount; `discount_type` is "$" or "%".
    """

    id: int
    parent_id: int
    product_id: int
    quantity: Decimal
    price: Decimal | None
    price_rule: str
    discount_type: str
    discount_value: Decimal
    variant_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KitRowFields:
    """A component to be written, in the words of `KitRow`; without a discount it costs what it costs alone."""

    parent_id: int
    product_id: int
    quantity: int | Decimal
    price_rule: str = "1"
    discount_type: str = "$"
    discount_value: Decimal = Decimal(0)

    @property
    def fields(self) -> Mapping[str, Scalar]:
        """The fields by the names Tray has for them."""
        return {
            "product_parent_id": self.parent_id,
            "product_id": self.product_id,
            "quantity": self.quantity,
            "price_rule": self.price_rule,
            "discount_type": self.discount_type,
            "discount_value": self.discount_value,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category; `parent_id` is None at the root, and any other None means that the answer did not say."""

    id: int
    name: str
    parent_id: int | None
    order: int | None
    description: str | None
    small_description: str | None
    title: str | None
    slug: str | None
    has_product: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyValue:
    """A value that a property may have."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property by which products are filtered, such as the material."""

    id: int
    name: str
    values: tuple[PropertyValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionCenter:
    """A place with stock of its own, in a store with Multi-CD; the lowest priority comes first."""

    id: int
    name: str
    is_active: bool
    priority: int | None
    city: str
    state: str
