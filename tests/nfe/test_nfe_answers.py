"""Answers of SEFAZ read into values, odd ones too: what is missing or about another nota is no answer."""

from datetime import UTC, date, datetime

import pytest

from ahead.nfe.answer_reading import (
    read_authorisation,
    read_event,
    read_inutilisation,
    read_query,
    read_registration,
    read_status,
)
from ahead.nfe.soap import Malformed

NFE = "http://www.portalfiscal.inf.br/nfe"
CHAVE = "35261111222333000181550010000012341731945680"
OTHER = "35261111222333000181550010000012351731945687"
PROTOCOL = (
    f"<protNFe versao='4.00'><infProt><tpAmb>1</tpAmb><verAplic>a version longer than the schema has it</verAplic>"
    f"<chNFe>{CHAVE}</chNFe><dhRecbto>2026-11-24T15:07:09-03:00</dhRecbto><nProt>135260000000001</nProt>"
    "<digVal>abc=</digVal><cStat>100</cStat><xMotivo>Autorizado</xMotivo></infProt></protNFe>"
)


def element(tag: str, inside: str) -> bytes:
    return f'<{tag} xmlns="{NFE}" versao="4.00">{inside}</{tag}>'.encode()


def test_a_batch_says_nothing_of_what_is_in_it() -> None:
    answer = read_authorisation(element("retEnviNFe", f"<cStat>104</cStat>{PROTOCOL}"), chave=CHAVE)
    assert (answer.cstat, answer.reason) == ("100", "Autorizado")
    assert answer.protocol is not None
    assert answer.protocol.received_at == datetime(2026, 11, 24, 18, 7, 9, tzinfo=UTC)
    refused = read_authorisation(element("retEnviNFe", "<cStat>225</cStat><xMotivo>Falha</xMotivo>"), chave=CHAVE)
    assert (refused.cstat, refused.reason, refused.protocol) == ("225", "Falha", None)


@pytest.mark.parametrize(
    "inside",
    [
        f"<cStat>104</cStat>{PROTOCOL.replace(CHAVE, OTHER)}",
        "<cStat>104</cStat>",
        "<xMotivo>Nada</xMotivo>",
        f"<cStat>104</cStat>{PROTOCOL.replace('<cStat>100</cStat>', '')}",
        f"<cStat>104</cStat>{PROTOCOL.replace('2026-11-24T15:07:09-03:00', 'ontem')}",
        "<cStat>104</cStat><protNFe/>",
    ],
)
def test_an_authorisation_that_cannot_be_relied_on(inside: str) -> None:
    with pytest.raises(Malformed):
        read_authorisation(element("retEnviNFe", inside), chave=CHAVE)


def test_an_instant_without_its_offset_is_brasilias() -> None:
    bare = PROTOCOL.replace("15:07:09-03:00", "15:07:09")
    answer = read_query(element("retConsSitNFe", f"<cStat>100</cStat>{bare}"), chave=CHAVE)
    assert answer.protocol is not None
    assert answer.protocol.received_at == datetime(2026, 11, 24, 18, 7, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "inside",
    [
        f"<cStat>100</cStat><chNFe>{OTHER}</chNFe>{PROTOCOL}",
        f"<cStat>100</cStat>{PROTOCOL.replace(CHAVE, OTHER)}",
        "<xMotivo>Nada</xMotivo>",
        f"<cStat>101</cStat>{PROTOCOL}<procEventoNFe versao='1.00'><evento/></procEventoNFe>",
    ],
)
def test_a_query_that_cannot_be_relied_on(inside: str) -> None:
    with pytest.raises(Malformed):
        read_query(element("retConsSitNFe", inside), chave=CHAVE)


def test_events_one_by_one_and_whole_batches_refused() -> None:
    event = "<retEvento versao='1.00'><infEvento><cStat>135</cStat><xMotivo>ok</xMotivo></infEvento></retEvento>"
    answer = read_event(element("retEnvEvento", f"<cStat>128</cStat>{event}"))
    assert answer.protocol is not None
    assert (answer.cstat, answer.protocol.number, answer.protocol.sequence) == ("135", "", 0)
    assert read_event(element("retEnvEvento", "<cStat>656</cStat><xMotivo>x</xMotivo>")).cstat == "656"
    for inside in ("<cStat>128</cStat>", "<xMotivo>x</xMotivo>", "<cStat>128</cStat><retEvento/>"):
        with pytest.raises(Malformed):
            read_event(element("retEnvEvento", inside))


def test_status_voiding_and_cadastro() -> None:
    status = read_status(
        element("retConsStatServ", "<cStat>108</cStat><xMotivo>x</xMotivo><tMed>7</tMed>"
                "<dhRetorno>2026-11-24T18:00:00-03:00</dhRetorno><xObs>troca</xObs>")
    )  # fmt: skip
    assert (status.is_up, status.wait_seconds, status.observation) == (False, 7, "troca")
    assert status.returns_at == datetime(2026, 11, 24, 21, tzinfo=UTC)
    voided = read_inutilisation(element("retInutNFe", "<infInut><cStat>241</cStat><xMotivo>x</xMotivo></infInut>"))
    assert (voided.cstat, voided.number, voided.received_at) == ("241", "", None)
    entry = "<infCad><IE>1</IE><CPF>2</CPF><UF>SP</UF><cSit>0</cSit><dIniAtiv>2020-01-02</dIniAtiv>"
    entry += "<dBaixa>?</dBaixa></infCad>"
    found = read_registration(
        element("retConsCad", f"<infCons><cStat>111</cStat><xMotivo>x</xMotivo>{entry}</infCons>")
    )
    assert [(row.document, row.is_active, row.began_on, row.ended_on) for row in found.entries] == [
        ("2", False, date(2020, 1, 2), None)
    ]
    for read, tag in (
        (read_status, "retConsStatServ"),
        (read_inutilisation, "retInutNFe"),
        (read_registration, "retConsCad"),
    ):
        with pytest.raises(Malformed):
            read(element(tag, ""))  # type: ignore[operator]
