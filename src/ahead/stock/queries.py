"""Reading stock, and why a number is what it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from ahead.accounts.models import Company
from ahead.catalog.models import ListingVariant, Product
from ahead.db.paging import Page, paginate
from ahead.db.searching import number_is, words_in
from ahead.stock import rules
from ahead.stock.center_explaining import InCenter, in_centers
from ahead.stock.kits import KitInStore, kits_in_hand, kits_in_stores
from ahead.stock.models import Balance, Movement, PublishedStock, Reservation, SalesWarehouse, ToldStock, Warehouse
from ahead.stock.reservations import sales_warehouses_by_store
from ahead.stores.models import Store

PAGE_SIZE = 50


def warehouses(company: Company, *, active: bool | None = None) -> list[Warehouse]:
    """Return the warehouses of a company, by code."""
    found = Warehouse.objects.of(company)
    return list((found if active is None else found.filter(is_active=active)).order_by("code"))


@dataclass(frozen=True)
class WarehouseRow:
    """A warehouse in a list, with how much lies in it and which stores sell from it."""

    warehouse: Warehouse
    products: int  # of which something lies there
    on_hand: int
    reserved: int
    stores: list[str]

    @property
    def free(self) -> int:
        """What is not promised; negative when more was promised than there is."""
        return self.on_hand - self.reserved


_WAREHOUSE_SORTS = {
    field: (field, "code")
    for name in ("code", "name", "products", "on_hand", "reserved")
    for field in (name, f"-{name}")
}


def warehouse_rows(
    company: Company,
    *,
    search: str = "",
    active: bool | None = None,
    ids: Collection[int] = (),
    sort: str = "code",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[WarehouseRow]:
    """Return a page of warehouses; the search is for a code, or a part of the name. With `ids` those alone."""
    found: QuerySet[Warehouse] = Warehouse.objects.of(company)
    if text := search.strip():
        is_code = number_is("code", text)
        found = found.filter(is_code | words_in("name", text))
    if ids:
        found = found.filter(pk__in=ids)
    if active is not None:
        found = found.filter(is_active=active)
    rows = found.annotate(
        products=Count("balances", filter=~Q(balances__on_hand=0)),
        on_hand=Coalesce(Sum("balances__on_hand"), 0),
        reserved=Coalesce(Sum("balances__reserved"), 0),
    ).order_by(*_WAREHOUSE_SORTS.get(sort, _WAREHOUSE_SORTS["code"]))
    shown = paginate(rows, page=page, size=size, counting=found)
    sellers = _sellers(company, shown.rows)
    return shown.turned_into(lambda place: _warehouse_row(place, sellers[place.pk]))


def _sellers(company: Company, places: Sequence[Warehouse]) -> dict[int, list[str]]:
    """Return the names of the stores that sell from each of these warehouses."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = SalesWarehouse.objects.of(company).filter(warehouse__in=places).order_by("store__code")
    for warehouse_id, name in rows.values_list("warehouse_id", "store__name"):
        found[warehouse_id].append(name)
    return found


def _warehouse_row(place: Warehouse, stores: list[str]) -> WarehouseRow:
    facts = vars(place)
    return WarehouseRow(place, facts["products"], facts["on_hand"], facts["reserved"], stores)


def warehouse(company: Company, warehouse_id: int) -> Warehouse:
    """
    Return one warehouse of the company.

    :raises Warehouse.DoesNotExist: if there is none, or it is another company's.
    """
    found: Warehouse = Warehouse.objects.of(company).get(pk=warehouse_id)
    return found


def balances(product: Product) -> list[Balance]:
    """Return what lies of a product in each warehouse, by the warehouse's code."""
    return _balances(product.company_id, [product.pk])[product.pk]


def _balances(company_id: int, product_ids: list[int]) -> dict[int, list[Balance]]:
    found: dict[int, list[Balance]] = defaultdict(list)
    rows = Balance.objects.of(company_id).filter(product__in=product_ids).select_related("warehouse")
    for row in rows.order_by("warehouse__code"):
        found[row.product_id].append(row)
    return found


