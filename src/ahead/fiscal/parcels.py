"""What goes to Tray of each nota: the whole nfeProc, and the CFOP of each thing Tray sold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q

from ahead.fiscal.delivery_rules import CfopRow, SoldLine, cfops_of
from ahead.fiscal.models import Environment, Nota, NotaXml
from ahead.lib.brasilia import BRASILIA
from ahead.nfe.proc import CannotJoin, nfe_proc
from ahead.nfe.reading import Unreadable, read_nota
from ahead.orders.models import OrderItem

_DEAD = (Nota.State.CANCELLED, Nota.State.VOIDED)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One nota on its way to an order at Tray."""

    nota_id: int
    tray_order_id: int
    chave_de_acesso: str
    number: str
    serie: str
    issued_on: date  # Brasília's day
    total: Decimal
    was_in_doubt: bool  # sent before, and not answered: look for it first
    replaces: frozenset[str]  # keys of our own notas of this order that do not count any more
    xml: str = field(default="", repr=False)
    cfops: tuple[CfopRow, ...] = ()
    problem: str = ""  # why it cannot be sent at all


def parcels_of(company_id: int, notas: Sequence[Nota]) -> list[Parcel]:
    """Return what goes to Tray of these notas; their orders must have been read with them."""
    xmls = {
        (row.nota_id, row.version): row
        for row in NotaXml.objects.of(company_id).filter(nota__in=[nota.pk for nota in notas])
    }
    order_ids = [nota.order_id for nota in notas]
    sold, dead = _sold(company_id, order_ids), dead_keys(company_id, order_ids)
    return [
        _parcel(nota, xmls.get((nota.pk, nota.version)), sold[nota.order_id], dead.get(nota.order_id, frozenset()))
        for nota in notas
    ]


def _parcel(nota: Nota, kept: NotaXml | None, sold: Sequence[SoldLine], dead: frozenset[str]) -> Parcel:
    xml, problem = b"", ""
    cfops: tuple[CfopRow, ...] = ()
    if kept is None or kept.protocol_xml is None:
        problem = "o protocolo da SEFAZ não está guardado com a nota"
    else:
        try:
            xml = nfe_proc(bytes(kept.signed), bytes(kept.protocol_xml))
            cfops = cfops_of(((item.code, item.cfop) for item in read_nota(xml).items), sold)
        except (CannotJoin, Unreadable) as error:
            problem = f"o XML guardado não pôde ser montado: {error}"
    return Parcel(
        nota_id=nota.pk,
        tray_order_id=nota.order.tray_id or 0,
        chave_de_acesso=nota.chave_de_acesso,
        number=str(nota.number),
        serie=str(nota.serie),
        issued_on=nota.issued_at.astimezone(BRASILIA).date(),
        total=nota.total,
        was_in_doubt=nota.is_delivery_in_doubt,
        replaces=dead,
        xml=xml.decode(),
        cfops=cfops,
        problem=problem,
    )


def dead_keys(company_id: int, order_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return, by order, the keys of our own notas that Tray may show and that count no more, or never did."""
    found: dict[int, set[str]] = defaultdict(set)
    of_orders = Nota.objects.of(company_id).filter(order__in=list(order_ids))
    dead = of_orders.filter(Q(state__in=_DEAD) | Q(environment=Environment.HOMOLOGATION))
    for order_id, key in dead.values_list("order_id", "chave_de_acesso"):
        found[order_id].add(key)
    return {order_id: frozenset(keys) for order_id, keys in found.items()}


def _sold(company_id: int, order_ids: Sequence[int]) -> dict[int, list[SoldLine]]:
    found: dict[int, list[SoldLine]] = defaultdict(list)
    items = OrderItem.objects.of(company_id).filter(~Q(tray_product_id=None), order__in=order_ids)
    for item in items.select_related("product").prefetch_related("components__product"):
        codes = [item.product.code, item.product.reference] if item.product else []
        codes += [part.product.code for part in item.components.all()]
        line = SoldLine(item.tray_product_id or 0, item.tray_variant_id, tuple(filter(None, (*codes, item.reference))))
        found[item.order_id].append(line)
    return found
