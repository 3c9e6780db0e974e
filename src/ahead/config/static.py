"""The version of the static files, by what is in them."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from ahead.manual import PICTURES

_OWN = Path(__file__).parents[1] / "web" / "static"


def static_version() -> str:
    """Return a short name that changes whenever a file of ours, or the htmx beside them, does."""
    digest = hashlib.sha256(version("django-htmx").encode())
    for folder in (_OWN, PICTURES):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
