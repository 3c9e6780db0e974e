"""Reading tax rules and what they depend on. `fiscal` asks `TaxTable`, and `missing` before the first nota."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from ahead.accounts.models import Company
from ahead.catalog.models import Product
from ahead.db.paging import Page, paginate
from ahead.db.searching import words_in
from ahead.taxes import defaults, national
from ahead.taxes.checklist import Missing, Place, missing
from ahead.taxes.models import GroupProduct, IbsCbsRate, Natureza, ProductGroup, StateRate, TaxRule
from ahead.taxes.national import StateRateFact
from ahead.taxes.table import TaxTable, own_state_rates, rule_of
from ahead.taxes.values import Rule

__all__ = [
    "Missing",
    "Place",
    "PlannedDefaults",
    "TaxTable",
    "group",
    "groups",
    "ibs_cbs_rates",
    "missing",
    "natureza",
    "naturezas",
    "planned_defaults",
    "rule",
    "rules",
    "state_rates",
]

PAGE_SIZE = 50
# sales first, general rules before those of a group; SQLite and PostgreSQL differ in where they put what is empty
_OF_NATUREZA = ("natureza__is_entry", "natureza__name")
_OF_GROUP = F("group__name").asc(nulls_first=True)
_SORTS: dict[str, tuple[Any, ...]] = {
    "natureza": (*_OF_NATUREZA, _OF_GROUP, "cfop"),
    "-natureza": ("-natureza__is_entry", "-natureza__name", _OF_GROUP, "cfop"),
    "group": (_OF_GROUP, *_OF_NATUREZA, "cfop"),
    "-group": (F("group__name").desc(nulls_last=True), *_OF_NATUREZA, "cfop"),
    "cfop": ("cfop", *_OF_NATUREZA),
    "-cfop": ("-cfop", *_OF_NATUREZA),
    "valid_from": ("valid_from", *_OF_NATUREZA, "cfop"),
    "-valid_from": ("-valid_from", *_OF_NATUREZA, "cfop"),
}


def rules(
    company: Company,
    *,
    search: str = "",
    natureza_id: int | None = None,
    group_id: int | None = None,  # 0: of no group
    regime: str = "",
    buyer: str = "",
    on: date | None = None,
    state: str = "",
    ids: Collection[int] = (),
    sort: str = "natureza",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[TaxRule]:
    """
    Return a page of tax rules; `state` is held, ending, coming or ended, as seen from the day `on`.

    An unknown sort is "natureza".
    """
    found = TaxRule.objects.of(company).select_related("natureza", "group")
    if wanted := search.strip():
        found = found.filter(
            Q(cfop__startswith=wanted)
            | Q(icms_cst=wanted)
            | Q(csosn=wanted)
            | words_in("natureza__name", wanted)
            | words_in("group__name", wanted)
        )
    chosen = {"natureza": natureza_id, "regime": regime, "buyer": buyer, "pk__in": list(ids)}
    found = found.filter(**{name: value for name, value in chosen.items() if value})
    if group_id is not None:
        found = found.filter(group=group_id or None)
    if state and on is not None:
        found = found.filter(_in_state(state, on))
    rows = found.order_by(*_SORTS.get(sort, _SORTS["natureza"]), "pk")
    return paginate(rows, page=page, size=size)


def _in_state(state: str, on: date) -> Q:
    held = Q(valid_from__lte=on) & (Q(valid_until=None) | Q(valid_until__gt=on))
    return {
        "held": held,
        "ending": held & Q(valid_until__lte=on + timedelta(days=30)),
        "coming": Q(valid_from__gt=on),
        "ended": Q(valid_until__lte=on),
    }.get(state, Q())


def rule(company: Company, rule_id: int) -> Rule:
    """
    Return one tax rule.

    :raises TaxRule.DoesNotExist: if the company has no such rule.
    """
    return rule_of(TaxRule.objects.of(company).select_related("natureza", "group").get(pk=rule_id))


def naturezas(company: Company, *, active: bool | None = None, kind: str = "") -> QuerySet[Natureza]:
    """Return the naturezas de operação with how many rules each has (`rule_count`)."""
    found = Natureza.objects.of(company)
    if active is not None:
        found = found.filter(is_active=active)
    if kind:
        found = found.filter(kind=kind)
    return found.annotate(rule_count=Count("rules")).order_by("is_entry", "name")


def natureza(company: Company, natureza_id: int) -> Natureza:
    """
    Return one natureza.

    :raises Natureza.DoesNotExist: if the company has no such natureza.
    """
    found: Natureza = Natureza.objects.of(company).get(pk=natureza_id)
    return found


def groups(company: Company, *, search: str = "") -> QuerySet[ProductGroup]:
    """Return the groups with their beginnings of NCM, how many products are named and how many rules there are."""
    found = ProductGroup.objects.of(company)
    if search.strip():
        found = found.filter(words_in("name", search) | Q(prefixes__prefix__startswith=search.strip()))
    counted = found.annotate(member_count=Count("members", distinct=True), rule_count=Count("rules", distinct=True))
    return counted.prefetch_related("prefixes").order_by("name")


@dataclass(frozen=True, slots=True)
class GroupDetail:
    """A group with what makes a product of it."""

    group: ProductGroup
    prefixes: list[str]
    products: list[Product]
    by_ncm: int  # how many products its beginnings of NCM take in


def group(company: Company, group_id: int) -> GroupDetail:
    """
    Return one group, the products that are named in it, and how many its NCM take in.

    :raises ProductGroup.DoesNotExist: if the company has no such group.
    """
    found: ProductGroup = ProductGroup.objects.of(company).get(pk=group_id)
    prefixes = list(found.prefixes.values_list("prefix", flat=True))
    members = GroupProduct.objects.of(company).filter(group=found).select_related("product").order_by("product__code")
    begins = Q(pk=None)
    for prefix in prefixes:
        begins |= Q(ncm__startswith=prefix)
    taken_in = Product.objects.of(company).filter(begins, tax_groups=None).count() if prefixes else 0
    return GroupDetail(found, prefixes, [member.product for member in members], taken_in)


@dataclass(frozen=True, slots=True)
class StateRateRow:
    """What holds for a UF on a day, and what the company gave itself."""

    name: str
    fact: StateRateFact | None
    own: list[StateRate]


def state_rates(company: Company, on: date) -> dict[str, StateRateRow]:
    """Return the internal rate and FCP of each UF on a day, with the company's own of any day."""
    held = national.internal_rates(on, own_state_rates(company))
    own = list(StateRate.objects.of(company).order_by("uf", "-valid_from"))
    return {
        uf: StateRateRow(name, held.get(uf), [rate for rate in own if rate.uf == uf])
        for uf, name in national.UFS.items()
    }


