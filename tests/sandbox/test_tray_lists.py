"""Lists: envelope, paging, filters by day in Brasília, sorting."""

from datetime import UTC, datetime

import pytest
from tray_caller import Caller, Clock

from ahead.sandbox.tray import Store
from ahead.sandbox.tray.records import Product


def ids(api: Caller, **arguments: object) -> list[str]:
    return [row["Order"]["id"] for row in api.get("/orders", **arguments)["Orders"]]


def test_paging_counts_in_integers(api: Caller, store: Store, mug: Product) -> None:
    store.place_orders(73)
    assert api.get("/orders")["paging"] == {"total": 73, "page": 1, "offset": 0, "limit": 30, "maxLimit": 50}
    last = api.get("/orders", limit=50, page=2)
    assert last["paging"] == {"total": 73, "page": 2, "offset": 50, "limit": 50, "maxLimit": 50}
    assert len(last["Orders"]) == 23


@pytest.mark.parametrize(("asked", "given"), [("500", 50), ("0", 30), ("x", 30), ("7", 7)])
def test_limit_is_cut_to_fifty(api: Caller, asked: str, given: int) -> None:
    assert api.get("/orders", limit=asked)["paging"]["limit"] == given


def test_pages_together_hold_every_order_once(api: Caller, store: Store, mug: Product) -> None:
    store.place_orders(120)
    seen = [found for page in (1, 2, 3) for found in ids(api, limit=50, page=page)]
    assert len(seen) == len(set(seen)) == 120


def test_an_empty_list(api: Caller, store: Store, mug: Product) -> None:
    answer = api.get("/orders", status="STATUS INEXISTENTE")
    assert answer["Orders"] == []
    assert answer["paging"]["total"] == 0
    assert answer["appliedFilters"] == {"Order.status": "STATUS INEXISTENTE"}


def test_an_unknown_filter_is_ignored_and_not_echoed(api: Caller, store: Store, mug: Product) -> None:
    store.place_orders(2)
    answer = api.get("/orders", colour="blue")
    assert answer["appliedFilters"] == []
    assert answer["paging"]["total"] == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"status": "finalizado"}, ["7002"]),
        ({"id": "7001"}, ["7001"]),
        ({"session_id": "erp-1"}, ["7001"]),
        ({"payment_form": "Boleto - Vindi"}, ["7002"]),
        ({"has_invoice": "1"}, []),
        ({"has_payment": "1"}, ["7001", "7002"]),
        ({"point_sale": "LOJA VIRTUAL"}, ["7001", "7002"]),
        ({"external_code": "X-9"}, ["7001"]),
    ],
)
def test_filters(api: Caller, store: Store, mug: Product, arguments: dict[str, str], expected: list[str]) -> None:
    store.place_order(items=[(mug, 1)], session_id="erp-1", external_code="X-9")
    store.place_order(items=[(mug, 1)], status="FINALIZADO", payment="bank_billet")
    assert ids(api, **arguments) == expected


def test_a_day_is_a_day_in_brasilia(api: Caller, store: Store, mug: Product, clock: Clock) -> None:
    clock.moment = datetime(2026, 11, 24, 2, 59, 59, tzinfo=UTC)
    before_midnight = store.place_order(items=[(mug, 1)])
    clock.forward(seconds=1)
    after_midnight = store.place_order(items=[(mug, 1)])
    api.renew()
    assert ids(api, modified="2026-11-23") == [str(before_midnight.id)]
    assert ids(api, modified="2026-11-24") == [str(after_midnight.id)]
    assert ids(api, date="2026-11-24,2026-11-24") == [str(after_midnight.id)]
    assert before_midnight.fields["modified"] == "2026-11-23 23:59:59"
    assert after_midnight.fields["modified"] == "2026-11-24 00:00:00"


def test_a_range_of_days_includes_both_ends(api: Caller, store: Store, mug: Product, clock: Clock) -> None:
    for _ in range(4):
        store.place_order(items=[(mug, 1)])
        clock.forward(days=1)
    api.renew()
    answer = api.get("/orders", modified="2026-11-24,2026-11-25")
    assert [row["Order"]["id"] for row in answer["Orders"]] == ["7002", "7003"]
    assert answer["appliedFilters"] == {
        "Order.modified >=": "2026-11-24 00:00:00",
        "Order.modified <=": "2026-11-25 23:59:59",
    }


def test_a_wrong_date_is_refused(api: Caller) -> None:
    answer = api.call("GET", "/orders", modified="23/11/2026")
    assert answer.status_code == 400
    assert answer.get_json()["causes"] == ["modified: data inválida, use AAAA-MM-DD"]


def test_modified_moves_with_every_change(api: Caller, store: Store, mug: Product, clock: Clock) -> None:
    order = store.place_order(items=[(mug, 1)])
    clock.forward(days=1)
    api.renew()
    api.put(f"/orders/{order.id}", {"Order": {"customer_note": "Entregar à tarde"}})
    assert ids(api, modified="2026-11-23") == []
    assert ids(api, modified="2026-11-24") == [str(order.id)]
    assert ids(api, date="2026-11-23") == [str(order.id)]


def test_sort_is_echoed_and_followed(api: Caller, store: Store, mug: Product, clock: Clock) -> None:
    for _ in range(3):
        store.place_order(items=[(mug, 1)])
        clock.forward(minutes=1)
    store.edit_order(7001, store_note="mudou")
    newest = api.get("/orders", sort="modified_desc")
    assert newest["sort"] == [{"modified": "desc"}]
    assert [row["Order"]["id"] for row in newest["Orders"]] == ["7001", "7003", "7002"]
    assert ids(api, sort="id_desc") == ["7003", "7002", "7001"]
    assert api.get("/orders", sort="colour_asc")["sort"] == [{"id": "asc"}]


def test_a_store_that_cannot_sort_says_so(api: Caller, store: Store, mug: Product) -> None:
    store.place_orders(3)
    store.switches.sort_supported = False
    answer = api.get("/orders", sort="id_desc")
    assert answer["sort"] == [{"id": "asc"}]
    assert answer["Orders"][0]["Order"]["id"] == "7001"


def test_lists_are_never_stale(api: Caller, store: Store, mug: Product) -> None:
    store.place_order(items=[(mug, 1)])
    assert ids(api, status="FINALIZADO") == []
    store.set_order_status(7001, "FINALIZADO")
    assert ids(api, status="FINALIZADO") == ["7001"]
    store.delete_order(7001)
    assert ids(api, status="FINALIZADO") == []


def test_addresses_of_nobody_are_filtered_out_and_it_is_said(api: Caller, store: Store, mug: Product) -> None:
    store.place_order(items=[(mug, 1)])
    answer = api.get("/customers/addresses")
    assert answer["appliedFilters"] == {"CustomerAddress.customer_id !=": "0"}
    assert api.get("/customers/addresses", customer_id=501)["appliedFilters"] == {"CustomerAddress.customer_id": "501"}


def test_products_by_reference_and_ean(api: Caller, store: Store, mug: Product) -> None:
    store.add_product(name="Outra caneca", reference="CAN-350", price="10.00", stock=1)
    assert api.get("/products", reference="CAN-350")["paging"]["total"] == 2
    assert api.get("/products", ean="7891000000018")["paging"]["total"] == 1
    assert api.get("/products", price="10")["paging"]["total"] == 1
    assert api.get("/products", has_ean="0")["paging"]["total"] == 1
