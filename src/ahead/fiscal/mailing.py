"""The XML and the DANFE of a nota to its buyer, by e-mail, once the company wants it so."""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import InterfaceError, OperationalError, transaction

from ahead.accounts.models import Company
from ahead.db.tenancy import TenantQuerySet
from ahead.fiscal.archive import nota_xml
from ahead.fiscal.danfe import draw
from ahead.fiscal.journal import note, note_asked
from ahead.fiscal.models import Nota
from ahead.lib.errors import Refused
from ahead.lib.money import reais

log = structlog.get_logger(__name__)
BY = "e-mail"
_MOST_TRIES = 6  # over an hour


class CannotMail(Refused):
    """The nota cannot be sent to its buyer; the message says why."""


@transaction.atomic
def ask_mail(company: Company, nota_id: int, *, by: str, now: datetime) -> None:
    """
    Send a nota to its buyer, again if it was sent before.

    :raises CannotMail: if it is not authorised, or the customer has no e-mail that mail can be sent to.
    :raises Nota.DoesNotExist: if it is not the company's.
    """
    nota = Nota.objects.of(company).select_for_update(of=("self",)).select_related("order__customer").get(pk=nota_id)
    if nota.state != Nota.State.AUTHORISED:
        raise CannotMail("Só uma nota autorizada vai ao comprador.")
    customer = nota.order.customer
    if customer is None or not customer.email:
        raise CannotMail("O cliente não tem e-mail. Complete o cadastro dele.")
    if why := _why_not_mail(customer.email):
        raise CannotMail(f"{why} {_MEND}")
    nota.mail_due_at, nota.mail_tries = now, 0
    nota.save(update_fields=["mail_due_at", "mail_tries"])
    note_asked(
        nota,
        "mail",
        f"Envio ao comprador pedido: {customer.email}.",
        by=by,
        now=now,
        trail_text="Envio da nota ao comprador por e-mail pedido",
    )


def _due(notas: TenantQuerySet[Nota], now: datetime) -> TenantQuerySet[Nota]:
    return notas.filter(mail_due_at__lte=now)


def companies_with_mail(*, now: datetime) -> set[int]:
    """Return the companies that have a nota to send to its buyer."""
    return set(_due(Nota.objects.across_companies(), now).values_list("company_id", flat=True))


def due_mails(company_id: int, *, now: datetime, limit: int = 50) -> list[int]:
    """Return the notas to send to their buyers, longest due first."""
    rows = _due(Nota.objects.of(company_id), now).order_by("mail_due_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def mail_nota(company_id: int, nota_id: int, *, now: datetime) -> bool:
    """
    Send a nota to its buyer and return whether it went; the e-mail leaves outside of any transaction.

    Whatever goes wrong is this nota's own problem, kept with it: the others go on. Should the process die right after
    it left, it is sent once more: better twice than never.
    """
    nota = Nota.objects.of(company_id).select_related("order__customer", "company").get(pk=nota_id)
    address = nota.order.customer.email if nota.order.customer else ""
    if why := _why_not_mail(address):
        _settle(company_id, nota_id, why, remedy=_MEND, is_over=True, now=now)
        return False
    problem = ""
    try:
        _message(nota, address).send()
    except (OperationalError, InterfaceError):
        raise  # the database is away: for all of them
    except (SMTPException, OSError) as error:
        log.warning("fiscal.nota.not_mailed", nota_id=nota_id, cause=type(error).__name__)
        problem = str(error) or type(error).__name__
    except Exception as error:
        log.exception("fiscal.nota.not_mailed", nota_id=nota_id)
        problem = f"defeito nosso ({type(error).__name__}), já registrado"
    _settle(company_id, nota_id, problem, now=now)
    return not problem


_MEND = "Corrija o e-mail no cadastro do cliente e envie de novo."


def _why_not_mail(address: str) -> str:
    """Return why nothing can be sent to an address; "" if it can."""
    try:
        validate_email(address)
    except ValidationError:
        return f"O e-mail do cliente, «{address}», não é um endereço válido."
    return ""


def _message(nota: Nota, address: str) -> EmailMessage:
    company = nota.company
    body = (
        f"Olá, {nota.recipient}.\n\n"
        f"Segue a nota fiscal {nota.number}, série {nota.serie}, do seu pedido {nota.order.number}, no valor de "
        f"{reais(nota.total)}.\n\nChave de acesso: {nota.chave_de_acesso}\n\n{company.name}"
    )
    subject = f"Nota fiscal {nota.number} do seu pedido em {company.name}"
    message = EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [address])
    message.attach(f"{nota.chave_de_acesso}-procNFe.xml", nota_xml(nota), "application/xml")
    message.attach(f"DANFE-{nota.number}.pdf", draw(nota), "application/pdf")
    return message


@transaction.atomic
def _settle(
    company_id: int, nota_id: int, problem: str, *, remedy: str = "", is_over: bool = False, now: datetime
) -> None:
    """Keep what came of a mail: it went, or its problem. `is_over` where trying again mends nothing."""
    nota = Nota.objects.of(company_id).select_for_update(of=("self",)).get(pk=nota_id)
    if not problem:
        nota.mail_due_at, nota.mailed_at = None, now
        note(nota, "XML e DANFE enviados ao comprador.", by=BY, now=now)
    else:
        nota.mail_tries += 1
        is_over = is_over or nota.mail_tries >= _MOST_TRIES
        nota.mail_due_at = None if is_over else now + timedelta(minutes=2**nota.mail_tries)
        remedy = remedy or (
            "Confira o e-mail do cliente e a configuração de e-mail do sistema (AHEAD_EMAIL_URL), e envie de novo."
            if is_over
            else "Nada a fazer: tentamos de novo sozinhos."
        )
        turn = "you" if is_over else "us"
        note(nota, f"O e-mail não saiu: {problem}", by=BY, now=now, remedy=remedy, turn=turn, is_problem=True)
    nota.save(update_fields=["mail_due_at", "mail_tries", "mailed_at"])
