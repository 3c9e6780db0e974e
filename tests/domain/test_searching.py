"""Each word of a search narrows it: what is changed or issued for all that match must never be more than was meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from ahead.accounts.models import Company
from ahead.catalog import queries as catalog
from ahead.catalog.models import Product
from ahead.customers import queries as customers
from ahead.db.searching import MOST_WORDS
from order_making import make_customer

pytestmark = pytest.mark.database

SHIRT = "Camiseta Básica Algodão Gola Redonda Masculina"
PERSON = "Maria Aparecida Conceição Santos Oliveira Pereira"


def test_the_seventh_word_of_a_product_counts(padaria: Company, make_product: Callable[..., Product]) -> None:
    for colour in ("Azul", "Preta"):
        make_product(padaria, name=f"{SHIRT} {colour}")

    assert catalog.products(padaria, search=SHIRT).total == 2
    assert [row.product.name for row in catalog.products(padaria, search=f"{SHIRT} Azul").rows] == [f"{SHIRT} Azul"]


def test_the_seventh_word_of_a_person_counts(padaria: Company, now: datetime) -> None:
    for last in ("Silva", "Souza"):
        make_customer(padaria, now, name=f"{PERSON} {last}", document="")

    assert customers.customers(padaria, search=PERSON).total == 2
    assert customers.customers(padaria, search=f"{PERSON} Silva").total == 1


def test_more_words_than_anything_has_find_nothing(
    padaria: Company, now: datetime, make_product: Callable[..., Product]
) -> None:
    make_product(padaria, name="pão")
    make_customer(padaria, now, name="Ana", document="")
    words = [f"{letter}{number}" for letter in "ab" for number in range(MOST_WORDS)]

    assert catalog.products(padaria, search=" ".join(["pão"] * (MOST_WORDS + 1))).total == 0
    assert customers.customers(padaria, search=" ".join(["ana", *words])).total == 0
