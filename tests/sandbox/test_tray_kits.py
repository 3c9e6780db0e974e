"""Kits: a parent whose price and stock are those of its components, and what an order shows of it."""

from decimal import Decimal
from typing import Any

import pytest
from tray_caller import Caller, Clock

from ahead.sandbox.tray import Store, UnknownSwitch
from ahead.sandbox.tray.records import Order, Product, Variant


@pytest.fixture
def saucer(store: Store, mug: Product) -> Product:
    return store.add_product(name="Pires Esmaltado 14cm", reference="PIR-014", price="19.90", stock=25)


@pytest.fixture
def breakfast(store: Store, mug: Product, saucer: Product) -> Product:
    """One mug, and two saucers at 10% less."""
    return store.add_kit(name="Kit Café da Manhã", reference="KIT-CAFE", components=[(mug, 1), (saucer, 2, "10%")])


def row(parent: int, component: int, **fields: Any) -> dict[str, Any]:
    return {"product_parent_id": str(parent), "product_id": str(component), "quantity": "1"} | fields


def lines_of(api: Caller, order: Order) -> list[dict[str, Any]]:
    return [line["ProductsSold"] for line in api.get(f"/orders/{order.id}/complete")["Order"]["ProductsSold"]]


def shown(api: Caller, order: Order) -> list[tuple[str, str, str, str]]:
    """Return reference, quantity, price and kit of each line of an order."""
    return [(o["reference"], o["quantity"], o["price"], o["product_kit_id"]) for o in lines_of(api, order)]


def test_a_kit_is_a_product_and_then_its_rows(api: Caller, mug: Product, saucer: Product) -> None:
    body = {"Product": {"is_kit": 1, "name": "Kit Café", "price": 0, "stock": 0, "reference": "KIT-CAFE"}}
    parent = int(api.post("/products", body)["id"])
    rows = [
        row(parent, mug.id, price_rule="1", discount_type="$", discount_value=0),
        row(parent, saucer.id, quantity="2", price_rule="2", discount_type="%", discount_value=10),
    ]
    assert api.post("/products/kits", rows) == {"message": "Created", "code": 201}
    answer = api.get("/products/kits", product_parent_id=str(parent))
    assert answer["availableFilters"] == ["product_parent_id", "product_id"]
    assert answer["appliedFilters"] == {"ProductKit.product_parent_id": str(parent)}
    assert [entry["ProductKit"] for entry in answer["ProductKits"]] == [
        {
            "id": "11", "product_parent_id": "103", "product_id": "101", "quantity": "1", "price": "39.90",
            "price_rule": "1", "discount_type": "$", "discount_value": "0.00", "brand": "", "warranty": "",
            "availability_days": "0", "ProductVariantKit": [],
        },
        {
            "id": "12", "product_parent_id": "103", "product_id": "102", "quantity": "2", "price": "17.91",
            "price_rule": "2", "discount_type": "%", "discount_value": "10.00", "brand": "", "warranty": "",
            "availability_days": "0", "ProductVariantKit": [],
        },
    ]  # fmt: skip
    entity = api.get(f"/products/{parent}")["Product"]
    assert (entity["is_kit"], entity["price"], entity["current_price"]) == ("1", "0.00", "75.72")
    assert (entity["stock"], entity["upon_request"]) == ("12", "0")
    assert api.get("/products", is_kit="1")["Products"][0]["Product"]["reference"] == "KIT-CAFE"
    assert api.get("/products/kits", product_id=str(saucer.id))["paging"]["total"] == 1


def test_the_stock_of_a_kit_follows_its_components(store: Store, mug: Product, saucer: Product) -> None:
    kit = store.add_kit(name="Kit", reference="KIT-1", components=[(mug, 1), (saucer, 2)])
    assert store.product_stock(kit.id) == 12
    store.set_stock(saucer, 1)
    assert store.product_stock(kit.id) == 0
    store.set_stock(saucer, -4)
    assert store.product_stock(kit.id) == 0


def test_a_single_component_is_two_rows(api: Caller, store: Store, mug: Product) -> None:
    pair = store.add_kit(name="Par de Canecas", reference="KIT-PAR", components=[(mug, 2)])
    rows = [entry["ProductKit"] for entry in api.get("/products/kits")["ProductKits"]]
    assert [(entry["product_id"], entry["quantity"]) for entry in rows] == [("101", "1"), ("101", "1")]
    assert store.product_stock(pair.id) == 60, "the rows of one component add up"
    with pytest.raises(ValueError, match="two units"):
        store.add_kit(name="Uma", reference="KIT-UMA", components=[(mug, 1)])


