"""The taxes of an item (`imposto`, `impostoDevol`): each group writes what belongs to it, and leaves the rest."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ahead.nfe.errors import CannotWrite
from ahead.nfe.markup import group, money, number, optional, rate, tag, text
from ahead.nfe.totals import CONTRIBUTION_NOT_TAXED, IPI_TAXED, group_of
from ahead.nfe.values import Contribution, IbsCbs, Icms, IcmsDestination, Ipi, Item, Taxes

_BY_RATE = frozenset({"01", "02"})


def imposto(taxes: Taxes) -> str:
    """
    Return `imposto`.

    :raises CannotWrite: if the CST is none we write, or a value does not fit.
    """
    return group(
        "imposto",
        money("vTotTrib", taxes.total) if taxes.total is not None else "",
        group("ICMS", _icms(taxes.icms)),
        _ipi(taxes.ipi) if taxes.ipi else "",
        group("PIS", _contribution("PIS", taxes.pis)),
        group("COFINS", _contribution("COFINS", taxes.cofins)),
        _destination(taxes.destination) if taxes.destination else "",
        _ibs_cbs(taxes.ibs_cbs) if taxes.ibs_cbs else "",
    )


def imposto_devolvido(item: Item) -> str:
    """
    Return `impostoDevol`, or nothing for an item that is not sent back.

    :raises CannotWrite: if a value does not fit.
    """
    if item.returned_percent is None:
        return ""
    ipi = group("IPI", money("vIPIDevol", item.returned_ipi))
    return group("impostoDevol", number("pDevol", item.returned_percent, 2), ipi)


# ── ICMS ───────────────────────────────────────────────────────────────────────────────────────────────────


def _icms(icms: Icms) -> str:
    if bool(icms.cst) == bool(icms.csosn):
        raise CannotWrite("ICMS: informe o CST (regime normal) ou o CSOSN (Simples Nacional), e só um deles.")
    found = _GROUPS.get(group_of(icms))
    if found is None:
        raise CannotWrite(f"ICMS: o {'CST' if icms.cst else 'CSOSN'} {group_of(icms)} ainda não é emitido por aqui.")
    name, rest = found
    situation = text("CST", icms.cst, "CST do ICMS") if icms.cst else text("CSOSN", icms.csosn, "CSOSN")
    return group(name, text("orig", icms.origem, "Origem da mercadoria"), situation, rest(icms))


def _nothing(_: Icms) -> str:
    return ""


def _taxed(icms: Icms) -> str:
    """CST 00 has no base of its own for FCP: it is that of ICMS."""
    fcp = rate("pFCP", icms.fcp_aliquota) + money("vFCP", icms.fcp_valor) if icms.fcp_aliquota else ""
    return _base(icms) + _due(icms) + fcp


def _reduced(icms: Icms) -> str:
    reduction = rate("pRedBC", icms.reducao)
    return (
        tag("modBC", icms.modalidade_base)
        + reduction
        + money("vBC", icms.base)
        + _due(icms)
        + _fcp(icms)
        + _desonerado(icms)
    )


def _deferred(icms: Icms) -> str:
    if not (icms.base or icms.aliquota):
        return ""
    return (
        tag("modBC", icms.modalidade_base)
        + _rate_if_any("pRedBC", icms.reducao)
        + money("vBC", icms.base)
        + rate("pICMS", icms.aliquota)
        + money("vICMSOp", icms.operacao_valor)
        + rate("pDif", icms.diferimento)
        + money("vICMSDif", icms.diferido_valor)
        + money("vICMS", icms.valor)
        + _fcp(icms)
    )


def _others(icms: Icms) -> str:
    return _others_due(icms, _fcp(icms)) + _desonerado(icms)


def _simples_others(icms: Icms) -> str:
    return _others_due(icms, "") + (_credit(icms) if icms.credito_valor else "")


def _others_due(icms: Icms, fcp: str) -> str:
    """CST 90 and CSOSN 900: the base comes before its reduction here."""
    if not (icms.base or icms.aliquota):
        return ""
    return _base(icms) + _rate_if_any("pRedBC", icms.reducao) + _due(icms) + fcp


def _withheld(icms: Icms) -> str:
    return _st_withheld(icms) + _fcp_withheld(icms) + _effective(icms)


def _st_withheld(icms: Icms) -> str:
    if not (icms.st_retido_base or icms.st_retido_valor):
        return ""
    return (
        money("vBCSTRet", icms.st_retido_base)
        + rate("pST", icms.st_retido_aliquota)
        + money("vICMSSubstituto", icms.st_substituto_valor)
        + money("vICMSSTRet", icms.st_retido_valor)
    )


def _fcp_withheld(icms: Icms) -> str:
    if not icms.fcp_st_retido_valor:
        return ""
    return (
        money("vBCFCPSTRet", icms.fcp_st_retido_base)
        + rate("pFCPSTRet", icms.fcp_st_retido_aliquota)
        + money("vFCPSTRet", icms.fcp_st_retido_valor)
    )


def _effective(icms: Icms) -> str:
    if not icms.efetivo_base:
        return ""
    return (
        rate("pRedBCEfet", icms.efetivo_reducao)
        + money("vBCEfet", icms.efetivo_base)
        + rate("pICMSEfet", icms.efetivo_aliquota)
        + money("vICMSEfet", icms.efetivo_valor)
    )


def _base(icms: Icms) -> str:
    return tag("modBC", icms.modalidade_base) + money("vBC", icms.base)


def _due(icms: Icms) -> str:
    return rate("pICMS", icms.aliquota) + money("vICMS", icms.valor)


def _fcp(icms: Icms) -> str:
    if not icms.fcp_aliquota:
        return ""
    return money("vBCFCP", icms.fcp_base) + rate("pFCP", icms.fcp_aliquota) + money("vFCP", icms.fcp_valor)


def _desonerado(icms: Icms) -> str:
    if not icms.desonerado_valor:
        return ""
    return (
        money("vICMSDeson", icms.desonerado_valor)
        + text("motDesICMS", icms.desonerado_motivo, "Motivo da desoneração do ICMS")
        + tag("indDeduzDeson", "1" if icms.desonerado_deduz else "0")
    )


def _credit(icms: Icms) -> str:
    return rate("pCredSN", icms.credito_aliquota) + money("vCredICMSSN", icms.credito_valor)


def _rate_if_any(name: str, value: Decimal) -> str:
    return rate(name, value) if value else ""


_GROUPS: dict[str, tuple[str, Callable[[Icms], str]]] = {
    "00": ("ICMS00", _taxed),
    "20": ("ICMS20", _reduced),
    "40": ("ICMS40", _desonerado),
    "41": ("ICMS40", _desonerado),
    "50": ("ICMS40", _desonerado),
    "51": ("ICMS51", _deferred),
    "60": ("ICMS60", _withheld),
    "90": ("ICMS90", _others),
    "101": ("ICMSSN101", _credit),
    "102": ("ICMSSN102", _nothing),
    "103": ("ICMSSN102", _nothing),
    "300": ("ICMSSN102", _nothing),
    "400": ("ICMSSN102", _nothing),
    "500": ("ICMSSN500", _withheld),
    "900": ("ICMSSN900", _simples_others),
}


# ── the others ─────────────────────────────────────────────────────────────────────────────────────────────


def _destination(due: IcmsDestination) -> str:
    """DIFAL: since 2019 all of it belongs to the UF of destination."""
    has_fcp = bool(due.fcp_aliquota)
    return group(
        "ICMSUFDest",
        money("vBCUFDest", due.base),
        money("vBCFCPUFDest", due.fcp_base) if has_fcp else "",
        rate("pFCPUFDest", due.fcp_aliquota) if has_fcp else "",
        rate("pICMSUFDest", due.aliquota_interna),
        number("pICMSInter", due.aliquota_interestadual, 2),
        tag("pICMSInterPart", "100.0000"),
        money("vFCPUFDest", due.fcp_valor) if has_fcp else "",
        money("vICMSUFDest", due.valor_destino),
        tag("vICMSUFRemet", "0.00"),
    )


def _ipi(ipi: Ipi) -> str:
    cst = text("CST", ipi.cst, "CST do IPI")
    if ipi.cst in IPI_TAXED:
        due = money("vBC", ipi.base) + rate("pIPI", ipi.aliquota) + money("vIPI", ipi.valor)
        return group("IPI", text("cEnq", ipi.enquadramento, "Enquadramento do IPI"), group("IPITrib", cst, due))
    return group("IPI", text("cEnq", ipi.enquadramento, "Enquadramento do IPI"), group("IPINT", cst))


def _contribution(name: str, due: Contribution) -> str:
    cst = text("CST", due.cst, f"CST de {name}")
    if due.cst in CONTRIBUTION_NOT_TAXED:
        return group(f"{name}NT", cst)
    amounts = money("vBC", due.base) + rate(f"p{name}", due.aliquota) + money(f"v{name}", due.valor)
    return group(f"{name}Aliq" if due.cst in _BY_RATE else f"{name}Outr", cst, amounts)


def _ibs_cbs(due: IbsCbs) -> str:
    return group(
        "IBSCBS",
        text("CST", due.cst, "CST de IBS e CBS"),
        text("cClassTrib", due.classificacao, "Classificação tributária de IBS e CBS (cClassTrib)"),
        _ibs_cbs_due(due) if due.is_taxed else "",
    )


def _ibs_cbs_due(due: IbsCbs) -> str:
    return group(
        "gIBSCBS",
        money("vBC", due.base),
        group(
            "gIBSUF",
            rate("pIBSUF", due.ibs_uf_aliquota),
            _reduction(due.ibs_uf_reducao, due.ibs_uf_efetiva),
            money("vIBSUF", due.ibs_uf_valor),
        ),
        group(
            "gIBSMun",
            rate("pIBSMun", due.ibs_mun_aliquota),
            _reduction(due.ibs_mun_reducao, due.ibs_mun_efetiva),
            money("vIBSMun", due.ibs_mun_valor),
        ),
        money("vIBS", due.ibs_valor),
        group(
            "gCBS",
            rate("pCBS", due.cbs_aliquota),
            _reduction(due.cbs_reducao, due.cbs_efetiva),
            money("vCBS", due.cbs_valor),
        ),
    )


def _reduction(reduction: Decimal, effective: Decimal) -> str:
    return optional("gRed", rate("pRedAliq", reduction) + rate("pAliqEfet", effective) if reduction else "")
