"""Writing many rows, a batch at a time, each with values of its own; new ones too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model

from ahead.db.tenancy import TenantModel

T = TypeVar("T")
BATCH = 400


def in_batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Yield the rows in lists of up to `size`, without ever holding more."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


def update_rows(company_id: int, rows: Iterable[TenantModel], fields: Sequence[str]) -> None:
    """
    Write these fields of rows that are there; what else they say is not touched.

    Django's `bulk_update` searches a list of cases for each row and field; this costs a fraction of it.
    """
    held = list(rows)
    if not held or not fields:
        return
    meta: Any = type(held[0])._meta  # noqa: SLF001
    columns: list[Any] = [meta.get_field(name) for name in fields]
    connection = connections[DEFAULT_DB_ALIAS]  # itself: the one to import is looked up anew for each value
    quote = connection.ops.quote_name
    assigned = ", ".join(f"{quote(column.column)} = %s" for column in columns)
    of_company = f"{quote(meta.pk.column)} = %s AND {quote('company_id')} = %s"
    values = [
        (*(column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns), row.pk, company_id)
        for row in held
    ]
    with connection.cursor() as cursor:
        # only names of our own tables and columns are put in
        cursor.executemany(f"UPDATE {quote(meta.db_table)} SET {assigned} WHERE {of_company}", values)  # noqa: S608


def insert_rows(rows: Iterable[Model]) -> None:
    """
    Write new rows of one table, whose keys nobody asks for; the rows do not learn them.

    On SQLite others wait while this writes, and `bulk_create` takes three times as long: it makes an expression of each
    value, and one statement of each few rows.
    """
    held = list(rows)
    if not held:
        return
    model, connection = type(held[0]), connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "sqlite":
        model._base_manager.bulk_create(held)  # noqa: SLF001
        return
    meta: Any = model._meta  # noqa: SLF001
    columns: list[Any] = [column for column in meta.concrete_fields if not column.primary_key]
    quote = connection.ops.quote_name
    names = ", ".join(quote(column.column) for column in columns)
    values = [
        tuple(column.get_db_prep_save(column.pre_save(row, add=True), connection) for column in columns) for row in held
    ]
    with connection.cursor() as cursor:
        # only names of our own tables and columns are put in
        statement = f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608
        cursor.executemany(statement, values)
