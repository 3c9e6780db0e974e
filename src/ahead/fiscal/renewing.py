"""A nota that is ready to be sent and would be refused as it is: it is signed anew, under its own number."""

from __future__ import annotations

from datetime import datetime

from ahead.fiscal import rules
from ahead.fiscal.certificates import newer_certificate
from ahead.fiscal.journal import note
from ahead.fiscal.models import Nota, NotaXml
from ahead.fiscal.preparing import store_xml
from ahead.nfe.signing import sign, unsigned
from ahead.pending.operations import BY_ITSELF


def renew(nota: Nota, *, now: datetime) -> bool:
    """
    Let a nota that is ready to be sent carry the signature of the certificate in force; return whether it may go now.

    Where SEFAZ may have the earlier bytes after all, nothing is changed: the nota is due again once it surely has not.
    What was signed before stays beside. Call it with the nota locked; the caller saves it.
    """
    signed = bytes(NotaXml.objects.of(nota.company_id).get(nota=nota, version=nota.version).signed)
    certificate = newer_certificate(nota.company_id, signed, now=now)
    if certificate is None:
        return True
    if nota.absent_since is not None and not rules.is_surely_absent(nota.absent_since, now=now):
        nota.due_at = nota.absent_since + rules.SURELY_ABSENT_AFTER
        return False
    nota.version += 1
    store_xml(nota, sign(unsigned(signed), certificate=certificate), now=now)
    note(nota, "Assinada de novo com o certificado atual, com o mesmo número.", by=BY_ITSELF, now=now)
    return True
