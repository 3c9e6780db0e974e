"""Notes that Tray did not take, or that somebody else issued: why, whose turn it is, and *Reenviar*."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from notes_stage import (
    POST,
    assert_delivered,
    foreign_invoice,
    ids,
    issue,
    keys_at_tray,
    routes,
    status_at_tray,
)

from ahead.fiscal.delivering import CannotResend, resend
from ahead.fiscal.models import Nota, NotaXml
from ahead.orders.models import Order
from ahead.pending.models import Kind
from ahead.stores.models import Store, StoreAgenda
from ahead.sync.matters import try_again
from ahead.sync.models import EventKind, OrderSighting, RunState, Step, SyncRun
from nota_rows import chave_of, timeline
from sync_stage import BY, Stage

pytestmark = pytest.mark.django_db(transaction=True)


# ── refused ────────────────────────────────────────────────────────────────────────────────────────────────


def refused(stage: Stage) -> tuple[Nota, SyncRun]:
    """A nota whose number Tray has already, for another order."""
    first, second = ids(stage)
    stage.shop.orders[second].invoices.append(foreign_invoice("500") | {"serie": "1"})
    nota = issue(stage, first, number=500, chave_de_acesso=chave_of(500))
    return nota, stage.sync()


def test_a_refused_nota_says_why_and_waits_for_a_person(sold: Stage) -> None:
    nota, run = refused(sold)
    nota.refresh_from_db()
    assert (nota.delivery, nota.delivery_due_at, nota.is_delivery_in_doubt) == ("failed", None, False)
    assert "nota já cadastrada" in nota.delivery_problem
    error = sold.error(run)
    assert ("nota já cadastrada" in error.cause, error.turn) == (True, "you")
    assert "Reenviar" in error.remedy
    matter = sold.matter(Kind.NOTA_UNDELIVERED)
    assert (matter.turn, matter.order_id, matter.facts) == ("you", nota.order_id, {"nota_id": nota.pk})
    assert "nota já cadastrada" in matter.text
    assert "nota já cadastrada" in timeline(nota)[-1]
    sold.shop.counters.reset()
    assert (sold.sync().errors, routes(sold)) == (0, {})


@pytest.mark.parametrize("by_matter", [False, True])
def test_reenviar_sends_it_again_once_its_cause_is_gone(sold: Stage, by_matter: bool) -> None:
    nota, _ = refused(sold)
    sold.shop.orders[ids(sold)[1]].invoices.clear()
    if by_matter:
        told = try_again(sold.company, sold.matter(Kind.NOTA_UNDELIVERED).pk, by=BY, now=datetime.now(UTC))
        assert told == "A nota será enviada ao Tray em instantes."
    else:
        assert resend(sold.company, [nota.pk], by=BY, now=datetime.now(UTC)).count == 1
    agenda = StoreAgenda.objects.of(sold.company).get(store=sold.store)
    assert agenda.is_asked()

    run = sold.sync(asked=agenda.asked)

    assert (run.state, run.notes_delivered) == (RunState.CLEAN, 1)
    assert_delivered(sold, nota)


def test_a_nota_of_an_order_that_tray_deleted_asks_a_person(sold: Stage) -> None:
    first = ids(sold)[0]
    nota = issue(sold, first)
    del sold.shop.orders[first]
    run = sold.sync()
    assert "O Tray não tem mais este pedido." in [event.cause for event in sold.events(run, EventKind.ERROR)]
    assert str(nota) in sold.matter(Kind.NOTA_UNDELIVERED).text


def test_what_is_kept_of_a_nota_but_is_no_nota_is_told_and_stops_no_other(sold: Stage) -> None:
    first, second = (issue(sold, tray_id) for tray_id in ids(sold))
    NotaXml.objects.of(sold.company).filter(nota=first).update(protocol_xml=None)
    run = sold.sync()
    assert (run.notes_delivered, "protocolo" in sold.error(run).cause) == (1, True)
    assert_unsent(sold, first)
    nota = Nota.objects.of(sold.company).get(pk=second.pk)
    assert nota.delivery == "delivered"


def assert_unsent(stage: Stage, nota: Nota) -> None:
    nota.refresh_from_db()
    assert (nota.delivery, keys_at_tray(stage, nota.order.tray_id or 0)) == ("failed", [])


# ── another nota at Tray ───────────────────────────────────────────────────────────────────────────────────


def appears(stage: Stage, tray_id: int, invoice: dict[str, Any]) -> Callable[[SyncRun], None]:
    """Let a nota come to an order at Tray after the sweep has seen it without one."""

    def listener(run: SyncRun) -> None:
        order = stage.shop.orders[tray_id]
        if run.step == Step.NOTES and not order.invoices:
            order.invoices.append(invoice)

    return listener


@pytest.mark.parametrize("is_seen", [True, False])
def test_where_somebody_else_has_issued_nothing_is_sent_and_a_person_is_asked(sold: Stage, is_seen: bool) -> None:
    first = ids(sold)[0]
    order = sold.shop.orders[first]
    nota = issue(sold, first, number=501, chave_de_acesso=chave_of(501))
    theirs = foreign_invoice("501") | {"serie": "1"}  # what Tray refuses ours for where theirs was not seen
    if is_seen:
        sold.later()
        order.invoices.append(theirs)
        with sold.shop.changing():
            sold.shop.touch(order)

    run = sold.sync(listener=None if is_seen else appears(sold, first, theirs))

    assert (POST in routes(sold), len(order.invoices)) == (not is_seen, 1)
    assert "O Tray já tem outra nota neste pedido nº 501" in sold.error(run).cause
    assert "Faturador" in sold.matter(Kind.NOTA_UNDELIVERED).remedy
    nota.refresh_from_db()
    assert (nota.delivery, nota.is_delivery_in_doubt, nota.is_status_due) == ("failed", False, True)
    assert status_at_tray(sold, first) == "A ENVIAR - SINCRONIZADO"
    assert OrderSighting.objects.of(sold.company).get(store=sold.store, tray_id=first).has_invoice

    order.invoices.clear()  # the person deleted it at Tray
    resend(sold.company, [nota.pk], by=BY, now=datetime.now(UTC))
    sold.sync()
    assert_delivered(sold, nota)


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_nota_that_somebody_put_there_by_hand_is_taken_as_delivered(sold: Stage, is_seen: bool) -> None:
    first = ids(sold)[0]
    nota = issue(sold, first)
    theirs = foreign_invoice("777") | {"key": nota.chave_de_acesso, "id": "41"}
    if is_seen:
        sold.shop.orders[first].invoices.append(theirs)
    run = sold.sync(listener=None if is_seen else appears(sold, first, theirs))
    assert (run.state, run.notes_delivered, POST in routes(sold)) == (RunState.CLEAN, 1, not is_seen)
    assert_delivered(sold, nota)
    assert nota.tray_invoice_id == 41


def test_the_nota_that_follows_a_cancelled_one_takes_its_place(sold: Stage) -> None:
    first = ids(sold)[0]
    old = issue(sold, first)
    sold.sync()
    Nota.objects.of(sold.company).filter(pk=old.pk).update(state=Nota.State.CANCELLED)
    Order.objects.of(sold.company).filter(pk=old.order_id).update(state=Order.State.OPEN)
    new = issue(sold, first)
    sold.shop.counters.reset()

    run = sold.sync()

    assert (run.state, run.notes_delivered) == (RunState.CLEAN, 1)
    assert_delivered(sold, new)
    assert routes(sold) == {"GET /orders/:id/invoices": 1, "PUT /orders/:id/invoices/:id": 1}
    assert "no lugar da nota cancelada" in timeline(new)[0]


# ── cancelled ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_cancelled_order_gets_its_nota_but_no_status(sold: Stage) -> None:
    first = ids(sold)[0]
    nota = issue(sold, first)
    sold.move(first, "CANCELADO")

    run = sold.sync()

    assert (run.notes_delivered, run.statuses_written, status_at_tray(sold, first)) == (1, 0, "CANCELADO")
    assert_delivered(sold, nota)
    assert timeline(nota)[-1] == "Status do pedido mantido: no Tray ele está em «CANCELADO»."
    assert sold.matter(Kind.ORDER_CHANGED).order_id == nota.order_id


def test_a_finished_order_keeps_its_status(sold: Stage) -> None:
    first = ids(sold)[0]
    sold.move(first, "FINALIZADO")
    sold.sync()
    nota = issue(sold, first)
    sold.sync()
    assert status_at_tray(sold, first) == "FINALIZADO"
    assert_delivered(sold, nota)


def test_of_a_cancelled_nota_nothing_is_delivered(sold: Stage) -> None:
    first, second = ids(sold)
    never, failed = issue(sold, first), issue(sold, second)
    sold.shop.orders[second].invoices.append(foreign_invoice("502"))
    sold.shop.orders[second].fields["has_invoice"] = "1"
    Nota.objects.of(sold.company).filter(pk=never.pk).update(state=Nota.State.CANCELLED)
    sold.sync()
    Nota.objects.of(sold.company).filter(pk=failed.pk).update(state=Nota.State.CANCELLED)

    sold.shop.counters.reset()
    run = sold.sync()

    assert (run.state, routes(sold), sold.matters(Kind.NOTA_UNDELIVERED)) == (RunState.CLEAN, {}, [])
    for nota in (never, failed):
        nota.refresh_from_db()
        assert (nota.delivery, nota.delivery_due_at, nota.is_status_due) == ("none", None, False)
    with pytest.raises(CannotResend, match="não vale mais"):
        resend(sold.company, [never.pk, failed.pk], by=BY, now=datetime.now(UTC))


# ── Reenviar ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_delivered_nota_that_was_deleted_at_tray_is_sent_again_and_one_that_is_there_is_not(sold: Stage) -> None:
    first, second = ids(sold)
    gone, there = issue(sold, first), issue(sold, second)
    sold.sync()
    sold.shop.orders[first].invoices.clear()
    sold.shop.counters.reset()

    resend(sold.company, [gone.pk, there.pk], by=BY, now=datetime.now(UTC))
    sold.sync()

    assert_delivered(sold, gone)
    assert_delivered(sold, there)
    assert routes(sold) == {"GET /orders/:id/invoices": 2, POST: 1}


def test_reenviar_leaves_out_what_cannot_go_and_says_why(sold: Stage) -> None:
    first, second = ids(sold)
    valid, cancelled = issue(sold, first), issue(sold, second, state=Nota.State.CANCELLED)
    resent = resend(sold.company, [valid.pk, cancelled.pk], by=BY, now=datetime.now(UTC))
    assert (resent.count, [nota for nota, _ in resent.left], resent.why_not_now) == (1, [str(cancelled)], "")
    assert timeline(valid) == ["Reenvio ao Tray pedido."]
    assert timeline(cancelled) == []


def test_reenviar_for_a_paused_store_says_that_it_waits(sold: Stage) -> None:
    nota = issue(sold, ids(sold)[0])
    Store.objects.of(sold.company).filter(pk=sold.store.pk).update(is_paused=True)
    assert "pausada" in resend(sold.company, [nota.pk], by=BY, now=datetime.now(UTC)).why_not_now


def test_another_company_cannot_resend(sold: Stage, outra: Any) -> None:
    nota = issue(sold, ids(sold)[0])
    with pytest.raises(CannotResend):
        resend(outra, [nota.pk], by=BY, now=datetime.now(UTC))
