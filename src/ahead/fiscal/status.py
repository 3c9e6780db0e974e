"""Whether SEFAZ works now, and the SEFAZ Virtual de Contingência that stands in for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from ahead.accounts.models import Company
from ahead.fiscal.door import open_sefaz
from ahead.fiscal.models import Issuer
from ahead.lib.errors import NeedsAttention
from ahead.nfe.authorizers import authorizer_of, svc_of
from ahead.nfe.errors import SefazError
from ahead.nfe.explaining import explain
from ahead.nfe.sefaz import Sefaz
from ahead.nfe.values import Emission
from ahead.pending.models import Kind

_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Answered:
    """What one authorizer said of itself; `is_up` is None where no answer came."""

    authorizer: str
    is_contingency: bool
    is_up: bool | None
    text: str
    remedy: str
    seconds: float
    wait_seconds: int | None = None
    returns_at: datetime | None = None


def authorizers(issuer: Issuer) -> tuple[str, str]:
    """Return who authorises the notas of a company, and which SVC stands in; nothing before its UF is known."""
    if not issuer.uf:
        return "", ""
    return authorizer_of(issuer.uf), authorizer_of(issuer.uf, svc_of(issuer.uf))


def ask_sefaz(company: Company) -> Sequence[Answered]:
    """
    Ask both authorizers of a company at once whether they work: for a person who waits before a screen.

    :raises NeedsAttention: if the company has no certificate, or its UF is not known.
    """
    issuer = Issuer.objects.of(company).first()
    if issuer is None or not issuer.uf:
        raise NeedsAttention(
            "Não sabemos que SEFAZ perguntar: falta a UF da empresa.",
            remedy="Complete o endereço em Fiscal, Configuração fiscal.",
            kind=Kind.FISCAL_SETTINGS,
        )
    with open_sefaz(issuer, patience=_PATIENCE_SECONDS) as sefaz, ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda via: _asked(sefaz, via), (Emission.NORMAL, svc_of(issuer.uf))))


def _asked(sefaz: Sefaz, via: Emission) -> Answered:
    began = time.monotonic()
    name, is_contingency = authorizer_of(sefaz.uf, via), via is not Emission.NORMAL
    try:
        said = sefaz.status(via)
    except SefazError as error:
        remedy = "Tente de novo daqui a pouco. O que espera a SEFAZ segue sozinho quando ela responder."
        return Answered(name, is_contingency, None, str(error), remedy, time.monotonic() - began)
    return Answered(
        name,
        is_contingency,
        said.is_up,
        " ".join(part for part in (f"{said.cstat}: {said.reason}", said.observation) if part),
        "" if said.is_up else explain(said.cstat, said.reason).remedy,
        time.monotonic() - began,
        said.wait_seconds,
        said.returns_at,
    )
