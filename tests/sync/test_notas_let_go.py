"""What a nota leaves behind that was rejected or cancelled, and how it ends: a number, what was pending, its mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ahead.audit.queries import history
from ahead.fiscal.eventing import request_cancellation
from ahead.fiscal.models import Nota, NumberSeries
from ahead.fiscal.preparing import open_workshop
from ahead.fiscal.returning import prepare_return
from ahead.fiscal.voiding import gaps, request_voiding
from ahead.fiscal.withdrawing import CannotWithdraw, give_return_up
from ahead.orders.models import Order
from ahead.pending.models import PendingMatter
from nota_stage import NotaStage
from sync_stage import BY


def test_a_rejected_return_is_given_up_and_its_number_voided(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.press([order])
    sale = notas.nota(order)
    notas.sefaz.switches.change({"reject_next": 1, "reject_cstat": "327"})
    now = datetime.now(UTC)
    back = prepare_return(open_workshop(notas.company, now=now), sale.pk, {1: 1}, by=BY, now=now)
    notas.work()
    series = NumberSeries.objects.of(notas.company).get(environment="1")
    assert (gaps(notas.company.pk, series), _open_matters(notas)) == ([], ["nota_rejected"])
    with pytest.raises(CannotWithdraw):
        give_return_up(notas.company, sale.pk, by=BY, now=now)

    give_return_up(notas.company, back.pk, by=BY, now=now)

    assert _open_matters(notas) == []
    assert [(gap.first, gap.last, gap.why) for gap in gaps(notas.company.pk, series)] == [
        (back.number, back.number, "Devolução rejeitada, desistida")
    ]
    assert history(notas.company, subject_kind="nota", subject_id=back.pk).get(name="fiscal.nota.let_go").by == BY
    request_voiding(
        notas.company, environment="1", serie=1, first=back.number, last=back.number,
        justification="Devolução desistida", by=BY, now=now,
    )  # fmt: skip
    again = prepare_return(open_workshop(notas.company, now=now), sale.pk, {1: 1}, by=BY, now=now)
    assert again.number == back.number + 1
    notas.work()
    back.refresh_from_db()
    again.refresh_from_db()
    assert (back.state, again.state) == (Nota.State.VOIDED, Nota.State.AUTHORISED)


def test_what_was_pending_about_a_rejected_nota_ends_with_its_order(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"reject_next": 1, "reject_cstat": "778", "reject_reason": "Rejeicao: NCM"})
    notas.press([order])
    assert _open_matters(notas) == ["nota_rejected"]

    notas.stage.move(order.tray_id or 0, "CANCELADO")
    notas.stage.sync()

    order.refresh_from_db()
    assert (order.state, _open_matters(notas)) == (Order.State.CANCELLED, [])


def test_a_nota_that_waited_and_is_rejected_waits_no_more(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"drop_before": 5})
    notas.press([order])
    for _ in range(8):
        if "nota_unknown" in _open_matters(notas):
            break
        notas.later()
        notas.work()
    assert "nota_unknown" in _open_matters(notas)
    notas.sefaz.switches.change({"drop_before": 0, "reject_next": 1, "reject_cstat": "778"})

    for _ in range(4):
        notas.later()
        notas.work()

    assert (notas.nota(order).state, _open_matters(notas)) == (Nota.State.REJECTED, ["nota_rejected"])


def test_a_nota_that_was_cancelled_is_not_mailed_any_more(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.press([order])
    nota, now = notas.nota(order), datetime.now(UTC)
    Nota.objects.of(notas.company).filter(pk=nota.pk).update(mail_due_at=now + timedelta(days=1))

    request_cancellation(notas.company, nota.pk, reason="Cliente desistiu da compra", by=BY, now=now)
    notas.work()

    nota.refresh_from_db()
    assert (nota.state, nota.mail_due_at) == (Nota.State.CANCELLED, None)


def _open_matters(notas: NotaStage) -> list[str]:
    rows = PendingMatter.objects.of(notas.company).filter(resolved_at=None).order_by("pk")
    return list(rows.values_list("kind", flat=True))