def ibs_cbs_rates(company: Company) -> list[IbsCbsRate]:
    """Return the rates of IBS and CBS that the company gave itself, the youngest first."""
    return list(IbsCbsRate.objects.of(company).order_by("-valid_from"))


@dataclass(frozen=True, slots=True)
class PlannedDefaults:
    """What «Usar padrões» would make: each rule, and whether there is one for its sales already."""

    naturezas: list[str]  # new ones
    group: str  # empty if it is there, or no rule is for it
    rules: list[tuple[Rule, bool]]

    @property
    def new_rules(self) -> int:
        """How many rules would be made."""
        return sum(not is_there for _, is_there in self.rules)


def planned_defaults(company: Company, *, crt: str, is_cumulative: bool, valid_from: date) -> PlannedDefaults:
    """
    Return what `operations.set_defaults` would make.

    :raises NoDefaults: if the CRT is unknown, or there are no defaults for the day.
    """
    drafts = defaults.default_rules(crt=crt, is_cumulative=is_cumulative, valid_from=valid_from)
    there = {name.lower() for name in Natureza.objects.of(company).values_list("name", flat=True)}
    has_group = (
        not any(draft.group for draft in drafts)
        or ProductGroup.objects.of(company).filter(name=defaults.WITHHELD_GROUP).exists()
    )
    rows = TaxRule.objects.of(company).filter(Q(valid_until=None) | Q(valid_until__gt=valid_from))
    taken = {_sales(rule_of(row)) for row in rows.select_related("natureza", "group")}
    return PlannedDefaults(
        [draft.name for draft in defaults.NATUREZAS if draft.name.lower() not in there],
        "" if has_group else defaults.WITHHELD_GROUP,
        [(draft, _sales(draft) in taken) for draft in drafts],
    )


def _sales(rule: Rule) -> tuple[Any, ...]:
    return (
        *(rule.natureza.lower(), rule.group, rule.origin_uf, rule.destination, rule.destination_uf),
        *(rule.buyer, rule.regime),
    )
