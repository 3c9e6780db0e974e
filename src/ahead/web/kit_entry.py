"""The components of a kit as they are typed in the form of a product."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from typing import TYPE_CHECKING

from ahead.catalog.kit_rules import AMOUNT, DISCOUNTED, PERCENT, STORE_PRICE, Component
from ahead.web.finding import NotOne, product_meant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import QueryDict

    from ahead.accounts.models import Company
    from ahead.catalog.kit_queries import Composition

PRICES = [("", "Preço da loja"), (AMOUNT, "Desconto em R$"), (PERCENT, "Desconto em %")]
_FIELDS = ("kit-product", "kit-quantity", "kit-price", "kit-discount")
_MOST_ROWS = 100
_BLANK_ROWS = 2


@dataclass
class PartRow:
    """One line of components as it was typed; one without a product is left out."""

    product: str = ""
    quantity: str = ""
    price: str = ""
    discount: str = ""
    name: str = ""
    error: str = ""

    @property
    def cells(self) -> list[str]:
        """What stands in the fields of the line."""
        return [self.product, self.quantity, self.price, self.discount]


def rows_of(composition: Composition | None) -> list[PartRow]:
    """Return the lines of what a kit consists of."""
    rows = []
    for part in composition.parts if composition else []:
        one = part.component
        is_cheaper = one.price_rule == DISCOUNTED
        discount = f"{one.discount_value:.2f}".replace(".", ",") if is_cheaper else ""
        price = one.discount_type if is_cheaper else ""
        rows.append(PartRow(part.product.code, str(one.quantity), price, discount, part.product.name))
    return rows


def with_blanks(rows: Sequence[PartRow]) -> list[PartRow]:
    """Return the lines with some to be filled in."""
    return [*rows, *(PartRow() for _ in range(_BLANK_ROWS))]


def typed_rows(posted: QueryDict) -> list[PartRow]:
    """Return the lines that were typed, without the blank ones."""
    columns = (posted.getlist(name)[:_MOST_ROWS] for name in _FIELDS)
    rows = [PartRow(*(text.strip()[:200] for text in cells)) for cells in zip_longest(*columns, fillvalue="")]
    return [row for row in rows if row.product]


def components_of(company: Company, rows: Sequence[PartRow]) -> list[Component]:
    """Return what the lines mean; what is wrong with one is noted on it, and it is left out."""
    found = []
    for row in rows:
        try:
            product = product_meant(company, row.product)
        except NotOne as refusal:
            row.error = str(refusal)
            continue
        row.product, row.name = product.code, product.name
        if not (row.quantity.isascii() and row.quantity.isdigit() and len(row.quantity) < 6):
            row.error = "Informe quantas unidades entram em um kit."
            continue
        discount = _discount(row)
        if discount is not None:
            rule = DISCOUNTED if row.price else STORE_PRICE
            found.append(Component(product.pk, int(row.quantity), rule, row.price or AMOUNT, discount))
    return found


def _discount(row: PartRow) -> Decimal | None:
    if not row.price:
        return Decimal(0)
    bare = row.discount.replace("R$", "").replace("%", "").strip()
    plain = bare.replace(".", "").replace(",", ".") if "," in bare else bare
    try:
        discount = Decimal(plain)
    except InvalidOperation:
        discount = Decimal("NaN")
    if not discount.is_finite():
        row.error = "Informe o desconto, como 12,90."
        return None
    return discount
