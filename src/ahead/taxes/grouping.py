"""Writing the groups of products that are taxed alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.catalog.models import Product
from ahead.lib.errors import Refused
from ahead.taxes.models import GroupPrefix, GroupProduct, ProductGroup

_LONGEST_NAME = 80
_LONGEST_NOTE = 300


class WrongGroup(Refused):
    """A group cannot be as given; the message says why, `field` which field is wrong."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def save_group(
    *,
    company: Company,
    group_id: int | None = None,
    name: str,
    note: str = "",
    prefixes: Iterable[str] = (),
    product_ids: Iterable[int] = (),
    by: str,
    now: datetime,
) -> ProductGroup:
    """
    Make a group, or change one: its products are those whose NCM begins so, and those that are named.

    :raises ProductGroup.DoesNotExist: if the company has no such group.
    :raises Product.DoesNotExist: if the company has no such product.
    :raises WrongGroup: if the name is missing or taken, or an NCM or product is of another group already.
    """
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    name, note = " ".join(name.split()), " ".join(note.split())
    if not name or len(name) > _LONGEST_NAME:
        raise WrongGroup("Informe o nome do grupo, com até 80 letras.", field="name")
    if len(note) > _LONGEST_NOTE:
        raise WrongGroup("A observação pode ter no máximo 300 letras.", field="note")
    mine = ProductGroup.objects.of(company)
    if mine.filter(name__iexact=name).exclude(pk=group_id or 0).exists():
        raise WrongGroup(f"Já existe o grupo «{name}».", field="name")
    begins, products = clean_prefixes(prefixes), _products(company, product_ids)
    _check_free(company, group_id, begins, products)
    group = mine.get(pk=group_id) if group_id else ProductGroup(company=company, created_at=now)
    done, verb = ("alterado", "changed") if group.pk else ("criado", "created")
    group.name, group.note = name, note
    group.save()
    _set_members(group, begins, products)
    _record(
        verb, group, f"Grupo tributário «{name}» {done}", by=by, now=now, prefixes=begins, products=sorted(products)
    )
    return group


@transaction.atomic
def remove_group(*, company: Company, group_id: int, by: str, now: datetime) -> None:
    """
    Take a group out; its products are of none then.

    :raises ProductGroup.DoesNotExist: if the company has no such group.
    :raises WrongGroup: if a tax rule is about it.
    """
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    group = ProductGroup.objects.of(company).get(pk=group_id)
    if group.rules.exists():
        raise WrongGroup(f"O grupo «{group.name}» tem regras tributárias: é preciso para explicar as notas delas.")
    _record("removed", group, f"Grupo tributário «{group.name}» excluído", by=by, now=now)
    group.delete()


def clean_prefixes(prefixes: Iterable[str]) -> list[str]:
    """
    Return beginnings of NCM as digits, each once.

    :raises WrongGroup: if one has not two to eight digits.
    """
    clean = [re.sub(r"[\s.]", "", prefix) for prefix in prefixes]
    for prefix in filter(None, clean):
        if not re.fullmatch(r"[0-9]{2,8}", prefix):
            raise WrongGroup(f"«{prefix}» não é o começo de um NCM: use de 2 a 8 dígitos.", field="prefixes")
    return sorted(set(filter(None, clean)))


def _products(company: Company, ids: Iterable[int]) -> dict[int, Product]:
    wanted = set(ids)
    found: dict[int, Product] = Product.objects.of(company).in_bulk(list(wanted))
    if len(found) != len(wanted):
        raise Product.DoesNotExist
    return found


def _check_free(company: Company, group_id: int | None, prefixes: list[str], products: dict[int, Product]) -> None:
    others = GroupPrefix.objects.of(company).filter(prefix__in=prefixes).exclude(group=group_id or 0)
    if (taken := others.select_related("group").first()) is not None:
        raise WrongGroup(f"O NCM {taken.prefix} já é do grupo «{taken.group.name}».", field="prefixes")
    members = GroupProduct.objects.of(company).filter(product__in=list(products)).exclude(group=group_id or 0)
    if (member := members.select_related("group").first()) is not None:
        product = products[member.product_id]
        raise WrongGroup(f"O produto {product} já está no grupo «{member.group.name}».", field="products")


def _set_members(group: ProductGroup, prefixes: list[str], products: dict[int, Product]) -> None:
    group.prefixes.exclude(prefix__in=prefixes).delete()
    held = set(group.prefixes.values_list("prefix", flat=True))
    company = group.company
    GroupPrefix.objects.bulk_create(
        GroupPrefix(company=company, group=group, prefix=prefix) for prefix in prefixes if prefix not in held
    )
    group.members.exclude(product__in=list(products)).delete()
    there = set(group.members.values_list("product_id", flat=True))
    GroupProduct.objects.bulk_create(
        GroupProduct(company=company, group=group, product=product)
        for pk, product in products.items()
        if pk not in there
    )


def _record(verb: str, group: ProductGroup, text: str, *, by: str, now: datetime, **facts: object) -> None:
    subject = ("tax_group", group.pk)
    record(f"taxes.group.{verb}", company_id=group.company_id, subject=subject, text=text, by=by, at=now, **facts)
