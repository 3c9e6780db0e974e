"""From what SEFAZ rejected to the very field that is corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ahead.fiscal.archive import NotaLine, lines_of
from ahead.fiscal.models import Nota
from ahead.nfe.explaining import Place, explain

Record = Literal["customer", "delivery", "product", "order", "issuer", "tax_rules", "certificate"]


def _by_cstat(table: dict[str, str]) -> dict[str, str]:
    return {cstat: field for field, cstats in table.items() for cstat in cstats.split()}


_OF_CUSTOMER = _by_cstat(
    {
        "document": "208 237 401 719 721 302 303 258 259 260 261 262 263 264 265",
        "name": "724",
        "inscricao_estadual": "210 232 728 233 234 246 624",
        "indicador_ie": "791 805 696",
        "street": "726",
        "city": "274 275",
        "uf": "508 507 509 510 511 720 727 771 790 792",
    }
)
_OF_DELIVERY = _by_cstat({"city": "278 279 541", "recipient": "514 515"})
_OF_PRODUCT = _by_cstat(
    {
        "ncm": "471 529 777 778 793 891 892 893 895",
        "cest": "806",
        "gtin": "611 612 882 883 884 885 886 887 888 889 890 894",
    }
)
_SET_UP: dict[Place | None, Record] = {
    Place.FISCAL_SETTINGS: "issuer",
    Place.TAX_RULE: "tax_rules",
    Place.CERTIFICATE: "certificate",
}


@dataclass(frozen=True, slots=True)
class Remedy:
    """The record in which what was rejected is corrected, and the field; `subject_id` is nothing for the set-up."""

    record: Record
    subject_id: int | None = None
    field: str = ""


def remedy_of(nota: Nota, lines: Sequence[NotaLine] | None = None) -> Remedy | None:
    """
    Return where to correct what SEFAZ rejected of a nota; None where no record of ours is named.

    Its lines are read where they are asked for and not given.
    """
    why = explain(nota.cstat, nota.reason)
    if why.place == Place.CUSTOMER and nota.order.customer_id:
        return Remedy("customer", nota.order.customer_id, _OF_CUSTOMER.get(nota.cstat, "name"))
    if why.place == Place.ORDER and nota.cstat in _OF_DELIVERY:
        return Remedy("delivery", nota.order_id, _OF_DELIVERY[nota.cstat])
    if why.place == Place.PRODUCT and (product_id := _product(lines_of(nota) if lines is None else lines, why.item)):
        return Remedy("product", product_id, _OF_PRODUCT.get(nota.cstat, "ncm"))
    if record := _SET_UP.get(why.place):
        return Remedy(record)
    return Remedy("order", nota.order_id) if why.place else None


def _product(lines: Sequence[NotaLine], place: int | None) -> int | None:
    """Return the product of the line SEFAZ names; of a nota with one line, that one."""
    found = {line.item.place: line.product_id for line in lines}
    return found.get(place or 0) or (next(iter(found.values())) if len(found) == 1 else None)
