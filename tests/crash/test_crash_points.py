"""
Syncs of three hundred orders with faults on, killed with SIGKILL at seeded points and resumed.

Each history is compared with one of the same story in which nothing failed and nobody died. `CRASH_POINTS` and
`CRASH_SEED` in the environment make it longer, and another one.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from crash_books import Books, assert_promises, books
from crash_killing import Point, Victims, points
from crash_story import begin_faults, events, open_shop
from crash_worker import FAILED, WENT_WELL

from ahead.sandbox.tray import TraySandbox
from ahead.stores.models import StoreAgenda, StoreToken
from ahead.sync.models import RunState
from sync_stage import Stage

pytestmark = [pytest.mark.kill, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1_800)]
HISTORIES = 2
POINTS = int(os.environ.get("CRASH_POINTS", "24")) // HISTORIES
FIRST_SEED = int(os.environ.get("CRASH_SEED", "20261124"))
_numbers = itertools.count(1)
Killable = tuple[TraySandbox, str, Victims]


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + HISTORIES))
def test_a_killed_process_is_resumed_and_all_ends_as_if_nobody_had_died(
    seed: int, make_killable: Callable[[int], Killable]
) -> None:
    expected = undisturbed(seed, *make_killable(seed))
    left, random = POINTS, Random(f"points {seed}")
    for history in itertools.count():
        stage, left = disturbed(seed, history, left, random, *make_killable(seed))
        assert books(stage) == expected
        if not left:
            break


def undisturbed(seed: int, box: TraySandbox, address: str, _: Victims) -> Books:
    """Tell the story with nobody dying and nothing failing."""
    stage = open_shop(box, address, next(_numbers))
    stage.sync()
    for event in events(seed):
        event(stage)
    finish(stage)
    return books(stage)


def disturbed(
    seed: int, history: int, left: int, random: Random, box: TraySandbox, address: str, victims: Victims
) -> tuple[Stage, int]:
    """Tell it with faults and deaths, one event or a few at each; return it with how many deaths are left over."""
    stage = open_shop(box, address, next(_numbers))
    begin_faults(stage, seed + history)
    plan, story = iter(points(random)), iter(events(seed))
    asked, holder = 1, "first"
    while left:
        point = next(plan)
        if point.at.startswith("auth"):
            stage.shop.expire_tokens()
        code = victims.sync(store_id=stage.store.pk, asked=asked, holder=holder, point=point)
        assert code in {None, WENT_WELL, FAILED}, victims.said()
        for event in itertools.islice(story, random.randint(0, 4)):
            event(stage)
        if code is None:
            left -= 1
            holder = next_holder(stage, holder, random)
            continue
        asked += 1
        if code == WENT_WELL:
            break
    stage.shop.faults.clear()
    for event in story:
        event(stage)
    # what the last one left open is resumed before anything new
    assert victims.sync(store_id=stage.store.pk, asked=asked, holder=holder, point=Point()) == WENT_WELL
    finish(stage)
    assert victims.said() == ""
    return stage, left


def next_holder(stage: Stage, holder: str, random: Random) -> str:
    """Mostly the same run is taken up by who had the store; else by another, once the lease is over."""
    over = datetime.now(UTC) - timedelta(seconds=1)
    # who dies while renewing the tokens keeps the others waiting for half a minute: it is over here
    tokens = StoreToken.objects.of(stage.company).filter(store=stage.store, refreshing_until__isnull=False)
    tokens.update(refreshing_until=over)
    if random.random() < 0.75:
        return holder
    StoreAgenda.objects.of(stage.company).filter(store=stage.store).update(lease_until=over)
    return f"another than {holder[-5:]}"


def finish(stage: Stage) -> None:
    """Sync once more with nothing in the way, and hold what every history promises."""
    run = stage.sync(asked=1_000)
    assert (run.state, stage.errors(run)) == (RunState.CLEAN, [])
    assert_promises(stage)
