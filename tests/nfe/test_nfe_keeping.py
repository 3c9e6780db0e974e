"""What is kept of a nota: its bytes, unchanged; and what is read from them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from nota_making import CNPJ, FIXTURES, LIA, d, interstate, kit, nota
from test_nfe_events import cancelled, voided

from ahead.nfe.certificate import Certificate
from ahead.nfe.proc import CannotJoin, nfe_proc, proc_evento, proc_inutilizacao
from ahead.nfe.reading import Unreadable, read_nota
from ahead.nfe.signing import Signed, sign
from ahead.nfe.writing import write

CHAVE = "35261111222333000181550010000012341731945680"
NS = 'xmlns="http://www.portalfiscal.inf.br/nfe"'


def protocol(digest: str) -> bytes:
    return (
        f'<protNFe versao="4.00"><infProt Id="ID1"><tpAmb>1</tpAmb><verAplic>SP</verAplic><chNFe>{CHAVE}</chNFe>'
        f"<dhRecbto>2026-11-24T15:07:12-03:00</dhRecbto><nProt>135260000000001</nProt><digVal>{digest}</digVal>"
        "<cStat>100</cStat><xMotivo>Autorizado o uso da NF-e</xMotivo></infProt></protNFe>"
    ).encode()


@pytest.fixture(scope="module")
def signed(certificate: Certificate) -> Signed:
    return sign(write(interstate()), certificate=certificate)


def joined(name: str, version: str, *parts: bytes) -> bytes:
    """What is kept: the parts side by side, each byte as it came."""
    return f'<?xml version="1.0" encoding="UTF-8"?><{name} {NS} versao="{version}">'.encode() + b"".join(
        (*parts, f"</{name}>".encode())
    )


def test_the_very_bytes_that_were_signed_are_kept(signed: Signed) -> None:
    answer = protocol(signed.digest)
    assert nfe_proc(signed.xml, answer) == joined("nfeProc", "4.00", signed.xml, answer)


def test_declarations_do_not_stand_inside(signed: Signed) -> None:
    declared = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    answer = protocol(signed.digest)
    assert nfe_proc(declared + signed.xml, declared + answer) == nfe_proc(signed.xml, answer)


def test_only_what_belongs_together_is_joined(signed: Signed) -> None:
    answer = protocol(signed.digest)
    for broken in (
        (answer, signed.xml),
        (signed.xml, b"<protNFe>"),
        (signed.xml, f'<n:protNFe xmlns:n="{NS[7:-1]}"></n:protNFe>'.encode()),
        (signed.xml, b'<protNFe xmlns="urn:outra"></protNFe>'),
    ):
        with pytest.raises(CannotJoin):
            nfe_proc(*broken)


def test_events_and_inutilizacoes_are_kept_the_same_way(certificate: Certificate) -> None:
    event = sign(cancelled(), certificate=certificate, tag="infEvento").xml
    told = f'<retEvento {NS} versao="1.00"><infEvento><cStat>135</cStat></infEvento></retEvento>'.encode()
    assert proc_evento(event, told) == joined("procEventoNFe", "1.00", event, told)
    request = sign(voided(), certificate=certificate, tag="infInut").xml
    answer = b'<retInutNFe versao="4.00"><infInut><cStat>102</cStat></infInut></retInutNFe>'
    assert proc_inutilizacao(request, answer) == joined("ProcInutNFe", "4.00", request, answer)


def test_a_nota_is_read_back(signed: Signed) -> None:
    found = read_nota(nfe_proc(signed.xml, protocol(signed.digest)))
    assert (found.chave, found.serie, found.number, found.environment) == (CHAVE, 1, 1234, "1")
    assert found.issued_at == datetime(2026, 11, 24, 18, 7, 9, tzinfo=UTC)
    assert (found.emitter_cnpj, found.recipient_document) == (CNPJ, LIA.document)
    assert found.recipient_name == "Lia Moraes & Filhos"
    assert (found.recipient_uf, found.natureza) == ("BA", "Venda de mercadoria")
    assert (found.products, found.total) == (d("99.80"), d("104.80"))
    assert (found.protocolo, found.status) == ("135260000000001", "100")
    assert found.authorised_at == datetime(2026, 11, 24, 18, 7, 12, tzinfo=UTC)


def test_its_lines_are_read_back() -> None:
    items = read_nota(write(kit())).items
    assert [(one.place, one.code, one.amount) for one in items] == [
        (1, "PAO-01", d("33.34")),
        (2, "GELEIA-02", d("33.33")),
        (3, "CAFE-03", d("33.33")),
    ]
    assert items[0].gtin == ""
    assert items[0].description == "Componente PAO-01 <do kit>"
    (line,) = read_nota(write(nota())).items
    assert (line.gtin, line.quantity, line.unit_price) == ("7891000315507", d("4"), d("24.95"))
    assert (line.freight, line.discount, line.cfop, line.ncm) == (d("10"), d("5"), "5102", "19059090")


@pytest.mark.parametrize("name", FIXTURES)
def test_what_is_read_is_what_was_written(name: str) -> None:
    written, found = FIXTURES[name], read_nota(write(FIXTURES[name]))
    assert [(one.code, one.quantity, one.unit_price, one.amount) for one in found.items] == [
        (one.code, one.quantity, one.unit_price, one.amount) for one in written.items
    ]
    assert not found.protocolo


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ((b"<NFe ", b"<NFE "), "não é um XML"),
        ((b"portalfiscal", b"outrolugar"), "não é uma NF-e"),
        ((b"<nNF>1234</nNF>", b""), "falta ide/nNF"),
        ((b"<vNF>104.80", b"<vNF>muito"), "um valor que não se lê"),
        ((b"<prod>", b"<prod2>"), "não é um XML"),
    ],
)
def test_what_cannot_be_read(change: tuple[bytes, bytes], why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_nota(write(nota()).replace(*change))
