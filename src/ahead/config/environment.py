"""Reading the environment: typed, with one clear sentence when a value is wrong."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ahead.lib.sealing import new_key

_TRUE = {"1", "true", "yes", "sim", "on"}
_FALSE = {"0", "false", "no", "nao", "não", "off", ""}


class Wrong(SystemExit):
    """A setting is wrong; the program stops with this sentence."""

    def __init__(self, name: str, why: str, got: str) -> None:
        super().__init__(f"Configuração errada: {name} {why} (recebido: {got!r}). Veja .env.sample.")


def env_str(name: str, default: str) -> str:
    """Return the variable, or what the file named by `NAME_FILE` holds, or `default`."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise Wrong(f"{name}_FILE", "não pôde ser lido", path) from error
    return os.environ.get(name, default).strip()


def env_bool(name: str, *, default: bool) -> bool:
    """Return a yes-or-no variable."""
    text = os.environ.get(name)
    if text is None:
        return default
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise Wrong(name, "deve ser 1 ou 0", text)


def env_int(name: str, default: int) -> int:
    """Return a variable that is a whole number of at least 1."""
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isdigit() or int(text) < 1:
        raise Wrong(name, "deve ser um número inteiro a partir de 1", text)
    return int(text)


def env_list(name: str, default: str) -> list[str]:
    """Return a comma-separated variable."""
    return [part.strip() for part in env_str(name, default).split(",") if part.strip()]


def env_https(name: str) -> str:
    """Return the variable that is a public address, without a slash at its end; empty where it is not set."""
    text = env_str(name, "").rstrip("/")
    if not text:
        return ""
    if not _is_public(text):
        raise Wrong(name, "deve ser um endereço público que começa com https://", text)
    return text


def _is_public(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - looked at, it is checked
    except ValueError:
        return False
    has_more = parts.query or parts.fragment or parts.username or re.search(r"\s", text)
    return parts.scheme == "https" and bool(parts.hostname) and not has_more


@dataclass(frozen=True)
class Keys:
    """The key that signs sessions, and the ring that seals secrets at rest (the first one seals)."""

    secret_key: str
    sealing_keys: list[str]


def local_keys(data_dir: Path, *, many_machines: bool) -> Keys:
    """
    Return the keys of the environment; on one box, make them once and keep them in the data folder.

    With PostgreSQL there may be many machines, and each must have the same keys: they are then required.

    :raises Wrong: if they are missing there, or a sealing key is not one.
    """
    secret = env_str("AHEAD_SECRET_KEY", "")
    sealing = env_list("AHEAD_SEALING_KEYS", "")
    if not (secret and sealing):
        if many_machines:
            missing = "AHEAD_SEALING_KEYS" if secret else "AHEAD_SECRET_KEY"
            raise Wrong(missing, "é obrigatória com PostgreSQL; gere com `ahead keys`", "")
        kept = _kept_keys(data_dir / "keys.json")
        secret, sealing = secret or kept.secret_key, sealing or kept.sealing_keys
    for key in sealing:
        if len(key) != 44:
            raise Wrong("AHEAD_SEALING_KEYS", "deve ter chaves feitas por `ahead keys`", f"{len(key)} letras")
    return Keys(secret, sealing)


def _kept_keys(path: Path) -> Keys:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = json.dumps({"secret_key": new_key(), "sealing_keys": [new_key()]})
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(fresh)
    try:
        os.link(draft, path)  # atomic: of two processes that start at once, one wins and both read the same
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    kept = json.loads(path.read_text())
    return Keys(kept["secret_key"], kept["sealing_keys"])
