"""Request ids, and what breaks: found in the log by the code that the person was shown."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, path

from ahead.config import logs
from ahead.web.tracing import server_error

urlpatterns: list[URLPattern] = []
handler500 = server_error


def _break(_request: HttpRequest) -> HttpResponse:
    structlog.get_logger("ahead.test").warning("test.before_it_broke")
    raise RuntimeError("broken on purpose")


def _write_row() -> None:
    told = "duplicate key\nDETAIL:  Key (name)=(Joao da Silva) already exists.\nCONTEXT:  SQL: Rua das Flores"
    raise IntegrityError(told)


def _refuse_row(_request: HttpRequest) -> HttpResponse:
    try:
        _write_row()
    except IntegrityError as error:
        structlog.get_logger("ahead.test").warning("test.row", error=str(error), broke=error, each=[str(error)])
        raise RuntimeError("could not be saved") from error
    return HttpResponse("saved")


urlpatterns.append(path("quebra/", _break, name="breaks"))
urlpatterns.append(path("linha/", _refuse_row, name="refuses_row"))


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The log as it leaves the process: one JSON document a line."""
    found = io.StringIO()
    logs.configure({"level": "INFO", "json": True})
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(found)
    yield found
    logs.configure(settings.LOGGING)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("7f3c2a90-proxy.12", True),
        ("curto", False),
        ("x" * 65, False),
        ("com espaço dentro", False),
        ("linha\tdupla-0001", False),
        ("", False),
    ],
)
def test_a_sane_id_is_kept_and_any_other_replaced(client: Client, given: str, is_kept: bool) -> None:
    answer = client.get("/saude", headers={"X-Request-ID": given} if given else {})

    assert (answer["X-Request-ID"] == given) is is_kept
    assert len(answer["X-Request-ID"]) >= 8


def test_two_requests_have_two_ids(client: Client) -> None:
    assert client.get("/saude")["X-Request-ID"] != client.get("/saude")["X-Request-ID"]


@pytest.mark.urls("test_web_tracing")
def test_what_broke_is_found_by_the_code_on_the_page(written: io.StringIO) -> None:
    answer = Client(raise_request_exception=False).get("/quebra/")

    code = answer["X-Request-ID"]
    assert answer.status_code == 500
    assert code in answer.content.decode()
    of_request = [line for line in lines(written) if line.get("request_id") == code]
    assert "test.before_it_broke" in [line["event"] for line in of_request]
    assert any("broken on purpose" in line.get("exception", "") for line in of_request)
    [told] = [line for line in of_request if line["event"] == "web.request"]
    assert (told["status"], told["route"]) == (500, "breaks")
    assert not structlog.contextvars.get_contextvars(), "nothing of a request is left to the next"


@pytest.mark.urls("test_web_tracing")
def test_a_row_that_the_database_refused_is_not_written(written: io.StringIO) -> None:
    Client(raise_request_exception=False).get("/linha/")

    text = written.getvalue()
    assert "duplicate key" in text
    assert "RuntimeError: could not be saved" in text  # what follows in the traceback stays
    assert "Joao" not in text
    assert "Flores" not in text
