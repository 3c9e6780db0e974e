"""Bringing notas to Tray: when it is tried again, who may send one again, and which CFOP each thing sold has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ahead.fiscal.delivery_rules import (
    CfopRow,
    SoldLine,
    cfops_of,
    must_ask,
    next_delivery,
    remedy_until,
    why_not_resend,
)

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def test_the_next_run_tries_again_and_then_ever_later_up_to_an_hour() -> None:
    waits = [next_delivery(tries, now=NOW) - NOW for tries in range(1, 12)]
    assert waits[0] == timedelta(0)
    assert waits == sorted(waits)
    assert waits[1] > timedelta(0)
    assert waits[-1] == timedelta(hours=1)


def test_says_when_it_is_tried_again_where_the_next_run_does_not() -> None:
    again, later = "Tentamos de novo na próxima sincronização.", NOW + timedelta(minutes=5)
    assert remedy_until(NOW, again, is_yours=False, now=NOW) == again
    assert "depois das 12:05" in remedy_until(later, again, is_yours=False, now=NOW)  # Brasília
    assert remedy_until(later, "Corrija.", is_yours=True, now=NOW) == "Corrija."
    assert remedy_until(None, again, is_yours=False, now=NOW) == again


def test_a_person_is_asked_at_once_of_what_is_final_and_else_after_some_tries() -> None:
    assert must_ask(1, is_final=True)
    assert [tries for tries in range(1, 8) if must_ask(tries, is_final=False)] == [5, 6, 7]


@pytest.mark.parametrize(
    ("state", "tray_order_id", "reason"),
    [
        ("authorised", 7001, None),
        ("authorised", None, "não veio de uma Loja"),
        ("cancelled", 7001, "não vale mais"),
        ("voided", 7001, "não vale mais"),
        ("unknown", 7001, "autorizada pela SEFAZ"),
        ("signed", 7001, "autorizada pela SEFAZ"),
    ],
)
def test_who_may_send_again(state: str, tray_order_id: int | None, reason: str | None) -> None:
    found = why_not_resend(state=state, tray_order_id=tray_order_id)
    assert (found is None) if reason is None else (reason in (found or ""))


@pytest.mark.parametrize(
    ("facts", "reason"), [({"kind": "return"}, "devolução"), ({"environment": "2"}, "homologação")]
)
def test_what_is_no_sale_that_counts_does_not_go_to_tray(facts: dict[str, str], reason: str) -> None:
    assert reason in (why_not_resend(state="authorised", tray_order_id=7001, **facts) or "")


INVOICED = [("PAO", "5102"), ("CAFE", "5405"), ("PAO", "6102")]


@pytest.mark.parametrize(
    ("sold", "rows"),
    [
        ([SoldLine(101, 0, ("PAO",)), SoldLine(102, 7, ("CAFE",))], [CfopRow(101, 0, "5102"), CfopRow(102, 7, "5405")]),
        ([SoldLine(101, 0, ("PAO",)), SoldLine(101, 0, ("PAO",))], [CfopRow(101, 0, "5102")]),
        ([SoldLine(900, 0, ("CESTA", "CAFE", "PAO"))], [CfopRow(900, 0, "5405")]),  # a kit: as its components
        ([SoldLine(103, 0, ("BOLO",)), SoldLine(104, 0, ())], []),
        ([], []),
    ],
)
def test_each_thing_sold_has_the_cfop_it_was_invoiced_under(sold: list[SoldLine], rows: list[CfopRow]) -> None:
    assert list(cfops_of(INVOICED, sold)) == rows