def test_one_row_in_its_wrapper_is_taken(api: Caller, store: Store, mug: Product, breakfast: Product) -> None:
    assert "id" not in api.post("/products/kits", {"ProductKit": row(breakfast.id, mug.id)})
    assert store.product_stock(breakfast.id) == 12
    assert api.get("/products/kits")["paging"]["total"] == 3


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"product_parent_id": "101"}, "product_parent_id: não é um kit"),
        ({"product_parent_id": "999"}, "product_parent_id: não é um kit"),
        ({"product_id": "999"}, "product_id: inexistente"),
        ({"product_id": "103"}, "product_id: um kit não entra em outro kit"),
        ({"quantity": "0"}, "quantity: valor inválido"),
        ({"quantity": "1.5"}, "quantity: valor inválido"),
        ({"price_rule": "3"}, "price_rule: use 1 ou 2"),
        ({"discount_type": "R$"}, "discount_type: use $ ou %"),
        ({"discount_value": "1,50"}, "discount_value: valor inválido"),
        ({"discount_type": "%", "discount_value": "101"}, "discount_value: no máximo 100"),
    ],
)
def test_rows_are_taken_all_or_none(
    api: Caller, store: Store, mug: Product, breakfast: Product, change: dict[str, str], cause: str
) -> None:
    before = dict(store.kits)
    rows = [row(breakfast.id, mug.id), row(breakfast.id, mug.id) | change]
    answer = api.call("POST", "/products/kits", rows)
    assert (answer.status_code, answer.get_json()["causes"]) == (400, [cause])
    assert store.kits == before


@pytest.mark.parametrize("body", [[], [{}], [1, 2], {"Kit": {}}, {"name": "x"}])
def test_what_is_no_array_of_two_is_400(api: Caller, breakfast: Product, body: Any) -> None:
    assert api.call("POST", "/products/kits", body).status_code == 400


def test_a_store_without_the_feature_refuses_kits(api: Caller, store: Store, mug: Product, breakfast: Product) -> None:
    store.switches.kits_enabled = False
    answer = api.call("POST", "/products/kits", [row(breakfast.id, mug.id)] * 2)
    assert answer.status_code == 400
    assert "suporte" in answer.get_json()["causes"][0]


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/products/kits/11"), ("DELETE", "/kits/11"), ("PUT", "/products/kits/11"), ("GET", "/kits/11")],
)
def test_rows_are_neither_changed_nor_removed(api: Caller, breakfast: Product, method: str, path: str) -> None:
    assert api.call(method, path).status_code == 404


def test_the_rows_go_with_the_kit_and_with_the_component(
    api: Caller, store: Store, mug: Product, saucer: Product, breakfast: Product
) -> None:
    pair = store.add_kit(name="Par", reference="KIT-PAR", components=[(mug, 2)])
    api.call("DELETE", f"/products/{breakfast.id}")
    assert {kept.parent_id for kept in store.kits.values()} == {pair.id}
    api.call("DELETE", f"/products/{mug.id}")
    assert api.get("/products/kits")["ProductKits"] == []
    entity = api.get(f"/products/{pair.id}")["Product"]
    assert (entity["stock"], entity["current_price"]) == ("0", "0.00")


def test_a_discount_in_money_and_a_promotion(
    api: Caller, store: Store, mug: Product, saucer: Product, clock: Clock
) -> None:
    kit = store.add_kit(name="Kit", reference="KIT-1", components=[(mug, 1, "10.00"), (saucer, 1, "50.00")])
    assert api.get(f"/products/{kit.id}")["Product"]["current_price"] == "29.90", "no component costs less than nothing"
    promotion = {"promotional_price": "35.00", "start_promotion": "2026-11-24", "end_promotion": "2026-11-24"}
    api.put(f"/products/{mug.id}", {"Product": promotion})
    assert api.get(f"/products/{kit.id}")["Product"]["current_price"] == "29.90"
    clock.forward(days=1)
    api.renew()
    assert api.get(f"/products/{kit.id}")["Product"]["current_price"] == "25.00"


def test_an_order_shows_the_components(
    api: Caller, store: Store, mug: Product, saucer: Product, breakfast: Product
) -> None:
    order = store.place_order(items=[(breakfast, 2), (mug, 1)])
    kit = str(breakfast.id)
    assert shown(api, order) == [
        ("CAN-350", "2", "39.90", kit),
        ("PIR-014", "4", "17.91", kit),
        ("CAN-350", "1", "39.90", "0"),
    ]
    assert [line["original_price"] for line in lines_of(api, order)] == ["39.90", "19.90", "39.90"]
    assert order.text("partial_total") == "191.34"
    assert (store.product_stock(mug.id), store.product_stock(saucer.id)) == (117, 21)
    store.cancel_order(order.id)
    assert (store.product_stock(mug.id), store.product_stock(saucer.id)) == (120, 25)


