"""Signatures: right for others, and wrong as soon as a byte differs."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from judges import JAVA, java_says, xmlsec1_says_ok
from lxml import etree
from nota_making import CNPJ, FIXTURES, nota

from ahead.nfe.certificate import Certificate
from ahead.nfe.signing import BadSignature, CannotSign, sign, verify
from ahead.nfe.writing import write
from ahead.sandbox.sefaz.authority import Authority

NFE = b"http://www.portalfiscal.inf.br/nfe"


@pytest.fixture(scope="module")
def signed(certificate: Certificate) -> bytes:
    return sign(write(nota()), certificate=certificate).xml


@pytest.mark.parametrize("name", FIXTURES)
def test_xmlsec1_finds_our_signatures_right(name: str, certificate: Certificate, tmp_path: Path) -> None:
    found = sign(write(FIXTURES[name]), certificate=certificate)
    assert xmlsec1_says_ok(found.xml, tmp_path)
    verify(found.xml)


def test_what_xmlsec1_and_we_find_wrong(signed: bytes, tmp_path: Path) -> None:
    for change in ((b"<vNF>104.80", b"<vNF>104.81"), (b'versao="4.00"', b'versao="4.01"')):
        assert not xmlsec1_says_ok(signed.replace(*change), tmp_path)
        with pytest.raises(BadSignature, match="mudou depois de assinado"):
            verify(signed.replace(*change))


if JAVA:  # a second judge where there is a JDK

    def test_the_jdk_finds_notas_and_signatures_right(certificate: Certificate, tmp_path: Path) -> None:
        documents = {f"{name}.xml": sign(write(one), certificate=certificate).xml for name, one in FIXTURES.items()}
        documents["wrong.xml"] = documents["kit.xml"].replace(b"<vNF>100.00", b"<vNF>100.01")
        said = java_says(documents, tmp_path)
        assert said.pop("wrong.xml") == "signature is wrong"
        assert said == dict.fromkeys(said, "valid")
        assert len(said) == len(FIXTURES)


def test_the_digest_is_of_the_part_with_the_namespace_it_stands_in(certificate: Certificate) -> None:
    written = write(nota())
    found = sign(written, certificate=certificate)
    part = written[written.index(b"<infNFe") : written.index(b"</NFe>")]
    alone = part.replace(b"<infNFe ", b'<infNFe xmlns="' + NFE + b'" ', 1)
    assert found.digest == base64.b64encode(hashlib.sha1(alone).digest()).decode()
    assert found.reference == "NFe35261111222333000181550010000012341731945680"
    assert found.xml.replace(_signature_of(found.xml), b"") == written


def _signature_of(xml: bytes) -> bytes:
    return xml[xml.index(b"<Signature ") : xml.index(b"</Signature>") + len(b"</Signature>")]


def test_the_trap_of_lxml_is_still_there_and_we_are_not_in_it(certificate: Certificate, tmp_path: Path) -> None:
    """Whoever makes the part canonical with lxml alone gets another digest, which no other program finds right."""
    found = sign(write(nota()), certificate=certificate)
    part = etree.fromstring(found.xml)[0]
    trapped = base64.b64encode(hashlib.sha1(etree.tostring(part, method="c14n")).digest()).decode()
    assert b'xmlns=""' in etree.tostring(part, method="c14n")
    assert trapped != found.digest
    wrong = found.xml.replace(found.digest.encode(), trapped.encode())
    assert not xmlsec1_says_ok(wrong, tmp_path)
    with pytest.raises(BadSignature):
        verify(wrong)


def test_whitespace_comments_and_sections_do_not_change_what_is_signed(certificate: Certificate) -> None:
    written = write(nota())
    commented = written.replace(b"<ide>", b"<!-- nada --><ide>").replace(b"Centro", b"<![CDATA[Centro]]>")
    declared = b'<?xml version="1.0" encoding="UTF-8"?>' + commented
    assert sign(declared, certificate=certificate) == sign(written, certificate=certificate)


def _other_certificate(xml: bytes, certificate: Certificate) -> bytes:
    other = Authority.new().company(CNPJ).certificate
    ours = base64.b64encode(certificate.certificate.public_bytes(Encoding.DER))
    return xml.replace(ours, base64.b64encode(other.public_bytes(Encoding.DER)))


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (lambda xml, _: xml.replace(b"rsa-sha1", b"rsa-sha256"), "SignatureMethod não é"),
        (lambda xml, _: xml.replace(b"enveloped-signature", b"base64"), "Transform não é"),
        (lambda xml, _: xml.replace(_signature_of(xml), b""), "há 0 assinatura"),
        (lambda xml, _: xml.replace(_signature_of(xml), _signature_of(xml) * 2), "há 2 assinatura"),
        (lambda xml, _: xml.replace(b'URI="#NFe35', b'URI="#NFe36'), "há 0 parte com o Id"),
        (lambda xml, _: xml.replace(b"<ide>", b"<infNFe></infNFe><ide>"), "há mais de um infNFe"),
        (lambda xml, _: xml[:-1], "não é um XML bem formado"),
        (lambda xml, _: b'<!DOCTYPE NFe [<!ENTITY a "b">]>' + xml, "DOCTYPE"),
        (_other_certificate, "não confere com o certificado"),
        (lambda xml, _: xml.replace(b"<X509Certificate>MII", b"<X509Certificate>AAA"), "não pode ser lido"),
    ],
)
def test_what_is_no_signature_of_an_nfe(
    signed: bytes, certificate: Certificate, spoilt: Callable[[bytes, Certificate], bytes], why: str
) -> None:
    with pytest.raises(BadSignature, match=why):
        verify(spoilt(signed, certificate))


def test_a_part_that_only_looks_like_the_signed_one_is_not_taken_for_it(signed: bytes) -> None:
    """The signed part moved into a lower place, another one in its stead: the old trick of wrapping."""
    part = signed[signed.index(b"<infNFe") : signed.index(b"<Signature")]
    forged = part.replace(b"<vNF>104.80", b"<vNF>1.00").replace(b'Id="NFe', b'Id="FNF')
    with pytest.raises(BadSignature):
        verify(signed.replace(part, forged + b"<outro>" + part + b"</outro>"))


def test_the_namespaces_around_a_part_belong_to_it(certificate: Certificate, tmp_path: Path) -> None:
    """Others declare prefixes at the root; xmlsec1 and we must make the same of it."""
    signed = sign(write(nota()), certificate=certificate).xml
    prefixed = signed.replace(b"<NFe xmlns=", b'<NFe xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns=')
    assert not xmlsec1_says_ok(prefixed, tmp_path)
    with pytest.raises(BadSignature):
        verify(prefixed)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (lambda xml: xml.replace(b"<NFe xmlns=", b'<NFe xmlns:ds="urn:ds" xmlns='), "outros espaços de nomes"),
        (lambda xml: xml.replace(b' Id="NFe', b' Nome="NFe'), "não há um só infNFe"),
        (lambda xml: xml.replace(b"<ide>", b"<infNFe></infNFe><ide>"), "não há um só infNFe"),
        (lambda xml: xml.replace(b"<NFe", b"<NFe2"), "não é um XML"),
    ],
)
def test_what_cannot_be_signed(certificate: Certificate, document: Callable[[bytes], bytes], why: str) -> None:
    with pytest.raises(CannotSign, match=why):
        sign(document(write(nota())), certificate=certificate)


def test_nothing_is_signed_twice(signed: bytes, certificate: Certificate) -> None:
    with pytest.raises(CannotSign, match="já está assinado"):
        sign(signed, certificate=certificate)
