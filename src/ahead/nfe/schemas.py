"""
Checking documents against the official schemas, before anybody at SEFAZ does.

The schemas come in packages. One is always at hand: PL_010f, in the wheel of nfelib (only its files are used). Newer
ones lie in a folder of their own each, as the portal's archives hold them, beside a `pacote.json`:

    {"name": "PL_010h_V1.06", "valid_from": "2026-11-16"}

`use_packages(folder)` looks through the folders in `folder`. Of all packages that have a schema for the kind of
document and are valid on its day, the newest one judges; packages of events lie beside those of notas.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from lxml import etree

from ahead.nfe.parsing import Unreadable, parsed
from ahead.nfe.schema_wording import Problem, in_words
from ahead.nfe.standins import with_standins

Kind = Literal["nfe", "cancelamento", "carta_de_correcao", "inutilizacao"]

# the file of the portal's archives that says what a document of that kind is
_FILES: dict[Kind, str] = {
    "nfe": "nfe_v4.00.xsd",
    "cancelamento": "eventoCancNFe_v1.00.xsd",
    "carta_de_correcao": "CCe_v1.00.xsd",
    "inutilizacao": "inutNFe_v4.00.xsd",
}
_IN_NFELIB: dict[Kind, str] = {
    "nfe": "nfe/schemas/v4_0",
    "cancelamento": "nfe_evento_cancel/schemas/v1_0",
    "carta_de_correcao": "nfe_evento_cce/schemas/v1_0",
    "inutilizacao": "nfe/schemas/v4_0",
}
_FACTS = "pacote.json"


class BadPackage(ValueError):
    """A folder of schemas cannot be used; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of schemas in a folder, valid from a day on."""

    name: str
    valid_from: date
    folder: Path


_NEWER: list[Package] = []


def use_packages(folder: Path | None) -> tuple[Package, ...]:
    """
    Use the packages in a folder besides the one at hand, or only that one if there is no folder; return what was found.

    :raises BadPackage: if a package has no readable `pacote.json`, or not one schema of those we know.
    """
    found = [_read_package(facts.parent) for facts in sorted(folder.glob(f"*/{_FACTS}"))] if folder else []
    _NEWER[:] = sorted(found, key=lambda package: package.valid_from)
    return tuple(_NEWER)


def _read_package(folder: Path) -> Package:
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        package = Package(str(facts["name"]), date.fromisoformat(facts["valid_from"]), folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadPackage(f"{folder / _FACTS}: deve trazer name e valid_from (AAAA-MM-DD): {error}") from error
    if not any((folder / name).is_file() for name in _FILES.values()):
        raise BadPackage(f"{folder}: não traz nenhum destes esquemas: {', '.join(_FILES.values())}")
    return package


def package_for(kind: Kind, on: date) -> Package:
    """Return the package that judges documents of a kind on a day."""
    for package in reversed(_NEWER):
        if package.valid_from <= on and (package.folder / _FILES[kind]).is_file():
            return package
    return Package("PL_010f (nfelib)", date.min, _nfelib() / _IN_NFELIB[kind])


def problems(xml: bytes, *, on: date, kind: Kind = "nfe") -> list[Problem]:
    """
    Return what the schema of that day finds wrong with a signed document; empty if nothing.

    :raises BadPackage: if the schema itself cannot be used.
    """
    try:
        root = parsed(xml)
    except Unreadable as error:
        return [Problem("documento", str(error), str(error))]
    package = package_for(kind, on)
    if kind != "nfe" and package.valid_from == date.min:
        root = with_standins(root)
    return _judge(package.folder / _FILES[kind]).problems(root)


class _Judge:
    """A compiled schema; its log of errors is its own, so that threads take turns."""

    def __init__(self, path: Path) -> None:
        try:
            self._schema = etree.XMLSchema(etree.parse(str(path)))
        except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
            raise BadPackage(f"{path}: {error}") from error
        self._lock = threading.Lock()

    def problems(self, root: Any) -> list[Problem]:
        with self._lock:
            if self._schema.validate(root):
                return []
            return in_words(root, list(self._schema.error_log))


@functools.cache
def _judge(path: Path) -> _Judge:
    """Compiling takes ten milliseconds, forty times a check: once in a process for each package."""
    return _Judge(path)


@functools.cache
def _nfelib() -> Path:
    """Return the folder of nfelib, without importing anything of it."""
    spec = importlib.util.find_spec("nfelib")
    if spec is None or not spec.submodule_search_locations:
        raise BadPackage("nfelib não está instalada, e com ela faltam os esquemas da NF-e")
    return Path(spec.submodule_search_locations[0])
