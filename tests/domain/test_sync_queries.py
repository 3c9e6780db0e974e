"""What is told of syncs: runs, their events, the books of a store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.pending import queries as pending
from ahead.stores import agenda
from ahead.stores.leases import leave_store
from ahead.stores.models import RequestBudget, Store, StoreAgenda
from ahead.stores.triggers import Trigger
from ahead.sync import queries
from ahead.sync.models import RunState, Step, SyncRun
from order_making import make_event, make_order, make_run, make_unknown


def test_lists_runs_latest_first_by_store_state_and_day(
    padaria: Company, outra: Company, loja: Store, now: datetime
) -> None:
    old = make_run(loja, now - timedelta(days=1), state=RunState.WITH_ERRORS, errors=1)
    new = make_run(loja, now)
    assert queries.runs(padaria).rows == [new, old]
    assert queries.runs(padaria, state="with_errors").rows == [old]
    assert queries.runs(padaria, started_from=date(2026, 11, 24)).rows == [new]
    assert queries.runs(padaria, started_to=date(2026, 11, 23)).rows == [old]
    assert queries.runs(padaria, store_id=loja.pk + 1).rows == []
    assert queries.runs(outra).rows == []
    with pytest.raises(SyncRun.DoesNotExist):
        queries.run(outra, new.pk)


def test_the_log_of_a_run_is_narrowed_counted_and_searched(loja: Store, now: datetime) -> None:
    run = make_run(loja, now)
    stock = make_event(run, "stock_updated", "variant:1", "1001 · Caneca", warehouse="Depósito", before=3, after=2)
    held = make_event(run, "order_held", "order:7", "Pedido 7 retido")
    error = make_event(run, "error", "order:7", "Pedido 7", cause="Sem produto", turn="you")
    assert queries.events(run).rows == [stock, held, error]
    assert queries.events(run, "stock_updated").rows == [stock]
    assert queries.events(run, queries.ORDER_EVENTS).rows == [held]
    assert queries.events(run, search="Depósito").rows == [stock]
    assert queries.events(run, search="Sem produto").rows == [error]
    assert queries.event_counts(run) == {"stock_updated": 1, "order_held": 1, "error": 1}
    assert list(queries.events_for_export(run, "error")) == [error]


def test_says_in_which_steps_a_run_went_wrong_and_whether_it_was_cut_short(loja: Store, now: datetime) -> None:
    run = make_run(loja, now, state=RunState.WITH_ERRORS, step=Step.STOCK, errors=2)
    make_event(run, "error", "order:7", "Pedido 7")
    make_event(run, "error", "variant:7", "Caneca")
    assert queries.steps_with_errors(run) == {"orders", "stock"}
    assert not queries.was_cut_short(run)
    stopped = make_run(loja, now, state=RunState.WITH_ERRORS, step=Step.ORDERS, errors=1)
    make_event(stopped, "error", "run", "A sincronização parou")
    assert queries.steps_with_errors(stopped) == {"orders"}
    assert queries.was_cut_short(stopped)


def test_a_store_stands_waiting_under_way_or_done(loja: Store, now: datetime) -> None:
    agenda = StoreAgenda.objects.of(loja.company_id).filter(store=loja)
    assert not queries.standing(loja, now=now).is_busy
    done = make_run(loja, now - timedelta(hours=1))
    agenda.update(asked=2, taken=1)
    waiting = queries.standing(loja, now=now)
    assert (waiting.is_waiting, waiting.run, waiting.is_busy, waiting.is_under_way) == (True, done, True, False)
    running = make_run(loja, now, state=RunState.RUNNING, finished_at=None)
    agenda.update(taken=2, lease_until=now + timedelta(seconds=30))
    assert queries.standing(loja, now=now).run == running
    assert queries.standing(loja, now=now).is_under_way
    later = queries.standing(loja, now=now + timedelta(minutes=5))
    assert later.is_busy
    assert not later.is_under_way  # its process is gone: asking again helps


def test_a_simulation_that_died_is_not_waited_for(loja: Store, now: datetime) -> None:
    make_run(loja, now, state=RunState.RUNNING, is_dry=True, finished_at=None)
    assert queries.standing(loja, now=now).is_under_way
    assert not queries.standing(loja, now=now + timedelta(minutes=20)).is_busy


def test_the_overview_says_of_each_store_whether_it_is_in_sync(
    padaria: Company, loja: Store, make_store: Callable[..., Store], now: datetime, django_assert_num_queries: Any
) -> None:
    good = make_run(loja, now - timedelta(hours=1))
    bad = make_run(loja, now, state=RunState.WITH_ERRORS, errors=3)
    make_run(loja, now, is_dry=True)
    make_order(loja, now)
    RequestBudget.objects.of(padaria).filter(store=loja).update(day=date(2026, 11, 24), used_today=9_500)
    make_store(padaria, name="Outlet")
    with django_assert_num_queries(5):
        first, second = queries.overview(padaria, now=now)
    assert (first.last_run, first.last_good_run, first.errors, first.orders_today) == (bad, good, 3, 1)
    assert (first.requests_left, first.is_quota_low) == (500, True)
    assert (second.last_run, second.orders_today, second.requests_left) == (None, 0, 10_000)


def test_matters_are_counted_by_kind_and_found_by_what_they_are_about(
    padaria: Company, outra: Company, loja: Store, now: datetime
) -> None:
    variant, matter = make_unknown(loja, now, make_order(loja, now, state="held"))
    (count,) = pending.matters_by_kind(padaria)
    assert (count.kind, count.label, count.how_many) == ("unknown_sku", "Produto do Tray sem vínculo", 1)
    assert pending.matters(padaria, kind="unknown_sku", search="Caneca").rows == [matter]
    assert pending.matters(padaria, turn="tray").rows == []
    assert queries.variant_of(matter) == variant
    assert queries.matters_of_variants(padaria, [variant.pk]) == {variant.pk: matter}
    assert pending.matters_by_kind(outra) == []


def test_an_order_knows_the_runs_that_touched_it(loja: Store, now: datetime) -> None:
    order = make_order(loja, now)
    event = make_event(make_run(loja, now), "order_imported", "order:1", "Importado", order_id=order.pk)
    assert queries.events_of_order(order) == [event]


def test_a_store_whose_run_begins_this_moment_is_not_at_rest(loja: Store, now: datetime) -> None:
    """Between the worker's taking and the first row of the run a page must find one under way, however late it is."""
    agenda.ask_sync(company=loja.company, store_id=loja.pk, by="ana", trigger=Trigger.BUTTON)
    assert queries.standing(loja, now=now).is_waiting
    later = now + timedelta(minutes=9)
    fence = agenda.take(loja.pk, 1, holder="run 1", now=later)
    assert queries.standing(loja, now=later).is_waiting
    run = make_run(loja, later, asked=1, state=RunState.RUNNING, finished_at=None)
    standing = queries.standing(loja, now=later)
    assert (standing.is_waiting, standing.is_under_way) == (False, True)
    SyncRun.objects.of(loja.company).filter(pk=run.pk).update(state=RunState.CLEAN)
    leave_store(loja.pk, token=fence or 0)
    assert not queries.standing(loja, now=later).is_busy
