"""What machines ask: is it alive, can it work, how does it go."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company
from ahead.jobs import engine, metrics
from ahead.jobs.models import WorkerSlot
from ahead.stores.models import Store
from ahead.watch.models import Look

pytestmark = pytest.mark.database

TOKEN = {"Authorization": "Bearer segredo-de-teste"}


@pytest.fixture
def prepared(transactional_db: None, settings: Any, tmp_path: Any) -> None:
    """An engine of this test alone, with its tables."""
    if connection.vendor == "sqlite":
        settings.ENGINE_DATABASE_URL = f"sqlite:///{tmp_path / 'jobs.sqlite3'}"
    engine.disconnect()
    engine.migrate()


def worker(seconds_ago: float = 0) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    WorkerSlot.objects.create(executor="worker-0", seen_at=at, started_at=at, host="casa", pid=7, threads=8)


def test_alive_asks_no_database_and_no_name_of_the_host(
    client: Client, django_assert_num_queries: Any, db: None
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/saude", headers={"host": "10.0.0.9"})

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert client.post("/saude").status_code == 405


def test_ready_with_tables_engine_and_a_worker(client: Client, prepared: None) -> None:
    worker()

    answer = client.get("/saude/pronto", headers={"host": "10.0.0.9"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == {
        "ready": True,
        "checks": {"database": "ok", "migrations": "ok", "engine": "ok", "worker": "ok"},
    }


@pytest.mark.parametrize("seconds_ago", [None, 60])
def test_not_ready_without_a_worker_that_beats(client: Client, prepared: None, seconds_ago: float | None) -> None:
    if seconds_ago is not None:
        worker(seconds_ago)

    answer = client.get("/saude/pronto")

    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["checks"]["worker"] == "failed"


def test_not_ready_while_workers_beat_and_do_not_do_their_rounds(client: Client, prepared: None) -> None:
    worker()
    Look.objects.create(pk=1, looked_at=timezone.now() - timedelta(minutes=9))
    assert client.get("/saude/pronto").status_code == 200
    Look.objects.update(looked_at=timezone.now() - timedelta(minutes=11))

    answer = client.get("/saude/pronto")

    assert (answer.status_code, answer.json()["checks"]["worker"]) == (503, "failed")


@pytest.mark.django_db
def test_not_ready_without_the_engine(client: Client, settings: Any) -> None:
    settings.ENGINE_DATABASE_URL = "sqlite:////nirgendwo/jobs.sqlite3"
    worker()

    checks = client.get("/saude/pronto").json()["checks"]

    assert (checks["engine"], checks["worker"]) == ("failed", "unknown")


def test_not_ready_while_a_migration_is_missing(client: Client, prepared: None) -> None:
    worker()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit'")
    try:
        checks = client.get("/saude/pronto").json()["checks"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('audit', '0001_initial', CURRENT_TIMESTAMP)"
            )

    assert checks == {"database": "ok", "migrations": "failed", "engine": "unknown", "worker": "unknown"}


def test_figures_are_closed_without_a_token_and_to_whoever_has_another(client: Client, settings: Any) -> None:
    assert client.get("/metricas").status_code == 404
    settings.METRICS_TOKEN = "segredo-de-teste"
    assert client.get("/metricas").status_code == 401
    assert client.get("/metricas", headers={"Authorization": "Bearer outro"}).status_code == 401
    assert client.get("/metricas", headers={"Authorization": "segredo-de-teste-mais"}).status_code == 401


def test_figures_say_what_is_there_and_name_nobody(
    client: Client, settings: Any, prepared: None, padaria: Company, loja: Store
) -> None:
    settings.METRICS_TOKEN = "segredo-de-teste"
    worker()
    metrics.exposition(fresh=True)

    answer = client.get("/metricas", headers=TOKEN)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert "ahead_workers 1.0" in text
    assert "ahead_worker_threads 8.0" in text
    for name in (padaria.name, padaria.slug, padaria.cnpj, loja.name):
        assert name not in text


def test_each_figure_is_in_the_manual(prepared: None, settings: Any) -> None:
    settings.METRICS_OF_STORES = True
    manual = (Path(__file__).parents[2] / "docs" / "comandos.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in manual.splitlines() if line.startswith("| `ahead_")]

    text, _ = metrics.exposition(fresh=True)

    told = set(re.findall(r"^# TYPE (\w+)", text.decode(), re.MULTILINE))
    assert told == set(re.findall(r"`(\w+)", " ".join(rows)))
