"""Numbers that no nota used: which they are, and telling SEFAZ that they never will (inutilização)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.actors import SEFAZ
from ahead.audit.operations import record
from ahead.fiscal import rules
from ahead.fiscal.certificates import newer_certificate, signing_certificate
from ahead.fiscal.door import Place, place_of
from ahead.fiscal.journal import note
from ahead.fiscal.models import Inutilizacao, Issuer, Nota, NumberSeries
from ahead.fiscal.taking_in import close_nota_matters
from ahead.lib.errors import Refused
from ahead.nfe.answers import InutilisationAnswer
from ahead.nfe.errors import CannotWrite, SefazError
from ahead.nfe.explaining import explain
from ahead.nfe.inutilizacao import inutilizacao
from ahead.nfe.sefaz import Sefaz
from ahead.nfe.signing import sign, unsigned
from ahead.nfe.values import Environment as NfeEnvironment
from ahead.nfe.verdicts import Verdict, verdict, was_not_processed
from ahead.orders.models import Order

_UF_CODE = re.compile(rb'<infInut Id="ID([0-9]{2})')


class CannotVoid(Refused):
    """These numbers may not be voided; the message says why."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers in a row that no living nota has, and why."""

    first: int
    last: int
    why: str


@dataclass(frozen=True, slots=True)
class VoidErrand:
    """A request to void numbers that is to be sent."""

    request_id: int
    place: Place
    signed: bytes
    is_first: bool  # no earlier sending of it went unanswered


@dataclass(frozen=True, slots=True)
class VoidReply:
    """What came of a request to void numbers."""

    errand: VoidErrand
    answer: InutilisationAnswer | None = None
    error: SefazError | None = None


def gaps(company_id: int, series: NumberSeries) -> list[Gap]:
    """
    Return the numbers of a série that were given out and that no nota will use, oldest first.

    Those are numbers without a nota, those of rejected notas whose order is cancelled, and those of rejected devoluções
    that were given up. What was voided already, or is being voided, is not told.
    """
    rows = (
        Nota.objects.of(company_id)
        .filter(environment=series.environment, serie=series.serie, number__gte=series.first_number)
        .order_by("number")
        .values_list("number", "state", "order__state", "given_up_at")
    )
    voided = _voided(company_id, series)
    found: list[tuple[int, str]] = []
    expected = series.first_number
    for number, state, order_state, given_up_at in rows:
        found.extend((missing, "Sem nota") for missing in range(expected, number))
        if state == Nota.State.REJECTED and order_state == Order.State.CANCELLED:
            found.append((number, "Nota rejeitada, pedido cancelado"))
        elif state == Nota.State.REJECTED and given_up_at is not None:
            found.append((number, "Devolução rejeitada, desistida"))
        expected = number + 1
    found.extend((missing, "Sem nota") for missing in range(expected, series.next_number))
    return _grouped((number, why) for number, why in found if number not in voided)


def _voided(company_id: int, series: NumberSeries) -> set[int]:
    rows = Inutilizacao.objects.of(company_id).filter(environment=series.environment, serie=series.serie)
    done = rows.exclude(state=Inutilizacao.State.REJECTED).values_list("first_number", "last_number")
    return {number for first, last in done for number in range(first, last + 1)}


def _grouped(numbers: Iterable[tuple[int, str]]) -> list[Gap]:
    found: list[Gap] = []
    for number, why in numbers:
        if found and found[-1].last == number - 1 and found[-1].why == why:
            found[-1] = Gap(found[-1].first, number, why)
        else:
            found.append(Gap(number, number, why))
    return found


@transaction.atomic
def request_voiding(
    company: Company,
    *,
    environment: str,
    serie: int,
    first: int,
    last: int,
    justification: str,
    by: str,
    now: datetime,
) -> Inutilizacao:
    """
    Sign the inutilização of numbers that no nota uses; it is sent at once.

    :raises CannotVoid: if a nota has or may have one of them, or the justification is shorter than 15 characters.
    :raises NeedsAttention: if the company has no certificate that is valid now.
    """
    issuer = Issuer.objects.of(company).first()
    series = NumberSeries.objects.of(company).select_for_update().filter(environment=environment, serie=serie).first()
    if issuer is None or series is None:
        raise CannotVoid("Não há números desta série.")
    open_numbers = {number for gap in gaps(company.pk, series) for number in range(gap.first, gap.last + 1)}
    if not first <= last or not set(range(first, last + 1)) <= open_numbers:
        raise CannotVoid(
            "Só podem ser inutilizados números sem nota, de nota rejeitada com pedido cancelado, ou de devolução "
            "rejeitada de que você desistiu."
        )
    local = rules.local_time(now, issuer.uf)
    try:
        unsigned = inutilizacao(
            uf=issuer.uf,
            cnpj=company.cnpj,
            environment=NfeEnvironment(environment),
            year=local.year,
            serie=serie,
            first=first,
            last=last,
            reason=justification,
        )
    except CannotWrite as refusal:
        raise CannotVoid(str(refusal)) from refusal
    signed = sign(unsigned, certificate=signing_certificate(company.pk, now=now), tag="infInut")
    request = Inutilizacao.objects.create(
        company=company,
        environment=environment,
        serie=serie,
        first_number=first,
        last_number=last,
        year=local.year % 100,
        justification=justification,
        signed=signed.xml,
        created_at=now,
        created_by=by,
        due_at=now,
    )
    record(
        "fiscal.numbers.voiding_asked",
        company_id=company.pk,
        subject=("series", series.pk),
        text=f"Inutilização pedida: série {serie}, {request}. {justification}",
        by=by,
        at=now,
    )
    return request


