"""Every answer has Tray's fields and Tray's types."""

from typing import Any

from tray_caller import Caller

from ahead.sandbox.tray import Store
from ahead.sandbox.tray.records import Product, Variant

INTEGERS = {"total", "page", "offset", "limit", "maxLimit", "code"}


def scalars_are_strings(value: Any, path: str = "") -> list[str]:
    """Return the places that hold a scalar which is no string, `paging` and codes aside."""
    if isinstance(value, dict):
        return [place for name, inner in value.items() for place in scalars_are_strings(inner, f"{path}/{name}")]
    if isinstance(value, list):
        return [place for inner in value for place in scalars_are_strings(inner, path)]
    if isinstance(value, str) or value is None:
        return []
    return [] if path.startswith("/paging/") and isinstance(value, int) else [f"{path}={value!r}"]


def test_every_scalar_is_a_string(api: Caller, store: Store, mug: Product, shirt: Variant) -> None:
    store.place_order(items=[(mug, 2), (shirt, 1)], marketplace="Mercado Livre")
    store.add_kit(name="Par de Canecas", reference="KIT-PAR", components=[(mug, 2)])
    store.add_property("Cor", ["Preta"])
    store.add_distribution_center(name="CD Capital")
    api.post(f"/products/{mug.id}/properties", [{"property_id": "2", "value": "Preta"}])
    api.put(
        f"/products/{mug.id}", {"Product": {"picture_source_1": "https://cdn.test/1.jpg", "related_categories": [25]}}
    )
    paths = (
        "/info", "/users", "/orders", "/orders/7001", "/orders/7001/complete", "/orders/statuses",
        "/orders/statuses/4", "/products", "/products/101", "/products/variants", "/products/variants/2001",
        "/products/brands", "/brands", "/brands/9", "/categories", "/categories/25", "/categories/tree",
        "/customers", "/customers/501", "/customers/addresses", "/customers/addresses/15", "/orders/invoices",
        "/products/kits", "/products/103", "/products/properties", "/multicd/distribution-centers",
        "/multicd/distribution-centers/611", "/multicd/stock/detailed/product/101",
        "/multicd/stock/detailed/variant/2001", "/orders/7001/invoices", "/payments", "/payments/507",
        "/payments/methods/1/active",
    )  # fmt: skip
    assert {path: found for path in paths if (found := scalars_are_strings(api.get(path)))} == {}


def test_the_list_has_neither_hour_nor_items(api: Caller, store: Store, mug: Product) -> None:
    store.place_order(items=[(mug, 2)], shipment_value="28.35", payment_method_rate="-3.99")
    row = api.get("/orders")["Orders"][0]["Order"]
    assert "hour" not in row
    assert "payment_method" not in row
    assert row["payment_form"] == "Pix - Vindi"
    assert row["ProductsSold"] == [{"id": "70011"}]
    assert row["id_quotation"] is None
    assert (row["partial_total"], row["total"]) == ("79.80", "104.16")


def test_the_single_order_has_ids_only(api: Caller, store: Store, mug: Product) -> None:
    order = store.place_order(items=[(mug, 2)])
    entity = api.get(f"/orders/{order.id}")["Order"]
    assert entity["hour"] == "10:00:00"
    assert entity["payment_method"] == "Pix - Vindi"
    assert "payment_form" not in entity
    assert entity["CustomerAddress"] == {"id": "15"}
    assert entity["Payment"] == [{"id": "507"}]


def test_the_complete_order_has_everything(api: Caller, store: Store, shirt: Variant) -> None:
    order = store.place_order(items=[(shirt, 3)])
    answer = api.get(f"/orders/{order.id}/complete")
    assert {name: value for name, value in answer.items() if name != "Order"} == {
        "Extensions": [],
        "User": [],
        "Confirmation": [],
    }
    line = answer["Order"]["ProductsSold"][0]["ProductsSold"]
    assert line["name"] == "Camiseta Básica (Ref. CAM-BAS-P)"
    assert line["original_name"] == "Camiseta Básica"
    assert (line["product_id"], line["variant_id"]) == ("101", "2002")
    assert line["Sku"] == [{"type": "Cor", "value": "Preta"}, {"type": "Tamanho", "value": "P"}]
    customer = answer["Order"]["Customer"]
    assert customer["CustomerAddresses"][0]["CustomerAddress"]["type"] == "1"
    assert customer["Extensions"]["Profile"]["id"] == "1"
    assert answer["Order"]["Payment"][0]["Payment"]["value"] == "179.70"


