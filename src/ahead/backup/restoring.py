"""Putting a backup back, and settling what Tray, SEFAZ and the engine did since it was made."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from ahead.accounts.queries import companies
from ahead.backup import databases
from ahead.backup.manifest import CannotRestoreHere, Manifest, NotABackup, check_keys, check_release, read_manifest
from ahead.backup.taking import FOLDERS
from ahead.db.schema import known_migrations, migrate_tables, settled
from ahead.fiscal.restored import doubt_notas, stop_series
from ahead.jobs import engine
from ahead.jobs.standing import forget_workers, live_workers
from ahead.stores import agenda
from ahead.sync.restored import read_all_again


@dataclass(frozen=True)
class Restored:
    """What a restore came to."""

    backup_at: datetime
    release: str
    stores: int  # that sync anew
    series: int  # that wait for a person
    notas: int  # of which SEFAZ or Tray is asked


def restore(path: Path, *, force: bool, now: datetime, say: Callable[[str], None]) -> Restored:
    """
    Put a backup in the place of the database, and settle what came since.

    :raises NotABackup: if the file is no backup, or damaged.
    :raises CannotRestoreHere: if keys, release or kind of database do not fit, something is there already (without
        `force`), or a worker runs.
    :raises Refused: if the database could not be put back (`databases.load`).
    """
    place = Path(settings.DATA_DIR)  # has the room; the system's own place for such things may be memory
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".ahead-restore-", dir=place) as name:
        folder = Path(name)
        _unpack(path, folder)
        manifest = read_manifest(folder)
        check_keys(manifest)
        check_release(manifest, known=known_migrations(), vendor=connection.vendor)
        _check_place(force=force)
        engine.disconnect()
        # from here until all is settled nobody starts on it
        databases.load(next(folder / one for one in manifest.files if "/" not in one))
        _put_files(folder, manifest)
    migrate_tables(say=say, before=lambda _: None, after=engine.migrate)
    return settle(backup_at=manifest.moment, release=manifest.release, now=now)


def settle_foreign(*, backup_at: datetime, now: datetime, say: Callable[[str], None]) -> Restored:
    """
    Settle a database that came back by other means than ours.

    :raises CannotRestoreHere: if a worker runs on it.
    """
    # a database that was copied while workers ran says for some seconds that they still do
    _refuse_live_workers()
    migrate_tables(say=say, before=lambda _: None, after=engine.migrate)
    return settle(backup_at=backup_at, now=now)


@transaction.atomic
def settle(*, backup_at: datetime, release: str = "", now: datetime) -> Restored:
    """Settle a database that was put back: nobody works, stores are read anew, numbers wait for a person."""
    forget_workers()
    Session.objects.all().delete()  # of people who may have been shut out since
    stores = agenda.begin_anew(now=now)
    read_all_again(backup_at=backup_at)
    series = notas = 0
    for company in companies():
        series += stop_series(company, backup_at=backup_at, now=now)
        notas += doubt_notas(company, now=now)
    settled()
    return Restored(backup_at, release, stores, series, notas)


def _unpack(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path) as tar:
            tar.extractall(folder, filter="data")
    except (OSError, tarfile.TarError, EOFError) as error:
        raise NotABackup(f"Não deu para ler {path} como backup: {error}.") from error


def _check_place(*, force: bool) -> None:
    if databases.is_empty():
        return
    if not force:
        raise CannotRestoreHere(
            "Já há um banco de dados aqui, e a restauração o tiraria. Restaure num lugar vazio; ou, se é isso mesmo, "
            "pare web e workers, faça um backup do que está aqui e rode de novo com --force."
        )
    _refuse_live_workers()


def _refuse_live_workers() -> None:
    if (worker := live_workers()) is not None:
        raise CannotRestoreHere(f"Um worker ainda roda ({worker}). Pare web e workers de todas as máquinas primeiro.")


def _put_files(folder: Path, manifest: Manifest) -> None:
    """Images have names made of what is in them: one that is there already is the same."""
    data = Path(settings.DATA_DIR)
    for name in manifest.files:
        if name.split("/")[0] in FOLDERS:
            (data / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, data / name)