def test_an_order_that_shows_the_parent_only_still_takes_the_components(
    api: Caller, store: Store, mug: Product, saucer: Product, breakfast: Product
) -> None:
    store.switches.kit_lines = "parent"
    order = store.place_order(items=[(breakfast, 2)])
    assert shown(api, order) == [("KIT-CAFE", "2", "75.72", "0")]
    assert order.text("partial_total") == "151.44"
    assert (store.product_stock(mug.id), store.product_stock(saucer.id), breakfast.stock) == (118, 21, 0)
    store.cancel_order(order.id)
    assert (store.product_stock(mug.id), store.product_stock(saucer.id)) == (120, 25)


def test_an_order_that_shows_both_counts_the_components_only(
    api: Caller, store: Store, mug: Product, saucer: Product, breakfast: Product
) -> None:
    store.switches.kit_lines = "both"
    order = store.place_order(items=[(breakfast, 1)])
    kit = str(breakfast.id)
    assert shown(api, order) == [
        ("KIT-CAFE", "1", "75.72", "0"),
        ("CAN-350", "1", "39.90", kit),
        ("PIR-014", "2", "17.91", kit),
    ]
    assert order.text("partial_total") == "75.72"
    assert (store.product_stock(mug.id), store.product_stock(saucer.id)) == (119, 23)
    api.put(f"/orders/excludeProduct/{order.id}/{breakfast.id}")
    assert (order.lines, order.text("partial_total")) == ([], "0.00")
    assert (store.product_stock(mug.id), store.product_stock(saucer.id)) == (120, 25)


def test_a_kit_enters_and_leaves_an_order(api: Caller, store: Store, mug: Product, breakfast: Product) -> None:
    order = store.place_order(items=[(mug, 1)])
    sold = {"ProductsSold": {"product_id": str(breakfast.id), "quantity": "1", "price": "75.72"}}
    api.post(f"/orders/includeProduct/{order.id}", sold)
    assert [(line[0], line[3]) for line in shown(api, order)] == [
        ("CAN-350", "0"),
        ("CAN-350", "103"),
        ("PIR-014", "103"),
    ]
    assert store.product_stock(mug.id) == 118
    api.put(f"/orders/excludeProduct/{order.id}/{breakfast.id}")
    assert shown(api, order) == [("CAN-350", "1", "39.90", "0")]
    assert store.product_stock(mug.id) == 119


def test_the_api_takes_an_order_of_a_kit(api: Caller, store: Store, breakfast: Product) -> None:
    body = {
        "ProductsSold": [{"product_id": str(breakfast.id), "quantity": "1", "price": "0"}],
        "Customer": {"name": "Maria", "cpf": "52998224725"},
    }
    order = store.orders[int(api.post("/orders", {"Order": body})["id"])]
    assert order.text("partial_total") == "75.72"


def test_of_a_component_with_variants_the_one_with_stock_is_sold(store: Store, mug: Product, shirt: Variant) -> None:
    kit = store.add_kit(name="Kit", reference="KIT-1", components=[(mug, 1), (store.products[shirt.product_id], 1)])
    assert store.product_stock(kit.id) == 35
    order = store.place_order(items=[(kit, 18)])
    assert [line["variant_id"] for line in order.lines] == ["0", str(shirt.id)]
    assert store.variant_stock(shirt.id) == 2


def test_the_crowd_buys_kits_too(store: Store, mug: Product, breakfast: Product) -> None:
    lines = [line for order in store.place_orders(40) for line in order.lines]
    assert {line.get("product_kit_id", "0") for line in lines} == {"0", str(breakfast.id)}
    assert all(Decimal(line["price"]) > 0 for line in lines)


def test_a_switch_knows_its_values(store: Store) -> None:
    with pytest.raises(UnknownSwitch):
        store.switches.change({"kit_lines": "boxes"})


def test_listing_and_adding_kits_can_fail(api: Caller, store: Store, mug: Product, breakfast: Product) -> None:
    store.faults.next("GET /products/kits", "duplicate-row")
    ids = [entry["ProductKit"]["id"] for entry in api.get("/products/kits")["ProductKits"]]
    assert ids == ["11", "11", "12"]
    store.faults.next("POST /products/kits", "timeout-after-commit")
    store.switches.hang_seconds = 0.0
    assert api.call("POST", "/products/kits", [row(breakfast.id, mug.id)] * 2).status_code == 504
    assert len(store.kits) == 4
