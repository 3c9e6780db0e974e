"""
What a rule comes to for one line: exact to the cent, halves away from zero, each with its reason.

The order is the law's: IPI, the ICMS whose base may hold it, what is due to the UF of destination, PIS and COFINS
without the ICMS (Tema 69), and IBS and CBS without all of those.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ahead.lib.money import reais, to_cents
from ahead.nfe.values import Contribution, IbsCbs, Icms, IcmsDestination, Ipi, Taxes
from ahead.taxes.codes import CSOSN_WITH_CREDIT, IBS_CBS_TAXED, ICMS_TAXED, IPI_TAXED, PIS_COFINS_TAXED, WITHHELD
from ahead.taxes.values import (
    LABELS,
    ZERO,
    Buyer,
    Choice,
    DifalBase,
    IbsCbsRates,
    IcmsExclusion,
    Issuer,
    LineTax,
    Rates,
    Rule,
    TaxLine,
)

_HUNDRED = Decimal(100)


def compute(choice: Choice, line: TaxLine, *, issuer: Issuer, buyer: Buyer, rates: Rates) -> LineTax:
    """Return the taxes of a line by the rule that was chosen for it."""
    rule, said = choice.rule, [*choice.because]
    ipi = _ipi(rule, line)
    if ipi and line.holds_ipi:
        line = replace(line, amount=line.amount - ipi.valor)
    taken = ipi.valor if ipi and _holds_ipi(buyer) else ZERO
    icms = _icms(rule, line, line.value + taken, rates, said)
    destination = None
    if owes_difal(rule, issuer, buyer, rates):
        destination = _destination(rule, line.value + taken, icms, rates, said)
    pis, cofins = _contributions(rule, line, icms, destination, said)
    ibs_cbs = None
    if rates.ibs_cbs is not None and rule.ibs_cbs_cst:
        withheld = [pis.valor, cofins.valor, icms.valor, icms.fcp_valor]
        withheld += [destination.valor_destino, destination.fcp_valor] if destination else []
        ibs_cbs = _ibs_cbs(rule, line.value - sum(withheld, ZERO), rates.ibs_cbs, said)
    if ipi:
        said.append(f"IPI CST {ipi.cst}: {_percent(ipi.aliquota)} de {reais(ipi.base)} = {reais(ipi.valor)}.")
    total = None if rule.burden_percent is None else share(line.value, rule.burden_percent)
    taxes = Taxes(icms=icms, destination=destination, ipi=ipi, pis=pis, cofins=cofins, ibs_cbs=ibs_cbs, total=total)
    return LineTax(
        taxes=taxes,
        cfop=rule.cfop,
        cest=line.cest,
        beneficio=rule.beneficio,
        information=rule.information,
        rule_id=rule.id,
        because=tuple(said),
    )


def share(base: Decimal, percent: Decimal) -> Decimal:
    """Return so many per cent of a base, to the cent."""
    return to_cents(base * percent / _HUNDRED)


def owes_difal(rule: Rule, issuer: Issuer, buyer: Buyer, rates: Rates) -> bool:
    """Whether a part is due to the UF of destination: of regime normal, to who is no contributor, in another UF."""
    is_asked = issuer.crt == "3" and rule.has_difal and rates.interstate is not None
    return is_asked and buyer.is_consumer and not buyer.is_contributor


def _holds_ipi(buyer: Buyer) -> bool:
    """Whether IPI is in the base of the ICMS: unless a contributor buys to sell or to make (CF, art. 155, § 2º, XI)."""
    return buyer.is_consumer or not buyer.is_contributor


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _percent(rate: Decimal) -> str:
    text = f"{rate:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%".replace(".", ",")


def _ipi(rule: Rule, line: TaxLine) -> Ipi | None:
    if not rule.ipi_cst:
        return None
    if rule.ipi_cst not in IPI_TAXED:
        return Ipi(cst=rule.ipi_cst, enquadramento=rule.ipi_enquadramento)
    base, due = line.value, share(line.value, rule.ipi_aliquota)
    if line.holds_ipi:
        base = to_cents(line.value * _HUNDRED / (_HUNDRED + rule.ipi_aliquota))
        due = line.value - base  # both come to what was paid; that may be a cent off the rate
    return Ipi(
        cst=rule.ipi_cst,
        enquadramento=rule.ipi_enquadramento,
        base=base,
        aliquota=rule.ipi_aliquota,
        valor=due,
    )


def _icms(rule: Rule, line: TaxLine, value: Decimal, rates: Rates, said: list[str]) -> Icms:
    if rule.code in WITHHELD:
        return _withheld(rule, line, said)
    if rule.code not in ICMS_TAXED:
        return _untaxed(rule, line, value, said)
    credit = _credit_rate(rule)
    base = to_cents(value * (_HUNDRED - rule.icms_reducao) / _HUNDRED)
    rate = _own_rate(rule, rates)
    # between UFs it is due to the destination; the groups of the Simples have no place for it
    fcp = _fcp_rate(rule, rates) if rates.interstate is None and rule.icms_cst else ZERO
    icms = Icms(
        origem=line.origem,
        cst=rule.icms_cst,
        csosn=rule.csosn,
        base=base,
        reducao=rule.icms_reducao,
        aliquota=rate,
        valor=share(base, rate),
        fcp_base=base if fcp else ZERO,
        fcp_aliquota=fcp,
        fcp_valor=share(base, fcp),
        credito_aliquota=credit,
        credito_valor=share(value, credit),
    )
    source = "da regra" if rule.icms_aliquota is not None else _source(rates)
    said.append(f"ICMS {_code(rule)}: {_percent(rate)} ({source}) de {reais(base)} = {reais(icms.valor)}.")
    if rule.icms_reducao:
        said.append(f"ICMS: base reduzida em {_percent(rule.icms_reducao)}.")
    if fcp:
        said.append(f"FCP: {_percent(fcp)} de {reais(base)} = {reais(icms.fcp_valor)}.")
    return icms


def _own_rate(rule: Rule, rates: Rates) -> Decimal:
    if rule.icms_aliquota is not None:
        return rule.icms_aliquota
    return rates.internal if rates.interstate is None else rates.interstate


def _fcp_rate(rule: Rule, rates: Rates) -> Decimal:
    return rates.fcp if rule.fcp_aliquota is None else rule.fcp_aliquota


def _source(rates: Rates) -> str:
    return "alíquota interna" if rates.interstate is None else "alíquota interestadual"


def _code(rule: Rule) -> str:
    return f"CST {rule.icms_cst}" if rule.icms_cst else f"CSOSN {rule.csosn}"


def _credit_rate(rule: Rule) -> Decimal:
    """The credit that the Simples hands on to who may take it."""
    return rule.credito_aliquota if rule.csosn in CSOSN_WITH_CREDIT else ZERO


def _untaxed(rule: Rule, line: TaxLine, value: Decimal, said: list[str]) -> Icms:
    credit = _credit_rate(rule)
    said.append(f"ICMS {_code(rule)}: nada destacado na nota.")
    if credit:
        said.append(f"ICMS: crédito do Simples, {_percent(credit)} de {reais(value)} = {reais(share(value, credit))}.")
    return Icms(
        origem=line.origem,
        cst=rule.icms_cst,
        csosn=rule.csosn,
        credito_aliquota=credit,
        credito_valor=share(value, credit),
    )


def _withheld(rule: Rule, line: TaxLine, said: list[str]) -> Icms:
    """Tell of the ICMS that was withheld before; the base is a share of the goods, by the company's purchases."""
    said.append(f"ICMS {_code(rule)}: já retido por substituição tributária; nada a destacar.")
    if rule.st_base_percent is None:
        return Icms(origem=line.origem, cst=rule.icms_cst, csosn=rule.csosn)
    base = share(line.amount, rule.st_base_percent)
    own = share(line.amount, rule.st_substituto_percent)
    return Icms(
        origem=line.origem,
        cst=rule.icms_cst,
        csosn=rule.csosn,
        st_retido_base=base,
        # what the consumer bears, FCP included (NT 2018.005)
        st_retido_aliquota=rule.st_aliquota + rule.st_fcp_aliquota,
        st_substituto_valor=own,
        st_retido_valor=max(share(base, rule.st_aliquota) - own, ZERO),
        fcp_st_retido_base=base if rule.st_fcp_aliquota else ZERO,
        fcp_st_retido_aliquota=rule.st_fcp_aliquota,
        fcp_st_retido_valor=share(base, rule.st_fcp_aliquota),
    )


