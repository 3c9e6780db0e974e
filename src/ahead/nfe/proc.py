"""
What is kept: the signed document and what SEFAZ answered, side by side in one (nfeProc, procEventoNFe, ProcInutNFe).

They are put together by concatenation: to parse them and write them anew may change what was signed.
"""

from __future__ import annotations

import re

from ahead.nfe.markup import NAMESPACE
from ahead.nfe.parsing import Unreadable, local, parsed

_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>\s*")


class CannotJoin(ValueError):
    """What was given is not a document of ours and the answer to it; the message says why."""


def nfe_proc(signed: bytes, prot_nfe: bytes) -> bytes:
    """
    Return the nfeProc of a signed nota and its protNFe.

    :raises CannotJoin: if they are no NFe and protNFe.
    """
    return _joined(b"nfeProc", b"4.00", (b"NFe", signed), (b"protNFe", prot_nfe))


def proc_evento(signed: bytes, ret_evento: bytes) -> bytes:
    """
    Return the procEventoNFe of a signed event and its retEvento.

    :raises CannotJoin: if they are no evento and retEvento.
    """
    return _joined(b"procEventoNFe", b"1.00", (b"evento", signed), (b"retEvento", ret_evento))


def proc_inutilizacao(signed: bytes, ret_inut: bytes) -> bytes:
    """
    Return the ProcInutNFe of a signed inutilização and its retInutNFe.

    :raises CannotJoin: if they are no inutNFe and retInutNFe.
    """
    return _joined(b"ProcInutNFe", b"4.00", (b"inutNFe", signed), (b"retInutNFe", ret_inut))


def _joined(name: bytes, version: bytes, *parts: tuple[bytes, bytes]) -> bytes:
    inside = b"".join(_part(expected.decode(), content) for expected, content in parts)
    start = b'<%s xmlns="%s" versao="%s">' % (name, NAMESPACE.encode(), version)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + start + inside + b"</%s>" % name


def _part(name: str, content: bytes) -> bytes:
    """Return a part without declaration; it must be what it should be, and mean the same below another element."""
    bare = _DECLARATION.sub(b"", content)
    try:
        root = parsed(bare)
    except Unreadable as error:
        raise CannotJoin(f"{name}: {error}") from error
    if local(root) != name or root.prefix or root.nsmap.get(None, NAMESPACE) != NAMESPACE:
        raise CannotJoin(f"em lugar de {name} veio {root.tag}")
    return bare
