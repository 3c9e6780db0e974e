"""`ahead sync`: its exit codes and its report."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cli_running import Ahead, Counter, MakeProduct
from django.db import connection

from ahead.db.clock import shared_now
from ahead.db.schema import MARK_UNSETTLED, settled
from ahead.sandbox.tray.records import Product
from ahead.stores.leases import leave_store, take_store
from ahead.stores.models import RequestBudget, Store

pytestmark = pytest.mark.django_db(transaction=True)
REPORT = [
    "catalogue_written",
    "company",
    "errors",
    "notes",
    "notes_delivered",
    "orders",
    "run",
    "statuses_written",
    "stock_updated",
]


@pytest.fixture
def bread(counter: Counter, make_product: MakeProduct) -> Product:
    """Bread that both sides know, with two units more in AHEAD."""
    make_product(counter.company, code="1001", name="Pão", reference="PAO-1", on_hand=12)
    return counter.shop.add_product(name="Pão", reference="PAO-1", price="10.00", stock=10)


def test_a_clean_sync_ends_with_0_and_tells_what_it_did(ahead: Ahead, counter: Counter, bread: Product) -> None:
    placed = counter.shop.place_order(items=[(bread, 2)], shipment_value=Decimal("5.00"))
    ran = ahead("sync", "1", "--json")
    assert ran.code == 0, ran.err
    document = ran.document
    assert sorted(document) == REPORT
    run = document["run"]
    assert (run["state"], run["trigger"], run["is_dry_run"]) == ("clean", "command", False)
    used = RequestBudget.objects.of(counter.company).get().used_today  # whichever day it is by now in Brasília
    assert run["requests_left_today"] == 10_000 - used
    assert [(row["number"], row["tray_id"]) for row in document["orders"]["imported"]] == [(1, placed.id)]
    assert [row["tray_id"] for row in document["statuses_written"]] == [placed.id]
    (updated,) = document["stock_updated"]
    assert updated == {
        "product_code": "1001",
        "reference": "PAO-1",
        "product_name": "Pão",
        "warehouse": "Depósito",
        "before": 8,
        "after": 10,
    }
    steps = [line for line in ran.err.splitlines() if line.endswith("…")]
    assert steps[:3] == ["Conectar…", "Procurar mudanças…", "Pedidos…"]
    assert ahead("runs", "--id", str(run["id"]), "--json").document == document


def test_half_a_restore_lets_nobody_begin(ahead: Ahead, counter: Counter) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MARK_UNSETTLED)
    try:
        for words in (("sync", "1"), ("invoice", "1")):
            ran = ahead(*words)
            assert (ran.code, "parou no meio" in ran.err) == (2, True)
    finally:
        settled()


def test_settling_what_came_back_by_other_means(ahead: Ahead, counter: Counter) -> None:
    ran = ahead("restore", "--settle", "2026-11-28T03:00-03:00", "--json")
    assert ran.code == 0, "a company that issues no notas has no série to wait for"
    assert ran.document == {
        "backup_at": "2026-11-28T06:00:00Z",
        "release": None,
        "stores": 1,
        "series_stopped": 0,
        "notas_in_doubt": 0,
    }
    assert ahead("sync", "1").code == 0
    assert "instante do backup" in ahead("restore", "--settle", "ontem").err


def test_errors_in_the_log_end_with_1_and_are_shown_with_their_remedy(ahead: Ahead, counter: Counter) -> None:
    counter.shop.odd_order("unknown-sku")
    ran = ahead("sync", "Loja do Sol")
    assert ran.code == 1
    assert "com erros" in ran.out
    assert "não corresponde a nenhum produto" in ran.out
    assert "vez: sua. Abra Pendências e resolva" in ran.out


def test_a_store_that_tray_blocked_ends_with_2_and_the_report(ahead: Ahead, counter: Counter) -> None:
    with counter.shop.changing():
        counter.shop.switches.change({"blocked": 1001})
    ran = ahead("sync", "1", "--json")
    assert ran.code == 2
    assert ran.document["run"]["state"] == "failed"
    assert ran.document["errors"][0]["remedy"]


def test_a_dry_run_writes_nothing(ahead: Ahead, counter: Counter, bread: Product) -> None:
    counter.shop.place_order(items=[(bread, 2)])
    ran = ahead("sync", "1", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    assert sorted(ran.document) == REPORT
    assert ran.document["run"]["is_dry_run"] is True
    assert [row["number"] for row in ran.document["orders"]["imported"]] == [None]
    assert ahead("orders", "--json").document["orders"] == []
    assert not [write for write in counter.shop.counters.writes if write[0].startswith("PUT")]


def test_a_store_in_other_hands_ends_with_2(ahead: Ahead, counter: Counter) -> None:
    store = Store.objects.of(counter.company).get()
    token = take_store(store.pk, holder="outro", now=shared_now(), seconds=60)
    assert token
    try:
        ran = ahead("sync", "1", "--json")
    finally:
        leave_store(store.pk, token=token)
    assert ran.code == 2
    assert "está sendo sincronizada por outro processo" in ran.document["error"]


def test_an_unknown_store_ends_with_2_and_the_ones_there_are(ahead: Ahead, counter: Counter) -> None:
    ran = ahead("sync", "Loja da Lua", "--json")
    assert ran.code == 2
    assert ran.document == {"error": "Padaria do Sol não tem a Loja “Loja da Lua”. Lojas: 1 Loja do Sol."}


def test_what_a_sync_brought_can_be_read(ahead: Ahead, counter: Counter, bread: Product) -> None:
    placed = counter.shop.place_order(items=[(bread, 2)])
    counter.shop.odd_order("unknown-sku")
    assert ahead("sync", "1").code == 1

    found = ahead("orders", "--store", "1", "--state", "open", "--json").document
    (order,) = found["orders"]
    assert (found["total"], found["has_more"]) == (1, False)
    assert (order["tray_id"], order["total"], order["state"]) == (placed.id, str(placed.total), "open")
    assert order["placed_at"].endswith("Z")
    assert [(item["product_code"], item["quantity"], item["unit_price"]) for item in order["items"]] == [
        ("1001", 2, "10.00")
    ]
    (stock,) = ahead("stock", "--json").document["stock"]
    assert (stock["on_hand"], stock["reserved"], stock["free"]) == (12, 3, 9)  # one for the held order
    assert [(place["code"], place["confirmed"], place["differs"]) for place in stock["stores"]] == [(1, 9, False)]
    assert len(ahead("customers", "--store", "1", "--limit", "1", "--json").document["customers"]) == 1
    assert [row["code"] for row in ahead("products", "--store", "1", "--json").document["products"]] == ["1001"]
    assert [row["kind"] for row in ahead("pending", "--json").document["pending"]] == ["unknown_sku"]
    (quota,) = ahead("quota", "--json").document["stores"]
    assert quota["left"] == quota["per_day"] - quota["used"]
    for command in ("orders", "stock", "runs", "customers", "products", "pending"):
        shown = ahead(command)
        assert shown.code == 0
        assert len(shown.out.strip().splitlines()) > 2
