"""What a kit may consist of, and what a component costs in it: pure decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ahead.lib.errors import Refused
from ahead.lib.money import ZERO, to_cents

STORE_PRICE, DISCOUNTED = "1", "2"  # Tray's own codes (page "Kits")
AMOUNT, PERCENT = "$", "%"
_MOST_UNITS = 10_000
_MOST_COMPONENTS = 100


class WrongKit(Refused):
    """The kit may not be composed so; the message says why."""


@dataclass(frozen=True, slots=True)
class Component:
    """One component as it is asked for: units in one kit, and its price there."""

    product_id: int
    quantity: int = 1
    price_rule: str = STORE_PRICE
    discount_type: str = AMOUNT
    discount_value: Decimal = ZERO


def clean_component(asked: Component, *, name: str) -> Component:
    """
    Return a component with its discount to the cent; one at the store's price has none.

    :raises WrongKit: if the quantity, the price rule or the discount cannot be.
    """
    if not 1 <= asked.quantity <= _MOST_UNITS:
        raise WrongKit(f"A quantidade de {name} no kit deve ser de 1 a {_MOST_UNITS}.")
    if asked.price_rule not in {STORE_PRICE, DISCOUNTED} or asked.discount_type not in {AMOUNT, PERCENT}:
        raise WrongKit(f"Escolha o preço de {name} no kit: o da loja, ou com desconto em R$ ou em %.")
    if asked.price_rule == STORE_PRICE:
        return replace(asked, discount_type=AMOUNT, discount_value=ZERO)
    discount = asked.discount_value
    if not discount.is_finite() or not 0 < discount < 10**9 or discount != to_cents(discount):
        raise WrongKit(f"Informe o desconto de {name}: maior que zero, com até duas casas decimais.")
    if asked.discount_type == PERCENT and discount > 100:
        raise WrongKit(f"O desconto de {name} não pode passar de 100%.")
    return replace(asked, discount_value=to_cents(discount))


def why_not_compose(kit_id: int, asked: Sequence[Component]) -> str | None:
    """Return the reason a kit may not consist of these components, or None if it may."""
    ids = [one.product_id for one in asked]
    if not ids:
        return "Um kit precisa de componentes. Informe ao menos dois produtos, ou duas unidades de um."
    if kit_id in ids:
        return "O kit não pode ser componente dele mesmo."
    if len(set(ids)) < len(ids):
        return "Há um componente repetido. Deixe uma linha só, com a quantidade somada."
    if len(ids) > _MOST_COMPONENTS:
        return f"Um kit pode ter no máximo {_MOST_COMPONENTS} componentes."
    if sum(one.quantity for one in asked) < 2:
        return "Um kit de uma unidade de um produto é o próprio produto. Informe mais um componente ou unidade."
    return None


def price_in_kit(price: Decimal, *, price_rule: str, discount_type: str, discount_value: Decimal) -> Decimal:
    """
    Return what one unit of a component costs inside a kit, to the cent, never below zero.

    Source: Tray, page "Kits": price rule 1 is the store's price; 2 takes a discount off it, in R$ or in percent.
    """
    if price_rule == STORE_PRICE:
        return to_cents(price)
    off = price * discount_value / 100 if discount_type == PERCENT else discount_value
    return max(to_cents(price - off), ZERO)
