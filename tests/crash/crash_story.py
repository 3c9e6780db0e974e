"""A shop with three hundred orders, and what merchant and customers do while it is being synced: a story by seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

from stdnum.br import cnpj

from ahead.accounts.models import Company
from ahead.accounts.operations import create_company
from ahead.catalog.models import Product
from ahead.sandbox.tray import TraySandbox
from ahead.stock.operations import count_stock, create_warehouse, move_stock
from ahead.stores.models import StatusRole
from sync_stage import BY, Stage

ORDERS = 300
PRODUCTS = 24
VARIANTS = 6
STRANGERS = ("EXT-1", "EXT-2")  # sold at Tray, and products of ours only later in the story
FAULTS = {
    "500": 0.02,
    "504": 0.01,
    "429": 0.004,
    "timeout-after-commit": 0.01,
    "500-but-done": 0.005,
    "401/1000": 0.004,
    "duplicate-row": 0.10,
    "total-moves": 0.05,
}
Event = Callable[[Stage], None]


def new_company(number: int) -> Company:
    """Make a company with a CNPJ of its own."""
    base = f"11222333{number:04d}"
    return create_company(
        name=f"Padaria {number}",
        slug=f"padaria-{number}",
        cnpj=base + cnpj.calc_check_digits(base),
        by=BY,
        now=datetime.now(UTC),
    )


def open_shop(box: TraySandbox, address: str, number: int) -> Stage:
    """Open the shop of the story at Tray and here, its orders placed and nothing synced yet."""
    company = new_company(number)
    warehouse = create_warehouse(company=company, name="Depósito", by=BY, now=datetime.now(UTC))
    # the slug is the same for all: with the box's seed it decides who buys what
    stage = Stage(box, address, company, warehouse).open_store(store_id=900_000 + number, hang_seconds=0.02)
    stage.choose(
        {
            StatusRole.IMPORT: ["A ENVIAR", "A ENVIAR VINDI"],
            StatusRole.UPDATE: ["A ENVIAR - SINCRONIZADO"],
            StatusRole.CANCELLED: ["CANCELADO"],
            StatusRole.UPDATE_CANCELLED: ["CANCELADO AUT"],
        }
    )
    for index in range(PRODUCTS):
        on_hand = 1_000 + index
        stage.add_product(f"SKU-{index}", on_hand=on_hand, at_tray=on_hand if index % 3 else 400, price=f"{10 + index}")
    _add_shirt(stage)
    for reference in STRANGERS:
        stage.shop.add_product(name=f"Novidade {reference}", reference=reference, price=Decimal(31), stock=200)
    stage.shop.place_orders(ORDERS, days=9, status=["A ENVIAR", "A ENVIAR", "A ENVIAR VINDI"])
    return stage


def _add_shirt(stage: Stage) -> None:
    shirt = stage.shop.add_product(name="Camiseta", reference="CAM", price=Decimal(59), stock=0)
    for index in range(VARIANTS):
        reference = f"CAM-{index}"
        stage.shop.add_variant(
            product=shirt, reference=reference, price=Decimal(59), stock=300, axes={"Tamanho": str(36 + index)}
        )
        stage.add_ours(reference, on_hand=300)


def begin_faults(stage: Stage, seed: int) -> None:
    """Let Tray fail now and then, otherwise in each history."""
    stage.shop.faults.random = Random(f"faults {seed}")
    for kind, probability in FAULTS.items():
        stage.shop.faults.rate(kind, probability)


def events(seed: int) -> list[Event]:
    """Return what happens in the story, in order. Each says all by itself, so that it may happen at any moment."""
    random = Random(f"events {seed}")
    orders = random.sample(range(ORDERS), 50)
    comes_back = orders[40:44]
    found: list[Event] = [
        *[_cancel(index) for index in orders[:12]],
        *[_swell(index, random.randint(1, 3)) for index in orders[12:22]],
        *[_ship_for(index, f"{random.randint(5, 60)}.90") for index in orders[22:32]],
        *[_go_back(index) for index in orders[32:40]],
        *[_cancel(index) for index in comes_back],
        *[_buy(random.randrange(PRODUCTS), random.randint(1, 4)) for _ in range(8)],
        *[_buy_what_arrives(random.randrange(PRODUCTS), random.randint(1, 4)) for _ in range(8)],
        *[_count(random.randrange(PRODUCTS), random.randint(800, 1_500)) for _ in range(5)],
        *[_enter(random.randrange(PRODUCTS), random.randint(1, 50)) for _ in range(5)],
        _expire_tokens,
        _expire_tokens,
    ]
    random.shuffle(found)
    # who comes back does so after the cancellation; strangers become products late
    return [*found, *[_go_back(index) for index in comes_back], *[_adopt(reference) for reference in STRANGERS]]


def _order_id(index: int) -> int:
    return 7001 + index


def _cancel(index: int) -> Event:
    return lambda stage: _ignore(stage.shop.cancel_order(_order_id(index)))


def _go_back(index: int) -> Event:
    return lambda stage: _ignore(stage.shop.set_order_status(_order_id(index), "A ENVIAR"))


def _ship_for(index: int, value: str) -> Event:
    return lambda stage: _ignore(stage.shop.edit_order(_order_id(index), shipment_value=Decimal(value)))


def _swell(index: int, more: int) -> Event:
    """Let the first line of an order become larger, and its total with it."""

    def happen(stage: Stage) -> None:
        order = stage.shop.orders[_order_id(index)]
        line = order.lines[0]
        with stage.shop.changing():
            line["quantity"] = str(int(line["quantity"]) + more)
        stage.shop.edit_order(order.id)

    return happen


def _buy(index: int, quantity: int) -> Event:
    return lambda stage: _ignore(stage.shop.place_order(items=[(_at_tray(stage, f"SKU-{index}"), quantity)]))


def _buy_what_arrives(index: int, quantity: int) -> Event:
    """Let what is available stay what it was, while Tray shows less."""

    def happen(stage: Stage) -> None:
        _buy(index, quantity)(stage)
        _enter(index, quantity)(stage)

    return happen


def _count(index: int, counted: int) -> Event:
    return lambda stage: _ignore(count_stock(**_place(stage, index), counted=counted, by=BY, now=datetime.now(UTC)))


def _enter(index: int, quantity: int) -> Event:
    return lambda stage: _ignore(
        move_stock(**_place(stage, index), quantity=quantity, kind="entry", by=BY, now=datetime.now(UTC))
    )


def _adopt(reference: str) -> Event:
    return lambda stage: _ignore(stage.add_ours(reference, on_hand=180))


def _expire_tokens(stage: Stage) -> None:
    stage.shop.expire_tokens()


def _at_tray(stage: Stage, reference: str) -> Any:
    return next(product for product in stage.shop.products.values() if product.reference == reference)


def _place(stage: Stage, index: int) -> dict[str, Any]:
    product = Product.objects.of(stage.company).get(reference=f"SKU-{index}")
    return {"company": stage.company, "product_id": product.pk, "warehouse_id": stage.warehouse.pk}


def _ignore(_: object) -> None:
    """What an event made is looked at later, all together."""
