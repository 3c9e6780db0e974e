"""The checks of `ahead doctor` about what grows, and about what clears it away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from ahead.cli.output import shown
from ahead.cli.symptoms import OK, WARNING, Symptom
from ahead.db.standing import database_size
from ahead.jobs.retention import LATE_AFTER, Standing, standings

_TOLD_FOR = timedelta(days=7)


def sizes() -> Iterator[Symptom]:
    """How large the database is, and each folder of the data folder."""
    folder = Path(settings.DATA_DIR)
    parts = [f"banco {_size(database_size())}"]
    if connection.vendor == "sqlite":
        parts.append(f"fila (jobs.sqlite3) {_size(_bytes_of(folder / 'jobs.sqlite3'))}")
    parts += [f"{one.name}/ {_size(_bytes_of(one))}" for one in sorted(folder.iterdir()) if one.is_dir()]
    yield Symptom("sizes", OK, f"Tamanho: {'; '.join(parts)}.")


def _bytes_of(place: Path) -> int:
    if place.is_file():
        return place.stat().st_size
    total = 0
    for root, _, names in os.walk(place):
        for name in names:
            try:
                total += (Path(root) / name).lstat().st_size
            except FileNotFoundError:  # cleared away while we looked
                continue
    return total


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6)):
        if count >= size:
            return f"{count / size:.1f} {unit}".replace(".", ",")
    return f"{-(-count // 1000)} KB"


def retention() -> Iterator[Symptom]:
    """When what is past its time was last cleared away, and how much that was."""
    found, now = standings(), timezone.now()
    behind = [one for one in found if one.looked_at is None or one.looked_at < now - LATE_AFTER]
    if behind:
        since = min((one.looked_at for one in behind if one.looked_at), default=None)
        when = f"desde {shown(since)}" if since else "ainda nenhuma vez"
        what = "nada foi limpo" if len(behind) == len(found) else ", ".join(one.label for one in behind)
        text = f"A limpeza do que passou do prazo está parada ({when}): {what}."
        remedy = "Deixe um `ahead worker` rodando; se há um, procure jobs.purge.failed no log dele."
        yield Symptom("retention", WARNING, text, remedy)
        return
    last = max(one.looked_at for one in found if one.looked_at)
    removed = [one for one in found if one.removed_at and one.removed_at > now - _TOLD_FOR]
    told = "; ".join(map(_removed, removed)) if removed else "nada a tirar nos últimos 7 dias"
    yield Symptom("retention", OK, f"Limpeza em dia, a última em {shown(last)}: {told}.")


def _removed(one: Standing) -> str:
    return f"{one.removed:,} {one.label}".replace(",", ".")
