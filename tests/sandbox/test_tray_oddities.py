"""Odd orders are odd in exactly the way their name says."""

from decimal import Decimal
from typing import Any

import pytest
from tray_caller import Caller

from ahead.sandbox.tray import ODDITIES, Store, UnknownOddity
from ahead.sandbox.tray.records import Variant


def odd(api: Caller, store: Store, kind: str) -> dict[str, Any]:
    order = store.odd_order(kind)
    content: dict[str, Any] = api.get(f"/orders/{order.id}/complete")["Order"]
    return content


@pytest.mark.parametrize("kind", ODDITIES)
def test_each_kind_can_be_read_in_every_shape(api: Caller, store: Store, kind: str) -> None:
    entity = odd(api, store, kind)
    assert api.get(f"/orders/{entity['id']}")["Order"]["id"] == entity["id"]
    assert entity["id"] in [row["Order"]["id"] for row in api.get("/orders")["Orders"]]


def test_unknown_kind(store: Store) -> None:
    with pytest.raises(UnknownOddity):
        store.odd_order("purple")


def test_addresses(api: Caller, store: Store) -> None:
    nowhere = odd(api, store, "no-address")["Customer"]
    assert (nowhere["CustomerAddresses"], nowhere["address"]) == ([], "")
    inline = odd(api, store, "inline-address")["Customer"]
    assert inline["CustomerAddresses"] == []
    assert inline["address"] != ""
    twice = odd(api, store, "two-addresses")
    rows = [row["CustomerAddress"] for row in twice["Customer"]["CustomerAddresses"]]
    assert [row["type"] for row in rows] == ["1", "1"]
    assert api.get(f"/orders/{twice['id']}")["Order"]["CustomerAddress"] == {"id": rows[1]["id"]}


def test_documents(api: Caller, store: Store) -> None:
    assert "-" in odd(api, store, "punctuated-cpf")["Customer"]["cpf"]
    assert odd(api, store, "missing-cpf")["Customer"]["cpf"] == ""
    company = odd(api, store, "company")["Customer"]
    assert (company["type"], company["cpf"]) == ("1", "")
    assert company["company_name"].endswith("LTDA")


def test_money(api: Caller, store: Store) -> None:
    off = odd(api, store, "total-off")
    assert Decimal(off["total"]) - Decimal(off["partial_total"]) - Decimal(off["shipment_value"]) == Decimal("1.23")
    assert Decimal(odd(api, store, "pix-discount")["payment_method_rate"]) < 0


def test_dates_and_shapes(api: Caller, store: Store) -> None:
    zero = odd(api, store, "zero-dates")
    assert (zero["payment_date"], zero["estimated_delivery_date"]) == ("0000-00-00", "0000-01-05")
    assert zero["Customer"]["created"] == "0000-00-00 00:00:00"
    odd_one = odd(api, store, "odd-shapes")
    assert odd_one["partner_id"] is None
    assert (odd_one["Customer"]["Extensions"], odd_one["Customer"]["CustomerAddresses"]) == ([], [])
    assert odd_one["ProductsSold"][0]["ProductsSold"]["reference"] == "45145[160151]"


def test_kits_and_children(api: Caller, store: Store) -> None:
    kit = odd(api, store, "kit")
    lines = [row["ProductsSold"] for row in kit["ProductsSold"]]
    parents = {line["product_kit_id"] for line in lines}
    assert len(lines) == 2
    assert api.get(f"/products/{parents.pop()}")["Product"]["is_kit"] == "1"
    child = odd(api, store, "multicd-child")
    parent = child["external_code"].removesuffix("-1")
    assert child["store_note"] == f"Criado a partir do pedido: {parent}"
    assert child["DistributionCenter"]["type"] == "child_order"
    assert api.get(f"/orders/{parent}/complete")["Order"]["OrderChilds"][0]["id"] == child["id"]


def test_a_store_of_variants_has_kits_too(store: Store, shirt: Variant) -> None:
    order = store.odd_order("kit")
    assert [(line["product_id"], line["quantity"]) for line in order.lines] == [("101", "1"), ("101", "2")]


def test_an_unknown_sku_exists_at_tray_only(api: Caller, store: Store) -> None:
    references = [row["ProductsSold"]["reference"] for row in odd(api, store, "unknown-sku")["ProductsSold"]]
    assert any(reference.startswith("AVULSO-") for reference in references)
