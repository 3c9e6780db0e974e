"""What a backup says of itself, and whether it may be restored here."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from ahead.lib.errors import Refused
from ahead.lib.sealing import CannotOpen, seal, unseal

FORMAT = 1
NAME = "manifest.json"
_PROOF = "AHEAD"


class NotABackup(Refused):
    """The file is no backup of ours, or it is damaged."""


class CannotRestoreHere(Refused):
    """The backup is whole, and does not fit this installation."""


@dataclass(frozen=True)
class Manifest:
    """The last thing in a backup; `proofs` are sealed with each key of the ring, `files` are SHA-256 by name."""

    format: int
    made_at: str
    release: str
    database: str  # sqlite, postgresql
    migrations: list[str]
    proofs: list[str]
    files: dict[str, str]

    @property
    def moment(self) -> datetime:
        """When the backup began: what came later is not in it."""
        return datetime.fromisoformat(self.made_at)

    def as_json(self) -> str:
        """Return the manifest as it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)


def read_manifest(folder: Path) -> Manifest:
    """
    Read the manifest of an unpacked backup and check every file against it.

    :raises NotABackup: if there is none, or a file is missing or not as it was.
    """
    try:
        found: dict[str, Any] = json.loads((folder / NAME).read_text())
        manifest = Manifest(**found)
    except (OSError, ValueError, TypeError) as error:
        raise NotABackup("O arquivo não é um backup do AHEAD: falta manifest.json, ou não se lê.") from error
    if manifest.format != FORMAT:
        raise NotABackup(f"O backup é do formato {manifest.format}, e esta versão lê o {FORMAT}.")
    for name, digest in manifest.files.items():
        path = folder / name
        if not path.is_file() or digest_of(path) != digest:
            raise NotABackup(f"O backup está danificado: {name} não é o que foi guardado. Use outro.")
    return manifest


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prove_keys() -> list[str]:
    """Return a known word sealed with each key of the ring: an installation that opens all of them has all keys."""
    return [seal(_PROOF, [key]) for key in settings.SEALING_KEYS]


def check_keys(manifest: Manifest) -> None:
    """
    Make sure that the secrets in the backup can be opened here.

    :raises CannotRestoreHere: if a key of then is missing now.
    """
    for number, proof in enumerate(manifest.proofs, 1):
        try:
            unseal(proof, settings.SEALING_KEYS)
        except CannotOpen:
            raise CannotRestoreHere(
                f"Falta em AHEAD_SEALING_KEYS a {number}ª chave de selo com que o backup foi feito. Sem ela ninguém "
                "abre Consumer Secrets, tokens e certificados: ponha as chaves daquela instalação (em SQLite, o "
                "keys.json dela em AHEAD_DATA_DIR) e rode de novo."
            ) from None


def check_release(manifest: Manifest, *, known: set[str], vendor: str) -> None:
    """
    Make sure that this release can read what the backup holds.

    :raises CannotRestoreHere: if it is of a newer one, or of the other database.
    """
    if newer := sorted(set(manifest.migrations) - known):
        raise CannotRestoreHere(
            f"O backup é da versão {manifest.release}, mais nova que esta (ela tem a alteração {newer[0]}). "
            "Instale aquela versão ou uma mais nova."
        )
    if manifest.database != vendor:
        raise CannotRestoreHere(
            f"O backup é de {manifest.database} e AHEAD_DATABASE_URL aponta para {vendor}. "
            "Restaure no mesmo tipo de banco de dados."
        )
