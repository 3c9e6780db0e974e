"""Two hundred notas in one press: it can be watched, and what is rejected stops no other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection

from ahead.catalog.models import Product
from ahead.fiscal import pressing
from ahead.fiscal.models import Nota, Press
from ahead.orders.models import Order
from fiscal_making import make_sale
from nota_stage import NotaStage
from sync_stage import BY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
ORDERS = 200
REJECTED = (1, 100, 198)


def test_two_hundred_notas_are_one_press_that_can_be_watched(notas: NotaStage) -> None:
    notas.add_product("PAO-220", on_hand=1_000)
    bread = notas.products[0]
    odd = notas.stage.add_ours("PAO-ODD", on_hand=10)
    Product.objects.of(notas.company).filter(pk=odd.pk).update(ncm="99999999")  # SEFAZ knows no such NCM: 778
    now = datetime.now(UTC)
    orders = [
        make_sale(notas.stage.store, now, [(odd if place in REJECTED else bread, 1, "10.00")], kind="PED", tray_id=None)
        for place in range(ORDERS)
    ]
    asked = pressing.press(notas.company, [order.pk for order in orders], by=BY, now=now)

    seen = Watcher(asked).watch(notas.work)

    assert seen == sorted(seen), "it never goes back"
    assert len(seen) > 5, "a person sees it grow"
    assert Counter(notas.outcomes(asked)) == {"authorised": ORDERS - len(REJECTED), "rejected": len(REJECTED)}
    asked.refresh_from_db()
    assert (asked.state, asked.done) == (Press.State.DONE, ORDERS)
    rejected = Nota.objects.of(notas.company).filter(state=Nota.State.REJECTED)
    assert set(rejected.values_list("order_id", flat=True)) == {orders[place].pk for place in REJECTED}
    assert set(rejected.values_list("cstat", flat=True)) == {"778"}
    assert notas.sefaz.counters.by_service == {"NFeAutorizacao4": ORDERS}, "one request for each"
    sold = ORDERS - len(REJECTED)
    assert notas.on_hand(bread) == (1_000 - sold, 0)
    assert Order.objects.of(notas.company).filter(state=Order.State.INVOICED).count() == sold
    notas.check_books()


class Watcher:
    """Looks at a press from a connection of its own, as the screen of a person does."""

    def __init__(self, asked: Press) -> None:
        self._asked, self._is_over = asked, threading.Event()
        self._seen: list[int] = []

    def watch(self, work: Callable[[], None]) -> list[int]:
        """Let the work be done, and return how much of it was to be seen meanwhile."""
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            work()
        finally:
            self._is_over.set()
            thread.join()
        return self._seen

    def _look(self) -> None:
        try:
            while not self._is_over.wait(0.05):
                done = Press.objects.of(self._asked.company_id).values_list("done", flat=True).get(pk=self._asked.pk)
                if not self._seen or self._seen[-1] != done:
                    self._seen.append(done)
        finally:
            connection.close()
