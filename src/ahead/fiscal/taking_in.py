"""What SEFAZ said of a nota, taken in: authorised, rejected, or still unknown. Repeating it changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from ahead.audit.actors import SEFAZ
from ahead.audit.operations import record
from ahead.fiscal import rules
from ahead.fiscal.certificates import newer_certificate
from ahead.fiscal.contingency import end_contingency
from ahead.fiscal.journal import note
from ahead.fiscal.models import Environment, Issuer, Nota, NotaEvent, NotaXml, NumberSeries
from ahead.fiscal.preparing import with_details
from ahead.fiscal.pressing import show_outcome
from ahead.fiscal.resting import rest
from ahead.fiscal.returning import goods_back
from ahead.fiscal.sending import Reply
from ahead.nfe.answers import Answer, Protocol
from ahead.nfe.errors import CertificateRefused, NotSent
from ahead.nfe.explaining import Turn as Said
from ahead.nfe.explaining import explain
from ahead.nfe.values import Emission
from ahead.nfe.verdicts import SVC_OFF, Verdict, verdict
from ahead.orders.invoicing import finish_invoicing, lock_order, stop_invoicing
from ahead.orders.models import Order
from ahead.orders.rules import StatusPlan
from ahead.pending.keys import CERTIFICATE, nota_key, order_key, serie_key
from ahead.pending.models import Kind, Turn
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.stock.fulfilment import take_back
from ahead.stores.models import StatusChoice, StatusRole

_BAN = timedelta(hours=1)  # NT 2018.002
_DOWN = timedelta(minutes=1)
_CERTIFICATE = timedelta(minutes=10)
_TURNS = {Said.YOU: Turn.YOU, Said.US: Turn.US, Said.SEFAZ: Turn.SEFAZ, Said.AHEAD: Turn.US}
_OPEN = frozenset({Nota.State.SENDING, Nota.State.UNKNOWN, Nota.State.SIGNED})
_AT_SEFAZ = frozenset({Verdict.AUTHORISED, Verdict.CANCELLED})
_EMISSION = 34  # of a key: tpEmis
_PATIENCE = 4  # tries without an answer before a person is told


@transaction.atomic
def take_in(company_id: int, reply: Reply, *, now: datetime, plan: StatusPlan | None = None) -> Nota:
    """
    Take in what came of an errand, and let go of the nota.

    Of an errand whose claim is over only a protocol counts, and it always does: SEFAZ has the nota. Whatever else it
    came to, the job that has the nota in hand now finds out.

    :raises Nota.DoesNotExist: if it is not the company's.
    """
    order_id = Nota.objects.of(company_id).values_list("order_id", flat=True).get(pk=reply.errand.nota_id)
    order = lock_order(company_id, order_id)
    nota = Nota.objects.of(company_id).select_for_update(of=("self",)).get(pk=reply.errand.nota_id)
    may_change = _OPEN | {Nota.State.REJECTED} if _brings_protocol(reply) else _OPEN
    if nota.state not in may_change or not (nota.claimed_by == reply.errand.claim or _brings_protocol(reply)):
        _tell_of_second_key(nota, reply, now)
        return nota  # another took its answer in before, or is about to
    nota.claimed_until, nota.claimed_by, nota.updated_at = None, "", now
    if reply.answer is None:
        _without_answer(nota, reply, now)
    else:
        _answered(nota, order, reply, reply.answer, now, plan)
    if nota.state == Nota.State.UNKNOWN and reply.errand.verb == "send":
        nota.absent_since = None  # that SEFAZ did not know it before this sending says nothing of it
    nota.save()
    show_outcome(nota)
    return nota


def _brings_protocol(reply: Reply) -> bool:
    answer = reply.answer
    return answer is not None and answer.protocol is not None and verdict(answer.cstat) in _AT_SEFAZ


def _tell_of_second_key(nota: Nota, reply: Reply, now: datetime) -> None:
    """Tell a person that SEFAZ has a nota under two keys, where one was taken for certainly absent and was not."""
    protocol = reply.answer.protocol if reply.answer is not None and _brings_protocol(reply) else None
    if protocol is None or protocol.chave == nota.chave_de_acesso:
        return
    text = f"A SEFAZ autorizou a nota {nota} também sob a chave {protocol.chave}, protocolo {protocol.number}."
    remedy = "Com a contabilidade, cancele na SEFAZ a que não está no Tray."
    note(nota, text, by=SEFAZ, now=now, remedy=remedy, turn=Turn.YOU, is_problem=True)
    facts = {"nota_id": nota.pk, "chave": protocol.chave}
    matter = Matter(
        kind=Kind.NUMBER_CONFLICT, key=nota_key(nota.pk), text=text, remedy=remedy, order_id=nota.order_id, facts=facts
    )
    open_matters(nota.company_id, [matter], now=now)


def _without_answer(nota: Nota, reply: Reply, now: datetime) -> None:
    error = reply.error
    if isinstance(error, CertificateRefused):
        rest(nota.company_id, str(error), until=now + _CERTIFICATE, via=None)
    if isinstance(error, NotSent | CertificateRefused) and reply.errand.verb == "send":
        nota.state, nota.due_at = Nota.State.SIGNED, rules.next_try(nota.tries, now=now)
        text, remedy = f"Não enviada: {error}", "Nada a fazer: tentamos de novo sozinhos, com a mesma nota."
    else:
        nota.state, nota.due_at = Nota.State.UNKNOWN, rules.next_try(nota.tries, now=now)
        text = f"Sem resposta da SEFAZ: {error}"
        remedy = "Não gere outra nota. Perguntamos à SEFAZ pela chave até sabermos se foi autorizada."
    nota.tries += 1
    note(nota, text, by=SEFAZ, now=now, remedy=remedy, turn="us", is_problem=True)
    _ask_for_patience(nota, text, now)


def _answered(nota: Nota, order: Order, reply: Reply, answer: Answer, now: datetime, plan: StatusPlan | None) -> None:
    nota.cstat, nota.reason = answer.cstat, answer.reason[:300]
    said = verdict(answer.cstat)
    if said in _AT_SEFAZ and answer.protocol is not None:
        xml = _adopt(nota, answer.protocol, reply.errand.version, now)
        if xml is not None and said == Verdict.CANCELLED:
            _cancelled_elsewhere(nota, order, answer, now, plan)
        elif xml is not None:
            _authorise(nota, order, now)
    elif said == Verdict.ABSENT and reply.errand.verb == "ask":
        nota.state, nota.absent_since = Nota.State.SIGNED, nota.absent_since or now
        nota.due_at = now if nota.tries <= 1 else rules.next_try(nota.tries, now=now)  # at once after the first silence
        nota.tries += 1
        note(nota, "A SEFAZ não conhece a chave: a mesma nota vai de novo.", by=SEFAZ, now=now, cstat=answer.cstat)
    elif said in {Verdict.REJECTED, Verdict.DENIED} and reply.errand.verb == "send":
        _reject(nota, order, answer, now, plan)
    elif said in {Verdict.OTHER_KEY, Verdict.NUMBER_TAKEN}:
        _conflict(nota, answer, now)
    else:
        _wait(nota, reply, answer, said, now)


def _adopt(nota: Nota, protocol: Protocol, version: int, now: datetime) -> NotaXml | None:
    """
    Keep the protocol of the bytes it was given for; another digest than ours is no nota of ours.

    `version` is the one that was sent or asked for: one that was signed anew has the digest of the one before.
    """
    xmls = NotaXml.objects.of(nota.company_id).filter(nota=nota, chave_de_acesso=protocol.chave)
    same = xmls.filter(digest=protocol.digest)
    xml = same.filter(version=version).first() or same.order_by("-version").first()
    if xml is None:
        _stop_series(nota, f"a SEFAZ tem outro conteúdo sob a chave {protocol.chave}", now)
        return None
    xml.protocol_xml = protocol.xml
    xml.save(update_fields=["protocol_xml"])
    _go_back_to(nota, xml)
    nota.state, nota.due_at, nota.tries = Nota.State.AUTHORISED, None, 0
    nota.cstat, nota.reason = protocol.cstat, protocol.reason[:300]
    nota.protocol, nota.authorised_at = protocol.number, protocol.received_at
    return xml


def _authorise(nota: Nota, order: Order, now: datetime) -> None:
    """Let follow what follows an authorised nota: its goods leave, or come back, and Tray is owed the XML."""
    is_real = nota.environment == Environment.PRODUCTION
    if nota.kind == Nota.Kind.RETURN:
        _take_goods_back(nota, order, now)
    elif is_real:
        finish_invoicing(order, nota=str(nota), by=nota.created_by, now=now)
        _owe(nota, order, now)
    else:
        stop_invoicing(order, by=nota.created_by, now=now)
    test = "" if is_real else " em homologação: sem valor fiscal, nada muda no estoque nem no Tray"
    note(nota, f"Autorizada{test}. Protocolo {nota.protocol}.", by=SEFAZ, now=now, cstat=nota.cstat)
    record(
        "fiscal.nota.authorised",
        company_id=nota.company_id,
        subject=("nota", nota.pk),
        text=f"Nota {nota} autorizada, protocolo {nota.protocol}.",
        by=nota.created_by,
        at=now,
        chave=nota.chave_de_acesso,
    )
    close_nota_matters(nota, now=now)
    close_matters(nota.company_id, kind=Kind.NOTA_CANCELLED, keys=[order_key(order.pk)], now=now)


def _cancelled_elsewhere(nota: Nota, order: Order, answer: Answer, now: datetime, plan: StatusPlan | None) -> None:
    """Take in that SEFAZ has a nota as cancelled before we knew it authorised: no goods left, Tray is owed nothing."""
    found = [one.protocol for one in answer.events if one.protocol.kind == NotaEvent.Kind.CANCELLATION]
    nota.state, nota.cancelled_at = Nota.State.CANCELLED, (found[-1].registered_at if found else None) or now
    nota.cstat, nota.reason = answer.cstat, answer.reason[:300]
    stop_invoicing(order, by=SEFAZ, now=now, plan=plan)
    protocol = f" Protocolo do cancelamento {found[-1].number}." if found and found[-1].number else ""
    note(
        nota,
        f"Autorizada, e cancelada na SEFAZ por outro sistema.{protocol}",
        by=SEFAZ,
        now=now,
        remedy="Nada saiu do estoque e nada vai ao Tray. Se a venda vale, gere outra nota; senão, cancele o pedido.",
        turn=Turn.YOU,
        cstat=answer.cstat,
        is_problem=True,
    )
    record(
        "fiscal.nota.cancelled_elsewhere",
        company_id=nota.company_id,
        subject=("nota", nota.pk),
        text=f"Nota {nota} cancelada na SEFAZ por outro sistema.{protocol}",
        by=SEFAZ,
        at=now,
        chave=nota.chave_de_acesso,
    )
    close_nota_matters(nota, now=now)
    if order.state == Order.State.CANCELLED:
        return
    matter = Matter(
        kind=Kind.NOTA_CANCELLED,
        key=order_key(order.pk),
        text=f"A nota {nota} do pedido {order.number} está cancelada na SEFAZ, e não foi cancelada aqui.",
        remedy="O pedido está em aberto. Se a venda vale, gere outra nota; senão, cancele o pedido.",
        store_id=nota.store_id,
        order_id=order.pk,
        facts={"nota_id": nota.pk},
    )
    open_matters(nota.company_id, [matter], now=now)


def _take_goods_back(nota: Nota, order: Order, now: datetime) -> None:
    detailed = with_details(Order.objects.of(nota.company_id)).get(pk=order.pk)
    take_back(
        nota.company_id,
        order.pk,
        units=goods_back(detailed, nota),
        reason=f"Devolução, nota {nota}",
        by=nota.created_by,
        now=now,
    )


def _owe(nota: Nota, order: Order, now: datetime) -> None:
    """Note what follows an authorised nota: its XML to Tray, the status there, the buyer's mail."""
    if nota.kind == Nota.Kind.SALE and order.store_id is not None and order.tray_id is not None:
        nota.delivery, nota.delivery_due_at = Nota.Delivery.DUE, now
        nota.is_status_due = (
            StatusChoice.objects.of(nota.company_id).filter(store_id=order.store_id, role=StatusRole.INVOICED).exists()
        )
    mails = Issuer.objects.of(nota.company_id).filter(mails_buyer=True).exists()
    if mails and order.customer is not None and order.customer.email:
        nota.mail_due_at = now


