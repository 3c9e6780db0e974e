"""What a nota sells: the lines of an order, each with its share of what the order charges and takes off as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from ahead.catalog.models import Product
from ahead.fiscal.refusing import CannotBuild
from ahead.lib.money import split
from ahead.orders.kits import is_kit_line
from ahead.orders.models import Order, OrderItem

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """Goods as the nota lists them: of a kit, each component."""

    product: Product
    quantity: int
    amount: Decimal
    kit: Product | None = None


def lines_of(order: Order) -> list[Line]:
    """
    Return the goods of an order as its nota lists them: a kit is no good of its own, its components are.

    :raises CannotBuild: if a line is linked to no product.
    """
    found: list[Line] = []
    for item in order.items.all():
        if item.counts:
            found.extend(_lines_of_item(order, item))
    if not found:
        raise CannotBuild(f"O pedido {order.number} não tem itens.", remedy="Confira o pedido no Tray.")
    return found


def _lines_of_item(order: Order, item: OrderItem) -> Iterable[Line]:
    if item.product is None:
        raise CannotBuild(
            f"O item «{item.description}» do pedido {order.number} não está vinculado a um produto.",
            remedy="Vincule o produto na pendência do pedido.",
        )
    if is_kit_line(item):
        for part in item.components.all():
            yield Line(part.product, part.quantity, part.amount, kit=item.product)
        return
    yield Line(item.product, item.quantity, item.unit_price * item.quantity, kit=item.kit)


@dataclass(frozen=True, slots=True)
class Share:
    """A line with its share of what the order charges and takes off as a whole."""

    line: Line
    freight: Decimal
    discount: Decimal
    other: Decimal


def without(share: Share, tax: Decimal) -> Share:
    """Return a line without a tax that its price held: off the goods, as far as no discount is more than they are."""
    off_goods = min(tax, share.line.amount - share.discount)
    off_freight = min(tax - off_goods, share.freight)
    line = replace(share.line, amount=share.line.amount - off_goods)
    other = share.other - (tax - off_goods - off_freight)
    return replace(share, line=line, freight=share.freight - off_freight, other=other)


def shares_of(order: Order) -> list[Share]:
    """
    Return the lines of an order; together they come to its total, to the cent.

    :raises CannotBuild: if they cannot.
    """
    lines = lines_of(order)
    amounts = [line.amount for line in lines]
    charged = _charged(order, sum(amounts, ZERO))
    parts = (split(whole, amounts, unweighted="first") for whole in (charged.freight, charged.discount, charged.other))
    return [Share(*share) for share in zip(lines, *parts, strict=True)]


@dataclass(frozen=True, slots=True)
class Charged:
    """What an order charges and takes off as a whole, as a nota may say it: nothing is negative."""

    freight: Decimal
    discount: Decimal  # at most what the goods come to
    other: Decimal


def charged(*, goods: Decimal, freight: Decimal, additions: Iterable[Decimal], total: Decimal) -> Charged | None:
    """
    Return what makes goods and freight the total that the buyer paid, to the cent; None if nothing does.

    An addition that is negative is a discount. What the additions do not explain is one or the other as well: the total
    is what was paid. A discount that is more than the goods (a coupon for the freight) is taken off the freight, then
    off the additions.
    """
    signed = [*additions, min(freight, ZERO)]
    freight = max(freight, ZERO)
    signed.append(total - goods - freight - sum(signed, ZERO))
    other = sum((one for one in signed if one > 0), ZERO)
    discount = -sum((one for one in signed if one < 0), ZERO)
    excess = max(discount - goods, ZERO)
    off_freight = min(excess, freight)
    off_other = excess - off_freight
    if off_other > other:
        return None
    return Charged(freight - off_freight, discount - excess, other - off_other)


def _charged(order: Order, goods: Decimal) -> Charged:
    additions = [order.payment_rate, order.taxes, order.interest, -order.discount, -order.coupon_discount]
    found = charged(goods=goods, freight=order.shipping, additions=additions, total=order.total)
    if found is None:
        raise CannotBuild(
            f"O desconto do pedido {order.number} é maior que os itens e o frete.",
            remedy="Confira o total do pedido no Tray.",
        )
    return found
