"""Certificates of companies: what opens, what is read of them, and what speaks against them."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, PrivateFormat, pkcs12

from ahead.nfe.certificate import CannotOpen, open_certificate, problems
from ahead.nfe.trust import icp_brasil
from ahead.sandbox.sefaz.authority import Authority, new_key

CNPJ, ALPHANUMERIC = "11222333000181", "12ABC34501DE35"
PASSWORD = "segredo çã"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.new()


@pytest.mark.parametrize("cnpj", [CNPJ, ALPHANUMERIC])
@pytest.mark.parametrize("with_alternative_name", [True, False])
def test_the_cnpj_is_read_from_either_place(
    authority: Authority, key: rsa.RSAPrivateKey, cnpj: str, with_alternative_name: bool
) -> None:
    issued = authority.company(cnpj, "PADARIA AURORA LTDA", with_alternative_name=with_alternative_name, key=key)
    opened = open_certificate(authority.pfx(issued, PASSWORD), PASSWORD)
    assert (opened.cnpj, opened.name) == (cnpj, "PADARIA AURORA LTDA")
    assert opened.issuer_name == "AC de Mentira do AHEAD"
    assert opened.chain == (authority.root.certificate,)
    assert opened.fingerprint == issued.certificate.fingerprint(hashes.SHA256()).hex()
    assert "RSAPrivateKey" not in repr(opened)


@pytest.mark.parametrize("scheme", [pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC, pkcs12.PBES.PBESv2SHA256AndAES256CBC])
def test_old_and_new_ciphers_open(authority: Authority, key: rsa.RSAPrivateKey, scheme: pkcs12.PBES) -> None:
    issued = authority.company(CNPJ, key=key)
    builder = PrivateFormat.PKCS12.encryption_builder().key_cert_algorithm(scheme).kdf_rounds(1000)
    if scheme is pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC:
        builder = builder.hmac_hash(hashes.SHA1())
    pfx = pkcs12.serialize_key_and_certificates(b"a", key, issued.certificate, None, builder.build(b"abc"))
    assert open_certificate(pfx, "abc").cnpj == CNPJ


def test_what_cannot_be_opened_says_why(authority: Authority, key: rsa.RSAPrivateKey) -> None:
    issued, sealed = authority.company(CNPJ, key=key), BestAvailableEncryption(b"abc")

    def pfx(*, own_key: object = key, certificate: object = issued.certificate, others: object = None) -> bytes:
        return pkcs12.serialize_key_and_certificates(b"a", own_key, certificate, others, sealed)  # type: ignore[arg-type]

    renewed = authority.company(CNPJ, key=key).certificate
    curve = ec.generate_private_key(ec.SECP256R1())
    for content, password, why in (
        (issued.pem(), "abc", "não é um certificado A1"),
        (b"", "abc", "não é um certificado A1"),
        (pfx(), "outra", "senha não abre"),
        (pfx()[:-40], "abc", "senha não abre"),
        (pfx(own_key=None, certificate=None, others=[issued.certificate]), "abc", "não traz a chave privada"),
        (pfx(own_key=curve, certificate=None, others=[issued.certificate]), "abc", "não é RSA"),
        (pfx(certificate=None, others=[authority.root.certificate]), "abc", "mas não o certificado dela"),
        (pfx(others=[renewed]), "abc", "mais de um certificado"),
    ):
        with pytest.raises(CannotOpen, match=why) as caught:
            open_certificate(content, password)
        assert caught.value.__cause__ is None
        assert password not in str(caught.value) or password == "abc"


def test_what_speaks_against_a_certificate(authority: Authority, key: rsa.RSAPrivateKey) -> None:
    issued = authority.company(CNPJ, key=key, valid_from=NOW - timedelta(days=365), valid_until=NOW + timedelta(days=1))
    opened = open_certificate(authority.pfx(issued, "abc"), "abc")
    ours = [authority.root.certificate]
    assert problems(opened, cnpj=CNPJ, now=NOW, roots=ours) == []
    assert problems(opened, cnpj=CNPJ[:8] + "000262", now=NOW, roots=ours) == []  # a branch of the company

    def only(**facts: object) -> str:
        asked = {"cnpj": CNPJ, "now": NOW, "roots": ours} | facts
        (problem,) = problems(opened, **asked)  # type: ignore[arg-type]
        return problem

    assert "venceu em 24/11/2026" in only(now=NOW + timedelta(days=2))
    assert "só vale a partir de 23/11/2025" in only(now=NOW - timedelta(days=366))
    assert "de outra empresa" in only(cnpj="99222333000181")
    assert "ICP-Brasil" in only(roots=icp_brasil())
    assert "ICP-Brasil" in only(roots=[Authority.new().root.certificate])  # of the same name, but another key


def test_a_chain_that_the_file_brings_along_is_followed(authority: Authority, key: rsa.RSAPrivateKey) -> None:
    issued = authority.company(CNPJ, key=key)
    sealed = BestAvailableEncryption(b"abc")
    stranger = Authority.new().root.certificate
    others = [stranger, authority.root.certificate]
    pfx = pkcs12.serialize_key_and_certificates(b"a", key, issued.certificate, others, sealed)
    assert open_certificate(pfx, "abc").chain == (authority.root.certificate,)


def test_the_authorities_of_icp_brasil_are_at_hand() -> None:
    roots = {name for root in icp_brasil() if (name := root.subject.rfc4514_string()) == root.issuer.rfc4514_string()}
    assert any("Raiz Brasileira v10" in name for name in roots)
    assert all("ICP-Brasil" in name for name in roots)


def test_a_file_of_the_old_export_opens() -> None:
    """RC2 with 40 bits, which most exports of Windows had for decades."""
    assert open_certificate(base64.b64decode(RC2_PFX), "abc").name == "EMPRESA ANTIGA"


RC2_PFX = """
MIIJcQIBAzCCCTcGCSqGSIb3DQEHAaCCCSgEggkkMIIJIDCCA9cGCSqGSIb3DQEHBqCCA8gwggPEAgEAMIIDvQYJKoZIhvcNAQcB
MBwGCiqGSIb3DQEMAQYwDgQIW5S4UBA09g0CAggAgIIDkCL7A7lBWTINF922bpmP7LfZgdO4OrqI2n+pb/3sfr2Nl5/kiMqZfV+7
3Dlq2MSAeJF/RRl0ghL0s9AIxIQtu+JlmEgzXOOs8u/H33q9UQFdBGe3hAp/kCC7gJnMTBoFu+YHs7Bk0Ubd5Wsqjv4zGZ9kkNZB
IIhkcJnLg3t4I1nbSAfbVSdLSKWME7K47svAadnGISeuX2ZsdRuQaxsuyTd22ii8i0dgRr9JcYTHuKeeryolymVcedCVloe1Uq95
YaUdxvrpr+7DDa+dshAM5NIkdD3KeVLdTjSDWBHNHf0SdzCmYpRSEYSBc1fPORNGdyEdD/alEv+gdoNQJwLhgLoSIS7OyF8qiR/s
Ma3xb+R4W/j7NEMEEFf9X8SRUIRX8o+uXSf8OEk5PrPZPU3bAI/G3vkCwwyaD0aytcSmVadLG1/RCqWSqvaVJUh1Lrp9VMx0OdcP
KTQYtbtx0C0hw6rI2LB4Bi4vv6MilMPGp/mSan8gMx7P9bOQ0MTgoETQJtLrgxpvxkzR04dpULYfuOBI26QX3vLeOf6MYa+W6Gzi
3it++0mtEHn8QMibHmp7q/o/uT/1/NA5vYeeUqQuLdNz9nNMwHvejAcZddF/MMOAMLyKG6t742NDe6BS+3LeC5aDmq9oH8uZIbzY
KzkDtHxVwiuFGEJ8BsdJT/ruCflBtSvdmxJ5uzExXNGW6UycIdepnq3Rmzd3RlSMUL7IimA3B8gFGoxwWvHJO2LHO6PetqI33s/Z
Jami9rEzyd4llEcFhofXCSoGXgcflhYACeC2AxVnYfnHIcUCjGdXz5L+vkFn2fOj/+K6tLIDzqakCaz2RCkI8OmMe1BTuEI+gfZT
mIq95Jd5ijcKTYXHK2WvJroW5DYq81heT0I4FI4m7e/A53gQD+AkurBw+Q6S8y0wTQesGNehErVkl7TgOcClnK9P8mj6aFCVcqvy
T0n37BWNCJ7NMb0UMc7UMoUDoJtLY5V5mxAu+AmXnDNhfCfD0WFKvTjdxx5CGYRZyjHgWHRi0Q+D/y9Ql5Ok4J6Ud/eNB+xzffsX
mrneZxgWNZ9UmqWhs8MGgl7A/3lMgfWJQn11eh2kfqpiHZcU+GvJp4FPFXWA2tCi6N0WYsZP5nSdwezuhlwwh1IUmskPZpmaTnZ1
ZSFB2aFKn5uqiYEHY6raTzlsHveNtXd/v2BYDAKqawa7+ckEiQ/0f03NFQ+zLDCCBUEGCSqGSIb3DQEHAaCCBTIEggUuMIIFKjCC
BSYGCyqGSIb3DQEMCgECoIIE7jCCBOowHAYKKoZIhvcNAQwBAzAOBAhJROo3AsHlqgICCAAEggTI62Ik9FtUETALVqtGYPSMz4jc
onpzUl+38CDIIow8zmEt5p89vw3iOwq8G/xT3LdQu5ns5iXrhAammFQpXGE+6igFvPdYN6pJVP3LjNPx3oK46PjjWPQbe/TVNDYE
lhoUHZxnM9TKtWJoVmLNMh8ToXCdOJVB369ABn6qFIlI7jKHEvrdhsRXbUrsdFiBSZT9I61xFF2eqzSbVvk8H/xneXMzTnKbo38L
9QYP1xr1F5uS5eJuz/TpIsUUjRfaKvQIWnXwMgnsMJU2ilY9IXFuONcdDdE9YqBOTgiqafR6l0fj4DZXCz6q1jOgQJzVdjaazpZC
SUJ0YfJAaW4tZXvnDqe/K3NhlO5lGtCL5ELxGD4TQiSIztzszX7o0uPJyH4dL8uIM/aqSN6C28J/0HBOBA4rMoBWtNyug7vwD/x6
cGOT99MTVUGqrxPS4T/QfbzwBxBEqdw9dn/3jDxsA1oZlLvFNBP5bnHCDFT8S7yzzdmtq5x1ZbxiRYMJ/Q2jBemswkvT2O63dawI
gl5iqxZAoK02FvoPRMaDIXjHJoDokI3rNoF9I5AW0E8DJPl3Y/JWYajRsyWAWx5S4x2rE/cIjRdF/qeoLsTH3WmiJir2AY05cxuD
4+TGsn+OwiQKRqTO9UdB1B433JaADTO76aNCZQ2p3UxpvEguZmAvLxIiQjbExahbnhvs8jNNo4NOlzF9DnZtXq3q/MZ+Yrr3c7lm
bWLd/3KRFh0EwfsZFaFmk5UkQuvHTxy24hiLfy94H6zVCDy3N64XOGaYFBPFq8s91M/iamx3DTK2lfg0C3vLPe1Oe10HWg/tHwzh
qqeyeeydwWw671uSsqCZpF9opsmtJEaoNtetOL0o9SnjAqS7L+YgVigG+xUBqNqJrxXFb0jfbz1BGRT17bEEvbW6+eCAIE2ZoWYd
/i+aRxMS9yYT5A2fYAacBYdlxbG7MYp9vj7T+yer+8e8SMX7ZNQGzUOMWZZik+QpFDw9/CDjQ3fud1ymglFyCIOkmDAl8J2rGsQ6
3bb46oMglxho2i/BQCy/DMObr5SfRIAKqPN8uxvxvHzsSqDVLqyiI/hgQKrJdXeY2l7KwjQd/LgFjcHF96Zq9xSZhI171EU0gNWy
OvZ5Y8BP7ek7eXAO2PIWX+z+sTihydSjt4UaJuoMyxuBtQAQKbQAs6cjJrRwTT/YFUp1Ny0dvIIa3wqgq8SvUnItUu3QH0ugwp1I
HPZnRJ13Z1IjiX0RKEwth3WllvFrbbLID/aAyT7TeQ7o/KZmrUTJYwyQoDvTqDxnCIchirR1CrvoLDF8UNTYrplxBg+C2f1PJCWY
4NORgvBtSKQfPR4r8+zS/ZJ15saD+aqq1ndnK2VE263srWwaGsjQm5M+DaQ7OqSJE82L2lTEhgC2y0VP08giobKbkGxhyXqSm7J9
gQeGebbosLF+kTEJt37xmGJdwpKax3EitSeONHS3Mn0DRt4eAk0zryu5CZxGjzS2lhK+62FKngTFrTCnbmdtFA0CBh+VOi+COxWe
+auXoRGinUm6SrcNMX277kPMeApbms+Onn6pGBPbTBR74feXnyiaAGj0P/+cNMUMQnsllw+qcBS+VvRmR6xHcNKF6TGb5R6fH6NU
ZdJubAT/MSUwIwYJKoZIhvcNAQkVMRYEFM2v7NLOYStVOPTNjRBzHFo9cMnZMDEwITAJBgUrDgMCGgUABBSBTZm4XBKjH7ABQC/n
DCBs53vJjgQI7WIHJzdmfjQCAggA
"""
