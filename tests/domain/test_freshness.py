"""How fresh each flow is: judged by runs, measured by what they brought."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.accounts.models import Company
from ahead.catalog.models import Product
from ahead.stock.models import Balance, Warehouse
from ahead.stock.operations import count_stock
from ahead.stores.models import Store
from ahead.sync.models import OrderSighting, RunState, Step
from ahead.watch.flow_queries import FlowLine, flows
from ahead.watch.flows import STEP_OF, STEPS, flow_of, good_flows, lateness, passed_flows
from ahead.watch.freshness import keep_fresh
from ahead.watch.metrics import families
from ahead.watch.models import Flow, Freshness
from order_making import make_event, make_order, make_run

ALL = set(STEP_OF)
AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def test_the_flows_of_the_rules_are_those_of_the_table_in_order() -> None:
    assert list(STEP_OF) == Flow.values
    assert list(STEPS) == Step.values


@pytest.mark.parametrize(
    ("step", "keys", "good"),
    [
        (Step.DONE, [], ALL),
        (Step.CATALOGUE, ["order:7001"], ALL - {"orders"}),
        (Step.CATALOGUE, ["order:7001:held"], ALL),
        (Step.CATALOGUE, ["status:7", "nota-status:9"], ALL - {"statuses", "notes"}),
        (Step.CATALOGUE, ["variant:4"], ALL - {"stock"}),
        (Step.CATALOGUE, ["centers:stock", "listing:3:prices"], ALL - {"stock", "catalogue"}),
        (Step.CATALOGUE, ["price-brake"], ALL - {"catalogue"}),
        (Step.CONNECT, ["run"], set()),
        (Step.SWEEP, ["run"], set()),
        (Step.NOTES, ["run", "order:1"], {"cancellations", "statuses"}),
        (Step.STOCK, ["run", "brake"], {"orders", "cancellations", "statuses", "notes"}),
        (Step.CLOSING, ["run"], ALL - {"catalogue"}),
    ],
)
def test_a_run_says_which_flows_are_in_order(step: str, keys: list[str], good: set[str]) -> None:
    assert good_flows(passed_flows(step, keys, is_brief=False), keys) == good


def test_a_brief_run_says_nothing_of_the_catalogue() -> None:
    assert passed_flows(Step.DONE, [], is_brief=True) == ALL - {"catalogue"}


def test_a_stop_is_the_fault_of_no_flow() -> None:
    assert flow_of("run") is None
    assert flow_of("something-new:1") == "catalogue"


@given(st.lists(st.integers(-5, 100_000), min_size=1, max_size=200))
def test_half_is_no_later_than_p50_and_nineteen_of_twenty_no_later_than_p95(seconds: list[int]) -> None:
    found = lateness((AT + timedelta(seconds=one), AT) for one in seconds)
    assert found is not None
    late = [max(one, 0) for one in seconds]
    for value, share in ((found.p50, 0.50), (found.p95, 0.95)):
        assert value in late
        assert sum(one <= value for one in late) >= share * len(late)
        assert sum(one < value for one in late) < share * len(late)
    assert found.samples == len(late)


def test_nothing_measured_is_no_zero() -> None:
    assert lateness([]) is None


# ── the look after a run ───────────────────────────────────────────────────────────────────────────────────


def line(company: Company, flow: Flow) -> FlowLine:
    [store] = flows(company)
    return next(one for one in store.lines if one.flow == flow)


def test_after_a_run_the_flows_it_did_are_fresh_and_the_others_as_they_were(loja: Store, now: datetime) -> None:
    first = make_run(loja, now - timedelta(hours=2))
    assert keep_fresh([loja.company_id], now=now) == 1
    assert keep_fresh([loja.company_id], now=now) == 0, "it was judged"
    second = make_run(loja, now - timedelta(hours=1), state=RunState.WITH_ERRORS, step=Step.CATALOGUE, errors=1)
    make_event(second, "error", "variant:7", "Estoque")
    make_run(loja, now, state=RunState.RUNNING, finished_at=None)
    make_run(loja, now, is_dry=True)

    assert keep_fresh([loja.company_id], now=now) == 1

    assert line(loja.company, Flow.STOCK).good_at == first.finished_at
    assert line(loja.company, Flow.ORDERS).good_at == second.finished_at


def test_lateness_is_of_the_last_day_and_of_what_has_a_cause(loja: Store, now: datetime) -> None:
    old = make_run(loja, now - timedelta(hours=30), orders_imported=1)
    make_event(old, "order_imported", "order:1", "a", since=now - timedelta(hours=39))
    run = make_run(loja, now - timedelta(minutes=5), orders_imported=4)
    for number, minutes in enumerate((1, 2, 60), start=2):
        make_event(run, "order_imported", f"order:{number}", "a", since=run.started_at - timedelta(minutes=minutes))
    make_event(run, "order_imported", "order:9", "a", since=None)
    keep_fresh([loja.company_id], now=now)

    orders = line(loja.company, Flow.ORDERS)
    assert (orders.p50_seconds, orders.p95_seconds, orders.samples) == (120, 3600, 3)
    assert line(loja.company, Flow.STOCK).samples == 0

    make_run(loja, now + timedelta(hours=25))
    keep_fresh([loja.company_id], now=now + timedelta(hours=26))
    assert line(loja.company, Flow.ORDERS).samples == 0, "a day without orders has no lateness"


def test_what_waits_is_counted_since_the_oldest(
    loja: Store, make_product: Callable[..., Product], deposito: Warehouse, now: datetime
) -> None:
    company: Any = loja.company
    facts = {"company": company, "store": loja, "seen_at": now}
    for tray_id, due, hours in ((1, "read", 3), (2, "read", 1), (3, "cancel", 2), (4, "", 9)):
        OrderSighting.objects.create(tray_id=tray_id, due=due, modified_at=now - timedelta(hours=hours), **facts)
    make_order(loja, now - timedelta(hours=5), is_acknowledgement_due=True)

    for flow, count, hours in ((Flow.ORDERS, 2, 3), (Flow.CANCELLATIONS, 1, 2), (Flow.STATUSES, 1, 5)):
        heap = line(company, flow).waiting
        assert heap is not None
        assert (heap.count, heap.since) == (count, now - timedelta(hours=hours))
    assert line(company, Flow.NOTES).waiting is None


def test_free_stock_that_changes_says_since_when(
    padaria: Company, make_product: Callable[..., Product], deposito: Warehouse, now: datetime
) -> None:
    bread = make_product(padaria, on_hand=5)
    before = Balance.objects.of(padaria).get(product=bread)
    assert before.changed_at == now

    later = now + timedelta(hours=1)
    count_stock(
        company=padaria, product_id=bread.pk, warehouse_id=deposito.pk, counted=5, reason="", by="ana", now=later
    )
    assert Balance.objects.of(padaria).get(product=bread).changed_at == now, "counted, and found as it was"
    count_stock(
        company=padaria, product_id=bread.pk, warehouse_id=deposito.pk, counted=4, reason="", by="ana", now=later
    )
    assert Balance.objects.of(padaria).get(product=bread).changed_at == later


def test_the_figures_name_a_store_by_its_numbers_and_only_where_that_is_wanted(
    loja: Store, now: datetime, settings: Any
) -> None:
    make_run(loja, now)
    keep_fresh([loja.company_id], now=now)
    names = {family.name for family in families(now=now)}
    assert {"ahead_stores", "ahead_alerts_open", "ahead_flow_good_timestamp_seconds"} <= names
    assert "ahead_store_flow_good_timestamp_seconds" not in names

    settings.METRICS_OF_STORES = True
    samples = [one for family in families(now=now) for one in family.samples]
    [found] = {
        (one.labels["company"], one.labels["store"])
        for one in samples
        if one.name == "ahead_store_flow_good_timestamp_seconds"
    }
    assert found == (str(loja.company_id), str(loja.code))
    assert Freshness.objects.of(loja.company_id).count() == len(Flow)
