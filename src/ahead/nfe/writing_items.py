"""The lines of a nota (`det`)."""

from __future__ import annotations

from ahead.nfe.errors import CannotWrite
from ahead.nfe.markup import group, maybe, money, money_if_any, number, optional, price, tag, text
from ahead.nfe.totals import has_ibs_cbs, item_total
from ahead.nfe.values import Item, NotaFiscal
from ahead.nfe.writing_taxes import imposto, imposto_devolvido

WITHOUT_GTIN = "SEM GTIN"
_MOST_ITEMS = 990


def lines(nota: NotaFiscal) -> str:
    """
    Return `det` for each item.

    :raises CannotWrite: if there are none or too many, or one cannot be written; the message says which.
    """
    if not 1 <= len(nota.items) <= _MOST_ITEMS:
        raise CannotWrite(f"A nota tem {len(nota.items)} itens; uma NF-e tem de 1 a {_MOST_ITEMS}.")
    tells_total = has_ibs_cbs(nota.items)
    return "".join(_line(place, item, tells_total=tells_total) for place, item in enumerate(nota.items, start=1))


def _line(place: int, item: Item, *, tells_total: bool) -> str:
    try:
        parts = (
            _product(item),
            imposto(item.taxes),
            imposto_devolvido(item),
            maybe("infAdProd", item.note, "Informação adicional", longest=500),
            money("vItem", item_total(item)) if tells_total else "",
            _reference(item),
        )
    except CannotWrite as error:
        raise CannotWrite(f"Item {place} ({item.code or 'sem código'}): {error}") from error
    return f'<det nItem="{place}">{"".join(parts)}</det>'


def _product(item: Item) -> str:
    gtin = item.gtin or WITHOUT_GTIN
    unit_price = item.unit_price
    return group(
        "prod",
        text("cProd", item.code, "Código do produto"),
        text("cEAN", gtin, "GTIN", longest=14),
        text("xProd", item.description, "Descrição do produto", longest=120, cut=True),
        text("NCM", item.ncm, "NCM", longest=8),
        maybe("CEST", item.cest, "CEST", longest=7),
        maybe("cBenef", item.beneficio, "Código de benefício fiscal (cBenef)", longest=10),
        text("CFOP", item.cfop, "CFOP", longest=4),
        text("uCom", item.unit, "Unidade", longest=6),
        number("qCom", item.quantity, 4),
        price("vUnCom", unit_price),
        money("vProd", item.amount),
        text("cEANTrib", gtin, "GTIN", longest=14),
        text("uTrib", item.unit, "Unidade", longest=6),
        number("qTrib", item.quantity, 4),
        price("vUnTrib", unit_price),
        money_if_any("vFrete", item.freight),
        money_if_any("vSeg", item.insurance),
        money_if_any("vDesc", item.discount),
        money_if_any("vOutro", item.other),
        tag("indTot", "1"),
        maybe("xPed", item.order_number, "Número do pedido no item", longest=15),
        optional("nItemPed", str(item.order_item) if item.order_item is not None else ""),
    )


def _reference(item: Item) -> str:
    if not item.reference:
        return ""
    line = optional("nItem", str(item.reference_item) if item.reference_item is not None else "")
    return group("DFeReferenciado", text("chaveAcesso", item.reference, "Chave da nota referenciada", longest=44), line)