def due_voidings(company_id: int, *, now: datetime) -> list[int]:
    """Return the requests that are due."""
    rows = Inutilizacao.objects.of(company_id).filter(due_at__lte=now).order_by("due_at", "pk")
    return list(rows.values_list("pk", flat=True))


@transaction.atomic
def announce_voiding(company_id: int, request_id: int, *, now: datetime) -> VoidErrand | None:
    """
    Note that a request goes out, and return it; None if it is not due any more.

    From here on its outcome is unknown. The same bytes may be sent again (563 says: granted); only what surely never
    got there is signed anew, where another certificate signed it than the one in force.
    """
    request = Inutilizacao.objects.of(company_id).select_for_update().get(pk=request_id)
    if request.due_at is None or request.due_at > now:
        return None
    signed = bytes(request.signed)
    is_first = request.state == Inutilizacao.State.SIGNED
    if is_first:
        if certificate := newer_certificate(company_id, signed, now=now):
            signed = sign(unsigned(signed), certificate=certificate, tag="infInut").xml
        request.state, request.signed = Inutilizacao.State.UNKNOWN, signed
        request.save(update_fields=["state", "signed"])
    return VoidErrand(request.pk, place_of(_uf_code(signed), request.environment), signed, is_first)


def _uf_code(signed: bytes) -> str:
    """Return the code of the UF a request is for: the set-up may name another by now."""
    found = _UF_CODE.search(signed)
    return found[1].decode() if found else ""


def perform_voiding(sefaz: Sefaz, errand: VoidErrand) -> VoidReply:
    """Send a request; touches no database."""
    try:
        return VoidReply(errand, answer=sefaz.inutilise(errand.signed))
    except SefazError as error:
        return VoidReply(errand, error=error)


@transaction.atomic
def take_in_voiding(company_id: int, reply: VoidReply, *, now: datetime) -> Inutilizacao:
    """Take in what SEFAZ said of a request. A second time it changes nothing."""
    request = Inutilizacao.objects.of(company_id).select_for_update().get(pk=reply.errand.request_id)
    if request.due_at is None:
        return request
    answer = reply.answer
    request.cstat = answer.cstat if answer else ""
    request.reason = (answer.reason if answer else str(reply.error))[:300]
    said = verdict(request.cstat)
    if answer is not None and said == Verdict.INUTILISED:
        request.state, request.due_at = Inutilizacao.State.ACCEPTED, None
        request.protocol, request.answer_xml = answer.number, answer.xml
        _void_rejected(request, now)
    elif answer is not None and said in {Verdict.REJECTED, Verdict.NUMBER_TAKEN}:
        request.state, request.due_at = Inutilizacao.State.REJECTED, None
        request.reason = explain(answer.cstat, answer.reason).what[:300]
    else:
        is_unsent = reply.errand.is_first and was_not_processed(reply.error, request.cstat)
        request.state = Inutilizacao.State.SIGNED if is_unsent else Inutilizacao.State.UNKNOWN
        request.due_at, request.tries = rules.next_try(request.tries, now=now), request.tries + 1
    request.save()
    return request


def _void_rejected(request: Inutilizacao, now: datetime) -> None:
    notas = Nota.objects.of(request.company_id).filter(
        environment=request.environment,
        serie=request.serie,
        number__range=(request.first_number, request.last_number),
        state=Nota.State.REJECTED,
    )
    for nota in notas:
        nota.state, nota.updated_at = Nota.State.VOIDED, now
        nota.save(update_fields=["state", "updated_at"])
        note(nota, f"Número inutilizado. Protocolo {request.protocol}.", by=SEFAZ, now=now, cstat=request.cstat)
        close_nota_matters(nota, now=now)
