"""Processes that can be killed while they sync, on the database of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from crash_database import database_url
from crash_killing import Doorway, Victims
from crash_workers import StartWorker, workers_on

from ahead.sandbox.tray import TraySandbox, serve

pytest.register_assert_rewrite("crash_books", "crash_histories")


@contextmanager
def _victims(doorway: Doorway, errors: Path) -> Iterator[Victims]:
    victims = Victims(doorway, database_url=database_url(), errors=errors)
    try:
        yield victims
    finally:
        victims.close()


Killable = tuple[TraySandbox, str, Victims]


@pytest.fixture
def make_killable(transactional_db: None, tmp_path: Path) -> Iterator[Callable[[int], Killable]]:
    """Make a sandbox of a seed on a socket, and processes that sync with it and die of it."""
    with ExitStack() as stack:

        def make(seed: int) -> Killable:
            box = TraySandbox(seed=seed)
            doorway = Doorway(box)
            address = stack.enter_context(serve(doorway, threads=8))
            errors = tmp_path / f"victims-{len(list(tmp_path.iterdir()))}.log"
            return box, address, stack.enter_context(_victims(doorway, errors))

        yield make


@pytest.fixture
def start_worker(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[StartWorker]:
    """Start `ahead worker` on a machine."""
    with workers_on(tmp_path, settings) as start:
        yield start
