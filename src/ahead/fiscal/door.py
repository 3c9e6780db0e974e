"""The way to SEFAZ of a company: its certificate, and where SEFAZ is, for each environment and UF it issued in."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

from ahead.fiscal.certificates import current_certificate
from ahead.fiscal.models import Issuer
from ahead.nfe.authorizers import Endpoints
from ahead.nfe.certificate import Certificate
from ahead.nfe.sefaz import Sefaz
from ahead.nfe.transport import DEFAULT_TIMEOUT
from ahead.nfe.ufs import BY_CODE
from ahead.nfe.values import Environment

_CODE = slice(0, 2)  # of a key: cUF


@dataclass(frozen=True, slots=True)
class Place:
    """Where something of a company is at SEFAZ: in which environment, and of which UF."""

    environment: Environment
    uf: str


def place_of(chave: str, environment: str) -> Place:
    """
    Return where a nota is, or would be, at SEFAZ: where it was issued, whatever the set-up says today.

    :raises KeyError: if the key begins with the code of no UF.
    """
    return Place(Environment(environment), BY_CODE[chave[_CODE]])


class Doors:
    """Clients of SEFAZ for one company, each opened when it is first needed. Close it to close their connections."""

    def __init__(self, company_id: int) -> None:
        """
        Take the certificate the company has now.

        :raises NeedsAttention: if it has none.
        """
        self._certificate = current_certificate(company_id)
        self._open: dict[Place, Sefaz] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def to(self, place: Place) -> Sefaz:
        """Return the client for a place; call it from one thread, the clients may be used by several."""
        if place not in self._open:
            self._open[place] = self._stack.enter_context(_client(self._certificate, place))
        return self._open[place]


def open_sefaz(issuer: Issuer, *, patience: float | None = None) -> Sefaz:
    """
    Return a client of SEFAZ as the set-up of a company is now. `patience`: seconds it waits at most.

    :raises NeedsAttention: if the company has no certificate.
    """
    place = Place(Environment(issuer.environment), issuer.uf)
    return _client(current_certificate(issuer.company_id), place, patience=patience)


def _client(certificate: Certificate, place: Place, *, patience: float | None = None) -> Sefaz:
    address, authorities = settings.SEFAZ_ADDRESS, settings.SEFAZ_AUTHORITIES
    return Sefaz(
        certificate,
        uf=place.uf,
        environment=place.environment,
        endpoints=Endpoints.all_at(address) if address else None,
        ca=Path(authorities) if authorities else None,
        timeout=DEFAULT_TIMEOUT if patience is None else patience,
    )
