"""A T-shirt, a category, listings made of what a test gives, the tax rules of the bakery, and what its notas need."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.catalog.listing_operations import create_listing
from ahead.catalog.models import Category, Listing, Product
from ahead.fiscal.preparing import Workshop, open_workshop
from ahead.stores.models import Store
from ahead.taxes import operations as taxes
from ahead.taxes.models import Natureza
from ahead.taxes.values import Kind
from fiscal_making import set_up_issuer, trust
from listing_making import SIZES

ANA = "ana@padaria.example"


@pytest.fixture
def who(padaria: Company, now: datetime) -> dict[str, Any]:
    return {"company": padaria, "by": ANA, "now": now}


@pytest.fixture
def roupas(padaria: Company, loja: Store, now: datetime) -> Category:
    return Category.objects.create(company=padaria, store=loja, code=1, name="Roupas", created_at=now, updated_at=now)


@pytest.fixture
def camiseta(padaria: Company, make_product: Callable[..., Product]) -> Product:
    return make_product(padaria, code="CAM-BAS", name="Camiseta básica", reference="CB", price="49.90", **SIZES)


@pytest.fixture
def make_listing(who: dict[str, Any], loja: Store, camiseta: Product, roupas: Category) -> Callable[..., Listing]:
    """Make a listing that lacks nothing, of the T-shirt unless other products are given."""

    def make(*products: Product, **fields: Any) -> Listing:
        given = {"category_id": roupas.pk, "is_draft": False, **fields}
        ids = [product.pk for product in products or (camiseta,)]
        return create_listing(store_id=loja.pk, product_ids=ids, **who, **given)

    return make


@pytest.fixture
def venda(who: dict[str, Any]) -> Natureza:
    """A natureza without tax rules."""
    return taxes.save_natureza(name="Venda", kind=Kind.SALE, **who)


@pytest.fixture
def padroes(who: dict[str, Any], padaria: Company) -> Natureza:
    """The default tax rules of the regime normal; returns the natureza of sales."""
    taxes.set_defaults(crt="3", valid_from=date(2026, 11, 1), **who)
    return Natureza.objects.of(padaria).get(kind=Kind.SALE)


@pytest.fixture
def workshop(loja: Store, now: datetime, settings: Any) -> Workshop:
    trust(settings)
    set_up_issuer(loja.company, now)
    return open_workshop(loja.company, now=now)


@pytest.fixture
def bread(loja: Store, make_product: Callable[..., Product]) -> Product:
    return make_product(loja.company, name="Pão de mel", ncm="19059090", on_hand=50, weight_g=250)
