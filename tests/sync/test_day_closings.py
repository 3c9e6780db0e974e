"""A day is proven complete: Tray's list beside ours, id by id; what differs is found, said, and mended if it can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from closing_stage import (
    LISTS,
    ask_again,
    closing,
    difference,
    differences,
    first_day_is_over,
    forget,
    place,
    yesterday,
)
from notes_stage import foreign_invoice, issue

from ahead.fiscal.models import Nota
from ahead.orders.models import Order
from ahead.orders.operations import cancel_order
from ahead.stores.models import RequestBudget, Store
from ahead.sync import closings
from ahead.sync.models import DayClosing, DayDifference, DayState, OrderSighting, RunState, Step, SyncRun
from sync_stage import Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)
BY = "ana@padaria.example"


@pytest.fixture
def product(stage: Stage) -> Any:
    """A product that both sides know, as Tray has it."""
    return stage.add_product("CAN-350", on_hand=10_000, price="39.90")[1]


@pytest.fixture
def day(stage: Stage, product: Any) -> list[int]:
    """Three orders of yesterday that are here, on a day that is over and not closed yet."""
    placed = place(stage, product, 3)
    first_day_is_over(stage)
    stage.sync()
    ask_again(stage)
    return placed


def test_the_first_day_of_a_store_costs_nothing_more_and_is_open(stage: Stage, product: Any) -> None:
    place(stage, product, 2)
    stage.sync()
    assert [row.state for row in DayClosing.objects.of(stage.company)] == [DayState.OPEN]
    assert stage.shop.counters.by_route[LISTS] == 1  # the sweep


def test_a_day_that_is_over_is_closed_by_the_next_sync_and_the_past_with_it(stage: Stage, product: Any) -> None:
    place(stage, product, 2)
    place(stage, product, 1, day=yesterday() - timedelta(days=3))
    first_day_is_over(stage)
    stage.sync()

    yesterdays = closing(stage)
    assert (yesterdays.state, yesterdays.tray_orders, yesterdays.held_orders) == (DayState.BALANCED, 2, 2)
    assert (yesterdays.tray_total, yesterdays.held_total) == (Decimal("79.80"), Decimal("79.80"))
    assert closing(stage, yesterday() - timedelta(days=3)).state == DayState.BALANCED
    done = DayClosing.objects.of(stage.company).filter(state=DayState.BALANCED)
    assert done.count() == 10  # so many in one run; the rest of the past by the next ones
    stage.sync()
    assert done.count() == (yesterday() - stage.store.import_from).days + 1  # 20, or 19 late in the evening


def test_a_closed_day_is_not_asked_for_again(stage: Stage, day: list[int]) -> None:
    for _ in range(3):
        stage.sync()
    stage.shop.counters.reset()
    stage.sync()
    assert stage.shop.counters.by_route[LISTS] == 1  # the sweep


def test_a_hundred_and_twenty_orders_cost_three_requests(stage: Stage, product: Any) -> None:
    place(stage, product, 120)
    stage.sync()
    closings.ask_check(stage.store, [yesterday()], by=BY, now=datetime.now(UTC))
    stage.sync()
    assert (closing(stage).requests, closing(stage).tray_orders) == (3, 120)


def test_an_order_that_no_sweep_ever_showed_is_found_and_read_by_the_same_run(stage: Stage, day: list[int]) -> None:
    forget(stage, day[1])
    run = stage.sync()

    assert [order.tray_id for order in stage.orders()] == day
    assert closing(stage).state == DayState.REPAIRED
    assert (differences(stage), differences(stage, is_open=None)) == ([], [("missing", day[1])])
    came_in, settled = stage.order(day[1]), DayDifference.objects.of(stage.company).get()
    assert (settled.order_id, settled.order_number) == (came_in.pk, came_in.number)
    assert run.state == RunState.CLEAN
    assert_books_balance(stage.company)


def test_an_order_that_was_seen_and_never_taken_in_is_found_and_read(stage: Stage, day: list[int]) -> None:
    sighting = OrderSighting.objects.of(stage.company).get(tray_id=day[0])
    forget(stage, day[0])
    sighting.pk = None
    sighting.save(force_insert=True)  # seen, nothing due, not here: what no step would ever look at again
    stage.shop.set_order_status(day[0], "A ENVIAR")
    OrderSighting.objects.of(stage.company).filter(tray_id=day[0]).update(due="")

    stage.sync()

    assert stage.order(day[0]).state == "open"
    assert differences(stage) == []


def test_an_order_that_cannot_be_read_stays_a_difference_with_its_cause(stage: Stage, day: list[int]) -> None:
    forget(stage, day[1])
    stage.shop.faults.next(f"GET /orders/{day[1]}/complete", "500", times=40)
    stage.sync()

    found = difference(stage)
    assert (found.kind, found.tray_id, found.turn) == ("missing", day[1], "us")
    assert closing(stage).state == DayState.DIFFERENCES
    stage.shop.faults.clear()
    stage.sync()
    assert (differences(stage), closing(stage).state) == ([], DayState.REPAIRED)


def test_an_order_deleted_at_tray_waits_for_a_person(stage: Stage, day: list[int]) -> None:
    stage.shop.delete_order(day[2])
    stage.sync()

    found = difference(stage)
    assert (found.kind, found.tray_id, found.turn, found.at_tray) == ("only_here", day[2], "you", "apagado")
    assert stage.matter("order_gone")
    cancel_order(stage.company, stage.order(day[2]).pk, by=BY, now=datetime.now(UTC), why="apagado no Tray")
    DayClosing.objects.of(stage.company).update(compared_at=datetime.now(UTC) - timedelta(hours=2))
    stage.sync()
    assert (differences(stage), closing(stage).state) == ([], DayState.REPAIRED)
    assert (closing(stage).tray_orders, closing(stage).held_orders) == (2, 2)


def test_an_order_of_ours_that_tray_never_had_is_found(stage: Stage, day: list[int]) -> None:
    Order.objects.of(stage.company).filter(tray_id=day[0]).update(tray_id=987_654)
    stage.sync()
    assert differences(stage) == [("only_here", 987_654)]
    assert [order.tray_id for order in stage.orders()] == [*day, 987_654]  # the true one was read again


def test_a_cancellation_that_no_sweep_showed_is_taken_in(stage: Stage, day: list[int]) -> None:
    stage.shop.set_order_status(day[0], "CANCELADO")
    row = stage.shop.orders[day[0]]
    row.fields["modified"] = f"{(yesterday() - timedelta(days=9)).isoformat()} 08:00:00"  # Tray dates it back
    stage.sync()

    assert stage.order(day[0]).state == "cancelled"
    found = closing(stage)
    assert (found.state, found.tray_cancelled, found.held_cancelled, found.tray_orders) == (
        DayState.REPAIRED, 1, 1, 2,
    )  # fmt: skip
    assert_books_balance(stage.company)


def test_what_was_cancelled_here_only_waits_for_a_person_and_may_be_accepted(stage: Stage, day: list[int]) -> None:
    cancel_order(stage.company, stage.order(day[1]).pk, by=BY, now=datetime.now(UTC), why="pedido do cliente")
    stage.sync()

    found = difference(stage)
    assert (found.kind, found.turn, found.here) == ("cancelled_here", "you", "cancelado")
    with pytest.raises(closings.CannotClose, match="Diga por que"):
        closings.accept_difference(stage.company, found.pk, why=" ", by=BY, now=datetime.now(UTC))
    closings.accept_difference(stage.company, found.pk, why="Combinado com a Loja", by=BY, now=datetime.now(UTC))
    ask_again(stage)
    stage.sync()
    assert (differences(stage), closing(stage).state) == ([], DayState.REPAIRED)

    stage.move(day[1], "A ENVIAR VINDI")  # another fact than the one that was accepted
    stage.sync()
    assert differences(stage) == [("cancelled_here", day[1])]


def test_a_total_that_differs_is_read_again(stage: Stage, day: list[int]) -> None:
    Order.objects.of(stage.company).filter(tray_id=day[2]).update(total=Decimal("1.00"))
    stage.sync()
    assert stage.order(day[2]).total == Decimal("39.90")
    assert (differences(stage), differences(stage, is_open=None)) == ([], [("total", day[2])])


def test_an_order_that_was_edited_after_its_nota_waits_for_a_person(stage: Stage, day: list[int]) -> None:
    issue(stage, day[0])
    Order.objects.of(stage.company).filter(tray_id=day[0]).update(state="invoiced")
    stage.sync()
    stage.edit_lines(day[0], lambda lines: lines[0].update(quantity="2"))
    ask_again(stage)
    stage.sync()
    found = difference(stage)
    assert (found.kind, found.turn, found.at_tray, found.here) == ("total", "you", "R$ 79,80", "R$ 39,90")


def test_a_nota_that_tray_lost_is_delivered_again_once(stage: Stage, day: list[int]) -> None:
    nota = issue(stage, day[0])
    stage.sync()
    assert closing(stage).tray_notas == closing(stage).held_notas == 1
    stage.shop.orders[day[0]].invoices.clear()
    stage.shop.orders[day[0]].fields["has_invoice"] = "0"
    ask_again(stage)
    stage.sync()
    stage.sync()

    assert [invoice["key"] for invoice in stage.shop.orders[day[0]].invoices] == [nota.chave_de_acesso]
    assert (differences(stage), differences(stage, is_open=None)) == ([], [("nota_here", day[0])])


def test_a_nota_of_somebody_else_waits_for_a_person(stage: Stage, day: list[int]) -> None:
    stage.shop.orders[day[1]].invoices.append(foreign_invoice("900"))
    stage.shop.orders[day[1]].fields["has_invoice"] = "1"
    stage.sync()
    found = difference(stage)
    assert (found.kind, found.turn) == ("nota_there", "you")
    assert (closing(stage).tray_notas, closing(stage).held_notas) == (1, 0)


def test_a_nota_that_tray_refused_is_a_difference_until_it_is_sent_again(stage: Stage, day: list[int]) -> None:
    nota = issue(stage, day[0])
    Nota.objects.of(stage.company).filter(pk=nota.pk).update(
        delivery="failed", delivery_due_at=None, delivery_problem="valor inválido"
    )
    stage.sync()
    assert (difference(stage).kind, difference(stage).turn) == ("nota_here", "you")
    closings.repair_day(stage.company, closing(stage).pk, by=BY, now=datetime.now(UTC))
    stage.sync()
    assert (differences(stage), closing(stage).state) == ([], DayState.REPAIRED)


def test_what_is_not_to_be_imported_is_counted_and_is_no_difference(stage: Stage, product: Any) -> None:
    place(stage, product, 2)
    place(stage, product, 3, status="AGUARDANDO PAGAMENTO")
    place(stage, product, 1, status="CANCELADO")
    stage.sync()
    closings.ask_check(stage.store, [yesterday()], by=BY, now=datetime.now(UTC))
    stage.sync()
    found = closing(stage)
    assert (found.state, found.tray_orders, found.held_orders) == (DayState.BALANCED, 2, 2)
    assert (found.not_wanted, found.never_taken_in) == (3, 1)


def test_a_late_edit_has_a_balanced_day_compared_again_without_a_request(stage: Stage, day: list[int]) -> None:
    stage.sync()
    stage.sync()
    before = closing(stage)
    stage.edit_lines(day[0], lambda lines: lines[0].update(quantity="2"))
    stage.shop.counters.reset()
    stage.sync()
    after = closing(stage)
    assert (after.state, after.held_total) == (DayState.BALANCED, before.held_total + Decimal("39.90"))
    assert after.read_at == before.read_at
    assert after.compared_at
    assert before.compared_at
    assert after.compared_at > before.compared_at


def test_who_dies_in_the_middle_of_a_closing_loses_nothing(stage: Stage, day: list[int]) -> None:
    forget(stage, day[0])
    stage.shop.delete_order(day[2])

    class Died(BaseException):
        """The process is gone."""

    def die(run: SyncRun) -> None:
        if run.step == Step.CLOSING:
            raise Died

    for _ in range(3):
        with pytest.raises(Died):
            stage.sync(listener=die)
    stage.sync()
    assert (differences(stage), stage.order(day[0]).state) == ([("only_here", day[2])], "open")
    assert_books_balance(stage.company)


def test_a_day_whose_list_cannot_be_read_stays_due_and_holds_up_nothing(stage: Stage, day: list[int]) -> None:
    stage.shop.faults.next(LISTS, "500", after=1, times=8)  # the sweep's page is let through
    run = stage.sync()
    assert closing(stage).is_read_due
    assert closing(stage).problem
    assert run.state == RunState.WITH_ERRORS
    stage.shop.faults.clear()
    stage.sync()
    assert (closing(stage).state, closing(stage).problem) == (DayState.BALANCED, "")


def test_the_last_tenth_of_the_quota_is_left_to_orders(stage: Stage, day: list[int]) -> None:
    Store.objects.of(stage.company).update(requests_per_day=1_000)
    before = closing(stage).read_at
    RequestBudget.objects.of(stage.company).update(used_today=930)
    stage.sync()
    assert (closing(stage).is_read_due, closing(stage).read_at) == (True, before)
    RequestBudget.objects.of(stage.company).update(used_today=0)
    stage.sync()
    assert (closing(stage).is_read_due, closing(stage).read_at == before) == (False, False)


def test_differences_are_looked_for_ever_more_seldom(stage: Stage, day: list[int]) -> None:
    stage.shop.delete_order(day[2])
    stage.sync()
    first = closing(stage)
    assert first.next_read_at
    assert first.next_read_at - first.read_at == timedelta(hours=1)
    stage.sync()
    assert closing(stage).read_at == first.read_at
    DayClosing.objects.of(stage.company).filter(pk=first.pk).update(next_read_at=datetime.now(UTC))
    stage.sync()
    again = closing(stage)
    assert again.next_read_at
    assert again.next_read_at - again.read_at == timedelta(hours=3)


def test_another_companys_day_is_out_of_reach(stage: Stage, day: list[int], outra: Any) -> None:
    stage.shop.delete_order(day[2])
    stage.sync()
    with pytest.raises(DayClosing.DoesNotExist):
        closings.repair_day(outra, closing(stage).pk, by=BY, now=datetime.now(UTC))
    with pytest.raises(DayDifference.DoesNotExist):
        closings.accept_difference(outra, difference(stage).pk, why="x", by=BY, now=datetime.now(UTC))


def test_a_day_before_the_first_one_cannot_be_asked_for(stage: Stage) -> None:
    with pytest.raises(closings.CannotClose, match="importa desde"):
        closings.ask_check(stage.store, [stage.store.import_from - timedelta(days=1)], by=BY, now=datetime.now(UTC))
