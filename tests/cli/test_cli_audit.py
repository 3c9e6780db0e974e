"""`ahead audit`: who did what, when, and to what."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from cli_running import Ahead

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.cli import auditing
from ahead.db import paging
from ahead.stores.models import Store
from order_making import make_order

pytestmark = pytest.mark.django_db(transaction=True)
OLD = ("--to", "2020-12-31")  # without what setting the Loja up has left there now


@pytest.fixture
def done(padaria: Company, outra: Company, loja: Store) -> int:
    order = make_order(loja, datetime(2020, 11, 2, 15, tzinfo=UTC))
    for company, name, subject, text, by, day in (
        (padaria, "stores.store.paused", ("store", loja.pk), "Loja pausada", "ana@padaria.example", 3),
        (padaria, "orders.order.cancelled", ("order", order.pk), "Pedido cancelado", "oto@padaria.example", 5),
        (outra, "orders.order.cancelled", ("order", order.pk), "De outra empresa", "caio@outra.example", 5),
    ):
        at = datetime(2020, 11, day, 15, tzinfo=UTC)
        record(name, company_id=company.pk, subject=subject, text=text, by=by, at=at, why="teste")
    return order.number


def test_answers_who_what_when_and_to_what(ahead: Ahead, done: int) -> None:
    def texts(*narrowed: str) -> list[str]:
        ran = ahead("audit", "--company", "padaria-sol", *OLD, "--json", *narrowed)
        assert ran.code == 0
        return [event["text"] for event in ran.document["events"]]

    assert texts() == ["Pedido cancelado", "Loja pausada"]
    assert texts("--by", "ana@padaria.example") == ["Loja pausada"]
    assert texts("--kind", "order", "--number", str(done)) == ["Pedido cancelado"]
    assert (
        texts("--action", "paused") == texts("--search", "PAUSADA") == texts("--to", "2020-11-03") == ["Loja pausada"]
    )
    assert texts("--from", "2020-11-04") == ["Pedido cancelado"]

    first = ahead("audit", "--company", "padaria-sol", *OLD, "--limit", "1", "--json").document
    [event] = first["events"]
    assert (event["at"], event["by"]) == ("2020-11-05T15:00:00Z", "oto@padaria.example")
    assert (event["name"], event["facts"]) == ("orders.order.cancelled", {"why": "teste"})
    assert (event["subject"]["kind"], event["subject"]["number"], first["has_more"]) == ("order", done, True)


def test_gives_a_table_and_a_sheet_of_all(ahead: Ahead, done: int) -> None:
    table = ahead("audit", "--company", "padaria-sol", *OLD, "--limit", "1")
    assert "Pedido cancelado" in table.out
    assert "Loja pausada" not in table.out
    assert "--csv" in table.err

    sheet = ahead("audit", "--company", "padaria-sol", *OLD, "--csv")
    rows = list(csv.reader(io.StringIO(sheet.out.removeprefix("\ufeff")), delimiter=";"))
    assert [row[2] for row in rows] == ["O que foi feito", "Pedido cancelado", "Loja pausada"]
    assert rows[1][3:] == ["Pedido", str(done), "orders.order.cancelled"]


def test_a_sheet_goes_on_where_pages_end(
    ahead: Ahead, padaria: Company, done: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "DEEPEST_PAGE", 1)
    monkeypatch.setattr(auditing, "_READ_AT_ONCE", 1)
    asked = ("audit", "--company", "padaria-sol", *OLD, "--csv")
    assert (ahead(*asked).out.count("\n"), ahead(*asked, "--limit", "1").out.count("\n")) == (3, 2)


def test_a_number_says_of_what(ahead: Ahead, done: int) -> None:
    ran = ahead("audit", "--company", "padaria-sol", "--number", "1")
    assert (ran.code, "--kind" in ran.err) == (2, True)
    ran = ahead("audit", "--company", "padaria-sol", "--kind", "nota", "--number", "999")
    assert (ran.code, "999" in ran.err) == (2, True)
