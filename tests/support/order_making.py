"""Orders, runs and matters made directly, for tests of what reads them."""

from __future__ import annotations

import itertools
import json
import zlib
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ahead.accounts.models import Company
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.customers.models import Customer
from ahead.customers.names import keep_words
from ahead.orders.models import Order, OrderDocument, OrderItem
from ahead.pending.models import PendingMatter
from ahead.pending.operations import Matter, open_matters
from ahead.stores.models import Store
from ahead.stores.triggers import Trigger
from ahead.sync.models import RunState, Step, SyncEvent, SyncRun

_numbers = itertools.count(1)


def make_customer(company: Company, now: datetime, **fields: Any) -> Customer:
    """A person who buys."""
    given = {"kind": "person", "name": "Mariana Siqueira", "document": "39053344705", **fields}
    customer = Customer.objects.create(company=company, created_at=now, updated_at=now, **given)
    keep_words(company.pk, [customer])
    return customer


def make_order(store: Store, now: datetime, *, products: list[Product] | None = None, **fields: Any) -> Order:
    """A Pedido Web with one line for each product."""
    number = next(_numbers)
    given: dict[str, Any] = {
        "kind": "PEW",
        "number": number,
        "tray_id": 48_000 + number,
        "state": "open",
        "placed_at": now,
        "imported_at": now,
        "updated_at": now,
        "tray_status": "A ENVIAR",
        **fields,
    }
    order = Order.objects.create(company_id=store.company_id, store=store, **given)
    for position, product in enumerate(products or [], start=1):
        OrderItem.objects.create(
            company_id=store.company_id,
            order=order,
            position=position,
            product=product,
            description=product.name,
            quantity=2,
            unit_price=Decimal("10.00"),
        )
    OrderDocument.objects.create(
        company_id=store.company_id,
        order=order,
        body=zlib.compress(json.dumps({"Order": {"id": str(order.tray_id)}}).encode()),
        received_at=now,
    )
    return order


def make_unknown(store: Store, now: datetime, *orders: Order) -> tuple[ListingVariant, PendingMatter]:
    """A thing sold at Tray that is no product of ours, the orders that wait for it, and the matter about it."""
    listing = Listing.objects.create(
        company_id=store.company_id, store=store, tray_id=777, title="Caneca azul", reference="CX-9", seen_at=now
    )
    variant = ListingVariant.objects.create(
        company_id=store.company_id, store=store, listing=listing, tray_product_id=777, reference="CX-9"
    )
    for order in orders:
        OrderItem.objects.create(
            company_id=store.company_id,
            order=order,
            position=99,
            variant=variant,
            description="Caneca azul",
            quantity=1,
            unit_price=Decimal("39.90"),
        )
    matter = Matter(
        kind="unknown_sku",
        key=f"variant:{variant.pk}",
        text="«Caneca azul» não corresponde a nenhum produto.",
        remedy="Vincule-o a um produto.",
        store_id=store.pk,
        order_id=orders[0].pk if orders else None,
        facts={"variant_id": variant.pk},
    )
    open_matters(store.company_id, [matter], now=now)
    return variant, PendingMatter.objects.of(store.company_id).get(key=matter.key)


def make_run(store: Store, now: datetime, **fields: Any) -> SyncRun:
    """A run of a store that has ended without errors."""
    last = SyncRun.objects.of(store.company_id).filter(store=store).count()
    given: dict[str, Any] = {
        "number": last + 1,
        "trigger": Trigger.BUTTON,
        "asked_by": "ana@padaria.example",
        "state": RunState.CLEAN,
        "step": Step.DONE,
        "started_at": now,
        "finished_at": now + timedelta(seconds=8),
        **fields,
    }
    return SyncRun.objects.create(company_id=store.company_id, store=store, **given)


def make_event(run: SyncRun, kind: str, key: str, text: str, **fields: Any) -> SyncEvent:
    """One line of a run's log."""
    return SyncEvent.objects.create(
        company_id=run.company_id, run=run, kind=kind, key=key, text=text, at=run.started_at, **fields
    )
