"""Gerar Notas from the press to SEFAZ and back, whatever goes wrong on the way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ahead.audit.queries import history
from ahead.fiscal.door import open_sefaz
from ahead.fiscal.eventing import request_cancellation
from ahead.fiscal.models import Issuer, Nota, NotaXml, NumberSeries, Press, PressOrder
from ahead.fiscal.preparing import open_workshop
from ahead.fiscal.returning import CannotReturn, prepare_return
from ahead.fiscal.rules import local_time
from ahead.fiscal.set_up import set_next_number
from ahead.fiscal.voiding import CannotVoid, gaps, request_voiding
from ahead.fiscal.withdrawing import CannotWithdraw, give_number_up, withdraw
from ahead.nfe import events
from ahead.nfe.signing import sign
from ahead.nfe.values import Environment
from ahead.orders.models import Order
from ahead.pending.models import PendingMatter
from nota_stage import NotaStage
from sync_stage import BY


def test_what_is_pressed_is_authorised_its_goods_leave_and_tray_is_owed_the_xml(notas: NotaStage) -> None:
    orders = notas.sell(3)
    before = notas.on_hand(notas.products[0])

    asked = notas.press(orders)

    assert (asked.state, notas.outcomes(asked)) == (Press.State.DONE, ["authorised"] * 3)
    assert (before, notas.on_hand(notas.products[0])) == ((100, 3), (97, 0))
    for order in orders:
        order.refresh_from_db()
        nota = notas.nota(order)
        assert (order.state, nota.delivery, nota.total) == (Order.State.INVOICED, Nota.Delivery.DUE, order.total)
    notas.check_books()


@pytest.mark.parametrize("fault", ["drop_after", "html_after"])
def test_an_answer_lost_after_sefaz_authorised_is_asked_for_and_no_second_nota_is_made(
    notas: NotaStage, fault: str
) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({fault: 1})

    asked = notas.press([order])

    assert notas.outcomes(asked) == ["unknown"]
    order.refresh_from_db()
    assert order.state == Order.State.INVOICING
    notas.later()
    notas.work()
    assert notas.outcomes(asked) == ["authorised"]
    assert len(notas.sefaz.notas) == 1
    notas.check_books()


@pytest.mark.parametrize("fault", ["drop_before", "html_next", "error_503_next"])
def test_what_never_reached_sefaz_goes_again_with_the_same_bytes(notas: NotaStage, fault: str) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({fault: 1})
    asked = notas.press([order])
    signed = bytes(NotaXml.objects.of(notas.company).get().signed)

    notas.later()
    notas.work()

    assert notas.outcomes(asked) == ["authorised"]
    assert bytes(NotaXml.objects.of(notas.company).get().signed) == signed
    notas.check_books()


def test_a_rejection_frees_the_order_says_what_to_do_and_the_next_press_has_the_same_number(notas: NotaStage) -> None:
    first, second = notas.sell(2)
    notas.sefaz.switches.change({"reject_next": 1, "reject_cstat": "778", "reject_reason": "Rejeicao: NCM inexistente"})

    asked = notas.press([first, second])

    assert sorted(notas.outcomes(asked)) == ["authorised", "rejected"]
    rejected = Nota.objects.of(notas.company).get(state=Nota.State.REJECTED)
    assert Order.objects.of(notas.company).get(pk=rejected.order_id).state == Order.State.OPEN
    matter = PendingMatter.objects.of(notas.company).get(kind="nota_rejected", resolved_at=None)
    assert "NCM" in matter.text
    assert matter.remedy

    notas.press([Order.objects.of(notas.company).get(pk=rejected.order_id)])

    again = Nota.objects.of(notas.company).get(pk=rejected.pk)
    assert (again.state, again.number, again.version) == (Nota.State.AUTHORISED, rejected.number, 2)
    assert not PendingMatter.objects.of(notas.company).filter(kind="nota_rejected", resolved_at=None).exists()
    notas.check_books()


def test_an_order_that_was_cancelled_at_tray_meanwhile_has_no_nota(notas: NotaStage) -> None:
    first, second, third = notas.sell(3)
    notas.stage.move(second.tray_id or 0, "CANCELADO")

    asked = notas.press([first, second, third])

    assert notas.outcomes(asked) == ["authorised", "refused", "authorised"]
    assert not Nota.objects.of(notas.company).filter(order=second).exists()


@pytest.mark.parametrize("count", [1, 3])  # read by itself, and seen in a page
def test_an_order_that_changed_at_tray_since_it_was_read_has_a_nota_only_once_the_change_is_in(
    notas: NotaStage, count: int
) -> None:
    orders = notas.sell(count)
    changed = orders[-1]
    notas.stage.edit_lines(changed.tray_id or 0, lambda lines: lines[0].update(quantity="2"))

    asked = notas.press(orders)

    assert notas.outcomes(asked) == ["authorised"] * (count - 1) + ["refused"]
    assert "lá o total é" in PressOrder.objects.of(notas.company).get(press=asked, outcome="refused").text
    notas.stage.sync()
    assert notas.outcomes(notas.press([changed])) == ["authorised"]
    assert notas.nota(changed).total == 2 * changed.total


def test_no_nota_is_issued_while_tray_does_not_say_how_its_orders_are(notas: NotaStage) -> None:
    orders = notas.sell(2)
    notas.stage.shop.faults.next("GET /orders", "500", times=20)

    asked = notas.press(orders)

    assert notas.outcomes(asked) == ["refused"] * 2
    assert not Nota.objects.of(notas.company).exists()
    assert not notas.sefaz.notas


def test_sefaz_that_bans_us_is_left_alone_for_an_hour(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"banned": True})

    notas.press([order])

    issuer = Issuer.objects.of(notas.company).get()
    assert issuer.resting_until is not None
    assert (issuer.resting_until - datetime.now(UTC)).total_seconds() > 3000
    asked_before = notas.sefaz.counters.as_mapping()
    notas.work()
    assert notas.sefaz.counters.as_mapping() == asked_before
    notas.sefaz.switches.change({"banned": False})
    notas.later()
    notas.work()
    notas.check_books()
    assert notas.nota(order).state == Nota.State.AUTHORISED


def test_sefaz_that_is_down_is_waited_for(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"down": True})
    notas.press([order])
    assert notas.nota(order).state == Nota.State.SIGNED

    notas.sefaz.switches.change({"down": False})
    notas.later()
    notas.work()

    assert notas.nota(order).state == Nota.State.AUTHORISED


def test_a_protocol_of_other_contents_stops_the_series_and_asks_a_person(notas: NotaStage) -> None:
    first, second = notas.sell(2)
    notas.sefaz.switches.change({"wrong_digest_next": 1})

    notas.press([first])

    assert NumberSeries.objects.of(notas.company).get(environment="1").stopped_because
    assert PendingMatter.objects.of(notas.company).filter(kind="number_conflict", resolved_at=None).exists()
    asked = notas.press([second])
    assert notas.outcomes(asked) == ["refused"]


def test_a_nota_is_cancelled_its_goods_come_back_and_its_order_may_have_another(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.press([order])
    nota = notas.nota(order)

    request_cancellation(notas.company, nota.pk, reason="Cliente desistiu da compra", by=BY, now=datetime.now(UTC))
    trail = history(notas.company, subject_kind="nota", subject_id=nota.pk)
    assert trail.get(name="fiscal.nota.cancellation_asked").by == BY
    notas.work()

    nota.refresh_from_db()
    order.refresh_from_db()
    assert (nota.state, order.state) == (Nota.State.CANCELLED, Order.State.OPEN)
    assert notas.on_hand(notas.products[0]) == (100, 1)
    notas.press([order])
    assert sorted(Nota.objects.of(notas.company).values_list("state", flat=True)) == ["authorised", "cancelled"]
    notas.check_books()


def test_a_cancellation_whose_answer_was_lost_is_looked_up(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.press([order])
    nota = notas.nota(order)
    request_cancellation(notas.company, nota.pk, reason="Cliente desistiu da compra", by=BY, now=datetime.now(UTC))
    notas.sefaz.switches.change({"drop_after": 1})
    notas.work()
    nota.refresh_from_db()
    assert nota.state == Nota.State.AUTHORISED

    notas.later()
    notas.work()

    nota.refresh_from_db()
    assert nota.state == Nota.State.CANCELLED
    assert notas.on_hand(notas.products[0]) == (100, 1)


def test_a_cancellation_at_tray_while_sefaz_is_silent_waits_for_sefaz(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"drop_before": 1, "reject_next": 1, "reject_cstat": "778"})
    notas.press([order])
    notas.stage.move(order.tray_id or 0, "CANCELADO")
    notas.stage.sync()
    order.refresh_from_db()
    assert (order.state, order.is_cancellation_waiting) == (Order.State.INVOICING, True)

    notas.later()
    notas.work()

    order.refresh_from_db()
    assert order.state == Order.State.CANCELLED
    assert notas.on_hand(notas.products[0]) == (100, 0)
    series = NumberSeries.objects.of(notas.company).get(environment="1")
    assert [(gap.first, gap.last) for gap in gaps(notas.company.pk, series)] == [(100, 100)]


def test_what_a_buyer_sends_back_is_in_stock_once_however_it_is_divided(notas: NotaStage) -> None:
    [order] = notas.sell(units=3)
    notas.press([order])
    sale = notas.nota(order)
    now = datetime.now(UTC)

    for units in (1, 2):
        prepare_return(open_workshop(notas.company, now=now), sale.pk, {1: units}, by=BY, now=now)
        notas.work()
    trail = history(notas.company, subject_kind="nota", subject_id=sale.pk)
    assert trail.filter(name="fiscal.nota.return_asked", by=BY).count() == 2
    notas.later()
    notas.work()

    returns = Nota.objects.of(notas.company).filter(references=sale)
    assert [nota.state for nota in returns] == [Nota.State.AUTHORISED] * 2
    assert sum(nota.total for nota in returns) == sale.total
    assert notas.on_hand(notas.products[0]) == (100, 0)
    with pytest.raises(CannotReturn, match="até 0"):
        prepare_return(open_workshop(notas.company, now=now), sale.pk, {1: 1}, by=BY, now=now)


def test_a_devolucao_that_is_rejected_brings_nothing_back_and_keeps_its_number(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.press([order])
    sale = notas.nota(order)
    now = datetime.now(UTC)
    notas.sefaz.switches.change({"reject_next": 1, "reject_cstat": "327"})
    rejected = prepare_return(open_workshop(notas.company, now=now), sale.pk, {1: 1}, by=BY, now=now)
    notas.work()
    assert notas.on_hand(notas.products[0]) == (99, 0)

    again = prepare_return(open_workshop(notas.company, now=now), sale.pk, {1: 1}, by=BY, now=now)
    notas.work()

    assert (again.pk, again.number) == (rejected.pk, rejected.number)
    assert notas.on_hand(notas.products[0]) == (100, 0)


def test_a_number_that_no_nota_has_is_found_and_voided(notas: NotaStage) -> None:
    [order] = notas.sell()
    NumberSeries.objects.of(notas.company).update(next_number=103)  # as if three had been given out
    notas.press([order])
    series = NumberSeries.objects.of(notas.company).get(environment="1")
    assert [(gap.first, gap.last) for gap in gaps(notas.company.pk, series)] == [(100, 102)]
    now = datetime.now(UTC)
    with pytest.raises(CannotVoid):
        request_voiding(
            notas.company, environment="1", serie=1, first=100, last=103, justification="x" * 20, by=BY, now=now
        )

    asked = request_voiding(
        notas.company, environment="1", serie=1, first=100, last=102, justification="Falha do sistema", by=BY, now=now
    )
    notas.work()

    asked.refresh_from_db()
    assert (asked.state, bool(asked.protocol)) == ("accepted", True)
    assert gaps(notas.company.pk, series) == []


def test_a_nota_that_was_not_sent_is_taken_back_and_its_number_goes_to_the_next(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"down": True})
    notas.press([order])
    waiting = notas.nota(order)

    withdraw(notas.company, waiting.pk, by=BY, now=datetime.now(UTC))

    order.refresh_from_db()
    assert order.state == Order.State.OPEN
    notas.sefaz.switches.change({"down": False})
    notas.later()
    notas.press([order])
    assert (notas.nota(order).number, notas.nota(order).state) == (waiting.number, Nota.State.AUTHORISED)
    notas.check_books()


def test_a_nota_that_may_be_at_sefaz_is_not_taken_back(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"drop_after": 1})
    notas.press([order])

    for way_out in (withdraw, give_number_up):
        with pytest.raises(CannotWithdraw):
            way_out(notas.company, notas.nota(order).pk, by=BY, now=datetime.now(UTC))


def test_an_order_whose_number_is_anothers_is_let_go_and_has_another_number(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change(
        {"reject_next": 1, "reject_cstat": "539", "reject_reason": f"Duplicidade de NF-e [chNFe:{'3' * 44}]"}
    )
    notas.press([order])
    taken = notas.nota(order)
    assert (taken.state, taken.due_at) == (Nota.State.UNKNOWN, None)

    give_number_up(notas.company, taken.pk, by=BY, now=datetime.now(UTC))
    set_next_number(notas.company, environment="1", serie=1, next_number=taken.number + 5, by=BY, now=datetime.now(UTC))
    notas.press([order])

    live = Nota.objects.of(notas.company).get(order=order, state=Nota.State.AUTHORISED)
    assert live.number == taken.number + 5


def test_a_nota_that_another_system_cancelled_is_cancelled_here_and_nothing_leaves(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"drop_after": 1})
    asked = notas.press([order])
    _cancel_elsewhere(notas, notas.nota(order))

    notas.later()
    notas.work()

    nota = notas.nota(order)
    order.refresh_from_db()
    assert (nota.state, nota.cstat, nota.delivery) == (Nota.State.CANCELLED, "101", Nota.Delivery.NONE)
    assert nota.protocol
    assert nota.cancelled_at
    assert (order.state, notas.on_hand(notas.products[0])) == (Order.State.OPEN, (100, 1))
    assert notas.outcomes(asked) == ["cancelled"]
    matter = PendingMatter.objects.of(notas.company).get(kind="nota_cancelled", resolved_at=None)
    assert str(order.number) in matter.text

    notas.press([order])  # the sale stands: it has another nota, and nothing is pending any more
    assert sorted(Nota.objects.of(notas.company).values_list("state", flat=True)) == ["authorised", "cancelled"]
    assert not PendingMatter.objects.of(notas.company).filter(kind="nota_cancelled", resolved_at=None).exists()
    notas.check_books()


def _cancel_elsewhere(notas: NotaStage, nota: Nota) -> None:
    """Another program of the merchant cancels a nota of ours at SEFAZ."""
    workshop = open_workshop(notas.company, now=datetime.now(UTC))
    unsigned = events.cancelamento(
        chave=nota.chave_de_acesso,
        cnpj=notas.company.cnpj,
        environment=Environment.PRODUCTION,
        orgao=nota.chave_de_acesso[:2],
        at=local_time(datetime.now(UTC), "SP"),
        protocolo=notas.sefaz.notas[nota.chave_de_acesso].protocol_number,
        reason="Cancelada pela contabilidade",
    )
    signed = sign(unsigned, certificate=workshop.certificate, tag="infEvento")
    with open_sefaz(notas.issuer) as sefaz:
        assert sefaz.send_event(signed.xml, lote=1).cstat == "135"


def test_a_nota_that_breaks_something_of_ours_stops_no_other_and_is_told_of(notas: NotaStage) -> None:
    first, second, third = notas.sell(3)
    notas.sefaz.switches.change({"drop_before": 3})
    asked = notas.press([first, second, third])
    NotaXml.objects.of(notas.company).filter(nota__order=second).delete()  # what no version of ours should do

    notas.later()
    notas.work()

    assert notas.outcomes(asked) == ["authorised", "unknown", "authorised"]
    broken = notas.nota(second)
    assert broken.due_at is not None
    assert broken.due_at > datetime.now(UTC)
    matter = PendingMatter.objects.of(notas.company).get(kind="nota_broken", resolved_at=None)
    assert str(second.number) in matter.text
    asked.refresh_from_db()
    assert asked.state == Press.State.DONE
