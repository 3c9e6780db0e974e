"""Reading a nota back, ours or another's, alone or in its nfeProc: for exports and for checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ahead.nfe.markup import NAMESPACE
from ahead.nfe.parsing import Unreadable, parsed

__all__ = ["ItemSummary", "NotaSummary", "Unreadable", "read_nota"]

_N = {"n": NAMESPACE}
_ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSummary:
    """A line of a nota."""

    place: int
    code: str
    gtin: str
    description: str
    ncm: str
    cfop: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    freight: Decimal
    discount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NotaSummary:
    """A nota as it says of itself; the last three are of its protNFe, where it has one."""

    chave: str
    environment: str
    serie: int
    number: int
    issued_at: datetime
    natureza: str
    emitter_cnpj: str
    emitter_name: str
    recipient_document: str
    recipient_name: str
    recipient_uf: str
    products: Decimal
    total: Decimal
    items: tuple[ItemSummary, ...]
    protocolo: str = ""
    authorised_at: datetime | None = None
    status: str = ""  # cStat


def read_nota(xml: bytes) -> NotaSummary:
    """
    Read an NFe or an nfeProc.

    :raises Unreadable: if it is none, or lacks what every nota has.
    """
    root = parsed(xml)
    nota = root if root.tag == f"{{{NAMESPACE}}}NFe" else root.find("n:NFe", _N)
    inside = None if nota is None else nota.find("n:infNFe", _N)
    if inside is None:
        raise Unreadable("não é uma NF-e")
    try:
        return _summary(inside, root.find("n:protNFe/n:infProt", _N))
    except (ValueError, InvalidOperation) as error:
        raise Unreadable(f"a NF-e tem um valor que não se lê: {error}") from error


def _summary(inside: Any, protocol: Any) -> NotaSummary:
    received = "" if protocol is None else _text(protocol, "dhRecbto")
    return NotaSummary(
        chave=inside.get("Id", "").removeprefix("NFe"),
        environment=_required(inside, "ide/tpAmb"),
        serie=int(_required(inside, "ide/serie")),
        number=int(_required(inside, "ide/nNF")),
        issued_at=datetime.fromisoformat(_required(inside, "ide/dhEmi")),
        natureza=_required(inside, "ide/natOp"),
        emitter_cnpj=_text(inside, "emit/CNPJ") or _text(inside, "emit/CPF"),
        emitter_name=_required(inside, "emit/xNome"),
        recipient_document=_text(inside, "dest/CNPJ") or _text(inside, "dest/CPF"),
        recipient_name=_text(inside, "dest/xNome"),
        recipient_uf=_text(inside, "dest/enderDest/UF"),
        products=Decimal(_required(inside, "total/ICMSTot/vProd")),
        total=Decimal(_required(inside, "total/ICMSTot/vNF")),
        items=tuple(_item(line) for line in inside.iterfind("n:det", _N)),
        protocolo="" if protocol is None else _text(protocol, "nProt"),
        authorised_at=datetime.fromisoformat(received) if received else None,
        status="" if protocol is None else _text(protocol, "cStat"),
    )


def _item(line: Any) -> ItemSummary:
    product = line.find("n:prod", _N)
    if product is None:
        raise Unreadable("há um item sem produto")
    return ItemSummary(
        place=int(line.get("nItem", "")),
        code=_required(product, "cProd"),
        gtin=_text(product, "cEAN").removeprefix("SEM GTIN"),
        description=_required(product, "xProd"),
        ncm=_required(product, "NCM"),
        cfop=_required(product, "CFOP"),
        unit=_required(product, "uCom"),
        quantity=Decimal(_required(product, "qCom")),
        unit_price=Decimal(_required(product, "vUnCom")),
        amount=Decimal(_required(product, "vProd")),
        freight=Decimal(_text(product, "vFrete") or _ZERO),
        discount=Decimal(_text(product, "vDesc") or _ZERO),
    )


def _text(element: Any, path: str) -> str:
    return element.findtext("/".join(f"n:{step}" for step in path.split("/")), "", _N) or ""


def _required(element: Any, path: str) -> str:
    found = _text(element, path)
    if not found:
        raise Unreadable(f"falta {path}")
    return found
