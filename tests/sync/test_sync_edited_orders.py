"""Orders that change at Tray after they were seen, and settings of the Loja that change: everything follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ahead.pending.models import Kind
from ahead.stores.models import Store
from ahead.sync.models import EventKind, RunState
from sync_stage import Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)


def _swap(stage: Stage) -> Callable[[list[dict[str, Any]]], None]:
    other = stage.sold(1)

    def change(lines: list[dict[str, Any]]) -> None:
        lines[0].update(product_id=str(other.id), reference=other.reference, original_name=other.name)

    return change


@pytest.mark.parametrize(
    ("change", "reserved"),
    [
        (lambda _: lambda lines: lines[0].update(quantity="7"), [("CAN-350", 7), ("COPO-200", 3)]),
        (lambda _: lambda lines: lines[0].update(quantity="1"), [("CAN-350", 1), ("COPO-200", 3)]),
        (lambda _: lambda lines: lines.pop(1), [("CAN-350", 2)]),
        (lambda _: lambda lines: lines.reverse(), [("CAN-350", 2), ("COPO-200", 3)]),
        (_swap, [("COPO-200", 2), ("COPO-200", 3)]),
    ],
    ids=["more", "less", "line removed", "lines changed places", "product swapped"],
)
def test_the_reservation_follows_an_order_that_was_edited_at_tray(
    shelf: Stage, change: Callable[[Stage], Any], reserved: list[tuple[str, int]]
) -> None:
    placed = shelf.shop.place_order(items=[(shelf.sold(0), 2), (shelf.sold(1), 3)])
    shelf.sync()
    shelf.edit_lines(placed.id, change(shelf))

    run = shelf.sync()

    assert (run.state, run.orders_updated, shelf.order(placed.id).state) == (RunState.CLEAN, 1, "open")
    assert shelf.reserved(placed.id) == reserved
    assert shelf.order(placed.id).total == shelf.shop.orders[placed.id].total
    assert_books_balance(shelf.company)


def test_lines_that_share_tray_s_line_id_are_all_kept(shelf: Stage) -> None:
    placed = shelf.shop.place_order(items=[(shelf.sold(0), 2), (shelf.sold(1), 3)])
    shelf.edit_lines(placed.id, lambda lines: lines[1].update(id=lines[0]["id"]))
    shelf.sync()
    shelf.edit_lines(placed.id, lambda lines: lines[1].update(quantity="4"))
    shelf.sync()
    assert shelf.reserved(placed.id) == [("CAN-350", 2), ("COPO-200", 4)]
    assert [item.position for item in shelf.order(placed.id).items.all()] == [1, 2]


def test_an_invoiced_order_is_left_as_it_is_and_only_a_change_of_content_is_reported(shelf: Stage) -> None:
    placed = shelf.shop.place_order(items=[(shelf.sold(0), 1)])
    shelf.sync()
    order = shelf.order(placed.id)
    order.state = order.State.INVOICED
    order.save()
    shelf.move(placed.id, "ENVIADO")  # the way of every order
    shelf.sync()
    assert (shelf.order(placed.id).state, shelf.order(placed.id).tray_status, shelf.matters()) == (
        "invoiced",
        "ENVIADO",
        [],
    )
    shelf.edit_lines(placed.id, lambda lines: lines[0].update(quantity="4"))
    shelf.sync()
    assert "já tem nota e mudou no Tray" in shelf.matter(Kind.ORDER_CHANGED).text
    assert shelf.reserved(placed.id) == [("CAN-350", 1)]


def test_a_status_chosen_later_brings_in_the_orders_that_were_seen_in_it(shelf: Stage) -> None:
    from ahead.stores.models import StatusRole

    placed = shelf.shop.place_order(items=[(shelf.sold(0), 1)], status="EM MONITORAMENTO")
    shelf.sync()
    assert shelf.orders() == []
    shelf.choose({StatusRole.IMPORT: ["A ENVIAR", "EM MONITORAMENTO"]})

    shelf.sync()

    assert shelf.order(placed.id).state == "open"


def test_an_earlier_first_day_brings_in_what_lies_between(shelf: Stage) -> None:
    now = datetime.now(UTC)
    old = (now - timedelta(days=30)).astimezone().strftime("%Y-%m-%d")
    placed = shelf.shop.place_order(items=[(shelf.sold(0), 1)], date=old, modified=f"{old} 12:00:00")
    shelf.sync()
    assert shelf.orders() == []
    Store.objects.of(shelf.company).filter(pk=shelf.store.pk).update(import_from=(now - timedelta(days=40)).date())

    shelf.sync()

    assert shelf.order(placed.id).state == "open"


def test_a_dead_status_of_a_held_order_is_counted_in_the_log(shelf: Stage) -> None:
    shelf.shop.odd_order("multicd-child")
    run = shelf.sync()
    assert len(shelf.events(run, EventKind.ORDER_HELD)) == run.orders_held == 1