def test_nothing_is_an_empty_list_where_tray_gives_one(api: Caller, store: Store, mug: Product) -> None:
    order = store.place_order(items=[(mug, 1)])
    entity = api.get(f"/orders/{order.id}/complete")["Order"]
    for name in ("PickupLocation", "OrderInvoice", "MlOrder", "MarketplaceOrder", "OrderChilds"):
        assert entity[name] == []
    product = api.get(f"/products/{mug.id}")["Product"]
    assert product["Properties"] == []
    assert product["related_categories"] == []


def test_a_marketplace_order_names_the_marketplace(api: Caller, store: Store, mug: Product) -> None:
    order = store.place_order(items=[(mug, 2)], marketplace="Mercado Livre")
    entity = api.get(f"/orders/{order.id}/complete")["Order"]
    row = entity["MarketplaceOrder"][0]["MarketplaceOrder"]
    assert row["marketplace_name"] == "Mercado Livre"
    assert row["marketplace_document"] == row["payment_responsible_document"] == "11444777000161"
    assert entity["MlOrder"][0]["MlOrder"]["codigo"] == row["marketplace_order_id"]
    assert entity["point_sale"] == "MERCADO LIVRE"
    assert "ShippingLabel" in entity


def test_a_magalu_order_has_no_mercado_livre_row(api: Caller, store: Store, mug: Product) -> None:
    order = store.place_order(items=[(mug, 1)], marketplace="Magalu")
    entity = api.get(f"/orders/{order.id}/complete")["Order"]
    assert entity["MlOrder"] == []
    assert entity["MarketplaceOrder"][0]["MarketplaceOrder"]["marketplace_name"] == "Magalu"


def test_a_coupon_is_there_only_if_one_was_used(api: Caller, store: Store, mug: Product) -> None:
    plain = store.place_order(items=[(mug, 1)])
    reduced = store.place_order(items=[(mug, 1)], coupon={"code": "natal25", "discount": "9.90"})
    assert "coupon" not in api.get(f"/orders/{plain.id}/complete")["Order"]
    entity = api.get(f"/orders/{reduced.id}/complete")["Order"]
    assert entity["coupon"] == {"code": "natal25", "discount": "9.90"}
    assert entity["discount_coupon"] == "natal25/9.90"
    assert entity["total"] == "30.00"


def test_a_product_with_variants_shows_their_sum(api: Caller, shirt: Variant) -> None:
    entity = api.get(f"/products/{shirt.product_id}")["Product"]
    assert entity["stock"] == "35"
    assert entity["has_variation"] == "1"
    assert entity["Variant"] == [{"id": "2001"}, {"id": "2002"}]


def test_statuses_as_a_fresh_shop_has_them(api: Caller) -> None:
    rows = [row["OrderStatus"] for row in api.get("/orders/statuses")["OrderStatuses"]]
    assert {row["id"] for row in rows} == {"1", "2", "4", "5", "64", "69", "210", "211", "213", "901", "903"}
    assert {row["status"] for row in rows if row["type"] == "canceled"} == {"CANCELADO", "CANCELADO AUT"}
    assert api.get("/orders/statuses/4") == {"OrderStatus": {"status": "ENVIADO", "id": "4", "default": "0"}}


def test_cancelled_type_has_two_spellings(api: Caller, store: Store) -> None:
    store.switches.cancelled_type = "cancelled"
    rows = [row["OrderStatus"] for row in api.get("/orders/statuses")["OrderStatuses"]]
    assert {row["type"] for row in rows} == {"open", "closed", "cancelled"}


def test_the_category_tree_nests(api: Caller) -> None:
    root = api.post("/categories", {"Category": {"name": "Cozinha"}})["id"]
    api.post("/categories", {"Category": {"name": "Canecas", "parent_id": root}})
    branch = api.get("/categories/tree")["Category"][0]["Category"]
    assert branch["children"][0]["Category"]["name"] == "Canecas"
    assert branch["children"][0]["Category"]["children"] is None
    assert api.get("/categories/tree/26")["Category"][0]["Category"]["id"] == "26"
