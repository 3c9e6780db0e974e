"""
One exchange about a nota with SEFAZ, in three parts: claim it (a transaction), send (none), take the answer in (a
transaction). It may die between any two: what was claimed and not answered is asked for, never sent blindly.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import structlog
from django.db import transaction
from django.db.models import Q

from ahead.fiscal.door import Place, place_of
from ahead.fiscal.models import Inutilizacao, Nota, NotaEvent, NotaXml
from ahead.fiscal.renewing import RENEWED, renew
from ahead.fiscal.resting import is_resting, not_resting, resting_companies
from ahead.nfe.answers import Answer
from ahead.nfe.errors import AnswerLost, NotSent, SefazError
from ahead.nfe.sefaz import Sefaz
from ahead.nfe.values import Emission
from ahead.nfe.verdicts import SVC_OFF

log = structlog.get_logger(__name__)
CLAIM_SECONDS = 180  # longer than the longest answer of SEFAZ
Verb = Literal["send", "ask"]


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done about a nota: `send` its bytes, or `ask` what became of its key."""

    nota_id: int
    verb: Verb
    chave: str
    version: int
    signed: bytes
    place: Place
    via: Emission
    claim: str  # the name of this taking in hand, no other has it
    store_id: int | None
    claimed_at: float = field(default_factory=time.monotonic)  # seconds

    @property
    def is_over(self) -> bool:
        """Whether the claim has run out: another may have found out meanwhile that SEFAZ does not have the nota."""
        return time.monotonic() - self.claimed_at > CLAIM_SECONDS


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of an errand: an answer, or the error it ended in."""

    errand: Errand
    answer: Answer | None = None
    error: SefazError | None = None
    via: Emission | None = None  # who answered, where another way than the nota's was asked

    @property
    def way(self) -> Emission:
        """By which way it came."""
        return self.via or self.errand.via


def due_notas(company_id: int, *, now: datetime, limit: int = 50) -> list[int]:
    """Return the notas that are due and may be sent or asked for, and are in nobody's hands, the oldest first."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    open_now = not_resting(company_id, now=now)
    rows = Nota.objects.of(company_id).filter(free, open_now, due_at__lte=now).order_by("due_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


@transaction.atomic
def claim(company_id: int, nota_id: int, *, holder: str, now: datetime) -> Errand | None:
    """
    Take a nota in hand and say what is to be done; None if there is nothing, or another has it.

    A nota whose sending was claimed and never answered is asked for: it may be authorised. What would be refused as
    it is signed is signed anew before it goes.
    """
    nota = Nota.objects.of(company_id).select_for_update(of=("self",)).filter(pk=nota_id).first()
    if nota is None or (nota.claimed_until and nota.claimed_until > now):
        return None
    if nota.state == Nota.State.SIGNED:
        if not renew(nota, now=now):
            nota.save(update_fields=["due_at"])
            return None
        verb: Verb = "send"
        nota.state = Nota.State.SENDING
    elif nota.state in {Nota.State.SENDING, Nota.State.UNKNOWN}:
        verb = "ask"
        if nota.state == Nota.State.SENDING:  # it was sent, and nobody heard the answer: what 217 said before is over
            nota.absent_since = None
        nota.state = Nota.State.UNKNOWN
    else:
        return None
    name = f"{holder[:23]}:{secrets.token_hex(8)}"
    nota.claimed_until, nota.claimed_by = now + timedelta(seconds=CLAIM_SECONDS), name
    # should we die, it is due again once the claim has run out
    nota.due_at = nota.claimed_until
    nota.save(update_fields=[*RENEWED, "state", "absent_since", "claimed_until", "claimed_by", "due_at"])
    xml = NotaXml.objects.of(company_id).get(nota=nota, version=nota.version)
    signed, via = bytes(xml.signed), Emission(nota.emission)
    place = place_of(nota.chave_de_acesso, nota.environment)
    return Errand(nota.pk, verb, nota.chave_de_acesso, nota.version, signed, place, via, name, nota.store_id)


def release_claims(company_id: int, *, now: datetime) -> int:
    """
    Let go of what an earlier work of the company has in hand, and return how many notas that were.

    One job works for a company at a time, so a job that begins finds only claims of dead ones: what they sent is asked
    for at once, not when the claim has run out. Should one of them be frozen and wake, it sends the bytes that are sent
    here too, which SEFAZ takes once (204), and of what it hears only a protocol counts: its claim is over.
    """
    held = Nota.objects.of(company_id).filter(claimed_until__isnull=False)
    return held.update(claimed_until=None, claimed_by="", due_at=now)


def perform(sefaz: Sefaz, errand: Errand) -> Reply:
    """
    Send or ask; touches no database. Nothing is sent by whom was frozen for so long that its claim is over.

    Where the SVC says that it is switched off, the UF's own SEFAZ is asked: it has what the SVC took.
    """
    if errand.verb == "send" and errand.is_over:
        return Reply(errand, error=NotSent("a vez desta nota passou"))
    try:
        if errand.verb == "send":
            return Reply(errand, answer=sefaz.authorise(errand.signed, lote=errand.nota_id, via=errand.via))
        answer = sefaz.query(errand.chave, via=errand.via)
        if errand.via == Emission.NORMAL or answer.cstat not in SVC_OFF:
            return Reply(errand, answer=answer)
    except SefazError as error:
        return Reply(errand, error=error)
    try:
        return Reply(errand, answer=sefaz.query(errand.chave, via=Emission.NORMAL), via=Emission.NORMAL)
    except SefazError as error:
        return Reply(errand, error=error, via=Emission.NORMAL)


def broken(errand: Errand, error: Exception | None) -> Reply:
    """Return the reply to an errand that broke in our hands by a defect of ours: it may have got there."""
    log.error("fiscal.nota.errand_broke", nota_id=errand.nota_id, exc_info=error)
    return Reply(errand, error=AnswerLost(type(error).__name__))


def companies_with_work(*, now: datetime) -> Collection[int]:
    """Return the companies that have a nota, an event or an inutilização due for a SEFAZ that does not rest."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    notas = Nota.objects.across_companies().filter(free, due_at__lte=now)
    events = NotaEvent.objects.across_companies().filter(due_at__lte=now)
    voidings = Inutilizacao.objects.across_companies().filter(due_at__lte=now)
    found = {
        *notas.values_list("company_id", flat=True),
        *events.values_list("company_id", flat=True),
        *voidings.values_list("company_id", flat=True),
    }
    resting = resting_companies(now=now) & found
    return found - {one for one in resting if not due_notas(one, now=now, limit=1) and not _has_other_work(one, now)}


def _has_other_work(company_id: int, now: datetime) -> bool:
    if is_resting(company_id, now=now):
        return False
    rows = (NotaEvent.objects.of(company_id), Inutilizacao.objects.of(company_id))
    return any(one.filter(due_at__lte=now).exists() for one in rows)
