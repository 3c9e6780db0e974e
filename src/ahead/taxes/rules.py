"""Which tax rule applies, and what a rule may say: pure decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ahead.lib.errors import Refused
from ahead.taxes.values import LABELS, BuyerKind, Choice, Destination, Facts, Issuer, Regime, Rule

_NEARER_TOLD = 3


class Untaxable(Refused):
    """The taxes of a line cannot be said; the message says what is missing and where to put it."""

    product_id: int | None = None  # of the line, where it is known


class NoRule(Untaxable):
    """No tax rule applies to a line."""


class NoRate(Untaxable):
    """A rate that the line needs is not known."""


class LacksFact(Untaxable):
    """The product or the buyer lacks what a nota must say of it."""


def regime_of(crt: str) -> Regime:
    """Return which codes a CRT's ICMS is written with."""
    return Issuer(crt, "").regime


def is_ncm(text: str) -> bool:
    """Whether a text can be the NCM of goods: eight digits, of a chapter that exists."""
    return len(text) == 8 and text.isascii() and text.isdigit() and text[:2] not in {"00", "77"}


def choose(rules: Iterable[Rule], facts: Facts) -> Choice | None:
    """
    Return the most specific of the rules that apply, and why those that say more do not; None if none applies.

    What counts, in this order: the product group, the destination, the buyer, the origin; then the youngest.
    """
    ordered = sorted(rules, key=_nearness, reverse=True)
    refused: list[str] = []
    for rule in ordered:
        if rule.natureza_id != facts.natureza_id or rule.regime != facts.regime:
            continue
        if (reason := why_not(rule, facts)) is None:
            return Choice(rule, (f"Vale a regra {told(rule)}.", *refused[-_NEARER_TOLD:]))
        if rule.group_id in {None, facts.group_id}:
            refused.append(f"Não vale a regra {told(rule)}: {reason}.")
    return None


def nearest(rules: Iterable[Rule], facts: Facts) -> str:
    """Say which rule is nearest where none applies, and why it does not; nothing where there is none."""
    mine = [rule for rule in rules if rule.natureza_id == facts.natureza_id]
    if not mine:
        return ""

    def fit(rule: Rule) -> tuple[int, tuple[object, ...]]:
        return sum(check(rule, facts) is None for check in _CHECKS), _nearness(rule)

    best = max(mine, key=fit)
    return f"A mais próxima, {told(best)}, não vale: {why_not(best, facts)}."


def why_not(rule: Rule, facts: Facts) -> str | None:
    """Return why a rule does not apply, in words; None if it does."""
    return next((reason for check in _CHECKS if (reason := check(rule, facts)) is not None), None)


def told(rule: Rule) -> str:
    """Return how a person recognises a rule: «Venda de mercadoria, outra UF, não contribuinte, CFOP 6108»."""
    parts = [rule.natureza, rule.group and f"grupo {rule.group}", where(rule), LABELS[rule.buyer]]
    return f"«{', '.join(part for part in parts if part)}, CFOP {rule.cfop}»"


def where(rule: Rule) -> str:
    """Return where a rule's goods go, in words."""
    to = rule.destination_uf if rule.destination is Destination.UF else LABELS[rule.destination]
    return f"de {rule.origin_uf} para {to}" if rule.origin_uf else to


def _nearness(rule: Rule) -> tuple[object, ...]:
    return (
        rule.group_id is not None,
        rule.destination is Destination.UF,
        rule.buyer is not BuyerKind.ANY,
        bool(rule.origin_uf),
        rule.valid_from,
        rule.id,
    )


def _wrong_regime(rule: Rule, facts: Facts) -> str | None:
    return None if rule.regime == facts.regime else f"é do {LABELS[rule.regime]}"


def _wrong_group(rule: Rule, facts: Facts) -> str | None:
    if rule.group_id in {None, facts.group_id}:
        return None
    return f"o produto não é do grupo {rule.group}"


def _wrong_destination(rule: Rule, facts: Facts) -> str | None:
    wanted = {
        Destination.SAME: not facts.is_interstate,
        Destination.OTHER: facts.is_interstate,
        Destination.UF: rule.destination_uf == facts.destination_uf,
    }
    if wanted[rule.destination]:
        return None
    place = rule.destination_uf if rule.destination is Destination.UF else LABELS[rule.destination]
    return f"é para {place}, e a mercadoria vai de {facts.origin_uf} para {facts.destination_uf}"


def _wrong_cfop(rule: Rule, facts: Facts) -> str | None:
    """A CFOP says itself whether the goods leave the UF: 1 and 5 stay, 2 and 6 leave."""
    leaves = rule.cfop[:1] in {"2", "6"}
    if leaves == facts.is_interstate:
        return None
    return f"o CFOP {rule.cfop} é de operação {'entre UFs' if leaves else 'dentro da UF'}"


def _wrong_buyer(rule: Rule, facts: Facts) -> str | None:
    if rule.buyer in {BuyerKind.ANY, facts.buyer}:
        return None
    return f"é para {LABELS[rule.buyer]}, e o comprador é {LABELS[facts.buyer]}"


def _wrong_origin(rule: Rule, facts: Facts) -> str | None:
    if rule.origin_uf in {"", facts.origin_uf}:
        return None
    return f"é para o que sai de {rule.origin_uf}, e a mercadoria sai de {facts.origin_uf}"


def _out_of_time(rule: Rule, facts: Facts) -> str | None:
    if facts.on < rule.valid_from:
        return f"só vale a partir de {rule.valid_from:%d/%m/%Y}"
    if rule.valid_until is not None and facts.on >= rule.valid_until:
        return f"deixou de valer em {rule.valid_until:%d/%m/%Y}"
    return None


_CHECKS: Sequence[Callable[[Rule, Facts], str | None]] = (
    _wrong_regime,
    _wrong_group,
    _wrong_destination,
    _wrong_cfop,
    _wrong_buyer,
    _wrong_origin,
    _out_of_time,
)
