"""Envelopes, and answers cut out of theirs: every byte of a protocol is kept."""

import hashlib

import pytest
from lxml import etree

from ahead.nfe import soap
from ahead.nfe.authorizers import Service
from ahead.nfe.soap import Malformed, answer_in, pieces

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
NFE = "http://www.portalfiscal.inf.br/nfe"
PROTOCOL = (
    "<protNFe  versao='4.00'><infProt Id=\"ID1\"><tpAmb>2</tpAmb><xMotivo>Autorizado &amp; ótimo</xMotivo>\n"
    "<!-- kept --><x a='>'/></infProt></protNFe >"
)


def in_envelope(body: str, *, namespace: str = SOAP12, wrapper: str = "nfeResultMsg") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<S:Envelope xmlns:S="{namespace}" xmlns:xsi="urn:unused"><S:Body>'
        f'<{wrapper} xmlns="{NFE}/wsdl/NFeAutorizacao4">{body}</{wrapper}></S:Body></S:Envelope>'
    ).encode()


def test_a_request_carries_its_payload_as_it_is() -> None:
    payload = b'<?xml version="1.0" encoding="UTF-8"?><NFe xmlns="urn:x"><a>1</a></NFe>'
    content = soap.envelope(Service.AUTHORISATION, payload)
    assert b'<NFe xmlns="urn:x"><a>1</a></NFe></nfeDadosMsg>' in content
    assert content.count(b"<?xml") == 1
    body = etree.fromstring(content)[0][0]
    assert body.tag == f"{{{NFE}/wsdl/NFeAutorizacao4}}nfeDadosMsg"
    assert soap.content_type(Service.QUERY).endswith('action="' + NFE + '/wsdl/NFeConsultaProtocolo4/nfeConsultaNF"')


@pytest.mark.parametrize("namespace", [SOAP11, SOAP12])
def test_a_piece_keeps_its_bytes_and_stands_alone(namespace: str) -> None:
    answer = answer_in(
        in_envelope(f'<retEnviNFe xmlns="{NFE}">{PROTOCOL}</retEnviNFe>', namespace=namespace), "retEnviNFe"
    )
    assert answer == f'<retEnviNFe xmlns="{NFE}">{PROTOCOL}</retEnviNFe>'.encode()
    (piece,) = pieces(answer, "protNFe")
    assert piece == PROTOCOL.replace("<protNFe", f'<protNFe xmlns="{NFE}"').encode()
    assert etree.fromstring(piece).tag == f"{{{NFE}}}protNFe"


def test_prefixes_declared_around_a_piece_go_with_it() -> None:
    inner = '<n:protNFe versao="4.00"><n:infProt><n:cStat>100</n:cStat></n:infProt></n:protNFe>'
    answer = answer_in(
        in_envelope(f'<n:retEnviNFe xmlns:n="{NFE}" xmlns:o="urn:o">{inner}</n:retEnviNFe>'), "retEnviNFe"
    )
    (piece,) = pieces(answer, "protNFe")
    assert etree.fromstring(piece).tag == f"{{{NFE}}}protNFe"
    assert b"urn:o" not in piece
    assert b"wsdl" in piece  # the default around it: kept, although nothing in the piece needs it


def test_a_declaration_of_its_own_is_not_doubled() -> None:
    inner = f'<protNFe versao="4.00" xmlns="{NFE}"><infProt/></protNFe>'
    (piece,) = pieces(in_envelope(f"<retEnviNFe>{inner}</retEnviNFe>"), "protNFe")
    assert piece == inner.encode()


def test_several_pieces_and_nested_ones() -> None:
    document = b"<a><b n='1'><b n='2'/></b><c/><b n='3'>/></b><b></b><b n='/>'/></a>"
    expected = [b"<b n='1'><b n='2'/></b>", b"<b n='2'/>", b"<b n='3'>/></b>", b"<b></b>", b"<b n='/>'/>"]
    assert pieces(document, "b") == expected


def test_an_answer_given_as_text_is_read_too() -> None:
    escaped = f"&lt;retEnviNFe xmlns=&quot;{NFE}&quot;&gt;&lt;cStat&gt;104&lt;/cStat&gt;&lt;/retEnviNFe&gt;"
    assert (
        answer_in(in_envelope(escaped), "retEnviNFe")
        == f'<retEnviNFe xmlns="{NFE}"><cStat>104</cStat></retEnviNFe>'.encode()
    )
    with_declaration = f'<![CDATA[<?xml version="1.0"?><retEnviNFe xmlns="{NFE}"/>]]>'
    assert answer_in(in_envelope(with_declaration), "retEnviNFe") == f'<retEnviNFe xmlns="{NFE}"/>'.encode()


def test_an_answer_in_latin_1_becomes_utf_8() -> None:
    content = f'<?xml version="1.0" encoding="ISO-8859-1"?><r xmlns="{NFE}"><x>não é</x></r>'.encode("latin-1")
    assert answer_in(content, "r") == f'<r xmlns="{NFE}"><x>não é</x></r>'.encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no XML"),
        (b"<html><body>502 Bad Gateway</body></html>", "no retEnviNFe"),
        (b"<!DOCTYPE html><html><p>fora do ar</html>", "document type"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document type"),
        (in_envelope("<retEnviNFe>")[:-200], "no XML"),
        (in_envelope("<retConsSitNFe/>"), "no retEnviNFe"),
        (
            f'<S:Envelope xmlns:S="{SOAP12}"><S:Body><S:Fault><S:Code><S:Value>S:Sender</S:Value></S:Code><S:Reason>'
            f'<S:Text xml:lang="pt">Mensagem recusada</S:Text></S:Reason></S:Fault></S:Body></S:Envelope>'.encode(),
            "SOAP fault: Mensagem recusada",
        ),
        (
            f'<S:Envelope xmlns:S="{SOAP11}"><S:Body><S:Fault><faultcode>S:Client</faultcode>'
            f"<faultstring>Recusada</faultstring></S:Fault></S:Body></S:Envelope>".encode(),
            "SOAP fault: Recusada",
        ),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "klingon"),
    ],
)
def test_what_is_no_answer_is_malformed(content: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        answer_in(content, "retEnviNFe")


def test_a_big_answer_is_cut_byte_for_byte() -> None:
    inner = "".join(f'<p n="{number}">ção {number}</p>' for number in range(5_000))
    found = pieces(f"<é>{inner}</é>".encode(), "p")
    assert hashlib.sha256(b"".join(found)).digest() == hashlib.sha256(inner.encode()).digest()
