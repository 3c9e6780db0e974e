"""Errors to a Sentry: what broke and where, nothing of whom it was about; nothing at all without an address."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
import structlog
from django.db import IntegrityError
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from structlog.contextvars import bound_contextvars

from ahead.config.environment import Wrong
from ahead.config.sentry import start_sentry

SECRET = "chave-que-ninguem-pode-ver"
REFUSED = (
    'null value in column "uf" violates not-null constraint\n'
    "DETAIL:  Failing row contains (12, Joao da Silva, Rua das Flores 12\n\nfundos, Campinas)."
)
DSN = "https://publica@sentry.example/7"


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        event = envelope.get_event()
        if event is not None:
            self.events.append(dict(event))


@pytest.fixture
def kept() -> Iterator[Kept]:
    transport = Kept()
    start_sentry(DSN, environment="teste", secrets=[SECRET, ""], transport=transport)
    yield transport
    sentry_sdk.init()  # without an address: off again


def _refuse() -> None:
    raise IntegrityError(REFUSED)


def _break(buyer: str) -> None:
    raise ValueError(f"order of {buyer} refused: access_token=APP_ID-1-STORE_ID-2-abcdef {SECRET}")


def test_an_error_says_what_broke_and_whose_it_was_to_nobody(kept: Kept) -> None:
    log = structlog.get_logger("ahead.test")
    with bound_contextvars(request_id="a1b2c3d4e5", store_id=7, company_id=3):
        try:
            _break("maria@exemplo.com.br, 390.533.447-05, 11222333000181")
        except ValueError:
            log.exception("sync.run.broke", run=12, token=SECRET)

    [event] = kept.events
    text = json.dumps(event, default=str)
    assert event["message"] == "sync.run.broke"
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "_break"
    assert event["tags"] == {"request_id": "a1b2c3d4e5", "store_id": "7", "company_id": "3"}
    assert event["extra"]["run"] == 12
    for hidden in (SECRET, "maria@", "390.533.447-05", "11222333000181", "APP_ID-1"):
        assert hidden not in text
    assert "user" not in event
    assert event["request"] == {}


def test_a_row_that_the_database_refused_is_not_told(kept: Kept) -> None:
    try:
        _refuse()
    except IntegrityError:
        structlog.get_logger("ahead.test").exception("sync.run.broke")

    text = json.dumps(kept.events[0], default=str)
    assert "violates not-null constraint" in text
    assert not any(word in text for word in ("Joao", "Flores", "Campinas"))


def test_a_warning_is_no_error(kept: Kept) -> None:
    structlog.get_logger("ahead.test").warning("jobs.sync.lost")

    assert kept.events == []


def test_an_error_without_exception_is_told_by_its_name(kept: Kept) -> None:
    structlog.get_logger("ahead.test").error("jobs.sync.given_up", store_id=7)

    [event] = kept.events
    assert (event["message"], event["extra"]["store_id"]) == ("jobs.sync.given_up", 7)


def test_a_wrong_address_stops_the_start_with_a_sentence() -> None:
    with pytest.raises(Wrong, match="AHEAD_SENTRY_DSN"):
        start_sentry("https://sem-projeto", environment="teste")


def test_without_an_address_nothing_is_sent(tmp_path: Path) -> None:
    script = "import django; django.setup(); import sentry_sdk; print(sentry_sdk.get_client().is_active())"
    environment = {**os.environ, "AHEAD_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "ahead.config.settings"}
    environment.pop("AHEAD_SENTRY_DSN", None)
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout.strip() == "False"
