"""The far side fails: the run ends with clear errors, nothing is lost or doubled, and the next run completes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ahead.pending.models import Kind
from ahead.stores.models import Connection, RequestBudget, Store
from ahead.sync.connecting import check_connection, finish_connection
from ahead.sync.models import EventKind, RunState, SweepState
from sync_stage import BY, Stage, assert_complete

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("code", "word"), [(1001, "bloqueada"), (1002, "inativa"), (1003, "cancelada")])
def test_a_store_that_tray_shut_is_reported_and_goes_on_once_it_is_free(
    stage: Stage, orders: list[int], code: int, word: str
) -> None:
    stage.shop.switches.change({"blocked": code})

    run = stage.sync()

    assert run.state == RunState.FAILED
    error = stage.error(run)
    assert (error.cause, error.turn) == (f"O Tray diz que esta Loja está {word}.", "you")
    assert "Regularize a Loja com o Tray" in error.remedy
    assert f"está {word}" in stage.matter(Kind.STORE_BLOCKED).text
    stage.store.refresh_from_db()
    assert stage.store.connection == Connection.BLOCKED
    assert stage.shop.counters.by_answer[401] <= 2  # it does not knock on and on

    stage.shop.switches.change({"blocked": None})
    assert stage.sync().state == RunState.CLEAN
    stage.store.refresh_from_db()
    assert (stage.store.connection, stage.matters()) == (Connection.CONNECTED, [])
    assert_complete(stage, orders)


def test_a_store_that_is_shut_in_the_middle_keeps_what_was_read(stage: Stage, orders: list[int]) -> None:
    stage.shop.faults.next("GET /orders/:id/complete", "401/1001", times=8, after=3)

    run = stage.sync()

    assert run.state == RunState.WITH_ERRORS
    assert run.orders_imported <= 3  # several are asked for at once: who is refused first decides
    assert "bloqueada" in stage.error(run).cause
    stage.shop.faults.clear()
    assert stage.sync().state == RunState.CLEAN
    assert_complete(stage, orders)


def test_dead_tokens_are_replaced_by_the_code(stage: Stage, orders: list[int]) -> None:
    stage.shop.tokens.by_access.clear()
    stage.shop.tokens.by_refresh.clear()
    assert stage.sync().state == RunState.CLEAN
    assert_complete(stage, orders)


def test_when_the_code_is_dead_too_a_person_connects_again_and_it_heals(stage: Stage, orders: list[int]) -> None:
    stage.shop.tokens.revoke()

    run = stage.sync()

    assert run.state == RunState.FAILED
    error = stage.error(run)
    assert (error.cause, error.turn) == ("O Tray não aceita mais a autorização desta Loja.", "you")
    assert "«Conectar de novo»" in error.remedy
    assert "não aceita mais a autorização" in stage.matter(Kind.STORE_REAUTHORISE).text
    stage.store.refresh_from_db()
    assert stage.store.connection == Connection.REAUTHORISE
    before = stage.shop.counters.total
    again = stage.sync()
    assert (again.state, stage.shop.counters.total) == (RunState.FAILED, before)
    assert "Conecte a Loja ao Tray" in stage.error(again).cause

    api = f"{stage.address}/lojas/padaria/web_api"
    code, now = stage.shop.authorise(), datetime.now(UTC)
    finish_connection(stage.company, stage.store.pk, code=code, api_address=api, by=BY, now=now)
    assert stage.sync().state == RunState.CLEAN
    assert stage.matters() == []
    assert_complete(stage, orders)


def test_a_token_that_expires_between_two_pages_is_refreshed_and_nothing_is_read_twice(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350", on_hand=1000)
    for _ in range(60):
        stage.shop.place_order(items=[(at_tray, 1)])
    stage.shop.faults.next("GET /orders", "401/1000", after=1)
    run = stage.sync()
    assert (run.state, run.orders_imported) == (RunState.CLEAN, 60)
    assert stage.shop.counters.by_route["GET /auth"] == 1


def test_a_refresh_whose_answer_was_lost_is_made_good_by_the_code(stage: Stage, orders: list[int]) -> None:
    stage.shop.expire_tokens()
    stage.shop.faults.next("GET /auth", "empty")
    assert stage.sync().state == RunState.CLEAN
    assert_complete(stage, orders)


def _slow_clock(stage: Stage) -> None:
    """Let Tray ask for one second of patience only: its minute is always about to end."""
    stage.shop.switches.change({"retry_after": True})
    at = datetime.now(UTC).replace(second=59, microsecond=0)
    stage.box.clock = lambda: at


def test_one_429_is_waited_out(stage: Stage, orders: list[int]) -> None:
    _slow_clock(stage)
    stage.shop.faults.next("GET /orders/:id/complete", "429")
    assert stage.sync().state == RunState.CLEAN
    assert_complete(stage, orders)


def test_a_storm_of_429_ends_the_run_and_the_next_one_completes(stage: Stage, orders: list[int]) -> None:
    _slow_clock(stage)
    stage.shop.faults.next("GET /orders/:id/complete", "429", times=100, after=2)

    run = stage.sync()

    assert run.state == RunState.WITH_ERRORS
    assert run.orders_imported <= 2
    error = stage.error(run)
    assert (error.cause, error.turn) == ("O Tray pediu para esperar (excesso de requisições).", "us")
    assert "continuamos na próxima sincronização" in error.remedy
    stage.shop.faults.clear()
    assert stage.sync().state == RunState.CLEAN
    assert_complete(stage, orders)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [("504", "O Tray falhou (504)."), ("empty", "O Tray falhou (200)."), ("html-200", "O Tray falhou (200).")],
)
def test_an_order_that_tray_cannot_show_is_left_for_the_next_run(
    stage: Stage, orders: list[int], kind: str, cause: str
) -> None:
    stage.shop.faults.next(f"/orders/{orders[2]}/complete", kind, times=4)

    run = stage.sync()

    assert (run.state, run.orders_imported, stage.due()) == (RunState.WITH_ERRORS, 7, 1)
    error = stage.error(run)
    assert (error.cause, error.turn) == (cause, "tray")
    assert f"Pedido {orders[2]} do Tray" in error.text
    assert "na próxima sincronização" in error.remedy
    assert stage.sync().state == RunState.CLEAN
    assert_complete(stage, orders)


def test_a_tray_that_is_down_ends_the_run_soon(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350", on_hand=100, price="39.90")
    orders = [stage.shop.place_order(items=[(at_tray, 1)]).id for _ in range(60)]
    stage.shop.faults.rate("504", 1.0, "GET /orders/:id/complete")

    run = stage.sync()

    assert (run.state, run.orders_imported) == (RunState.WITH_ERRORS, 0)
    assert stage.shop.counters.by_route["GET /orders/:id/complete"] <= 4 * 20
    last = stage.events(run, EventKind.ERROR)[-1]
    assert (last.key, last.cause, last.turn) == ("run", "O Tray não está respondendo.", "tray")
    stage.shop.faults.clear()
    assert stage.sync().state == RunState.CLEAN
    assert_complete(stage, orders)


def test_when_the_first_page_cannot_be_read_the_run_could_not_be_made(stage: Stage, orders: list[int]) -> None:
    stage.sync()
    stage.shop.faults.next("GET /orders", "504", times=4)
    run = stage.sync()
    assert (run.state, stage.error(run).turn) == (RunState.FAILED, "tray")
    assert stage.sync().state == RunState.CLEAN


def test_a_catalogue_that_cannot_be_read_does_not_hold_up_the_orders(stage: Stage, orders: list[int]) -> None:
    stage.shop.faults.next("GET /products", "504", times=4)
    run = stage.sync()
    assert (run.state, run.orders_imported) == (RunState.WITH_ERRORS, 8)
    assert "O catálogo da Loja não pôde ser lido" in stage.error(run).text
    assert stage.sync().state == RunState.CLEAN
    assert SweepState.objects.of(stage.company).get(store=stage.store).catalogue_read_at is not None


def test_a_page_that_fails_in_the_middle_leaves_the_window_open(stage: Stage) -> None:
    _, at_tray = stage.add_product("CAN-350", on_hand=1000)
    for _ in range(120):
        stage.shop.place_order(items=[(at_tray, 1)])
    stage.shop.faults.next("GET /orders", "504", times=4, after=1)

    run = stage.sync()

    state = SweepState.objects.of(stage.company).get(store=stage.store)
    assert (run.state, state.closed_through, state.high_water_at) == (RunState.FAILED, None, None)
    again = stage.sync()
    assert (again.orders_imported, again.tray_total, again.held_total) == (120, 120, 120)


@pytest.mark.parametrize("kind", ["timeout-after-commit", "500-but-done", "empty"])
def test_a_status_whose_answer_was_lost_is_not_set_twice_in_effect(stage: Stage, orders: list[int], kind: str) -> None:
    stage.shop.switches.change({"hang_seconds": 0.0})
    stage.shop.faults.next(f"/orders/{orders[0]}", kind, times=4)

    run = stage.sync()

    assert (run.state, stage.error(run).key) == (RunState.WITH_ERRORS, f"status:{orders[0]}")
    assert stage.error(run).turn == "tray"
    assert stage.sync().state == RunState.CLEAN
    assert len([write for write in stage.writes("PUT /orders") if write[1] == orders[0]]) == 4  # the tries of one
    assert_complete(stage, orders)


@pytest.mark.parametrize("kind", ["timeout-after-commit", "504"])
def test_a_stock_write_whose_answer_was_lost_is_made_again(stage: Stage, kind: str) -> None:
    _, at_tray = stage.add_product("CAN-350", on_hand=30, at_tray=12)
    stage.shop.switches.change({"hang_seconds": 0.0})
    stage.shop.faults.next("PUT /products/:id", kind, times=4)

    run = stage.sync()

    error = stage.error(run)
    assert (run.state, error.turn, error.before, error.after) == (RunState.WITH_ERRORS, "tray", 12, 30)
    again = stage.sync()
    assert (again.state, again.stock_updated, stage.shop.product_stock(at_tray.id)) == (RunState.CLEAN, 1, 30)
    assert stage.sync().stock_updated == 0


def test_a_quantity_that_tray_saved_in_silence_is_set_back_when_ours_went_back(stage: Stage) -> None:
    ours, at_tray = stage.add_product("CAN-350", on_hand=30)
    stage.sync()
    _count(stage, ours, 20)
    stage.shop.switches.change({"hang_seconds": 0.0})
    stage.shop.faults.next("PUT /products/:id", "timeout-after-commit", times=4)
    stage.sync()
    assert stage.shop.product_stock(at_tray.id) == 20  # saved, but we were never told
    _count(stage, ours, 30)  # what was confirmed last is right again: for all we know nothing differs

    stage.sync()

    assert stage.shop.product_stock(at_tray.id) == 30


def test_nor_is_it_forgotten_when_the_write_that_would_set_it_back_fails(stage: Stage) -> None:
    ours, at_tray = stage.add_product("CAN-350", on_hand=3)
    stage.sync()
    _count(stage, ours, 5)
    stage.shop.faults.next("PUT /products/:id", "500-but-done", times=4)
    stage.sync()
    assert stage.shop.product_stock(at_tray.id) == 5  # saved, but we were never told
    _count(stage, ours, 3)
    stage.shop.faults.next("PUT /products/:id", "500", times=4)
    stage.sync()  # sends what Tray confirmed last, in vain

    again = stage.sync()

    assert (again.stock_updated, stage.shop.product_stock(at_tray.id)) == (1, 3)
    assert stage.sync().stock_updated == 0


def _count(stage: Stage, product: Any, counted: int) -> None:
    from ahead.stock.operations import count_stock

    count_stock(
        company=stage.company, product_id=product.pk, warehouse_id=stage.warehouse.pk, counted=counted, by=BY,
        now=datetime.now(UTC),
    )  # fmt: skip


def test_a_spent_quota_ends_the_run_and_the_next_day_completes_it(stage: Stage, orders: list[int]) -> None:
    stage.sync()
    more = [stage.shop.place_order(items=[(next(iter(stage.shop.products.values())), 1)]).id for _ in range(8)]
    used = RequestBudget.objects.of(stage.company).get(store=stage.store).used_today
    rows = Store.objects.of(stage.company).filter(pk=stage.store.pk)
    rows.update(requests_per_day=used + 5)

    run = stage.sync()

    assert run.state == RunState.WITH_ERRORS
    assert (run.orders_imported <= 4, run.requests_left_today) == (True, 0)
    error = stage.error(run)
    assert (error.cause, error.turn) == ("A cota diária de requisições da Loja no Tray acabou.", "us")
    assert "continua amanhã" in error.remedy
    rows.update(requests_per_day=10_000)
    stage.store.refresh_from_db()
    assert stage.sync().state == RunState.CLEAN
    assert_complete(stage, orders + more)


def test_testing_the_connection_says_how_it_stands_and_heals_it(stage: Stage) -> None:
    stage.shop.switches.change({"blocked": 1001})
    answer = check_connection(stage.company, stage.store.pk, now=datetime.now(UTC))
    assert (answer.ok, answer.text) == (False, "O Tray diz que esta Loja está bloqueada.")
    assert "Regularize" in answer.remedy
    stage.shop.switches.change({"blocked": None})
    answer = check_connection(stage.company, stage.store.pk, now=datetime.now(UTC))
    assert (answer.ok, "Conectada a" in answer.text) == (True, True)
    stage.store.refresh_from_db()
    assert stage.store.connection == Connection.CONNECTED


@pytest.mark.parametrize("character", ["\x00", "\ud83d"])
def test_a_character_that_no_database_keeps_stops_nothing(shelf: Stage, character: str) -> None:
    """Of a product, of a status, of a buyer and of the document of the order that is kept."""
    shelf.sold(0).fields["name"] = f"Caneca {character}"
    shelf.shop.status("A ENVIAR").fields["description"] = f"pago {character}"
    placed = shelf.shop.place_order(items=[(shelf.sold(0), 1)], customer={"name": f"Maria {character}"})
    shelf.shop.orders[placed.id].fields["customer_note"] = f"presente {character}"

    run = shelf.sync()

    assert (run.state, shelf.order(placed.id).state) == (RunState.CLEAN, "open")
    assert shelf.order(placed.id).customer_note in {"presente", "presente \ufffd"}


def test_a_defect_that_the_catalogue_meets_is_told_and_orders_come_in(shelf: Stage) -> None:
    shelf.sync()
    shelf.sold(0).fields["stock"] = "99999999999999999999"  # no column holds it
    shelf.age_sweep(days=2)
    placed = shelf.shop.place_order(items=[(shelf.sold(1), 1)])

    run = shelf.sync()

    assert (run.state, shelf.order(placed.id).state) == (RunState.WITH_ERRORS, "open")
    error = shelf.error(run)
    assert (error.text, error.turn) == ("O catálogo da Loja não pôde ser lido", "us")
    assert error.cause.startswith("Erro inesperado no AHEAD (")
