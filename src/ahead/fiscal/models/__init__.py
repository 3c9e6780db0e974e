"""Tables of fiscal."""

from ahead.fiscal.models.issuers import Crt, DigitalCertificate, Environment, Intermediary, Issuer, NumberSeries
from ahead.fiscal.models.notas import Inutilizacao, Nota, NotaEntry, NotaEvent, NotaXml
from ahead.fiscal.models.presses import Press, PressOrder

__all__ = [
    "Crt",
    "DigitalCertificate",
    "Environment",
    "Intermediary",
    "Inutilizacao",
    "Issuer",
    "Nota",
    "NotaEntry",
    "NotaEvent",
    "NotaXml",
    "NumberSeries",
    "Press",
    "PressOrder",
]
