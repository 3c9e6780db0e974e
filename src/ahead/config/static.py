"""The version of the static files, by what is in them."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

_OWN = Path(__file__).parents[1] / "web" / "static"


def static_version() -> str:
    """Return a short name that changes whenever a static file of ours, or the htmx beside them, does."""
    digest = hashlib.sha256(version("django-htmx").encode())
    for path in sorted(_OWN.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(_OWN).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
