"""The promises about notas and secrets, judged from outside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import connection

from ahead.sandbox.sefaz import SefazSandbox
from campaign import books
from campaign.books import money, rows
from campaign.issuing import CERTIFICATE_PASSWORD, FIRST_NUMBER
from campaign.world import World

_NOTAS = """
SELECT n.id, n.number, n.chave_de_acesso, n.state, n.kind, n.total, n.delivery, n.is_delivery_in_doubt,
       o.id, o.store_id, o.tray_id, o.total, x.signed, x.digest
FROM fiscal_nota n JOIN orders_order o ON o.id = n.order_id
JOIN fiscal_notaxml x ON x.nota_id = n.id AND x.version = n.version
"""


def judge_notas(world: World, sefaz: SefazSandbox) -> Iterator[str]:
    """Yield what is wrong with the notas."""
    shops = {one.store.pk: one.shop for one in world.shops}
    mine: set[str] = set()
    live: Counter[int] = Counter()
    numbers: list[int] = []
    for _, number, chave, state, kind, total, delivery, in_doubt, order, store, tray_id, due, signed, digest in rows(
        _NOTAS
    ):
        mine.add(chave)
        numbers.append(number)
        if state not in {"authorised", "cancelled"}:
            yield f"nota {number} is {state} once all is quiet"
            continue
        live[order] += state == "authorised" and kind == "sale"
        yield from _at_sefaz(sefaz, number, chave, bytes(signed), digest, total)
        if money(total) != money(due):
            yield f"nota {number} is of {total}, its order of {due}"
        keys = [invoice["key"] for invoice in shops[store].orders[tray_id].invoices]
        if keys != [chave] or delivery != "delivered" or in_doubt:
            yield f"nota {number} is {delivery}, and Tray has {keys}"
    yield from _numbers(sefaz, mine, live, numbers)
    yield from _left_over()


def _at_sefaz(sefaz: SefazSandbox, number: int, chave: str, signed: bytes, digest: str, total: object) -> Iterator[str]:
    there = sefaz.notas.get(chave)
    if there is None:
        yield f"nota {number} is authorised here, and SEFAZ has none"
        return
    if there.xml.encode() != signed:
        yield f"nota {number}: what is kept is not what SEFAZ was sent"
    if f"<digVal>{digest}</digVal>" not in there.protocol:
        yield f"nota {number}: the protocol is of another document"
    if money(there.total) != money(total):
        yield f"nota {number}: {total} here, {there.total} at SEFAZ"


def _numbers(sefaz: SefazSandbox, mine: set[str], live: Counter[int], numbers: list[int]) -> Iterator[str]:
    for chave in sefaz.notas.keys() - mine:
        yield f"SEFAZ has {chave}, we do not"
    for order, times in live.items():
        if times > 1:
            yield f"order {order} has {times} authorised notas"
    following = books.one("SELECT next_number FROM fiscal_numberseries WHERE serie = 1 AND environment = '1'")
    if sorted(numbers) != list(range(FIRST_NUMBER, following)):
        yield f"numbers used are not each one from {FIRST_NUMBER} to {following - 1} once"


def _left_over() -> Iterator[str]:
    for what, sql in (
        ("presses that are not through", "SELECT COUNT(*) FROM fiscal_press WHERE state <> 'done'"),
        ("orders that are being invoiced", "SELECT COUNT(*) FROM orders_order WHERE state = 'invoicing'"),
        ("events that are due", "SELECT COUNT(*) FROM fiscal_notaevent WHERE due_at IS NOT NULL"),
    ):
        if count := books.one(sql):
            yield f"{count} {what} are left over"


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────────────


def judge_secrets(world: World, logs: Iterable[Path], more: Iterable[str] = ()) -> Iterator[str]:
    """Yield where a token, a key or a password stands in a log, or unsealed in the database."""
    secrets = {*_secrets_of(world), CERTIFICATE_PASSWORD, *more}
    pattern = re.compile("|".join(map(re.escape, sorted(secrets))))
    for log in logs:
        for line in log.read_text(errors="replace").splitlines():
            if found := pattern.search(line):
                yield f"{log.name} holds a secret: …{found[0][-6:]}"
                break
    for table in connection.introspection.table_names():
        if _holds(table, pattern):
            yield f"the table {table} holds a secret that is not sealed"


def _secrets_of(world: World) -> Iterator[str]:
    for one in world.shops:
        yield one.shop.consumer_secret
        yield from one.tokens_ever


def _holds(table: str, pattern: re.Pattern[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return any(pattern.search(_text(value)) for row in cursor for value in row)


def _text(value: Any) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, (bytes, memoryview)) else str(value)
