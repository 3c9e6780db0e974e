"""Processes that can be killed while they sync, on the database of the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from crash_killing import Doorway, Victims
from django.db import connection

from ahead.sandbox.tray import TraySandbox, serve
from plugins.databases import database_of


def database_url() -> str:
    """Return how another process finds the database of this test."""
    name = str(connection.settings_dict["NAME"])
    return f"sqlite:///{name}" if connection.vendor == "sqlite" else database_of(os.environ["AHEAD_DATABASE_URL"], name)


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
            doorway = Doorway(box.app)
            address = stack.enter_context(serve(doorway, threads=8))
            errors = tmp_path / f"victims-{len(list(tmp_path.iterdir()))}.log"
            return box, address, stack.enter_context(_victims(doorway, errors))

        yield make
