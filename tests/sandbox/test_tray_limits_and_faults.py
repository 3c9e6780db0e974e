"""Limits, counters and every kind of fault."""

import time

import pytest
from tray_caller import Caller, Clock

from ahead.sandbox.tray import FAULT_KINDS, Store, UnknownFault
from ahead.sandbox.tray.records import Product


def test_a_window_of_sixty_seconds(api: Caller, store: Store, clock: Clock) -> None:
    store.switches.rate_limit_per_minute = 180
    codes = [api.call("GET", "/info").status_code for _ in range(180)]
    assert codes.count(200) == 179, "the token was the first request"
    refused = api.call("GET", "/info")
    assert refused.status_code == 429
    assert refused.get_json()["name"] == "Too Many Requests"
    assert "Retry-After" not in refused.headers
    store.switches.retry_after = True
    clock.forward(seconds=20)
    assert api.call("GET", "/info").headers["Retry-After"] == "40"
    clock.forward(seconds=40)
    assert api.call("GET", "/info").status_code == 200


def test_a_daily_cap(api: Caller, store: Store, clock: Clock) -> None:
    store.switches.daily_limit = 3
    assert [api.call("GET", "/info").status_code for _ in range(3)] == [200, 200, 429]
    clock.forward(days=1)
    api.renew()
    assert api.call("GET", "/info").status_code == 200


def test_counters_count_by_route_and_remember_writes(api: Caller, store: Store, mug: Product) -> None:
    order = store.place_order(items=[(mug, 1)])
    store.counters.reset()
    api.get("/orders")
    api.get(f"/orders/{order.id}/complete")
    api.call("GET", "/webhooks")
    body = {"Order": {"status_id": "901"}}
    api.put(f"/orders/{order.id}", body)
    api.call("PUT", f"/orders/{order.id}", {"Order": {"status_id": "77777"}})
    counters = store.counters
    assert counters.total == 5
    assert counters.by_route["GET /orders/:id/complete"] == 1
    assert counters.by_route["PUT /orders/:id"] == 2
    assert counters.by_method == {"GET": 3, "PUT": 2}
    assert counters.by_answer == {200: 3, 404: 1, 400: 1}
    assert counters.writes == [("PUT /orders/:id", order.id, body)]
    assert counters.by_day == {"2026-11-23": 5}


@pytest.mark.parametrize(
    ("kind", "status", "error_code"),
    [
        ("401/1000", 401, 1000),
        ("401/1001", 401, 1001),
        ("401/1002", 401, 1002),
        ("401/1003", 401, 1003),
        ("401/1099", 401, 1099),
        ("429", 429, None),
        ("500", 500, None),
        ("504", 504, None),
        ("html-200", 200, None),
    ],
)
def test_faults_that_come_before_anything_is_done(
    api: Caller, store: Store, mug: Product, kind: str, status: int, error_code: int | None
) -> None:
    store.faults.next("PUT /products/:id", kind)
    answer = api.call("PUT", f"/products/{mug.id}", {"Product": {"stock": "1"}})
    assert answer.status_code == status
    if kind in {"504", "html-200"}:
        assert answer.mimetype == "text/html"
    else:
        assert answer.get_json().get("error_code") == error_code
    assert store.product_stock(mug.id) == 120
    assert api.call("PUT", f"/products/{mug.id}", {"Product": {"stock": "1"}}).status_code == 200


