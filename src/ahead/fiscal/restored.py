"""
After a restore: notas and numbers of which SEFAZ and Tray may know more than our tables do.

Between the backup and now numbers may have been used and notas authorised. Numbers are given out again only once a
person has said which comes next; of each nota that is not settled SEFAZ is asked before anything is sent.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.fiscal import rules
from ahead.fiscal.journal import note
from ahead.fiscal.models import Issuer, Nota, NumberSeries
from ahead.pending.keys import serie_key
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, open_matters

BY = "restauração"
_REMEDY = (
    "Descubra o último número autorizado desta série: no portal da SEFAZ, com a contabilidade, nos XML ou DANFE "
    "enviados e nos pedidos faturados no Tray. Notas emitidas depois do backup não estão aqui: não gere outra para o "
    "pedido delas. Depois diga o próximo número em Fiscal, Numeração: isso libera a série."
)


@transaction.atomic
def stop_series(company: Company, *, backup_at: datetime, now: datetime) -> int:
    """Stop every série of a company until a person says its next number, and return how many."""
    for issuer in Issuer.objects.of(company):
        # one that was first used after the backup has no row, and would begin at its first number
        NumberSeries.objects.of(company).get_or_create(
            environment=issuer.environment, serie=issuer.serie, defaults={"company_id": company.pk}
        )
    matters = []
    for row in NumberSeries.objects.of(company).select_for_update():
        why = f"o banco voltou a um backup de {_told(backup_at)}, e números usados depois disso não estão aqui"
        row.stopped_because = why
        row.save(update_fields=["stopped_because"])
        matters.append(
            Matter(
                kind=Kind.NUMBER_CONFLICT,
                key=serie_key(row.environment, row.serie),
                text=f"A série {row.serie} está parada: {why}. O próximo número daqui seria {row.next_number}.",
                remedy=_REMEDY,
                facts={"next_number": row.next_number, "backup_at": backup_at.isoformat()},
            )
        )
    open_matters(company.pk, matters, now=now)
    if matters:
        text = f"Banco restaurado de um backup de {_told(backup_at)}: séries paradas até alguém dizer o próximo número."
        record(
            "fiscal.series.restored", company_id=company.pk, subject=("company", company.pk), text=text, by=BY, at=now
        )
    return len(matters)


@transaction.atomic
def doubt_notas(company: Company, *, now: datetime) -> int:
    """
    Let SEFAZ be asked for each nota that was on its way, and Tray be looked at before it gets one; return how many.

    What was signed and not sent when the backup was made may have been sent since: it is asked for by its key, and its
    bytes go only where SEFAZ does not know it.
    """
    notas = Nota.objects.of(company)
    open_ones = notas.filter(state__in=[Nota.State.SIGNED, Nota.State.SENDING, Nota.State.UNKNOWN])
    for nota in open_ones.select_for_update(of=("self",)):
        nota.state, nota.due_at, nota.absent_since = Nota.State.UNKNOWN, now, None
        nota.claimed_until, nota.claimed_by = None, ""
        nota.save(update_fields=["state", "due_at", "absent_since", "claimed_until", "claimed_by"])
        note(nota, "Banco restaurado: perguntamos à SEFAZ pela chave antes de enviar.", by=BY, now=now, turn="us")
    owed = notas.filter(delivery=Nota.Delivery.DUE).update(is_delivery_in_doubt=True)
    return open_ones.count() + owed


def _told(instant: datetime) -> str:
    return f"{rules.local_time(instant, 'SP'):%d/%m/%Y %H:%M}"
