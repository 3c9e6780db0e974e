"""What is refused before a view sees it: a page in Portuguese, with its code and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, path

from ahead.web import uploads
from ahead.web.bad_requests import bad_request

urlpatterns: list[URLPattern] = []
handler400 = bad_request


def _suspect(_request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("secret-of-the-program")


urlpatterns.append(path("suspeito/", _suspect))


def told(answer: Any) -> str:
    """The page of a 400, which carries its code."""
    page: str = answer.content.decode()
    assert answer.status_code == 400
    assert 'lang="pt-BR"' in page
    assert answer["X-Request-ID"] in page
    return page


def test_a_name_that_is_not_served_says_which_setting_and_nothing_more() -> None:
    page = told(Client(raise_request_exception=False).get("/entrar/", HTTP_HOST="outro.example"))

    assert "AHEAD_ALLOWED_HOSTS" in page
    assert "outro.example" not in page
    assert not any(name in page for name in settings.ALLOWED_HOSTS)


def test_too_many_fields_say_that_nothing_was_saved(settings: Any) -> None:
    sent = {str(number): "" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    page = told(Client(raise_request_exception=False).post("/entrar/", sent))

    assert "campos demais" in page
    assert "Nada foi gravado" in page


def test_too_much_says_how_much_may_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_AT_ONCE", 1000)
    sent = {"arquivos": SimpleUploadedFile("a.jpg", bytes(2000))}
    page = told(Client(raise_request_exception=False).post("/entrar/", sent))

    assert "6 imagens de 15 MB" in page


@pytest.mark.urls("test_bad_requests")
def test_anything_else_says_to_look_before_trying_again() -> None:
    page = told(Client(raise_request_exception=False).get("/suspeito/"))

    assert "confira antes de tentar de novo" in page
    assert "secret-of-the-program" not in page
