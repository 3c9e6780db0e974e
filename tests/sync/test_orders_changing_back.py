"""An order that Tray cancels and takes back, or changes while its nota is with SEFAZ, ends as Tray shows it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from notes_stage import foreign_invoice

from ahead.fiscal.eventing import request_cancellation
from ahead.fiscal.foreseeing import CannotPress
from ahead.fiscal.models import Nota, PressOrder
from ahead.fiscal.withdrawing import withdraw
from ahead.orders.models import Order
from ahead.orders.operations import cancel_order
from ahead.stock.models import Reservation
from ahead.stores.models import StatusRole
from nota_stage import NotaStage
from sync_stage import BY, Stage

pytestmark = pytest.mark.django_db(transaction=True)


def _now() -> datetime:
    return datetime.now(UTC)


class TestCancelled:
    @pytest.mark.parametrize("between", [["AGUARDANDO PAGAMENTO"], ["ENVIADO", "AGUARDANDO PAGAMENTO"], []])
    def test_at_tray_and_alive_again_it_is_reserved_again(self, shelf: Stage, between: list[str]) -> None:
        placed = shelf.shop.place_order(items=[(shelf.sold(0), 2)])
        shelf.sync()
        shelf.move(placed.id, "CANCELADO AUT")
        shelf.sync()
        assert shelf.order(placed.id).state == Order.State.CANCELLED
        for status in [*between, "A ENVIAR"]:
            shelf.move(placed.id, status)
            shelf.sync()
        assert shelf.order(placed.id).state == Order.State.OPEN
        reservation = Reservation.objects.of(shelf.company).get(order_id=shelf.order(placed.id).pk, state="open")
        assert reservation.quantity == 2

    def test_by_a_person_here_it_stays_so_whatever_tray_shows(self, shelf: Stage) -> None:
        placed = shelf.shop.place_order(items=[(shelf.sold(0), 2)])
        shelf.sync()
        cancel_order(shelf.company, shelf.order(placed.id).pk, by=BY, now=_now(), why="desistência")
        for status in ("AGUARDANDO PAGAMENTO", "A ENVIAR"):
            shelf.move(placed.id, status)
            shelf.sync()
        assert shelf.order(placed.id).state == Order.State.CANCELLED

    def test_by_a_status_that_was_mapped_wrongly_it_comes_back_with_the_right_one(self, shelf: Stage) -> None:
        placed = shelf.shop.place_order(items=[(shelf.sold(0), 2)])
        shelf.sync()
        shelf.choose({StatusRole.IMPORT: ["A ENVIAR"], StatusRole.CANCELLED: ["ENVIADO", "CANCELADO"]})
        shelf.move(placed.id, "ENVIADO")
        shelf.sync()
        assert shelf.order(placed.id).state == Order.State.CANCELLED
        shelf.choose({StatusRole.IMPORT: ["A ENVIAR", "ENVIADO"], StatusRole.CANCELLED: ["CANCELADO"]})
        shelf.sync()
        assert shelf.order(placed.id).state == Order.State.OPEN

    def test_and_taken_back_while_sefaz_is_silent_it_goes_on(self, notas: NotaStage) -> None:
        [order] = notas.sell()
        notas.sefaz.switches.change({"drop_before": 1, "reject_next": 1, "reject_cstat": "778"})
        notas.press([order])
        for status in ("CANCELADO", "A ENVIAR"):
            notas.stage.move(order.tray_id or 0, status)
            notas.stage.sync()
        notas.later()
        notas.work()
        order.refresh_from_db()
        assert order.state == Order.State.OPEN


class TestChanged:
    @pytest.mark.parametrize("way", ["withdrawn", "rejected"])
    def test_while_its_nota_is_with_sefaz_the_next_is_made_of_what_is_true(self, notas: NotaStage, way: str) -> None:
        [order] = notas.sell()
        notas.sefaz.switches.change({"down": True})
        notas.press([order])
        notas.stage.edit_lines(order.tray_id or 0, lambda lines: lines[0].update(quantity="2"))
        notas.stage.sync()
        notas.sefaz.switches.change({"down": False})
        if way == "withdrawn":
            withdraw(notas.company, notas.nota(order).pk, by=BY, now=_now())
        else:
            notas.sefaz.switches.change({"reject_next": 1, "reject_cstat": "778"})
            notas.later()
            notas.work()
        notas.later()

        with pytest.raises(CannotPress, match="mudou no Tray"):
            notas.press([order])

        notas.stage.sync()
        assert notas.outcomes(notas.press([order])) == ["authorised"]
        order.refresh_from_db()
        assert notas.nota(order).total == order.total == notas.stage.shop.orders[order.tray_id or 0].total
        notas.check_books()

    def test_after_its_nota_which_is_cancelled_it_is_read_again(self, notas: NotaStage) -> None:
        [order] = notas.sell()
        notas.press([order])
        notas.stage.sync()
        notas.stage.edit_lines(order.tray_id or 0, lambda lines: lines[0].update(quantity="3"))
        notas.stage.sync()
        request_cancellation(notas.company, notas.nota(order).pk, reason="O pedido mudou no Tray", by=BY, now=_now())
        notas.work()
        notas.stage.sync()
        order.refresh_from_db()
        assert order.total == notas.stage.shop.orders[order.tray_id or 0].total
        notas.check_books()


class TestDeliveredAndCancelled:
    def test_it_has_another_nota_which_takes_the_place_of_the_first_at_tray(self, notas: NotaStage) -> None:
        [order] = notas.sell()
        notas.press([order])
        notas.stage.sync()
        first = notas.nota(order)
        assert first.delivery == Nota.Delivery.DELIVERED
        request_cancellation(notas.company, first.pk, reason="Dados do comprador errados", by=BY, now=_now())
        notas.work()
        notas.stage.sync()

        assert notas.outcomes(notas.press([order])) == ["authorised"]
        notas.stage.sync()
        second = Nota.objects.of(notas.company).get(order=order, state=Nota.State.AUTHORISED)
        there = notas.stage.shop.orders[order.tray_id or 0].invoices
        assert [one["key"] for one in there] == [second.chave_de_acesso]
        notas.check_books()

    def test_that_of_another_beside_it_still_speaks_against_one(self, notas: NotaStage) -> None:
        [order] = notas.sell()
        notas.press([order])
        notas.stage.sync()
        request_cancellation(
            notas.company, notas.nota(order).pk, reason="Dados do comprador errados", by=BY, now=_now()
        )
        notas.work()
        notas.stage.shop.orders[order.tray_id or 0].invoices.append(foreign_invoice("900"))

        row = PressOrder.objects.of(notas.company).get(press=notas.press([order]))
        assert (row.outcome, "já mostra uma nota" in row.text) == ("refused", True)
