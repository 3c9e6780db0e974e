"""The A1 certificate of a company: opened from its PFX, read, and judged before anything is signed with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

_CNPJ_OF_COMPANY = x509.ObjectIdentifier("2.16.76.1.3.3")  # DOC-ICP-04: CNPJ of the holder
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_PKCS7_DATA = bytes.fromhex("06092a864886f70d0107")  # every PFX holds its safe in one of these
_TEXT_TAGS = {0x04, 0x0C, 0x13, 0x16}  # OCTET STRING, UTF8, Printable, IA5: issuers differ
_ROOT_OF_CNPJ = 8
_BRASILIA = ZoneInfo("America/Sao_Paulo")


class CannotOpen(Exception):
    """The file cannot be used as the certificate of a company; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """An A1 certificate with its key; `chain` begins with who issued it, as far as the file tells."""

    key: RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def cnpj(self) -> str:
        """The CNPJ it was issued to, numeric or alphanumeric; empty for one of a person (e-CPF)."""
        return _cnpj_of_alternative_name(self.certificate) or _cnpj_of_common_name(self.certificate)

    @property
    def name(self) -> str:
        """Who it was issued to, without the CNPJ that follows the name there."""
        return _common_name(self.certificate.subject).rpartition(":")[0] or _common_name(self.certificate.subject)

    @property
    def issuer_name(self) -> str:
        """Which authority issued it."""
        return _common_name(self.certificate.issuer)

    @property
    def not_before(self) -> datetime:
        """From when it is valid."""
        return self.certificate.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """Until when it is valid."""
        return self.certificate.not_valid_after_utc

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal: tells one from another, also a renewed one."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def open_certificate(pfx: bytes, password: str) -> Certificate:
    """
    Open a PFX (PKCS#12) file.

    :raises CannotOpen: if it is no PFX, the password is wrong, or it holds no RSA key with exactly one certificate.
    """
    if not pfx.startswith(b"\x30") or _PKCS7_DATA not in pfx[:64]:
        raise CannotOpen(
            "O arquivo não é um certificado A1 (.pfx ou .p12). Envie o arquivo que a certificadora entregou."
        )
    opened = _unlocked(pfx, password)
    if opened.key is None:
        raise CannotOpen("O arquivo não traz a chave privada. Exporte o certificado de novo, com a chave privada.")
    if not isinstance(opened.key, RSAPrivateKey):
        raise CannotOpen("A chave do certificado não é RSA, e a NF-e só aceita RSA. Peça um certificado A1 para NF-e.")
    found = [entry.certificate for entry in (opened.cert, *opened.additional_certs) if entry is not None]
    public = _public_bytes(opened.key.public_key())
    own = [certificate for certificate in found if _public_bytes(certificate.public_key()) == public]
    if not own:
        raise CannotOpen("O arquivo traz uma chave privada, mas não o certificado dela. Exporte os dois juntos.")
    if len(own) > 1:
        raise CannotOpen("O arquivo traz mais de um certificado para a mesma chave. Exporte só o que está em vigor.")
    others = [certificate for certificate in found if certificate is not own[0]]
    return Certificate(opened.key, own[0], tuple(_issuers(own[0], others)))


def problems(certificate: Certificate, *, cnpj: str, now: datetime, roots: Iterable[x509.Certificate]) -> list[str]:
    """
    Return why notes of the company `cnpj` cannot be signed and sent with a certificate; empty if they can.

    The first eight characters of the CNPJ decide: branches use the certificate of the headquarters. `roots` are the
    certificates of ICP-Brasil (`trust.icp_brasil`), intermediate ones too, for files that lack them.
    """
    found = []
    if now > certificate.not_after:
        found.append(f"O certificado venceu em {_day(certificate.not_after)}. Instale o renovado.")
    if now < certificate.not_before:
        found.append(f"O certificado só vale a partir de {_day(certificate.not_before)}. Confira também o relógio.")
    if not certificate.cnpj:
        found.append("O certificado não é de empresa (não traz CNPJ). A NF-e pede um e-CNPJ A1.")
    elif certificate.cnpj[:_ROOT_OF_CNPJ] != cnpj[:_ROOT_OF_CNPJ]:
        found.append(f"O certificado é do CNPJ {certificate.cnpj}, de outra empresa que não {cnpj}.")
    if not _leads_to(certificate, list(roots)):
        found.append("O certificado não foi emitido dentro da ICP-Brasil, e a SEFAZ não o aceita.")
    return found


def _unlocked(pfx: bytes, password: str) -> pkcs12.PKCS12KeyAndCertificates:
    """Return what the file holds; an empty password may have been written as none at all."""
    for secret in [password.encode()] if password else [b"", None]:
        try:
            return pkcs12.load_pkcs12(pfx, secret)
        except UnsupportedAlgorithm:
            raise CannotOpen(
                "O arquivo usa uma cifra antiga que este servidor não abre. "
                "Exporte o certificado de novo, escolhendo AES-256 (ou peça à certificadora um .pfx atual)."
            ) from None
        except ValueError:
            continue
    raise CannotOpen("A senha não abre o certificado (ou o arquivo está danificado). Confira a senha e envie de novo.")


def _issuers(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> Iterator[x509.Certificate]:
    """Yield who issued the leaf, then who issued that one, as far as they are at hand."""
    current, left = leaf, list(others)
    while issuer := next((other for other in left if _has_issued(other, current)), None):
        yield issuer
        left.remove(issuer)
        current = issuer


def _leads_to(certificate: Certificate, roots: Sequence[x509.Certificate]) -> bool:
    """Whether one of the certificates of ICP-Brasil issued this one, or an authority that the file brings along."""
    path = (certificate.certificate, *certificate.chain)
    return any(_has_issued(root, link) for link in path for root in roots)


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    if issuer.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _cnpj_of_alternative_name(certificate: x509.Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    for other in names.get_values_for_type(x509.OtherName):
        if other.type_id == _CNPJ_OF_COMPANY and _CNPJ.fullmatch(text := _der_text(other.value)):
            return text
    return ""


def _cnpj_of_common_name(certificate: x509.Certificate) -> str:
    """Return the CNPJ that follows the name there: «PADARIA AURORA LTDA:12345678000195»."""
    text = _common_name(certificate.subject).rpartition(":")[2]
    return text if _CNPJ.fullmatch(text) else ""


def _der_text(value: bytes) -> str:
    """Return the text inside a short DER string, of whatever kind the issuer chose."""
    if len(value) < 2 or value[0] not in _TEXT_TAGS or value[1] != len(value) - 2:
        return ""
    return value[2:].decode("ascii", errors="replace")


def _common_name(name: x509.Name) -> str:
    return "".join(str(part.value) for part in name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[-1:])


def _public_bytes(key: object) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


def _day(moment: datetime) -> str:
    return moment.astimezone(_BRASILIA).strftime("%d/%m/%Y")
