"""Going into the screens as one of the cast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from ahead.accounts.models import Company, Role, User
from ahead.accounts.operations import set_membership
from ahead.catalog.listing_operations import create_listing
from ahead.catalog.models import Category, Listing, Product
from ahead.fiscal.models import Nota
from ahead.orders.models import Order
from ahead.stores.models import Store
from fiscal_making import authorise, make_sale, set_up_issuer, trust
from listing_making import SIZES

Enter = Callable[[User], Client]


@pytest.fixture
def enter() -> Enter:
    """Log a person in, without the password."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in


@pytest.fixture
def by_role(ana: User, oto: User, bia: User, staff: User) -> dict[str, User]:
    """The bakery's people by their role."""
    return {"owner": ana, "operator": oto, "reader": bia, "staff": staff}


@pytest.fixture
def guest_staff(outra: Company, staff: User, now: datetime) -> User:
    """The member of AHEAD's staff, who also looks after the other company."""
    set_membership(company=outra, user=staff, role=Role.STAFF, by="teste", now=now)
    return staff


@pytest.fixture
def roupas(padaria: Company, loja: Store, now: datetime) -> Category:
    return Category.objects.create(company=padaria, store=loja, code=1, name="Roupas", created_at=now, updated_at=now)


@pytest.fixture
def camiseta(padaria: Company, loja: Store, make_product: Callable[..., Product]) -> Product:
    return make_product(padaria, code="CAM", name="Camiseta", reference="CB", price="49.90", on_hand=7, **SIZES)


@pytest.fixture
def listing(padaria: Company, loja: Store, camiseta: Product, roupas: Category, now: datetime) -> Listing:
    """Of the T-shirt, whole, not at Tray yet."""
    return create_listing(
        company=padaria, store_id=loja.pk, product_ids=[camiseta.pk], category_id=roupas.pk, is_draft=False,
        by="ana@padaria.example", now=now,
    )  # fmt: skip


@pytest.fixture
def oto_in(enter: Enter, oto: User) -> Client:
    return enter(oto)


@pytest.fixture
def sold(loja: Store, make_product: Callable[..., Product], now: datetime, settings: Any) -> list[Order]:
    """Three open orders of a company that may issue."""
    trust(settings)
    set_up_issuer(loja.company, now)
    bread = make_product(loja.company, name="Pão de mel", ncm="19059090", on_hand=50)
    return [make_sale(loja, now, [(bread, 1, "10.00")]) for _ in range(3)]


@pytest.fixture
def nota(sold: list[Order], now: datetime) -> Nota:
    return authorise(sold[0].company, sold[0], now)


@pytest.fixture
def oto_at(client: Client, oto: User) -> Client:
    client.force_login(oto)
    return client
