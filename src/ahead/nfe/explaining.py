"""What a cStat means to a person: what happened, whose turn it is, what to correct and where (`rejections.tsv`)."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ahead.nfe.verdicts import Verdict, verdict

_ITEM = re.compile(r"nItem\s*:\s*([0-9]{1,3})")
_PREFIX = re.compile(r"^\s*(?:[0-9]{3,4}\s*[-:]\s*)?Rejei[cç][aã]o\s*:?\s*", re.IGNORECASE)


class Turn(StrEnum):
    """Who must act next."""

    YOU = "você"
    US = "nós"
    SEFAZ = "SEFAZ"
    AHEAD = "AHEAD"


class Place(StrEnum):
    """Where it is corrected."""

    CUSTOMER = "cliente"
    PRODUCT = "produto"
    ORDER = "pedido"
    FISCAL_SETTINGS = "configuração fiscal"
    TAX_RULE = "regra tributária"
    CERTIFICATE = "certificado"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cStat for a person; `item` is the number of the line SEFAZ complains about, `reason` its own words."""

    cstat: str
    what: str
    turn: Turn
    remedy: str
    place: Place | None
    reason: str
    item: int | None


@dataclass(frozen=True, slots=True)
class _Row:
    turn: Turn
    place: Place | None
    what: str
    remedy: str


def explain(cstat: str, reason: str) -> Explanation:
    """Return what a cStat means; of one nobody wrote about, SEFAZ's own words and whom to ask."""
    row = _rows().get(cstat) or _GENERIC.get(verdict(cstat), _OTHER)
    words = _PREFIX.sub("", reason).strip()
    item = _ITEM.search(reason)
    return Explanation(
        cstat=cstat,
        what=row.what or words or f"A SEFAZ respondeu {cstat}.",
        turn=row.turn,
        remedy=row.remedy,
        place=row.place,
        reason=words,
        item=int(item[1]) if item else None,
    )


_OTHER = _Row(
    Turn.YOU,
    None,
    "",
    "Corrija o que a SEFAZ aponta e gere a nota de novo: o número é o mesmo. Na dúvida, mostre o texto ao contador.",
)
_GENERIC = {
    Verdict.AUTHORISED: _Row(Turn.US, None, "A nota está autorizada.", "Nada a fazer."),
    Verdict.CANCELLED: _Row(Turn.US, None, "A nota está cancelada.", "Nada a fazer."),
    Verdict.EVENT_OK: _Row(Turn.US, None, "O evento está registrado.", "Nada a fazer."),
    Verdict.INUTILISED: _Row(Turn.US, None, "Os números estão inutilizados.", "Nada a fazer."),
    Verdict.SERVICE_UP: _Row(Turn.US, None, "A SEFAZ está funcionando.", "Nada a fazer."),
    Verdict.FOUND: _Row(Turn.US, None, "O cadastro tem o contribuinte.", "Nada a fazer."),
    Verdict.UNKNOWN: _Row(
        Turn.US,
        None,
        "A resposta da SEFAZ não diz o que aconteceu com a nota.",
        "Consultamos pela chave antes de repetir; não emita outra nota para o pedido.",
    ),
}


@functools.cache
def _rows() -> dict[str, _Row]:
    text = Path(__file__).with_name("rejections.tsv").read_text(encoding="utf-8")
    found = {}
    for line in text.splitlines()[1:]:
        cstats, turn, place, what, remedy = line.split("\t")
        row = _Row(Turn(turn), Place(place) if place else None, what, remedy)
        found.update(dict.fromkeys(cstats.split(), row))
    return found
