"""The admin page and API, the snapshot, the demo shop, and the socket."""

import json
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from stdnum import ean
from stdnum.br import cnpj, cpf
from tray_caller import Caller, Clock
from werkzeug.test import Client

from ahead.sandbox.tray import FAULT_KINDS, ODDITIES, Store, TraySandbox, demo_store, serve, wording
from ahead.sandbox.tray.records import Product
from ahead.sandbox.tray.snapshot import SnapshotUnreadable
from plugins.ports import free_port

STORE = "/_admin/stores/padaria"


@pytest.fixture
def admin(box: TraySandbox, store: Store) -> Client:
    return Client(box.app)


def test_orders_arrive_change_and_go(admin: Client, store: Store, mug: Product) -> None:
    made = admin.post(f"{STORE}/orders", json={"count": 3, "status": "FINALIZADO"}).get_json()["orders"]
    assert made == [7001, 7002, 7003]
    admin.put(f"{STORE}/orders/7001", json={"status": "A ENVIAR", "store_note": "urgente"})
    admin.post(f"{STORE}/orders/7002/cancellation", json={})
    admin.delete(f"{STORE}/orders/7003")
    rows = {row["id"]: row["status"] for row in admin.get(f"{STORE}/orders").get_json()}
    assert rows == {7002: "CANCELADO", 7001: "A ENVIAR"}
    assert store.orders[7001].text("store_note") == "urgente"
    assert admin.post(f"{STORE}/orders", json={"odd": "company"}).status_code == 201


def test_stores_switches_faults_and_codes(admin: Client, box: TraySandbox, store: Store) -> None:
    body = {"slug": "nova", "store_id": 5, "products": 6, "orders": 2, "switches": {"retry_after": True}}
    opened = admin.post("/_admin/stores", json=body)
    assert opened.status_code == 201
    assert len(box.stores["nova"].orders) == 2
    assert len(admin.get("/_admin/stores").get_json()) == 2
    assert admin.put(f"{STORE}/switches", json={"blocked": 1001, "rate_limit_per_minute": None}).status_code == 200
    assert store.switches.blocked == 1001
    admin.post(f"{STORE}/faults", json={"kind": "504", "route": "GET /orders", "times": 2})
    admin.post(f"{STORE}/faults", json={"kind": "500", "probability": 0.1})
    assert admin.get(f"{STORE}/faults").get_json()["planned"][0]["times"] == 2
    assert admin.delete(f"{STORE}/faults").get_json() == {"planned": [], "rates": [], "struck": []}
    assert admin.post(f"{STORE}/codes", json={}).get_json()["code"] in store.tokens.codes
    assert admin.get(f"{STORE}/counters").get_json()["total"] == store.counters.total


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", f"{STORE}/switches", {"colour": 1}, 400),
        ("PUT", f"{STORE}/switches", {"blocked": 7}, 400),
        ("POST", f"{STORE}/faults", {"kind": "meteor"}, 400),
        ("POST", f"{STORE}/orders", {"odd": "purple"}, 400),
        ("POST", f"{STORE}/orders", {"count": "many"}, 400),
        ("POST", f"{STORE}/orders", {"count": 1}, 400),
        ("POST", "/_admin/stores", {"slug": "padaria"}, 400),
        ("POST", f"{STORE}/kits", {"name": "Kit", "reference": "K", "components": "101:1"}, 404),
        ("POST", f"{STORE}/kits", {"name": "Kit", "reference": "K", "components": "caneca"}, 400),
        ("POST", f"{STORE}/orders/9/cancellation", {}, 404),
        ("GET", "/_admin/stores/outra", None, 404),
        ("GET", "/_admin/nothing", None, 404),
    ],
)
def test_admin_refusals(admin: Client, method: str, path: str, body: Any, status: int) -> None:
    answer = admin.open(path, method=method, json=body)
    assert answer.status_code == status
    assert "error" in answer.get_json()


def test_another_site_may_not_press_buttons(admin: Client) -> None:
    answer = admin.post(f"{STORE}/orders", data={"count": "1"}, headers={"Origin": "https://evil.test"})
    assert answer.status_code == 403


