"""The short form of the fault campaign, and that a seed means the same history each time."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from ahead.sandbox.tray import Store, TraySandbox
from campaign.plan import FULL, SHORT, Fate, make_plan
from campaign.tray_faults import IdentityFaults
from plugins.databases import database_of

SEED = 20261128
HERE = Path(__file__).parent


def history(tmp_path: Path, *options: str) -> str:
    """Live through a short history in processes of its own, and return what was said of it."""
    command = [sys.executable, "-m", "campaign", "--seed", str(SEED), "--scale", "short", "--try-judge", *options]
    path = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    given = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(tmp_path)}
    return subprocess.run(command, env=given, stdout=subprocess.PIPE, check=False, text=True).stdout


@pytest.mark.kill
@pytest.mark.database
@pytest.mark.timeout(1_800)
def test_a_short_history_keeps_every_promise_though_all_fails_and_a_worker_dies(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    options = ["--db", "sqlite"]
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        options = ["--db", "postgres", "--workers", "2", "--database-url", new_database(tmp_path, request)]

    said = history(tmp_path, *options)

    assert "every promise held" in said, said


def new_database(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Make a database of its own in the PostgreSQL of the run."""
    import psycopg

    server, name = request.getfixturevalue("postgres_url"), f"campaign_{tmp_path.name}".lower()[:60]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return database_of(server, name)


def test_a_seed_is_one_history() -> None:
    assert make_plan(7, SHORT, workers=3) == make_plan(7, SHORT, workers=3)
    assert make_plan(7, SHORT, workers=3) != make_plan(8, SHORT, workers=3)


def test_a_full_history_has_all_that_was_promised_of_it() -> None:
    plan = make_plan(SEED, FULL, workers=3)
    fates = [order.fate for order in plan.orders]

    assert len(plan.orders) == 1_000
    assert 2.5 < sum(len(order.lines) for order in plan.orders) / 1_000 < 3.5
    assert {kit: len(parts) for kit, parts in enumerate(plan.kits)} == dict.fromkeys(range(50), 3)
    assert (fates.count(Fate.CANCELLED_BEFORE), fates.count(Fate.CANCELLED_AFTER)) == (50, 50)
    assert fates.count(Fate.EDITED_BEFORE) + fates.count(Fate.EDITED_AFTER) == 50
    assert sum(any(line.kind == "stranger" for line in order.lines) for order in plan.orders) == 20
    assert sum(order.is_other_account for order in plan.orders) == 30
    assert (sum(not kill.is_web for kill in plan.kills), sum(kill.is_web for kill in plan.kills)) == (FULL.kills, 1)


def struck(paths: list[str]) -> dict[str, list[str | None]]:
    """Ask for the paths in this order, and return what became of each of the requests for one path."""
    faults = IdentityFaults(SEED, shop())
    faults.is_on = True
    found: dict[str, list[str | None]] = {}
    for path in paths:
        found.setdefault(path, []).append(faults.strike("GET", path, path, is_list=False))
    return found


def shop() -> Store:
    return TraySandbox(seed=SEED).add_store(slug="loja-1")


def test_what_fails_depends_on_what_is_asked_and_not_on_who_comes_first() -> None:
    paths = [f"/orders/{number}/complete" for number in range(200)]
    one_after_another = struck(list(itertools.chain.from_iterable([path] * 3 for path in paths)))
    in_turn = struck(paths * 3)

    assert one_after_another == in_turn
    failed = [kind for kinds in in_turn.values() for kind in kinds if kind]
    assert 0.02 < len(failed) / 600 < 0.06
