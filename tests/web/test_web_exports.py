"""Taking a list along: an XLSX is whole or not made at all, and few are made at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.lib import sheets
from ahead.web import streaming
from order_making import make_customer
from sheet_making import read

XLSX = "/padaria-sol/clientes/planilha/?q=Pessoa&formato=xlsx"


@pytest.fixture
def three_people(client: Client, oto: User, padaria: Company) -> Client:
    client.force_login(oto, backend="django.contrib.auth.backends.ModelBackend")
    for number in range(3):
        make_customer(padaria, timezone.now(), name=f"Pessoa {number}", document="")
    return client


def whole(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def csv_link(page: str) -> str:
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*/planilha/[^"]*)"', page)]
    [csv] = [link for link in links if "formato" not in link]
    return csv


def test_of_more_rows_than_an_xlsx_has_nothing_less_is_given(
    three_people: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_XLSX_ROWS", 2)
    answer = three_people.get(XLSX)
    page = whole(answer).decode()
    assert (answer.status_code, answer["Content-Type"]) == (422, "text/html; charset=utf-8")
    assert "São mais de 2 linhas. O CSV exporta tudo" in page
    assert "Content-Disposition" not in answer
    assert whole(three_people.get(csv_link(page))).count(b"Pessoa") == 3
    monkeypatch.setattr(sheets, "MOST_XLSX_ROWS", 3)
    assert len(read(whole(three_people.get(XLSX)))[1]) == 3


def test_while_others_are_made_it_says_to_try_again(three_people: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_MADE_AT_ONCE", threading.BoundedSemaphore(1))
    monkeypatch.setattr(streaming, "_LONGEST_WAIT_SECONDS", 0.1)
    with streaming._MADE_AT_ONCE:
        answer = three_people.get(XLSX)
        page = whole(answer).decode()
        assert (answer.status_code, answer["Retry-After"]) == (429, "30")
        assert "Tente de novo em instantes" in page
        assert whole(three_people.get(csv_link(page))).count(b"Pessoa") == 3
    assert len(read(whole(three_people.get(XLSX)))[1]) == 3


def test_a_place_is_free_again_however_it_ended(three_people: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_MADE_AT_ONCE", threading.BoundedSemaphore(1))
    monkeypatch.setattr(streaming, "_LONGEST_WAIT_SECONDS", 0.1)
    monkeypatch.setattr(sheets, "MOST_XLSX_ROWS", 2)
    assert [three_people.get(XLSX).status_code for _ in range(3)] == [422, 422, 422]


def test_a_little_wait_is_no_refusal(three_people: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_MADE_AT_ONCE", threading.BoundedSemaphore(1))
    streaming._MADE_AT_ONCE.acquire()
    release: Callable[[], None] = streaming._MADE_AT_ONCE.release
    threading.Timer(0.2, release).start()
    assert len(read(whole(three_people.get(XLSX)))[1]) == 3