def movements(product: Product, page: int = 1, size: int = PAGE_SIZE) -> Page[Movement]:
    """Return a page of a product's ledger with the warehouses, newest first."""
    found = Movement.objects.of(product.company_id).filter(product=product)
    rows = found.select_related("warehouse").order_by("-at", "-pk")
    return paginate(rows, page=page, size=size, counting=found)


def _open_reservations(company_id: int, product_ids: list[int]) -> dict[tuple[int, int], list[Reservation]]:
    """Return what is promised to orders, oldest first, by product and warehouse."""
    found: dict[tuple[int, int], list[Reservation]] = defaultdict(list)
    rows = Reservation.objects.of(company_id).filter(product__in=product_ids, state=Reservation.State.OPEN)
    for row in rows.order_by("opened_at", "pk"):
        found[row.product_id, row.warehouse_id].append(row)
    return found


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
class Known:
    """The newest that is known of what a store shows."""

    quantity: int
    at: datetime
    is_seen: bool  # it was read at Tray; otherwise Tray answered a write with it


@dataclass(frozen=True)
class InStore:
    """How the quantity of a product at one store comes about, and what the store was told."""

    store: Store
    variant: ListingVariant
    warehouses: list[Warehouse]  # that the store sells from
    free: int  # in these warehouses together
    safety_stock: int
    available: int  # max(0, free - safety stock); of a kit, what can be assembled
    published: PublishedStock | None
    why_not_sent: str  # empty when AHEAD decides this quantity
    kit: KitInStore | None = None  # of what it is assembled, if it is a kit
    centers: list[InCenter] = field(default_factory=list)  # of a store with Multi-CD, which is told by centre

    @property
    def _told(self) -> list[ToldStock]:
        """What Tray was told: of the store, or of each centre that AHEAD writes; nothing unless of all of them."""
        if not self.centers:
            return [self.published] if self.published else []
        written = [one.told for one in self.centers if one.center.is_written]
        told: list[ToldStock] = [one for one in written if one is not None]
        return told if len(told) == len(written) else []

    @property
    def confirmed(self) -> int | None:
        """What Tray last confirmed, in all centres together; None when that is unknown."""
        return _sum(one.confirmed for one in self._told)

    @property
    def confirmed_at(self) -> datetime | None:
        """When Tray last confirmed it."""
        return _latest(one.confirmed_at for one in self._told)

    @property
    def sent(self) -> int | None:
        """What was last sent to Tray."""
        return _sum(one.sent for one in self._told)

    @property
    def sent_at(self) -> datetime | None:
        """When it was last sent."""
        return _latest(one.sent_at for one in self._told)

    @property
    def answer(self) -> str:
        """What Tray answered to it; where it was told by centre, each has its answer."""
        return self.published.answer if self.published and not self.centers else ""

    @property
    def known(self) -> Known | None:
        """The newest that is known of what Tray shows: what it confirmed, or what was read there since."""
        one, found = self.published, []
        is_whole = all(center.center.is_written for center in self.centers)  # else Tray shows more than it was told
        if is_whole and self.confirmed is not None and self.confirmed_at is not None:
            found.append(Known(self.confirmed, self.confirmed_at, is_seen=False))
        if one is not None and one.read_back is not None and one.read_back_at is not None:
            found.append(Known(one.read_back, one.read_back_at, is_seen=True))
        return max(found, key=lambda known: (known.at, known.is_seen), default=None)

    @property
    def is_open(self) -> bool:
        """Whether the last write was not confirmed: Tray may show what was sent, or what it showed before."""
        return any(one.is_open for one in self.centers or self._told)

    @property
    def is_in_doubt(self) -> bool:
        """Whether Tray may show something else: it moved its stock for an order, or an earlier write had no answer."""
        return any(one.is_in_doubt for one in self.centers or self._told)

    @property
    def differs(self) -> bool:
        """Whether the next sync sends it: it is another quantity, or nobody knows for sure what Tray shows."""
        if self.why_not_sent:
            return False
        if self.centers:
            return any(one.differs for one in self.centers)
        is_unsure = self.is_open or self.is_in_doubt
        return is_unsure or rules.differs(confirmed=self.confirmed, available=self.available)


@dataclass(frozen=True)
class Explanation:
    """Why the numbers of a product are what they are."""

    product: Product
    warehouses: list[InWarehouse]
    stores: list[InStore]
    kit: KitInStore | None = None  # of a kit: what all warehouses together are enough for

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
    return explanations(company, [Product.objects.of(company).get(pk=product_id)])[0]


