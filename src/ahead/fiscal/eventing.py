"""Eventos of an authorised nota: cancelamento and carta de correção, signed once, sent until SEFAZ has answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import QuerySet

from ahead.accounts.models import Company
from ahead.audit.actors import SEFAZ
from ahead.audit.operations import record
from ahead.fiscal import rules
from ahead.fiscal.certificates import newer_certificate, signing_certificate
from ahead.fiscal.delivering import stop_delivery
from ahead.fiscal.door import Place, place_of
from ahead.fiscal.journal import note, note_asked
from ahead.fiscal.models import Environment, Nota, NotaEvent
from ahead.lib.errors import Refused
from ahead.nfe import events
from ahead.nfe.answers import EventProtocol
from ahead.nfe.errors import CannotWrite, SefazError
from ahead.nfe.explaining import explain
from ahead.nfe.sefaz import Sefaz
from ahead.nfe.signing import sign, unsigned
from ahead.nfe.ufs import BY_CODE
from ahead.nfe.values import Environment as NfeEnvironment
from ahead.nfe.verdicts import Verdict, verdict, was_not_processed
from ahead.orders.invoicing import lock_order, undo_invoicing
from ahead.orders.rules import StatusPlan

_ORGAO = slice(0, 2)  # of the chave: cUF
_CNPJ = slice(6, 20)
_KNOWN = frozenset({Verdict.AUTHORISED, Verdict.CANCELLED})  # the nota, and so all events it has


class CannotSendEvent(Refused):
    """The event may not be sent for a nota; the message says why."""


@dataclass(frozen=True, slots=True)
class EventErrand:
    """An event to be sent, or whose outcome is to be asked for."""

    event_id: int
    place: Place
    verb: Literal["send", "ask"]
    chave: str
    kind: str
    sequence: int
    signed: bytes
    absent_since: datetime | None = None  # what was known before it was sent


@dataclass(frozen=True, slots=True)
class EventReply:
    """What came of it: the event as SEFAZ has it, what SEFAZ said instead, or the error it ended in."""

    errand: EventErrand
    protocol: EventProtocol | None = None
    cstat: str = ""
    reason: str = ""
    error: SefazError | None = None


@transaction.atomic
def request_cancellation(company: Company, nota_id: int, *, reason: str, by: str, now: datetime) -> NotaEvent:
    """
    Sign the cancelamento of a nota; it is sent at once. The goods come back when SEFAZ has registered it.

    :raises CannotSendEvent: if the deadline is over, the reason too short, or one is under way.
    :raises NeedsAttention: if the company has no certificate that is valid now.
    :raises Nota.DoesNotExist: if it is not the company's.
    """
    nota = _locked(company, nota_id)
    if why := rules.why_not_cancel_nota(state=nota.state, authorised_at=nota.authorised_at, now=now):
        raise CannotSendEvent(why)
    if nota.kind == Nota.Kind.RETURN or _has_returns(nota):
        raise CannotSendEvent(
            "A nota faz parte de uma devolução: a mercadoria já voltou ao estoque. Para desfazê-la, emita a nota que "
            "a contabilidade indicar."
        )
    if _open_events(nota, NotaEvent.Kind.CANCELLATION).exists():
        raise CannotSendEvent("O cancelamento desta nota já está com a SEFAZ.")
    unsigned = _written(
        lambda: events.cancelamento(
            chave=nota.chave_de_acesso,
            cnpj=nota.chave_de_acesso[_CNPJ],
            environment=NfeEnvironment(nota.environment),
            orgao=nota.chave_de_acesso[_ORGAO],
            at=rules.local_time(now, _uf(nota)),
            protocolo=nota.protocol,
            reason=reason,
        )
    )
    return _keep(nota, NotaEvent.Kind.CANCELLATION, 1, reason, unsigned, by=by, now=now)


@transaction.atomic
def request_correction(company: Company, nota_id: int, *, text: str, by: str, now: datetime) -> NotaEvent:
    """
    Sign a carta de correção of a nota; it is sent at once. It replaces the ones before: it must say all corrections.

    :raises CannotSendEvent: if 30 days are over, there are twenty, the text is too short, or one is under way.
    :raises NeedsAttention: if the company has no certificate that is valid now.
    :raises Nota.DoesNotExist: if it is not the company's.
    """
    nota = _locked(company, nota_id)
    cartas = NotaEvent.objects.of(company).filter(nota=nota, kind=NotaEvent.Kind.CORRECTION)
    registered = cartas.filter(state=NotaEvent.State.REGISTERED).count()
    why = rules.why_not_correct(state=nota.state, authorised_at=nota.authorised_at, corrections=registered, now=now)
    if why:
        raise CannotSendEvent(why)
    if _open_events(nota, NotaEvent.Kind.CORRECTION).exists():
        raise CannotSendEvent("Uma carta de correção desta nota já está com a SEFAZ.")
    unsigned = _written(
        lambda: events.carta_de_correcao(
            chave=nota.chave_de_acesso,
            cnpj=nota.chave_de_acesso[_CNPJ],
            environment=NfeEnvironment(nota.environment),
            orgao=nota.chave_de_acesso[_ORGAO],
            at=rules.local_time(now, _uf(nota)),
            sequence=registered + 1,
            correction=text,
        )
    )
    return _keep(nota, NotaEvent.Kind.CORRECTION, registered + 1, text, unsigned, by=by, now=now)


def due_events(company_id: int, *, now: datetime) -> list[int]:
    """Return the events that are due to be sent, or asked for where an earlier sending was not answered."""
    rows = NotaEvent.objects.of(company_id).filter(due_at__lte=now).order_by("due_at", "pk")
    return list(rows.values_list("pk", flat=True))


@transaction.atomic
def announce_event(company_id: int, event_id: int, *, now: datetime) -> EventErrand | None:
    """
    Say what is to be done about an event, and note that it goes out; None if it is not due any more.

    From here on its outcome is unknown until SEFAZ has answered. What another certificate signed than the one in force
    is signed anew first, or waits until SEFAZ surely does not have it.
    """
    rows = NotaEvent.objects.of(company_id).select_for_update(of=("self",)).select_related("nota")
    event = rows.get(pk=event_id)
    if event.due_at is None or event.due_at > now:
        return None
    is_unsent, absent_since = event.state == NotaEvent.State.SIGNED, event.absent_since
    if is_unsent:
        if not _renew(event, now=now):
            event.save(update_fields=["due_at"])
            return None
        event.state, event.absent_since = NotaEvent.State.UNKNOWN, None
        event.save(update_fields=["state", "absent_since", "signed"])
    return EventErrand(
        event.pk,
        place_of(event.nota.chave_de_acesso, event.nota.environment),
        "send" if is_unsent else "ask",
        event.nota.chave_de_acesso,
        event.kind,
        event.sequence,
        bytes(event.signed),
        absent_since,
    )


def _renew(event: NotaEvent, *, now: datetime) -> bool:
    """Let an event carry the signature of the certificate in force; return whether it may go now."""
    certificate = newer_certificate(event.company_id, bytes(event.signed), now=now)
    if certificate is None:
        return True
    surely_at = rules.surely_absent_at(event.absent_since)
    if surely_at is not None and now < surely_at:
        event.due_at = surely_at
        return False
    event.signed = sign(unsigned(bytes(event.signed)), certificate=certificate, tag="infEvento").xml
    return True


def perform_event(sefaz: Sefaz, errand: EventErrand) -> EventReply:
    """Send or ask; touches no database. One that SEFAZ has already (573, 218) is looked up at the nota."""
    try:
        if errand.verb == "send":
            answer = sefaz.send_event(errand.signed, lote=errand.event_id)
            said = verdict(answer.cstat)
            if said != Verdict.EVENT_DUPLICATE:
                protocol = answer.protocol if _is_registered(answer.cstat) else None
                return EventReply(errand, protocol, answer.cstat, answer.reason)
        known = sefaz.query(errand.chave)
    except SefazError as error:
        return EventReply(errand, error=error)
    mine = (errand.kind, errand.sequence)
    found = [one.protocol for one in known.events if (one.protocol.kind, one.protocol.sequence) == mine]
    if found:
        return EventReply(errand, found[-1], found[-1].cstat, found[-1].reason)
    return EventReply(errand, None, known.cstat, known.reason)


def _is_registered(cstat: str) -> bool:
    return verdict(cstat) in {Verdict.EVENT_OK, Verdict.CANCELLED}


@transaction.atomic
def take_in_event(company_id: int, reply: EventReply, *, now: datetime, plan: StatusPlan | None = None) -> NotaEvent:
    """Take in what came of an event. A second time it changes nothing."""
    nota_id, order_id = (
        NotaEvent.objects.of(company_id).values_list("nota_id", "nota__order_id").get(pk=reply.errand.event_id)
    )
    order = lock_order(company_id, order_id)
    nota = Nota.objects.of(company_id).select_for_update(of=("self",)).get(pk=nota_id)
    event = NotaEvent.objects.of(company_id).select_for_update(of=("self",)).get(pk=reply.errand.event_id)
    if event.state not in {NotaEvent.State.SIGNED, NotaEvent.State.UNKNOWN}:
        return event
    event.cstat, event.reason = reply.cstat, reply.reason[:300]
    if _has_registered(reply):
        _register(event, nota, reply, now)
        if event.kind == NotaEvent.Kind.CANCELLATION:
            _cancel(nota, event, now)
            if nota.environment == Environment.PRODUCTION and nota.kind == Nota.Kind.SALE:
                undo_invoicing(order, nota=str(nota), by=event.created_by, now=now, plan=plan)
    elif reply.error is None and reply.errand.verb == "send" and verdict(reply.cstat) == Verdict.REJECTED:
        why = explain(reply.cstat, reply.reason)
        event.state, event.due_at = NotaEvent.State.REJECTED, None
        text = f"{event.get_kind_display()} recusado ({reply.cstat}): {why.what}"
        note(nota, text, by=SEFAZ, now=now, remedy=why.remedy, cstat=reply.cstat, is_problem=True)
    else:
        _try_again(event, nota, reply, now)
    event.save()
    return event


def _has_registered(reply: EventReply) -> bool:
    """Whether SEFAZ has the event. Some tell only that the nota is cancelled (101), not by which event."""
    if reply.protocol is not None:
        return _is_registered(reply.protocol.cstat)
    is_cancelled = reply.error is None and verdict(reply.cstat) == Verdict.CANCELLED
    return is_cancelled and reply.errand.kind == NotaEvent.Kind.CANCELLATION


def _register(event: NotaEvent, nota: Nota, reply: EventReply, now: datetime) -> None:
    event.state, event.due_at, event.registered_at = NotaEvent.State.REGISTERED, None, now
    if protocol := reply.protocol:
        event.answer_xml, event.protocol = protocol.xml, protocol.number
        event.registered_at = protocol.registered_at or now
    told = f" Protocolo {event.protocol}." if event.protocol else ""
    text = f"{event.get_kind_display()} na SEFAZ.{told}"
    note(nota, text, by=SEFAZ, now=now, cstat=reply.cstat)
    record(
        "fiscal.nota.event_registered",
        company_id=nota.company_id,
        subject=("nota", nota.pk),
        text=f"Nota {nota}: {text}",
        by=event.created_by,
        at=now,
    )


def _cancel(nota: Nota, event: NotaEvent, now: datetime) -> None:
    nota.state, nota.cancelled_at, nota.updated_at = Nota.State.CANCELLED, event.registered_at, now
    if nota.delivery == Nota.Delivery.DELIVERED:
        note(
            nota,
            "O Tray já recebeu esta nota e não tem como retirá-la.",
            by=SEFAZ,
            now=now,
            remedy="Se o pedido tiver outra nota, ela substitui esta no Tray. Se foi cancelado, nada a fazer.",
        )
    stop_delivery(nota, by=SEFAZ, now=now)
    nota.mail_due_at = None
    nota.save()


def _try_again(event: NotaEvent, nota: Nota, reply: EventReply, now: datetime) -> None:
    """Nothing is decided: what surely did not get there, or is not there, is sent again; all else is asked for."""
    is_absent = reply.error is None and reply.errand.verb == "ask" and verdict(reply.cstat) in _KNOWN
    event.state = NotaEvent.State.UNKNOWN
    if is_absent:
        event.state, event.absent_since = NotaEvent.State.SIGNED, event.absent_since or now
    elif reply.errand.verb == "send" and was_not_processed(reply.error, reply.cstat):
        event.state, event.absent_since = NotaEvent.State.SIGNED, reply.errand.absent_since
    event.due_at = rules.next_try(event.tries, now=now)
    event.tries += 1
    text = str(reply.error) if reply.error else f"{reply.cstat}: {reply.reason}"
    remedy = "Nada a fazer: tentamos de novo sozinhos."
    note(nota, f"{event.get_kind_display()} sem resposta: {text}", by=SEFAZ, now=now, remedy=remedy, turn="us")


def _locked(company: Company, nota_id: int) -> Nota:
    return Nota.objects.of(company).select_for_update(of=("self",)).get(pk=nota_id)


def _has_returns(nota: Nota) -> bool:
    over = [Nota.State.REJECTED, Nota.State.CANCELLED, Nota.State.VOIDED]
    return Nota.objects.of(nota.company_id).filter(references=nota).exclude(state__in=over).exists()


def _open_events(nota: Nota, kind: str) -> QuerySet[NotaEvent]:
    states = [NotaEvent.State.SIGNED, NotaEvent.State.UNKNOWN]
    return NotaEvent.objects.of(nota.company_id).filter(nota=nota, kind=kind, state__in=states)


def _uf(nota: Nota) -> str:
    return BY_CODE.get(nota.chave_de_acesso[_ORGAO], "")


def _written(write: Callable[[], bytes]) -> bytes:
    try:
        return write()
    except CannotWrite as refusal:
        raise CannotSendEvent(str(refusal)) from refusal


def _keep(
    nota: Nota, kind: NotaEvent.Kind, sequence: int, text: str, unsigned: bytes, *, by: str, now: datetime
) -> NotaEvent:
    signed = sign(unsigned, certificate=signing_certificate(nota.company_id, now=now), tag="infEvento")
    event = NotaEvent.objects.create(
        company_id=nota.company_id,
        nota=nota,
        kind=kind,
        sequence=sequence,
        text=text,
        signed=signed.xml,
        created_at=now,
        created_by=by,
        due_at=now,
    )
    note_asked(nota, kind.name.lower(), f"{event.get_kind_display()} pedido: {text}", by=by, now=now)
    return event
