"""Paths that exist, paths that do not, and bodies in both forms."""

import pytest
from tray_caller import Caller

from ahead.sandbox.tray import Store
from ahead.sandbox.tray.records import Product


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/webhooks"),
        ("GET", "/invoices"),
        ("GET", "/statuses"),
        ("GET", "/shipping"),
        ("GET", "/payment_methods"),
        ("GET", "/price-lists"),
        ("GET", "/newsletters"),
        ("GET", "/abandoned-carts"),
        ("GET", "/customers/501/addresses"),
        ("POST", "/images/remove"),
        ("GET", "/kits/110"),
        ("GET", "/properties/2/values"),
        ("GET", "/multicd/distribution-centers"),
        ("DELETE", "/kits/110"),
        ("DELETE", "/products/kits/110"),
        ("GET", "/orders/7001/full"),
        ("PUT", "/orders/7001/cancel"),
        ("GET", "/orders/7001/products"),
        ("GET", "/variants"),
        ("GET", "/store"),
        ("GET", "/orders/7999999"),
        ("GET", "/orders/7999999/complete"),
        ("PUT", "/products/999"),
        ("GET", "/orders/abc"),
    ],
)
def test_not_found(api: Caller, store: Store, mug: Product, method: str, path: str) -> None:
    store.place_order(items=[(mug, 1)])
    answer = api.call(method, path, {"Product": {}} if method in {"POST", "PUT"} else None)
    assert answer.status_code == 404
    assert answer.get_json() == {"code": 404, "name": "Not Found", "message": "Not Found", "url": f"/web_api{path}"}


def test_a_wrong_method_is_405(api: Caller) -> None:
    assert api.call("DELETE", "/info").status_code == 405


def test_reading_forgives_a_doubled_prefix_and_writing_does_not(api: Caller, mug: Product) -> None:
    assert api.call("GET", "/web_api/products").status_code == 200
    body = {"Product": {"stock": "1"}}
    assert api.call("PUT", f"/web_api/products/{mug.id}", body).status_code == 404
    assert api.call("POST", "/web_api/orders", {"Order": {}}).status_code == 404
    assert api.call("PUT", f"/products/{mug.id}", body).status_code == 200


@pytest.mark.parametrize("path", ["/orders/", "/products/variants/", "/categories/", "/info/"])
def test_trailing_slashes_are_tolerated(api: Caller, path: str) -> None:
    assert api.call("GET", path).status_code == 200


def test_another_store_is_not_found(api: Caller) -> None:
    assert api.client.get("/lojas/outra/web_api/info").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/orders"),
        ("PUT", "/orders/7001"),
        ("POST", "/products"),
        ("PUT", "/products/101"),
        ("POST", "/products/variants"),
        ("POST", "/customers"),
        ("POST", "/orders/statuses"),
        ("POST", "/products/brands"),
        ("POST", "/categories"),
        ("POST", "/properties"),
        ("POST", "/products/101/images"),
    ],
)
def test_a_missing_wrapper_is_400(api: Caller, store: Store, mug: Product, method: str, path: str) -> None:
    store.place_order(items=[(mug, 1)])
    answer = api.call(method, path, {"name": "Sem envelope"})
    assert answer.status_code == 400
    assert answer.get_json()["name"] == "Invalid data provided"


def test_broken_json_is_400(api: Caller) -> None:
    answer = api.client.post(
        f"{api.base}/orders", query_string={"access_token": api.token}, data="{", content_type="application/json"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("form", ["Product[stock]=118", '["Product"]["stock"]=118', "Product%5Bstock%5D=118"])
def test_form_bodies_with_bracket_keys(api: Caller, store: Store, mug: Product, form: str) -> None:
    answer = api.client.put(
        f"{api.base}/products/{mug.id}",
        query_string={"access_token": api.token},
        data=form,
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.get_json() == {"message": "Saved", "id": str(mug.id), "code": 200}
    assert store.product_stock(mug.id) == 118


def test_an_unknown_field_is_ignored(api: Caller, store: Store, mug: Product) -> None:
    api.put(f"/products/{mug.id}", {"Product": {"total_amount": "5", "stock": 7}})
    assert "total_amount" not in mug.fields
    assert store.product_stock(mug.id) == 7


def test_a_comma_is_no_decimal_point(api: Caller, mug: Product) -> None:
    answer = api.call("PUT", f"/products/{mug.id}", {"Product": {"price": "39,90"}})
    assert answer.status_code == 400
    assert answer.get_json()["errors"] == {"price": ["valor inválido"]}
