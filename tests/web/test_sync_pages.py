"""Sincronização: the button, the progress, the logs."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.stores.models import Store, StoreAgenda
from ahead.stores.operations import pause_store
from ahead.sync.models import SyncRun
from order_making import make_event, make_order, make_run


@pytest.fixture
def operator(client: Client, oto: User) -> Client:
    client.force_login(oto)
    return client


def test_a_press_asks_for_a_sync_and_a_second_says_that_one_waits(operator: Client, loja: Store) -> None:
    address = f"/padaria-sol/sincronizacao/{loja.pk}/execucoes/"
    first = operator.post(address, follow=True)
    assert "Sincronização pedida" in first.content.decode()
    assert 'hx-trigger="every 1s"' in first.content.decode()
    second = operator.post(address, follow=True)
    assert "na fila" in second.content.decode()
    assert StoreAgenda.objects.of(loja.company_id).get(store=loja).asked == 1


def test_a_press_while_one_is_under_way_asks_for_nothing(operator: Client, loja: Store) -> None:
    now = timezone.now()
    make_run(loja, now, state="running", step="orders", done=38, total=119, finished_at=None)
    StoreAgenda.objects.of(loja.company_id).filter(store=loja).update(lease_until=now + timedelta(seconds=30))
    page = operator.post(f"/padaria-sol/sincronizacao/{loja.pk}/execucoes/", follow=True).content.decode()
    assert "em andamento" in page
    assert "38 de 119" in page
    assert StoreAgenda.objects.of(loja.company_id).get(store=loja).asked == 0


def test_a_store_that_cannot_sync_says_why_in_place(operator: Client, padaria: Company, loja: Store) -> None:
    pause_store(company=padaria, store_id=loja.pk, by="teste", now=timezone.now())
    answer = operator.post(f"/padaria-sol/sincronizacao/{loja.pk}/execucoes/")
    assert answer.status_code == 422
    assert "não pôde ser pedida" in answer.content.decode()


def test_whoever_may_only_read_may_not_ask(client: Client, bia: User, loja: Store) -> None:
    client.force_login(bia)
    assert client.post(f"/padaria-sol/sincronizacao/{loja.pk}/execucoes/").status_code == 403
    assert "Sincronizar</button>" not in client.get("/padaria-sol/sincronizacao/").content.decode()


def test_shows_what_the_last_run_did(operator: Client, loja: Store) -> None:
    order = make_order(loja, timezone.now())
    run = make_run(loja, timezone.now(), state="with_errors", errors=1, step="stock", tray_total=5, held_total=4)
    make_event(run, "order_imported", "order:1", "Pedido 1 importado", order_id=order.pk)
    make_event(run, "stock_updated", "variant:1", "1001 · Caneca", warehouse="Depósito", before=1_234, after=7)
    make_event(run, "error", "order:9", "Pedido 9", cause="O Tray não respondeu.", turn="tray", remedy="Nada a fazer.")
    page = operator.get(f"/padaria-sol/sincronizacao/?loja={loja.pk}").content.decode()
    assert "Produtos de Estoque Atualizados" in page
    assert "1.234" in page
    assert "Depósito" in page
    assert "O Tray não respondeu." in page
    assert "O Tray diz 5 pedidos alterados na janela; temos conta de 4." in page
    assert f'href="/padaria-sol/pedidos/{order.pk}/"' in page
    assert "every 1s" not in page


def test_shows_the_notas_that_went_to_tray(operator: Client, loja: Store) -> None:
    order = make_order(loja, timezone.now())
    run = make_run(loja, timezone.now(), notes_delivered=1)
    make_event(run, "nota_delivered", "nota:48001:1", "Nota 12/1 do pedido 5", order_id=order.pk)
    page = operator.get(f"/padaria-sol/sincronizacao/?loja={loja.pk}").content.decode()
    assert "Notas enviadas ao Tray" in page
    assert "Nota 12/1 do pedido 5" in page
    log = operator.get(f"/padaria-sol/sincronizacao/logs/{run.pk}/?aba=notas").content.decode()
    assert "Nota 12/1 do pedido 5" in log
    assert "<dt>Notas enviadas</dt><dd>1</dd>" in log


def test_a_run_that_was_cut_short_does_not_say_that_nothing_changed(operator: Client, loja: Store) -> None:
    run = make_run(loja, timezone.now(), state="failed", errors=1, step="connect")
    make_event(run, "error", "run", "A sincronização parou", cause="O Tray recusou.", turn="you")
    page = operator.get(f"/padaria-sol/sincronizacao/?loja={loja.pk}").content.decode()
    assert "O Tray recusou." in page
    assert "Nenhuma quantidade mudou" not in page
    make_run(loja, timezone.now())
    assert "Nenhuma quantidade mudou" in operator.get(f"/padaria-sol/sincronizacao/?loja={loja.pk}").content.decode()


def test_the_poll_answers_the_part_that_changes(operator: Client, loja: Store) -> None:
    make_run(loja, timezone.now(), state="running", finished_at=None)
    part = operator.get(f"/padaria-sol/sincronizacao/?loja={loja.pk}", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div class="stack" id="exchange"')
    assert "<html" not in part


@pytest.mark.parametrize(("seconds", "is_told"), [(3, False), (30, True)])
def test_a_tray_that_does_not_answer_is_told_of(operator: Client, loja: Store, seconds: int, *, is_told: bool) -> None:
    now = timezone.now()
    began = now - timedelta(seconds=seconds)
    make_run(loja, now, state="running", step="connect", started_at=began, finished_at=None)
    StoreAgenda.objects.of(loja.company_id).filter(store=loja).update(lease_until=now + timedelta(seconds=30))
    page = operator.get(f"/padaria-sol/sincronizacao/?loja={loja.pk}").content.decode()
    assert ("O Tray ainda não respondeu" in page) == is_told


def test_another_companys_store_is_not_there(operator: Client, loja: Store, outra: Company, caio: User) -> None:
    operator.force_login(caio)
    assert operator.get(f"/doces-lua/sincronizacao/?loja={loja.pk}").status_code == 404
    assert operator.post(f"/doces-lua/sincronizacao/{loja.pk}/execucoes/").status_code == 404


def test_a_run_with_an_error_is_white_and_a_clean_one_coloured(operator: Client, loja: Store) -> None:
    make_run(loja, timezone.now())
    make_run(loja, timezone.now(), state="with_errors", errors=1)
    make_run(loja, timezone.now(), state="failed", errors=1)
    page = operator.get("/padaria-sol/sincronizacao/logs/").content.decode()
    assert page.count('class="row-clean"') == 1
    assert page.count('class="row-errors"') == 2
    filtered = operator.get("/padaria-sol/sincronizacao/logs/?estado=clean").content.decode()
    assert "row-errors" not in filtered


def test_a_run_opens_on_its_errors_and_shows_each_part(operator: Client, loja: Store) -> None:
    run = make_run(loja, timezone.now(), state="with_errors", errors=1)
    make_event(run, "error", "order:9", "Pedido 9 falhou")
    make_event(run, "stock_updated", "variant:1", "1001 · Caneca", before=3, after=2)
    address = f"/padaria-sol/sincronizacao/logs/{run.pk}/"
    assert "Pedido 9 falhou" in operator.get(address).content.decode()
    assert "1001 · Caneca" in operator.get(f"{address}?aba=produtos").content.decode()
    assert "Nada aqui" in operator.get(f"{address}?aba=cancelados").content.decode()
    assert "Nada encontrado" in operator.get(f"{address}?aba=produtos&q=bule").content.decode()


def test_a_part_of_a_run_is_taken_along_as_a_file(operator: Client, loja: Store) -> None:
    run = make_run(loja, timezone.now())
    make_event(run, "stock_updated", "variant:1", "=1001 · Caneca", warehouse="Depósito", before=3, after=2)
    make_event(run, "order_imported", "order:1", "Pedido 1 importado")
    answer = operator.get(f"/padaria-sol/sincronizacao/logs/{run.pk}/planilha/?aba=produtos")
    text = answer.getvalue().decode()
    assert text.startswith("\ufeffQuando;O que;Texto")
    assert "'=1001 · Caneca;Depósito;3;2" in text
    assert "Pedido 1" not in text


@pytest.mark.django_db(transaction=True)
def test_a_simulation_runs_beside_the_request_and_tells_what_stopped_it(operator: Client, loja: Store) -> None:
    Store.objects.of(loja.company_id).update(api_address="http://127.0.0.1:9/web_api")
    answer = operator.post(f"/padaria-sol/sincronizacao/{loja.pk}/execucoes/", {"dry": "1"})
    assert answer.status_code == 302
    for thread in threading.enumerate():
        if thread.name == f"simulation-{loja.pk}":
            thread.join(timeout=120)
    run = SyncRun.objects.of(loja.company_id).get(is_dry=True)
    assert run.state == "failed"
    assert "simulação" in operator.get(f"/padaria-sol/sincronizacao/?loja={loja.pk}").content.decode()


def test_a_store_that_is_not_set_up_cannot_be_simulated(operator: Client, padaria: Company, loja: Store) -> None:
    loja.status_choices.all().delete()
    answer = operator.post(f"/padaria-sol/sincronizacao/{loja.pk}/execucoes/", {"dry": "1"})
    assert answer.status_code == 422
