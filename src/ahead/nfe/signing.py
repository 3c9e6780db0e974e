"""
The signature of a document, as xmldsig-core-schema_v1.01.xsd fixes it: enveloped, C14N 1.0, SHA-1 and RSA.

SHA-1 is not our choice: the schema takes nothing else. `canonical` makes a part of a document canonical, and names
the trap in it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding

from ahead.nfe.canonical import Ambiguous, canonical, cut_out, place_of
from ahead.nfe.certificate import Certificate
from ahead.nfe.markup import NAMESPACE
from ahead.nfe.parsing import Unreadable, local, parsed

DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_DS = {"ds": DSIG}
_SIGNATURE_BEGINS, _SIGNATURE_ENDS = f'<Signature xmlns="{DSIG}">'.encode(), b"</Signature>"
_CERTIFICATE = re.compile(rb"<X509Certificate>([0-9A-Za-z+/=]+)</X509Certificate>")
_ALGORITHMS = (
    ("ds:SignedInfo/ds:CanonicalizationMethod", (C14N,)),
    ("ds:SignedInfo/ds:SignatureMethod", (f"{DSIG}rsa-sha1",)),
    ("ds:SignedInfo/ds:Reference/ds:Transforms/ds:Transform", (f"{DSIG}enveloped-signature", C14N)),
    ("ds:SignedInfo/ds:Reference/ds:DigestMethod", (f"{DSIG}sha1",)),
)


class CannotSign(ValueError):
    """A document has not the one part that is to be signed, or is signed already."""


class BadSignature(ValueError):
    """A document is not what was signed, or was not signed the way NF-e asks for; the message says which."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed document; `reference` is the Id of what was signed, `digest` its DigestValue (digVal of SEFAZ)."""

    xml: bytes
    digest: str
    reference: str


def sign(document: bytes, *, certificate: Certificate, tag: str = "infNFe") -> Signed:
    """
    Sign a part of a document of ours: infNFe, infEvento or infInut.

    What is returned is the canonical document, with the signature right after that part: the bytes to keep and to send.

    :raises CannotSign: if that part is not there exactly once, or the document is signed already.
    """
    root = _signable(document)
    part = _part_to_sign(root, tag)
    reference = part.get("Id")
    whole = canonical(root)
    _, end = place_of(whole, part)
    digest = _digest(cut_out(whole, part))
    signed_info = _signed_info(reference, digest)
    value = base64.b64encode(certificate.key.sign(signed_info.encode(), PKCS1v15(), SHA1()))  # noqa: S303
    signature = _signature(signed_info, value.decode(), certificate.certificate)
    return Signed(whole[:end] + signature.encode() + whole[end:], digest, reference)


def unsigned(signed: bytes) -> bytes:
    """
    Return a signed document of ours as it was before: the signature is cut out, no other byte changes.

    :raises CannotSign: if there is not exactly one signature in it.
    """
    if signed.count(_SIGNATURE_BEGINS) != 1 or signed.count(_SIGNATURE_ENDS) != 1:
        raise CannotSign("o documento não traz uma só assinatura")
    before, _, rest = signed.partition(_SIGNATURE_BEGINS)
    return before + rest.partition(_SIGNATURE_ENDS)[2]


def signer_of(signed: bytes) -> str:
    """
    Return the fingerprint of the certificate a document of ours was signed with (`Certificate.fingerprint`).

    :raises CannotSign: if it carries none.
    """
    found = _CERTIFICATE.search(signed)
    if found is None:
        raise CannotSign("o documento não traz o certificado de quem assinou")
    return hashlib.sha256(base64.b64decode(found[1])).hexdigest()


def _signable(document: bytes) -> Any:
    try:
        root = parsed(document)
    except Unreadable as error:
        raise CannotSign(str(error)) from error
    if root.nsmap != {None: NAMESPACE}:
        raise CannotSign(f"{local(root)} traz outros espaços de nomes além de {NAMESPACE}")
    if root.find(".//ds:Signature", _DS) is not None:
        raise CannotSign(f"{local(root)} já está assinado")
    return root


def _part_to_sign(root: Any, tag: str) -> Any:
    found = list(root.iter(f"{{{NAMESPACE}}}{tag}"))
    if len(found) != 1 or found[0].getparent() is not root or not found[0].get("Id"):
        raise CannotSign(f"não há um só {tag} com um Id logo abaixo de {local(root)}")
    return found[0]


