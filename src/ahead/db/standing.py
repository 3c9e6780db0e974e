"""How the database stands: on time, and how large."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from django.db import connection


def clock_skew_seconds() -> float:
    """Return by how many seconds the clock of this machine is ahead of the database's."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT strftime('%s', 'now')")  # the same clock: it is never ahead
        else:
            cursor.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())")
        seconds = float(cursor.fetchone()[0])
    return datetime.now(UTC).timestamp() - seconds


def database_size() -> int:
    """Return how many bytes the database takes: of SQLite, its file and what was not yet written back into it."""
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    path = Path(str(connection.settings_dict["NAME"]))
    return sum(file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")) if file.exists())
