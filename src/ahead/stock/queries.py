"""Reading stock, and why a number is what it is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from ahead.accounts.models import Company
from ahead.catalog.models import ListingVariant, Product
from ahead.db.paging import Page, paginate
from ahead.stock import rules
from ahead.stock.models import Balance, Movement, PublishedStock, Reservation, SalesWarehouse, Warehouse
from ahead.stores.models import Store

PAGE_SIZE = 50


def warehouses(company: Company, *, active: bool | None = None) -> list[Warehouse]:
    """Return the warehouses of a company, by code."""
    found = Warehouse.objects.of(company)
    return list((found if active is None else found.filter(is_active=active)).order_by("code"))


def warehouse(company: Company, warehouse_id: int) -> Warehouse:
    """
    Return one warehouse of the company.

    :raises Warehouse.DoesNotExist: if there is none, or it is another company's.
    """
    found: Warehouse = Warehouse.objects.of(company).get(pk=warehouse_id)
    return found


def balances(product: Product) -> list[Balance]:
    """Return what lies of a product in each warehouse, by the warehouse's code."""
    found = Balance.objects.of(product.company_id).filter(product=product)
    return list(found.select_related("warehouse").order_by("warehouse__code"))


def movements(product: Product, page: int = 1, size: int = PAGE_SIZE) -> Page[Movement]:
    """Return a page of a product's ledger with the warehouses, newest first."""
    found = Movement.objects.of(product.company_id).filter(product=product)
    rows = found.select_related("warehouse").order_by("-at", "-pk")
    return paginate(rows, page=page, size=size, total=found.count)


def open_reservations(product: Product) -> list[Reservation]:
    """Return what of a product is promised to orders, with the warehouses, oldest first."""
    found = Reservation.objects.of(product.company_id).filter(product=product, state=Reservation.State.OPEN)
    return list(found.select_related("warehouse").order_by("opened_at", "pk"))


@dataclass(frozen=True)
class InWarehouse:
    """What lies of a product in one warehouse, and which orders it is promised to."""

    warehouse: Warehouse
    on_hand: int
    reserved: int
    reservations: list[Reservation]

    @property
    def free(self) -> int:
        """What is not promised; negative when more was promised than there is."""
        return self.on_hand - self.reserved


@dataclass(frozen=True)
class InStore:
    """How the quantity of a product at one store comes about, and what the store was told."""

    store: Store
    variant: ListingVariant
    warehouses: list[Warehouse]  # that the store sells from
    free: int  # in these warehouses together
    safety_stock: int
    available: int  # max(0, free - safety stock)
    published: PublishedStock | None
    why_not_sent: str  # empty when AHEAD decides this quantity

    @property
    def confirmed(self) -> int | None:
        """What Tray last confirmed; None when that is unknown."""
        return self.published.confirmed if self.published else None

    @property
    def confirmed_at(self) -> datetime | None:
        """When Tray last confirmed it."""
        return self.published.confirmed_at if self.published else None

    @property
    def sent(self) -> int | None:
        """What was last sent to Tray."""
        return self.published.sent if self.published else None

    @property
    def sent_at(self) -> datetime | None:
        """When it was last sent."""
        return self.published.sent_at if self.published else None

    @property
    def answer(self) -> str:
        """What Tray answered to it."""
        return self.published.answer if self.published else ""

    @property
    def differs(self) -> bool:
        """Whether the next sync sends it."""
        return not self.why_not_sent and rules.differs(confirmed=self.confirmed, available=self.available)


@dataclass(frozen=True)
class Explanation:
    """Why the numbers of a product are what they are."""

    product: Product
    warehouses: list[InWarehouse]
    stores: list[InStore]

    @property
    def on_hand(self) -> int:
        """What lies in all warehouses."""
        return sum(place.on_hand for place in self.warehouses)

    @property
    def reserved(self) -> int:
        """What is promised to orders."""
        return sum(place.reserved for place in self.warehouses)

    @property
    def free(self) -> int:
        """What is not promised."""
        return self.on_hand - self.reserved


def why(company: Company, product_id: int) -> Explanation:
    """
    Explain the stock of a product: per warehouse, and per variant at each store.

    :raises Product.DoesNotExist: if the company has no such product.
    """
    product: Product = Product.objects.of(company).get(pk=product_id)
    promised: dict[int, list[Reservation]] = defaultdict(list)
    for reservation in open_reservations(product):
        promised[reservation.warehouse_id].append(reservation)
    places = [
        InWarehouse(row.warehouse, row.on_hand, row.reserved, promised[row.warehouse_id]) for row in balances(product)
    ]
    return Explanation(product, places, _at_stores(company, product, places))


def _at_stores(company: Company, product: Product, places: list[InWarehouse]) -> list[InStore]:
    free = {place.warehouse.pk: place.free for place in places}
    variants = ListingVariant.objects.of(company).filter(product=product)
    rows = variants.select_related("listing", "store", "published").order_by("store__code", "pk")
    sells_from = _sales_warehouses(company)
    found = []
    for variant in rows:
        own = sells_from.get(variant.store_id) or sells_from[None]
        lying = [free.get(place.pk, 0) for place in own]
        safety = variant.store.safety_stock
        found.append(
            InStore(
                store=variant.store,
                variant=variant,
                warehouses=own,
                free=sum(lying),
                safety_stock=safety,
                available=rules.available(lying, safety_stock=safety),
                published=getattr(variant, "published", None),
                why_not_sent=_why_not_sent(variant),
            )
        )
    return found


def _sales_warehouses(company: Company) -> dict[int | None, list[Warehouse]]:
    """Return the warehouses each store sells from; under None what a store without any sells from."""
    chosen = SalesWarehouse.objects.of(company).filter(warehouse__is_active=True).select_related("warehouse")
    found: dict[int | None, list[Warehouse]] = defaultdict(list)
    for row in chosen.order_by("priority", "pk"):
        found[row.store_id].append(row.warehouse)
    found[None] = list(Warehouse.objects.of(company).filter(is_active=True).order_by("code")[:1])
    return found


def _why_not_sent(variant: ListingVariant) -> str:
    if variant.listing.gone_at is not None:
        return "O anúncio foi apagado no Tray."
    if variant.listing.is_kit:
        return "É um kit: o Tray calcula o estoque pelos componentes."
    return ""
