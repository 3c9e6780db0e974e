"""The set-up of a company changes while something waits for SEFAZ: it stays where it was issued."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ahead.fiscal.eventing import request_cancellation
from ahead.fiscal.models import Inutilizacao, Nota, NumberSeries
from ahead.fiscal.preparing import open_workshop
from ahead.fiscal.returning import prepare_return
from ahead.fiscal.set_up import IssuerFields, save_issuer
from ahead.fiscal.voiding import request_voiding
from ahead.orders.models import Order
from nota_stage import NotaStage
from sync_stage import BY

TO_HOMOLOGATION = {"environment": "2"}
TO_ANOTHER_UF = {"uf": "BA", "municipality": "Salvador"}


def _change(notas: NotaStage, **fields: Any) -> None:
    save_issuer(notas.company, IssuerFields(**fields), by=BY, now=datetime.now(UTC))


@pytest.mark.parametrize("change", [TO_HOMOLOGATION, TO_ANOTHER_UF])
@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_a_nota_that_nobody_answered_is_asked_for_where_it_was_sent(
    notas: NotaStage, change: dict[str, str], fault: str
) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({fault: 1})
    notas.press([order])
    assert notas.nota(order).state == Nota.State.UNKNOWN
    _change(notas, **change)

    notas.later()
    notas.work()

    order.refresh_from_db()
    assert (notas.nota(order).state, order.state) == (Nota.State.AUTHORISED, Order.State.INVOICED)
    notas.check_books()


def test_its_cancelamento_goes_there_too(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.press([order])
    reason = "Cliente desistiu da compra"
    request_cancellation(notas.company, notas.nota(order).pk, reason=reason, by=BY, now=datetime.now(UTC))
    _change(notas, **TO_HOMOLOGATION)
    notas.sefaz.switches.change({"drop_after": 1})

    notas.work()
    notas.later()
    notas.work()

    assert notas.nota(order).state == Nota.State.CANCELLED


def test_and_its_devolucao(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.press([order])
    sale = notas.nota(order)
    _change(notas, **TO_HOMOLOGATION)
    now = datetime.now(UTC)

    back = prepare_return(open_workshop(notas.company, now=now), sale.pk, {1: 1}, by=BY, now=now)
    notas.sefaz.switches.change({"drop_after": 1})
    notas.work()
    notas.later()
    notas.work()

    back.refresh_from_db()
    assert (back.environment, back.state) == ("1", Nota.State.AUTHORISED)


def test_numbers_are_voided_where_they_were_given_out(notas: NotaStage) -> None:
    NumberSeries.objects.of(notas.company).update(next_number=103)
    asked = request_voiding(
        notas.company,
        environment="1",
        serie=1,
        first=100,
        last=102,
        justification="Falha do sistema",
        by=BY,
        now=datetime.now(UTC),
    )
    _change(notas, **TO_ANOTHER_UF)

    notas.work()

    asked.refresh_from_db()
    assert asked.state == Inutilizacao.State.ACCEPTED
