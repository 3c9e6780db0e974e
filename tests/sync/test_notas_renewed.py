"""A certificate is renewed while something waits for SEFAZ: what surely is not there is signed anew, and goes out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ahead.fiscal.eventing import request_cancellation
from ahead.fiscal.models import Inutilizacao, Issuer, Nota, NotaEvent, NotaXml, NumberSeries
from ahead.fiscal.preparing import open_workshop
from ahead.fiscal.sending import Errand, Reply, claim
from ahead.fiscal.set_up import upload_certificate
from ahead.fiscal.taking_in import take_in
from ahead.fiscal.voiding import request_voiding
from ahead.lib.errors import NeedsAttention
from ahead.nfe.answers import Answer
from ahead.nfe.signing import signer_of, unsigned, verify
from ahead.pending.models import PendingMatter
from fiscal_making import PASSWORD, authority, pfx_of
from nota_stage import NotaStage
from sync_stage import BY

REASON = "Cliente desistiu da compra"


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def expiring(notas: NotaStage) -> NotaStage:
    """A company whose certificate is valid for another hour."""
    soon = _now() + timedelta(hours=1)
    old = authority().company(notas.company.cnpj, "PADARIA DO SOL LTDA", valid_until=soon)
    upload_certificate(notas.company, authority().pfx(old, PASSWORD), PASSWORD, by=BY, now=_now())
    return notas


def _expire_and_renew(notas: NotaStage) -> None:
    notas.sefaz.switches.change({"down": False, "clock_offset_hours": 2.0})
    upload_certificate(notas.company, pfx_of(notas.company.cnpj), PASSWORD, by=BY, now=_now())


def _say_refused(notas: NotaStage, errand: Errand) -> None:
    answer = Answer(cstat="291", reason="Rejeicao: Certificado Assinatura Data Validade")
    take_in(notas.company.pk, Reply(errand, answer=answer), now=_now())


def test_a_nota_that_waited_is_signed_anew_under_its_number_and_holds_nobody_up(expiring: NotaStage) -> None:
    first, second = expiring.sell(2)
    expiring.sefaz.switches.change({"down": True})
    expiring.press([first])
    _expire_and_renew(expiring)

    expiring.work()

    nota = expiring.nota(first)
    assert (nota.state, nota.number, nota.version) == (Nota.State.AUTHORISED, 100, 2)
    before, after = (bytes(xml.signed) for xml in NotaXml.objects.of(expiring.company).order_by("version"))
    verify(after)
    assert (unsigned(before), signer_of(before) == signer_of(after)) == (unsigned(after), False)
    assert expiring.outcomes(expiring.press([second])) == ["authorised"]
    expiring.check_books()


def test_a_nota_that_nobody_answered_keeps_its_bytes_until_sefaz_surely_has_it_not(expiring: NotaStage) -> None:
    [order] = expiring.sell()
    expiring.sefaz.switches.change({"drop_before": 1})
    expiring.press([order])
    _expire_and_renew(expiring)
    expiring.work()  # asked for: 217
    waiting = expiring.nota(order)
    assert waiting.absent_since is not None

    assert claim(expiring.company.pk, waiting.pk, holder="teste", now=waiting.absent_since) is None
    waiting.refresh_from_db()
    assert (waiting.state, waiting.version) == (Nota.State.SIGNED, 1)
    assert waiting.due_at == waiting.absent_since + timedelta(minutes=5)

    Nota.objects.of(expiring.company).update(absent_since=_now() - timedelta(minutes=6), due_at=_now())
    expiring.work()
    assert (expiring.nota(order).state, expiring.nota(order).version) == (Nota.State.AUTHORISED, 2)
    expiring.check_books()


def test_a_refusal_of_the_old_signature_lets_no_company_rest(expiring: NotaStage) -> None:
    [order] = expiring.sell()
    expiring.sefaz.switches.change({"down": True})
    expiring.press([order])
    refused = claim(expiring.company.pk, expiring.nota(order).pk, holder="teste", now=_now())
    assert refused is not None  # in hand while the other certificate comes
    _expire_and_renew(expiring)

    _say_refused(expiring, refused)

    assert Issuer.objects.of(expiring.company).get().resting_until is None
    assert not PendingMatter.objects.of(expiring.company).filter(kind="certificate", resolved_at=None).exists()
    expiring.work()
    assert expiring.nota(order).state == Nota.State.AUTHORISED


def test_a_refusal_of_the_certificate_in_force_lets_the_company_rest(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"reject_next": 1, "reject_cstat": "291"})

    notas.press([order])

    assert notas.nota(order).state == Nota.State.SIGNED
    assert Issuer.objects.of(notas.company).get().resting_until is not None


def test_a_cancelamento_that_waited_is_signed_anew(expiring: NotaStage) -> None:
    [order] = expiring.sell()
    expiring.press([order])
    request_cancellation(expiring.company, expiring.nota(order).pk, reason=REASON, by=BY, now=_now())
    expiring.sefaz.switches.change({"down": True})
    expiring.work()
    assert NotaEvent.objects.of(expiring.company).get().state == NotaEvent.State.SIGNED
    _expire_and_renew(expiring)

    expiring.work()

    event = NotaEvent.objects.of(expiring.company).get()
    assert event.state == NotaEvent.State.REGISTERED
    verify(bytes(event.signed))
    assert expiring.nota(order).state == Nota.State.CANCELLED


def test_one_that_the_old_signature_was_refused_for_is_not_asked_for_for_ever(expiring: NotaStage) -> None:
    [order] = expiring.sell()
    expiring.press([order])
    request_cancellation(expiring.company, expiring.nota(order).pk, reason=REASON, by=BY, now=_now())
    expiring.sefaz.switches.change({"clock_offset_hours": 2.0})
    expiring.work()
    assert NotaEvent.objects.of(expiring.company).get().state == NotaEvent.State.SIGNED
    _expire_and_renew(expiring)

    expiring.work()

    assert expiring.nota(order).state == Nota.State.CANCELLED


def test_an_inutilizacao_that_waited_is_signed_anew(expiring: NotaStage) -> None:
    NumberSeries.objects.of(expiring.company).update(next_number=103)
    given = {"environment": "1", "serie": 1, "first": 100, "last": 102, "justification": "Falha do sistema"}
    asked = request_voiding(expiring.company, **given, by=BY, now=_now())  # type: ignore[arg-type]
    expiring.sefaz.switches.change({"down": True})
    expiring.work()
    asked.refresh_from_db()
    assert asked.state == Inutilizacao.State.SIGNED
    _expire_and_renew(expiring)

    expiring.work()

    asked.refresh_from_db()
    assert asked.state == Inutilizacao.State.ACCEPTED
    verify(bytes(asked.signed))


def test_nothing_is_signed_with_a_certificate_that_has_expired(expiring: NotaStage) -> None:
    with pytest.raises(NeedsAttention, match="venceu em") as refused:
        open_workshop(expiring.company, now=_now() + timedelta(hours=2))
    assert "Envie o certificado" in refused.value.remedy
