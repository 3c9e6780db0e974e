"""What a tax rule may say: pure decisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from ahead.lib.errors import Refused
from ahead.taxes import codes
from ahead.taxes.national import INTERSTATE, UFS
from ahead.taxes.values import Destination, Regime, Rule

_HUNDRED = Decimal(100)
_LONGEST_INFORMATION = 500


class WrongRule(Refused):
    """A field of a tax rule is missing or wrong; the message says why, `field` which."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def checked(rule: Rule, *, is_entry: bool) -> Rule:
    """
    Return a rule without what its codes make no use of.

    :raises WrongRule: if it contradicts itself or the tables of the nota.
    """
    clean = _without_unused(rule)
    for check in _CHECKS:
        check(clean)
    _check_cfop(clean, is_entry=is_entry)
    return clean


def is_for_mei(rule: Rule) -> bool:
    """Whether SEFAZ lets a MEI (CRT 4) issue by a rule: its CFOP is one of those a MEI may use."""
    return rule.cfop in codes.MEI_CFOPS


def _without_unused(rule: Rule) -> Rule:
    """Take out what belongs to another regime or code, so that no leftover waits for a change of the code."""
    is_normal, zero = rule.regime is Regime.NORMAL, Decimal(0)
    rule = replace(
        rule,
        csosn="" if is_normal else rule.csosn,
        icms_cst=rule.icms_cst if is_normal else "",
        destination_uf=rule.destination_uf if rule.destination is Destination.UF else "",
        information=" ".join(rule.information.split()),
        beneficio=rule.beneficio.strip().upper(),
    )
    if rule.code not in codes.ICMS_REDUCED:
        rule = replace(rule, icms_reducao=zero)
    if rule.code not in codes.CSOSN_WITH_CREDIT:
        rule = replace(rule, credito_aliquota=zero)
    if rule.code not in codes.WITHHELD:
        rule = replace(rule, st_base_percent=None, st_aliquota=zero, st_fcp_aliquota=zero, st_substituto_percent=zero)
    if rule.ipi_cst not in codes.IPI_TAXED:
        rule = replace(rule, ipi_aliquota=zero)
    if rule.ibs_cbs_cst not in codes.IBS_CBS_TAXED:
        rule = replace(rule, ibs_reducao=zero, cbs_reducao=zero)
    return rule


def _check_time(rule: Rule) -> None:
    if rule.valid_until is not None and rule.valid_until <= rule.valid_from:
        raise WrongRule("O fim da validade deve ser depois do início.", field="valid_until")


def _check_place(rule: Rule) -> None:
    if rule.destination is Destination.UF and rule.destination_uf not in UFS:
        raise WrongRule("Escolha a UF de destino.", field="destination_uf")
    if rule.origin_uf and rule.origin_uf not in UFS:
        raise WrongRule("A UF de origem não existe.", field="origin_uf")


def _check_cfop(rule: Rule, *, is_entry: bool) -> None:
    digits = {Destination.SAME: "15", Destination.OTHER: "26", Destination.UF: "1256"}[rule.destination]
    allowed = [digit for digit in digits if (digit in "12") == is_entry]
    if not re.fullmatch(r"[0-9]{4}", rule.cfop):
        raise WrongRule("O CFOP deve ter 4 dígitos.", field="cfop")
    if rule.cfop[0] in "37":
        raise WrongRule("Compras e vendas no exterior não saem por aqui: emita a nota em outro sistema.", field="cfop")
    if rule.cfop[0] not in allowed:
        way = "uma entrada" if is_entry else "uma saída"
        raise WrongRule(f"O CFOP de {way} para este destino começa com {' ou '.join(allowed)}.", field="cfop")


def _check_written(rule: Rule) -> None:
    """Say of a code that exists, and that no nota is written with here, what to do instead."""
    if why := codes.NOT_WRITTEN.get(rule.code):
        field, what = ("icms_cst", "CST") if rule.regime is Regime.NORMAL else ("csosn", "CSOSN")
        raise WrongRule(f"{what} {rule.code}: {why}", field=field)
    if rule.ibs_cbs_cst in codes.IBS_CBS_NOT_WRITTEN:
        name = codes.IBS_CBS_NOT_WRITTEN[rule.ibs_cbs_cst].lower()
        raise WrongRule(
            f"A CST {rule.ibs_cbs_cst} do IBS e da CBS ({name}) não é escrita aqui. Emita a nota em outro sistema.",
            field="ibs_cbs_cst",
        )


