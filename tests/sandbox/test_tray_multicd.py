"""Distribution centres: nothing of them without one, and the sum of the active ones with them."""

from typing import Any

import pytest
from tray_caller import Caller

from ahead.sandbox.tray import Store
from ahead.sandbox.tray.records import Product, Record, Variant

CENTRES = "/multicd/distribution-centers"


@pytest.fixture
def capital(store: Store, mug: Product, shirt: Variant) -> Record:
    """The first centre: everything lies there, 120 mugs and 20 shirts."""
    return store.add_distribution_center(name="CD Capital", city="São Paulo", state="SP", zip_code="01001000")


@pytest.fixture
def inland(store: Store, capital: Record) -> Record:
    return store.add_distribution_center(name="CD Interior")


def put_stock(api: Caller, centre: Record, units: int, **what: int) -> None:
    (name, number), *_ = what.items()
    model = "DistributionCenterVariant" if name == "variant_id" else "DistributionCenterProduct"
    api.put(f"{CENTRES}/{centre.id}/stock", {model: {name: str(number), "stock": units}})


def in_centres(api: Caller, kind: str, number: int) -> dict[str, str]:
    ((_, rows),) = api.get(f"/multicd/stock/detailed/{kind}/{number}").items()
    inner = [next(iter(row.values())) for row in rows]
    assert all(row[f"{kind}_id"] == str(number) for row in inner)
    return {row["distribution_center_id"]: row["stock"] for row in inner}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", CENTRES, None),
        ("GET", f"{CENTRES}/611", None),
        ("POST", CENTRES, {"DistributionCenter": {"name": "CD"}}),
        ("PUT", f"{CENTRES}/611", {"DistributionCenter": {"name": "CD"}}),
        ("DELETE", f"{CENTRES}/611", None),
        ("PUT", f"{CENTRES}/611/stock", {"DistributionCenterProduct": {"product_id": "101", "stock": 5}}),
        ("GET", "/multicd/stock/detailed/product/101", None),
        ("GET", "/multicd/stock/detailed/variant/2001", None),
    ],
)
def test_a_store_without_a_centre_knows_none_of_it(
    api: Caller, store: Store, mug: Product, method: str, path: str, body: Any
) -> None:
    assert api.call(method, path, body).status_code == 404
    assert store.product_stock(mug.id) == 120


def test_centres_are_listed_opened_changed_and_closed(api: Caller, capital: Record, inland: Record) -> None:
    answer = api.get(CENTRES)
    assert set(answer) == {"paging", "DistributionCenters"}
    assert answer["DistributionCenters"][0]["DistributionCenter"] == {
        "id": "611",
        "name": "CD Capital",
        "zip_code": "01001000",
        "address": "",
        "city": "São Paulo",
        "state": "SP",
        "priority": "1",
        "active": "1",
    }
    made = api.post(CENTRES, {"DistributionCenter": {"name": "CD Sul", "state": "RS"}})["id"]
    api.put(f"{CENTRES}/{made}", {"DistributionCenter": {"city": "Porto Alegre"}})
    entity = api.get(f"{CENTRES}/{made}")["DistributionCenter"]
    assert (entity["name"], entity["city"], entity["priority"]) == ("CD Sul", "Porto Alegre", "3")
    assert api.call("DELETE", f"{CENTRES}/{made}").get_json()["message"] == "Deleted"
    assert api.call("GET", f"{CENTRES}/{made}").status_code == 404


@pytest.mark.parametrize(
    "fields", [{}, {"name": ""}, {"name": "CD", "state": "São Paulo"}, {"name": "CD", "priority": "x"}]
)
def test_a_centre_that_cannot_be(api: Caller, capital: Record, fields: dict[str, str]) -> None:
    assert api.call("POST", CENTRES, {"DistributionCenter": fields}).status_code == 400


def test_what_was_there_lies_in_the_first_centre(
    api: Caller, store: Store, mug: Product, shirt: Variant, inland: Record
) -> None:
    assert in_centres(api, "product", mug.id) == {"611": "120", "612": "0"}
    assert in_centres(api, "variant", shirt.id) == {"611": "20", "612": "0"}
    newer = store.add_product(name="Pires", reference="PIR", price="9.90", stock=8)
    assert in_centres(api, "product", newer.id) == {"611": "8", "612": "0"}


