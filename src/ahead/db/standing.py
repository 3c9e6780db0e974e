"""How the database stands: on time."""

from __future__ import annotations

from datetime import UTC, datetime

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
