"""A nota that breaks something of ours waits by itself: the others go on, and a person is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from ahead.audit.actors import SEFAZ
from ahead.fiscal.journal import note
from ahead.fiscal.models import Nota, PressOrder
from ahead.pending.keys import nota_key
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, open_matters

_REST = timedelta(minutes=15)


@transaction.atomic
def set_aside(company_id: int, nota_id: int, *, defect: str, now: datetime) -> None:
    """
    Have a nota rest that a defect of ours stopped, and open a matter that says so.

    Its state stays as it is: what may be at SEFAZ is asked for when the rest is over, never sent blindly.

    :raises Nota.DoesNotExist: if it is not the company's.
    """
    rows = Nota.objects.of(company_id).select_for_update(of=("self",)).select_related("order")
    nota = rows.get(pk=nota_id)
    if nota.due_at is None:
        return
    nota.due_at, nota.claimed_until, nota.claimed_by = now + _REST, None, ""
    nota.tries += 1
    nota.save(update_fields=["due_at", "claimed_until", "claimed_by", "tries"])
    text = f"Parada por um defeito nosso ({defect}), já registrado."
    remedy = "Não gere outra nota: tentamos de novo em 15 minutos. Se continuar, chame o suporte da AHEAD."
    rows_of_presses = PressOrder.objects.of(company_id).filter(nota=nota)
    rows_of_presses.update(outcome=PressOrder.Outcome.UNKNOWN, text=text, remedy=remedy)
    note(nota, text, by=SEFAZ, now=now, remedy=remedy, turn="us", is_problem=True)
    matter = Matter(
        kind=Kind.NOTA_BROKEN,
        key=nota_key(nota.pk),
        text=f"A nota {nota} do pedido {nota.order.number} parou por um defeito nosso ({defect}). As outras seguiram.",
        remedy=remedy,
        turn="us",
        store_id=nota.store_id,
        order_id=nota.order_id,
        facts={"nota_id": nota.pk},
    )
    open_matters(company_id, [matter], now=now)