def _reject(nota: Nota, order: Order, answer: Answer, now: datetime, plan: StatusPlan | None) -> None:
    why = explain(answer.cstat, answer.reason)
    nota.state, nota.due_at, nota.tries = Nota.State.REJECTED, None, 0
    stop_invoicing(order, by=SEFAZ, now=now, plan=plan)
    note(
        nota,
        f"Rejeitada ({answer.cstat}): {why.what}",
        by=SEFAZ,
        now=now,
        remedy=why.remedy,
        turn=_TURNS[why.turn],
        cstat=answer.cstat,
        is_problem=True,
    )
    for kind in (Kind.NOTA_UNKNOWN, Kind.NOTA_BROKEN):
        close_matters(nota.company_id, kind=kind, keys=[nota_key(nota.pk)], now=now)
    if order.state == Order.State.CANCELLED:
        return  # nobody issues a nota for it: its number is told among the gaps
    matter = Matter(
        kind=Kind.NOTA_REJECTED,
        key=nota_key(nota.pk),
        text=f"A nota {nota} do pedido {order.number} foi rejeitada ({answer.cstat}): {why.what}",
        remedy=why.remedy,
        store_id=nota.store_id,
        order_id=order.pk,
        facts={"nota_id": nota.pk, "cstat": answer.cstat},
    )
    open_matters(nota.company_id, [matter], now=now)


