"""Notas as rows, authorised and owed to Tray, for tests of what becomes of them there. Their signature is nobody's."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ahead.fiscal.models import Nota, NotaEntry, NotaXml
from ahead.orders.invoicing import begin_invoicing, finish_invoicing, lock_order
from ahead.orders.models import Order

_numbers = itertools.count(101)
_NAMESPACE = "http://www.portalfiscal.inf.br/nfe"
_PROTOCOL = f'<protNFe versao="4.00" xmlns="{_NAMESPACE}"><infProt><cStat>100</cStat></infProt></protNFe>'


def chave_of(number: int) -> str:
    """A key of a bakery's nota; its check digit is not asked for here."""
    return f"352611{11222333000181:014d}55001{number:09d}1{number:08d}0"


def signed_xml(nota_number: int, lines: Sequence[tuple[str, str]]) -> bytes:
    """A nota with these lines, as (code, CFOP)."""
    dets = "".join(
        f'<det nItem="{place}"><prod><cProd>{code}</cProd><xProd>Pão</xProd><NCM>19059090</NCM><CFOP>{cfop}</CFOP>'
        "<uCom>UN</uCom><qCom>1</qCom><vUnCom>10.00</vUnCom><vProd>10.00</vProd></prod></det>"
        for place, (code, cfop) in enumerate(lines, start=1)
    )
    return (
        f'<NFe xmlns="{_NAMESPACE}"><infNFe Id="NFe{chave_of(nota_number)}" versao="4.00"><ide><natOp>Venda</natOp>'
        f"<serie>1</serie><nNF>{nota_number}</nNF><dhEmi>2026-11-24T12:00:00-03:00</dhEmi><tpAmb>1</tpAmb></ide>"
        f"<emit><CNPJ>11222333000181</CNPJ><xNome>Padaria</xNome></emit>{dets}"
        "<total><ICMSTot><vProd>10.00</vProd><vNF>10.00</vNF></ICMSTot></total></infNFe></NFe>"
    ).encode()


def make_nota(
    order: Order,
    now: datetime,
    *,
    lines: Sequence[tuple[str, str]] | None = None,
    is_status_due: bool = True,
    **fields: Any,
) -> Nota:
    """An authorised nota of an open order, whose goods have left; it is owed to Tray since now."""
    company_id, number = order.company_id, next(_numbers)
    locked = lock_order(company_id, order.pk)
    begin_invoicing(locked, now=now)
    given: dict[str, Any] = {
        "environment": "1",
        "serie": 1,
        "number": number,
        "code": f"{number:08d}",
        "chave_de_acesso": chave_of(number),
        "state": Nota.State.AUTHORISED,
        "issued_at": now,
        "created_at": now,
        "updated_at": now,
        "created_by": "ana@padaria.example",
        "recipient": "Mariana Siqueira",
        "recipient_document": "39053344705",
        "recipient_uf": "SP",
        "items_total": order.items_total,
        "total": order.total,
        "cstat": "100",
        "protocol": "135260000000001",
        "authorised_at": now,
        "delivery": Nota.Delivery.DUE,
        "delivery_due_at": now,
        "is_status_due": is_status_due,
        **fields,
    }
    nota = Nota.objects.create(company_id=company_id, order=order, store_id=order.store_id, **given)
    if lines is None:
        lines = [(item.product.code, "5102") for item in order.items.all() if item.product]
    NotaXml.objects.create(
        company_id=company_id,
        nota=nota,
        version=nota.version,
        chave_de_acesso=nota.chave_de_acesso,
        signed=signed_xml(nota.number, lines),
        digest="",
        protocol_xml=_PROTOCOL.encode(),
        signed_at=now,
    )
    finish_invoicing(lock_order(company_id, order.pk), nota=str(nota), by="ana@padaria.example", now=now)
    return nota


def timeline(nota: Nota) -> list[str]:
    """What the timeline of a nota says."""
    return list(NotaEntry.objects.of(nota.company_id).filter(nota=nota).values_list("text", flat=True))
