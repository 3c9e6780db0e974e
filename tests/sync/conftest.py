"""A sandbox on a real socket, and the stage on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.backends.signals import connection_created
from notes_stage import settle
from notice_stage import Notified, receiving

from ahead.accounts.models import Company
from ahead.sandbox.sefaz import SefazSandbox
from ahead.sandbox.tray import TraySandbox
from ahead.stock.models import Warehouse
from ahead.stores.models import StatusRole, StoreAgenda
from ahead.tray import retry
from nota_stage import NotaStage, make_stage
from standing_servers import Standing, app_of
from sync_stage import Stage


@pytest.fixture
def box() -> TraySandbox:
    return TraySandbox(seed=7)


@pytest.fixture
def tray_address(box: TraySandbox, tray_server: Standing) -> Iterator[str]:
    with tray_server.before(app_of(box)):
        yield tray_server.address


@pytest.fixture
def stage(transactional_db: None, box: TraySandbox, tray_address: str, padaria: Company, deposito: Warehouse) -> Stage:
    return Stage(box, tray_address, padaria, deposito).open_store()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client wait less before it tries again; how often it tries stays as it is."""
    monkeypatch.setattr(retry, "SHORTEST_WAIT", 0.01)


@pytest.fixture(autouse=True)
def few_connections() -> Iterator[None]:
    """Let no thread that waits for Tray or SEFAZ have a connection to the database: a clerk asks for it."""

    def look(**_: Any) -> None:
        assert not threading.current_thread().name.startswith("tray"), "see ahead.db.clerks"

    connection_created.connect(look)
    yield
    connection_created.disconnect(look)


@pytest.fixture
def orders(stage: Stage) -> list[int]:
    """Eight orders of one product, not imported yet."""
    _, at_tray = stage.add_product("CAN-350", on_hand=100, price="39.90")
    return [stage.shop.place_order(items=[(at_tray, 1)]).id for _ in range(8)]


@pytest.fixture
def shelf(stage: Stage) -> Stage:
    """Two products that both sides know."""
    stage.add_product("CAN-350", on_hand=50, price="39.90")
    stage.add_product("COPO-200", on_hand=50, price="12.50")
    return stage


@pytest.fixture
def sold(shelf: Stage) -> Stage:
    """Two orders in AHEAD, none invoiced; the Loja wants invoiced orders in «ENVIADO»."""
    shelf.choose(
        {
            StatusRole.IMPORT: ["A ENVIAR", "A ENVIAR VINDI"],
            StatusRole.UPDATE: ["A ENVIAR - SINCRONIZADO"],
            StatusRole.CANCELLED: ["CANCELADO"],
            StatusRole.INVOICED: ["ENVIADO"],
        }
    )
    for place in (0, 1):
        shelf.shop.place_order(items=[(shelf.sold(place), 1)])
    shelf.sync()
    settle(shelf)
    return shelf


@pytest.fixture
def sefaz() -> SefazSandbox:
    return SefazSandbox()


@pytest.fixture
def notas(stage: Stage, sefaz: SefazSandbox, sefaz_server: Standing, settings: Any) -> Iterator[NotaStage]:
    """A company that issues, on the stage, with the pretend SEFAZ."""
    with sefaz_server.before(app_of(sefaz)):
        settings.SEFAZ_ADDRESS, settings.SEFAZ_AUTHORITIES = sefaz_server.address, sefaz_server.ca_file
        yield make_stage(stage, sefaz)


@pytest.fixture
def notified(shelf: Stage, settings: Any) -> Iterator[Notified]:
    """A store that was swept whole, whose schedule is far off, and that notifies from now on; the engine is away."""
    settings.ENGINE_DATABASE_URL = "sqlite:////nowhere/jobs.sqlite3"
    shelf.sync()
    StoreAgenda.objects.of(shelf.company).update(next_sync_at=datetime.now(UTC) + timedelta(hours=1))
    with receiving(shelf) as made:
        yield made