def _go_back_to(nota: Nota, xml: NotaXml) -> None:
    """Let a nota be what one of its versions says: it may have been signed anew since, for another way and key."""
    nota.version, nota.chave_de_acesso = xml.version, xml.chave_de_acesso
    nota.emission = xml.chave_de_acesso[_EMISSION]


def _conflict(nota: Nota, answer: Answer, now: datetime) -> None:
    """SEFAZ knows the number otherwise than we do. One of our own keys is asked for; another stops the série."""
    other = answer.named_chave
    mine = NotaXml.objects.of(nota.company_id).filter(nota=nota, chave_de_acesso=other).order_by("-version").first()
    if mine is not None:
        _go_back_to(nota, mine)
        nota.state, nota.due_at = Nota.State.UNKNOWN, now
        note(nota, f"A SEFAZ já tem esta nota sob a chave {other}.", by=SEFAZ, now=now, cstat=answer.cstat)
        return
    named = f"sob a chave {other}" if other else f"({answer.cstat}: {answer.reason})"
    _stop_series(nota, f"a SEFAZ já tem o número {nota.number} {named}", now)


def _stop_series(nota: Nota, why: str, now: datetime) -> None:
    nota.state, nota.due_at = Nota.State.UNKNOWN, None
    NumberSeries.objects.of(nota.company_id).filter(environment=nota.environment, serie=nota.serie).update(
        stopped_because=why[:300]
    )
    remedy = (
        "Confira quem mais emite com esta série. Libere o pedido na página da nota, diga o próximo número (ou outra "
        "série) em Fiscal, Numeração, e gere a nota de novo."
    )
    note(nota, f"Série parada: {why}.", by=SEFAZ, now=now, remedy=remedy, turn="you", is_problem=True)
    matter = Matter(
        kind=Kind.NUMBER_CONFLICT,
        key=serie_key(nota.environment, nota.serie),
        text=f"A série {nota.serie} está parada: {why}.",
        remedy=remedy,
        store_id=nota.store_id,
        order_id=nota.order_id,
        facts={"nota_id": nota.pk},
    )
    open_matters(nota.company_id, [matter], now=now)


