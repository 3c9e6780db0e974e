"""Customers and random orders, the same for the same seed."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import TYPE_CHECKING, Any

from ahead.sandbox.tray import kits, people, trade
from ahead.sandbox.tray.bodies import scalar
from ahead.sandbox.tray.customer_fields import PLACE_FIELDS
from ahead.sandbox.tray.moments import CENT, stamp
from ahead.sandbox.tray.records import Address, Customer, Fields, Order, Product, Variant

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Item, Store

SHIPMENTS = ("Correios Sedex", "Correios PAC", "Jadlog Package", "Transportadora - 45")
PIX_DISCOUNT = Decimal("-0.05")
RETURNING_BUYERS = 0.25
KITS_SHARE = 0.1
WRITABLE_ADDRESS_FIELDS = (*PLACE_FIELDS, "recipient", "type", "active", "description", "country")


class NothingToSell(Exception):
    """Orders were asked of a store without products."""


def buyer(store: "Store", fields: Fields | None) -> Customer:
    """Return the customer of these fields, new unless the document is known; None is a random person."""
    if fields is None:
        return add_customer(store, people.person(store.random))
    document = fields.get("cpf") or fields.get("cnpj")
    if document:
        for customer in store.customers.values():
            if document in {customer.text("cpf"), customer.text("cnpj")}:
                return customer
    return add_customer(store, fields)


def add_customer(store: "Store", fields: Fields) -> Customer:
    """Add a customer; without a list of addresses, the main one becomes the delivery address."""
    values = dict(fields)
    rows = values.pop("CustomerAddress", values.pop("CustomerAddresses", None))
    if rows is None:
        rows = [{name: values.get(name, "") for name in PLACE_FIELDS}] if values.get("address") else []
    elif isinstance(rows, dict):
        rows = [rows]
    rows = [row.get("CustomerAddress", row) for row in rows]
    if rows and not values.get("address"):
        values |= {name: rows[0].get(name, "") for name in PLACE_FIELDS}
    now = stamp(store.now)
    stored = {name: scalar(value) for name, value in values.items()}
    customer = Customer(
        store.take_id("customer"), {**stored, "created": now, "registration_date": now[:10], "modified": now}
    )
    store.customers[customer.id] = customer
    store.bell.born(customer)
    for row in rows:
        add_address(store, customer, row)
    return customer


def add_address(store: "Store", customer: Customer, row: Fields) -> Address:
    """Add an address; the country written as BRA reads back as Brasil."""
    fields = {name: scalar(row[name]) for name in WRITABLE_ADDRESS_FIELDS if name in row}
    fields.setdefault("recipient", customer.name)
    if fields.get("country") == "BRA":
        fields["country"] = "Brasil"
    if len(fields.get("zip_code", "")) == 8:
        fields["zip_code"] = f"{fields['zip_code'][:5]}-{fields['zip_code'][5:]}"
    address = Address(store.take_id("address"), fields, customer.id)
    store.addresses[address.id] = address
    store.addresses_by_customer.setdefault(customer.id, []).append(address.id)
    return address


def place_orders(store: "Store", n: int, *, days: int, terms: dict[str, Any]) -> list[Order]:
    """
    Let n random orders arrive, one to three lines each, oldest first.

    :raises NothingToSell: if the store has no product.
    """
    shelf = sellable(store)
    if not shelf:
        raise NothingToSell(f"{store.slug} has no product to sell")
    seconds = sorted(store.random.randrange(days * 86400 + 1) for _ in range(n))[::-1]
    now = store.now
    given = terms.get("status", "A ENVIAR")
    statuses = cycle([given] if isinstance(given, (str, int)) else given)
    return [
        _random_order(store, shelf, now - timedelta(seconds=back), {**terms, "status": next(statuses)})
        for back in seconds
    ]


def sellable(store: "Store") -> list[Product | Variant]:
    """Return everything a customer can put into the basket, kits aside."""
    simple = [
        product
        for product in store.products.values()
        if product.id not in store.variants_by_product and not product.is_kit
    ]
    return [*simple, *store.variants.values()]


def _random_order(store: "Store", shelf: list[Product | Variant], moment: datetime, given: dict[str, Any]) -> Order:
    random = store.random
    overrides = dict(given)
    status = store.status(overrides.pop("status"))
    marketplace = overrides.pop("marketplace", random.choices([None, "Mercado Livre", "Magalu"], (7, 2, 1))[0])
    payment = overrides.pop("payment", random.choices(["pix", "credit_card", "bank_billet"], (5, 4, 1))[0])
    items = overrides.pop("items", None) or _basket(store, shelf)
    shipment_value = overrides.pop("shipment_value", f"{random.randrange(990, 4990) / 100:.2f}")
    customer = buyer(store, overrides.pop("customer")) if "customer" in overrides else _somebody(store)
    if not marketplace:
        overrides = {**_own_shop(store, items, payment), **overrides}
    terms = trade.Terms(status, marketplace, Decimal(str(shipment_value)), payment, overrides, moment)
    return trade.place_order(store, items, customer, terms)


def _basket(store: "Store", shelf: list[Product | Variant]) -> "list[Item]":
    random = store.random
    chosen: dict[tuple[str, int], Item] = {}
    for _ in range(random.choices((1, 2, 3), (6, 3, 1))[0]):
        quantity = random.choices((1, 2, 3), (7, 2, 1))[0]
        item = _picked(store, shelf)
        for _attempt in range(5):
            if kits.units(store, item) >= quantity:
                break
            item = _picked(store, shelf)
        chosen[type(item).__name__, item.id] = (item, quantity)
    return list(chosen.values())


def _picked(store: "Store", shelf: list[Product | Variant]) -> Product | Variant:
    if store.kits_by_parent and store.random.random() < KITS_SHARE:
        return store.products[store.random.choice(list(store.kits_by_parent))]
    return store.random.choice(shelf)


def _somebody(store: "Store") -> Customer:
    random = store.random
    if store.customers and random.random() < RETURNING_BUYERS:
        known = random.randrange(501, store.next_ids["customer"])
        if known in store.customers:
            return store.customers[known]
    is_company = random.random() < 0.12
    return add_customer(store, people.company(random) if is_company else people.person(random))


def _own_shop(store: "Store", items: "list[Item]", payment: str) -> Fields:
    random = store.random
    fields: Fields = {"shipment": random.choice(SHIPMENTS)}
    partial = sum((kits.selling_price(store, sold[0]) * sold[1] for sold in items), Decimal(0))
    if payment == "pix" and random.random() < 0.6:
        fields["payment_method_rate"] = (partial * PIX_DISCOUNT).quantize(CENT)
    elif payment == "credit_card":
        fields["installment"] = str(random.randrange(1, 7))
        if random.random() < 0.2:
            fields["interest"] = (partial * Decimal("0.0299")).quantize(CENT)
    if random.random() < 0.08:
        fields["coupon"] = {"code": "volta10", "discount": (partial * Decimal("0.10")).quantize(CENT)}
    return fields
