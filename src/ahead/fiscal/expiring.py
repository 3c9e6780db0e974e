"""Certificates that expire: said 30, 15, 7 and 1 days before, and once they have."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from ahead.fiscal import rules
from ahead.fiscal.models import DigitalCertificate
from ahead.pending.keys import CERTIFICATE_EXPIRY
from ahead.pending.models import Kind, PendingMatter
from ahead.pending.operations import Matter, close_matters, open_matters

_SEEN_AGAIN = timedelta(days=1)


def watch_certificates(*, now: datetime) -> int:
    """
    Open what is pending about certificates that expire soon, close it where that is over; return how many changed.

    It may be asked at any moment: what was said already is only said again on another day, or in other words.
    """
    soon = now + timedelta(days=rules.WARNED_FROM_DAYS)
    expiring = DigitalCertificate.objects.across_companies().filter(is_current=True, not_after__lt=soon)
    rows = PendingMatter.objects.across_companies().filter(
        kind=Kind.CERTIFICATE, key=CERTIFICATE_EXPIRY, resolved_at=None
    )
    told = {company_id: (text, at) for company_id, text, at in rows.values_list("company_id", "text", "last_seen_at")}
    changed = 0
    for certificate in expiring.order_by("company_id"):
        text, seen_at = told.pop(certificate.company_id, ("", now))
        matter = _matter(certificate, now)
        if matter.text != text or seen_at < now - _SEEN_AGAIN:
            with transaction.atomic():
                open_matters(certificate.company_id, [matter], now=now)
            changed += 1
    return changed + sum(_close(company_id, now) for company_id in told)


def _close(company_id: int, now: datetime) -> int:
    return close_matters(company_id, kind=Kind.CERTIFICATE, keys=[CERTIFICATE_EXPIRY], now=now)


def _matter(certificate: DigitalCertificate, now: datetime) -> Matter:
    return Matter(
        kind=Kind.CERTIFICATE,
        key=CERTIFICATE_EXPIRY,
        text=rules.expiry_text(certificate.name, certificate.not_after, now=now),
        remedy="Peça a renovação à certificadora e envie o arquivo novo em Fiscal, Certificado digital.",
        facts={"certificate": certificate.pk},
    )
