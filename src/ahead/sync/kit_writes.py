"""The rows of a kit at Tray: linked once, and never changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from ahead import tray
from ahead.sync.catalogue_documents import KitLine


def write_components(client: tray.Tray, parent: int, kit: Sequence[KitLine], *, may_be_there: bool) -> bool:
    """
    Link the components of a kit, unless an unanswered request did; where it did in part, delete the product.

    Return whether it is there still: else it is to be made anew.

    :raises tray.TrayError: if Tray did not take them, or does not tell what is there.
    """
    if may_be_there:
        wanted = Counter({line.tray_product_id: line.quantity for line in kit})
        there: Counter[int] = Counter()
        for row in {row.id: row for row in client.kits(product_parent_id=parent)}.values():  # one may be shown twice
            there[row.product_id] += int(row.quantity)
        if there == wanted:
            return True
        if there:
            client.delete_product(parent)
            return False
    client.create_kit_rows([one for line in kit for one in _rows(parent, line, alone=len(kit) == 1)])
    return True


def _rows(parent: int, line: KitLine, *, alone: bool) -> list[tray.KitRowFields]:
    """Return the rows of a component; Tray wants at least two: a single one is sent as two of them."""
    quantities = [line.quantity - 1, 1] if alone else [line.quantity]
    return [
        tray.KitRowFields(
            parent_id=parent,
            product_id=line.tray_product_id,
            quantity=quantity,
            price_rule=line.price_rule,
            discount_type=line.discount_type,
            discount_value=Decimal(line.discount_value),
        )
        for quantity in quantities
        if quantity > 0
    ]