def explanations(company: Company, products: Sequence[Product]) -> list[Explanation]:
    """Explain the stock of several products, in their order and in a fixed number of queries."""
    ids = [product.pk for product in products]
    promised = _open_reservations(company.pk, ids)
    lying = _balances(company.pk, ids)
    sold = _variants(company, ids)
    sells_from = sales_warehouses_by_store(company.pk)
    kit_ids = [product.pk for product in products if product.is_kit]
    in_hand = kits_in_hand(company, kit_ids) if kit_ids else {}
    stores = {variant.store_id: variant.store for pk in kit_ids for variant in sold[pk]}
    kits = kits_in_stores(company, kit_ids, list(stores.values()), sells_from=sells_from) if stores else {}
    centers = _in_centers(company, [variant for rows in sold.values() for variant in rows], lying)
    found = []
    for product in products:
        places = [
            InWarehouse(row.warehouse, row.on_hand, row.reserved, promised[product.pk, row.warehouse_id])
            for row in lying[product.pk]
        ]
        at_stores = [
            _at_store(
                variant,
                product,
                places,
                sells_from,
                kits.get((product.pk, variant.store_id)),
                centers.get(variant.pk, []),
            )
            for variant in sold[product.pk]
        ]
        kit = in_hand.get(product.pk, KitInStore([])) if product.is_kit else None
        found.append(Explanation(product, places, at_stores, kit))
    return found


def _variants(company: Company, product_ids: list[int]) -> dict[int | None, list[ListingVariant]]:
    found: dict[int | None, list[ListingVariant]] = defaultdict(list)
    variants = ListingVariant.objects.of(company).filter(product__in=product_ids)
    for variant in variants.select_related("listing", "store", "published").order_by("store__code", "pk"):
        found[variant.product_id].append(variant)
    return found


def _at_store(
    variant: ListingVariant,
    product: Product,
    places: list[InWarehouse],
    sells_from: dict[int | None, list[Warehouse]],
    kit: KitInStore | None,
    centers: list[InCenter],
) -> InStore:
    free = {place.warehouse.pk: place.free for place in places}
    own = sells_from.get(variant.store_id) or sells_from[None]
    lying = [free.get(place.pk, 0) for place in own]
    safety = variant.store.safety_stock if variant.safety_stock is None else variant.safety_stock
    return InStore(
        store=variant.store,
        variant=variant,
        warehouses=own,
        free=sum(lying),
        safety_stock=safety,
        available=kit.available if kit else rules.available(lying, safety_stock=safety),
        published=getattr(variant, "published", None),
        why_not_sent=_why_not_sent(variant, product, centers),
        kit=kit,
        centers=centers,
    )


def _in_centers(
    company: Company, variants: Sequence[ListingVariant], lying: Mapping[int, list[Balance]]
) -> dict[int, list[InCenter]]:
    """Return how the quantities come about in the centres of those stores that have any; kits have no stock there."""
    told_by_center = [one for one in variants if one.store.is_multicd and not one.listing.is_kit]
    if not told_by_center:
        return {}
    rows = [row for some in lying.values() for row in some]
    free = {(row.product_id, row.warehouse_id): row.on_hand - row.reserved for row in rows}
    return in_centers(company, told_by_center, free)


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = list(numbers)
    return sum(one or 0 for one in known) if known and None not in known else None


def _latest(instants: Iterable[datetime | None]) -> datetime | None:
    return max((one for one in instants if one), default=None)


def _why_not_sent(variant: ListingVariant, product: Product, centers: Sequence[InCenter]) -> str:
    if variant.listing.gone_at is not None:
        return "O anúncio foi apagado no Tray."
    if variant.tray_ids is None:
        return "O anúncio ainda não está no Tray."
    if variant.listing.is_kit:
        return "É um kit: o Tray calcula o estoque pelos componentes."
    if product.is_kit:
        return "É um kit, e este anúncio não é um no Tray: o estoque dele se ajusta no painel da loja."
    if any(one.center.is_open for one in centers):
        return "Falta dizer a que Estoque corresponde cada centro de distribuição da Loja."
    return ""
