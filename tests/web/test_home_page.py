"""The first page after the log-in."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.stores.models import Store
from order_making import make_order, make_run, make_unknown


def test_says_how_the_stores_stand_and_what_needs_me(client: Client, oto: User, padaria: Company, loja: Store) -> None:
    now = timezone.now()
    make_run(loja, now, errors=2, state="with_errors")
    make_unknown(loja, now, make_order(loja, now, state="held"))
    client.force_login(oto)
    page = client.get("/padaria-sol/").content.decode()
    assert "Com erros" in page
    assert "Produto do Tray sem vínculo" in page
    assert "restam 10.000 de 10.000" in page
    assert "Pedidos por hora, hoje" in page


def test_a_company_without_stores_is_told_the_next_step(client: Client, oto: User) -> None:
    client.force_login(oto)
    page = client.get("/padaria-sol/").content.decode()
    assert "Nenhuma Loja ainda" in page
    assert 'href="/padaria-sol/lojas/"' in page


def test_is_nothing_to_a_stranger(client: Client, padaria: Company, caio: User) -> None:
    client.force_login(caio)
    assert client.get("/padaria-sol/").status_code == 404
