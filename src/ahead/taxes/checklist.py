"""What is missing, on the side of the taxes, before the first nota."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import product

from django.db.models import Exists, OuterRef, Q

from ahead.accounts.models import Company
from ahead.catalog.models import KitComponent, ListingVariant, Product
from ahead.db.tenancy import TenantQuerySet
from ahead.orders.models import OrderItem
from ahead.taxes import codes, national
from ahead.taxes.models import Natureza, ProductGroup
from ahead.taxes.rule_checks import is_for_mei
from ahead.taxes.rules import choose
from ahead.taxes.table import TaxTable
from ahead.taxes.values import LABELS, BuyerKind, Facts, Issuer, Kind, Rule

_SOON_DAYS = 30
_NAMED = 5


class Place(StrEnum):
    """Where a person mends what is missing; the screens know its address."""

    PRODUCTS_WITHOUT_NCM = "products_without_ncm"
    PRODUCTS = "products"
    NATUREZAS = "naturezas"
    RULES = "rules"
    RULES_ENDING = "rules_ending"
    GROUPS = "groups"
    RATES = "rates"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing: how many of it, in words, and where it is mended; else it only deserves a look."""

    text: str
    count: int
    place: Place
    is_blocking: bool = True


def missing(company: Company, issuer: Issuer, on: date) -> list[Missing]:
    """Return what is missing before a company can issue, and what ends soon; nothing where all is there."""
    table = TaxTable.of(company, issuer=issuer, on=on)
    return [
        *_of_company(issuer),
        *_of_products(company, table),
        *_of_naturezas(company, table),
        *_of_mei(table),
        *_of_groups(company, table),
        *_of_rates(table),
        *_of_time(table),
    ]


def _of_company(issuer: Issuer) -> Iterator[Missing]:
    if issuer.uf not in national.UFS or issuer.crt not in {"1", "2", "3", "4"}:
        yield Missing("A empresa está sem a UF ou sem o regime tributário (CRT).", 1, Place.COMPANY)


def offered_products(company: Company) -> TenantQuerySet[Product]:
    """Return the products that may come into a nota: sold, listed, or in a kit; of a kit its components do."""
    listed = ListingVariant.objects.of(company).filter(product=OuterRef("pk"), listing__gone_at=None)
    sold = OrderItem.objects.of(company).filter(product=OuterRef("pk"))
    in_kits = KitComponent.objects.of(company).filter(product=OuterRef("pk"))
    found: TenantQuerySet[Product] = Product.objects.of(company).filter(
        Exists(listed) | Exists(sold) | Exists(in_kits), is_active=True, is_kit=False
    )
    return found


def _of_products(company: Company, table: TaxTable) -> Iterator[Missing]:
    products = offered_products(company)
    if without := products.filter(ncm="").count():
        yield Missing("Produtos vendidos ou anunciados sem NCM.", without, Place.PRODUCTS_WITHOUT_NCM)
    if wrong := products.filter(Q(ncm__startswith="00") | Q(ncm__startswith="77")).count():
        yield Missing("Produtos com um NCM que não existe.", wrong, Place.PRODUCTS)
    if lacking := _without_cest(products, table):
        yield Missing("Produtos com ST retida e sem CEST.", lacking, Place.PRODUCTS)


def _without_cest(products: TenantQuerySet[Product], table: TaxTable) -> int:
    """Count the products that are of a group whose ICMS was withheld, and have no CEST."""
    groups = {rule.group_id for rule in table.rules if rule.code in codes.WITHHELD and rule.group_id}
    if not groups:
        return 0
    rows = products.filter(cest="").values_list("pk", "ncm")
    return sum(table.groups.of(pk, ncm)[0] in groups for pk, ncm in rows.iterator(chunk_size=2000))


