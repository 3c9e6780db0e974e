"""A nota that is ready to be sent and would be refused as it is: it is signed anew, under its own number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ahead.fiscal import rules
from ahead.fiscal.building import contingency_of
from ahead.fiscal.certificates import valid_certificate
from ahead.fiscal.journal import note
from ahead.fiscal.models import Issuer, Nota, NotaXml
from ahead.fiscal.preparing import emission_of, store_xml
from ahead.nfe.certificate import Certificate
from ahead.nfe.errors import CannotWrite
from ahead.nfe.rerouting import rerouted
from ahead.nfe.schemas import problems
from ahead.nfe.signing import Signed, sign, signer_of, unsigned
from ahead.nfe.ufs import CODES
from ahead.nfe.values import Emission
from ahead.pending.operations import BY_ITSELF

RENEWED = ("version", "chave_de_acesso", "emission", "issued_at")  # what of a nota changes
_UF = slice(0, 2)  # of a key: cUF


@dataclass(frozen=True, slots=True)
class _InForce:
    """What a nota is to be signed with, and for which way."""

    issuer: Issuer
    certificate: Certificate
    emission: Emission


def renew(nota: Nota, *, now: datetime) -> bool:
    """
    Let a nota that is ready to be sent be for the way and of the certificate in force; return whether it may go now.

    Where SEFAZ may have the earlier bytes after all, nothing is changed: the nota is due again once it surely has not.
    What was signed before stays beside. Call it with the nota locked; the caller saves `RENEWED` and `due_at`.

    :raises CannotWrite: if it cannot be written for the other way.
    """
    signed = bytes(NotaXml.objects.of(nota.company_id).get(nota=nota, version=nota.version).signed)
    found = _in_force(nota, now)
    if found is None:
        return True  # nothing to sign it anew with
    is_rerouted = found.emission != nota.emission
    if not is_rerouted and signer_of(signed) == found.certificate.fingerprint:
        return True
    surely_at = rules.surely_absent_at(nota.absent_since, emission=nota.emission)
    if surely_at is not None and now < surely_at:
        nota.due_at = surely_at
        return False
    again = _rerouted(nota, signed, found, now) if is_rerouted else _signed_again(signed, found.certificate)
    nota.version += 1
    store_xml(nota, again, now=now)
    why = "para o caminho em vigor" if is_rerouted else "com o certificado atual"
    note(nota, f"Assinada de novo {why}, com o mesmo número.", by=BY_ITSELF, now=now)
    return True


def _in_force(nota: Nota, now: datetime) -> _InForce | None:
    issuer = Issuer.objects.of(nota.company_id).first()
    certificate = valid_certificate(nota.company_id, now=now)
    if issuer is None or certificate is None:
        return None
    is_of_uf = nota.chave_de_acesso[_UF] == CODES.get(issuer.uf)  # the contingency is that of one UF
    return _InForce(issuer, certificate, emission_of(issuer) if is_of_uf else Emission.NORMAL)


def _signed_again(signed: bytes, certificate: Certificate) -> Signed:
    return sign(unsigned(signed), certificate=certificate)


def _rerouted(nota: Nota, signed: bytes, found: _InForce, now: datetime) -> Signed:
    issued_at = rules.local_time(now, found.issuer.uf)
    document, chave = rerouted(
        unsigned(signed),
        emission=found.emission,
        contingency=contingency_of(found.issuer, found.emission),
        issued_at=issued_at,
        csrt_id=found.issuer.csrt_id,
        csrt=found.issuer.csrt,
    )
    again = sign(document, certificate=found.certificate)
    if wrong := problems(again.xml, on=issued_at.date()):
        raise CannotWrite(f"Para o outro caminho a nota não passa no esquema oficial: {wrong[0]}")
    nota.chave_de_acesso, nota.emission, nota.issued_at = chave, found.emission, issued_at
    return again