def _wait(nota: Nota, reply: Reply, answer: Answer, said: Verdict, now: datetime) -> None:
    """Nothing is decided: what was certainly not taken is sent again, all else is asked for."""
    certainly_not = said in {Verdict.SERVICE_DOWN, Verdict.BANNED, Verdict.CERTIFICATE}
    is_unsent = certainly_not and reply.errand.verb == "send"
    nota.state = Nota.State.SIGNED if is_unsent else Nota.State.UNKNOWN
    nota.due_at = rules.next_try(nota.tries, now=now)
    why = explain(answer.cstat, answer.reason)
    is_renewed = is_unsent and _will_be_signed_anew(nota, reply, answer, now)
    if is_renewed and nota.tries < _PATIENCE:
        nota.due_at = now
    pause = {Verdict.SERVICE_DOWN: _DOWN, Verdict.BANNED: _BAN, Verdict.CERTIFICATE: _CERTIFICATE}.get(said)
    if pause is not None and not is_renewed:
        via = None if said == Verdict.CERTIFICATE else reply.way
        rest(nota.company_id, f"{answer.cstat}: {why.what}", until=now + pause, via=via)
        nota.due_at = now + pause
    elif said == Verdict.DUPLICATE and nota.tries < _PATIENCE:
        nota.due_at = now
    nota.tries += 1
    note(
        nota,
        f"{answer.cstat}: {why.what}",
        by=SEFAZ,
        now=now,
        remedy=why.remedy,
        turn=_TURNS[why.turn],
        cstat=answer.cstat,
        is_problem=said != Verdict.DUPLICATE,
    )
    if said == Verdict.CERTIFICATE and not is_renewed:
        _tell_of_certificate(nota, why.what, why.remedy, now)
    _ask_for_patience(nota, why.what, now)


