"""Random histories: the promises hold whatever happens, and in whatever order."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

import pytest
from crash_histories import Histories
from crash_killing import Doorway
from crash_story import new_company
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ahead.sandbox.tray import TraySandbox, serve
from ahead.stock.operations import create_warehouse
from ahead.sync.models import RunState
from sync_stage import BY, Stage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1_800)]
EXAMPLES = int(os.environ.get("HISTORIES", "6"))  # more of them, and other ones each time, if it is set
FEW = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30,
    derandomize="HISTORIES" not in os.environ,
    database=None,
    phases=[Phase.generate, Phase.shrink] if "HISTORIES" in os.environ else [Phase.generate],
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def box() -> TraySandbox:
    return TraySandbox(seed=3)


@pytest.fixture
def address(box: TraySandbox) -> Iterator[str]:
    with serve(Doorway(box), threads=8) as address:
        yield address


@pytest.fixture
def open_stage(transactional_db: None, box: TraySandbox, address: str) -> Callable[[], Stage]:
    """Open one shop after another, each at a Tray store and a company of its own."""
    numbers = itertools.count(1)

    def open_one() -> Stage:
        number = next(numbers)
        company = new_company(number)
        warehouse = create_warehouse(company=company, name="Depósito", by=BY, now=company.created_at)
        return Stage(box, address, company, warehouse).open_store(
            slug=f"loja-{number}", store_id=800_000 + number, hang_seconds=0.02
        )

    return open_one


def test_the_books_stay_true_in_every_history(open_stage: Callable[[], Stage]) -> None:
    class History(Histories):
        def __init__(self) -> None:
            super().__init__(open_stage())

    run_state_machine_as_test(History, settings=FEW)


def test_an_order_that_was_deleted_at_tray_is_owed_no_status_once_its_sku_is_known(
    open_stage: Callable[[], Stage],
) -> None:
    history = Histories(open_stage())
    stranger = next(one for one in history.stage.shop.products.values() if one.reference == "EXT-1")
    held = history.stage.shop.place_order(items=[(stranger, 1)])
    history.sync()
    history.stage.shop.delete_order(held.id)
    history.deleted += 1
    history.sync()
    history.stage.add_ours("EXT-1")

    run = history.stage.sync()

    assert (run.state, history.stage.errors(run)) == (RunState.CLEAN, [])


def test_a_dry_run_counts_with_the_orders_that_a_link_lets_go_on(open_stage: Callable[[], Stage]) -> None:
    history = Histories(open_stage())
    assert history.stage.matters("unknown_sku")
    history.create_product(at=0, on_hand=9)

    history.sync_after_a_dry_run()
