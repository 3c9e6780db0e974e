"""
Notas on their way to Tray: what is due, what was announced, what came of it, and *Reenviar*.

`delivery_due_at` is set as long as anything is owed to Tray: the nota itself, or, once it is there, the status of
«Status PE ao Faturar Nota». A nota is announced, in a transaction of its own, before it is sent: a process that
dies in between leaves it in doubt, and the next one looks for it at Tray before sending it again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.db.tenancy import TenantQuerySet
from ahead.fiscal.delivery_rules import must_ask, next_delivery, remedy_until, why_not_resend
from ahead.fiscal.journal import note
from ahead.fiscal.models import Nota
from ahead.fiscal.parcels import Parcel, parcels_of
from ahead.lib.errors import Refused
from ahead.pending.keys import nota_key
from ahead.pending.models import Kind, PendingMatter, Turn
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.stores.agenda import CannotSync, ask_sync
from ahead.stores.triggers import Trigger

_LONGEST_PROBLEM = 300


class CannotResend(Refused):
    """None of the chosen notas can be sent to Tray; the message says why."""


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A nota that is owed to Tray, or only its status."""

    nota_id: int
    nota: str  # number/série
    order_id: int
    order_number: int
    tray_order_id: int
    tray_status_id: int | None
    tray_status: str
    is_nota_due: bool
    is_status_due: bool
    authorised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why Tray did not take a nota. `is_final`: sending the same again comes to the same."""

    cause: str
    turn: str
    remedy: str
    is_final: bool = False
    is_in_doubt: bool = False  # it may be there


@dataclass(frozen=True, slots=True)
class Resent:
    """What *Reenviar* came to: how many are due again, which are not and why, and why no sync was asked for."""

    count: int
    left: tuple[tuple[str, str], ...] = ()
    why_not_now: str = ""


def due_deliveries(company_id: int, store_id: int, *, now: datetime) -> list[DueDelivery]:
    """Return what is owed to Tray by now of the valid notas of a store, longest due first."""
    notas = _owed(company_id, store_id).filter(state=Nota.State.AUTHORISED, delivery_due_at__lte=now)
    return [
        DueDelivery(
            nota_id=nota.pk,
            nota=str(nota),
            order_id=nota.order_id,
            order_number=nota.order.number,
            tray_order_id=nota.order.tray_id,
            tray_status_id=nota.order.tray_status_id,
            tray_status=nota.order.tray_status,
            is_nota_due=nota.delivery == Nota.Delivery.DUE,
            is_status_due=nota.is_status_due,
            authorised_at=nota.authorised_at,
        )
        for nota in notas.select_related("order").order_by("delivery_due_at", "pk")
        if nota.order.tray_id is not None
    ]


def _owed(company_id: int, store_id: int) -> TenantQuerySet[Nota]:
    return Nota.objects.of(company_id).filter(store_id=store_id, delivery_due_at__isnull=False)


@transaction.atomic
def announce(company_id: int, nota_ids: Collection[int], *, now: datetime) -> list[Parcel]:
    """
    Note that these notas are about to be sent, and return what is sent of each that is still due and valid.

    From here on they are in doubt, until Tray has answered.
    """
    notas = list(
        Nota.objects.of(company_id)
        .filter(pk__in=nota_ids, state=Nota.State.AUTHORISED, delivery=Nota.Delivery.DUE, delivery_due_at__lte=now)
        .select_for_update(of=("self",))
        .select_related("order")
        .order_by("pk")
    )
    parcels = parcels_of(company_id, notas)
    Nota.objects.of(company_id).filter(pk__in=[nota.pk for nota in notas]).update(is_delivery_in_doubt=True)
    return parcels


@transaction.atomic
def mark_delivered(
    company_id: int, nota_id: int, *, tray_invoice_id: int | None, text: str, by: str, now: datetime
) -> None:
    """Note that Tray has a nota; its status, where one is owed, is due from now on. `text` is for the timeline."""
    nota = _locked(company_id, nota_id)
    nota.delivery, nota.delivered_at, nota.is_delivery_in_doubt = Nota.Delivery.DELIVERED, now, False
    nota.tray_invoice_id = tray_invoice_id or nota.tray_invoice_id
    nota.is_status_due = nota.is_status_due and nota.state == Nota.State.AUTHORISED
    _close(nota, due_at=now if nota.is_status_due else None, by=by, now=now)
    note(nota, text, by=by, now=now)


@transaction.atomic
def settle_status(company_id: int, nota_id: int, *, text: str, by: str, now: datetime) -> None:
    """Note that the order of a delivered nota has its status at Tray, or is owed none any more; `text` says which."""
    nota = _locked(company_id, nota_id)
    nota.is_status_due = False
    _close(nota, due_at=None, by=by, now=now)
    note(nota, text, by=by, now=now)


@transaction.atomic
def mark_failed(company_id: int, nota_id: int, failure: Failure, *, by: str, now: datetime) -> str:
    """
    Note that Tray did not take a nota, or its status: it is tried again later, or waits for a person.

    A person is asked at once where trying again is of no use, and else after some tries. Return what to do meanwhile.
    """
    nota = _locked(company_id, nota_id)
    is_there = nota.delivery == Nota.Delivery.DELIVERED
    nota.delivery_tries += 1
    nota.delivery_problem = failure.cause[:_LONGEST_PROBLEM]
    nota.is_delivery_in_doubt = failure.is_in_doubt
    nota.delivery_due_at = None if failure.is_final else next_delivery(nota.delivery_tries, now=now)
    if failure.is_final and not is_there:
        nota.delivery = Nota.Delivery.FAILED
    nota.save(update_fields=_FIELDS)
    what = "O status do pedido não foi gravado no Tray" if is_there else "Não entregue ao Tray"
    text = f"{what}: {failure.cause}"
    is_yours = failure.turn == Turn.YOU
    remedy = remedy_until(nota.delivery_due_at, failure.remedy, is_yours=is_yours, now=now)
    note(nota, text, by=by, now=now, remedy=remedy, turn=failure.turn, is_problem=True)
    if nota.state == Nota.State.AUTHORISED and must_ask(nota.delivery_tries, is_final=failure.is_final):
        _ask(nota, replace(failure, remedy=remedy), is_there=is_there, now=now)
    return remedy


def _ask(nota: Nota, failure: Failure, *, is_there: bool, now: datetime) -> None:
    order = nota.order
    what = "está no Tray, mas o status do pedido não foi gravado" if is_there else "não foi entregue ao Tray"
    matter = Matter(
        kind=Kind.NOTA_UNDELIVERED,
        key=nota_key(nota.pk),
        text=f"A nota {nota} do pedido {order.number} (Tray {order.tray_id}) {what}. {failure.cause}",
        remedy=failure.remedy,
        turn=failure.turn,
        store_id=nota.store_id,
        order_id=nota.order_id,
        facts={"nota_id": nota.pk},
    )
    open_matters(nota.company_id, [matter], now=now)


_FIELDS = [
    "delivery",
    "delivery_problem",
    "delivery_tries",
    "delivery_due_at",
    "is_delivery_in_doubt",
    "tray_invoice_id",
    "delivered_at",
    "is_status_due",
]


def _locked(company_id: int, nota_id: int) -> Nota:
    nota: Nota = Nota.objects.of(company_id).select_for_update(of=("self",)).select_related("order").get(pk=nota_id)
    return nota


def _close(nota: Nota, *, due_at: datetime | None, by: str, now: datetime) -> None:
    """Save that nothing is wrong with the delivery of a nota (any more)."""
    nota.delivery_problem, nota.delivery_tries, nota.delivery_due_at = "", 0, due_at
    nota.save(update_fields=_FIELDS)
    close_matters(nota.company_id, kind=Kind.NOTA_UNDELIVERED, keys=[nota_key(nota.pk)], by=by, now=now)


@transaction.atomic
def stop_delivery(nota: Nota, *, by: str, now: datetime) -> None:
    """Owe Tray nothing more of a locked nota: it does not count any more."""
    if nota.delivery != Nota.Delivery.DELIVERED:
        nota.delivery = Nota.Delivery.NONE
    nota.is_status_due = False
    _close(nota, due_at=None, by=by, now=now)


@transaction.atomic
def drop_ended(company_id: int, store_id: int, *, by: str, now: datetime) -> int:
    """Stop owing Tray the notas of a store that do not count any more, cancelled for one; return how many."""
    asked = PendingMatter.objects.of(company_id).filter(kind=Kind.NOTA_UNDELIVERED, store_id=store_id, resolved_at=None)
    asked_ids = [matter.facts.get("nota_id") for matter in asked]
    ended = Nota.objects.of(company_id).filter(store_id=store_id).exclude(state=Nota.State.AUTHORISED)
    rows = ended.filter(pk__in=asked_ids) | ended.filter(delivery_due_at__isnull=False)
    notas = list(rows.select_for_update(of=("self",)).order_by("pk"))
    for nota in notas:
        stop_delivery(nota, by=by, now=now)
    return len(notas)


@transaction.atomic
def resend(company: Company, nota_ids: Sequence[int], *, by: str, now: datetime) -> Resent:
    """
    *Reenviar*: have notas brought to Tray again, at once, and ask for a sync of their stores.

    One that was delivered is looked for at Tray, and sent only if it is not there any more.

    :raises CannotResend: if none of them can be sent.
    """
    rows = Nota.objects.of(company).filter(pk__in=nota_ids).select_for_update(of=("self",)).select_related("order")
    sent: list[Nota] = []
    left: list[tuple[str, str]] = []
    for nota in rows.order_by("pk"):
        reason = why_not_resend(
            state=nota.state,
            tray_order_id=nota.order.tray_id if nota.store_id else None,
            kind=nota.kind,
            environment=nota.environment,
        )
        if reason:
            left.append((str(nota), reason))
        else:
            _make_due(nota, by=by, now=now)
            sent.append(nota)
    if not sent:
        raise CannotResend(left[0][1] if left else "Escolha ao menos uma nota.")
    stores = sorted({nota.store_id for nota in sent if nota.store_id})
    return Resent(len(sent), tuple(left), _ask_syncs(company, stores, by=by))


@transaction.atomic
def deliver_again(
    company_id: int,
    nota_ids: Collection[int],
    *,
    order_ids: Collection[int] = (),
    text: str,
    by: str,
    now: datetime,
) -> int:
    """
    Owe Tray these notas again, or those of these orders, and return how many; none that goes there at all is left out.

    One that Tray has already is found there, and not sent twice. `text` is for the timeline.
    """
    rows = Nota.objects.of(company_id).filter(Q(pk__in=nota_ids) | Q(order_id__in=order_ids), store__isnull=False)
    wanted = rows.filter(kind=Nota.Kind.SALE, environment="1", state=Nota.State.AUTHORISED)
    notas = list(wanted.exclude(delivery=Nota.Delivery.DUE).select_for_update(of=("self",)).order_by("pk"))
    for nota in notas:
        _make_due(nota, text=text, by=by, now=now)
    return len(notas)


def _make_due(nota: Nota, *, text: str = "Reenvio ao Tray pedido.", by: str, now: datetime) -> None:
    is_there = nota.delivery == Nota.Delivery.DELIVERED
    if not (is_there and nota.is_status_due):
        nota.delivery = Nota.Delivery.DUE
        nota.is_delivery_in_doubt = nota.is_delivery_in_doubt or is_there
    nota.delivery_due_at, nota.delivery_tries = now, 0
    nota.save(update_fields=_FIELDS)
    note(nota, text, by=by, now=now)
    record(
        "fiscal.nota.resent",
        company_id=nota.company_id,
        subject=("nota", nota.pk),
        text=f"Reenvio da nota {nota} ao Tray pedido.",
        by=by,
        at=now,
    )


def _ask_syncs(company: Company, store_ids: Sequence[int], *, by: str) -> str:
    """Ask for a sync of each store; return why the first that cannot sync cannot."""
    reasons = []
    for store_id in store_ids:
        try:
            ask_sync(company=company, store_id=store_id, by=by, trigger=Trigger.BUTTON)
        except CannotSync as refusal:
            reasons.append(str(refusal))
    return reasons[0] if reasons else ""
