"""A nota to its buyer by e-mail: with XML and DANFE, tried again when it does not go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from ahead.audit.queries import history
from ahead.catalog.models import Product
from ahead.fiscal.mailing import CannotMail, ask_mail, due_mails, mail_nota
from ahead.fiscal.models import Nota, NotaXml
from ahead.stores.models import Store
from fiscal_making import authorise, make_sale, set_up_issuer, trust

BY = "oto@padaria.example"


@pytest.fixture
def nota(loja: Store, make_product: Callable[..., Product], now: datetime, settings: Any) -> Nota:
    trust(settings)
    set_up_issuer(loja.company, now, mails_buyer=True)
    bread = make_product(loja.company, name="Pão de mel", ncm="19059090", on_hand=50)
    return authorise(loja.company, make_sale(loja, now, [(bread, 1, "10.00")]), now)


def test_an_authorised_nota_goes_to_its_buyer_with_xml_and_danfe(nota: Nota, now: datetime) -> None:
    assert due_mails(nota.company_id, now=now) == [nota.pk]

    assert mail_nota(nota.company_id, nota.pk, now=now)

    [message] = mail.outbox
    assert message.to == ["mariana@example.com"]
    assert [name for name, _, _ in message.attachments] == [
        f"{nota.chave_de_acesso}-procNFe.xml",
        f"DANFE-{nota.number}.pdf",
    ]
    assert message.attachments[1][1][:5] == b"%PDF-"
    assert due_mails(nota.company_id, now=now) == []


def test_what_does_not_go_is_tried_again_later_and_in_the_end_a_person_is_told(
    nota: Nota, now: datetime, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1

    for _ in range(6):
        [due] = due_mails(nota.company_id, now=now)
        assert not mail_nota(nota.company_id, due, now=now)
        now += timedelta(hours=2)

    assert due_mails(nota.company_id, now=now) == []
    last = nota.entries.order_by("-pk").first()
    assert last is not None
    assert (last.turn, "AHEAD_EMAIL_URL" in last.remedy) == ("you", True)


def test_a_person_may_send_it_again_but_not_to_nobody(nota: Nota, now: datetime) -> None:
    mail_nota(nota.company_id, nota.pk, now=now)

    ask_mail(nota.company, nota.pk, by=BY, now=now)
    assert due_mails(nota.company_id, now=now) == [nota.pk]
    [event] = history(nota.company, subject_kind="nota", subject_id=nota.pk).filter(name="fiscal.nota.mail_asked")
    assert (event.by, "@" in event.text) == (BY, False)  # the trail stays, whom it was sent to may have to go

    customer = nota.order.customer
    assert customer is not None
    customer.email = ""
    customer.save()
    with pytest.raises(CannotMail, match="e-mail"):
        ask_mail(nota.company, nota.pk, by=BY, now=now)


@pytest.mark.parametrize(
    "address", ["maria@exemplo.com;joão@exemplo.com", "maria@exemplo.com, ana@exemplo.com", "nada"]
)
def test_a_wrong_address_is_told_of_at_once_and_stops_only_its_own_mail(
    nota: Nota, now: datetime, address: str
) -> None:
    customer = nota.order.customer
    assert customer is not None
    customer.email = address
    customer.save()

    assert not mail_nota(nota.company_id, nota.pk, now=now)

    assert (due_mails(nota.company_id, now=now + timedelta(days=1)), mail.outbox) == ([], [])
    last = nota.entries.order_by("-pk").first()
    assert last is not None
    assert (address in last.text, last.remedy[:16], last.turn) == (True, "Corrija o e-mail", "you")
    with pytest.raises(CannotMail, match="não é um endereço válido"):
        ask_mail(nota.company, nota.pk, by=BY, now=now)


def test_whatever_breaks_while_a_mail_is_made_is_its_own_problem(nota: Nota, now: datetime) -> None:
    NotaXml.objects.of(nota.company_id).filter(nota=nota).delete()

    assert not mail_nota(nota.company_id, nota.pk, now=now)

    last = nota.entries.order_by("-pk").first()
    assert last is not None
    assert ("defeito nosso" in last.text, last.is_problem) == (True, True)
    assert due_mails(nota.company_id, now=now + timedelta(hours=1)) == [nota.pk]
