"""A sync with nothing to do costs the same, however many orders the store has: no statement reads all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from sync_stage import Stage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]
# a table that grows with the orders, read whole, or by nothing narrower than its company and store
_TABLE = r"(sync_ordersighting|orders_order\w*)"
_ALL_OF_A_STORE = re.compile(
    rf"SCAN {_TABLE}\b(?! USING)|"
    rf"SEARCH {_TABLE} USING (COVERING )?INDEX (?!orders_to_acknowledge|orders_stale)\w+ "
    r"\((company_id=\?)?( AND )?(store_id=\?)?\)"
)


def _asked(do: Callable[[], Any]) -> list[tuple[str, Any]]:
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        do()
    return asked


def test_no_statement_reads_all_orders_of_the_store(stage: Stage, orders: list[int]) -> None:
    stage.sync()
    asked = {sql: params for sql, params in _asked(stage.sync) if sql.startswith("SELECT")}
    assert len(asked) > 20
    found = []
    with connection.cursor() as cursor:
        for sql, params in asked.items():
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            found += [(row[-1], sql) for row in cursor.fetchall() if _ALL_OF_A_STORE.search(row[-1])]
    assert not found, "\n".join(f"{plan}: {sql}" for plan, sql in found)
