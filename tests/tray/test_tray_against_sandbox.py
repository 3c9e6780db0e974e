"""The client against the pretend Tray: in-process, and over a socket where time matters."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tray_shop import Shop, open_shop
from tray_stage import NOW

from ahead.sandbox.tray import ODDITIES, TraySandbox, serve
from ahead.tray import (
    CompleteOrder,
    InvalidRequest,
    NeedsReauthorisation,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    StoreBlocked,
    TrayBroken,
    Unauthorised,
)


@contextmanager
def over_a_socket(**options: Any) -> Iterator[Shop]:
    box = TraySandbox(seed=7, clock=lambda: NOW)
    with serve(box.app) as address:
        shop = open_shop(box, address, transport=None, **options)
        with shop.tray:
            yield shop


def sweep(shop: Shop, **changes: Any) -> list[int]:
    window = {"modified_from": shop.today - timedelta(days=3), "modified_to": shop.today} | changes
    return [row.id for row in shop.tray.orders(**window)]


def stocked(shop: Shop, stock: int = 10) -> Any:
    return shop.store.add_product(name="Panela", reference="PAN-1", price="25.00", stock=stock)


def test_a_store_is_connected_by_code(shop: Shop) -> None:
    assert shop.tray.info().id == 391
    kept = shop.keeper.current()
    assert kept is not None
    assert kept.store_id == 391
    assert timedelta(hours=2) < kept.access_expires_at - datetime.now(UTC) <= timedelta(hours=3)
    assert {status.name for status in shop.tray.statuses()} >= {"A ENVIAR", "CANCELADO"}


def test_a_hundred_and_twenty_orders_in_three_pages(shop: Shop) -> None:
    stocked(shop)
    placed = {order.id for order in shop.store.place_orders(120)}
    before = shop.tray.requests_sent
    found = sweep(shop)
    assert (set(found), len(found)) == (placed, 120)
    assert shop.tray.requests_sent - before <= 4  # three pages and the exchange of the code
    page = shop.tray.orders_page(modified_from=shop.today, modified_to=shop.today, page=1, newest_first=True)
    assert (page.sorted_as_asked, page.filters_applied, page.paging.max_limit) == (True, True, 50)


def test_where_the_store_does_not_sort_the_client_says_so(shop: Shop) -> None:
    stocked(shop)
    shop.store.place_orders(5)
    shop.store.switches.sort_supported = False
    page = shop.tray.orders_page(modified_from=shop.today, modified_to=shop.today, page=1, newest_first=True)
    assert page.sorted_as_asked is False


def test_an_order_in_full(shop: Shop) -> None:
    placed = shop.store.place_order(items=[(stocked(shop), 2)], shipment_value="12.50")
    order = shop.tray.complete_order(placed.id)
    assert (order.money.remainder, order.items[0].quantity, order.items[0].price) == (
        Decimal(0),
        Decimal(2),
        Decimal("25.00"),
    )
    assert order.placed_at == NOW
    assert order.customer.document


@pytest.mark.parametrize("kind", ODDITIES)
def test_every_odd_order_can_be_read(shop: Shop, kind: str) -> None:
    odd = shop.store.odd_order(kind)
    assert odd.id in sweep(shop)
    order = shop.tray.complete_order(odd.id)
    assert (order.id, bool(order.items)) == (odd.id, True)
    check = EXPECTED.get(kind)
    assert check is None or check(order)


EXPECTED: dict[str, Any] = {
    "no-address": lambda o: o.delivery_addresses == () and o.customer.own_address is None,
    "inline-address": lambda o: o.delivery_addresses == () and o.customer.own_address is not None,
    "two-addresses": lambda o: len(o.delivery_addresses) == 2,
    "punctuated-cpf": lambda o: len(o.customer.cpf) == 11 and o.customer.cpf.isdigit(),
    "missing-cpf": lambda o: o.customer.document == "",
    "total-off": lambda o: o.money.remainder == Decimal("1.23"),
    "company": lambda o: o.customer.kind == "PJ" and len(o.customer.document) == 14,
    "pix-discount": lambda o: o.money.payment_method_rate < 0 and o.money.remainder == 0,
    "multicd-child": lambda o: o.is_child_order and o.parent_order_id is not None,
    "kit": lambda o: any(item.kit_parent_id for item in o.items),
}


def test_the_address_of_two_is_named_by_the_plain_read(shop: Shop) -> None:
    odd = shop.store.odd_order("two-addresses")
    chosen = shop.tray.order(odd.id).customer_address_id
    assert chosen in {address.id for address in shop.tray.complete_order(odd.id).delivery_addresses}


def test_setting_a_status_changes_no_fingerprint_but_an_edit_does(shop: Shop) -> None:
    placed = shop.store.place_order(items=[(stocked(shop), 1)])

    def row() -> Any:
        return next(shop.tray.orders(modified_from=shop.today, modified_to=shop.today))

    first = row()
    shop.tray.set_order_status(placed.id, status_id=shop.store.status("ENVIADO").id)
    echo = row()
    assert (echo.status, echo.fingerprint) == ("ENVIADO", first.fingerprint)
    shop.store.edit_order(placed.id, shipment_value="99.00")
    assert row().fingerprint != first.fingerprint


def test_cancelling(shop: Shop) -> None:
    placed = shop.store.place_order(items=[(stocked(shop), 1)])
    shop.tray.cancel_order(placed.id)
    assert shop.tray.order(placed.id).status_type == "cancelled"
    with pytest.raises(NotFound):
        shop.tray.cancel_order(999_999_999, cancelled_status_id=5)


def test_stock_and_prices(shop: Shop) -> None:
    product = stocked(shop)
    parent = shop.store.add_product(name="Camiseta", reference="CAM", price="50.00")
    variant = shop.store.add_variant(product=parent, reference="CAM-P", price="50.00", axes={"Tamanho": "P"})
    shop.tray.set_product_stock(product.id, stock=3, price=Decimal("27.90"))
    shop.tray.set_variant_stock(variant.id, stock=8)
    assert (shop.tray.product(product.id).stock, shop.tray.product(product.id).price) == (
        Decimal(3),
        Decimal("27.90"),
    )
    read = shop.tray.variant(variant.id)
    assert (read.stock, read.product_id, read.axes[0].value) == (Decimal(8), parent.id, "P")
    assert {found.id for found in shop.tray.products()} == {product.id, parent.id}
    assert [found.id for found in shop.tray.products(reference="PAN-1")] == [product.id]
    assert [found.id for found in shop.tray.variants(product_id=parent.id)] == [variant.id]
    shop.store.delete_product(product.id)
    with pytest.raises(NotFound):
        shop.tray.set_product_stock(product.id, stock=1)


def test_a_product_is_written_read_back_and_deleted(shop: Shop) -> None:
    made = shop.tray.create_product({"name": "Panela", "price": Decimal("25.00"), "brand": "Forja", "weight": 4100})
    assert [brand.name for brand in shop.tray.brands()] == ["Forja"]
    shop.tray.update_product(made, {"description": "<p>De ferro</p>", "warranty": "1 ano", "minimum_stock": 2})
    read = shop.tray.product(made)
    assert (read.name, read.price, read.weight_g, read.brand) == ("Panela", Decimal("25.00"), 4100, "Forja")
    assert (read.description, read.warranty, read.minimum_stock) == ("<p>De ferro</p>", "1 ano", Decimal(2))
    assert [row.description for row in shop.tray.products(id=made)] == [None]
    shop.tray.delete_product(made)
    with pytest.raises(NotFound):
        shop.tray.delete_product(made)
    with pytest.raises(InvalidRequest) as caught:
        shop.tray.create_product({"name": "Sem preço"})
    assert any("price" in cause for cause in caught.value.causes)


def test_variants_are_written_by_type_and_value_and_read_by_axes(shop: Shop) -> None:
    parent = stocked(shop).id
    axes = {"type_1": "Cor", "value_1": "Preta", "type_2": "Tamanho", "value_2": "P"}
    shop.tray.create_variant(parent, {**axes, "price": 25, "stock": 4, "reference": "PAN-P"})
    (made,) = shop.tray.variants(product_id=parent)
    assert [(axis.type, axis.value) for axis in made.axes] == [("Cor", "Preta"), ("Tamanho", "P")]
    shop.tray.update_variant(made.id, {"stock": 9})
    assert shop.tray.variant(made.id).stock == 9
    shop.tray.delete_variant(made.id)
    assert list(shop.tray.variants(product_id=parent)) == []
    with pytest.raises(InvalidRequest):
        shop.tray.create_variant(parent, {"type_1": "Cor"})


def test_categories_grow_into_a_tree(shop: Shop) -> None:
    root = shop.tray.create_category({"name": "Cozinha", "order": 2})
    child = shop.tray.create_category({"name": "Panelas", "parent_id": root})
    shop.tray.update_category(child, {"title": "Panelas de ferro"})
    tree = {found.id: found for found in shop.tray.category_tree()}
    assert (list(tree), tree[child].parent_id, tree[child].title) == ([root, child], root, "Panelas de ferro")
    assert {found.id for found in shop.tray.categories(name="Panelas")} == {child}
    assert (shop.tray.category(root).order, shop.tray.category(root).parent_id) == (2, None)
    with pytest.raises(InvalidRequest):
        shop.tray.create_category({"name": "Solta", "parent_id": 999_999})


def test_brands(shop: Shop) -> None:
    made = shop.tray.create_brand("Forja")
    assert [(brand.id, brand.name) for brand in shop.tray.brands(brand="Forja")] == [(made, "Forja")]
    with pytest.raises(InvalidRequest):
        shop.tray.create_brand("")


@pytest.mark.parametrize("kind", ["500", "500-but-done", "504", "html-200", "empty"])
def test_a_product_in_doubt_is_not_made_twice(shop: Shop, kind: str) -> None:
    shop.tray.info()
    shop.store.faults.next("POST /products", kind)
    with pytest.raises(OutcomeUnknown):
        shop.tray.create_product({"name": "Panela", "price": 25, "reference": "PAN-1"})
    found = list(shop.tray.products(reference="PAN-1"))
    assert len(found) == (1 if kind in {"500-but-done", "empty"} else 0)


def test_customers(shop: Shop) -> None:
    placed = shop.store.place_order(items=[(stocked(shop), 1)])
    (listed,) = shop.tray.customers()
    full = shop.tray.customer(listed.id)
    assert full.id == shop.tray.complete_order(placed.id).customer.id
    assert full.own_address is not None


@pytest.mark.parametrize("kind", ["401/1000", "401/1099", "429", "500", "504", "html-200", "empty"])
def test_one_fault_is_got_over(shop: Shop, kind: str) -> None:
    placed = shop.store.place_order(items=[(stocked(shop), 1)])
    shop.tray.info()
    shop.store.faults.next("/orders/:id/complete", kind)
    assert shop.tray.complete_order(placed.id).id == placed.id


@pytest.mark.parametrize("kind", ["500", "500-but-done", "504", "html-200", "empty"])
def test_an_absolute_write_survives_a_fault(shop: Shop, kind: str) -> None:
    product = stocked(shop)
    shop.store.faults.next("PUT /products/:id", kind)
    shop.tray.set_product_stock(product.id, stock=4)
    assert shop.store.product_stock(product.id) == 4


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", RateLimited),
        ("500", TrayBroken),
        ("504", TrayBroken),
        ("401/1001", StoreBlocked),
        ("401/1099", Unauthorised),
    ],
)
def test_faults_that_do_not_end_go_to_the_caller(shop: Shop, kind: str, error: type[Exception]) -> None:
    shop.store.faults.rate(kind, 1.0, "/orders/*")
    with pytest.raises(error):
        shop.tray.complete_order(7001)


def test_the_minute_of_tray_is_respected_when_it_says_429(shop: Shop) -> None:
    shop.store.switches.rate_limit_per_minute = 3
    shop.store.switches.retry_after = True
    for _ in range(2):
        shop.tray.info()
    with pytest.raises(RateLimited) as caught:
        shop.tray.info()
    assert 0 < caught.value.retry_after <= 60


@pytest.mark.parametrize("requires_keys", [True, False])
@pytest.mark.parametrize("rotates", [True, False])
def test_refresh_in_every_way_stores_do_it(shop: Shop, requires_keys: bool, rotates: bool) -> None:
    shop.store.switches.refresh_requires_keys = requires_keys
    shop.store.switches.refresh_rotates = rotates
    shop.store.switches.code_single_use = True
    for _ in range(3):
        shop.tray.info()
        shop.store.expire_tokens()
    assert shop.tray.info().id == 391


def test_a_dead_refresh_is_healed_by_the_code_and_a_dead_code_by_the_merchant(shop: Shop) -> None:
    shop.tray.info()
    kept = shop.keeper.current()
    assert kept is not None
    httpx2.Client(transport=httpx2.WSGITransport(app=shop.box.app)).get(
        f"{shop.tray.api_address}/auth", params={"refresh_token": kept.refresh}
    )
    shop.store.expire_tokens()
    assert shop.tray.info().id == 391
    shop.store.switches.code_single_use = True
    with pytest.raises(NeedsReauthorisation):
        shop.tray.authorise("0" * 64)


def test_eight_threads_over_a_socket_refresh_once() -> None:
    with over_a_socket() as shop:
        shop.tray.info()
        shop.store.expire_tokens()
        shop.store.counters.reset()
        gate = threading.Barrier(8)

        def read(_: int) -> int | None:
            gate.wait()
            return shop.tray.info().id

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(read, range(8))) == [391] * 8
        assert sum(n for route, n in shop.store.counters.by_route.items() if "auth" in route) == 1


def test_a_stock_write_that_timed_out_after_it_was_done_is_repeated() -> None:
    with over_a_socket(timeout=1.5) as shop:
        shop.store.switches.hang_seconds = 2.5
        product = stocked(shop)
        shop.tray.info()
        shop.store.faults.next("PUT /products/:id", "timeout-after-commit")
        shop.tray.set_product_stock(product.id, stock=2)
        assert shop.store.product_stock(product.id) == 2


def test_orders_read_by_three_threads_over_a_socket() -> None:
    with over_a_socket() as shop:
        stocked(shop)
        shop.store.switches.rate_limit_per_minute = None
        ids = [order.id for order in shop.store.place_orders(30)]
        with ThreadPoolExecutor(3) as pool:
            read: list[CompleteOrder] = list(pool.map(shop.tray.complete_order, ids))
        assert [order.id for order in read] == ids
