"""Boxes on SQLite and on PostgreSQL, each with an empty database that worker processes share with the test."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from jobs_box import Box

from ahead.config import settings as wiring
from ahead.jobs import engine
from plugins.databases import database_of


@contextmanager
def _database(facts: dict[str, Any]) -> Iterator[None]:
    before = connections.settings
    connections["default"].close()
    connections.settings = connections.configure_settings({"default": facts})
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings = before
        del connections["default"]


@contextmanager
def _box(folder: Path, url: str, engine_url: str, settings: Any, blocker: Any) -> Iterator[Box]:
    engine.disconnect()  # from where a test before this one had it
    settings.DATA_DIR, settings.ENGINE_DATABASE_URL = folder, engine_url
    facts = wiring._sqlite(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else wiring._postgres(url)
    with blocker.unblock(), _database(facts):
        box = Box(folder, url)
        try:
            yield box
        finally:
            box.close()
            engine.disconnect()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Path:
    """A database with all tables, to be copied: making them takes two seconds."""
    path = tmp_path_factory.mktemp("migrated") / "ahead.sqlite3"
    with django_db_blocker.unblock(), _database(wiring._sqlite(str(path))):
        call_command("migrate", verbosity=0)
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def box(tmp_path: Path, migrated: Path, settings: Any, django_db_blocker: Any) -> Iterator[Box]:
    shutil.copy(migrated, tmp_path / "ahead.sqlite3")
    url = f"sqlite:///{tmp_path / 'ahead.sqlite3'}"
    with _box(tmp_path, url, f"sqlite:///{tmp_path / 'jobs.sqlite3'}", settings, django_db_blocker) as made:
        yield made


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str, django_db_blocker: Any) -> str:
    """The name of a database with all tables, to be copied: making them takes many seconds."""
    import psycopg

    name = f"migrated_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    url = database_of(postgres_url, name)
    with django_db_blocker.unblock(), _database(wiring._postgres(url)):
        call_command("migrate", verbosity=0)
    return name


@pytest.fixture
def postgres_box(
    tmp_path: Path, postgres_url: str, migrated_postgres: str, settings: Any, django_db_blocker: Any
) -> Iterator[Box]:
    import psycopg

    name = f"box_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_postgres}"')
    url = database_of(postgres_url, name)
    with _box(tmp_path, url, url, settings, django_db_blocker) as made:
        yield made
