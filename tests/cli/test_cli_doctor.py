"""`ahead doctor`: what it finds, and what it says to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_running import Ahead, MakeProduct, MakeStore
from django.utils import timezone

from ahead.accounts.models import Company
from ahead.catalog.listing_operations import create_listing
from ahead.catalog.models import ListingImage, Picture
from ahead.jobs.models import Purge, WorkerSlot
from ahead.jobs.retention import purge_due
from ahead.lib.sealing import new_key
from ahead.stock.models import Warehouse
from ahead.stores.models import Connection, RequestBudget, Store, StoreAgenda, StoreToken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loja(padaria: Company, deposito: Warehouse, make_store: MakeStore) -> Store:
    store = make_store(padaria, warehouses=[deposito.pk])
    StoreAgenda.objects.of(padaria).update(next_sync_at=timezone.now() + timedelta(minutes=5))
    return store


def _states(ahead: Ahead) -> dict[str, str]:
    return {row["check"]: row["state"] for row in ahead("doctor", "--json").document["checks"]}


def test_without_a_worker_it_says_how_to_start_one(ahead: Ahead, loja: Store) -> None:
    ran = ahead("doctor")
    assert ran.code == 1
    assert "✗ Nenhum worker está rodando.\n    → Inicie com `ahead worker`." in ran.out
    assert "padaria-sol, Loja 1 Loja do Sol: em dia." in ran.out


def test_what_is_wrong_with_a_store_is_told(ahead: Ahead, loja: Store) -> None:
    mine: Any = loja.company_id
    now = timezone.now()
    assert _states(ahead)["store"] == "ok"

    StoreToken.objects.of(mine).update(refresh_expires_at=now + timedelta(days=3))
    StoreAgenda.objects.of(mine).update(next_sync_at=now - timedelta(hours=2))
    RequestBudget.objects.of(mine).update(used_today=9_500)
    states = _states(ahead)
    assert (states["store_token"], states["store_overdue"]) == ("error", "error")
    assert "store" not in states

    Store.objects.of(mine).update(connection=Connection.REAUTHORISE)
    assert _states(ahead)["store_connection"] == "error"
    Store.objects.of(mine).update(is_paused=True)
    assert _states(ahead)["store_paused"] == "warning"


def test_a_machine_with_other_sealing_keys_is_told_so(ahead: Ahead, loja: Store, settings: Any) -> None:
    assert _states(ahead)["sealing_keys"] == "ok"
    settings.SEALING_KEYS = [new_key()]
    ran = ahead("doctor")
    assert ran.code == 1
    assert "chaves de selo desta máquina não abrem" in ran.out
    assert "as mesmas chaves das outras máquinas" in ran.out


def test_a_worker_that_beats_is_seen(ahead: Ahead, loja: Store) -> None:
    now = timezone.now()
    WorkerSlot.objects.create(executor="worker-0", seen_at=now, started_at=now, host="casa", pid=7, threads=8)
    rows = {row["check"]: row for row in ahead("doctor", "--json").document["checks"]}
    assert rows["clock"]["state"] == "ok"
    assert "Nenhum worker" not in rows["workers"]["text"]
    assert "Nenhum worker" not in rows["readiness"]["text"]


def test_uploaded_images_want_a_public_address(
    ahead: Ahead, padaria: Company, loja: Store, make_product: MakeProduct, settings: Any
) -> None:
    def said() -> list[str]:
        rows = ahead("doctor", "--json").document["checks"]
        return [row["state"] for row in rows if row["check"] == "public_url"]

    product, now = make_product(padaria), timezone.now()
    listing = create_listing(company=padaria, store_id=loja.pk, product_ids=[product.pk], by="ana", now=now)
    assert said() == []
    picture = Picture.objects.create(
        company=padaria, digest="d" * 64, file="d.png", format="png", width=300, height=300, size=9, added_at=now
    )
    ListingImage.objects.create(company=padaria, listing=listing, picture=picture, position=1)
    assert said() == ["warning"]
    assert _states(ahead)["pictures"] == "error", "its file is on another machine"
    settings.PUBLIC_URL = "https://ahead.example"
    assert said() == []


def test_a_public_address_under_tls_without_secure_cookies_is_told(ahead: Ahead, settings: Any) -> None:
    settings.PUBLIC_URL, settings.SESSION_COOKIE_SECURE = "", False
    assert "https" not in _states(ahead)
    settings.PUBLIC_URL = "https://ahead.example"
    [row] = [row for row in ahead("doctor", "--json").document["checks"] if row["check"] == "https"]
    assert row["state"] == "warning"
    assert "AHEAD_HTTPS=1" in row["remedy"]
    settings.SESSION_COOKIE_SECURE = True
    assert "https" not in _states(ahead)


@pytest.mark.sqlite
def test_on_a_fresh_box_it_says_to_migrate_and_then_all_is_made(tmp_path: Path) -> None:
    environment = {**os.environ, "AHEAD_DATA_DIR": str(tmp_path / "var"), "AHEAD_ALLOW_PRIVATE_HOSTS": "0"}
    environment.pop("AHEAD_DATABASE_URL", None)

    def run(*words: str) -> tuple[int, Any]:
        command = [sys.executable, "-m", "ahead.cli", *words, "--json"]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
        return ran.returncode, json.loads(ran.stdout)

    code, ill = run("doctor")
    assert code == 1
    assert [row["remedy"] for row in ill["checks"] if row["state"] == "error"] == ["Rode `ahead migrate`."]
    code, made = run("migrate")
    assert code == 0
    assert "accounts.0001_initial" in made["applied"]
    assert run("migrate") == (0, {"applied": []})
    _, rest = run("doctor")
    assert [row["check"] for row in rest["checks"] if row["state"] == "error"] == ["workers", "readiness"]


def test_a_wrong_setting_is_a_finding(tmp_path: Path) -> None:
    environment = {**os.environ, "AHEAD_DATA_DIR": str(tmp_path), "AHEAD_READERS": "muitos"}
    command = [sys.executable, "-m", "ahead.cli", "doctor", "--json"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 1
    (found,) = json.loads(ran.stdout)["checks"]
    assert (found["check"], found["state"]) == ("configuration", "error")
    assert "AHEAD_READERS" in found["text"]


def test_says_what_grows_and_when_it_was_last_cleared(ahead: Ahead, loja: Store) -> None:
    def found(check: str) -> dict[str, str]:
        [row] = [row for row in ahead("doctor", "--json").document["checks"] if row["check"] == check]
        return dict(row)

    assert "banco " in found("sizes")["text"]
    assert found("retention")["state"] == "warning"  # never yet
    now = timezone.now()
    purge_due(now=now - timedelta(hours=1))
    assert found("retention")["state"] == "ok"

    Purge.objects.filter(name="run_logs").update(removed=1234, removed_at=now - timedelta(days=1))
    assert "1.234 linhas do log" in found("retention")["text"]
    Purge.objects.filter(name="sessions").update(looked_at=now - timedelta(days=3, minutes=1))
    late = found("retention")
    assert (late["state"], "sessões encerradas" in late["text"]) == ("warning", True)
    assert "linhas do log" not in late["text"]
