"""Tax rules and taxes in the words of a person: for the screens and the sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ahead.taxes import codes
from ahead.taxes.rules import where
from ahead.taxes.values import LABELS, BuyerKind, Destination, Regime, Rule

if TYPE_CHECKING:
    from ahead.taxes.models import TaxRule
    from ahead.taxes.values import LineTax

SHEET_HEADER = (
    *("Natureza", "Grupo", "UF de origem", "Destino", "Comprador", "Regime", "Vale desde", "Vale até", "CFOP"),
    *("CST do ICMS", "CSOSN", "Alíquota do ICMS", "Redução da base", "FCP", "DIFAL", "CST do IPI", "IPI"),
    *("CST do PIS", "PIS", "CST da COFINS", "COFINS", "CST IBS/CBS", "cClassTrib", "cBenef"),
)


def percent(rate: Decimal | None, blank: str = "—") -> str:
    """Return a rate as people write it: 20,5%; the words for none where there is none."""
    if rate is None:
        return blank
    text = f"{rate:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%".replace(".", ",")


def is_in_force(rule: Rule | TaxRule, today: date) -> tuple[str, str]:
    """Return the tone and the words of whether a rule holds."""
    if rule.valid_from > today:
        return "waiting", "por valer"
    if rule.valid_until is None:
        return "ok", "em vigor"
    if rule.valid_until <= today:
        return "neutral", "encerrada"
    return ("attention", "termina logo") if rule.valid_until <= today + timedelta(days=30) else ("ok", "em vigor")


def sheet_row(row: TaxRule) -> tuple[object, ...]:
    """Return a rule's cells, in the order of the header."""
    return (
        row.natureza.name,
        row.group.name if row.group else "",
        row.origin_uf,
        row.destination_uf or LABELS[Destination(row.destination)],
        LABELS[BuyerKind(row.buyer)],
        LABELS[Regime(row.regime)],
        row.valid_from,
        row.last_day,
        *(row.cfop, row.icms_cst, row.csosn, row.icms_aliquota, row.icms_reducao, row.fcp_aliquota, row.has_difal),
        *(row.ipi_cst, row.ipi_aliquota, row.pis_cst, row.pis_aliquota, row.cofins_cst, row.cofins_aliquota),
        *(row.ibs_cbs_cst, row.cclasstrib, row.beneficio),
    )


def _coded(code: str, table: Mapping[str, str], none: str = "não informada") -> str:
    return f"{code} · {table[code]}" if code else none


Facts = list[tuple[str, str]]


def sections_of(rule: Rule) -> list[tuple[str, Facts]]:
    """Return what a rule says, titled; what it makes no use of is left out."""
    sections = [
        ("Quando vale", _when(rule)),
        ("CFOP e ICMS", _icms(rule)),
        ("DIFAL", _difal(rule)),
        ("IPI, PIS e COFINS", _federal(rule)),
        ("IBS e CBS", _ibs_cbs(rule)),
        ("Na nota", _printed(rule)),
    ]
    return [(title, facts) for title, facts in sections if facts]


def _when(rule: Rule) -> Facts:
    last_day = rule.valid_until and rule.valid_until - timedelta(days=1)
    return [
        ("Natureza", rule.natureza),
        ("Produtos", f"do grupo {rule.group}" if rule.group else "todos, salvo os de grupo com regra própria"),
        ("Destino", where(rule)),
        ("Comprador", LABELS[rule.buyer]),
        ("Regime da empresa", LABELS[rule.regime]),
        ("Vale desde", f"{rule.valid_from:%d/%m/%Y}"),
        ("Vale até", f"{last_day:%d/%m/%Y}" if last_day else "sem fim marcado"),
    ]


def _icms(rule: Rule) -> Facts:
    is_normal = rule.regime is Regime.NORMAL
    facts = [
        ("CFOP", rule.cfop),
        ("CST", _coded(rule.icms_cst, codes.ICMS_CST)) if is_normal else ("CSOSN", _coded(rule.csosn, codes.CSOSN)),
    ]
    if rule.code in codes.ICMS_TAXED:
        facts += [
            ("Alíquota", percent(rule.icms_aliquota, "a da tabela")),
            ("FCP", percent(rule.fcp_aliquota, "o da UF")),
        ]
    if rule.icms_reducao:
        facts.append(("Redução da base", percent(rule.icms_reducao)))
    if rule.credito_aliquota:
        facts.append(("Crédito do Simples", percent(rule.credito_aliquota)))
    if rule.code in codes.WITHHELD:
        facts.append(("Base da ST retida", percent(rule.st_base_percent, "não informada na nota")))
    if rule.st_base_percent is not None:
        facts += [
            ("Alíquota da ST", f"{percent(rule.st_aliquota)} + FCP {percent(rule.st_fcp_aliquota)}"),
            ("ICMS do substituto", percent(rule.st_substituto_percent)),
        ]
    return facts