def _will_be_signed_anew(nota: Nota, reply: Reply, answer: Answer, now: datetime) -> bool:
    """
    Whether a nota that was refused goes otherwise next time, so that the refusal stops nobody (`renewing`).

    It is so where another certificate signed it than the one in force, and where the SVC is switched off: from then on
    notas take the usual way again.
    """
    if reply.errand.via != Emission.NORMAL and answer.cstat in SVC_OFF:
        end_contingency(nota.company_id, now=now)
        return True
    is_about_certificate = verdict(answer.cstat) == Verdict.CERTIFICATE
    return is_about_certificate and newer_certificate(nota.company_id, reply.errand.signed, now=now) is not None


def _tell_of_certificate(nota: Nota, text: str, remedy: str, now: datetime) -> None:
    matter = Matter(
        kind=Kind.CERTIFICATE,
        key=CERTIFICATE,
        text=f"A SEFAZ recusou o certificado ou a assinatura: {text}",
        remedy=remedy,
        order_id=None,
    )
    open_matters(nota.company_id, [matter], now=now)


def _ask_for_patience(nota: Nota, text: str, now: datetime) -> None:
    if nota.tries < _PATIENCE:
        return
    matter = Matter(
        kind=Kind.NOTA_UNKNOWN,
        key=nota_key(nota.pk),
        text=f"A nota {nota} espera a SEFAZ há {nota.tries} tentativas. Última: {text}",
        remedy="Continuamos perguntando. Se a SEFAZ da sua UF está fora do ar, veja Fiscal, Situação da SEFAZ.",
        turn="sefaz",
        store_id=nota.store_id,
        order_id=nota.order_id,
        facts={"nota_id": nota.pk},
    )
    open_matters(nota.company_id, [matter], now=now)


def close_nota_matters(nota: Nota, *, now: datetime) -> None:
    """Close what was pending about a nota with SEFAZ."""
    for kind in (Kind.NOTA_REJECTED, Kind.NOTA_UNKNOWN, Kind.NOTA_BROKEN):
        close_matters(nota.company_id, kind=kind, keys=[nota_key(nota.pk)], now=now)
    close_matters(nota.company_id, kind=Kind.CERTIFICATE, keys=[CERTIFICATE], now=now)
