"""Writing many rows, a batch at a time, each with values of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import connection

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
