"""
Ways out for a person: a nota that was not sent is taken back, one whose number is another's lets its order go.

A devolução that was rejected may be given up.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.fiscal import rules
from ahead.fiscal.journal import note
from ahead.fiscal.models import Nota
from ahead.fiscal.pressing import show_outcome
from ahead.fiscal.taking_in import close_nota_matters
from ahead.lib.errors import Refused
from ahead.orders.invoicing import lock_order, stop_invoicing


class CannotWithdraw(Refused):
    """The nota may not be taken back; the message says why."""


@transaction.atomic
def withdraw(company: Company, nota_id: int, *, by: str, now: datetime) -> Nota:
    """
    Take a nota back that SEFAZ certainly does not have: its order is open again, the next nota has the same number.

    :raises CannotWithdraw: if it may be at SEFAZ.
    :raises Nota.DoesNotExist: if it is not the company's.
    """
    nota = _locked(company, nota_id)
    if why := rules.why_not_withdraw(state=nota.state, emission=nota.emission, absent_since=nota.absent_since, now=now):
        raise CannotWithdraw(why)
    text = "Retirada antes de ir à SEFAZ. O número fica para a próxima nota deste pedido."
    _let_go(nota, Nota.State.REJECTED, text, by, now)
    return nota


@transaction.atomic
def give_number_up(company: Company, nota_id: int, *, by: str, now: datetime) -> Nota:
    """
    Let the order of a nota go whose number SEFAZ has under another key: its next nota takes another number.

    :raises CannotWithdraw: if no person was asked about it.
    :raises Nota.DoesNotExist: if it is not the company's.
    """
    nota = _locked(company, nota_id)
    if nota.state != Nota.State.UNKNOWN or nota.due_at is not None:
        raise CannotWithdraw("Esta nota ainda espera a SEFAZ: o número é dela.")
    _let_go(nota, Nota.State.VOIDED, "Número abandonado: na SEFAZ ele é de outra nota.", by, now)
    return nota


@transaction.atomic
def give_return_up(company: Company, nota_id: int, *, by: str, now: datetime) -> Nota:
    """
    Give a rejected devolução up: its number is a gap, to be voided, and another devolução takes another one.

    :raises CannotWithdraw: if it is no devolução that SEFAZ rejected, or was given up before.
    :raises Nota.DoesNotExist: if it is not the company's.
    """
    nota = _locked(company, nota_id)
    if not (nota.kind == Nota.Kind.RETURN and nota.state == Nota.State.REJECTED and nota.given_up_at is None):
        raise CannotWithdraw("Só se desiste de uma devolução que a SEFAZ rejeitou.")
    nota.given_up_at, nota.updated_at = now, now
    nota.save(update_fields=["given_up_at", "updated_at"])
    _tell(nota, "Desistida. O número pode ser inutilizado em Fiscal, Numeração.", by, now)
    close_nota_matters(nota, now=now)
    return nota


def _locked(company: Company, nota_id: int) -> Nota:
    order_id = Nota.objects.of(company).values_list("order_id", flat=True).get(pk=nota_id)
    lock_order(company.pk, order_id)
    return Nota.objects.of(company).select_for_update(of=("self",)).select_related("order").get(pk=nota_id)


def _let_go(nota: Nota, state: Nota.State, text: str, by: str, now: datetime) -> None:
    nota.state, nota.due_at, nota.updated_at = state, None, now
    nota.claimed_until, nota.claimed_by = None, ""
    nota.save()
    stop_invoicing(lock_order(nota.company_id, nota.order_id), by=by, now=now)
    _tell(nota, text, by, now)
    close_nota_matters(nota, now=now)
    show_outcome(nota)


def _tell(nota: Nota, text: str, by: str, now: datetime) -> None:
    """Write into the timeline of a nota and into the trail that a person let it go."""
    note(nota, text, by=by, now=now)
    record(
        "fiscal.nota.let_go",
        company_id=nota.company_id,
        subject=("nota", nota.pk),
        text=f"Nota {nota}: {text}",
        by=by,
        at=now,
    )