def _difal(rule: Rule) -> Facts:
    if rule.cfop[:1] not in {"2", "6"} or rule.regime is Regime.SIMPLES or rule.buyer is BuyerKind.CONTRIBUTOR:
        return []
    if not rule.has_difal:
        return [("Cálculo", "não calculado")]
    return [
        ("Base", LABELS[rule.difal_base]),
        ("Alíquota interna do destino", percent(rule.destination_aliquota, "a da tabela")),
    ]


def _federal(rule: Rule) -> Facts:
    ipi = f"{_coded(rule.ipi_cst, codes.IPI_CST)}, {percent(rule.ipi_aliquota)}" if rule.ipi_cst else "sem IPI"
    return [
        ("IPI", ipi),
        ("PIS", f"{_coded(rule.pis_cst, codes.PIS_COFINS_CST)}, {percent(rule.pis_aliquota)}"),
        ("COFINS", f"{_coded(rule.cofins_cst, codes.PIS_COFINS_CST)}, {percent(rule.cofins_aliquota)}"),
        ("ICMS na base", LABELS[rule.icms_exclusion]),
    ]


def _ibs_cbs(rule: Rule) -> Facts:
    if not rule.ibs_cbs_cst:
        return []
    reductions = f"IBS {percent(rule.ibs_reducao)}, CBS {percent(rule.cbs_reducao)}"
    return [
        ("CST", _coded(rule.ibs_cbs_cst, codes.IBS_CBS_CST)),
        ("cClassTrib", rule.cclasstrib),
        *([("Reduções", reductions)] if rule.ibs_reducao or rule.cbs_reducao else []),
    ]


def _printed(rule: Rule) -> Facts:
    burden = percent(rule.burden_percent) if rule.burden_percent is not None else ""
    facts = [("cBenef", rule.beneficio), ("Tributos aproximados", burden), ("Informações", rule.information)]
    return [(label, text) for label, text in facts if text]


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One tax of a simulated line, with its reasons."""

    name: str
    code: str
    base: Decimal
    rate: str
    amount: Decimal
    reasons: list[str]


_Figures = tuple[str, str, Decimal, str, Decimal, tuple[str, ...]]


def rows_of(tax: LineTax) -> list[TaxRow]:
    """Return the taxes of a line as rows; each takes the reasons that speak of it by name."""
    figures = [*_of_the_states(tax), *_of_the_union(tax), *_of_the_reform(tax)]
    return [
        TaxRow(name, code, base, rate, amount, [said for said in tax.because if said.startswith(begins)])
        for name, code, base, rate, amount, begins in figures
    ]


def _of_the_states(tax: LineTax) -> Iterator[_Figures]:
    icms, due = tax.taxes.icms, tax.taxes.destination
    yield "ICMS", _icms_code(icms), icms.base, _rate(icms), icms.valor, ("ICMS",)
    if icms.fcp_valor:
        yield "FCP", "", icms.fcp_base, percent(icms.fcp_aliquota), icms.fcp_valor, ("FCP:",)
    if due:
        rates = f"{percent(due.aliquota_interna)} − {percent(due.aliquota_interestadual)}"
        yield "DIFAL", "", due.base, rates, due.valor_destino, ("DIFAL",)
    if due and due.fcp_valor:
        yield "FCP do destino", "", due.fcp_base, percent(due.fcp_aliquota), due.fcp_valor, ("FCP do",)


def _of_the_union(tax: LineTax) -> Iterator[_Figures]:
    ipi, pis, cofins = tax.taxes.ipi, tax.taxes.pis, tax.taxes.cofins
    if ipi:
        yield "IPI", f"CST {ipi.cst}", ipi.base, _rate(ipi), ipi.valor, ("IPI",)
    yield "PIS", f"CST {pis.cst}", pis.base, _rate(pis), pis.valor, ("PIS",)
    yield "COFINS", f"CST {cofins.cst}", cofins.base, _rate(cofins), cofins.valor, ("COFINS", "PIS e")


def _of_the_reform(tax: LineTax) -> Iterator[_Figures]:
    one = tax.taxes.ibs_cbs
    if one is None:
        return
    code = f"CST {one.cst} · {one.classificacao}"
    ibs = percent(one.ibs_uf_aliquota + one.ibs_mun_aliquota) if one.is_taxed else "—"
    yield "IBS", code, one.base, ibs, one.ibs_valor, ("IBS/CBS",)
    yield "CBS", code, one.base, percent(one.cbs_aliquota) if one.is_taxed else "—", one.cbs_valor, ("IBS/CBS",)


def why_this_rule(tax: LineTax) -> list[str]:
    """Return the reasons that speak of the choice of the rule: those before the first tax."""
    first = next((at for at, said in enumerate(tax.because) if said.startswith("ICMS")), len(tax.because))
    return list(tax.because[:first])


def _icms_code(icms: Any) -> str:
    return f"CST {icms.origem}{icms.cst}" if icms.cst else f"CSOSN {icms.origem}{icms.csosn}"


def _rate(one: Any) -> str:
    return percent(one.aliquota) if one.aliquota else "—"
