"""Which SEFAZ answers for a UF, and where its services are (model 55). The addresses are in `authorizers.tsv`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ahead.nfe.errors import NotOffered
from ahead.nfe.ufs import CODES
from ahead.nfe.values import Emission, Environment

_OWN = frozenset({"AM", "BA", "GO", "MG", "MS", "MT", "PE", "PR", "RS", "SP"})
_SVAN = frozenset({"MA"})
_HELPED_BY_RS = frozenset({"AM", "BA", "GO", "MA", "MS", "MT", "PE", "PR"})  # SVC-RS; all others SVC-AN


class Service(StrEnum):
    """A service, by the name its namespace ends with."""

    STATUS = "NFeStatusServico4"
    AUTHORISATION = "NFeAutorizacao4"
    QUERY = "NFeConsultaProtocolo4"
    EVENT = "NFeRecepcaoEvento4"
    INUTILISATION = "NFeInutilizacao4"
    REGISTRATION = "CadConsultaCadastro4"

    @property
    def method(self) -> str:
        """Its one operation, as the action of SOAP names it."""
        return _METHODS[self]


_METHODS = {
    Service.STATUS: "nfeStatusServicoNF",
    Service.AUTHORISATION: "nfeAutorizacaoLote",
    Service.QUERY: "nfeConsultaNF",
    Service.EVENT: "nfeRecepcaoEvento",
    Service.INUTILISATION: "nfeInutilizacaoNF",
    Service.REGISTRATION: "consultaCadastro",
}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where services are: at SEFAZ, or all at one address, as in a rehearsal."""

    base: str = ""

    @classmethod
    def all_at(cls, base: str) -> Endpoints:
        """Return endpoints that send everything to one server, at `base`/AUTHORIZER/SERVICE."""
        return cls(base.rstrip("/"))

    def address(self, authorizer: str, service: Service, environment: Environment) -> str:
        """
        Return the address of a service.

        :raises NotOffered: if the authorizer has no such service.
        """
        if self.base:
            return f"{self.base}/{authorizer}/{service}"
        found = _addresses().get((authorizer, service, environment))
        if found is None:
            raise NotOffered(service=service, authorizer=authorizer)
        return found


def authorizer_of(uf: str, via: Emission = Emission.NORMAL) -> str:
    """
    Return who authorises notas of a UF: the UF itself, SVAN, SVRS, or one of the two SVC.

    :raises ValueError: if there is no such UF.
    """
    if uf not in CODES:
        raise ValueError(f"não há UF {uf!r}")
    if via is not Emission.NORMAL:
        return {Emission.SVC_AN: "SVC-AN", Emission.SVC_RS: "SVC-RS"}[via]
    if uf in _OWN:
        return uf
    return "SVAN" if uf in _SVAN else "SVRS"


def svc_of(uf: str) -> Emission:
    """
    Return which SEFAZ Virtual de Contingência stands in for a UF, as `tpEmis` says it.

    :raises ValueError: if there is no such UF.
    """
    if uf not in CODES:
        raise ValueError(f"não há UF {uf!r}")
    return Emission.SVC_RS if uf in _HELPED_BY_RS else Emission.SVC_AN


@functools.cache
def _addresses() -> dict[tuple[str, Service, Environment], str]:
    text = Path(__file__).with_name("authorizers.tsv").read_text(encoding="utf-8")
    found = {}
    for line in text.splitlines()[1:]:
        authorizer, service, homologation, production = line.split("\t")
        found[authorizer, Service(service), Environment.HOMOLOGATION] = homologation
        found[authorizer, Service(service), Environment.PRODUCTION] = production
    return found