def _check_icms(rule: Rule) -> None:
    if rule.regime is Regime.NORMAL and rule.icms_cst not in codes.ICMS_CST:
        raise WrongRule("Escolha a CST do ICMS.", field="icms_cst")
    if rule.regime is Regime.SIMPLES and rule.csosn not in codes.CSOSN:
        raise WrongRule("Escolha o CSOSN.", field="csosn")
    if rule.code == "20" and not rule.icms_reducao:
        raise WrongRule("A CST 20 pede a redução da base do ICMS.", field="icms_reducao")
    if rule.code == "101" and not rule.credito_aliquota:
        raise WrongRule("O CSOSN 101 pede a alíquota do crédito.", field="credito_aliquota")
    if rule.code == "900" and rule.icms_aliquota is None:
        raise WrongRule("Com o CSOSN 900, informe a alíquota do ICMS: zero se nada é destacado.", field="icms_aliquota")
    if rule.code == "00" and rule.beneficio:
        raise WrongRule("A CST 00 é de tributação integral, sem código de benefício.", field="beneficio")


def _check_interstate(rule: Rule) -> None:
    leaves = rule.cfop[:1] in {"2", "6"}
    is_shared = leaves and rule.has_difal and rule.regime is Regime.NORMAL
    if is_shared and rule.icms_aliquota is not None and rule.icms_aliquota not in INTERSTATE:
        raise WrongRule(
            "Entre UFs a alíquota do ICMS é 4, 7 ou 12%. Em branco, vale a da tabela.", field="icms_aliquota"
        )


def _check_contributions(rule: Rule) -> None:
    for name, label in (("pis", "PIS"), ("cofins", "COFINS")):
        cst, rate = getattr(rule, f"{name}_cst"), getattr(rule, f"{name}_aliquota")
        if cst not in codes.PIS_COFINS_CST:
            raise WrongRule(f"Escolha a CST do {label}.", field=f"{name}_cst")
        if cst in {"01", "02", "50"} and not rate:
            raise WrongRule(f"A CST {cst} do {label} pede uma alíquota.", field=f"{name}_aliquota")
        if cst not in codes.PIS_COFINS_TAXED and rate:
            raise WrongRule(f"A CST {cst} do {label} não tem alíquota.", field=f"{name}_aliquota")


def _check_ipi(rule: Rule) -> None:
    if rule.ipi_cst and rule.ipi_cst not in codes.IPI_CST:
        raise WrongRule("Escolha a CST do IPI.", field="ipi_cst")
    if rule.ipi_cst and not re.fullmatch(r"[0-9]{3}", rule.ipi_enquadramento):
        raise WrongRule("O enquadramento do IPI deve ter 3 dígitos: 999 se não há outro.", field="ipi_enquadramento")


def _check_ibs_cbs(rule: Rule) -> None:
    if not rule.ibs_cbs_cst and not rule.cclasstrib:
        return
    if rule.ibs_cbs_cst not in codes.IBS_CBS_CST:
        raise WrongRule("Escolha a CST do IBS e da CBS.", field="ibs_cbs_cst")
    if not re.fullmatch(r"[0-9]{6}", rule.cclasstrib) or not rule.cclasstrib.startswith(rule.ibs_cbs_cst):
        raise WrongRule(f"O cClassTrib tem 6 dígitos e começa com a CST, {rule.ibs_cbs_cst}.", field="cclasstrib")
    if rule.ibs_cbs_cst == "000" and (rule.ibs_reducao or rule.cbs_reducao):
        raise WrongRule("A CST 000 é de tributação integral, sem redução.", field="ibs_reducao")


def _check_text(rule: Rule) -> None:
    if rule.beneficio and not re.fullmatch(r"[0-9A-Z]{8}|[0-9A-Z]{10}", rule.beneficio):
        raise WrongRule("O cBenef tem 8 ou 10 letras e dígitos.", field="beneficio")
    if len(rule.information) > _LONGEST_INFORMATION:
        raise WrongRule("As informações adicionais podem ter no máximo 500 letras.", field="information")


def _check_percents(rule: Rule) -> None:
    for field in _PERCENTS:
        rate = getattr(rule, field)
        if rate is None:
            continue
        if not rate.is_finite() or not 0 <= rate <= _HUNDRED:
            raise WrongRule("Um percentual vai de 0 a 100.", field=field)
        if rate != round(rate, 4):
            raise WrongRule("Um percentual tem no máximo quatro casas decimais.", field=field)


_PERCENTS = (
    *("icms_reducao", "icms_aliquota", "fcp_aliquota", "credito_aliquota", "st_aliquota", "st_fcp_aliquota"),
    *("st_substituto_percent", "destination_aliquota", "ipi_aliquota", "pis_aliquota", "cofins_aliquota"),
    *("ibs_reducao", "cbs_reducao", "burden_percent"),
)
_CHECKS: Sequence[Callable[[Rule], None]] = (
    _check_percents,
    _check_time,
    _check_place,
    _check_written,
    _check_icms,
    _check_interstate,
    _check_contributions,
    _check_ipi,
    _check_ibs_cbs,
    _check_text,
)