def _destination(rule: Rule, value: Decimal, icms: Icms, rates: Rates, said: list[str]) -> IcmsDestination:
    """Work out what is due to the UF of destination; SEFAZ checks base x (internal - interstate) to the cent (815)."""
    between = _own_rate(rule, rates) if rule.code in ICMS_TAXED else rates.interstate or ZERO
    internal = rates.internal if rule.destination_aliquota is None else rule.destination_aliquota
    fcp = _fcp_rate(rule, rates)
    base = value
    if rule.difal_base is DifalBase.BY_UF:
        own = icms.valor if rule.code in ICMS_TAXED else share(value, between)
        base = to_cents((value - own) * _HUNDRED / (_HUNDRED - internal - fcp))
    due = share(base, max(internal - between, ZERO))
    said.append(f"DIFAL: {reais(base)} × ({_percent(internal)} − {_percent(between)}) = {reais(due)}.")
    said.append(f"DIFAL: {_lowered(LABELS[rule.difal_base])}.")
    if fcp:
        said.append(f"FCP do destino: {_percent(fcp)} de {reais(base)} = {reais(share(base, fcp))}.")
    return IcmsDestination(
        base=base,
        fcp_base=base if fcp else ZERO,
        fcp_aliquota=fcp,
        fcp_valor=share(base, fcp),
        aliquota_interna=internal,
        aliquota_interestadual=between,
        valor_destino=due,
    )


