"""Work on notas that dies, freezes or breaks: the next one goes on with it, and nobody is told what is not so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ahead.fiscal.door import open_sefaz
from ahead.fiscal.models import Nota, NotaXml, Press, PressOrder
from ahead.fiscal.preparing import open_workshop, prepare_sale
from ahead.fiscal.pressing import companies_with_presses, press
from ahead.fiscal.sending import claim, perform, release_claims
from ahead.fiscal.taking_in import take_in
from ahead.orders.models import Order
from ahead.sandbox.tray import filters
from nota_stage import NotaStage
from sync_stage import BY


@pytest.mark.parametrize("dies_after", ["prepare", "claim", "perform"])
def test_a_process_that_dies_between_two_steps_loses_and_doubles_nothing(notas: NotaStage, dies_after: str) -> None:
    [order] = notas.sell()
    now = datetime.now(UTC)
    nota = prepare_sale(open_workshop(notas.company, now=now), order.pk, by=BY, now=now)
    if dies_after != "prepare":
        errand = claim(notas.company.pk, nota.pk, holder="morto", now=now)
        assert errand is not None
        if dies_after == "perform":
            with open_sefaz(notas.issuer) as client:
                perform(client, errand)

    notas.later()
    notas.work()
    notas.later()
    notas.work()

    nota.refresh_from_db()
    assert nota.state == Nota.State.AUTHORISED
    assert notas.on_hand(notas.products[0]) == (99, 0)
    notas.check_books()


def test_an_answer_that_is_taken_in_twice_moves_the_goods_once(notas: NotaStage) -> None:
    [order] = notas.sell()
    now = datetime.now(UTC)
    nota = prepare_sale(open_workshop(notas.company, now=now), order.pk, by=BY, now=now)
    errand = claim(notas.company.pk, nota.pk, holder="teste", now=now)
    assert errand is not None
    with open_sefaz(notas.issuer) as client:
        reply = perform(client, errand)

    take_in(notas.company.pk, reply, now=now)
    take_in(notas.company.pk, reply, now=now)

    assert notas.on_hand(notas.products[0]) == (99, 0)


@pytest.mark.parametrize("is_order_cancelled", [False, True])
def test_of_a_worker_that_was_frozen_only_a_protocol_counts(notas: NotaStage, *, is_order_cancelled: bool) -> None:
    """Another asked, sent, and was rejected meanwhile; then the frozen one wakes, and what it sends is authorised."""
    [order] = notas.sell()
    now = datetime.now(UTC)
    nota = prepare_sale(open_workshop(notas.company, now=now), order.pk, by=BY, now=now)
    frozen = claim(notas.company.pk, nota.pk, holder="teste", now=now)
    assert frozen is not None
    notas.sefaz.switches.change({"reject_next": 1, "reject_cstat": "778"})
    notas.work()
    assert notas.nota(order).state == Nota.State.REJECTED
    if is_order_cancelled:
        notas.stage.move(order.tray_id or 0, "CANCELADO")
        notas.stage.sync()

    with open_sefaz(notas.issuer) as client:
        take_in(notas.company.pk, perform(client, frozen), now=now)

    order.refresh_from_db()
    assert notas.nota(order).state == Nota.State.AUTHORISED
    if is_order_cancelled:
        assert (order.state, notas.on_hand(notas.products[0])) == (Order.State.CANCELLED, (100, 0))
        assert "já tem nota" in notas.stage.matter("order_changed").text
    else:
        assert (order.state, notas.on_hand(notas.products[0])) == (Order.State.INVOICED, (99, 0))
    notas.check_books()


def test_a_rejection_that_comes_after_its_claim_was_over_says_nothing_of_the_nota_as_it_is_now(
    notas: NotaStage,
) -> None:
    [order] = notas.sell()
    now = datetime.now(UTC)
    nota = prepare_sale(open_workshop(notas.company, now=now), order.pk, by=BY, now=now)
    frozen = claim(notas.company.pk, nota.pk, holder="teste", now=now)
    assert frozen is not None
    notas.sefaz.switches.change({"reject_next": 1, "reject_cstat": "778"})
    with open_sefaz(notas.issuer) as client:
        rejected = perform(client, frozen)
        assert release_claims(notas.company.pk, now=now) == 1
        mine = claim(notas.company.pk, nota.pk, holder="teste", now=now)
        assert mine is not None

        take_in(notas.company.pk, rejected, now=now)

        nota.refresh_from_db()
        assert (nota.state, nota.claimed_by) == (Nota.State.UNKNOWN, mine.claim)
        take_in(notas.company.pk, perform(client, mine), now=now)
    notas.work()
    assert notas.nota(order).state == Nota.State.AUTHORISED
    notas.check_books()


def test_a_press_whose_last_answer_was_the_last_thing_that_happened_is_found_and_ended(notas: NotaStage) -> None:
    [order] = notas.sell()
    asked = notas.press([order])
    Press.objects.of(notas.company).update(state=Press.State.RUNNING, done=0)  # as if it had died before noting it
    assert companies_with_presses() == {notas.company.pk}

    notas.work()

    asked.refresh_from_db()
    assert (asked.state, asked.done) == (Press.State.DONE, 1)
    assert companies_with_presses() == set()


def test_orders_that_changed_lately_share_the_requests_that_check_them(
    notas: NotaStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where most pages show none of the next few: the newest come first there, and last in the press."""
    monkeypatch.setattr(filters, "MAX_LIMIT", 4)
    orders = notas.sell(24, product=notas.add_product())
    notas.stage.shop.counters.reset()

    notas.press(orders)

    assert notas.stage.shop.counters.by_route == {"GET /orders": 6}


def test_two_presses_of_the_same_orders_ask_tray_once_and_the_later_says_that_they_have_their_notas(
    notas: NotaStage,
) -> None:
    orders = notas.sell(8)
    first, second = (press(notas.company, [order.pk for order in orders], by=by, now=datetime.now(UTC)) for by in "ab")
    notas.stage.shop.counters.reset()
    notas.work()

    assert notas.stage.shop.counters.by_route == {"GET /orders": 1}
    assert notas.outcomes(first) == ["authorised"] * 8
    said = PressOrder.objects.of(notas.company).filter(press=second).values_list("outcome", "text").distinct()
    assert list(said.order_by()) == [("refused", "O pedido já tem nota.")]


def test_a_nota_that_breaks_something_of_ours_stops_no_other(notas: NotaStage) -> None:
    """Its stored bytes are no document any more: sending them breaks in our own hands."""
    first, second = notas.sell(2)
    now = datetime.now(UTC)
    broken = prepare_sale(open_workshop(notas.company, now=now), first.pk, by=BY, now=now)
    NotaXml.objects.of(notas.company).filter(nota=broken).update(signed=b"<not xml")

    asked = notas.press([second])

    assert notas.outcomes(asked) == ["authorised"]
    broken.refresh_from_db()
    assert broken.state in {Nota.State.UNKNOWN, Nota.State.REJECTED, Nota.State.SIGNED}
