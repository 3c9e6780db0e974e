"""Contingency by SVC, entered and left while notas wait: each goes by the way in force, and none is at both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ahead.audit.queries import history
from ahead.fiscal.contingency import enter_contingency, leave_contingency
from ahead.fiscal.models import Issuer, Nota, NotaXml
from ahead.fiscal.preparing import open_workshop, prepare_sale
from ahead.fiscal.sending import Reply, claim
from ahead.fiscal.taking_in import take_in
from ahead.nfe.answers import Answer, Protocol
from ahead.pending.models import PendingMatter
from nota_stage import NotaStage
from sync_stage import BY

BEFORE_AN_HOUR, AFTER_AN_HOUR = timedelta(minutes=50), timedelta(minutes=61)


def _enter(notas: NotaStage) -> None:
    enter_contingency(notas.company, reason="SEFAZ SP fora do ar há horas", by=BY, now=datetime.now(UTC))


def _facts(nota: Nota) -> tuple[str, str, int, int]:
    return nota.state, nota.emission, nota.number, nota.version


def test_an_svc_that_is_switched_off_ends_the_contingency_and_holds_nobody_up(notas: NotaStage) -> None:
    first, second = notas.sell(2)
    _enter(notas)

    asked = notas.press([first])

    assert notas.outcomes(asked) == ["authorised"]
    assert _facts(notas.nota(first)) == ("authorised", "1", 100, 2)
    assert Issuer.objects.of(notas.company).get().contingency_since is None
    left = history(notas.company, subject_kind="company", subject_id=notas.company.pk)
    assert left.filter(name="fiscal.contingency.left").get().by == "SEFAZ"
    assert notas.outcomes(notas.press([second])) == ["authorised"]
    notas.check_books()


def test_what_waits_for_a_sefaz_that_is_down_goes_by_the_svc_once_it_is_entered(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"down": True, "svc_active": True})
    notas.press([order])
    _enter(notas)

    notas.work()

    assert _facts(notas.nota(order)) == ("authorised", "6", 100, 2)
    assert b"<xJust>" in bytes(NotaXml.objects.of(notas.company).get(version=2).signed)
    notas.check_books()


def test_what_waits_for_the_svc_goes_by_the_usual_way_once_it_is_left(notas: NotaStage) -> None:
    [order] = notas.sell()
    _enter(notas)
    notas.sefaz.switches.change({"svc_active": True, "banned": True})
    notas.press([order])
    assert notas.nota(order).state == Nota.State.SIGNED
    notas.sefaz.switches.change({"banned": False})
    leave_contingency(notas.company, by=BY, now=datetime.now(UTC))

    notas.work()

    assert _facts(notas.nota(order)) == ("authorised", "1", 100, 2)
    notas.check_books()


def test_what_may_be_at_sefaz_stays_there_and_lets_the_others_go_by_the_svc(notas: NotaStage) -> None:
    first, second = notas.sell(2)
    notas.sefaz.switches.change({"drop_after": 1})
    notas.press([first])
    notas.sefaz.switches.change({"down": True, "svc_active": True})
    _enter(notas)
    notas.later()
    notas.work()  # SEFAZ is down: it is left alone for a while, and the SVC is not

    assert notas.outcomes(notas.press([second])) == ["authorised"]

    assert (notas.nota(first).state, notas.nota(second).emission) == (Nota.State.UNKNOWN, "6")
    notas.sefaz.switches.change({"down": False})
    notas.later()
    notas.work()
    assert _facts(notas.nota(first)) == ("authorised", "1", 100, 1)
    notas.check_books()


def test_what_an_svc_took_that_is_off_by_now_is_asked_for_at_the_sefaz_of_the_uf(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"svc_active": True, "drop_after": 1})
    _enter(notas)
    notas.press([order])
    notas.sefaz.switches.change({"svc_active": False})

    notas.later()
    notas.work()

    assert _facts(notas.nota(order)) == ("authorised", "6", 100, 1)
    notas.check_books()


def test_what_an_svc_did_not_answer_waits_an_hour_before_it_goes_by_the_usual_way(notas: NotaStage) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"svc_active": True, "drop_before": 1})
    _enter(notas)
    notas.press([order])
    notas.sefaz.switches.change({"svc_active": False})
    leave_contingency(notas.company, by=BY, now=datetime.now(UTC))
    notas.later()
    notas.work()  # asked for: 217

    for ago, expected in ((BEFORE_AN_HOUR, ("signed", "6", 100, 1)), (AFTER_AN_HOUR, ("authorised", "1", 100, 2))):
        Nota.objects.of(notas.company).update(absent_since=datetime.now(UTC) - ago)
        notas.later()
        notas.work()
        assert _facts(notas.nota(order)) == expected
    notas.check_books()


def test_a_protocol_that_comes_late_for_the_key_of_another_way_is_told_of(notas: NotaStage) -> None:
    [order] = notas.sell()
    now = datetime.now(UTC)
    nota = prepare_sale(open_workshop(notas.company, now=now), order.pk, by=BY, now=now)
    lost = claim(notas.company.pk, nota.pk, holder="teste", now=now)
    assert lost is not None
    notas.sefaz.switches.change({"svc_active": True})
    _enter(notas)
    notas.work()  # asked for: 217
    Nota.objects.of(notas.company).update(absent_since=now - AFTER_AN_HOUR)
    notas.later()
    notas.work()
    assert _facts(notas.nota(order)) == ("authorised", "6", 100, 2)

    digest = NotaXml.objects.of(notas.company).get(version=1).digest
    protocol = Protocol(
        chave=lost.chave, number="135260000000009", received_at=now, digest=digest, cstat="100", reason="", xml=b""
    )
    take_in(notas.company.pk, Reply(lost, answer=Answer(cstat="100", reason="", protocol=protocol)), now=now)

    assert _facts(notas.nota(order)) == ("authorised", "6", 100, 2)
    matter = PendingMatter.objects.of(notas.company).get(kind="number_conflict", resolved_at=None)
    assert lost.chave in matter.text
