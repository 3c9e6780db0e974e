"""Editar em lote through the screens: from a list, by its selection or its filters, to the sheet that shows it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from ahead.accounts.models import Company, User
from ahead.catalog.listing_operations import create_listing
from ahead.catalog.models import Listing, Product
from ahead.spreadsheets.models import SheetImport
from ahead.spreadsheets.working import work_on
from ahead.stores.models import Store

pytestmark = pytest.mark.django_db
PRODUCTS = "/padaria-sol/produtos/edicao-em-lote/"
LISTINGS = "/padaria-sol/produtos-ecommerce/edicao-em-lote/"


@pytest.fixture
def breads(padaria: Company, make_product: Callable[..., Product]) -> list[Product]:
    return [make_product(padaria, code=code, name=name, price="10") for code, name in (("A", "Pão"), ("B", "Bolo"))]


def asked(client: Client, url: str, **fields: str) -> SheetImport:
    """Ask for changes, let the jobs look through them, and return the sheet they became."""
    answer = client.post(url, {name.replace("_do", "-do"): value for name, value in fields.items()})
    assert answer.status_code == 302, re.findall(r'field__error">.*?</', answer.content.decode())
    sheet: SheetImport = SheetImport.objects.across_companies().order_by("-pk")[0]
    assert answer["Location"] == f"/padaria-sol/planilhas/{sheet.pk}/"
    work_on(sheet.pk)
    sheet.refresh_from_db()
    return sheet


def test_the_lists_lead_there_with_their_filters(oto_in: Client, breads: list[Product], loja: Store) -> None:
    page = oto_in.get("/padaria-sol/produtos/?q=Bolo").content.decode()
    assert f'href="{PRODUCTS}?q=Bolo"' in page
    assert f'formaction="{PRODUCTS}"' in page, "and the selection is sent there as well"
    there = oto_in.get(f"{PRODUCTS}?q=Bolo").content.decode()
    assert "<strong>1 produto</strong>" in there


def test_a_selection_is_changed_alone(oto_in: Client, breads: list[Product]) -> None:
    pao, bolo = breads
    url = f"{PRODUCTS}?produto={bolo.pk}"
    assert "1 produto da sua seleção" in oto_in.get(url).content.decode()
    sheet = asked(oto_in, url, price="10", price_do="raise", brand="Sol", brand_do="set")
    shown = oto_in.get(f"/padaria-sol/planilhas/{sheet.pk}/").content.decode()
    assert "10,00 →" in shown
    assert "11,00" in shown
    oto_in.post(f"/padaria-sol/planilhas/{sheet.pk}/aplicacao/")
    work_on(sheet.pk)
    bolo.refresh_from_db()
    pao.refresh_from_db()
    assert (str(bolo.price), bolo.brand, str(pao.price), pao.brand) == ("11.00", "Sol", "10.00", "")


def test_listings_are_changed_by_their_filters(
    oto_in: Client, padaria: Company, loja: Store, breads: list[Product], ana: User
) -> None:
    for product in breads:
        create_listing(
            company=padaria, store_id=loja.pk, product_ids=[product.pk], by=ana.email, now=product.created_at
        )
    page = oto_in.get("/padaria-sol/produtos-ecommerce/").content.decode()
    assert f'href="{LISTINGS}"' in page
    sheet = asked(oto_in, f"{LISTINGS}?q=Bolo", is_visible_do="não", promotion_starts_on="", availability_do="empty")
    assert (sheet.kind, sheet.rows, sheet.changed) == ("listings", 1, 1)
    oto_in.post(f"/padaria-sol/planilhas/{sheet.pk}/aplicacao/")
    work_on(sheet.pk)
    assert dict(Listing.objects.of(padaria).values_list("title", "is_visible")) == {"Pão": True, "Bolo": False}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Diga o que mudar em ao menos um campo."),
        ({"brand": "Sol"}, "Diga o que fazer com este valor"),
        ({"ncm-do": "set", "ncm": "12"}, "8 dígitos"),
        ({"price-do": "raise", "price": "muito"}, "não é um número"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    oto_in: Client, breads: list[Product], fields: dict[str, str], said: str
) -> None:
    answer = oto_in.post(PRODUCTS, fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not SheetImport.objects.across_companies().exists()


def test_a_selection_that_cannot_be_read_is_not_all(oto_in: Client, breads: list[Product]) -> None:
    assert oto_in.post(f"{PRODUCTS}?produto=abc", {"brand-do": "empty"}).status_code == 400
    assert not SheetImport.objects.across_companies().exists()


def test_who_only_reads_is_offered_no_such_thing(
    enter: Callable[[User], Client], bia: User, breads: list[Product], loja: Store
) -> None:
    bia_in = enter(bia)
    assert "edicao-em-lote" not in bia_in.get("/padaria-sol/produtos/").content.decode()
    assert bia_in.get(PRODUCTS).status_code == 403
    assert bia_in.post(LISTINGS, {"is_visible-do": "não"}).status_code == 403
