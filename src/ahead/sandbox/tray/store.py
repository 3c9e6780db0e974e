"""One store: what it holds, and what a test or the admin page may do to it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from random import Random
from threading import RLock
from typing import Any

from ahead.sandbox.tray import catalogue, centres, crowd, kits, oddities, trade
from ahead.sandbox.tray.counters import Counters
from ahead.sandbox.tray.courier import Courier
from ahead.sandbox.tray.defaults import STATUSES
from ahead.sandbox.tray.faults import Faults
from ahead.sandbox.tray.moments import Clock, stamp
from ahead.sandbox.tray.notices import Bell
from ahead.sandbox.tray.records import Address, Customer, Fields, KitRow, Order, Product, Record, Status, Variant
from ahead.sandbox.tray.switches import Switches
from ahead.sandbox.tray.tokens import Tokens

Item = tuple[Product | Variant, int] | tuple[Product | Variant, int, Decimal]
FIRST_IDS = {
    "product": 101,
    "variant": 2001,
    "kit": 11,
    "customer": 501,
    "address": 15,
    "order": 7001,
    "line": 70011,
    "payment": 507,
    "invoice": 123,
    "marketplace": 31,
    "brand": 9,
    "category": 25,
    "property": 2,
    "centre": 611,
    "property_value": 72,
    "status": 902,
}


class UnknownStatus(Exception):
    """The store has no status of that name."""


class Store:
    """A store of the sandbox; every public method takes its lock."""

    def __init__(
        self,
        *,
        slug: str,
        store_id: int,
        name: str,
        cnpj: str,
        consumer_key: str,
        consumer_secret: str,
        clock: Clock,
        seed: object,
        switches: Switches,
        courier: Courier,
    ) -> None:
        self.slug, self.store_id, self.name, self.cnpj = slug, store_id, name, cnpj
        self.consumer_key, self.consumer_secret = consumer_key, consumer_secret
        self.clock, self.switches = clock, switches
        self.host = f"{slug}.tray.test"
        self.lock = RLock()
        self.revision = 0
        self.random = _seeded(seed, slug, "shop")
        self.tokens = Tokens(_seeded(seed, slug, "tokens"))
        self.faults = Faults(_seeded(seed, slug, "faults"))
        self.counters = Counters()
        notices = _seeded(seed, slug, "webhooks")
        self.bell = Bell(notices, switches, courier, key=consumer_key, seller_id=store_id)
        self.next_ids = dict(FIRST_IDS)
        self.products: dict[int, Product] = {}
        self.variants: dict[int, Variant] = {}
        self.kits: dict[int, KitRow] = {}
        self.brands: dict[int, Record] = {}
        self.categories: dict[int, Record] = {}
        self.properties: dict[int, Record] = {}
        self.centres: dict[int, Record] = {}
        self.customers: dict[int, Customer] = {}
        self.addresses: dict[int, Address] = {}
        self.orders: dict[int, Order] = {}
        self.statuses: dict[int, Status] = _statuses()
        self.variants_by_product: dict[int, list[int]] = {}
        self.kits_by_parent: dict[int, list[int]] = {}
        self.addresses_by_customer: dict[int, list[int]] = {}
        self.list_memory: dict[tuple[str, ...], tuple[int, list[Any]]] = {}

    @property
    def now(self) -> datetime:
        """The instant of the store's clock."""
        return self.clock()

    @property
    def path(self) -> str:
        """Where the store lives on the server, without host."""
        return f"/lojas/{self.slug}"

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock, count a revision, and notify the application of what changed once it is over."""
        with self.lock, self.bell.gathering():
            yield
            self.revision += 1

    def take_id(self, kind: str) -> int:
        """Return the next id of a kind."""
        taken = self.next_ids[kind]
        self.next_ids[kind] = taken + 1
        return taken

    def touch(self, record: Record) -> None:
        """Note that a record changed now."""
        record.fields["modified"] = stamp(self.now)
        self.bell.changed(record)
        self.revision += 1

    def authorise(self) -> str:
        """Return a code, as the consent page would give it."""
        with self.changing():
            return self.tokens.new_code()

    def expire_tokens(self) -> None:
        """Let every access token end now."""
        with self.changing():
            self.tokens.expire_access(self.now)

    def status(self, name: str | int) -> Status:
        """
        Return a status by name or id.

        :raises UnknownStatus: if there is none.
        """
        for status in self.statuses.values():
            if name == status.id or str(name).casefold() == status.name.casefold():
                return status
        raise UnknownStatus(f"no status {name!r} in {self.slug}")

    def add_property(self, name: str, values: Sequence[str] = ()) -> Record:
        """Add a property of the shop, such as Material, with the values it can have."""
        with self.changing():
            return catalogue.add_property(self, name, values)

    def add_product(self, *, name: str, reference: str, price: Decimal | str, stock: int = 0, **fields: Any) -> Product:
        """Add a product; `fields` are ean, ncm, weight, brand, category (a path: "Cozinha › Canecas")
        and raw fields of Tray."""
        with self.changing():
            return catalogue.add_product(
                self, {"name": name, "reference": reference, "price": price, "stock": stock, **fields}
            )

    def add_variant(
        self, *, product: Product, reference: str, price: Decimal | str, axes: dict[str, str], **fields: Any
    ) -> Variant:
        """Add a variant with one or two axes."""
        with self.changing():
            named: dict[str, str] = {}
            for n, (axis, value) in enumerate(axes.items(), start=1):
                named |= {f"type_{n}": axis, f"value_{n}": value}
            return catalogue.add_variant(self, product, {"reference": reference, "price": price, **named, **fields})

    def add_kit(self, *, name: str, reference: str, components: Sequence[kits.Component], **fields: Any) -> Product:
        """
        Add a kit; a component is a product, its quantity and, if it is cheaper there, the discount: "10%" or "2.50".

        :raises ValueError: if it would hold fewer than two units, which Tray cannot write down.
        """
        with self.changing():
            return catalogue.add_kit(self, {"name": name, "reference": reference, **fields}, components)

    def place_order(
        self,
        *,
        items: Sequence[Item],
        customer: Fields | Customer | None = None,
        status: str | int = "A ENVIAR",
        marketplace: str | None = None,
        shipment_value: Decimal | str = "0.00",
        payment: str = "pix",
        **overrides: Any,
    ) -> Order:
        """Let an order arrive; `overrides` are raw fields of Tray's order."""
        with self.changing():
            buyer = customer if isinstance(customer, Customer) else crowd.buyer(self, customer)
            terms = trade.Terms(self.status(status), marketplace, Decimal(str(shipment_value)), payment, overrides)
            return trade.place_order(self, items, buyer, terms)

    def place_orders(self, n: int, *, days: int = 0, **terms: Any) -> list[Order]:
        """
        Let n random orders arrive, spread over the last `days` days.

        `terms` are those of `place_order`; `status` may be a list, of which each order takes the next.

        :raises crowd.NothingToSell: if the store has no product.
        """
        with self.changing():
            return crowd.place_orders(self, n, days=days, terms=terms)

    def edit_order(self, order_id: int, **fields: Any) -> Order:
        """
        Set raw fields of an order; the total follows unless it is given.

        :raises KeyError: if there is no such order.
        """
        with self.changing():
            return trade.edit_order(self, self.orders[int(order_id)], fields)

    def set_order_status(self, order_id: int, status: str | int) -> Order:
        """
        Move an order to another status.

        :raises KeyError: if there is no such order.
        """
        with self.changing():
            return trade.move_order(self, self.orders[int(order_id)], self.status(status))

    def cancel_order(self, order_id: int) -> Order:
        """
        Cancel an order.

        :raises KeyError: if there is no such order.
        """
        return self.set_order_status(order_id, "CANCELADO")

    def delete_order(self, order_id: int) -> None:
        """
        Let an order vanish; it answers 404 from now on, and its stock comes back.

        :raises KeyError: if there is no such order.
        """
        with self.changing():
            trade.hold_stock(self, self.orders.pop(int(order_id)), held=False)

    def odd_order(self, kind: str) -> Order:
        """
        Let an order of an odd kind arrive.

        :raises oddities.UnknownOddity: if there is no such kind.
        """
        with self.changing():
            return oddities.odd_order(self, kind)

    def set_stock(self, item: Product | Variant, stock: int) -> None:
        """Set the stock of a product or a variant, in the first distribution centre if there are any."""
        with self.changing():
            centres.place(self, item, stock)
            self.touch(item)

    def delete_product(self, product_id: int) -> None:
        """
        Remove a product with its variants.

        :raises KeyError: if there is no such product.
        """
        with self.changing():
            catalogue.delete_product(self, self.products[int(product_id)])

    def product_stock(self, product_id: int) -> int:
        """Return the stock Tray shows for a product: the sum of its variants, or how many kits its components make."""
        variants = self.variants_by_product.get(int(product_id))
        if variants:
            return sum(self.variants[variant_id].stock for variant_id in variants)
        if int(product_id) in self.kits_by_parent:
            return kits.stock(self, int(product_id))
        return self.products[int(product_id)].stock

    def add_distribution_center(self, *, name: str, active: bool = True, **fields: Any) -> Record:
        """Open a distribution centre: with the first one the store has Multi-CD."""
        with self.changing():
            return centres.add(self, catalogue.fields_of({"name": name, "active": active, **fields}))

    def product_images(self, product_id: int) -> list[str]:
        """Return the addresses the pictures of a product came from, in order."""
        return list(self.products[int(product_id)].pictures)

    def variant_images(self, variant_id: int) -> list[str]:
        """Return the addresses the pictures of a variant came from, in order."""
        return list(self.variants[int(variant_id)].pictures)

    def variant_stock(self, variant_id: int) -> int:
        """Return the stock of a variant."""
        return self.variants[int(variant_id)].stock


def _seeded(*parts: object) -> Random:
    return Random(":".join(str(part) for part in parts))  # noqa: S311 - repeatable on purpose


def _statuses() -> dict[int, Status]:
    names = ("status", "default", "type", "background", "description")
    return {row[0]: Status(row[0], dict(zip(names, row[1:], strict=True))) for row in STATUSES}
