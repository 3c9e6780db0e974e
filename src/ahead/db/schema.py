"""
The tables and this release: whether they fit, and how they are brought up to date while others work.

A release must go on working on the tables of the next one: hosts are updated one after another. So tables grow first
and shrink a release later (CONTRIBUTING says how); a migration that takes away what an older release still uses has
`_contract_` in its name, and by that name a release that does not know it sees that it must not start.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from ahead.lib.errors import Refused

CONTRACT = "_contract_"
LOCK_SECONDS = 10 * 60  # how long another host may take for its migration
LOCK_TIMEOUT = "5s"  # how long one change of a table may keep everybody else from it while it waits
_TRIES = 12
_LOCK_NOT_AVAILABLE = "55P03"  # the words of the error are in the language of the server
_UNSETTLED = "ahead_restore_unsettled"
# said in the database itself while it is put back from a backup and not settled yet: nobody starts on it
MARK_UNSETTLED = f"CREATE TABLE IF NOT EXISTS {_UNSETTLED} (since TIMESTAMP DEFAULT CURRENT_TIMESTAMP)"
_OUR_LOCK = 0x41484541  # a number of our own among PostgreSQL's advisory locks


class SchemaDoesNotFit(Refused):
    """This release cannot work on the tables as they are; the message says what to do."""


class MigrationStuck(Refused):
    """The tables could not be changed: another host is changing them, or they are never free."""


@dataclass(frozen=True)
class Schema:
    """What the tables lack for this release, and what they have from a newer one; names as app.migration."""

    missing: list[str]
    unknown: list[str]

    @property
    def contracted(self) -> list[str]:
        """What a newer release took away, that this one may still use."""
        return [name for name in self.unknown if CONTRACT in name]


def look_at_schema() -> Schema:
    """Compare the tables with what this release knows."""
    executor = MigrationExecutor(connection)
    known, applied = executor.loader.disk_migrations, executor.loader.applied_migrations
    ours = {app for app, _ in known}
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Schema(
        missing=[f"{migration.app_label}.{migration.name}" for migration, _ in plan],
        unknown=sorted(f"{app}.{name}" for app, name in applied if app in ours and (app, name) not in known),
    )


def applied_migrations() -> list[str]:
    """Return what was applied to the tables, as app.migration."""
    return sorted(f"{app}.{name}" for app, name in MigrationExecutor(connection).loader.applied_migrations)


def known_migrations() -> set[str]:
    """Return what this release knows, as app.migration."""
    return {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}


def settled() -> None:
    """Take the mark away; in one transaction with what settled it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_UNSETTLED}")


def refuse_unsettled() -> None:
    """
    Make sure that no restore stopped half-way.

    :raises SchemaDoesNotFit: if one did.
    """
    with connection.cursor() as cursor:
        is_marked = _UNSETTLED in connection.introspection.table_names(cursor)
    if is_marked:
        raise SchemaDoesNotFit(
            "A restauração de um backup parou no meio: rode `ahead restore` de novo, com --force. Antes disso nada "
            "inicia, para que nenhum número de nota seja usado duas vezes."
        )


def wait_for_schema(*, seconds: float, say: Callable[[str], None], pause: float = 1.0) -> None:
    """
    Return once this release can work on the tables; what they lack may be on its way from another host.

    :raises SchemaDoesNotFit: if they are of a release that took away what this one needs, or still lack something
        after so many seconds.
    """
    until = time.monotonic() + seconds
    is_told = False
    refuse_unsettled()
    while True:
        schema = look_at_schema()
        if schema.contracted:
            raise SchemaDoesNotFit(
                f"O banco de dados já é de uma versão mais nova ({schema.contracted[0]}), que esta não conhece: "
                "instale nesta máquina a mesma versão das outras."
            )
        if not schema.missing:
            return
        lacking = f"Faltam {len(schema.missing)} alterações no banco de dados (a primeira: {schema.missing[0]})"
        if time.monotonic() >= until:
            raise SchemaDoesNotFit(f"{lacking}: rode `ahead migrate` com esta versão, depois inicie de novo.")
        if not is_told:
            say(f"{lacking}: rode `ahead migrate`. Esperando até {seconds:.0f} s…")
            is_told = True
        connection.close()
        time.sleep(pause)


def migrate_tables(
    *, say: Callable[[str], None], before: Callable[[list[str]], None], after: Callable[[], None]
) -> list[str]:
    """
    Apply what is missing, one host at a time, and return its names; `before` may refuse them, `after` is done in turn.

    :raises SchemaDoesNotFit: if the tables are of a newer release.
    :raises MigrationStuck: if another host migrates for too long, or a table is never free.
    """
    with _alone(say):
        schema = look_at_schema()
        if schema.contracted:
            raise SchemaDoesNotFit(
                f"O banco de dados já é de uma versão mais nova ({schema.contracted[0]}): use a versão mais nova."
            )
        before(schema.missing)
        _apply(say)
        after()
        return schema.missing


def _apply(say: Callable[[str], None]) -> None:
    """Each migration is a transaction, so one that had to wait for too long is tried again as if for the first time."""
    _set_lock_timeout(LOCK_TIMEOUT)
    try:
        for left in reversed(range(_TRIES)):
            try:
                call_command("migrate", interactive=False, verbosity=0)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                if not left:
                    raise MigrationStuck(
                        "As tabelas estão em uso sem pausa, e a alteração não conseguiu a vez. Rode `ahead migrate` "
                        "de novo; se não for, pare os workers por um minuto."
                    ) from None
                say("Uma tabela está em uso; tentando de novo em instantes…")
                time.sleep(1)
            else:
                return
    finally:
        _set_lock_timeout("0")


def _set_lock_timeout(text: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [text])


@contextmanager
def _alone(say: Callable[[str], None]) -> Iterator[None]:
    """Let one process at a time change tables: of all hosts on PostgreSQL, of this box on SQLite."""
    attempt, release = _advisory() if connection.vendor == "postgresql" else _file_lock()
    until = time.monotonic() + LOCK_SECONDS
    is_told = False
    try:
        while not attempt():
            if time.monotonic() > until:
                raise MigrationStuck("Outra máquina está alterando o banco de dados há mais de dez minutos.")
            if not is_told:
                say("Outro `ahead migrate` está alterando o banco de dados; esperando por ele…")
                is_told = True
            time.sleep(0.5)
        yield
    finally:
        release()


def _advisory() -> tuple[Callable[[], bool], Callable[[], None]]:
    def attempt() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_OUR_LOCK])
            return bool(cursor.fetchone()[0])

    def release() -> None:
        with connection.cursor() as cursor:  # of a lock that is not ours nothing comes but a notice
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_OUR_LOCK])

    return attempt, release


def _file_lock() -> tuple[Callable[[], bool], Callable[[], None]]:
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    held = (folder / "migrate.lock").open("w")

    def attempt() -> bool:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    return attempt, held.close
