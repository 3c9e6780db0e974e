"""
What the schemas of events and inutilizações in nfelib 3.2.0 do not know yet: CNPJ with letters, longer protocolos.

The official package PL_010d (June 2026) has the patterns below (NT 2025.001; seen in the schemas of sped-nfe and
DFe.NET); nfelib kept the files before it. In a value that matches one of them digits stand in for the letters, so that
the older schema still judges all the rest. A value that matches none stays as it is, and is found wrong.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from ahead.nfe.parsing import local

_LETTER = re.compile(r"[A-Z]")
_VALUES = {
    "chNFe": re.compile(r"[0-9]{6}[0-9A-Z]{12}[0-9]{26}"),
    "CNPJ": re.compile(r"[0-9A-Z]{12}[0-9]{2}"),
}
_IDS = {
    "infEvento": re.compile(r"ID[0-9]{12}[0-9A-Z]{12}[0-9]{28}"),
    "infInut": re.compile(r"ID[0-9]{4}[0-9A-Z]{12}[0-9]{25}"),
}
_LONG_PROTOCOLO = re.compile(r"[0-9]{17}")
_SHORT = 15


def with_standins(root: Any) -> Any:
    """Return a copy of a document in which what the older schemas do not know has a stand-in."""
    changed = copy.deepcopy(root)
    for element in changed.iter("{*}*"):
        name, value = local(element), element.text or ""
        if name in _VALUES and _VALUES[name].fullmatch(value):
            element.text = _LETTER.sub("0", value)
        elif name == "nProt" and _LONG_PROTOCOLO.fullmatch(value):
            element.text = value[:_SHORT]
        elif name in _IDS and _IDS[name].fullmatch(element.get("Id", "")):
            element.set("Id", "ID" + _LETTER.sub("0", element.get("Id")[2:]))
    return changed
