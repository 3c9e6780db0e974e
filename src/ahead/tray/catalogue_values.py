"""A store and what it sells, as frozen values: money in reais (Decimal), weights in grams, sizes in cm."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ahead.tray.values import Axis


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
class Product:
    """A product of the store; the stock of one with variants lives in its variants."""

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
