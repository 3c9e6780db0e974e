"""Notifications as Tray sends them: form fields without data, again until answered 200, in any order, or never."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl

import pytest
from tray_caller import Caller
from werkzeug.test import Client

from ahead.sandbox.tray import NotOnThisMachine, Store, TraySandbox, UnknownSwitch
from ahead.sandbox.tray.records import Product, Variant


class Listener:
    """Answers every notification with the next of its codes, 200 when they are used up."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/webhooks/tray/segredo/"
        self.paths: list[str] = []
        self.got: list[dict[str, str]] = []
        self.codes: list[int] = []

    @property
    def short(self) -> list[tuple[str, int, str]]:
        return [(row["scope_name"], int(row["scope_id"]), row["act"]) for row in self.got]


@contextmanager
def listening() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            listener.paths.append(self.path)
            assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
            listener.got.append(dict(parse_qsl(body)))
            self.send_response(listener.codes.pop(0) if listener.codes else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener = Listener(server.server_address[1])
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def listener(box: TraySandbox) -> Iterator[Listener]:
    with listening() as heard:
        box.courier.tell(heard.address)
        yield heard
        box.courier.forget()


def test_an_order_is_notified_of_once_per_change(
    box: TraySandbox, store: Store, mug: Product, listener: Listener
) -> None:
    order = store.place_order(items=[(mug, 2)])
    assert box.courier.wait_until_idle(60)
    store.set_order_status(order.id, "FINALIZADO")
    assert box.courier.wait_until_idle(60)
    assert listener.short == [("order", order.id, "insert"), ("order", order.id, "update")]
    first = listener.got[0]
    assert first.keys() == {"seller_id", "scope_id", "scope_name", "act", "app_code", "url_notification"}
    assert first["seller_id"] == str(store.store_id)
    assert first["url_notification"] == listener.address
    assert listener.paths[0] == "/webhooks/tray/segredo/"


def test_a_write_over_the_api_is_notified_of_too(
    box: TraySandbox, store: Store, api: Caller, mug: Product, listener: Listener
) -> None:
    order = store.place_order(items=[(mug, 1)])
    api.put(f"/orders/{order.id}", {"Order": {"status_id": 901}})
    assert box.courier.wait_until_idle(60)
    assert sorted(listener.short) == [("order", order.id, "insert"), ("order", order.id, "update")]


def test_only_the_scopes_that_are_switched_on(
    box: TraySandbox, store: Store, api: Caller, mug: Product, shirt: Variant, listener: Listener
) -> None:
    box.courier.wait_until_idle(60)
    listener.got.clear()
    store.switches.change({"webhook_scopes": "product_stock, variant_stock,variant_price, product"})
    store.set_stock(mug, 7)
    api.put(f"/products/variants/{shirt.id}", {"Variant": {"price": "61.00"}})
    store.set_stock(shirt, 3)
    store.delete_product(mug.id)
    assert box.courier.wait_until_idle(60)
    assert sorted(listener.short) == [
        ("product", mug.id, "delete"),
        ("product", mug.id, "update"),
        ("product", shirt.product_id, "update"),
        ("product_stock", mug.id, "update"),
        ("variant_price", shirt.id, "update"),
        ("variant_stock", shirt.id, "update"),
    ]


def test_an_order_that_vanishes_is_not_notified_of(
    box: TraySandbox, store: Store, mug: Product, listener: Listener
) -> None:
    order = store.place_order(items=[(mug, 1)])
    box.courier.wait_until_idle(60)
    listener.got.clear()
    store.delete_order(order.id)
    assert box.courier.wait_until_idle(60)
    assert listener.got == []


def test_sent_again_until_it_is_answered_200(box: TraySandbox, store: Store, mug: Product, listener: Listener) -> None:
    store.switches.change({"webhook_gap_seconds": 0.05})
    listener.codes = [500, 404, 302]
    store.place_order(items=[(mug, 1)])
    assert box.courier.wait_until_idle(60)
    assert [(row.attempt, row.status) for row in box.courier.sendings] == [(1, 500), (2, 404), (3, 302), (4, 200)]


def test_sent_again_while_nobody_listens(box: TraySandbox, store: Store, mug: Product) -> None:
    store.switches.change({"webhook_gap_seconds": 0.05})
    with listening() as heard:
        pass  # closed again: nobody is there
    box.courier.tell(heard.address)
    store.place_order(items=[(mug, 1)])
    assert not box.courier.wait_until_idle(0.3)
    assert {row.status for row in box.courier.sendings} == {0}
    box.courier.forget()


def _acts(seed: int, **switches: object) -> list[tuple[str, int, str]]:
    with listening() as heard:
        box = TraySandbox(seed=seed)
        store = box.add_store(slug="padaria", rate_limit_per_minute=None, **switches)
        mug = store.add_product(name="Caneca", reference="CAN", price="10.00", stock=500)
        box.courier.tell(heard.address)
        for _ in range(60):
            store.place_order(items=[(mug, 1)])
        assert box.courier.wait_until_idle(30)
        return heard.short


def test_faults_strike_the_same_share_with_the_same_seed() -> None:
    plain = _acts(3)
    assert len(plain) == len(set(plain)) == 60
    never = _acts(3, webhook_never=0.3)
    assert len(never) < 55
    assert never == _acts(3, webhook_never=0.3) != _acts(4, webhook_never=0.3)
    repeated = _acts(3, webhook_repeated=0.3)
    assert set(repeated) == set(plain)
    assert 65 < len(repeated) < 90
    swapped = _acts(3, webhook_swapped=0.3)
    assert sorted(swapped) == plain
    assert swapped != plain


def test_late_ones_arrive_late(box: TraySandbox, store: Store, mug: Product, listener: Listener) -> None:
    store.switches.change({"webhook_late_seconds": 5.0})
    store.place_order(items=[(mug, 1)])
    assert box.courier.waiting == 1
    assert listener.got == []


def test_each_application_has_its_own_address(box: TraySandbox, store: Store, mug: Product, listener: Listener) -> None:
    other = box.add_store(slug="outra", store_id=999002, consumer_key="ck-outra")
    cup = other.add_product(name="Copo", reference="COPO", price="10.00", stock=5)
    box.courier.wait_until_idle(60)
    with listening() as heard:
        box.courier.tell(heard.address, other.consumer_key)
        theirs, ours = other.place_order(items=[(cup, 1)]), store.place_order(items=[(mug, 1)])
        assert box.courier.wait_until_idle(60)
    assert [row["scope_id"] for row in heard.got] == [str(theirs.id)]
    assert [row["scope_id"] for row in listener.got] == [str(ours.id)]
    assert heard.got[0]["app_code"] != listener.got[0]["app_code"]


@pytest.mark.parametrize("address", ["http://example.com/x", "https://127.0.0.1/x", "ftp://127.0.0.1/", "nada"])
def test_nobody_outside_of_this_machine_is_called(box: TraySandbox, store: Store, address: str) -> None:
    with pytest.raises(NotOnThisMachine):
        box.courier.tell(address)
    assert Client(box.app).put("/_admin/webhooks", json={"address": address}).status_code == 400
    assert box.courier.addresses == {}


def test_the_address_is_set_over_the_admin_api_and_kept(box: TraySandbox, store: Store, tmp_path: Path) -> None:
    admin, before = Client(box.app), box.revision
    said = admin.put("/_admin/webhooks", json={"address": "http://127.0.0.1:9/w/", "consumer_key": "ck"}).get_json()
    assert said["addresses"] == {"ck": "http://127.0.0.1:9/w/"}
    assert box.revision > before
    assert "http://127.0.0.1:9/w/" in admin.get("/").text
    box.save(tmp_path / "tray.json")
    assert TraySandbox.load(tmp_path / "tray.json").courier.address_of("ck") == "http://127.0.0.1:9/w/"
    assert admin.put("/_admin/webhooks", json={"address": "", "consumer_key": "ck"}).get_json()["addresses"] == {}
    assert admin.delete("/_admin/webhooks").get_json()["waiting"] == 0


def test_no_change_of_stock_is_told_because_of_a_restart(
    box: TraySandbox, store: Store, mug: Product, tmp_path: Path
) -> None:
    store.switches.change({"webhook_scopes": "product,product_stock"})
    box.save(tmp_path / "tray.json")
    again = TraySandbox.load(tmp_path / "tray.json")
    with listening() as heard:
        again.courier.tell(heard.address)
        shop = again.stores["padaria"]
        shop.set_stock(shop.products[mug.id], mug.stock)
        assert again.courier.wait_until_idle(60)
        assert [row["scope_name"] for row in heard.got] == ["product"]
        shop.set_stock(shop.products[mug.id], mug.stock - 1)
        assert again.courier.wait_until_idle(60)
    assert [row["scope_name"] for row in heard.got] == ["product", "product", "product_stock"]


def test_a_scope_that_tray_does_not_have_is_refused(store: Store) -> None:
    with pytest.raises(UnknownSwitch):
        store.switches.change({"webhook_scopes": "order,invoice"})