def test_the_page_shows_the_store_and_its_forms_work(admin: Client, store: Store, mug: Product) -> None:
    sent = admin.post(f"{STORE}/orders", data={"count": "2"})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/?aviso=Feito.")
    admin.post(f"{STORE}/switches", data={"_method": "PUT", "blocked": "1002", "latency_seconds": "0.5"})
    assert (store.switches.blocked, store.switches.latency_seconds) == (1002, 0.5)
    admin.post(f"{STORE}/switches", data={"_method": "PUT", "blocked": "", "refresh_rotates": "0"})
    assert (store.switches.blocked, store.switches.refresh_rotates) == (None, False)
    admin.post(f"{STORE}/products/{mug.id}", data={"_method": "PUT", "stock": "55"})
    assert store.product_stock(mug.id) == 55
    page = admin.get("/")
    assert page.status_code == 200
    for text in ("Sandbox da Tray", "Fazer chegar pedidos", "padaria", "Caneca Esmaltada 350ml", "R$ 39,90"):
        assert text in page.text
    assert admin.get("/nada").status_code == 404
    assert set(wording.FAULTS) == set(FAULT_KINDS)
    assert set(wording.ORDERS) == set(ODDITIES)


def test_a_snapshot_brings_everything_back(api: Caller, box: TraySandbox, clock: Clock, tmp_path: Path) -> None:
    demo_store(box, products=30, orders=12)
    store = box.stores["padaria"]
    mug = store.add_product(name="Caneca", reference="CAN", price="39.90", stock=9)
    store.add_distribution_center(name="CD Capital")
    store.add_kit(name="Par de Canecas", reference="KIT-PAR", components=[(mug, 2, "10%")])
    store.add_property("Cor", ["Preta"])
    api.post(f"/products/{mug.id}/properties", [{"property_id": "2", "value": "Preta"}])
    api.put(f"/products/{mug.id}", {"Product": {"picture_source_1": "https://cdn.test/1.jpg"}})
    for kind in ("kit", "multicd-child", "odd-shapes"):
        store.odd_order(kind)
    path = tmp_path / "state" / "tray.json"
    box.save(path)
    back = TraySandbox.load(path, clock=clock)
    for slug, before in box.stores.items():
        after = back.stores[slug]
        assert after.orders == before.orders
        assert after.products == before.products
        assert after.variants_by_product == before.variants_by_product
        assert (after.kits, after.kits_by_parent) == (before.kits, before.kits_by_parent)
        assert (after.properties, after.centres) == (before.properties, before.centres)
        assert after.next_ids == before.next_ids
        assert after.addresses_by_customer == before.addresses_by_customer
        assert after.switches == before.switches
        assert after.place_orders(3) == before.place_orders(3)
    again = Client(back.app)
    assert again.get(f"{api.base}/info", query_string={"access_token": api.token}).status_code == 200
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(SnapshotUnreadable):
        TraySandbox.load(path)


def test_the_demo_shop_is_believable(clock: Clock) -> None:
    store = demo_store(TraySandbox(clock=clock))
    kits = [product for product in store.products.values() if product.is_kit]
    assert (len(store.products), len(kits), len(store.orders)) == (210, 10, 40)
    assert len(store.variants) > 100
    simple = [
        product
        for product in store.products.values()
        if product.id not in store.variants_by_product and not product.is_kit
    ]
    sellable = [*simple, *store.variants.values()]
    references = [item.reference for item in (*store.products.values(), *store.variants.values())]
    assert len(references) == len(set(references))
    codes = [item.ean for item in sellable]
    assert len(set(codes)) == len(codes)
    assert all(ean.is_valid(code) for code in codes)
    assert len({product.name for product in store.products.values()}) == 210
    statuses = {store.statuses[order.status_id].name for order in store.orders.values()}
    assert {"A ENVIAR", "A ENVIAR VINDI", "AGUARDANDO PAGAMENTO", "CANCELADO"} <= statuses
    assert {"Mercado Livre", "Magalu"} == {
        order.marketplace[0]["marketplace_name"] for order in store.orders.values() if order.marketplace
    }


