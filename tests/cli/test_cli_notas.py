"""`ahead invoice` and `ahead notas`: what they do, print and end with."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cli_running import Ahead, MakeProduct

from ahead.accounts.models import Company
from ahead.fiscal.models import NotaXml
from ahead.orders.models import Order
from ahead.orders.operations import enter_order
from ahead.sandbox.sefaz import SefazSandbox
from fiscal_making import make_buyer, set_up_issuer
from standing_servers import Standing, app_of

pytestmark = pytest.mark.django_db(transaction=True)
BY = "ana@padaria.example"


@pytest.fixture
def sefaz(sefaz_server: Standing, settings: Any) -> Iterator[SefazSandbox]:
    box = SefazSandbox()
    with sefaz_server.before(app_of(box)):
        settings.SEFAZ_ADDRESS, settings.SEFAZ_AUTHORITIES = sefaz_server.address, sefaz_server.ca_file
        yield box


@pytest.fixture
def orders(sefaz: SefazSandbox, padaria: Company, make_product: MakeProduct) -> list[Order]:
    """Two Pedidos entered here, of a company that may issue."""
    now = datetime.now(UTC)
    product = make_product(padaria, name="Pão de mel", ncm="19059090", on_hand=9)
    set_up_issuer(padaria, now)
    buyer = make_buyer(padaria, now)
    items = [(product.pk, 1, Decimal("10.00"))]
    return [enter_order(padaria, customer_id=buyer.pk, items=items, by=BY, now=now) for _ in range(2)]


def test_notas_are_generated_listed_exported_and_checked(ahead: Ahead, orders: list[Order], tmp_path: Path) -> None:
    ran = ahead("invoice", *(str(order.number) for order in orders), "--json")

    assert ran.code == 0, ran.err
    told = ran.document["orders"]
    assert [(row["outcome"], row["nota"]["number"]) for row in told] == [("authorised", 100), ("authorised", 101)]

    listed = ahead("notas", "list", "--state", "authorised", "--json").document
    assert [nota["number"] for nota in listed["notas"]] == [101, 100]

    place = tmp_path / "notas.zip"
    assert ahead("notas", "export", "--out", str(place), "--json").document["notas"] == 2
    assert len(zipfile.ZipFile(place).namelist()) == 2

    assert (ahead("notas", "check").code, ahead("notas", "list").code) == (0, 0)


def test_what_stays_out_is_named_with_its_reason(ahead: Ahead, orders: list[Order]) -> None:
    Order.objects.of(orders[0].company_id).filter(pk=orders[0].pk).update(state="held")

    ran = ahead("invoice", *(str(order.number) for order in orders), "--json")

    assert ran.code == 1
    assert ran.document["staying"] == [
        {"number": orders[0].number, "reason": "O pedido está retido. Resolva a pendência dele antes."}
    ]
    assert f"{orders[0]} fica de fora" in ran.err
    assert "1 de 1" in ran.err


def test_a_rejection_is_told_with_its_remedy_and_ends_with_one(
    ahead: Ahead, orders: list[Order], sefaz: SefazSandbox
) -> None:
    sefaz.switches.change({"reject_next": 1, "reject_cstat": "778"})

    ran = ahead("invoice", str(orders[0].number))

    assert ran.code == 1
    assert "NCM" in ran.out


def test_an_order_that_is_not_there_generates_nothing(ahead: Ahead, orders: list[Order]) -> None:
    ran = ahead("invoice", str(orders[0].number), "999999")

    assert ran.code == 2
    assert "999999" in ran.err


def test_bytes_that_changed_since_they_were_signed_are_found(ahead: Ahead, orders: list[Order]) -> None:
    ahead("invoice", str(orders[0].number))
    row = NotaXml.objects.of(orders[0].company_id).get()
    row.signed = bytes(row.signed).replace(b"<vNF>10.00</vNF>", b"<vNF>11.00</vNF>")
    row.save()

    ran = ahead("notas", "check", "--json")

    assert ran.code == 1
    assert [fault["number"] for fault in ran.document["faults"]] == [100]
