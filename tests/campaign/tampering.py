"""Would the judge see it? Each lie is told to the books of a history that is over, judged, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from campaign.judging import CANCELLED
from campaign.world import World

_FIRST = "(SELECT MIN(id) FROM {})"
_CANCELLED = "(SELECT id FROM orders_order WHERE state = 'cancelled')"
LIES = {
    "an order is lost": "DELETE FROM orders_order WHERE id = (SELECT MAX(id) FROM orders_order WHERE state = 'open')",
    "a total is a cent off": "UPDATE orders_order SET total = total + 0.01 WHERE state = 'invoiced'",
    "a line is a cent off": "UPDATE orders_orderitem SET unit_price = unit_price + 0.01",
    "an order is of another hour": "UPDATE orders_order SET placed_at = '2026-01-01 00:00:00+00:00'",
    "an order is of another buyer": f"UPDATE orders_order SET customer_id = {_FIRST.format('customers_customer')}",
    "a cancelled order is open": "UPDATE orders_order SET state = 'open' WHERE state = 'cancelled'",
    "a movement is gone": "DELETE FROM stock_movement WHERE id = (SELECT MAX(id) FROM stock_movement)",
    "a unit appears": f"UPDATE stock_balance SET on_hand = on_hand + 1 WHERE id = {_FIRST.format('stock_balance')}",
    "more is reserved than sold": "UPDATE stock_reservation SET quantity = quantity + 1 WHERE state = 'open'",
    "nothing was given back": f"DELETE FROM stock_reservation WHERE order_id IN {_CANCELLED}",
    "a nota is not delivered": "UPDATE fiscal_nota SET delivery = 'due'",
    "a nota is of another amount": "UPDATE fiscal_nota SET total = total + 0.01",
    "a number is left out": "UPDATE fiscal_numberseries SET next_number = next_number + 1",
    "a nota is unknown to SEFAZ": "UPDATE fiscal_nota SET chave_de_acesso = SUBSTR(chave_de_acesso, 1, 43) || 'X'",
    "a matter is closed by nobody": "UPDATE pending_pendingmatter SET resolved_at = opened_at",
    "two runs at once": "UPDATE sync_syncrun SET finished_at = '2030-01-01 00:00:00+00:00' WHERE number = 1",
    "an order is seen that is not there": "UPDATE sync_ordersighting SET tray_id = tray_id + 100000",
    "a count does not balance": "UPDATE sync_syncrun SET held_total = held_total + 1",
    "a status is owed": "UPDATE orders_order SET is_acknowledgement_due = TRUE",
}


def unseen_lies(world: World, judge: Callable[[], list[str]], judge_secrecy: Callable[[], list[str]]) -> list[str]:
    """Return the lies that the judges let pass."""
    unseen = [name for name, tell in _lies(world) if not _is_seen(tell, judge)]
    token = next(iter(world.shops[0].tokens_ever))
    if not _is_seen(lambda: _execute("UPDATE sync_syncevent SET text = %s", f"?t={token}"), judge_secrecy):
        unseen.append("a token is in the log of a run")
    return unseen


def _is_seen(tell: Callable[[], None], judge: Callable[[], list[str]]) -> bool:
    with _taken_back():
        tell()
        return bool(judge())


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def _lies(world: World) -> Iterator[tuple[str, Callable[[], None]]]:
    for name, sql in LIES.items():
        yield name, lambda sql=sql: _execute(sql)  # type: ignore[misc]
    changed = b"<NFe/>"
    yield "a signed byte is changed", lambda: _execute("UPDATE fiscal_notaxml SET signed = %s", changed)
    one = world.shops[0]
    item = one.skus[0]
    shown = item.stock
    item.fields["stock"] = str(shown + 1)
    yield "Tray shows another stock", lambda: None
    item.fields["stock"] = str(shown)
    order = next(order for order in one.shop.orders.values() if order.invoices)
    invoice = order.invoices.pop()
    yield "a nota is not at Tray", lambda: None
    order.invoices.append(invoice)
    shop, cancelled = next(
        (one.shop, order) for one in world.shops for order in one.shop.orders.values() if order.status_id in CANCELLED
    )
    cancelled.status_id, was = shop.status("A ENVIAR - SINCRONIZADO").id, cancelled.status_id
    yield "a cancellation is written over", lambda: None
    cancelled.status_id = was


def _execute(sql: str, *given: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
