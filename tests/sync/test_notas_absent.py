"""What SEFAZ said of a nota before its last sending says nothing of it after."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ahead.fiscal.door import open_sefaz
from ahead.fiscal.models import Nota
from ahead.fiscal.preparing import open_workshop, prepare_sale
from ahead.fiscal.restored import doubt_notas
from ahead.fiscal.sending import CLAIM_SECONDS, Errand, Reply, claim, perform, release_claims
from ahead.fiscal.taking_in import take_in
from ahead.fiscal.withdrawing import CannotWithdraw, withdraw
from ahead.nfe.answers import Answer
from ahead.nfe.errors import AnswerLost, NotSent
from nota_stage import NotaStage
from sync_stage import BY

ABSENT = Answer(cstat="217", reason="Rejeicao: NF-e nao consta na base de dados da SEFAZ")
DOWN = Answer(cstat="108", reason="Servico Paralisado Momentaneamente")


class Talk:
    """What is said about one nota, at minutes after a beginning that is half an hour ago."""

    def __init__(self, notas: NotaStage) -> None:
        self.notas = notas
        self.began = datetime.now(UTC) - timedelta(minutes=30)
        [order] = notas.sell()
        self.order = order
        workshop = open_workshop(notas.company, now=self.began)
        self.nota = prepare_sale(workshop, order.pk, by=BY, now=self.began)

    def at(self, minutes: float) -> datetime:
        return self.began + timedelta(minutes=minutes)

    def claim(self, minutes: float) -> Errand:
        """Take the nota in hand; who had it before is dead."""
        release_claims(self.notas.company.pk, now=self.at(minutes))
        errand = claim(self.notas.company.pk, self.nota.pk, holder="teste", now=self.at(minutes))
        assert errand is not None
        return errand

    def exchange(self, minutes: float, answer: Answer | None = None) -> Errand:
        """Send or ask; None is silence."""
        errand = self.claim(minutes)
        reply = Reply(errand, answer=answer, error=None if answer else AnswerLost("timeout"))
        take_in(self.notas.company.pk, reply, now=self.at(minutes))
        return errand

    def withdraw(self, minutes: float) -> None:
        withdraw(self.notas.company, self.nota.pk, by=BY, now=self.at(minutes))


def test_a_nota_is_not_taken_back_seconds_after_it_was_sent_again(notas: NotaStage) -> None:
    talk = Talk(notas)
    assert [talk.exchange(0).verb, talk.exchange(2, ABSENT).verb, talk.exchange(8).verb] == ["send", "ask", "send"]
    assert talk.exchange(9, ABSENT).verb == "ask"

    with pytest.raises(CannotWithdraw):
        talk.withdraw(10)

    talk.withdraw(15)
    assert notas.nota(talk.order).state == Nota.State.REJECTED


def test_neither_is_one_whose_sender_died(notas: NotaStage) -> None:
    talk = Talk(notas)
    talk.exchange(0)
    talk.exchange(2, ABSENT)
    in_the_air = talk.claim(8)
    talk.exchange(9, ABSENT)

    with pytest.raises(CannotWithdraw):
        talk.withdraw(10)

    with open_sefaz(notas.issuer) as sefaz:
        late = perform(sefaz, in_the_air)
    assert late.answer is not None
    assert late.answer.cstat == "100"
    take_in(notas.company.pk, late, now=talk.at(11))
    assert notas.nota(talk.order).state == Nota.State.AUTHORISED
    notas.check_books()


def test_who_was_frozen_until_the_claim_was_over_sends_nothing_any_more(notas: NotaStage) -> None:
    talk = Talk(notas)
    errand = talk.claim(0)
    frozen = replace(errand, claimed_at=errand.claimed_at - CLAIM_SECONDS - 1)

    with open_sefaz(notas.issuer) as sefaz:
        reply = perform(sefaz, frozen)

    assert isinstance(reply.error, NotSent)
    assert not notas.sefaz.notas
    take_in(notas.company.pk, reply, now=talk.at(4))
    assert notas.nota(talk.order).state == Nota.State.SIGNED


def test_a_refusal_of_the_last_sending_does_not_vouch_for_the_one_before(notas: NotaStage) -> None:
    talk = Talk(notas)
    talk.exchange(0)
    talk.exchange(2, ABSENT)
    assert talk.exchange(3, DOWN).verb == "send"

    with pytest.raises(CannotWithdraw):
        talk.withdraw(4)

    talk.withdraw(8)


def test_after_a_restore_what_was_said_before_the_backup_counts_no_more(notas: NotaStage) -> None:
    talk = Talk(notas)
    talk.exchange(0)
    talk.exchange(2, ABSENT)
    doubt_notas(notas.company, now=talk.at(20))
    talk.exchange(21, ABSENT)

    with pytest.raises(CannotWithdraw):
        talk.withdraw(22)