def test_the_shown_stock_is_the_sum_of_the_active_centres(
    api: Caller, store: Store, mug: Product, shirt: Variant, inland: Record
) -> None:
    put_stock(api, inland, 50, product_id=mug.id)
    put_stock(api, inland, 8, variant_id=shirt.id)
    assert api.get(f"/products/{mug.id}")["Product"]["stock"] == "170"
    assert api.get(f"/products/variants/{shirt.id}")["Variant"]["stock"] == "28"
    api.put(f"{CENTRES}/{inland.id}", {"DistributionCenter": {"active": "0"}})
    assert store.product_stock(mug.id) == 120
    assert in_centres(api, "product", mug.id) == {"611": "120", "612": "50"}
    api.put(f"{CENTRES}/{inland.id}", {"DistributionCenter": {"active": "1"}})
    api.call("DELETE", f"{CENTRES}/611")
    assert store.product_stock(mug.id) == 50


def test_a_plain_stock_changes_the_first_active_centre_only(
    api: Caller, store: Store, mug: Product, shirt: Variant, capital: Record, inland: Record
) -> None:
    put_stock(api, inland, 50, product_id=mug.id)
    api.put(f"/products/{mug.id}", {"Product": {"stock": "10"}})
    assert in_centres(api, "product", mug.id) == {"611": "10", "612": "50"}
    assert api.get(f"/products/{mug.id}")["Product"]["stock"] == "60", "not the 10 that were written"
    api.put(f"{CENTRES}/{capital.id}", {"DistributionCenter": {"active": "0"}})
    api.put(f"/products/variants/{shirt.id}", {"Variant": {"stock": "3"}})
    assert in_centres(api, "variant", shirt.id) == {"611": "20", "612": "3"}
    api.put(f"{CENTRES}/{inland.id}", {"DistributionCenter": {"active": "0"}})
    api.put(f"/products/{mug.id}", {"Product": {"stock": "99"}})
    assert store.product_stock(mug.id) == 0
    assert in_centres(api, "product", mug.id) == {"611": "10", "612": "50"}


def test_the_lowest_priority_number_is_the_first(api: Caller, store: Store, mug: Product, inland: Record) -> None:
    api.put(f"{CENTRES}/{inland.id}", {"DistributionCenter": {"priority": "0"}})
    store.set_stock(mug, 7)
    assert in_centres(api, "product", mug.id) == {"611": "120", "612": "7"}


def test_a_first_centre_that_is_not_active_yet_holds_what_was_there(api: Caller, store: Store, mug: Product) -> None:
    first = store.add_distribution_center(name="CD Futuro", active=False)
    assert store.product_stock(mug.id) == 0
    api.put(f"{CENTRES}/{first.id}", {"DistributionCenter": {"active": "1"}})
    assert store.product_stock(mug.id) == 120


def test_an_order_takes_from_the_centre_that_has_enough_and_gives_back_there(
    api: Caller, store: Store, mug: Product, capital: Record, inland: Record
) -> None:
    put_stock(api, inland, 500, product_id=mug.id)
    big, small = store.place_order(items=[(mug, 200)]), store.place_order(items=[(mug, 20)])
    assert in_centres(api, "product", mug.id) == {"611": "100", "612": "300"}
    store.cancel_order(big.id)
    assert in_centres(api, "product", mug.id) == {"611": "100", "612": "500"}
    api.call("DELETE", f"{CENTRES}/{capital.id}")
    store.cancel_order(small.id)
    assert in_centres(api, "product", mug.id) == {"612": "520"}


def test_without_its_last_centre_a_store_keeps_what_was_shown(
    api: Caller, store: Store, mug: Product, capital: Record
) -> None:
    order = store.place_order(items=[(mug, 20)])
    api.call("DELETE", f"{CENTRES}/{capital.id}")
    assert api.call("GET", CENTRES).status_code == 404
    assert store.product_stock(mug.id) == 100
    store.cancel_order(order.id)
    assert store.product_stock(mug.id) == 120


@pytest.mark.parametrize(
    "body",
    [
        {"DistributionCenterProduct": {"stock": 5}},
        {"DistributionCenterProduct": {"product_id": "999", "stock": 5}},
        {"DistributionCenterVariant": {"variant_id": "999", "stock": 5}},
        {"DistributionCenterProduct": {"product_id": "101"}},
        {"DistributionCenterProduct": {"product_id": "101", "stock": "5,5"}},
        {"Product": {"product_id": "101", "stock": 5}},
    ],
)
def test_a_stock_that_cannot_be_written(api: Caller, store: Store, mug: Product, capital: Record, body: Any) -> None:
    assert api.call("PUT", f"{CENTRES}/{capital.id}/stock", body).status_code == 400
    assert store.product_stock(mug.id) == 120


def test_unknown_things_are_not_found(api: Caller, capital: Record) -> None:
    body = {"DistributionCenterProduct": {"product_id": "101", "stock": 5}}
    assert api.call("PUT", f"{CENTRES}/999/stock", body).status_code == 404
    assert api.call("GET", "/multicd/stock/detailed/product/999").status_code == 404
    assert api.call("GET", "/multicd/stock/detailed/variant/999").status_code == 404
