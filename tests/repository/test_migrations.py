"""Migrations of one release must let the release before it go on working."""

from __future__ import annotations

import pytest
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from migration_rules import unsafe_operations


def test_no_migration_breaks_the_release_before_it() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = [type(one) for one in loader.disk_migrations.values() if type(one).__module__.startswith("ahead.")]
    assert len(ours) > 10
    assert [why for migration in ours for why in unsafe_operations(migration)] == []


def test_first_migrations_make_tables_whole() -> None:
    """Run `scripts/fold` after `makemigrations`: a new installation waits twice as long for its tables otherwise."""
    first = [one for one in MigrationLoader(None).disk_migrations.values() if one.name == "0001_initial"]
    for migration in (one for one in first if type(one).__module__.startswith("ahead.")):
        grown = {one.model_name for one in migration.operations if isinstance(one, operations.AddField)}
        apart = [one for one in migration.operations if isinstance(one, operations.AddConstraint | operations.AddIndex)]
        assert [one for one in apart if one.model_name not in grown] == [], migration


def _migration(name: str, *found: operations.base.Operation) -> type[Migration]:
    made = type("Migration", (Migration,), {"operations": list(found), "dependencies": []})
    made.__module__ = f"ahead.orders.migrations.{name}"
    return made


def _is_unsafe(name: str, *found: operations.base.Operation) -> bool:
    return bool(unsafe_operations(_migration(name, *found)))


@pytest.mark.parametrize(
    "operation",
    [
        operations.RemoveField("order", "total"),
        operations.DeleteModel("Order"),
        operations.AlterField("order", "total", models.IntegerField()),
        operations.AddConstraint("order", models.UniqueConstraint(fields=["total"], name="one")),
    ],
)
def test_what_takes_away_waits_for_a_release_and_says_so_in_its_name(operation: operations.base.Operation) -> None:
    assert _is_unsafe("0002_change", operation)
    assert not _is_unsafe("0003_contract_order_total", operation)


@pytest.mark.parametrize(
    "operation",
    [
        operations.RenameField("order", "total", "sum"),
        operations.RenameModel("Order", "Pedido"),
        operations.AddField("order", "note", models.TextField()),
        operations.AddField("order", "note", models.TextField(default="")),  # Django's default is not the table's
    ],
)
def test_what_no_release_survives_is_refused_under_any_name(operation: operations.base.Operation) -> None:
    assert _is_unsafe("0002_change", operation)
    assert _is_unsafe("0003_contract_order_total", operation)


@pytest.mark.parametrize(
    "operation",
    [
        operations.AddField("order", "note", models.TextField(null=True)),
        operations.AddField("order", "note", models.TextField(db_default="")),
        operations.AddIndex("order", models.Index(fields=["total"], name="by_total")),
        operations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), ("text", models.TextField())]),
    ],
)
def test_what_only_adds_is_fine(operation: operations.base.Operation) -> None:
    assert not _is_unsafe("0002_change", operation)


def test_a_table_that_is_new_may_be_given_anything() -> None:
    made = operations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True))])
    assert not _is_unsafe("0002_change", made, operations.AddField("note", "text", models.TextField()))
