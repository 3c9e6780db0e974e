"""A scope survives joining and nesting, and never vouches for rows of another company."""

from __future__ import annotations

import pytest
from django.db.models import Exists, OuterRef

from ahead.accounts.models import Company
from ahead.catalog.models import Product
from ahead.db.tenancy import Unscoped


@pytest.fixture
def two(padaria: Company, outra: Company, make_product) -> tuple[Product, Product]:  # type: ignore[no-untyped-def]
    """A product of each company."""
    return make_product(padaria, reference="A"), make_product(outra, reference="B")


def test_rows_of_one_company_may_be_joined(padaria: Company, two: tuple[Product, Product]) -> None:
    rows = Product.objects.of(padaria)
    assert list(rows.filter(reference="A") | rows.filter(reference="B")) == [two[0]]
    assert list(rows.filter(reference="A") & rows.all()) == [two[0]]
    assert list(rows.filter(reference="A").union(rows.filter(reference="B"))) == [two[0]]
    assert list(rows.none() | rows) == [two[0]]
    assert list(rows | Product.objects.of(padaria.pk)) == [two[0]]


def test_rows_of_different_companies_may_not(padaria: Company, outra: Company, two: tuple[Product, Product]) -> None:
    ours, theirs = Product.objects.of(padaria), Product.objects.of(outra)
    for join in (lambda: ours | theirs, lambda: ours ^ theirs, lambda: ours.union(theirs)):
        with pytest.raises(Unscoped):
            join()


def test_a_scope_does_not_vouch_for_rows_without_one(padaria: Company, two: tuple[Product, Product]) -> None:
    ours = Product.objects.of(padaria)
    with pytest.raises(Unscoped):
        ours | Product.objects.all()
    with pytest.raises(Unscoped):
        list(Product.objects.all() & ours)


def test_scoped_rows_nest(padaria: Company, outra: Company, two: tuple[Product, Product]) -> None:
    inner = Product.objects.of(outra)
    assert list(Product.objects.of(padaria).filter(pk__in=inner)) == []
    assert list(Product.objects.of(padaria).filter(~Exists(inner.filter(pk=OuterRef("pk"))))) == [two[0]]
