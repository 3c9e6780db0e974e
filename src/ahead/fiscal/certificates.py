"""The certificate of a company, opened once per process: that costs as much as signing a hundred notas."""

from __future__ import annotations

import base64
import functools

from ahead.fiscal.models import DigitalCertificate
from ahead.lib.errors import NeedsAttention
from ahead.nfe.certificate import Certificate, open_certificate
from ahead.pending.models import Kind


@functools.lru_cache(maxsize=64)
def _opened(fingerprint: str, company_id: int, certificate_id: int) -> Certificate:
    row = DigitalCertificate.objects.of(company_id).get(pk=certificate_id, fingerprint=fingerprint)
    return open_certificate(base64.b64decode(row.pfx), row.password)


def current_certificate(company_id: int) -> Certificate:
    """
    Return the certificate a company signs with now.

    :raises NeedsAttention: if it has none.
    """
    row = DigitalCertificate.objects.of(company_id).filter(is_current=True).values_list("fingerprint", "pk").first()
    if row is None:
        raise NeedsAttention(
            "A empresa não tem certificado digital A1.",
            remedy="Envie o certificado em Fiscal, Configuração fiscal.",
            kind=Kind.FISCAL_SETTINGS,
        )
    return _opened(row[0], company_id, row[1])
