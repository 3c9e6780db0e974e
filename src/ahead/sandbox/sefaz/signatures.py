"""Whether a signature holds: XML-DSig as the schema fixes it (enveloped, C14N 1.0, SHA-1, RSA)."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from ahead.sandbox.sefaz.authority import CNPJ_OF_HOLDER

DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DSIG}enveloped-signature"
_CNPJ_LENGTH = 14


@dataclass(frozen=True, slots=True)
class Checked:
    """What a signature is worth: why not, as a cStat; the digest it names, and whose certificate it carries."""

    refused: str
    digest: str = ""
    cnpj: str = ""


def check(document: etree._Element, signed_tag: str, now: datetime) -> Checked:
    """Check the signature of a stand-alone document: of its child `signed_tag`, beside it."""
    signature, signed = _child(document, "Signature"), _child(document, signed_tag)
    if signature is None or signed is None or not _is_as_prescribed(signature, signed):
        return Checked("298")
    digest = signature.findtext(f".//{{{DSIG}}}DigestValue") or ""
    try:
        certificate = x509.load_der_x509_certificate(_decoded(signature, "X509Certificate"))
        value = _decoded(signature, "SignatureValue")
    except ValueError:
        return Checked("298")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return Checked("298")
    if base64.b64encode(hashlib.sha1(_canonical(signed)).digest()).decode() != digest.strip():  # noqa: S324 - the law's
        return Checked("297", digest)
    try:
        key.verify(value, _canonical(_child(signature, "SignedInfo")), padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    except InvalidSignature:
        return Checked("297", digest)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return Checked("291", digest)
    return Checked("", digest.strip(), cnpj_of(certificate))


def cnpj_of(certificate: x509.Certificate) -> str:
    """Return the CNPJ a certificate was issued to: from its alternative name, else after the colon of its name."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = None
    for other in names.get_values_for_type(x509.OtherName) if names is not None else ():
        if other.type_id == CNPJ_OF_HOLDER:
            return other.value[-_CNPJ_LENGTH:].decode("ascii", errors="replace")
    name = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(name[0].value).rpartition(":")[2] if name else ""


def _is_as_prescribed(signature: etree._Element, signed: etree._Element) -> bool:
    algorithms = [
        element.get("Algorithm") for element in signature.iter() if element.get("Algorithm") is not None
    ]  # in the order of the document
    references = signature.findall(f".//{{{DSIG}}}Reference")
    certificates = signature.findall(f".//{{{DSIG}}}X509Certificate")
    return (
        algorithms == [C14N, f"{DSIG}rsa-sha1", ENVELOPED, C14N, f"{DSIG}sha1"]
        and len(references) == 1
        and references[0].get("URI") == f"#{signed.get('Id')}"
        and len(certificates) == 1
    )


def _canonical(element: etree._Element | None) -> bytes:
    """
    Return the canonical form of an element where it stands.

    Canonicalising the element itself would write `xmlns=""` into its descendants; so a copy that is a document of its
    own, with the namespaces in scope declared on it, is canonicalised instead.
    """
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    return bytes(etree.tostring(alone, method="c14n"))


def _child(element: etree._Element, tag: str) -> etree._Element | None:
    return next((child for child in element if etree.QName(child).localname == tag), None)


def _decoded(signature: etree._Element, tag: str) -> bytes:
    return base64.b64decode("".join((signature.findtext(f".//{{{DSIG}}}{tag}") or "").split()))
