"""The pretend SEFAZ after the nota: cancellations, corrections, voided numbers, the cadastro; and days off."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sefaz_caller import FACTS, NOW, Caller, Clock, last

from ahead.sandbox.sefaz import Contributor, SefazSandbox, Unreadable
from ahead.sandbox.sefaz.authority import Authority, Issued
from sefaz_making import CNPJ, NFE, cancellation

CHAVE = FACTS.chave


@pytest.fixture
def issued(sefaz: Caller) -> Caller:
    assert sefaz.issue() == "100"
    return sefaz


def test_a_cancellation_is_registered_once_and_told_by_a_query(issued: Caller) -> None:
    assert issued.cancel(CHAVE) == "135"
    assert issued.cancel(CHAVE) == "573"
    assert issued.cancel(CHAVE, sequence=2) == "420"
    answer = issued.query(CHAVE)
    assert answer.findtext(f".//{{{NFE}}}cStat") == "101"
    assert answer.findtext(f".//{{{NFE}}}protNFe/{{{NFE}}}infProt/{{{NFE}}}cStat") == "100"
    assert answer.find(f".//{{{NFE}}}procEventoNFe/{{{NFE}}}evento") is not None
    assert issued.issue() == "218"
    assert issued.correct(CHAVE) == "580"


def test_a_late_cancellation(issued: Caller, sefaz_clock: Clock) -> None:
    sefaz_clock.forward(hours=25)
    assert issued.cancel(CHAVE) == "501"
    issued.box.switches.change({"late_cancellations": True})
    assert issued.cancel(CHAVE) == "155"


def test_cancellations_that_are_refused(issued: Caller, authority: Authority) -> None:
    assert issued.cancel(CHAVE, protocol="135260000009999") == "222"
    assert issued.cancel(replace(FACTS, number=9).chave) == "494"
    assert issued.cancel(CHAVE, author="19131243000197") == "213"
    stranger = Caller(issued.box, authority.company("19131243000197"))
    assert stranger.cancel(CHAVE, author="19131243000197") == "574"
    number = issued.box.notas[CHAVE].protocol_number
    early = cancellation(issued.signer, CHAVE, number, NOW - timedelta(hours=1))
    assert issued.event(early) == "577"
    assert issued.event(cancellation(issued.signer, CHAVE, number, NOW + timedelta(hours=1))) == "578"
    signed = cancellation(issued.signer, CHAVE, number, NOW)
    assert issued.event(signed.replace(b"desfeito", b"refeito")) == "297"
    assert issued.event(signed.replace(b"Pedido desfeito pelo cliente", b"curta")) == "493"
    assert issued.event(signed.replace(b"110111", b"999999")) == "491"
    assert not issued.box.events


def test_corrections_follow_each_other(issued: Caller, sefaz_clock: Clock) -> None:
    assert issued.correct(CHAVE) == "135"
    assert issued.correct(CHAVE) == "573"
    assert issued.correct(CHAVE, sequence=2) == "135"
    assert issued.correct(CHAVE, sequence=21) == "493"
    sefaz_clock.forward(hours=721)
    assert issued.correct(CHAVE, sequence=3) == "596"


def test_numbers_are_voided_and_then_taken(issued: Caller) -> None:
    assert issued.void(5, 9) == "102"
    assert issued.void(5, 9) == "563"
    assert issued.void(9, 12) == "256"
    assert issued.void(1, 1) == "241"
    assert issued.issue(number=7) == "206"
    assert issued.issue(number=10) == "100"
    assert issued.void(20, 19) == "224"
    assert issued.void(100, 10_100) == "201"
    assert issued.void(30, 31, year="27") == "453"
    assert issued.void(30, 31, serie=2) == "102"


def test_only_the_company_voids_its_numbers(sefaz: Caller, authority: Authority) -> None:
    assert Caller(sefaz.box, authority.company("19131243000197")).void(5, 9) == "213"


def test_the_cadastro_of_a_uf(sefaz: Caller) -> None:
    def asked(tag: str, document: str) -> tuple[str, str]:
        text = (
            f'<ConsCad xmlns="{NFE}" versao="2.00"><infCons><xServ>CONS-CAD</xServ><UF>SP</UF><{tag}>{document}</{tag}>'
        )
        answer = sefaz.post("CadConsultaCadastro4", text + "</infCons></ConsCad>")
        return last(answer, "cStat"), last(answer, "IE")

    assert asked("CNPJ", CNPJ) == ("259", "")
    assert asked("CPF", "52998224725") == ("264", "")
    sefaz.box.add_contributor(Contributor(uf="SP", document=CNPJ, inscricao_estadual="110042490114", name="Aurora"))
    assert asked("CNPJ", CNPJ) == ("111", "110042490114")
    assert asked("IE", "110042490114")[0] == "111"
    sefaz.box.add_contributor(Contributor(uf="SP", document=CNPJ, inscricao_estadual="110042490115", name="Aurora 2"))
    assert asked("CNPJ", CNPJ) == ("112", "110042490115")


def test_services_that_are_down(sefaz: Caller) -> None:
    assert sefaz.status() == "107"
    sefaz.box.switches.change({"down_without_forecast": True})
    assert sefaz.status() == sefaz.issue() == sefaz.void(1, 2) == "109"
    sefaz.box.switches.change({"down_without_forecast": False, "banned": True})
    assert sefaz.status() == sefaz.issue() == last(sefaz.query(CHAVE), "cStat") == "656"
    sefaz.box.switches.change({"banned": False})
    assert sefaz.issue() == "100"


def test_what_is_kept_is_remembered(tmp_path: Path, company: Issued) -> None:
    keep = tmp_path / "sefaz" / "notas.jsonl"
    first = Caller(SefazSandbox(clock=Clock(), keep=keep), company)
    assert (first.issue(), first.issue(number=2), first.cancel(CHAVE), first.void(5, 6)) == ("100", "100", "135", "102")
    first.box.add_contributor(Contributor(uf="SP", document=CNPJ, inscricao_estadual="1", name="Aurora"))
    with keep.open("a") as file:
        file.write('{"record": "no')  # killed while it wrote
    again = Caller(SefazSandbox(clock=Clock(), keep=keep), company)
    assert again.box.notas == first.box.notas
    assert again.box.events == first.box.events
    assert again.box.voided == first.box.voided
    assert again.box.contributors == first.box.contributors
    assert (again.issue(number=2), again.issue(number=5)) == ("204", "206")
    assert again.issue(number=3) == "100"
    assert len({nota.protocol_number for nota in again.box.notas.values()}) == 3
    again.box.forget()
    assert not SefazSandbox(keep=keep).notas
    keep.write_text("no JSON\n")
    with pytest.raises(Unreadable, match=r"notas\.jsonl"):
        SefazSandbox(keep=keep)
