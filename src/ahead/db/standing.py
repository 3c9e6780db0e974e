"""How the database stands: reachable, migrated, on time."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def unapplied_migrations() -> list[str]:
    """Return the names of the migrations that are still to be applied, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def clock_skew_seconds() -> float:
    """Return by how many seconds the clock of this machine is ahead of the database's."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT strftime('%s', 'now')")  # the same clock: it is never ahead
        else:
            cursor.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())")
        seconds = float(cursor.fetchone()[0])
    return datetime.now(UTC).timestamp() - seconds
