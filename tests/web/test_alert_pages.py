"""Alertas: the list, who hears of what, the limits, the webhook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.stores.models import Store
from ahead.watch.freshness import keep_fresh
from ahead.watch.models import Alert, AlertChoice, AlertSettings, Look
from order_making import make_run

pytestmark = pytest.mark.database

Enter = Callable[[User], Client]
URL = "/padaria-sol/alertas/"


@pytest.fixture
def alert(padaria: Company, loja: Store) -> Alert:
    now = timezone.now()
    return Alert.objects.create(
        company=padaria, store=loja, kind="store_failing", key=f"store:{loja.pk}", text="A Loja falhou 5 vezes.",
        remedy="Veja o erro.", turn="us", since=now - timedelta(hours=2), opened_at=now, last_seen_at=now,
    )  # fmt: skip


def test_says_what_is_wrong_and_leads_to_where_it_is_mended(enter: Enter, bia: User, alert: Alert) -> None:
    page = enter(bia).get(URL).content.decode()

    for word in ("Sincronização que falha seguidas vezes", "A Loja falhou 5 vezes.", "Veja o erro.", "há 2 h"):
        assert word in page
    assert f'href="/padaria-sol/sincronizacao/logs/?loja={alert.store_id}"' in page
    assert '<span class="count">1' in page


def test_is_narrowed_by_the_address_and_taken_along(enter: Enter, oto: User, alert: Alert) -> None:
    client = enter(oto)
    assert "A Loja falhou" not in client.get(URL, {"situacao": "resolvidos"}).content.decode()
    assert "A Loja falhou" not in client.get(URL, {"q": "certificado"}).content.decode()
    assert "A Loja falhou" in client.get(URL, {"tipo": "store_failing", "q": "falhou"}).content.decode()
    sheet = b"".join(client.get(f"{URL}planilha/").streaming_content)  # type: ignore[attr-defined]
    assert "A Loja falhou 5 vezes." in sheet.decode()


def test_nothing_wrong_says_so_and_nobody_looking_says_that(enter: Enter, oto: User, padaria: Company) -> None:
    client = enter(oto)
    assert "Ninguém olhou ainda" in client.get(URL).content.decode()
    Look.objects.create(pk=1, looked_at=timezone.now())
    assert "Nada fora do normal" in client.get(URL).content.decode()


def test_every_page_says_when_no_worker_runs(enter: Enter, oto: User, padaria: Company) -> None:
    Look.objects.create(pk=1, looked_at=timezone.now() - timedelta(minutes=5))
    assert "O programa que sincroniza está parado" in enter(oto).get("/padaria-sol/pedidos/").content.decode()
    Look.objects.update(looked_at=timezone.now())
    assert "O programa que sincroniza está parado" not in enter(oto).get("/padaria-sol/pedidos/").content.decode()


def test_a_reader_chooses_for_themselves_alone(enter: Enter, bia: User, ana: User, padaria: Company) -> None:
    client = enter(bia)
    assert client.post(f"{URL}quem-recebe/", {"at_once": "on"}).status_code == 302
    chosen = AlertChoice.objects.of(padaria).get()
    assert (chosen.user_id, chosen.at_once, chosen.daily) == (bia.pk, True, False)

    assert client.post(f"{URL}quem-recebe/", {}).status_code == 302
    chosen.refresh_from_db()
    assert (chosen.at_once, chosen.daily) == (False, False)
    page = client.get(f"{URL}quem-recebe/").content.decode()
    assert "Este sistema não envia e-mail" in page
    assert "pelo papel: Responsável" in page


def test_limits_are_the_owners_and_have_ranges(enter: Enter, ana: User, oto: User, padaria: Company) -> None:
    assert enter(oto).get(f"{URL}limites/").status_code == 403
    client = enter(ana)
    page = client.get(f"{URL}limites/")
    assert page.status_code == 200
    form = page.context["form"]
    given = {name: str(form[name].value()) for name in form.fields} | {"digest_at": "07:30", "held_hours": "48"}

    assert client.post(f"{URL}limites/", given | {"held_hours": "0"}).status_code == 422
    assert client.post(f"{URL}limites/", given).status_code == 302
    row = AlertSettings.objects.of(padaria).get()
    assert (row.held_hours, f"{row.digest_at:%H:%M}") == (48, "07:30")


def test_the_webhook_is_set_and_tested_and_tries_are_shown(
    enter: Enter, ana: User, oto: User, padaria: Company
) -> None:
    assert enter(oto).get(f"{URL}webhook/").status_code == 403
    client = enter(ana)
    refused = client.post(f"{URL}webhook/", {"url": "https://a:b@c.example", "is_on": "on"})
    assert refused.status_code == 422
    assert "endereço do webhook" in refused.content.decode()

    assert client.post(f"{URL}webhook/", {"url": "http://127.0.0.1:9/x", "is_on": "on"}).status_code == 302
    tested = client.post(f"{URL}webhook/teste/", follow=True).content.decode()
    assert "O teste não chegou." in tested
    assert "Não recebido" in tested
    row = AlertSettings.objects.of(padaria).get()
    assert row.hook_secret in tested
    client.post(f"{URL}webhook/segredo/")
    assert AlertSettings.objects.of(padaria).get().hook_secret != row.hook_secret


def test_another_companys_alerts_are_nobodys_business(enter: Enter, caio: User, alert: Alert) -> None:
    assert enter(caio).get(URL).status_code == 404
    page = enter(caio).get("/doces-lua/alertas/", {"situacao": "todos"}).content.decode()
    assert alert.text not in page


def test_freshness_shows_each_flow_of_each_store(enter: Enter, bia: User, padaria: Company, loja: Store) -> None:
    now = timezone.now()
    make_run(loja, now - timedelta(minutes=3, seconds=10))  # it ended a moment more than three minutes ago
    keep_fresh([padaria.pk], now=now)

    page = enter(bia).get(f"{URL}frescor/").content.decode()

    for word in ("Pedidos para o AHEAD", "Estoque para o Tray", "há 3 min", "Nada à espera"):
        assert word in page
    assert loja.name in enter(bia).get(f"{URL}frescor/", {"loja": loja.pk}).content.decode()


def test_freshness_without_stores_says_the_next_step(enter: Enter, bia: User, padaria: Company) -> None:
    assert "Nenhuma Loja ainda" in enter(bia).get(f"{URL}frescor/").content.decode()
