"""A company's work on notas that is killed at every point of its way: the next one ends it, and all books agree."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from crash_database import database_url
from crash_killing import Doorway, Point, Victims, places
from crash_story import new_company
from crash_worker import WENT_WELL
from crash_workers import StartWorker

from ahead.fiscal import pressing
from ahead.fiscal.eventing import request_cancellation
from ahead.fiscal.models import Nota, NotaEvent, NotaXml, Press
from ahead.jobs.notas import send_notas
from ahead.orders.models import Order
from ahead.sandbox.sefaz import SefazSandbox
from ahead.sandbox.sefaz import serve as serve_sefaz
from ahead.sandbox.tray import TraySandbox, serve
from ahead.stock.operations import create_warehouse
from ahead.stores.models import Store
from fiscal_making import authority_folder
from jobs_box import wait_until
from nota_stage import NotaStage, make_stage
from sync_stage import BY, Stage

pytestmark = [pytest.mark.kill, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
ON_HAND = 1_000
SOON = timedelta(seconds=15)
SECONDS_TO_GO_ON, SECONDS_TO_END = 60, 240  # on a machine that does much else; idle it takes three


@dataclass
class Killing:
    """A shop whose notas are worked on by processes that die."""

    notas: NotaStage
    sefaz: Doorway
    victims: Victims
    bread: Any

    def work(self, point: Point | None = None) -> int | None:
        return self.victims.notas(company_id=self.notas.company.pk, point=point or Point(), sefaz=self.sefaz)


@pytest.fixture
def killing(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[Killing]:
    tray, sefaz = Doorway(TraySandbox(seed=5)), SefazSandbox()
    doorways: list[Doorway] = []

    def before(services: Callable[..., Any]) -> Doorway:
        doorways.append(Doorway(tray.box, services))
        return doorways[0]

    with (
        serve(tray, threads=8) as address,
        serve_sefaz(sefaz, folder=authority_folder(), before=before) as served,
    ):
        settings.SEFAZ_ADDRESS, settings.SEFAZ_AUTHORITIES = served.address, str(served.ca_file)
        notas = open_shop(tray.box, address, sefaz)
        victims = Victims(
            tray,
            database_url=database_url(),
            errors=tmp_path / "victims.log",
            AHEAD_SEFAZ_ADDRESS=served.address,
            AHEAD_SEFAZ_AUTHORITIES=str(served.ca_file),
        )
        yield Killing(notas, doorways[0], victims, notas.add_product(on_hand=ON_HAND))
        victims.close()


def test_a_worker_that_is_killed_while_sefaz_has_a_nota_is_gone_on_with_by_itself(
    killing: Killing, start_worker: StartWorker, settings: Any
) -> None:
    """Nobody presses again: the engine begins the work anew with the next worker, and the delivery follows."""
    notas, is_dead = killing.notas, threading.Event()
    Store.objects.of(notas.company).update(syncs_by_itself=False)  # its agenda would sync meanwhile
    given = {"AHEAD_SEFAZ_ADDRESS": settings.SEFAZ_ADDRESS, "AHEAD_SEFAZ_AUTHORITIES": settings.SEFAZ_AUTHORITIES}
    orders = notas.sell(2, product=killing.bread)
    worker = start_worker("first", **given)

    def strike() -> None:
        worker.process.kill()
        is_dead.set()

    killing.sefaz.arm(Point("answered", 1), strike)
    pressing.press(notas.company, [order.pk for order in orders], by=BY, now=datetime.now(UTC))
    send_notas(notas.company.pk)
    assert is_dead.wait(SECONDS_TO_END), worker.said()
    worker.process.wait()
    assert not Nota.objects.of(notas.company).filter(state=Nota.State.AUTHORISED).exists()

    start_worker("first", **given)

    authorised = Nota.objects.of(notas.company).filter(state=Nota.State.AUTHORISED)
    wait_until(lambda: authorised.count() == len(orders), SECONDS_TO_GO_ON)
    wait_until(lambda: authorised.filter(delivery=Nota.Delivery.DELIVERED).count() == len(orders), SECONDS_TO_END)
    assert_books(notas, authorised=len(orders), cancelled=0)


def open_shop(box: TraySandbox, address: str, sefaz: SefazSandbox) -> NotaStage:
    company = new_company(1)
    warehouse = create_warehouse(company=company, name="Depósito", by=BY, now=datetime.now(UTC))
    return make_stage(Stage(box, address, company, warehouse).open_store(hang_seconds=0.02), sefaz)


@pytest.mark.parametrize("at", ["arrives", "answered", "commit", "committed"])
def test_wherever_it_is_killed_the_next_one_ends_it_at_once_and_all_books_agree(at: str, killing: Killing) -> None:
    """Each time an order is sold and pressed, and the nota of the one before is cancelled: both are on their way."""
    notas, cancelled = killing.notas, 0
    last: Nota | None = None
    for sold, number in enumerate(places(), start=1):
        [order] = notas.sell(product=killing.bread)
        now = datetime.now(UTC)
        asked = pressing.press(notas.company, [order.pk], by=BY, now=now)
        if last is not None:
            request_cancellation(notas.company, last.pk, reason="O cliente desistiu", by=BY, now=now)
            cancelled += 1
        code = killing.work(Point(at, number))
        assert code in {None, WENT_WELL}, killing.victims.said()
        signed = dict(NotaXml.objects.of(notas.company).values_list("nota_id", "signed"))

        assert killing.work() == WENT_WELL, killing.victims.said()

        last = notas.nota(order)
        assert last.state == Nota.State.AUTHORISED, f"killed at {at} {number}"
        asked.refresh_from_db()
        assert (asked.state, asked.done, notas.outcomes(asked)) == (Press.State.DONE, 1, ["authorised"])
        end_events(killing)
        notas.stage.sync()
        assert_books(notas, authorised=sold - cancelled, cancelled=cancelled)
        now_signed = dict(NotaXml.objects.of(notas.company).values_list("nota_id", "signed"))
        assert {pk: bytes(now_signed[pk]) for pk in signed} == {pk: bytes(xml) for pk, xml in signed.items()}
        if code is not None:
            break
    assert number > 2, "it died on the way"
    assert killing.victims.said() == ""


def end_events(killing: Killing) -> None:
    """Work once more where SEFAZ did not have an event yet: that is due soon."""
    due = NotaEvent.objects.of(killing.notas.company).filter(due_at__isnull=False)
    if due.exists():
        assert not due.filter(due_at__gt=datetime.now(UTC) + SOON).exists()
        killing.notas.later()
        assert killing.work() == WENT_WELL
    assert not due.exists()


def assert_books(notas: NotaStage, *, authorised: int, cancelled: int) -> None:
    """SEFAZ, Tray and we say the same; what is sold has left, and what is open again is reserved."""
    notas.check_books()
    rows = Nota.objects.of(notas.company)
    states = sorted(rows.values_list("state", flat=True))
    assert states == ["authorised"] * authorised + ["cancelled"] * cancelled
    assert len(notas.sefaz.notas) == authorised + cancelled
    for nota in rows.filter(state=Nota.State.AUTHORISED).select_related("order"):
        at_tray = [one["key"] for one in notas.stage.shop.orders[nota.order.tray_id].invoices]
        assert (at_tray, nota.delivery, nota.delivery_due_at) == ([nota.chave_de_acesso], "delivered", None)
    assert Order.objects.of(notas.company).filter(state=Order.State.INVOICED).count() == authorised
    assert notas.on_hand(notas.products[0]) == (ON_HAND - authorised, cancelled)
