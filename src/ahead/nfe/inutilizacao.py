"""Voiding numbers that no nota used (inutilização), unsigned; `signing` signs its infInut."""

from __future__ import annotations

from ahead.nfe.chave import MODEL
from ahead.nfe.errors import CannotWrite
from ahead.nfe.markup import NAMESPACE, tag, text
from ahead.nfe.ufs import CODES
from ahead.nfe.values import Environment

_LARGEST_SERIE = 999
_LARGEST_NUMBER = 999_999_999


def inutilizacao(
    *, uf: str, cnpj: str, environment: Environment, year: int, serie: int, first: int, last: int, reason: str
) -> bytes:
    """
    Return the request to void the numbers from `first` to `last` of a série.

    :param year: the one the numbers belong to, of four digits.
    :raises CannotWrite: if the reason has not 15 to 255 characters, there are no such numbers, or a value does not fit.
    """
    if uf not in CODES:
        raise CannotWrite(f"Inutilização: a UF {uf!r} do emitente não existe.")
    if not (0 <= serie <= _LARGEST_SERIE and 1 <= first <= last <= _LARGEST_NUMBER):
        raise CannotWrite(f"Inutilização: não há números de {first} a {last} na série {serie}.")
    short_year = f"{year % 100:02}"
    name = f"ID{CODES[uf]}{short_year}{cnpj}{MODEL}{serie:03}{first:09}{last:09}"
    inside = (
        tag("tpAmb", environment),
        tag("xServ", "INUTILIZAR"),
        tag("cUF", CODES[uf]),
        tag("ano", short_year),
        text("CNPJ", cnpj, "CNPJ do emitente", shortest=14, longest=14),
        tag("mod", MODEL),
        tag("serie", str(serie)),
        tag("nNFIni", str(first)),
        tag("nNFFin", str(last)),
        text("xJust", reason, "Justificativa da inutilização", shortest=15, longest=255),
    )
    signed = f'<infInut Id="{name}">{"".join(inside)}</infInut>'
    return f'<inutNFe xmlns="{NAMESPACE}" versao="4.00">{signed}</inutNFe>'.encode()
