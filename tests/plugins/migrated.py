"""Databases of the tests: copies of one with all tables, which is made once in a run, emptied of what a test left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import TransactionTestCase

from plugins.databases import database_of, in_turn


@contextmanager
def database(facts: dict[str, Any]) -> Iterator[None]:
    """Let the default database be another one."""
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


def copy_of(template: str, name: str, *, server: str) -> None:
    """Make the database `name` in a PostgreSQL."""
    import psycopg

    with in_turn(template), psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


@pytest.fixture(scope="session")
def migrated_sqlite(django_db_blocker: Any) -> Path:
    """A file of SQLite after `ahead migrate`, to be copied."""
    from ahead.config import settings as wiring

    with in_turn("migrated") as folder:
        path = folder / "migrated.sqlite3"
        if not path.exists():
            draft = path.with_suffix(".draft")
            with django_db_blocker.unblock(), database(wiring._sqlite(str(draft))):
                call_command("migrate", verbosity=0)
                with connections["default"].cursor() as cursor:
                    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            draft.rename(path)
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str, django_db_blocker: Any) -> str:
    """The name of a database in PostgreSQL after `ahead migrate`, to be copied."""
    import psycopg

    from ahead.config import settings as wiring

    name = "ahead_migrated"
    with in_turn(name), psycopg.connect(postgres_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(f'CREATE DATABASE "{name}"')
            with django_db_blocker.unblock(), database(wiring._postgres(database_of(postgres_url, name))):
                call_command("migrate", verbosity=0)
    return name


_MADE_BY_MIGRATIONS = {"django_content_type", "auth_permission"}


def pytest_configure() -> None:
    """Let a test that commits leave few statements to do: Django truncates all tables and makes permissions anew."""
    TransactionTestCase._fixture_teardown = lambda _case: _empty()  # type: ignore[method-assign]


def _empty() -> None:
    names = set(connection.introspection.django_table_names(only_existing=False)) - _MADE_BY_MIGRATIONS
    with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")  # rows may go in any order
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names))
        for (name,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{name}"')
