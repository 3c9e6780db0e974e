"""The totals of a nota (`ICMSTot`, `IBSCBSTot`, `vNFTot`): sums of what its items say, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from ahead.nfe.values import ZERO, IbsCbs, Icms, Item, NotaFiscal

T = TypeVar("T")

# which group writes which value: a sum counts only what is written
WITH_BASE = frozenset({"00", "20", "51", "90", "900"})
WITH_FCP = frozenset({"00", "20", "51", "90"})
WITH_DESONERACAO = frozenset({"20", "40", "41", "50", "90"})
WITH_ST_WITHHELD = frozenset({"60", "500"})
IPI_TAXED = frozenset({"00", "49", "50", "99"})
CONTRIBUTION_NOT_TAXED = frozenset({"04", "05", "06", "07", "08", "09"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """DIFAL and FCP due to the UF of the buyer."""

    fcp: Decimal
    icms: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class IbsCbsTotals:
    """IBS and CBS."""

    base: Decimal
    ibs_uf: Decimal
    ibs_mun: Decimal
    ibs: Decimal
    cbs: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The totals of a nota. `nota` is vNF, what the buyer pays; a group that no item has is None."""

    icms_base: Decimal
    icms: Decimal
    desonerado: Decimal
    destination: Destination | None
    fcp: Decimal
    fcp_st_retido: Decimal
    products: Decimal
    freight: Decimal
    insurance: Decimal
    discount: Decimal
    ipi: Decimal
    returned_ipi: Decimal
    pis: Decimal
    cofins: Decimal
    other: Decimal
    nota: Decimal
    approximate_taxes: Decimal | None  # vTotTrib
    ibs_cbs: IbsCbsTotals | None
    with_ibs_cbs: Decimal | None  # vNFTot


def totals(nota: NotaFiscal) -> Totals:
    """Return the sums of a nota's items."""
    items = nota.items
    icms = [item.taxes.icms for item in items]
    whole = _sum(items, item_total)
    return Totals(
        icms_base=_sum(icms, lambda one: one.base if group_of(one) in WITH_BASE else ZERO),
        icms=_sum(icms, lambda one: one.valor if group_of(one) in WITH_BASE else ZERO),
        desonerado=_sum(icms, lambda one: one.desonerado_valor if group_of(one) in WITH_DESONERACAO else ZERO),
        destination=_destination(items),
        fcp=_sum(icms, lambda one: one.fcp_valor if one.fcp_aliquota and group_of(one) in WITH_FCP else ZERO),
        fcp_st_retido=_sum(icms, lambda one: one.fcp_st_retido_valor if group_of(one) in WITH_ST_WITHHELD else ZERO),
        products=_sum(items, lambda item: item.amount),
        freight=_sum(items, lambda item: item.freight),
        insurance=_sum(items, lambda item: item.insurance),
        discount=_sum(items, lambda item: item.discount),
        ipi=_sum(items, _ipi),
        returned_ipi=_sum(items, _returned_ipi),
        pis=_sum(items, lambda item: _contribution(item.taxes.pis.cst, item.taxes.pis.valor)),
        cofins=_sum(items, lambda item: _contribution(item.taxes.cofins.cst, item.taxes.cofins.valor)),
        other=_sum(items, lambda item: item.other),
        nota=whole,
        approximate_taxes=_approximate_taxes(items),
        ibs_cbs=_ibs_cbs(items),
        with_ibs_cbs=whole if has_ibs_cbs(items) else None,
    )


def item_total(item: Item) -> Decimal:
    """
    Return what a line adds to the nota: vItem, whose sum is vNF.

    In 2026 IBS and CBS are not added (NT 2025.002), so that vNFTot is vNF.
    """
    icms = item.taxes.icms
    deducted = icms.desonerado_valor if icms.desonerado_deduz and group_of(icms) in WITH_DESONERACAO else ZERO
    added = item.freight + item.insurance + item.other + _ipi(item) + _returned_ipi(item)
    return item.amount - item.discount - deducted + added


def group_of(icms: Icms) -> str:
    """Return the CST or CSOSN of an item: by it the group is chosen."""
    return icms.cst or icms.csosn


def has_ibs_cbs(items: Iterable[Item]) -> bool:
    """Whether any item tells of IBS and CBS; if one does, the totals do."""
    return any(item.taxes.ibs_cbs for item in items)


def _sum(things: Iterable[T], value: Callable[[T], Decimal]) -> Decimal:
    return sum((value(thing) for thing in things), ZERO)


def _ipi(item: Item) -> Decimal:
    ipi = item.taxes.ipi
    return ipi.valor if ipi and ipi.cst in IPI_TAXED else ZERO


def _returned_ipi(item: Item) -> Decimal:
    return item.returned_ipi if item.returned_percent is not None else ZERO


def _contribution(cst: str, value: Decimal) -> Decimal:
    return ZERO if cst in CONTRIBUTION_NOT_TAXED else value


def _destination(items: Iterable[Item]) -> Destination | None:
    due = [item.taxes.destination for item in items if item.taxes.destination]
    if not due:
        return None
    fcp = _sum(due, lambda one: one.fcp_valor if one.fcp_aliquota else ZERO)  # what is written: none without a rate
    return Destination(fcp=fcp, icms=_sum(due, lambda one: one.valor_destino))


def _approximate_taxes(items: Iterable[Item]) -> Decimal | None:
    told = [item.taxes.total for item in items if item.taxes.total is not None]
    return sum(told, ZERO) if told else None


def _ibs_cbs(items: Iterable[Item]) -> IbsCbsTotals | None:
    told: list[IbsCbs] = [item.taxes.ibs_cbs for item in items if item.taxes.ibs_cbs]
    if not told:
        return None
    taxed = [one for one in told if one.is_taxed]
    return IbsCbsTotals(
        base=_sum(taxed, lambda one: one.base),
        ibs_uf=_sum(taxed, lambda one: one.ibs_uf_valor),
        ibs_mun=_sum(taxed, lambda one: one.ibs_mun_valor),
        ibs=_sum(taxed, lambda one: one.ibs_valor),
        cbs=_sum(taxed, lambda one: one.cbs_valor),
    )
