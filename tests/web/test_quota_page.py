"""The tab Cota."""

from __future__ import annotations

import pytest
from django.test import Client

from ahead.accounts.models import User
from ahead.db.clock import shared_now
from ahead.stores.bucket import day_of
from ahead.stores.models import RequestBudget, Store
from ahead.stores.planning import HOURS


@pytest.mark.django_db
def test_shows_the_split_of_the_day(client: Client, bia: User, loja: Store) -> None:
    use = {"orders": [3] * HOURS, "stock": [1] * HOURS}
    RequestBudget.objects.of(loja.company_id).update(day=day_of(shared_now()), used_today=96, use=use)

    client.force_login(bia)
    page = client.get(f"/{loja.company.slug}/sincronizacao/cota/").content.decode()

    assert "<strong>96</strong> de 10.000" in page
    assert "9 h, Pedidos e status: 3" in page
    assert "9 h, Estoque: 1" in page
    assert "poucos dias de história" in page


@pytest.mark.django_db
def test_another_companys_store_is_not_there(client: Client, bia: User, loja: Store) -> None:
    client.force_login(bia)
    assert client.get(f"/{loja.company.slug}/sincronizacao/cota/?loja={loja.pk + 99}").status_code == 404