@pytest.mark.parametrize(("kind", "status"), [("500-but-done", 500), ("timeout-after-commit", 504), ("empty", 200)])
def test_faults_that_come_after_the_write(api: Caller, store: Store, mug: Product, kind: str, status: int) -> None:
    store.switches.hang_seconds = 0.05
    store.faults.next("/products/*", kind)
    started = time.monotonic()
    answer = api.call("PUT", f"/products/{mug.id}", {"Product": {"stock": "1"}})
    assert answer.status_code == status
    assert store.product_stock(mug.id) == 1
    if kind == "timeout-after-commit":
        assert time.monotonic() - started >= 0.05
    assert (answer.data == b"") == (kind == "empty")
    assert store.counters.writes[-1][:2] == ("PUT /products/:id", mug.id)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/products/kits"),
        ("GET", "/products/properties"),
        ("POST", "/properties"),
        ("DELETE", "/properties/2"),
        ("POST", "/products/101/properties"),
        ("POST", "/products/101/images"),
        ("DELETE", "/categories/25"),
        ("GET", "/multicd/distribution-centers"),
        ("PUT", "/multicd/distribution-centers/611/stock"),
        ("GET", "/multicd/stock/detailed/variant/2001"),
    ],
)
def test_every_part_of_the_catalogue_can_fail(api: Caller, store: Store, mug: Product, method: str, path: str) -> None:
    store.faults.next(f"{method} {path}", "504")
    assert api.call(method, path, {} if method in {"POST", "PUT"} else None).status_code == 504
    assert store.faults.struck == [(f"{method} {path}", "504")]


def test_what_was_done_to_the_catalogue_before_an_answer_was_lost(api: Caller, store: Store, mug: Product) -> None:
    store.add_distribution_center(name="CD Capital")
    for kind, path, body in (
        ("500-but-done", "/properties", {"Property": {"name": "Cor"}}),
        ("empty", f"/products/{mug.id}/properties", [{"property_id": "2", "value": "Preta"}]),
    ):
        store.faults.next(f"POST {path}", kind)
        api.call("POST", path, body)
    assert mug.properties == [{"property_id": "2", "value": "Preta"}]
    store.faults.next("GET /multicd/distribution-centers", "duplicate-row")
    assert len(api.get("/multicd/distribution-centers")["DistributionCenters"]) == 2


def test_a_row_twice_and_a_total_that_moves(api: Caller, store: Store, mug: Product) -> None:
    store.place_orders(4)
    store.faults.next("GET /orders", "duplicate-row")
    rows = [row["Order"]["id"] for row in api.get("/orders")["Orders"]]
    assert rows == ["7001", "7001", "7002", "7003", "7004"]
    store.faults.next("GET /orders", "total-moves", after=1)
    assert [api.get("/orders")["paging"]["total"] for _ in range(3)] == [4, 5, 4]
    store.faults.next("*", "duplicate-row")
    assert api.call("GET", "/orders/7001").status_code == 200
    assert len(store.faults.planned) == 1, "it waits for a list"


def test_times_and_after(api: Caller, store: Store) -> None:
    store.faults.next("GET /info", "500", times=2, after=1)
    assert [api.call("GET", "/info").status_code for _ in range(4)] == [200, 500, 500, 200]
    assert store.faults.struck == [("GET /info", "500"), ("GET /info", "500")]


def test_rates_are_seeded(api: Caller, store: Store) -> None:
    store.faults.rate("504", 0.3)
    codes = [api.call("GET", "/info").status_code for _ in range(300)]
    assert 60 < codes.count(504) < 120
    store.faults.rate("504", 0)
    assert {api.call("GET", "/info").status_code for _ in range(20)} == {200}


def test_a_401_strikes_the_token_route_only_if_it_is_named(api: Caller, store: Store) -> None:
    store.faults.next("*", "401/1000")
    api.renew()
    assert api.call("GET", "/info").status_code == 401
    store.faults.next("POST /auth", "401/1099")
    with pytest.raises(AssertionError):
        api.renew()


def test_an_unknown_fault_is_refused(store: Store) -> None:
    with pytest.raises(UnknownFault):
        store.faults.next("*", "meteor")
    assert len(FAULT_KINDS) == len(set(FAULT_KINDS)) == 14


def test_latency_is_slept_outside_the_lock(api: Caller, store: Store) -> None:
    store.switches.latency_seconds = 0.05
    started = time.monotonic()
    api.get("/info")
    assert time.monotonic() - started >= 0.05