def test_the_demo_shop_has_kits_that_share_components(clock: Clock) -> None:
    store = demo_store(TraySandbox(clock=clock))
    kits_of: dict[int, set[int]] = {}
    for row in store.kits.values():
        kits_of.setdefault(row.product_id, set()).add(row.parent_id)
    assert len(kits_of[101]) == 3, "the first mug is in several"
    pair = next(product for product in store.products.values() if product.reference == "KIT-PAR")
    assert [store.kits[row].product_id for row in store.kits_by_parent[pair.id]] == [101, 101]
    assert all(store.products[kit_id].reference.startswith("KIT-") for kit_id in store.kits_by_parent)
    assert store.product_stock(pair.id) == store.product_stock(101) // 2
    assert any(line.get("product_kit_id") for order in store.orders.values() for line in order.lines)
    roots = [category for category in store.categories.values() if not category.text("parent_id")]
    assert {root.text("name") for root in roots} > {"Cozinha", "Mesa Posta", "Roupas", "Kits e Presentes"}
    assert len(store.categories) == len(roots) + 23
    mug = store.products[101]
    assert store.categories[int(mug.text("category_id"))].text("name") == "Canecas"


def test_the_demo_shop_is_the_same_every_time(clock: Clock) -> None:
    one, other = (demo_store(TraySandbox(seed=3, clock=clock), products=40) for _ in range(2))
    assert (one.products, one.kits, one.orders) == (other.products, other.kits, other.orders)


def test_a_kit_is_made_by_the_page_and_by_json(admin: Client, store: Store, mug: Product) -> None:
    saucer = store.add_product(name="Pires", reference="PIR", price="19.90", stock=25)
    text = {"name": "Kit Café", "reference": "KIT-CAFE", "components": f"{mug.id}:1, {saucer.id}:2:10%"}
    assert admin.post(f"{STORE}/kits", data=text).headers["Location"] == "/?aviso=Feito."
    body = {**text, "reference": "KIT-2", "components": [{"product_id": mug.id, "quantity": 2, "discount": "1.00"}]}
    assert admin.post(f"{STORE}/kits", json=body).get_json() == {"id": 104, "stock": 60}
    assert [(row.product_id, row.quantity, row.text("discount_type")) for row in store.kits.values()] == [
        (mug.id, 1, "$"),
        (saucer.id, 2, "%"),
        (mug.id, 1, "$"),
        (mug.id, 1, "$"),
    ]
    rows = {row["reference"]: row for row in admin.get(f"{STORE}/products").get_json()}
    assert (rows["KIT-CAFE"]["is_kit"], rows["KIT-CAFE"]["stock"], rows["KIT-CAFE"]["price"]) == (True, 12, "75.72")
    page = admin.get("/").text
    assert "Kit Café" in page
    assert "12 (dos componentes)" in page


def test_documents_have_valid_check_digits(store: Store, mug: Product) -> None:
    store.place_orders(200)
    people = [customer.fields for customer in store.customers.values()]
    assert all(cpf.is_valid(person["cpf"]) for person in people if person["type"] == "0")
    companies = [person for person in people if person["type"] == "1"]
    assert companies
    assert all(cnpj.is_valid(company["cnpj"]) for company in companies)


def test_many_clients_over_a_socket(box: TraySandbox, store: Store, mug: Product) -> None:
    token = Caller(box, store).token
    order = store.place_order(items=[(mug, 1)])
    with serve(box.app) as address:

        def read(times: int) -> set[str]:
            connection = HTTPConnection(address.removeprefix("http://"))
            seen = set()
            for _ in range(times):
                connection.request("GET", f"{store.path}/web_api/orders/{order.id}/complete?access_token={token}")
                seen.add(json.load(connection.getresponse())["Order"]["total"])
            connection.close()
            return seen

        with ThreadPoolExecutor(8) as pool:
            assert set.union(*pool.map(read, [20] * 8)) == {"39.90"}
    assert store.counters.by_route["GET /orders/:id/complete"] == 160


def test_a_terminated_server_leaves_its_state_behind(tmp_path: Path) -> None:
    path = tmp_path / "tray.json"
    port = free_port()
    program = (
        "from ahead.lib.ending import hearing_asks_to_end\n"
        "from ahead.sandbox.tray import TraySandbox, demo_store, serve_kept\n"
        "box = TraySandbox()\n"
        "demo_store(box, products=5, orders=3)\n"
        f"with hearing_asks_to_end() as ending, serve_kept(box, {str(path)!r}, {port}):\n"
        "    ending.wait()\n"
    )
    server = subprocess.Popen([sys.executable, "-c", program])
    try:
        _wait_for(port)
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/_admin/stores/casa-aurora/orders", '{"count": 2}')
        assert connection.getresponse().status == 201
        connection.close()
        server.terminate()
        assert server.wait(timeout=120) == 0
    finally:
        server.kill()
    assert len(TraySandbox.load(path).stores["casa-aurora"].orders) == 5


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
