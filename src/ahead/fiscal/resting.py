"""SEFAZ is left alone for a while: the one that is down or banned us, and no other."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from ahead.accounts.models import Company
from ahead.fiscal.models import Issuer, Nota
from ahead.nfe.values import Emission


def rest(company_id: int, because: str, *, until: datetime, via: Emission | None) -> None:
    """Send nothing for a company by one way until then; by no way where `via` is None."""
    changes: dict[str, object] = {"resting_because": because[:300]}
    if via is None or via == Emission.NORMAL:
        changes["resting_until"] = until
    if via != Emission.NORMAL:
        changes["svc_resting_until"] = until
    Issuer.objects.of(company_id).update(**changes)


def is_resting(company_id: int, *, now: datetime) -> bool:
    """Whether nothing is sent now to the usual SEFAZ of a company, to which its events and inutilizações go."""
    return Issuer.objects.of(company_id).filter(resting_until__gt=now).exists()


def resting_until(company: Company, *, now: datetime) -> datetime | None:
    """Return until when nothing new is sent by the way in force, None where nothing rests."""
    issuer = Issuer.objects.of(company).first()
    if issuer is None:
        return None
    until = issuer.svc_resting_until if issuer.contingency_since else issuer.resting_until
    return until if until is not None and until > now else None


def not_resting(company_id: int, *, now: datetime) -> Q:
    """
    Return which notas of a company may be sent or asked for now.

    What is to be sent goes by the way that is in force (`renewing`); the others are asked for where they were sent.
    """
    issuer = Issuer.objects.of(company_id).first()
    if issuer is None:
        return Q()
    usual_rests = issuer.resting_until is not None and issuer.resting_until > now
    svc_rests = issuer.svc_resting_until is not None and issuer.svc_resting_until > now
    is_sent, is_usual = ~Q(state=Nota.State.SIGNED), Q(emission=Emission.NORMAL)
    resting = Q(pk__in=[])
    if usual_rests:
        resting |= is_sent & is_usual
    if svc_rests:
        resting |= is_sent & ~is_usual
    if svc_rests if issuer.contingency_since else usual_rests:
        resting |= Q(state=Nota.State.SIGNED)
    return ~resting


def resting_companies(*, now: datetime) -> set[int]:
    """Return the companies for which something rests."""
    rows = Issuer.objects.across_companies().filter(Q(resting_until__gt=now) | Q(svc_resting_until__gt=now))
    return set(rows.values_list("company_id", flat=True))
