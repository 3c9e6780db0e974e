"""A sandbox on a real socket, and the stage on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sync_stage import Stage

from ahead.accounts.models import Company
from ahead.sandbox.tray import TraySandbox, serve
from ahead.stock.models import Warehouse


@pytest.fixture
def box() -> TraySandbox:
    return TraySandbox(seed=7)


@pytest.fixture
def tray_address(box: TraySandbox) -> Iterator[str]:
    with serve(box.app, port=0, threads=12) as address:
        yield address


@pytest.fixture
def stage(transactional_db: None, box: TraySandbox, tray_address: str, padaria: Company, deposito: Warehouse) -> Stage:
    return Stage(box, tray_address, padaria, deposito).open_store()
