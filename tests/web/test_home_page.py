"""The first page after the log-in."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.stores.models import Store
from ahead.sync.closings import today_of
from ahead.watch.models import Alert
from closing_making import make_closing, make_difference
from nota_rows import make_nota
from order_making import make_order, make_run, make_unknown

pytestmark = pytest.mark.database

EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}
BIG = "orders_order|orders_orderitem|fiscal_nota|sync_syncrun|sync_syncevent|sync_ordersighting|sync_dayclosing"
FULL_SCAN = re.compile(rf"Seq Scan on ({BIG})\b|^SCAN ({BIG})(?! USING)")


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
    assert "Cadastrar a Loja do Tray" in page
    assert 'href="/padaria-sol/lojas/"' in page


def test_is_nothing_to_a_stranger(client: Client, padaria: Company, caio: User) -> None:
    client.force_login(caio)
    assert client.get("/padaria-sol/").status_code == 404


def test_answers_whether_everything_is_in_and_says_what_differs(
    client: Client, oto: User, padaria: Company, loja: Store
) -> None:
    now = timezone.now()
    client.force_login(oto)
    assert "a primeira conferência é depois da meia-noite" in client.get("/padaria-sol/").content.decode()
    closing = make_closing(loja, today_of(now) - timedelta(days=1), now)
    assert "conferido " in client.get("/padaria-sol/").content.decode()
    make_difference(closing, now)
    page = client.get("/padaria-sol/").content.decode()
    assert "1 diferença" in page
    assert "Diferenças na conferência dos dias" in page


def test_shows_alerts_and_notas_with_a_problem(client: Client, oto: User, padaria: Company, loja: Store) -> None:
    now = timezone.now()
    order = make_order(loja, now)
    with transaction.atomic():
        make_nota(order, now, state="rejected", protocol="", delivery="none")
    Alert.objects.create(
        company=padaria, store=loja, kind="store_overdue", key=f"store:{loja.pk}", text="A Loja não sincroniza há 2 h",
        remedy="Abra a Sincronização.", since=now, opened_at=now, last_seen_at=now,
    )  # fmt: skip
    client.force_login(oto)
    page = client.get("/padaria-sol/").content.decode()
    assert "A Loja não sincroniza há 2 h" in page
    assert "Notas rejeitadas pela SEFAZ" in page


def test_the_live_part_is_sent_again_only_when_something_changed(client: Client, oto: User, loja: Store) -> None:
    client.force_login(oto)
    page = client.get("/padaria-sol/").content.decode()
    found = re.search(r'hx-get="([^"]*versao=[^"]*)"', page)
    assert found
    asked = {"HTTP_HX_REQUEST": "true"}
    assert client.get(found[1], **asked).status_code == 204
    make_order(loja, timezone.now())
    answer = client.get(found[1], **asked)
    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith('<div class="stack" id="home-live"')
    assert "<html" not in answer.content.decode()


def test_a_new_company_is_led_step_by_step(client: Client, oto: User, padaria: Company, loja: Store) -> None:
    client.force_login(oto)
    page = client.get("/padaria-sol/").content.decode()
    assert "Para começar" in page
    assert "Fazer a primeira sincronização" in page
    make_run(loja, timezone.now())
    assert "Para começar" not in client.get("/padaria-sol/").content.decode()


@pytest.mark.parametrize("stores", [1, 12])
def test_asks_as_many_queries_for_many_stores_as_for_one(
    client: Client, oto: User, padaria: Company, make_store: Any, django_assert_max_num_queries: Any, stores: int
) -> None:
    for number in range(stores):
        store = make_store(padaria, f"Loja {number}")
        make_run(store, timezone.now())
        make_closing(store, today_of(timezone.now()) - timedelta(days=1), timezone.now())
    client.force_login(oto)
    with django_assert_max_num_queries(34):
        client.get("/padaria-sol/")


def test_reads_the_big_tables_by_index_alone(client: Client, oto: User, padaria: Company, loja: Store) -> None:
    now = timezone.now()
    make_order(loja, now)
    make_run(loja, now)
    make_closing(loja, today_of(now) - timedelta(days=1), now)
    client.force_login(oto)
    with CaptureQueriesContext(connection) as asked:
        client.get("/padaria-sol/")
    scans = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # of a table this small it would read all
            cursor.execute("SET LOCAL enable_seqscan = off")
        for query in asked:
            if not query["sql"].startswith("SELECT"):
                continue
            cursor.execute(f"{EXPLAIN[connection.vendor]} {query['sql']}")
            plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
            scans += [line for line in plan.splitlines() if FULL_SCAN.search(line)]
    assert scans == []
