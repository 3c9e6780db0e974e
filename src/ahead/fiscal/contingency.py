"""The way notas take: SEFAZ of the UF or, while that is away, the SEFAZ Virtual de Contingência (SVC)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.actors import SEFAZ
from ahead.audit.operations import record
from ahead.fiscal.models import Issuer, Nota
from ahead.fiscal.set_up import WrongSetUp

_REASON = range(15, 257)  # characters of xJust


@transaction.atomic
def enter_contingency(company: Company, *, reason: str, by: str, now: datetime) -> Issuer:
    """
    Issue by the SVC from now on. What waits and surely is not at SEFAZ is signed anew for it; all else stays.

    :raises WrongSetUp: if the reason is shorter than 15 characters, or there is no set-up.
    """
    reason = " ".join(reason.split())
    if len(reason) not in _REASON:
        raise WrongSetUp("Escreva o motivo com 15 a 256 caracteres.", field="reason")
    issuer = Issuer.objects.of(company).select_for_update().first()
    if issuer is None:
        raise WrongSetUp("A empresa ainda não tem configuração fiscal.")
    issuer.contingency_since, issuer.contingency_reason = now, reason
    issuer.svc_resting_until = None
    issuer.save()
    _make_due(company.pk, now)
    _record(company.pk, "fiscal.contingency.entered", f"Contingência (SVC) ligada: {reason}", by=by, now=now)
    return issuer


@transaction.atomic
def leave_contingency(company: Company, *, by: str, now: datetime) -> None:
    """Issue by the usual SEFAZ again. What waits and surely is not at SEFAZ is signed anew for it; all else stays."""
    _leave(company.pk, "Contingência (SVC) desligada.", by=by, now=now)


def end_contingency(company_id: int, *, now: datetime) -> None:
    """Issue by the usual SEFAZ again, since the SVC said that it is switched off (113, 114): it takes nothing."""
    if Issuer.objects.of(company_id).filter(contingency_since__isnull=False).exists():
        text = "Contingência (SVC) desligada: a SVC respondeu que não está ativa para a UF."
        _leave(company_id, text, by=SEFAZ, now=now)


def _leave(company_id: int, text: str, *, by: str, now: datetime) -> None:
    Issuer.objects.of(company_id).update(contingency_since=None, contingency_reason="")
    _make_due(company_id, now)
    _record(company_id, "fiscal.contingency.left", text, by=by, now=now)


def _make_due(company_id: int, now: datetime) -> None:
    Nota.objects.of(company_id).filter(state=Nota.State.SIGNED, due_at__gt=now).update(due_at=now)


def _record(company_id: int, name: str, text: str, *, by: str, now: datetime) -> None:
    record(name, company_id=company_id, subject=("company", company_id), text=text, by=by, at=now)
