"""Random histories of orders and their notas, with faults and deaths: once it is quiet, all three sides agree."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from nota_deaths import dying

from ahead.fiscal import pressing
from ahead.fiscal.delivering import resend
from ahead.fiscal.eventing import request_cancellation, request_correction
from ahead.fiscal.models import Nota, NotaEvent, NotaXml, Press
from ahead.fiscal.preparing import open_workshop
from ahead.fiscal.returning import prepare_return
from ahead.lib.errors import Refused
from ahead.orders.models import Order, OrderItem
from ahead.sandbox.sefaz.switches import Switches
from nota_stage import NotaStage
from sync_stage import BY, assert_books_balance

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
FIRST_SEED = int(os.environ.get("HISTORY_SEED", "11"))
SEEDS = int(os.environ.get("HISTORIES", "2"))  # more of them if it is set
STEPS = 30
QUIET_EVERY = 10
ON_HAND = 500
AT_SEFAZ: list[dict[str, Any]] = [
    {"drop_before": 1}, {"drop_after": 1}, {"drop_after": 2}, {"html_next": 1}, {"html_after": 1},
    {"error_503_next": 1}, {"reject_next": 1, "reject_cstat": "778"}, {"down": True}, {"banned": True},
    {"ask_later_next": 1},
]  # fmt: skip
AT_TRAY = ("500", "504", "500-but-done", "timeout-after-commit", "html-200", "empty")
ROUTES = ("POST /orders/*", "PUT /orders/*", "GET /orders", "*")


class History:
    """A shop where orders are sold, invoiced, cancelled and given back, from a seed."""

    def __init__(self, notas: NotaStage, seed: int) -> None:
        self.notas, self.random = notas, Random(f"notas {seed}")
        self.bread = notas.add_product(on_hand=ON_HAND)
        self.signed: dict[tuple[int, int], bytes] = {}
        self.seen: Counter[str] = Counter()
        notas.sefaz.switches.change({"counts_consumption": False})  # the hour it bans us for does not pass here

    def step(self) -> None:
        """Do one thing, and see that no byte of what was signed has changed."""
        doing: Callable[[], None] = self.random.choice(
            (self.sell, self.sell, self.press, self.press, self.press, self.work, self.sync, self.die_working,
             self.die_working, self.die_syncing, self.fail_at_sefaz, self.fail_at_sefaz, self.fail_at_tray,
             self.cancel_at_tray, self.cancel_nota, self.correct, self.give_back, self.send_again, self.wait)
        )  # fmt: skip
        with suppress(Refused):  # what may not be done now is refused: that is fine
            doing()
            self.seen[doing.__name__] += 1
        self.assert_bytes()

    # ── what happens ──────────────────────────────────────────────────────────────────────────────────────

    def sell(self) -> None:
        for _ in range(self.random.randint(1, 3)):
            self.notas.stage.shop.place_order(items=[(self.bread, self.random.randint(1, 3))])
        if self.random.random() < 0.7:
            self.sync()

    def press(self) -> None:
        orders = list(self.any(Order.objects.of(self.notas.company).filter(state=Order.State.OPEN), 3))
        pressing.press(self.notas.company, [order.pk for order in orders], by=BY, now=datetime.now(UTC))
        self.work()

    def work(self) -> None:
        self.notas.work()

    def sync(self) -> None:
        self.notas.stage.sync()

    def die_working(self) -> None:
        with suppress(Refused):
            orders = list(self.any(Order.objects.of(self.notas.company).filter(state=Order.State.OPEN), 3))
            pressing.press(self.notas.company, [order.pk for order in orders], by=BY, now=datetime.now(UTC))
        with dying(at_commit=self.random.randint(1, 9), is_through=self.random.random() < 0.5):
            self.notas.work()

    def die_syncing(self) -> None:
        with dying(at_commit=self.random.randint(3, 24), is_through=self.random.random() < 0.5):
            self.notas.stage.sync()

    def fail_at_sefaz(self) -> None:
        self.notas.sefaz.switches.change(self.random.choice(AT_SEFAZ))

    def fail_at_tray(self) -> None:
        kind, route = self.random.choice(AT_TRAY), self.random.choice(ROUTES)
        self.notas.stage.shop.faults.next(route, kind, times=self.random.randint(1, 2), after=self.random.randint(0, 2))

    def cancel_at_tray(self) -> None:
        if orders := list(self.notas.stage.shop.orders.values()):
            self.notas.stage.move(self.random.choice(orders).id, "CANCELADO")

    def cancel_nota(self) -> None:
        for nota in self.any(self.authorised(), 1):
            reason = "O cliente desistiu da compra"
            request_cancellation(self.notas.company, nota.pk, reason=reason, by=BY, now=datetime.now(UTC))
            self.die_working() if self.random.random() < 0.5 else self.work()

    def correct(self) -> None:
        for nota in self.any(self.authorised(), 1):
            text = f"Peso bruto de {self.random.randint(1, 9)} quilos"
            request_correction(self.notas.company, nota.pk, text=text, by=BY, now=datetime.now(UTC))
            self.work()

    def give_back(self) -> None:
        now = datetime.now(UTC)
        for nota in self.any(self.authorised(), 1):
            units = {1: self.random.randint(1, 2)}
            prepare_return(open_workshop(self.notas.company, now=now), nota.pk, units, by=BY, now=now)
            self.work()

    def send_again(self) -> None:
        for nota in self.any(Nota.objects.of(self.notas.company), 1):
            resend(self.notas.company, [nota.pk], by=BY, now=datetime.now(UTC))

    def wait(self) -> None:
        self.notas.later()

    def any(self, rows: Any, most: int) -> Any:
        """Return some of the rows."""
        found = list(rows.order_by("pk"))
        return self.random.sample(found, min(len(found), self.random.randint(1, most)))

    def authorised(self) -> Any:
        return Nota.objects.of(self.notas.company).filter(state=Nota.State.AUTHORISED)

    # ── what holds ────────────────────────────────────────────────────────────────────────────────────────

    def be_quiet(self) -> None:
        """Let nothing fail any more, and all that waits be done."""
        notas, company = self.notas, self.notas.company
        notas.sefaz.switches.change({**Switches().as_mapping(), "counts_consumption": False})
        notas.stage.shop.faults.clear()
        for _ in range(3):
            notas.later()
            notas.work()
        failed = Nota.objects.of(company).filter(state=Nota.State.AUTHORISED, delivery__in=["due", "failed"])
        with suppress(Refused):
            resend(company, [nota.pk for nota in failed], by=BY, now=datetime.now(UTC))
        notas.stage.sync()
        notas.stage.sync()
        self.assert_bytes()
        self.assert_agreed()

    def assert_bytes(self) -> None:
        for row in NotaXml.objects.of(self.notas.company):
            assert bytes(row.signed) == self.signed.setdefault((row.nota_id, row.version), bytes(row.signed))

    def assert_agreed(self) -> None:
        """No number twice, no order with two notas, none undelivered, nothing on its way, and the stock is right."""
        notas, company = self.notas, self.notas.company
        notas.check_books()
        on_its_way = [Nota.State.SIGNED, Nota.State.SENDING, Nota.State.UNKNOWN]
        assert not Nota.objects.of(company).filter(state__in=on_its_way).exists()
        assert not NotaEvent.objects.of(company).filter(due_at__isnull=False).exists()
        assert not Press.objects.of(company).exclude(state=Press.State.DONE).exists()
        assert not Order.objects.of(company).filter(state=Order.State.INVOICING).exists()
        for nota in self.authorised().filter(kind=Nota.Kind.SALE).select_related("order"):
            at_tray = [one["key"] for one in notas.stage.shop.orders[nota.order.tray_id].invoices]
            assert at_tray == [nota.chave_de_acesso], f"nota {nota}"
            assert (nota.delivery, nota.is_delivery_in_doubt) == ("delivered", False)
        cancelled = {nota.chave_de_acesso for nota in Nota.objects.of(company).filter(state=Nota.State.CANCELLED)}
        assert cancelled == {chave for chave in notas.sefaz.notas if notas.sefaz.is_cancelled(chave)}
        self.assert_stock()

    def assert_stock(self) -> None:
        company = self.notas.company
        assert_books_balance(company)
        sold, promised = (
            sum(OrderItem.objects.of(company).filter(order__state=state).values_list("quantity", flat=True))
            for state in (Order.State.INVOICED, Order.State.OPEN)
        )
        returns = self.authorised().filter(kind=Nota.Kind.RETURN)
        back = sum(sum(nota.returned.values()) for nota in returns)
        assert self.notas.on_hand(self.notas.products[0]) == (ON_HAND - sold + back, promised)
        with_nota = set(self.authorised().filter(kind=Nota.Kind.SALE).values_list("order_id", flat=True))
        invoiced = Order.objects.of(company).filter(state=Order.State.INVOICED).values_list("pk", flat=True)
        assert set(invoiced) == with_nota


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SEEDS))
def test_whatever_fails_and_whoever_dies_all_sides_agree_once_it_is_quiet(notas: NotaStage, seed: int) -> None:
    history = History(notas, seed)
    history.sell()
    history.sync()
    for number in range(1, STEPS + 1):
        history.step()
        if number % QUIET_EVERY == 0:
            history.be_quiet()
    assert sum(history.seen.values()) > STEPS / 3
    assert history.authorised().exists()
