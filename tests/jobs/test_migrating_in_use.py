"""A migration of a table that workers use: nobody waits for it long, it is tried again, and never left half done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from ahead.db import schema
from jobs_box import Box

READ = "SELECT count(*) FROM pending_pendingmatter"
LONGEST_HANG = 30.0  # only a migration that waits without end comes to it


@pytest.fixture
def grown(postgres_box: Box, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Box:
    """The next release: one table has a column more."""
    package = tmp_path / "grown_pending"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "0001_initial.py").write_text(
        "from importlib import import_module\n"
        "Migration = import_module('ahead.pending.migrations.0001_initial').Migration\n"
    )
    (package / "0002_more.py").write_text(
        "from django.db import migrations\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('pending', '0001_initial')]\n"
        "    operations = [migrations.RunSQL('ALTER TABLE pending_pendingmatter ADD COLUMN more integer')]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"pending": "grown_pending"}
    monkeypatch.setattr(schema, "LOCK_TIMEOUT", "200ms")
    return postgres_box


@pytest.fixture
def reading(grown: Box) -> Iterator[psycopg.Connection]:
    """Somebody who has read from the table, and whose transaction goes on."""
    with psycopg.connect(grown.database_url) as other:
        other.execute(READ)
        end = threading.Timer(LONGEST_HANG, other.rollback)
        end.start()
        yield other
        end.cancel()


def has_grown() -> bool:
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, "pending_pendingmatter")
    return "more" in {column.name for column in columns}


def lock_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return str(cursor.fetchone()[0])


def migrate(say: Any) -> list[str]:
    return schema.migrate_tables(say=say, before=lambda _: None, after=lambda: None)


def test_a_table_in_use_is_changed_once_it_is_free(grown: Box, reading: psycopg.Connection) -> None:
    said: list[str] = []

    def say(sentence: str) -> None:
        said.append(sentence)
        with psycopg.connect(grown.database_url, options="-c statement_timeout=20s") as worker:
            worker.execute(READ)  # a process that works meanwhile is not kept waiting behind the migration
        if len(said) == 2:
            reading.rollback()

    assert migrate(say) == ["pending.0002_more"]
    assert len(said) == 2
    assert "em uso" in said[0]
    assert has_grown()
    assert lock_timeout() == "0", "what comes after may wait as it always did"
    assert migrate(said.append) == []


def test_a_table_that_is_never_free_is_left_as_it_was(
    grown: Box, reading: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_TRIES", 2)
    with pytest.raises(schema.MigrationStuck, match="em uso sem pausa"):
        migrate(lambda _: None)
    assert not has_grown()
    assert lock_timeout() == "0"
    reading.rollback()
    assert migrate(lambda _: None) == ["pending.0002_more"], "nothing of the first try is in the way"