def _contributions(
    rule: Rule, line: TaxLine, icms: Icms, destination: IcmsDestination | None, said: list[str]
) -> tuple[Contribution, Contribution]:
    base = line.value
    if rule.icms_exclusion is not IcmsExclusion.NOTHING:
        base -= icms.valor
    if rule.icms_exclusion is IcmsExclusion.ALL:
        base -= icms.fcp_valor
        base -= destination.valor_destino + destination.fcp_valor if destination else ZERO
    base = max(base, ZERO)
    pis = _contribution(rule.pis_cst, rule.pis_aliquota, base)
    cofins = _contribution(rule.cofins_cst, rule.cofins_aliquota, base)
    for name, one in (("PIS", pis), ("COFINS", cofins)):
        taxed = f"{_percent(one.aliquota)} de {reais(one.base)} = {reais(one.valor)}"
        said.append(f"{name} CST {one.cst}: {taxed if one.aliquota else 'nada a destacar'}.")
    if pis.aliquota and base != line.value:
        said.append(f"PIS e COFINS: {_lowered(LABELS[rule.icms_exclusion])}.")
    return pis, cofins


def _contribution(cst: str, rate: Decimal, base: Decimal) -> Contribution:
    if cst not in PIS_COFINS_TAXED or not rate:
        return Contribution(cst=cst)
    return Contribution(cst=cst, base=base, aliquota=rate, valor=share(base, rate))


def _ibs_cbs(rule: Rule, left: Decimal, rates: IbsCbsRates, said: list[str]) -> IbsCbs:
    """Work out IBS and CBS of what is left of the value once the other taxes are taken out (NT 2025.002)."""
    code = f"IBS/CBS CST {rule.ibs_cbs_cst}, cClassTrib {rule.cclasstrib}"
    if rule.ibs_cbs_cst not in IBS_CBS_TAXED:
        said.append(f"{code}: sem alíquota a informar.")
        return IbsCbs(cst=rule.ibs_cbs_cst, classificacao=rule.cclasstrib, is_taxed=False)
    uf, mun = _reduced(rates.ibs_uf, rule.ibs_reducao), _reduced(rates.ibs_mun, rule.ibs_reducao)
    cbs = _reduced(rates.cbs, rule.cbs_reducao)
    base = max(left, ZERO)
    if rates.is_inside:
        base = to_cents(base * _HUNDRED / (_HUNDRED + uf + mun + cbs))
    of_uf, of_mun, of_union = share(base, uf), share(base, mun), share(base, cbs)
    ibs = f"IBS {_percent(uf + mun)} = {reais(of_uf + of_mun)}"
    said.append(f"{code}: sobre {reais(base)}, {ibs}, CBS {_percent(cbs)} = {reais(of_union)}.")
    return IbsCbs(
        cst=rule.ibs_cbs_cst,
        classificacao=rule.cclasstrib,
        base=base,
        ibs_uf_aliquota=rates.ibs_uf,
        ibs_uf_reducao=rule.ibs_reducao,
        ibs_uf_efetiva=uf if rule.ibs_reducao else ZERO,
        ibs_uf_valor=of_uf,
        ibs_mun_aliquota=rates.ibs_mun,
        ibs_mun_reducao=rule.ibs_reducao,
        ibs_mun_efetiva=mun if rule.ibs_reducao else ZERO,
        ibs_mun_valor=of_mun,
        ibs_valor=of_uf + of_mun,
        cbs_aliquota=rates.cbs,
        cbs_reducao=rule.cbs_reducao,
        cbs_efetiva=cbs if rule.cbs_reducao else ZERO,
        cbs_valor=of_union,
    )


def _reduced(rate: Decimal, reduction: Decimal) -> Decimal:
    return rate * (_HUNDRED - reduction) / _HUNDRED
