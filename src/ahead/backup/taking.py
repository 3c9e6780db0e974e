"""Making a backup: one file that holds the database and the files beside it, but no key."""

from __future__ import annotations

import os
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from ahead.backup import databases
from ahead.backup.manifest import FORMAT, NAME, Manifest, digest_of, prove_keys
from ahead.db.schema import applied_migrations
from ahead.jobs.releases import our_release
from ahead.lib.errors import Refused

FOLDERS = ("arquivos", "esquemas-nfe")  # of the data folder: uploaded images, newer official schemas


class CannotWriteBackup(Refused):
    """The backup cannot be written at this place."""


@dataclass(frozen=True)
class Backup:
    """A backup that was made."""

    path: Path
    manifest: Manifest
    size: int


def take_backup(place: Path, *, now: datetime) -> Backup:
    """
    Write a backup to a new file, or under a name of its own into a folder; those at work need not stop.

    :raises CannotWriteBackup: if the file is there already or cannot be written.
    :raises Refused: if the database cannot be copied (`databases.dump`).
    """
    path = place / f"ahead-{now:%Y%m%d-%H%M%S}.tar.gz" if place.is_dir() else place
    if path.exists():
        raise CannotWriteBackup(f"{path} já existe; escolha outro nome ou uma pasta.")
    draft = path.with_name(f".{path.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix=".ahead-backup-", dir=path.parent) as folder:
            manifest = _gather(Path(folder), now)
            _pack(Path(folder), manifest, draft)
        draft.replace(path)
    except OSError as error:
        raise CannotWriteBackup(f"Não deu para gravar {path}: {error.strerror or error}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return Backup(path, manifest, path.stat().st_size)


def _gather(folder: Path, now: datetime) -> Manifest:
    """The database first: every image it names was written before it was named, and none is ever changed."""
    migrations = applied_migrations()
    files = {name: digest_of(folder / name) for name in [databases.dump(folder)]}
    data = Path(settings.DATA_DIR)
    for kept in FOLDERS:
        for path in sorted((data / kept).rglob("*")):
            if path.is_file():
                files[str(path.relative_to(data))] = digest_of(path)
    return Manifest(
        format=FORMAT,
        made_at=now.isoformat(),
        release=our_release(),
        database=connection.vendor,
        migrations=migrations,
        proofs=prove_keys(),
        files=files,
    )


def _pack(folder: Path, manifest: Manifest, path: Path) -> None:
    (folder / NAME).write_text(manifest.as_json())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as tar:
        tar.add(folder / NAME, NAME)
        for name in manifest.files:
            source = folder / name
            tar.add(source if source.exists() else Path(settings.DATA_DIR) / name, name)
        raw.flush()
    with path.open("rb") as written:
        os.fsync(written.fileno())
