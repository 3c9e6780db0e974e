"""Trazer do Tray: the page says what would become of each, and asks for it once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from ahead.accounts.models import Company, User
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.stores.models import Store, StoreAgenda

pytestmark = pytest.mark.django_db
HERE = "/padaria-sol/produtos-ecommerce/trazer-do-tray/"


def seen(store: Store, tray_id: int, title: str, product: Product | None, now: datetime) -> Listing:
    """Let a listing be seen at Tray."""
    ids = {"company_id": store.company_id, "store": store}
    listing = Listing.objects.create(tray_id=tray_id, title=title, reference=f"R{tray_id}", seen_at=now, **ids)
    ListingVariant.objects.create(listing=listing, tray_product_id=tray_id, product=product, **ids)
    return listing


def test_it_says_what_becomes_of_each(oto_in: Client, loja: Store, camiseta: Product, now: datetime) -> None:
    seen(loja, 101, "Caneca Esmaltada", camiseta, now)
    seen(loja, 102, "Bule", None, now)

    page = oto_in.get(HERE).content.decode()

    assert f"usa o produto {camiseta}" in page
    assert "cria 1 produto" in page


def test_what_is_chosen_is_asked_for_with_a_sync(oto_in: Client, padaria: Company, loja: Store, now: datetime) -> None:
    one = seen(loja, 101, "Caneca Esmaltada", None, now)
    other = seen(loja, 102, "Bule", None, now)

    answer = oto_in.post(f"{HERE}?loja={loja.pk}", {"anuncio": [one.pk]}, follow=True)

    assert "Trazendo 1 anúncios" in answer.content.decode()
    asked = Listing.objects.of(padaria).filter(adoption_asked_at__isnull=False)
    assert list(asked) == [one]
    assert StoreAgenda.objects.of(padaria).get(store=loja).asked == 1
    oto_in.post(f"{HERE}?loja={loja.pk}&todos=1")
    assert set(asked.all()) == {one, other}


def test_nothing_chosen_asks_for_nothing(oto_in: Client, padaria: Company, loja: Store, now: datetime) -> None:
    seen(loja, 101, "Caneca Esmaltada", None, now)
    answer = oto_in.post(f"{HERE}?loja={loja.pk}", follow=True)
    assert "Escolha ao menos um anúncio" in answer.content.decode()
    assert not Listing.objects.of(padaria).filter(adoption_asked_at__isnull=False).exists()


def test_who_only_reads_asks_for_nothing(
    enter: Callable[[User], Client], bia: User, loja: Store, now: datetime
) -> None:
    bia_in = enter(bia)
    one = seen(loja, 101, "Caneca Esmaltada", None, now)
    assert "Trazer todos" not in bia_in.get(HERE).content.decode()
    assert bia_in.post(f"{HERE}?loja={loja.pk}", {"anuncio": [one.pk]}).status_code == 403
