"""Which changes of tables the release before this one does not survive, or make everybody wait."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.migrations import Migration, operations
from django.db.models import NOT_PROVIDED, Field

from ahead.db.schema import CONTRACT

_TAKES_AWAY = (operations.RemoveField, operations.DeleteModel)
_NEVER = (operations.RenameField, operations.RenameModel, operations.AlterModelTable)
_NARROWS = (operations.AddConstraint, operations.AlterUniqueTogether)


def unsafe_operations(migration: type[Migration]) -> list[str]:
    """Return what is wrong with a migration, in sentences; the initial one of an app may do anything."""
    if migration.initial:
        return []
    made = {one.name_lower for one in migration.operations if isinstance(one, operations.CreateModel)}
    named = migration.__module__.rpartition(".")[2]
    may_contract = CONTRACT in named
    return [
        f"{migration.__module__}: {operation.describe()}: {why}"
        for operation in _all(migration.operations)
        if getattr(operation, "model_name", "").lower() not in made  # a new table is nobody's yet
        and (why := _why_not(operation, may_contract=may_contract))
    ]


def _all(found: Iterable[operations.base.Operation]) -> Iterable[operations.base.Operation]:
    for operation in found:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from operation.database_operations
        else:
            yield operation


def _why_not(operation: operations.base.Operation, *, may_contract: bool) -> str:
    if isinstance(operation, _NEVER):
        return "no release survives a new name: add the new one, copy, and take the old one away a release later"
    if isinstance(operation, operations.AddField) and _needs_value(operation.field):
        return "workers of the last release insert rows without it: null=True or db_default"
    if may_contract:
        return ""
    if isinstance(operation, _TAKES_AWAY):
        return f"the last release still uses it: a release later, in a migration with {CONTRACT} in its name"
    if isinstance(operation, (operations.AlterField, *_NARROWS)):
        return f"the last release may write what this refuses: a release later, with {CONTRACT} in its name"
    if isinstance(operation, operations.RunPython | operations.RunSQL) and not getattr(operation, "elidable", False):
        return "long work on rows: in batches, by a command or a job; short work that may be repeated: elidable=True"
    return ""


def _needs_value(field: Field) -> bool:
    return not (field.null or field.many_to_many or field.db_default is not NOT_PROVIDED)
