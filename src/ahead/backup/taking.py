"""Making a backup: one file that holds the database and the files beside it, but no key."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, cast

from django.conf import settings
from django.db import connection

from ahead.backup import databases
from ahead.backup.manifest import FORMAT, NAME, Manifest, prove_keys
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
            manifest = _write(draft, Path(folder), now)
        draft.replace(path)
    except OSError as error:
        raise CannotWriteBackup(f"Não deu para gravar {path}: {error.strerror or error}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return Backup(path, manifest, path.stat().st_size)


def _write(path: Path, folder: Path, now: datetime) -> Manifest:
    """
    The database first: every image it names was written whole before it was named, and none is ever changed.

    What comes or goes meanwhile, or is there by half, is named by nothing in it.
    """
    migrations = applied_migrations()
    dumped = folder / databases.dump(folder)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as tar:
        files = {dumped.name: _pack(tar, dumped, dumped.name)}
        for file, name in _kept_files():
            with suppress(FileNotFoundError):  # cleared away a moment ago: nothing named it any more
                files[name] = _pack(tar, file, name)
        manifest = Manifest(
            format=FORMAT,
            made_at=now.isoformat(),
            release=our_release(),
            database=connection.vendor,
            migrations=migrations,
            proofs=prove_keys(),
            files=files,
        )
        (folder / NAME).write_text(manifest.as_json())
        tar.add(folder / NAME, NAME)
    with path.open("rb") as written:
        os.fsync(written.fileno())
    return manifest


def _kept_files() -> Iterator[tuple[Path, str]]:
    data = Path(settings.DATA_DIR)
    for kept in FOLDERS:
        for path in sorted((data / kept).rglob("*")):
            if path.is_file():
                yield path, str(path.relative_to(data))


def _pack(tar: tarfile.TarFile, path: Path, name: str) -> str:
    """Put a file into the archive, and return the SHA-256 of what was put there."""
    with path.open("rb") as file:
        reader = _Digesting(file)
        tar.addfile(tar.gettarinfo(arcname=name, fileobj=file), cast("IO[bytes]", reader))
    return reader.digest.hexdigest()


class _Digesting:
    """Reads a file and digests what is read: of a file that somebody writes, the same that is packed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int) -> bytes:
        part = self._file.read(size)
        self.digest.update(part)
        return part
