"""Finding the product a person meant by what they typed: code, reference, GTIN or a part of the description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ahead.catalog import queries as catalog
from ahead.lib.errors import Refused

if TYPE_CHECKING:
    from ahead.accounts.models import Company
    from ahead.catalog.models import Product


class NotOne(Refused):
    """No product, or more than one, is meant by a text; the message says which."""


def product_meant(company: Company, text: str) -> Product:
    """
    Return the one active product that is meant.

    :raises NotOne: if there is none, or more than one.
    """
    wanted = text.strip()
    found = catalog.find_products(company, wanted, limit=6)
    exact = [one for one in found if wanted.lower() in {one.code.lower(), one.reference.lower(), one.gtin}]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise NotOne(f"Nenhum produto ativo com este código, referência, GTIN ou descrição: «{wanted[:60]}».")
    names = "; ".join(f"{one.code} ({one.name})" for one in (exact or found)[:5])
    raise NotOne(f"Há mais de um produto assim: {names}. Escreva o código de um deles.")
