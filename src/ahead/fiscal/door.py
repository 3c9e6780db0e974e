"""The way to SEFAZ of a company: its certificate, its UF, and where SEFAZ is."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from ahead.fiscal.certificates import current_certificate
from ahead.fiscal.models import Issuer
from ahead.nfe.authorizers import Endpoints
from ahead.nfe.sefaz import Sefaz
from ahead.nfe.transport import DEFAULT_TIMEOUT
from ahead.nfe.values import Environment


def open_sefaz(issuer: Issuer, *, patience: float | None = None) -> Sefaz:
    """
    Return a client of SEFAZ for a company; close it to close its connections. `patience`: seconds it waits at most.

    :raises NeedsAttention: if the company has no certificate.
    """
    address, authorities = settings.SEFAZ_ADDRESS, settings.SEFAZ_AUTHORITIES
    return Sefaz(
        current_certificate(issuer.company_id),
        uf=issuer.uf,
        environment=Environment(issuer.environment),
        endpoints=Endpoints.all_at(address) if address else None,
        ca=Path(authorities) if authorities else None,
        timeout=DEFAULT_TIMEOUT if patience is None else patience,
    )
