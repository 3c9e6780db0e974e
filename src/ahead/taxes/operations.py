"""Writing tax rules, their naturezas and the rates of a company; `grouping` writes the groups of products."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.lib.errors import Refused
from ahead.taxes.defaults import NATUREZAS, WITHHELD_GROUP, WITHHELD_NOTE, NaturezaDraft, default_rules
from ahead.taxes.models import IbsCbsRate, Natureza, ProductGroup, StateRate, TaxRule
from ahead.taxes.national import OPEN_FROM, UFS
from ahead.taxes.rule_checks import WrongRule, checked
from ahead.taxes.rules import told
from ahead.taxes.table import rule_of
from ahead.taxes.values import Kind, Rule

_LONGEST_NAME = 60
_NOT_STORED = {"id", "natureza", "group"}
_KEY = ("natureza_id", "group_id", "origin_uf", "destination", "destination_uf", "buyer", "regime")


class NaturezaTaken(Refused):
    """Another natureza has this name."""


class RuleOverlaps(Refused):
    """Another rule says the taxes of the same sales at the same time; the message says which."""


class CannotEnd(Refused):
    """A rule cannot end, or go, on the day that was asked for; the message says why."""


class WrongRate(Refused):
    """A rate of a UF, or of IBS and CBS, cannot be as given; the message says why."""


@transaction.atomic
def save_natureza(
    *,
    company: Company,
    natureza_id: int | None = None,
    name: str,
    kind: str = Kind.SALE,
    is_entry: bool = False,
    is_active: bool = True,
    by: str,
    now: datetime,
) -> Natureza:
    """
    Make a natureza de operação, or change one.

    :raises Natureza.DoesNotExist: if the company has no such natureza.
    :raises NaturezaTaken: if another has its name.
    :raises WrongRule: if its name is missing or too long, or a sale is said to be an entry.
    """
    _lock(company)
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME:
        raise WrongRule("O nome da natureza vai impresso na nota, com até 60 letras.", field="name")
    if kind == Kind.SALE and is_entry:
        raise WrongRule("Uma venda é uma saída. Para o que volta, escolha Devolução.", field="is_entry")
    mine = Natureza.objects.of(company)
    if mine.filter(name__iexact=name).exclude(pk=natureza_id or 0).exists():
        raise NaturezaTaken(f"Já existe a natureza «{name}».")
    natureza = mine.get(pk=natureza_id) if natureza_id else Natureza(company=company, created_at=now)
    if natureza.pk and natureza.is_entry != is_entry and natureza.rules.exists():
        raise WrongRule(
            "Esta natureza já tem regras, com CFOP do outro sentido. Crie outra natureza.", field="is_entry"
        )
    natureza.name, natureza.kind, natureza.is_entry, natureza.is_active = name, Kind(kind).value, is_entry, is_active
    done, verb = ("alterada", "changed") if natureza.pk else ("criada", "created")
    natureza.save()
    text = f"Natureza «{name}» {done}"
    _record(f"natureza.{verb}", natureza, text, by=by, now=now, is_entry=is_entry, is_active=is_active)
    return natureza


@transaction.atomic
def save_rule(
    *, company: Company, rule: Rule, rule_id: int | None = None, ends_id: int | None = None, by: str, now: datetime
) -> TaxRule:
    """
    Make a tax rule, or change one. With `ends_id`, that rule ends on the day the new one begins.

    :raises TaxRule.DoesNotExist: if the company has no such rule.
    :raises Natureza.DoesNotExist: if the company has no such natureza.
    :raises ProductGroup.DoesNotExist: if the company has no such group.
    :raises WrongRule: if the rule contradicts itself or the tables of the nota.
    :raises RuleOverlaps: if another says the taxes of the same sales at the same time.
    :raises CannotEnd: if the rule to be ended did not begin before.
    """
    _lock(company)
    natureza = Natureza.objects.of(company).get(pk=rule.natureza_id)
    if rule.group_id is not None:
        ProductGroup.objects.of(company).get(pk=rule.group_id)
    clean = checked(rule, is_entry=natureza.is_entry)
    if ends_id is not None:
        end_rule(company=company, rule_id=ends_id, valid_until=clean.valid_from, by=by, now=now)
    _check_alone(company, clean, rule_id)
    row = _rules(company).get(pk=rule_id) if rule_id else TaxRule(company=company, created_at=now)
    before = said_by(rule_of(row)) if rule_id else {}
    _fill(row, clean, now)
    row.save()
    after = said_by(clean)
    changed = {name: [before.get(name, ""), value] for name, value in after.items() if before.get(name, "") != value}
    done, verb = ("alterada", "changed") if rule_id else ("criada", "created")
    _record(f"rule.{verb}", row, f"Regra {told(rule_of(row))} {done}", by=by, now=now, changes=changed)
    return row


@transaction.atomic
def end_rule(*, company: Company, rule_id: int, valid_until: date, by: str, now: datetime) -> TaxRule:
    """
    Let a rule end: on `valid_until` it holds no more.

    :raises TaxRule.DoesNotExist: if the company has no such rule.
    :raises CannotEnd: if it would end before it begins.
    """
    _lock(company)
    row: TaxRule = _rules(company).get(pk=rule_id)
    if valid_until <= row.valid_from:
        raise CannotEnd(
            f"A regra vale desde {row.valid_from:%d/%m/%Y}: só pode terminar depois desse dia. "
            "Se ainda não foi usada, exclua-a."
        )
    if row.valid_until != valid_until:
        row.valid_until, row.updated_at = valid_until, now
        row.save(update_fields=["valid_until", "updated_at"])
        text = f"Regra {told(rule_of(row))} encerrada: não vale mais em {valid_until:%d/%m/%Y}"
        _record("rule.ended", row, text, by=by, now=now)
    return row


@transaction.atomic
def remove_rule(*, company: Company, rule_id: int, today: date, by: str, now: datetime) -> None:
    """
    Take out a rule that no nota can have used before today.

    :raises TaxRule.DoesNotExist: if the company has no such rule.
    :raises CannotEnd: if it held before today.
    """
    _lock(company)
    row: TaxRule = _rules(company).get(pk=rule_id)
    if row.valid_from < today:
        raise CannotEnd("Notas podem ter saído com esta regra. Encerre-a, para que o histórico fique.")
    _record("rule.removed", row, f"Regra {told(rule_of(row))} excluída", by=by, now=now, was=said_by(rule_of(row)))
    row.delete()


@transaction.atomic
def set_state_rate(
    *,
    company: Company,
    uf: str,
    internal: Decimal,
    fcp: Decimal = Decimal(0),
    valid_from: date,
    valid_until: date | None = None,
    by: str,
    now: datetime,
) -> StateRate:
    """
    Say the internal rate and the general FCP of a UF from a day on, in place of the national table's.

    :raises WrongRate: if the UF is none, a rate no percentage, or the end not after the beginning.
    """
    _lock(company)
    if uf not in UFS:
        raise WrongRate("Escolha a UF.")
    _check_rates(internal, fcp)
    if valid_until is not None and valid_until <= valid_from:
        raise WrongRate("O fim da validade deve ser depois do início.")
    said = {"internal": internal, "fcp": fcp, "valid_until": valid_until}
    rate, _ = StateRate.objects.of(company).update_or_create(
        uf=uf, valid_from=valid_from, defaults=said, create_defaults={**said, "company": company}
    )
    text = f"Alíquota interna de {uf} a partir de {valid_from:%d/%m/%Y}: {internal:f}%, FCP {fcp:f}%"
    _record("state_rate.set", rate, text, by=by, now=now)
    return rate


@transaction.atomic
def remove_state_rate(*, company: Company, rate_id: int, by: str, now: datetime) -> None:
    """
    Take a rate of the company's own out: the national table's holds again.

    :raises StateRate.DoesNotExist: if the company has no such rate.
    """
    _lock(company)
    rate: StateRate = StateRate.objects.of(company).get(pk=rate_id)
    text = f"Alíquota própria de {rate.uf} ({rate.internal:f}%, FCP {rate.fcp:f}%) excluída: volta a da tabela"
    _record("state_rate.removed", rate, text, by=by, now=now)
    rate.delete()


@transaction.atomic
def set_ibs_cbs_rate(
    *, company: Company, ibs_uf: Decimal, ibs_mun: Decimal, cbs: Decimal, valid_from: date, by: str, now: datetime
) -> IbsCbsRate:
    """
    Say the rates of IBS and CBS from a day of 2027 or later on; those of 2026 are the law's.

    :raises WrongRate: if the day is before, or a rate no percentage.
    """
    _lock(company)
    _check_rates(ibs_uf, ibs_mun, cbs)
    if valid_from < OPEN_FROM:
        raise WrongRate("As alíquotas de 2026 são as da lei: 0,1% de IBS e 0,9% de CBS. Informe as de 2027 em diante.")
    said = {"ibs_uf": ibs_uf, "ibs_mun": ibs_mun, "cbs": cbs}
    rate, _ = IbsCbsRate.objects.of(company).update_or_create(
        valid_from=valid_from, defaults=said, create_defaults={**said, "company": company}
    )
    text = f"IBS e CBS a partir de {valid_from:%d/%m/%Y}: {ibs_uf:f}% + {ibs_mun:f}% e {cbs:f}%"
    _record("ibs_cbs_rate.set", rate, text, by=by, now=now)
    return rate


@transaction.atomic
def set_defaults(
    *, company: Company, crt: str, is_cumulative: bool = False, valid_from: date, by: str, now: datetime
) -> int:
    """
    Make the naturezas, the group and the rules most shops begin with, and return how many rules were made.

    What is there stays as it is: a rule whose sales another says already is left out. May be repeated.

    :raises NoDefaults: if the CRT is unknown, or there are no defaults for the day.
    """
    _lock(company)
    drafts = default_rules(crt=crt, is_cumulative=is_cumulative, valid_from=valid_from)
    naturezas = {draft.name: _natureza_of(company, draft, by=by, now=now) for draft in NATUREZAS}
    groups: dict[str, int | None] = {"": None}
    if any(draft.group for draft in drafts):
        withheld, _ = ProductGroup.objects.of(company).get_or_create(
            name=WITHHELD_GROUP, defaults={"company": company, "note": WITHHELD_NOTE, "created_at": now}
        )
        groups[WITHHELD_GROUP] = withheld.pk
    made = 0
    for draft in drafts:
        rule = replace(draft, natureza_id=naturezas[draft.natureza].pk, group_id=groups[draft.group])
        if _overlapping(company, rule, None).exists():
            continue
        save_rule(company=company, rule=rule, by=by, now=now)
        made += 1
    return made


def _natureza_of(company: Company, draft: NaturezaDraft, *, by: str, now: datetime) -> Natureza:
    if (there := Natureza.objects.of(company).filter(name__iexact=draft.name).first()) is not None:
        return there
    return save_natureza(company=company, name=draft.name, kind=draft.kind, is_entry=draft.is_entry, by=by, now=now)


def said_by(rule: Rule) -> dict[str, str]:
    """Return what a rule says, as the trail keeps it."""
    return {name: str(value) for name, value in asdict(rule).items() if name not in _NOT_STORED and value is not None}


def _fill(row: TaxRule, rule: Rule, now: datetime) -> None:
    for name, value in asdict(rule).items():
        if name not in _NOT_STORED:
            setattr(row, name, str(value) if name in {"destination", "buyer", "regime"} else value)
    row.updated_at = now


def _check_alone(company: Company, rule: Rule, rule_id: int | None) -> None:
    if (other := _overlapping(company, rule, rule_id).first()) is not None:
        until = f" até antes de {other.valid_until:%d/%m/%Y}" if other.valid_until else ""
        raise RuleOverlaps(
            f"A regra {told(rule_of(other))} já diz os impostos destas vendas, de {other.valid_from:%d/%m/%Y}{until}. "
            "Mude as condições, ou encerre aquela antes."
        )


def _overlapping(company: Company, rule: Rule, rule_id: int | None) -> Any:
    same: dict[str, Any] = {name: getattr(rule, name) for name in _KEY}
    found = _rules(company).filter(**same).exclude(pk=rule_id or 0)
    if rule.valid_until is not None:
        found = found.filter(valid_from__lt=rule.valid_until)
    return found.filter(Q(valid_until=None) | Q(valid_until__gt=rule.valid_from))


def _rules(company: Company) -> Any:
    return TaxRule.objects.of(company).select_related("natureza", "group")


def _check_rates(*rates: Decimal) -> None:
    if not all(rate.is_finite() and 0 <= rate <= 100 and rate == round(rate, 4) for rate in rates):
        raise WrongRate("Uma alíquota vai de 0 a 100%, com até quatro casas decimais.")


def _lock(company: Company) -> None:
    """Let one tax rule of a company be written at a time: what was found to be free stays so."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)


def _record(name: str, row: Any, text: str, *, by: str, now: datetime, **facts: object) -> None:
    kind = name.split(".", maxsplit=1)[0]
    record(
        f"taxes.{name}",
        company_id=row.company_id,
        subject=(kind, row.pk),
        text=text,
        by=by,
        at=now,
        **facts,
    )
