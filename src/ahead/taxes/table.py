"""All tax rules of a company on one day, read once: what `fiscal` asks for each line of a nota."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from ahead.accounts.models import Company
from ahead.taxes import codes, national
from ahead.taxes.computing import compute
from ahead.taxes.models import GroupPrefix, GroupProduct, IbsCbsRate, Natureza, ProductGroup, StateRate, TaxRule
from ahead.taxes.national import StateRateFact
from ahead.taxes.rules import LacksFact, NoRate, NoRule, choose, is_ncm, nearest
from ahead.taxes.values import (
    LABELS,
    Buyer,
    BuyerKind,
    Choice,
    Destination,
    DifalBase,
    Facts,
    IbsCbsRates,
    IcmsExclusion,
    Issuer,
    LineTax,
    Rates,
    Regime,
    Rule,
    TaxLine,
)

_ENUMS = {
    "destination": Destination,
    "buyer": BuyerKind,
    "regime": Regime,
    "difal_base": DifalBase,
    "icms_exclusion": IcmsExclusion,
}
_COLUMNS = tuple(one.name for one in fields(Rule) if one.name not in {*_ENUMS, "natureza", "group"})


def rule_of(row: TaxRule) -> Rule:
    """Return a rule's row as the value that is chosen and computed with; its natureza and group are read with it."""
    said: dict[str, Any] = {name: getattr(row, name) for name in _COLUMNS}
    said |= {name: kind(getattr(row, name)) for name, kind in _ENUMS.items()}
    return Rule(natureza=row.natureza.name, group=row.group.name if row.group else "", **said)


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each product is of."""

    names: Mapping[int, str]
    by_prefix: Mapping[str, int]
    by_product: Mapping[int, int]

    def of(self, product_id: int | None, ncm: str) -> tuple[int | None, str]:
        """Return the group of a product, and why it is that one: named itself, or by the longest prefix of its NCM."""
        if (named := self.by_product.get(product_id or 0)) is not None:
            return named, f"O produto está no grupo {self.names[named]}."
        for length in range(len(ncm), 1, -1):
            if (found := self.by_prefix.get(ncm[:length])) is not None:
                return found, f"O NCM começa com {ncm[:length]}: grupo {self.names[found]}."
        return None, ""


class TaxTable:
    """The rules of a company on one day, and the rates that go with them: seven queries, whatever it is asked."""

    def __init__(
        self,
        *,
        issuer: Issuer,
        on: date,
        rules: Iterable[Rule],
        naturezas: Mapping[int, str],
        groups: Groups,
        own_rates: Iterable[StateRateFact] = (),
        own_ibs_cbs: IbsCbsRates | None = None,
    ) -> None:
        self.issuer = issuer
        self.on = on
        self.rules = list(rules)
        self.naturezas = naturezas
        self.groups = groups
        self.internal = national.internal_rates(on, own_rates)
        self.carries_ibs_cbs = national.carries_ibs_cbs(issuer.crt, on)
        self.ibs_cbs = own_ibs_cbs or national.ibs_cbs_rates(on)
        self._choices: dict[Facts, Choice | None] = {}
        self._rates: dict[tuple[str, str], Rates] = {}
        self._groups: dict[tuple[int | None, str], tuple[int | None, str]] = {}

    @classmethod
    def of(cls, company: Company, *, issuer: Issuer, on: date) -> Self:
        """Read all that a company's notas of a day need."""
        rows = TaxRule.objects.of(company).select_related("natureza", "group")
        return cls(
            issuer=issuer,
            on=on,
            rules=map(rule_of, rows),
            naturezas=dict(Natureza.objects.of(company).values_list("pk", "name")),
            groups=Groups(
                dict(ProductGroup.objects.of(company).values_list("pk", "name")),
                dict(GroupPrefix.objects.of(company).values_list("prefix", "group_id")),
                dict(GroupProduct.objects.of(company).values_list("product_id", "group_id")),
            ),
            own_rates=own_state_rates(company),
            own_ibs_cbs=own_ibs_cbs_rates(company, on),
        )

    def tax(self, line: TaxLine, buyer: Buyer, *, natureza_id: int) -> LineTax:
        """
        Return the taxes of a line sold to a buyer.

        :raises NoRule: if no rule applies; the message says to what, and where to make it.
        :raises NoRate: if a rate that the line needs is not known.
        :raises LacksFact: if the product, the buyer or the company lacks what it takes.
        """
        self._check_facts(line, buyer)
        group_id, why = self._group(line)
        facts = Facts(
            natureza_id=natureza_id,
            group_id=group_id,
            origin_uf=self.issuer.uf,
            destination_uf=buyer.uf,
            buyer=buyer.kind,
            regime=self.issuer.regime,
            on=self.on,
        )
        if facts not in self._choices:
            self._choices[facts] = choose(self.rules, facts)
        choice = self._choices[facts]
        if choice is None:
            raise NoRule(self._no_rule(line, buyer, facts))
        self._check_rule(line, choice.rule)
        if why:
            choice = Choice(choice.rule, (why, *choice.because))
        return compute(choice, line, issuer=self.issuer, buyer=buyer, rates=self._rates_of(buyer.uf, line.origem))

    def _group(self, line: TaxLine) -> tuple[int | None, str]:
        key = (line.product_id, line.ncm)
        if key not in self._groups:
            self._groups[key] = self.groups.of(*key)
        return self._groups[key]

    def _rates_of(self, uf: str, origem: str) -> Rates:
        if (uf, origem) not in self._rates:
            here = self.issuer.uf
            if uf not in self.internal:
                raise NoRate(
                    f"A alíquota interna de ICMS de {uf} em {self.on:%d/%m/%Y} não é conhecida. "
                    "Cadastre-a em Fiscal › Alíquotas por UF."
                )
            self._rates[uf, origem] = Rates(
                internal=self.internal[uf].internal,
                fcp=self.internal[uf].fcp,
                interstate=None if uf == here else national.interstate_rate(here, uf, origem),
                ibs_cbs=self.ibs_cbs if self.carries_ibs_cbs else None,
            )
        return self._rates[uf, origem]

    def _check_facts(self, line: TaxLine, buyer: Buyer) -> None:
        if self.issuer.uf not in national.UFS:
            raise LacksFact("A empresa está sem a UF do seu endereço. Informe-a em Fiscal, nos dados da empresa.")
        if buyer.uf not in national.UFS:
            who = f"O comprador {buyer.name}" if buyer.name else "O comprador"
            raise LacksFact(f"{who} está sem a UF de entrega, e dela dependem os impostos. Corrija o endereço.")
        if not is_ncm(line.ncm):
            said = f"tem o NCM {line.ncm}, que não existe" if line.ncm else "está sem NCM"
            raise LacksFact(f"{_product(line)} {said}. Informe os 8 dígitos no cadastro dele, em Produtos.")

    def _check_rule(self, line: TaxLine, rule: Rule) -> None:
        if rule.code in codes.WITHHELD and not line.cest:
            raise LacksFact(
                f"{_product(line)} tem o ICMS retido por substituição tributária e está sem CEST. "
                "Informe os 7 dígitos no cadastro dele, em Produtos."
            )
        if rule.ibs_cbs_cst in codes.IBS_CBS_TAXED and self.carries_ibs_cbs and self.ibs_cbs is None:
            raise NoRate(
                f"A alíquota da CBS em {self.on:%d/%m/%Y} não é conhecida, e não a adivinhamos. "
                "Informe-a em Fiscal › Alíquotas por UF, em IBS e CBS, como o contador da empresa disser."
            )

    def _no_rule(self, line: TaxLine, buyer: Buyer, facts: Facts) -> str:
        natureza = self.naturezas.get(facts.natureza_id, "?")
        group = f", grupo {self.groups.names[facts.group_id]}" if facts.group_id else ""
        who = f"{buyer.name}, " if buyer.name else ""
        place = "outra UF" if facts.is_interstate else "mesma UF"
        return " ".join(
            [
                f"Nenhuma regra tributária diz os impostos da venda: {line.label or 'produto'} "
                f"(NCM {line.ncm}{group}), para {who}{LABELS[facts.buyer]} em {facts.destination_uf}, "
                f"em {self.on:%d/%m/%Y}.",
                f"Crie em Fiscal › Regras tributárias uma regra de «{natureza}», {LABELS[facts.regime]}, "
                f"para {place} e {LABELS[facts.buyer]}.",
                nearest(self.rules, facts),
            ]
        ).strip()


def _product(line: TaxLine) -> str:
    return f"O produto {line.label}" if line.label else "O produto"


def own_state_rates(company: Company) -> list[StateRateFact]:
    """Return the rates of UFs that the company gave itself."""
    return [
        StateRateFact(row.uf, row.internal, row.fcp, row.valid_from, row.valid_until, is_own=True)
        for row in StateRate.objects.of(company)
    ]


def own_ibs_cbs_rates(company: Company, on: date) -> IbsCbsRates | None:
    """Return the rates of IBS and CBS that the company gave itself for a day."""
    row = IbsCbsRate.objects.of(company).filter(valid_from__lte=on).order_by("-valid_from").first()
    if row is None:
        return None
    return IbsCbsRates(row.ibs_uf, row.ibs_mun, row.cbs, national.holds_ibs_cbs_inside(on))