def _of_naturezas(company: Company, table: TaxTable) -> Iterator[Missing]:
    naturezas = list(Natureza.objects.of(company).filter(is_active=True))
    sales = [natureza for natureza in naturezas if natureza.kind == Kind.SALE]
    if not sales:
        yield Missing("Nenhuma natureza de operação de venda.", 1, Place.NATUREZAS)
    if table.issuer.uf not in national.UFS:
        return
    for natureza in sales:
        gaps = list(_gaps(natureza.pk, table))
        if gaps:
            yield Missing(f"«{natureza.name}» sem regra para: {'; '.join(gaps)}.", len(gaps), Place.RULES)


def _gaps(natureza_id: int, table: TaxTable) -> Iterator[str]:
    """Tell the sales of a product without group that no rule covers."""
    here = table.issuer.uf
    away = next(uf for uf in national.UFS if uf != here)
    for uf, buyer in product((here, away), (BuyerKind.CONSUMER, BuyerKind.CONTRIBUTOR)):
        facts = Facts(natureza_id, None, here, uf, buyer, table.issuer.regime, table.on)
        if choose(table.rules, facts) is None:
            yield f"{'outra' if facts.is_interstate else 'mesma'} UF, {LABELS[buyer]}"


def _of_mei(table: TaxTable) -> Iterator[Missing]:
    """Tell the rules that SEFAZ lets no MEI sell by."""
    if table.issuer.crt != "4":
        return
    held = [rule for rule in table.rules if _holds(rule, table) and rule.regime == table.issuer.regime]
    wrong = {rule.cfop for rule in held if not is_for_mei(rule)}
    if wrong:
        text = f"Regras com CFOP que a SEFAZ recusa de um MEI: {_named(sorted(wrong))}."
        yield Missing(text, len(wrong), Place.RULES)


def _of_groups(company: Company, table: TaxTable) -> Iterator[Missing]:
    ruled = {rule.group_id for rule in table.rules if _holds(rule, table) and rule.regime == table.issuer.regime}
    groups = ProductGroup.objects.of(company).filter(Q(prefixes__isnull=False) | Q(members__isnull=False)).distinct()
    without = [group.name for group in groups if group.pk not in ruled]
    if without:
        text = f"Grupos sem regra própria, tributados pela regra geral: {_named(without)}."
        yield Missing(text, len(without), Place.GROUPS, is_blocking=False)


def _holds(rule: Rule, table: TaxTable) -> bool:
    return rule.valid_from <= table.on and (rule.valid_until is None or table.on < rule.valid_until)


def _of_rates(table: TaxTable) -> Iterator[Missing]:
    unknown = [uf for uf in national.UFS if uf not in table.internal]
    if unknown:
        text = f"UF sem alíquota interna conhecida neste dia: {_named(unknown)}."
        yield Missing(text, len(unknown), Place.RATES)
    if table.carries_ibs_cbs and table.ibs_cbs is None:
        yield Missing("A alíquota da CBS deste ano não foi informada.", 1, Place.RATES)
    bare = [rule for rule in table.rules if _holds(rule, table) and not rule.ibs_cbs_cst]
    if table.carries_ibs_cbs and bare:
        text = "Regras do regime normal sem IBS e CBS, que a nota deve informar desde 2026."
        yield Missing(text, len(bare), Place.RULES)


def _of_time(table: TaxTable) -> Iterator[Missing]:
    soon = table.on + timedelta(days=_SOON_DAYS)
    begun = {_sales(rule) for rule in table.rules if table.on < rule.valid_from <= soon}
    ending = [
        rule
        for rule in table.rules
        if _holds(rule, table)
        and rule.valid_until is not None
        and rule.valid_until <= soon
        and _sales(rule) not in begun
    ]
    if ending:
        first = min(rule.valid_until for rule in ending if rule.valid_until)
        text = f"Regras que terminam em até 30 dias sem outra no lugar; a primeira em {first:%d/%m/%Y}."
        yield Missing(text, len(ending), Place.RULES_ENDING, is_blocking=False)


def _sales(rule: Rule) -> tuple[object, ...]:
    return (
        *(rule.natureza_id, rule.group_id, rule.origin_uf, rule.destination, rule.destination_uf),
        *(rule.buyer, rule.regime),
    )


def _named(names: list[str]) -> str:
    more = f" e mais {len(names) - _NAMED}" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
