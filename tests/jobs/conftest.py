"""Boxes on SQLite and on PostgreSQL, each with an empty database that worker processes share with the test."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ahead.config import settings as wiring
from ahead.jobs import engine
from jobs_box import Box
from plugins.databases import database_of
from plugins.migrated import copy_of, database


@contextmanager
def _box(folder: Path, url: str, engine_url: str, settings: Any, blocker: Any) -> Iterator[Box]:
    engine.disconnect()  # from where a test before this one had it
    settings.DATA_DIR, settings.ENGINE_DATABASE_URL = folder, engine_url
    facts = wiring._sqlite(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else wiring._postgres(url)
    with blocker.unblock(), database(facts):
        box = Box(folder, url)
        try:
            yield box
        finally:
            box.close()
            engine.disconnect()


@pytest.fixture
def box(tmp_path: Path, migrated_sqlite: Path, settings: Any, django_db_blocker: Any) -> Iterator[Box]:
    shutil.copy(migrated_sqlite, tmp_path / "ahead.sqlite3")
    url = f"sqlite:///{tmp_path / 'ahead.sqlite3'}"
    with _box(tmp_path, url, f"sqlite:///{tmp_path / 'jobs.sqlite3'}", settings, django_db_blocker) as made:
        yield made


@pytest.fixture
def postgres_box(
    tmp_path: Path, postgres_url: str, migrated_postgres: str, settings: Any, django_db_blocker: Any
) -> Iterator[Box]:
    name = f"box_{uuid.uuid4().hex[:12]}"
    copy_of(migrated_postgres, name, server=postgres_url)
    url = database_of(postgres_url, name)
    with _box(tmp_path, url, url, settings, django_db_blocker) as made:
        yield made