def _signed_info(reference: str, digest: str) -> str:
    """In its canonical form, as it stands alone; inside of Signature it has the same one."""
    transforms = (
        f'<Transform Algorithm="{DSIG}enveloped-signature"></Transform><Transform Algorithm="{C14N}"></Transform>'
    )
    return (
        f'<SignedInfo xmlns="{DSIG}">'
        f'<CanonicalizationMethod Algorithm="{C14N}"></CanonicalizationMethod>'
        f'<SignatureMethod Algorithm="{DSIG}rsa-sha1"></SignatureMethod>'
        f'<Reference URI="#{reference}"><Transforms>{transforms}</Transforms>'
        f'<DigestMethod Algorithm="{DSIG}sha1"></DigestMethod><DigestValue>{digest}</DigestValue></Reference>'
        "</SignedInfo>"
    )


def _signature(signed_info: str, value: str, certificate: x509.Certificate) -> str:
    inherited = signed_info.replace(f' xmlns="{DSIG}"', "", 1)
    encoded = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    return (
        f'<Signature xmlns="{DSIG}">{inherited}<SignatureValue>{value}</SignatureValue>'
        f"<KeyInfo><X509Data><X509Certificate>{encoded}</X509Certificate></X509Data></KeyInfo></Signature>"
    )


def verify(xml: bytes) -> None:
    """
    Check that a signed document (NFe, evento, inutNFe) is byte for byte what the key of its certificate signed.

    Whether that certificate may sign for whom it names is another question (`certificate.problems`).

    :raises BadSignature: if it is not, or is signed in another way than NF-e asks for.
    """
    try:
        _verify(parsed(xml))
    except (Unreadable, Ambiguous) as error:
        raise BadSignature(str(error)) from error


def _verify(root: Any) -> None:
    signature = _only([one for one in root.iter(f"{{{DSIG}}}Signature") if one.getparent() is root], "assinatura")
    _check_algorithms(signature)
    whole = canonical(root)
    part = _signed_part(root, signature)
    if _digest(cut_out(whole, part)) != _text(signature, "ds:SignedInfo/ds:Reference/ds:DigestValue"):
        raise BadSignature(f"o conteúdo de {local(part)} mudou depois de assinado")
    signed_info = cut_out(whole, _only(signature.findall("ds:SignedInfo", _DS), "SignedInfo"))
    _check_value(signature, signed_info)


def _check_algorithms(signature: Any) -> None:
    for path, expected in _ALGORITHMS:
        if tuple(one.get("Algorithm") for one in signature.iterfind(path, _DS)) != expected:
            raise BadSignature(f"{path.rpartition(':')[2]} não é o que a NF-e pede")


def _signed_part(root: Any, signature: Any) -> Any:
    """Return the part of the document that the one reference names: a sibling of the signature."""
    reference = _only(signature.findall("ds:SignedInfo/ds:Reference", _DS), "Reference")
    uri = reference.get("URI", "")
    named = [one for one in root.iter("{*}*") if f"#{one.get('Id')}" == uri]
    part = _only(named, f"parte com o Id {uri[1:]}")
    if part.getparent() is not root:
        raise BadSignature(f"a assinatura não é de uma parte de {local(root)}")
    return part


def _check_value(signature: Any, signed_info: bytes) -> None:
    try:
        encoded = base64.b64decode(_text(signature, "ds:KeyInfo/ds:X509Data/ds:X509Certificate"))
        key = x509.load_der_x509_certificate(encoded).public_key()
        value = base64.b64decode(_text(signature, "ds:SignatureValue"))
    except ValueError as error:
        raise BadSignature("o certificado da assinatura não pode ser lido") from error
    if not isinstance(key, RSAPublicKey):
        raise BadSignature("o certificado da assinatura não é RSA")
    try:
        key.verify(value, signed_info, PKCS1v15(), SHA1())  # noqa: S303
    except InvalidSignature:
        raise BadSignature("a assinatura não confere com o certificado") from None


def _text(signature: Any, path: str) -> str:
    """Return the one value at a path, without the breaks that other programs put into base64."""
    found = _only(signature.findall(path, _DS), path.rpartition(":")[2])
    return "".join((found.text or "").split())


def _only(found: list[Any], what: str) -> Any:
    if len(found) != 1:
        raise BadSignature(f"há {len(found)} {what}, e devia haver 1")
    return found[0]


def _digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
