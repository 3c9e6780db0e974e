"""A nota that was written for one way to SEFAZ, as it is written for another: the same nota, number and code."""

from __future__ import annotations

import re
from datetime import datetime

from ahead.nfe.chave import check_digit
from ahead.nfe.errors import CannotWrite
from ahead.nfe.markup import moment, tag
from ahead.nfe.values import Contingency, Emission
from ahead.nfe.writing import entry_into_contingency
from ahead.nfe.writing_parties import csrt_hash

_CHAVE = re.compile(r'(?<=<infNFe Id="NFe)[0-9A-Z]{44}(?=")')
_IDE = re.compile(r"<ide>.*?</ide>", re.DOTALL)
_CONTINGENCY = re.compile(r"<dhCont>[^<]*</dhCont><xJust>[^<]*</xJust>")
_HASH = re.compile(r"<idCSRT>[^<]*</idCSRT><hashCSRT>[^<]*</hashCSRT>")
_UF, _SENDER_TO_NUMBER, _CODE = slice(0, 2), slice(6, 34), slice(35, 43)  # of a key: cUF; CNPJ to nNF; cNF


def rerouted(
    unsigned: bytes,
    *,
    emission: Emission,
    contingency: Contingency | None,
    issued_at: datetime,
    csrt_id: str = "",
    csrt: str = "",
) -> tuple[bytes, str]:
    """
    Return an unsigned nota of ours for another way, and its key: the way is part of it. All else stays as it is.

    `contingency` says since when and why that way is taken, None for the usual one. The code of the software house
    (`csrt`) is hashed with the key; without it the hash is left out.

    :raises CannotWrite: if it is no nota of ours, or the way and `contingency` do not go together.
    """
    document = unsigned.decode()
    found = _CHAVE.search(document)
    if found is None or _IDE.search(document) is None:
        raise CannotWrite("Não é uma nota como nós a escrevemos.")
    old = found[0]
    body = f"{old[_UF]}{issued_at:%y%m}{old[_SENDER_TO_NUMBER]}{emission}{old[_CODE]}"
    chave = body + check_digit(body)
    values = {"tpEmis": str(emission), "cDV": chave[-1]}
    since = entry_into_contingency(emission, contingency)

    def written(ide: str) -> str:
        ide = _CONTINGENCY.sub("", ide)
        ide = re.sub(r"<dhEmi>[^<]*</dhEmi>", moment("dhEmi", issued_at, "Data de emissão"), ide)
        for name, value in values.items():
            ide = re.sub(f"<{name}>[^<]*</{name}>", tag(name, value), ide)
        return ide.replace("</verProc>", f"</verProc>{since}")

    document = _CHAVE.sub(chave, document, count=1)
    document = _IDE.sub(lambda ide: written(ide[0]), document, count=1)
    hashed = tag("idCSRT", csrt_id) + tag("hashCSRT", csrt_hash(csrt, chave)) if csrt else ""
    return _HASH.sub(hashed, document, count=1).encode(), chave
