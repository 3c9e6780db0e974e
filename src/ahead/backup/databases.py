"""Copying a database as it is at one instant, while others work on it, and putting it back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from ahead.db.schema import MARK_UNSETTLED
from ahead.lib.errors import Refused

ENGINE_SCHEMA = "dbos"
_FORMER = "antes_"  # begins the name of the schema that a restore put aside
_PG_DUMP = ("pg_dump", "--format=custom", "--no-owner", "--no-privileges")
_PG_RESTORE = ("pg_restore", "--no-owner", "--no-privileges")


class NoTool(Refused):
    """A program of PostgreSQL is not at hand; the message has the command to be run elsewhere."""


class ToolFailed(Refused):
    """A program of PostgreSQL could not do it; the message is its own."""


def dump(folder: Path) -> str:
    """
    Copy the database into a folder and return the name of the file.

    The engine's part stays out: it is made anew of what our tables say is due.

    :raises NoTool: if pg_dump is not at hand.
    :raises ToolFailed: if it could not do it.
    """
    if connection.vendor == "sqlite":
        path = folder / "ahead.sqlite3"
        with closing(sqlite3.connect(_sqlite_path(), timeout=30)) as source, closing(sqlite3.connect(path)) as copy:
            source.backup(copy)  # all at once, under one reader's snapshot: writers go on
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        return path.name
    path = folder / "ahead.pgdump"
    _run([*_PG_DUMP, f"--exclude-schema={ENGINE_SCHEMA}", f"--exclude-schema={_FORMER}*"], path)
    return path.name


def is_empty() -> bool:
    """Whether there is no table of ours yet."""
    if connection.vendor == "sqlite" and not _sqlite_path().exists():
        return True
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor)


def load(path: Path) -> None:
    """
    Put a copied database in the place of what is there, which is kept under another name.

    :raises NoTool: if pg_restore is not at hand; nothing is changed then.
    :raises ToolFailed: if it could not do it; nothing is changed then.
    """
    if connection.vendor == "sqlite":
        _load_sqlite(path, _sqlite_path())
        return
    _load_postgresql(path)


def _load_postgresql(path: Path) -> None:
    """What was there is kept as a schema under another name, and is back in its place where it cannot be done."""
    former = f"{_FORMER}{_instant()}"
    _execute(f"ALTER SCHEMA public RENAME TO {former}", "CREATE SCHEMA public", MARK_UNSETTLED)
    try:
        _run([*_PG_RESTORE, "--single-transaction", "--exit-on-error", "--schema=public"], path)
    except Refused:
        _execute("DROP SCHEMA public CASCADE", f"ALTER SCHEMA {former} RENAME TO public")
        raise
    _execute(f"DROP SCHEMA IF EXISTS {ENGINE_SCHEMA} CASCADE")


def _execute(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def _load_sqlite(path: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f"{place.name}.restoring")
    shutil.copyfile(path, draft)
    draft.chmod(0o600)
    try:
        with closing(sqlite3.connect(draft)) as copy:
            copy.execute(MARK_UNSETTLED)
            copy.commit()
    except sqlite3.DatabaseError as error:
        draft.unlink()
        raise ToolFailed(f"A cópia do banco não pôde ser aberta: {error}.") from error
    _put_aside(place, Path(str(settings.ENGINE_DATABASE_URL).removeprefix("sqlite:///")))
    draft.rename(place)


def _put_aside(*paths: Path) -> None:
    """What was there is kept under another name: a restore by mistake must not be the end of it."""
    connection.close()
    for path in paths:
        for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            if name.exists():
                name.rename(name.with_name(f"{name.name}.antes-{_instant()}"))


def _instant() -> int:
    return time.time_ns() // 1_000_000


def _sqlite_path() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _run(command: list[str], file: Path) -> None:
    facts = connection.get_connection_params()
    words = [f"--file={file}"] if command[0] == "pg_dump" else [f"--dbname={facts['dbname']}", str(file)]
    if shutil.which(command[0]) is None:
        raise NoTool(
            f"O programa {command[0]} do PostgreSQL não está nesta máquina. Instale o pacote postgresql-client (da "
            f"versão do servidor ou mais nova), ou rode onde ele está: {' '.join([*command, *words])}. Um banco "
            "que voltou assim se acerta com `ahead restore --settle INSTANTE-DO-BACKUP`, antes de iniciar algo."
        )
    done = subprocess.run(  # noqa: S603 - our own words and the path of a file
        [*command, *words], env=_environment(facts), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolFailed(f"{command[0]} não conseguiu: {done.stderr.strip()[-600:]}")


def _environment(facts: dict[str, object]) -> dict[str, str]:
    """The password is handed over by the environment: arguments can be read by everybody on the machine."""
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
    given = {name: str(facts[key]) for name, key in names.items() if facts.get(key)}
    more = {"PGSSLMODE": "sslmode", "PGSSLROOTCERT": "sslrootcert"}
    return {**os.environ, **given, **{name: str(facts[key]) for name, key in more.items() if facts.get(key)}}
