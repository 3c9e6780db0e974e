"""The certificate of a company, opened once per process: that costs as much as signing a hundred notas."""

from __future__ import annotations

import base64
import functools
from datetime import datetime

from ahead.fiscal import rules
from ahead.fiscal.models import DigitalCertificate
from ahead.lib.errors import NeedsAttention
from ahead.nfe.certificate import Certificate, open_certificate
from ahead.nfe.signing import signer_of
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


def signing_certificate(company_id: int, *, now: datetime) -> Certificate:
    """
    Return the certificate a company may sign with now: SEFAZ refuses what one signed that is not valid.

    :raises NeedsAttention: if it has none, or its certificate has expired or is not valid yet.
    """
    certificate = current_certificate(company_id)
    if not _is_valid(certificate, now):
        raise NeedsAttention(
            rules.not_valid_text(certificate.name, certificate.not_before, certificate.not_after, now=now),
            remedy="Envie o certificado em vigor em Fiscal, Certificado digital.",
            kind=Kind.CERTIFICATE,
        )
    return certificate


def valid_certificate(company_id: int, *, now: datetime) -> Certificate | None:
    """Return the certificate a company signs with, None where it has none that is valid now."""
    row = DigitalCertificate.objects.of(company_id).filter(is_current=True).values_list("fingerprint", "pk").first()
    certificate = _opened(row[0], company_id, row[1]) if row is not None else None
    return certificate if certificate is not None and _is_valid(certificate, now) else None


def newer_certificate(company_id: int, signed: bytes, *, now: datetime) -> Certificate | None:
    """Return the certificate that a document is to be signed anew with, None where the current one signed it."""
    certificate = valid_certificate(company_id, now=now)
    return None if certificate is None or certificate.fingerprint == signer_of(signed) else certificate


def _is_valid(certificate: Certificate, now: datetime) -> bool:
    return certificate.not_before <= now <= certificate.not_after
