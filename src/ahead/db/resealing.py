"""Sealing every secret at rest anew with the first key of the ring, so that the older keys can be taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models, transaction

from ahead.db.sealed import SealedTextField
from ahead.lib.sealing import CannotOpen


@dataclass(frozen=True, slots=True)
class Unopened:
    """A row with a secret that no key of the ring opens."""

    table: str
    pk: int


@dataclass
class Resealed:
    """What was done."""

    resealed: int = 0
    unopened: list[Unopened] = field(default_factory=list)


def reseal_all() -> Resealed:
    """Seal the secrets of every row of every table anew, one row at a time; repeated, it does the same."""
    done = Resealed()
    for rows, columns in _tables():
        _reseal_table(rows, columns, done)
    return done


def newest_unopened(newest: int = 20) -> Unopened | None:
    """Return a row with a secret that no key of the ring opens, of the newest ones of each table."""
    for rows, columns in _tables():
        for pk in list(rows.order_by("-pk").values_list("pk", flat=True)[:newest]):
            try:
                rows.filter(pk=pk).values(*columns).first()
            except CannotOpen:
                return Unopened(rows.model._meta.db_table, pk)  # noqa: SLF001
    return None


def _tables() -> Iterator[tuple[models.QuerySet[Any], list[str]]]:
    for model in apps.get_models():
        if columns := [one.name for one in model._meta.local_fields if isinstance(one, SealedTextField)]:  # noqa: SLF001
            yield _rows(model), columns


def _rows(model: type[models.Model]) -> models.QuerySet[Any]:
    manager: Any = model._default_manager  # noqa: SLF001
    rows: models.QuerySet[Any] = manager.across_companies() if hasattr(manager, "across_companies") else manager.all()
    return rows


def _reseal_table(rows: models.QuerySet[Any], columns: list[str], done: Resealed) -> None:
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        try:
            done.resealed += _reseal_row(rows.filter(pk=pk), columns)
        except CannotOpen:
            done.unopened.append(Unopened(rows.model._meta.db_table, pk))  # noqa: SLF001


def _reseal_row(row: models.QuerySet[Any], columns: list[str]) -> int:
    """Write what is read, while the row is locked: a token that is saved meanwhile must not be undone."""
    with transaction.atomic():
        secrets = row.select_for_update().values(*columns).first()
        return row.update(**secrets) if secrets else 0  # none: deleted meanwhile
