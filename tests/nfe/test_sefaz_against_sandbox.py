"""The client against the pretend SEFAZ, over mutual TLS: every service, and everything that goes wrong there."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import httpx2
import pytest
from lxml import etree

from ahead.nfe.authorizers import Endpoints, svc_of
from ahead.nfe.certificate import Certificate, open_certificate
from ahead.nfe.errors import AnswerLost, CertificateRefused, NotSent, SefazError
from ahead.nfe.sefaz import Sefaz
from ahead.nfe.values import Emission, Environment
from ahead.nfe.verdicts import Verdict, verdict
from ahead.sandbox.sefaz import Authority, Contributor, Served
from ahead.sandbox.sefaz.authority import Issued
from sefaz_making import CNPJ, NFE, Facts, cancellation, correction, nota, voiding

BRASILIA = timezone(timedelta(hours=-3))
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture
def facts() -> Facts:
    return Facts(issued_at=datetime.now(BRASILIA).replace(microsecond=0))


@pytest.fixture
def signed(company: Issued, facts: Facts) -> bytes:
    return nota(company, facts)


def test_a_nota_is_authorised_and_its_protocol_kept_byte_for_byte(
    sefaz: Sefaz, served: Served, signed: bytes, facts: Facts
) -> None:
    answer = sefaz.authorise(signed, lote=1)
    assert verdict(answer.cstat) is Verdict.AUTHORISED
    protocol = answer.protocol
    assert protocol is not None
    kept = served.box.notas[facts.chave]
    assert (protocol.chave, protocol.number, protocol.cstat) == (facts.chave, kept.protocol_number, "100")
    assert protocol.received_at == kept.received_at
    assert protocol.digest == etree.fromstring(signed).findtext(f".//{DSIG}DigestValue")
    assert protocol.xml == kept.protocol.replace("<protNFe", f'<protNFe xmlns="{NFE}"', 1).encode()
    assert kept.xml.encode() == signed  # not a byte of ours was touched on the way either


def test_a_query_tells_what_became_of_it(sefaz: Sefaz, signed: bytes, facts: Facts, company: Issued) -> None:
    assert verdict(sefaz.query(facts.chave).cstat) is Verdict.ABSENT
    sent = sefaz.authorise(signed, lote=1)
    asked = sefaz.query(facts.chave)
    assert asked.protocol == sent.protocol
    assert asked.events == ()
    assert sent.protocol is not None
    event = cancellation(company, facts.chave, sent.protocol.number, datetime.now(BRASILIA))
    registered = sefaz.send_event(event, lote=2)
    assert verdict(registered.cstat) is Verdict.EVENT_OK
    asked = sefaz.query(facts.chave)
    assert verdict(asked.cstat) is Verdict.CANCELLED
    assert asked.protocol == sent.protocol
    (told,) = asked.events
    assert registered.protocol is not None
    assert told.protocol.number == registered.protocol.number
    assert (told.protocol.kind, told.protocol.sequence, told.protocol.chave) == ("110111", 1, facts.chave)
    assert event in told.xml
    assert etree.fromstring(told.xml).tag == f"{{{NFE}}}procEventoNFe"


def test_the_same_again_and_another_key(sefaz: Sefaz, signed: bytes, facts: Facts, company: Issued) -> None:
    sefaz.authorise(signed, lote=1)
    again = sefaz.authorise(signed, lote=2)
    assert (verdict(again.cstat), again.protocol, again.named_chave) == (Verdict.DUPLICATE, None, "")
    other = sefaz.authorise(nota(company, replace(facts, code="83194568")), lote=3)
    assert (verdict(other.cstat), other.named_chave) == (Verdict.OTHER_KEY, facts.chave)
    asked = sefaz.query(replace(facts, code="83194568").chave)
    assert (verdict(asked.cstat), asked.named_chave) == (Verdict.OTHER_KEY, facts.chave)


def test_a_rejection_is_an_answer(sefaz: Sefaz, company: Issued, facts: Facts) -> None:
    wrong = replace(facts, changes={"<NCM>19059090": "<NCM>99999999"})
    answer = sefaz.authorise(nota(company, wrong), lote=1)
    assert (answer.cstat, answer.protocol, verdict(answer.cstat)) == ("778", None, Verdict.REJECTED)
    assert answer.reason == "Rejeicao: Informado NCM inexistente [nItem:1]"
    assert b"778" in answer.xml


def test_letters_in_the_cnpj(served: Served, facts: Facts) -> None:
    issued = served.authority.company("12ABC34501DE35")
    certificate = open_certificate(served.authority.pfx(issued, "x"), "x")
    lettered = replace(facts, cnpj="12ABC34501DE35")
    with client(served, certificate) as sefaz:
        answer = sefaz.authorise(nota(issued, lettered), lote=1)
        assert answer.protocol is not None
        assert answer.protocol.chave == lettered.chave
        assert sefaz.query(lettered.chave).cstat == "100"
        event = cancellation(issued, lettered.chave, answer.protocol.number, datetime.now(BRASILIA))
        assert sefaz.send_event(event, lote=1).cstat == "135"
        assert (
            sefaz.inutilise(voiding(issued, 7, 9, cnpj=lettered.cnpj, year=f"{datetime.now(BRASILIA):%y}")).cstat
            == "102"
        )


def test_events(sefaz: Sefaz, signed: bytes, facts: Facts, company: Issued) -> None:
    now = datetime.now(BRASILIA)
    assert sefaz.send_event(correction(company, facts.chave, now), lote=1).cstat == "494"
    sefaz.authorise(signed, lote=1)
    answer = sefaz.send_event(correction(company, facts.chave, now), lote=2)
    assert answer.protocol is not None
    assert (answer.cstat, answer.protocol.cstat, len(answer.protocol.number)) == ("135", "135", 15)
    assert answer.protocol.registered_at is not None
    assert etree.fromstring(answer.protocol.xml).tag == f"{{{NFE}}}retEvento"
    again = sefaz.send_event(correction(company, facts.chave, now), lote=3)
    assert verdict(again.cstat) is Verdict.EVENT_DUPLICATE
    assert again.protocol is not None
    assert again.protocol.number == ""


def test_numbers_are_voided(sefaz: Sefaz, company: Issued) -> None:
    request = voiding(company, 5, 9, year=f"{datetime.now(BRASILIA):%y}")
    answer = sefaz.inutilise(request)
    assert (verdict(answer.cstat), len(answer.number)) == (Verdict.INUTILISED, 15)
    assert answer.received_at is not None
    assert answer.xml.startswith(b"<retInutNFe")
    assert sefaz.inutilise(request).cstat == "563"


def test_the_status_of_either_way(sefaz: Sefaz, served: Served) -> None:
    status = sefaz.status()
    assert (status.cstat, status.is_up, status.wait_seconds) == ("107", True, 1)
    assert verdict(sefaz.status(via=svc_of("SP")).cstat) is Verdict.SERVICE_DOWN
    served.box.switches.change({"down": True, "svc_active": True})
    assert sefaz.status().is_up is False
    assert sefaz.status(via=Emission.SVC_AN).is_up is True


def test_contingency_authorises_what_was_issued_for_it(
    sefaz: Sefaz, served: Served, company: Issued, facts: Facts
) -> None:
    served.box.switches.change({"down": True, "svc_active": True})
    document = nota(company, replace(facts, emission="6"))
    assert verdict(sefaz.authorise(document, lote=1).cstat) is Verdict.SERVICE_DOWN
    assert sefaz.authorise(document, lote=1, via=Emission.SVC_AN).cstat == "100"
    assert sefaz.query(replace(facts, emission="6").chave, via=Emission.SVC_AN).cstat == "100"


def test_the_cadastro(sefaz: Sefaz, served: Served) -> None:
    assert sefaz.registration("SP", CNPJ).entries == ()
    served.box.add_contributor(
        Contributor(uf="SP", document=CNPJ, inscricao_estadual="110042490114", name="Aurora & Cia")
    )
    served.box.add_contributor(
        Contributor(uf="MT", document="52998224725", inscricao_estadual="1", name="Lia", is_active=False)
    )
    answer = sefaz.registration("SP", CNPJ)
    (entry,) = answer.entries
    assert (answer.cstat, entry.inscricao_estadual, entry.name, entry.is_active) == (
        "111", "110042490114", "Aurora & Cia", True
    )  # fmt: skip
    (entry,) = sefaz.registration("MT", "52998224725").entries  # wrapped twice there
    assert entry.is_active is False
    with pytest.raises(ValueError, match="document"):
        sefaz.registration("SP", "<a/>")


@pytest.mark.parametrize("name", ["drop_before", "html_next", "error_503_next"])
def test_lost_before_it_was_processed(sefaz: Sefaz, served: Served, signed: bytes, facts: Facts, name: str) -> None:
    served.box.switches.change({name: 1})
    with pytest.raises(AnswerLost) as caught:
        sefaz.authorise(signed, lote=1)
    assert caught.value.may_be_processed
    assert verdict(sefaz.query(facts.chave).cstat) is Verdict.ABSENT
    assert sefaz.authorise(signed, lote=1).cstat == "100"


@pytest.mark.parametrize("name", ["drop_after", "html_after"])
def test_lost_after_it_was_processed(sefaz: Sefaz, served: Served, signed: bytes, facts: Facts, name: str) -> None:
    served.box.switches.change({name: 1})
    with pytest.raises(AnswerLost):
        sefaz.authorise(signed, lote=1)
    assert served.box.counters.by_service["NFeAutorizacao4"] == 1  # never sent twice by itself
    found = sefaz.query(facts.chave)
    assert (verdict(found.cstat), found.protocol is not None) == (Verdict.AUTHORISED, True)
    assert verdict(sefaz.authorise(signed, lote=1).cstat) is Verdict.DUPLICATE
    assert len(served.box.notas) == 1


def test_too_slow_is_unknown(served: Served, certificate: Certificate, signed: bytes, facts: Facts) -> None:
    served.box.switches.change({"slow_seconds": 0.6})
    with client(served, certificate, timeout=httpx2.Timeout(0.2, connect=60)) as impatient, pytest.raises(AnswerLost):
        impatient.authorise(signed, lote=1)
    served.box.switches.change({"slow_seconds": 0.0})
    assert eventually(lambda: facts.chave in served.box.notas)
    with client(served, certificate) as patient:
        assert patient.query(facts.chave).cstat == "100"


def test_an_error_names_the_service_and_tells_nothing_of_the_nota(sefaz: Sefaz, served: Served, signed: bytes) -> None:
    served.box.switches.change({"error_503_next": 1})
    with pytest.raises(AnswerLost) as caught:
        sefaz.authorise(signed, lote=1)
    error = caught.value
    assert (error.service, error.authorizer, error.status) == ("NFeAutorizacao4", "SP", 503)
    for secret in ("52998224725", "Lia Moraes", CNPJ, "<"):
        assert secret not in str(error)


def test_another_digest_is_handed_on_for_the_caller_to_see(sefaz: Sefaz, served: Served, signed: bytes) -> None:
    served.box.switches.change({"wrong_digest_next": 1})
    answer = sefaz.authorise(signed, lote=1)
    assert answer.protocol is not None
    assert answer.protocol.digest.encode() not in signed


def test_a_receipt_is_no_authorisation(sefaz: Sefaz, served: Served, signed: bytes, facts: Facts) -> None:
    served.box.switches.change({"ask_later_next": 1})
    answer = sefaz.authorise(signed, lote=1)
    assert (verdict(answer.cstat), answer.protocol, answer.wait_seconds) == (Verdict.PROCESSING, None, 1)
    assert answer.receipt
    assert sefaz.query(facts.chave).cstat == "100"


def test_rejections_at_will_and_codes_of_four_digits(sefaz: Sefaz, served: Served, signed: bytes) -> None:
    served.box.switches.change({"reject_next": 1, "reject_cstat": "1115", "reject_reason": "Rejeicao: nova"})
    answer = sefaz.authorise(signed, lote=1)
    assert (answer.cstat, answer.reason, verdict(answer.cstat)) == ("1115", "Rejeicao: nova", Verdict.REJECTED)


def test_long_protocols_and_the_older_soap(sefaz: Sefaz, served: Served, signed: bytes, facts: Facts) -> None:
    served.box.switches.change({"protocol_digits": 17, "soap_11": True})
    answer = sefaz.authorise(signed, lote=1)
    assert answer.protocol is not None
    assert len(answer.protocol.number) == 17
    assert sefaz.query(facts.chave).protocol == answer.protocol


def test_late_notas_are_authorised_too(sefaz: Sefaz, served: Served, company: Issued, facts: Facts) -> None:
    served.box.switches.change({"late_after_hours": 1})
    late = replace(facts, issued_at=facts.issued_at - timedelta(hours=2))
    answer = sefaz.authorise(nota(company, late), lote=1)
    assert (answer.cstat, verdict(answer.cstat)) == ("150", Verdict.AUTHORISED)


def test_repeating_too_much_is_banned_for_an_hour(sefaz: Sefaz, served: Served, facts: Facts, company: Issued) -> None:
    assert [sefaz.query(facts.chave).cstat for _ in range(12)] == ["217"] * 10 + ["656"] * 2
    assert verdict(sefaz.authorise(nota(company, facts), lote=1).cstat) is Verdict.BANNED
    served.box.switches.change({"clock_offset_hours": 1.1})
    assert sefaz.query(facts.chave).cstat == "217"


def test_repeating_the_same_rejection_is_banned(sefaz: Sefaz, facts: Facts, company: Issued) -> None:
    wrong = nota(company, replace(facts, changes={"<NCM>19059090": "<NCM>99999999"}))
    assert [sefaz.authorise(wrong, lote=1).cstat for _ in range(32)] == ["778"] * 31 + ["656"]


def test_twenty_calls_use_one_connection(sefaz: Sefaz, served: Served, facts: Facts, company: Issued) -> None:
    for number in range(10):
        sefaz.status()
        assert sefaz.authorise(nota(company, replace(facts, number=number + 1)), lote=number + 1).cstat == "100"
    assert (served.box.counters.total, len(served.box.counters.connections)) == (20, 1)


def test_several_threads_share_one_client(sefaz: Sefaz, served: Served, facts: Facts, company: Issued) -> None:
    found: list[str] = []

    def issue(number: int) -> None:
        found.append(sefaz.authorise(nota(company, replace(facts, number=number)), lote=number).cstat)

    threads = [threading.Thread(target=issue, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["100"] * 8
    assert {nota.number for nota in served.box.notas.values()} == set(range(1, 9))


def test_a_stranger_is_let_in_by_nobody(served: Served, signed: bytes) -> None:
    authority = Authority.new()
    issued = authority.company(CNPJ)
    with client(served, Certificate(issued.key, issued.certificate)) as stranger, pytest.raises(CertificateRefused):
        stranger.status()
    assert served.box.counters.total == 0


def test_the_certificate_of_another_company_is_let_in_and_rejected(
    served: Served, company: Issued, facts: Facts
) -> None:
    other = served.authority.company("19131243000197")
    with client(served, Certificate(other.key, other.certificate)) as stranger:
        answer = stranger.authorise(nota(company, facts), lote=1)
    assert verdict(answer.cstat) is Verdict.CERTIFICATE


def test_a_balancer_that_does_not_like_the_certificate(sefaz: Sefaz, served: Served, signed: bytes) -> None:
    served.box.switches.change({"forbidden_next": 1})
    with pytest.raises(CertificateRefused) as caught:
        sefaz.authorise(signed, lote=1)
    assert (caught.value.status, caught.value.may_be_processed) == (403, False)


def test_nobody_there_is_certainly_not_processed(certificate: Certificate, signed: bytes) -> None:
    nowhere = Endpoints.all_at("https://127.0.0.1:9")
    with (
        Sefaz(certificate, uf="SP", environment=Environment.HOMOLOGATION, endpoints=nowhere) as sefaz,
        pytest.raises(NotSent) as caught,
    ):
        sefaz.authorise(signed, lote=1)
    assert not caught.value.may_be_processed


def test_what_is_no_request_is_not_sent(sefaz: Sefaz, served: Served) -> None:
    for call in (lambda: sefaz.query("123"), lambda: sefaz.authorise(b"<NFe/>", lote=1)):
        with pytest.raises(ValueError, match="no "):
            call()
    assert served.box.counters.total == 0
    assert issubclass(AnswerLost, SefazError)


def client(served: Served, certificate: Certificate, *, timeout: httpx2.Timeout | float = 60) -> Sefaz:
    endpoints = Endpoints.all_at(served.address)
    return Sefaz(
        certificate,
        uf="SP",
        environment=Environment.PRODUCTION,
        endpoints=endpoints,
        ca=served.ca_file,
        timeout=timeout,
    )


def eventually(happened: Callable[[], bool], *, seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while not happened() and time.monotonic() < until:
        time.sleep(0.01)
    return happened()
